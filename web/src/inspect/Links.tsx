/* What a node is linked with: how sure, how found, and why. Pressing one selects the other end. Who may says that a link is not so, restores one that
 * was denied, and links by hand. */
import { useMemo, useState } from 'react';
import { statusTone } from '../graph/model';
import { Glyph } from '../parts/Glyph';
import { kindNames, linkWords, methodWords } from '../parts/kinds';
import { useSelection } from '../state/selection';
import type { Inspected } from './Inspector';
import { ChangeLinkDialog, NewLinkDialog } from './LinkDialogs';
import { linkedKey, waysOf } from './linking';
import { type MayLink, useMayLink } from './mayLink';

type Link = Inspected['node']['links']['nodes'][number];

export function confidenceTone(confidence: number): 'good' | 'wait' | 'bad' {
  return confidence >= 0.9 ? 'good' : confidence >= 0.7 ? 'wait' : 'bad';
}

interface RowProperties { readonly link: Link; readonly own: string; readonly mayLink: MayLink; readonly change: (link: Link) => void }

function Row({ link, own, mayLink, change }: RowProperties) {
  const select = useSelection((selection) => selection.selectNode);
  const leads = link.sourceNode.id === own;
  const other = leads ? link.targetNode : link.sourceNode;
  const words = linkWords[link.kind][leads ? 0 : 1];
  return (
    <li className={link.denied ? 'denied' : undefined}>
      <span className="says">{words}</span>
      <button type="button" className="node" onClick={() => select({ kind: other.kind, nodeId: other.nodeId })}><Glyph tone={statusTone[other.status]} />{other.name}<span className="hidden"> ({kindNames[other.kind]})</span></button>
      <span className={`confidence ${confidenceTone(link.confidence)}`} title="How sure it is">{link.denied ? 'denied' : link.confidence.toFixed(2)} <span className="how">{methodWords[link.method]}</span></span>
      <span className="why">{link.explanation}</span>
      {mayLink.may && (link.inferred || link.denied) && <button type="button" className="tool act" aria-label={`${link.denied ? 'Restore…' : 'This is not so…'} ${words} ${other.name}`} onClick={() => change(link)}>{link.denied ? 'Restore…' : 'This is not so…'}</button>}
    </li>
  );
}

interface LinksProperties { readonly iterationId: string; readonly trace: Inspected; readonly refresh: () => void }

export function Links({ iterationId, trace, refresh }: LinksProperties) {
  const { node } = trace;
  const mayLink = useMayLink();
  const [adding, setAdding] = useState(false);
  const [changed, setChanged] = useState<Link | null>(null);
  const linked = useMemo(() => new Set(node.links.nodes.filter((link) => !link.denied).map((link) => { const leads = link.sourceNode.id === node.id; return linkedKey(link.kind, leads, (leads ? link.targetNode : link.sourceNode).nodeId); })), [node]);
  const { nodes, totalCount } = node.links;
  return (
    <>
      {waysOf(node.kind).length > 0 && (
        <p className="link-actions">
          <button type="button" className="button" disabled={!mayLink.may} aria-describedby={mayLink.why === null ? undefined : 'may-not-link'} onClick={() => setAdding(true)}>Link with…</button>
          {mayLink.why !== null && <span id="may-not-link" className="sub">{mayLink.why}</span>}
        </p>
      )}
      {totalCount === 0 && <p className="quiet">It is linked with nothing.</p>}
      <ul className="links">{nodes.map((link) => <Row key={`${link.kind} ${link.sourceNode.id} ${link.targetNode.id}`} link={link} own={node.id} mayLink={mayLink} change={setChanged} />)}</ul>
      {totalCount > nodes.length && <p className="quiet">And {totalCount - nodes.length} more.</p>}
      {adding && <NewLinkDialog iterationId={iterationId} node={node} linked={linked} close={() => setAdding(false)} done={refresh} />}
      {changed !== null && <ChangeLinkDialog iterationId={iterationId} link={changed} close={() => setChanged(null)} done={refresh} />}
    </>
  );
}
