/* The spine as columns of boxes with lines between them. Boxes are buttons in lists, column by column, so that a keyboard and a screen reader go the same
 * way as the eye; the lines are for the eye alone, and in words in the table. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { useParameter } from '../state/location';
import { useSelection } from '../state/selection';
import { type Difference, linkKey, useDifference } from '../time/difference';
import { arrange, type Column, type Line } from './arrange';
import { FoldBox, GapBox, NodeBox, NothingBox } from './Boxes';
import { sourceOf, type Spine, targetOf } from './model';

/** How wide the drawing may be before it scrolls. */
function useRoom() {
  const frame = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(1360);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setRoom(element.clientWidth - 32));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, room] as const;
}

/** Which columns are shown whole; in the address. */
function useUnfolded(): readonly [ReadonlySet<string>, (level: string) => void] {
  const [text, setText] = useParameter('unfold');
  const unfolded = useMemo(() => new Set(text === '' ? [] : text.split(',')), [text]);
  const toggle = (level: string) => setText([...new Set(unfolded.has(level) ? [...unfolded].filter((one) => one !== level) : [...unfolded, level])].join(','));
  return [unfolded, toggle];
}

interface DrawingProperties { readonly iterationId: string; readonly spine: Spine; readonly refresh: () => void }

export function SpineDrawing({ iterationId, spine, refresh }: DrawingProperties) {
  const [frame, room] = useRoom();
  const [unfolded, toggle] = useUnfolded();
  const difference = useDifference(iterationId);
  const { columns, lines, width, height } = useMemo(() => arrange(spine, room, unfolded), [spine, room, unfolded]);
  const isLit = useSelection((selection) => selection.node !== null && selection.lit !== null);
  return (
    <div ref={frame} className="spine-scroll" tabIndex={0} role="group" aria-label="Drawing of the spine">
      <div className={`spine ${isLit ? 'lighting' : ''}`} style={{ width }}>
        <div className="spine-heads" aria-hidden="true">{columns.map(({ level, x, count }) => <span key={level.level} style={{ left: x }}>{level.title}<span className="count"> {count}</span></span>)}</div>
        <div className="spine-body" style={{ height }}>
          <Lines lines={lines} spine={spine} difference={difference} width={width} height={height} />
          {columns.map((column) => <ColumnList key={column.level.level} iterationId={iterationId} column={column} difference={difference} toggle={toggle} refresh={refresh} />)}
        </div>
      </div>
    </div>
  );
}

interface ColumnProperties { readonly iterationId: string; readonly column: Column; readonly difference: Difference | null; readonly toggle: (level: string) => void; readonly refresh: () => void }

function ColumnList({ iterationId, column: { level, count, nodes, gaps, folds, nothing }, difference, toggle, refresh }: ColumnProperties) {
  return (
    <section aria-label={`${level.title}, ${count}`}>
      <ul>
        {nodes.map((placed) => <NodeBox key={placed.key} placed={placed} became={difference?.nodes.get(placed.key)} />)}
        {folds.filter((fold) => fold.what === 'nodes').map((fold) => <FoldBox key={fold.what} level={level} fold={fold} toggle={toggle} />)}
        {gaps.map((placed) => <GapBox key={placed.gap.sentence} iterationId={iterationId} level={level} placed={placed} refresh={refresh} />)}
        {folds.filter((fold) => fold.what === 'gaps').map((fold) => <FoldBox key={fold.what} level={level} fold={fold} toggle={toggle} />)}
        {nothing !== null && <NothingBox level={level} place={nothing} sentence={nothing.sentence} />}
      </ul>
    </section>
  );
}

interface LinesProperties { readonly lines: readonly Line[]; readonly spine: Spine; readonly difference: Difference | null; readonly width: number; readonly height: number }

function Lines({ lines, spine, difference, width, height }: LinesProperties) {
  const lit = useSelection((selection) => selection.lit);
  const added = useMemo(() => new Set(difference === null ? [] : spine.links.filter((link) => difference.links.get(linkKey(link.kind, link.sourceKind, link.sourceNodeId, link.targetKind, link.targetNodeId)) === 'added').flatMap((link) => [`${sourceOf(link)} ${targetOf(link)}`, `${targetOf(link)} ${sourceOf(link)}`])), [spine, difference]);
  const stands = ({ ends: [left, right] }: Line) => lit === null || ((left === null || lit.has(left)) && (right === null || lit.has(right)));
  return (
    <svg className="spine-lines" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
      {lines.map((line) => (
        <g key={line.id} className={`${line.tone} ${line.inferred ? 'inferred' : ''} ${added.has(line.id) ? 'added' : ''} ${stands(line) ? '' : 'back'}`}>
          <title>{line.title}</title>
          <path d={line.path} />
          {line.label !== null && <text x={line.label.x} y={line.label.y + 3.5} textAnchor="middle">{line.label.text}</text>}
        </g>
      ))}
    </svg>
  );
}

export function Legend({ compared }: { readonly compared: boolean }) {
  return (
    <p className="graph-legend">
      <span><i className="sure-good" />sure, ≥ 0.90</span><span><i className="sure-wait" />likely, ≥ 0.70</span><span><i className="sure-bad" />doubtful</span>
      <span><i className="inferred" />found by the correlator</span><span><i />stated by an event</span><span><i className="hole-sample" />missing</span>
      {compared && <span>+ added − removed ~ changed since the moment compared with</span>}
    </p>
  );
}
