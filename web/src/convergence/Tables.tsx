/* The same as the drawings, as tables: a contract with its three legs in each row, or a link with how sure it is, how it was found and why. */
import type { StarLegKind } from '../../generated/graphql';
import { kindNames, linkWords, methodWords } from '../parts/kinds';
import { type NodeKey, readNodeKey, useSelection } from '../state/selection';
import { confidenceText, confidenceTone, crosses, type CrossLink, type DrawnStar, endsOf, legOf, legWords, type Sky, sourceOf, stateWords, targetOf, titleOf } from './model';
import { keyOfLink } from './drawing';
import { type Column, Rows } from './Rows';
import { LegState } from './StarState';
import { type LensView, starMatches } from './view';

function NodeButton({ nodeKey, children }: { readonly nodeKey: string; readonly children: string }) {
  const node = readNodeKey(nodeKey);
  const selected = useSelection((selection) => selection.node?.nodeId === node?.nodeId && selection.node?.kind === node?.kind);
  const toggle = useSelection((selection) => selection.toggleNode);
  if (node === null || nodeKey.startsWith('group:')) return <>{children}</>;
  return <button type="button" className="node-button" aria-pressed={selected} onClick={() => toggle(node)}>{children}</button>;
}

const leastOf = (star: DrawnStar) => endsOf(star).reduce<number | null>((least, one) => (one.confidence === null ? least : Math.min(least ?? 1, one.confidence)), null);
const Confidence = ({ of }: { readonly of: number | null }) => (of === null ? <>–</> : <span className={`confidence ${confidenceTone(of)}`}>{confidenceText(of)}</span>);

function legColumn(leg: StarLegKind): Column<DrawnStar> {
  return {
    title: legWords[leg], value: ({ star }) => { const own = legOf(star, leg); return own === undefined ? null : `${stateWords[own.state]}: ${own.sentence}`; },
    show: ({ star }) => { const own = legOf(star, leg); return own === undefined ? null : <><LegState state={own.state} /> <span className="leg-sentence">{own.sentence}</span></>; },
  };
}

const starColumns: readonly Column<DrawnStar>[] = [
  { title: 'Contract', value: ({ star }) => titleOf(star), show: ({ key, star }) => <NodeButton nodeKey={key}>{titleOf(star)}</NodeButton> },
  { title: 'Aligned', value: ({ star }) => (star.aligned ? 'yes' : 'no') },
  legColumn('LOCK'), legColumn('BEHAVIOUR'), legColumn('MODULE'),
  { title: 'Least confidence', value: leastOf, show: (star) => <Confidence of={leastOf(star)} /> },
];

interface TableProperties { readonly sky: Sky; readonly view: LensView; readonly fileName: string }

export function StarTable({ sky, view, fileName }: TableProperties) {
  const rows = sky.stars.filter((one) => starMatches(one, view));
  const selected = useSelection((selection) => selection.node);
  return <Rows columns={starColumns} rows={rows} keyOf={(one) => one.key} chosen={(one) => one.star.contract?.nodeId === selected?.nodeId && one.star.contract?.kind === selected?.kind} fileName={fileName}
    count={rows.length === sky.stars.length ? `${rows.length} contracts` : `${rows.length} of ${sky.stars.length} contracts`} />;
}

export function LinkTable({ sky, view, fileName }: TableProperties) {
  const name = (key: NodeKey) => sky.names.get(key) ?? key;
  const columns: readonly Column<CrossLink>[] = [
    { title: 'From', value: (one) => name(sourceOf(one)), show: (one) => <NodeButton nodeKey={sourceOf(one)}>{name(sourceOf(one))}</NodeButton> },
    { title: 'Kind', value: (one) => kindNames[one.sourceKind] },
    { title: 'Link', value: (one) => linkWords[one.kind][0] },
    { title: 'To', value: (one) => name(targetOf(one)), show: (one) => <NodeButton nodeKey={targetOf(one)}>{name(targetOf(one))}</NodeButton> },
    { title: 'Confidence', value: (one) => one.confidence, show: (one) => <Confidence of={one.confidence} /> },
    { title: 'Method', value: (one) => methodWords[one.method] },
    { title: 'Origin', value: (one) => (one.denied ? 'denied' : one.inferred ? 'inferred' : 'stated') },
    { title: 'Reason', value: (one) => one.explanation },
  ];
  const apart = new Set(sky.stars.filter((one) => !one.star.aligned).flatMap((one) => [one.key as NodeKey, ...endsOf(one).map((end) => end.key)]));
  const links = sky.view.edges.filter(crosses);
  const rows = links.filter((one) => (!view.apart || apart.has(sourceOf(one)) || apart.has(targetOf(one))) && (view.text === '' || columns.some((column) => String(column.value(one)).toLowerCase().includes(view.text))));
  return <Rows columns={columns} rows={rows} keyOf={keyOfLink} fileName={`${fileName}-links`} count={rows.length === links.length ? `${rows.length} links between streams` : `${rows.length} of ${links.length} links between streams`} />;
}
