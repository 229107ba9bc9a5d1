/* Two small pictures of the table beside them: how instability is spread, with its mean against the threshold; and abstractness over
 * instability, where both are known, with the main sequence on which they balance. */
import { useSelection } from '../state/selection';
import type { Coupled } from './CouplingPane';

const BINS = 10, WIDTH = 240, HEIGHT = 90, SIDE = 240;

interface ChartProperties {
  readonly rows: readonly Coupled[];
  readonly mean: number | null;
  readonly threshold: number | null;
  readonly what: string;
}

export function CouplingCharts({ rows, mean, threshold, what }: ChartProperties) {
  const known = rows.filter((row) => row.instability !== null && row.abstractness !== null);
  return (
    <div className="matrix-side" role="complementary" aria-label="Coupling in pictures" tabIndex={0}>
      <Spread rows={rows} mean={mean} threshold={threshold} what={what} />
      {known.length > 0 ? <Scatter rows={known} what={what} /> : <p className="quiet">No analysis told how abstract the {what} are, so A and D are not known.</p>}
    </div>
  );
}

function Spread({ rows, mean, threshold, what }: ChartProperties) {
  const bins = Array.from({ length: BINS }, () => 0);
  for (const { instability } of rows) if (instability !== null) { const bin = Math.min(BINS - 1, Math.floor(instability * BINS)); bins[bin] = (bins[bin] ?? 0) + 1; }
  const most = Math.max(1, ...bins), over = threshold !== null && mean !== null && mean >= threshold;
  const x = (value: number) => value * WIDTH;
  return (
    <section aria-label="Spread of instability">
      <h2>Instability</h2>
      <p>Mean of all modules <strong className={over ? 'broken' : undefined}>{mean === null ? 'not known' : mean.toFixed(2)}</strong>{threshold !== null && <span className="quiet">, must be below {threshold}</span>}</p>
      <svg className="chart" viewBox={`-6 -6 ${WIDTH + 12} ${HEIGHT + 24}`} role="img" aria-label={`Of ${rows.length} ${what}, by instability in tenths: ${bins.join(', ')}`}>
        {bins.map((count, bin) => <rect key={bin} className="bin" x={x(bin / BINS) + 1} width={WIDTH / BINS - 2} y={HEIGHT - (count / most) * HEIGHT} height={(count / most) * HEIGHT}><title>{`${(bin / BINS).toFixed(1)} to ${((bin + 1) / BINS).toFixed(1)}: ${count}`}</title></rect>)}
        <line className="axis" x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
        {threshold !== null && <line className="threshold" x1={x(threshold)} x2={x(threshold)} y1="-4" y2={HEIGHT} />}
        {mean !== null && <path className="mean" d={`M${x(mean)} ${HEIGHT + 1}l-5 8h10z`} />}
        <text x="0" y={HEIGHT + 16}>0 stable</text><text x={WIDTH} y={HEIGHT + 16} textAnchor="end">1 unstable</text>
      </svg>
      <p className="quiet">▲ mean{threshold !== null && ', ┆ threshold'}</p>
    </section>
  );
}

function Scatter({ rows, what }: { readonly rows: readonly Coupled[]; readonly what: string }) {
  const selected = useSelection((selection) => selection.node);
  const toggle = useSelection((selection) => selection.toggleNode);
  return (
    <section aria-label="Abstractness over instability">
      <h2>Abstractness over instability</h2>
      <svg className="chart" viewBox={`-14 -8 ${SIDE + 22} ${SIDE + 28}`} role="img" aria-label={`${rows.length} ${what} whose abstractness is known; the table says each`}>
        <path className="zone" d={`M0 ${SIDE}v-${SIDE * 0.3}a${SIDE * 0.3} ${SIDE * 0.3} 0 0 1 ${SIDE * 0.3} ${SIDE * 0.3}z`}><title>Zone of pain: stable and concrete</title></path>
        <path className="zone" d={`M${SIDE} 0v${SIDE * 0.3}a${SIDE * 0.3} ${SIDE * 0.3} 0 0 1 ${-SIDE * 0.3} ${-SIDE * 0.3}z`}><title>Zone of uselessness: unstable and abstract</title></path>
        <rect className="frame" width={SIDE} height={SIDE} />
        <line className="sequence" x1="0" y1="0" x2={SIDE} y2={SIDE} />
        {rows.map((row) => {
          const chosen = selected?.nodeId === row.node.nodeId;
          return <circle key={row.node.nodeId} className={`dot ${chosen ? 'chosen' : ''}`} cx={(row.instability ?? 0) * SIDE} cy={SIDE - (row.abstractness ?? 0) * SIDE} r={chosen ? 7 : 4.5} onClick={() => toggle(row.node)}><title>{`${row.name} ${row.component}: I ${row.instability?.toFixed(2)}, A ${row.abstractness?.toFixed(2)}, D ${row.distance?.toFixed(2) ?? 'not known'}`}</title></circle>;
        })}
        <text x="0" y={SIDE + 14}>0</text><text x={SIDE / 2} y={SIDE + 14} textAnchor="middle">instability</text><text x={SIDE} y={SIDE + 14} textAnchor="end">1</text>
        <text transform={`translate(-5 ${SIDE / 2}) rotate(-90)`} textAnchor="middle">abstractness</text>
      </svg>
      <p className="quiet">The dashed line is the main sequence, A + I = 1. Far below it lies what is stable and concrete, hard to change; far above what is abstract and used by nobody.</p>
    </section>
  );
}
