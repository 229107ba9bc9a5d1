/* What somebody should look at: what names a partner that is not there, what has no partner, and how sure the links of each kind are. Pressing a name selects it. */
import { useState } from 'react';
import { statusTone } from '../graph/model';
import { Glyph } from '../parts/Glyph';
import { kindNames, linkWords } from '../parts/kinds';
import { countText } from '../parts/words';
import { useSelection } from '../state/selection';
import { type Gap, gapsOf, nodesBehind } from './gaps';
import { confidenceText, confidenceTone, type Convergence } from './model';

const SHOWN = 6;
type AnyNode = Pick<Convergence['nodes'][number], 'kind' | 'nodeId' | 'name' | 'status'>;

function NodeItem({ node }: { readonly node: AnyNode }) {
  const selected = useSelection((selection) => selection.node?.nodeId === node.nodeId && selection.node.kind === node.kind);
  const toggle = useSelection((selection) => selection.toggleNode);
  return <button type="button" className="go-to" aria-pressed={selected} onClick={() => toggle({ kind: node.kind, nodeId: node.nodeId })}><Glyph tone={statusTone[node.status]} /> {node.name}<span className="hidden"> ({kindNames[node.kind]})</span></button>;
}

function Unmatched({ of }: { readonly of: Convergence['unmatched'] }) {
  const byReason = new Map<string, Convergence['unmatched']['nodes'][number][]>();
  for (const one of of.nodes) { const known = byReason.get(one.reason); if (known === undefined) byReason.set(one.reason, [one]); else known.push(one); }
  return (
    <>
      {[...byReason].map(([reason, found]) => <Reason key={reason} reason={reason} found={found} />)}
      {of.totalCount > of.nodes.length && <p className="quiet">And {countText(of.totalCount - of.nodes.length)} more.</p>}
    </>
  );
}

function Reason({ reason, found }: { readonly reason: string; readonly found: Convergence['unmatched']['nodes'] }) {
  const [all, setAll] = useState(false);
  const first = found[0];
  return (
    <div className="reason">
      <p><strong>{first === undefined ? '' : `${linkWords[first.link][first.node.kind === 'REQUIREMENT' || first.link !== 'FULFILLED_BY' ? 0 : 1]} ${kindNames[first.partnerKind].toLowerCase()}?`}</strong> <span className="count">{countText(found.length)}</span></p>
      <p className="quiet">{reason}</p>
      <ul>{(all ? found : found.slice(0, SHOWN)).map((one) => <li key={`${one.link} ${one.node.id} ${one.partner ?? ''}`}><NodeItem node={one.node} />{one.partner !== null && one.partner !== one.node.nodeId && <span className="quiet mono">names {one.partner}</span>}</li>)}</ul>
      {found.length > SHOWN && <button type="button" className="tool" aria-expanded={all} onClick={() => setAll(!all)}>{all ? 'Fewer' : `All ${countText(found.length)}`}</button>}
    </div>
  );
}

function GapItem({ gap, view }: { readonly gap: Gap; readonly view: Convergence }) {
  const [open, setOpen] = useState(false);
  if (gap.count === 0) return <li className="gap"><span className="quiet">{gap.words}</span><span className="quiet">0</span></li>;
  return (
    <li>
      <button type="button" className="gap" aria-expanded={open} onClick={() => setOpen(!open)}><span>{gap.words}</span><strong>{countText(gap.count)}</strong></button>
      {open && <ul>{nodesBehind(gap, view).map((node) => <li key={node.id}><NodeItem node={node} /></li>)}</ul>}
    </li>
  );
}

function Summaries({ of }: { readonly of: Convergence['linkSummaries'] }) {
  return (
    <table>
      <thead><tr><th scope="col">Link</th><th scope="col">All</th><th scope="col"><abbr title="inferred">Inf.</abbr></th><th scope="col"><abbr title="denied">Den.</abbr></th><th scope="col"><abbr title="least confidence">Min</abbr></th></tr></thead>
      <tbody>
        {of.map((one) => (
          <tr key={one.kind}>
            <th scope="row">{linkWords[one.kind][0]}</th>
            <td className="number">{countText(one.count)}</td><td className="number">{countText(one.inferred)}</td><td className="number">{countText(one.denied)}</td>
            <td className="number"><span className={`confidence ${confidenceTone(one.confidenceMin)}`}>{confidenceText(one.confidenceMin)}</span></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Review({ view }: { readonly view: Convergence }) {
  return (
    <section className="review" aria-label="To review" tabIndex={0}>
      <section aria-label="Unmatched"><h2>Unmatched <span className="count">{countText(view.unmatched.totalCount)}</span></h2>{view.unmatched.totalCount === 0 ? <p className="quiet">Everything that names a partner has one.</p> : <Unmatched of={view.unmatched} />}</section>
      <section aria-label="Gaps"><h2>Gaps in the spine</h2><ul>{gapsOf(view.gaps).map((gap) => <GapItem key={gap.words} gap={gap} view={view} />)}</ul></section>
      <section aria-label="Links"><h2>Links by kind</h2><Summaries of={view.linkSummaries} /></section>
    </section>
  );
}
