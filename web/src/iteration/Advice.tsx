interface AdviceProperties {
  readonly diagnosis: readonly string[];
  readonly recommendations: readonly string[];
}

export function Advice({ diagnosis, recommendations }: AdviceProperties) {
  return (
    <div className="advice">
      <section className="panel" aria-labelledby="diagnosis-title">
        <h2 id="diagnosis-title">Diagnosis</h2>
        {diagnosis.length === 0 ? <p className="quiet">Nothing to report.</p> : <ul>{diagnosis.map((one) => <li key={one}>{one}</li>)}</ul>}
      </section>
      <section className="panel next" aria-labelledby="recommendations-title">
        <h2 id="recommendations-title">What to do next</h2>
        {recommendations.length === 0 ? <p className="quiet">Nothing needs doing.</p> : <ol>{recommendations.map((one) => <li key={one}>{one}</li>)}</ol>}
      </section>
    </div>
  );
}
