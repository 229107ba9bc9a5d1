/* What stands in a column of the spine: nodes, how many are folded, and what is missing, with the way to close it. */
import { type CSSProperties, Fragment, useState } from 'react';
import { statusTone, statusWords } from '../graph/model';
import { NewLinkDialog } from '../inspect/LinkDialogs';
import { useMayLink } from '../inspect/mayLink';
import { Glyph } from '../parts/Glyph';
import { useSelection } from '../state/selection';
import { type Became, signs } from '../time/difference';
import type { Place, PlacedFold, PlacedGap, PlacedNode } from './arrange';
import { closes, labelOf, type Level } from './model';
import { waysOf } from '../inspect/linking';

const at = ({ x, y, width, height }: Place): CSSProperties => ({ left: x, top: y, width, height });

/** Broken, where it must be, behind a slash or hash. */
function Name({ name }: { readonly name: string }) {
  return labelOf(name).split(/(?<=[/#])/).map((part, index) => <Fragment key={`${index} ${part}`}>{index > 0 && <wbr />}{part}</Fragment>);
}

export function NodeBox({ placed, became }: { readonly placed: PlacedNode; readonly became: Became | undefined }) {
  const { node, key } = placed;
  const chosen = useSelection((selection) => selection.node?.kind === node.kind && selection.node.nodeId === node.nodeId);
  const near = useSelection((selection) => selection.lit?.has(key) === true);
  const toggle = useSelection((selection) => selection.toggleNode);
  return (
    <li className={`spine-node ${statusTone[node.status]} ${chosen ? 'chosen' : ''} ${near ? 'near' : ''} ${became ?? ''}`} style={at(placed)}>
      <button type="button" aria-pressed={chosen} title={node.name === node.nodeId ? node.name : `${node.name}\n${node.nodeId}`} onClick={() => toggle({ kind: node.kind, nodeId: node.nodeId })}>
        <Glyph tone={statusTone[node.status]} /><span className="label">{became !== undefined && <span className={`sign ${became}`}>{signs[became]}<span className="hidden"> {became} </span></span>}<Name name={node.name} /></span><span className="hidden">, {statusWords[node.status]}</span>
      </button>
    </li>
  );
}

export function FoldBox({ level, fold, toggle }: { readonly level: Level; readonly fold: PlacedFold; readonly toggle: (level: string) => void }) {
  const { count, bad, what, open } = fold;
  const more = what === 'gaps' ? 'missing' : count === 1 ? level.one : `${level.title.toLowerCase()}s`;
  return (
    <li className="spine-fold" style={at(fold)}>
      <button type="button" className="tool" aria-expanded={open} onClick={() => toggle(level.level)}>{open ? 'Show fewer' : `+ ${count} ${more}`}{!open && bad > 0 && <span className="light bad">, {bad} failed</span>}</button>
    </li>
  );
}

export function NothingBox({ level, place, sentence }: { readonly level: Level; readonly place: Place; readonly sentence: string }) {
  return <li className={`spine-gap ${level.needed ? 'follows' : 'idle'}`} style={at(place)}><p>{sentence}</p></li>;
}

interface GapProperties { readonly iterationId: string; readonly level: Level; readonly placed: PlacedGap; readonly refresh: () => void }

export function GapBox({ iterationId, level, placed, refresh }: GapProperties) {
  const { gap } = placed, { node } = gap;
  const [linking, setLinking] = useState(false);
  const mayLink = useMayLink();
  const kind = node === null ? null : closes(node.kind, gap.missing);
  const way = node === null || kind === null ? undefined : waysOf(node.kind).find((one) => one.kind === kind);
  return (
    <li className="spine-gap" style={at(placed)}>
      <p title={gap.sentence}><span className="hidden">Missing {level.one}: </span>{gap.sentence}</p>
      {node !== null && way !== undefined && <button type="button" className="tool" disabled={!mayLink.may} title={mayLink.why ?? undefined} aria-label={`Link… ${node.name}`} onClick={() => setLinking(true)}>Link…</button>}
      {linking && node !== null && way !== undefined && <NewLinkDialog iterationId={iterationId} node={node} way={way} linked={new Set()} close={() => setLinking(false)} done={refresh} />}
    </li>
  );
}
