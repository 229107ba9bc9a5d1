/* What a node is linked with: how sure, how found, and why. Pressing one selects the other end. */
import { statusTone } from '../graph/model';
import { Glyph } from '../parts/Glyph';
import { kindNames, linkWords, methodWords } from '../parts/kinds';
import { useSelection } from '../state/selection';
import type { Inspected } from './Inspector';

type Link = Inspected['node']['links']['nodes'][number];

export function confidenceTone(confidence: number): 'good' | 'wait' | 'bad' {
  return confidence >= 0.9 ? 'good' : confidence >= 0.7 ? 'wait' : 'bad';
}

function Row({ link, own }: { readonly link: Link; readonly own: string }) {
  const select = useSelection((selection) => selection.selectNode);
  const leads = link.sourceNode.id === own;
  const other = leads ? link.targetNode : link.sourceNode;
  return (
    <li className={link.denied ? 'denied' : undefined}>
      <span className="says">{linkWords[link.kind][leads ? 0 : 1]}</span>
      <button type="button" className="node" onClick={() => select({ kind: other.kind, nodeId: other.nodeId })}><Glyph tone={statusTone[other.status]} />{other.name}<span className="hidden"> ({kindNames[other.kind]})</span></button>
      <span className={`confidence ${confidenceTone(link.confidence)}`} title="How sure it is">{link.denied ? 'denied' : link.confidence.toFixed(2)} <span className="how">{methodWords[link.method]}</span></span>
      <span className="why">{link.explanation}</span>
    </li>
  );
}

export function Links({ trace }: { readonly trace: Inspected }) {
  const { node } = trace;
  if (node.links.totalCount === 0) return <p className="quiet">It is linked with nothing.</p>;
  return (
    <>
      <ul className="links">{node.links.nodes.map((link) => <Row key={`${link.kind} ${link.sourceNode.id} ${link.targetNode.id}`} link={link} own={node.id} />)}</ul>
      {node.links.totalCount > node.links.nodes.length && <p className="quiet">And {node.links.totalCount - node.links.nodes.length} more.</p>}
    </>
  );
}
