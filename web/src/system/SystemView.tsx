/* The process itself: does it take events, does it keep what it promised, and what is there to do. First a word that can be read across
 * the room, then what to do, then the figures. It is always about now. */
import { useEffect } from 'react';
import { Link } from 'wouter';
import { ProblemNotice } from '../parts/Notice';
import { Shape } from '../parts/Status';
import { At } from '../parts/time';
import { countText, type Tone } from '../parts/words';
import '../style/system.css';
import { type Advice, adviceOf } from './advice';
import { spanText } from './format';
import { Objectives } from './Objectives';
import { Holdings, Intake, StreamTable, Waiting } from './Panels';
import { type Stats, useSamples } from './useSamples';

function wordOf(stats: Stats, lost: boolean): readonly [Tone, string, string] {
  if (lost) return ['bad', 'It does not answer', 'These are its last figures. Is it running, and is the network there?'];
  if (stats.draining) return ['wait', 'Draining', 'It finishes what it has and takes nothing new.'];
  if (stats.refusal !== null || !stats.ready) return ['bad', 'Not ready', 'It does not take events.'];
  if (stats.readOnly) return ['wait', 'Read only', 'It answers, and takes no events.'];
  return ['good', 'Ready', 'It takes events and answers.'];
}

function Todo({ advice }: { readonly advice: readonly Advice[] }) {
  return (
    <section className="panel todo" aria-labelledby="todo-title">
      <h2 id="todo-title">What to do {advice.length > 0 && <span className="count">{countText(advice.length)}</span>}</h2>
      {advice.length === 0 ? <p className="light good"><Shape tone="good" />Nothing needs doing.</p> : (
        <ul>{advice.map((one) => (
          <li key={one.title} className={one.tone}>
            <Shape tone={one.tone} />
            <div><strong>{one.title}</strong><p>{one.text}</p>{one.href !== undefined && <Link className="button" href={one.href[0]}>{one.href[1]}</Link>}</div>
          </li>
        ))}</ul>
      )}
    </section>
  );
}

export function SystemView() {
  const { samples, allTenants, error, refresh } = useSamples();
  useEffect(() => { document.title = 'System · Mission Control'; }, []);
  const newest = samples.at(-1);
  if (newest === undefined) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Asking the server how it is…</p>;
  const { stats, at } = newest;
  const [tone, word, sentence] = wordOf(stats, error !== undefined);
  return (
    <article className="system" aria-labelledby="system-title">
      <div className="title">
        <h1 id="system-title">System</h1>
        <p>version {stats.version} · up {spanText(stats.uptimeSeconds)} · policy <span className="mono">{stats.policyVersion}</span></p>
        <p className="pill-like">{error === undefined ? 'asked every 2 s' : <>figures of <At moment={new Date(at).toISOString()} /></>}</p>
      </div>
      <div className="top-row">
        <section className={`state-of ${tone}`} aria-label="State" role="status">
          <Shape tone={tone} className="large" />
          <div><p className="word">{word}</p><p>{sentence}</p></div>
        </section>
        <Todo advice={adviceOf(stats)} />
      </div>
      <Objectives samples={samples} />
      <div className="grid">
        <Intake samples={samples} stats={stats} />
        <StreamTable stats={stats} at={at} allTenants={allTenants} />
        <Holdings stats={stats} />
        <Waiting stats={stats} />
      </div>
    </article>
  );
}
