/* The links of a spine in words: what leads where, how sure, how found and why; and what is missing. */
import { csv, save } from '../graph/save';
import { confidenceTone } from '../inspect/Links';
import { linkWords, methodWords } from '../parts/kinds';
import { useSelection } from '../state/selection';
import { confidenceText, keyOf, type Spine, type SpineLink, type SpineNode, sourceOf, targetOf } from './model';

export function SpineTable({ iterationId, spine }: { readonly iterationId: string; readonly spine: Spine }) {
  const names = new Map(spine.levels.flatMap((one) => one.nodes.map((node) => [keyOf(node), node] as const)));
  const exported = () => save(csv(['From', 'Link', 'To', 'Confidence', 'Found by', 'Why'], [
    ...spine.links.map((link) => [link.sourceNodeId, linkWords[link.kind][0], link.targetNodeId, link.confidence, methodWords[link.method], link.explanation]),
    ...spine.gaps.map((gap) => [gap.node?.nodeId ?? '', 'missing', gap.missing.toLowerCase(), null, '', gap.sentence]),
  ]), `${iterationId}-spine-${spine.node.nodeId}.csv`);
  return (
    <>
      <p className="table-head" role="status"><span>{spine.links.length} {spine.links.length === 1 ? 'link' : 'links'}, {spine.gaps.length} missing</span><button type="button" className="tool" onClick={exported} aria-label="Export as CSV">CSV</button></p>
      <div className="trace-scroll" tabIndex={0} role="group" aria-label="Rows">
        <table>
          <caption className="hidden">Links and gaps of the spine through {spine.node.name}</caption>
          <thead><tr><th scope="col">From</th><th scope="col">Link</th><th scope="col">To</th><th scope="col">Confidence</th><th scope="col">Found by</th><th scope="col">Why</th></tr></thead>
          <tbody>
            {spine.gaps.map((gap) => <tr key={gap.sentence}><th scope="row">{gap.node?.name}</th><td>leads to no</td><td><span className="hole bad">{gap.missing.toLowerCase()}</span></td><td /><td /><td>{gap.sentence}</td></tr>)}
            {spine.links.map((link) => <LinkRow key={`${link.kind} ${sourceOf(link)} ${targetOf(link)}`} link={link} source={names.get(sourceOf(link))} target={names.get(targetOf(link))} />)}
          </tbody>
        </table>
      </div>
    </>
  );
}

function LinkRow({ link, source, target }: { readonly link: SpineLink; readonly source: SpineNode | undefined; readonly target: SpineNode | undefined }) {
  return (
    <tr>
      <th scope="row"><Name node={source} /></th><td>{linkWords[link.kind][0]}</td><td><Name node={target} /></td>
      <td><span className={`sure ${confidenceTone(link.confidence)}`}>{confidenceText(link.confidence)}</span></td><td>{link.inferred ? methodWords[link.method] : 'stated'}</td><td className="quiet">{link.explanation}</td>
    </tr>
  );
}

function Name({ node }: { readonly node: SpineNode | undefined }) {
  const toggle = useSelection((selection) => selection.toggleNode);
  return node === undefined ? null : <button type="button" className="node-button" onClick={() => toggle({ kind: node.kind, nodeId: node.nodeId })}>{node.name}</button>;
}
