/* Two things the selection is kept in step with: the address, so that a link shows what was selected, and what the node is traced
 * to, so that it lights up in every view. Draws nothing. */
import { useEffect } from 'react';
import { LitDocument, type LitQuery } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { useParameter, usePlace } from '../state/location';
import { type NodeKey, nodeKey, readNodeKey, type SelectedNode, useSelection } from '../state/selection';

const keyText = (node: SelectedNode | null) => (node === null ? '' : `${node.kind ?? ''}:${node.nodeId}`);

export function SelectionInAddress() {
  const [inAddress, setInAddress] = useParameter('select');
  const node = useSelection((selection) => selection.node);
  const select = useSelection((selection) => selection.selectNode);
  // The address wins when it changes (a link, back); the selection when it does.
  useEffect(() => { select(readNodeKey(inAddress)); }, [inAddress, select]);
  useEffect(() => { if (keyText(useSelection.getState().node) !== inAddress) setInAddress(keyText(node)); }, [node]);
  return null;
}

type Traced = NonNullable<LitQuery['trace']>;

function litBy(trace: Traced): ReadonlySet<NodeKey> {
  const lit = new Set<NodeKey>([nodeKey(trace.node.kind, trace.node.nodeId)]);
  for (const level of trace.levels) for (const node of level.nodes) lit.add(nodeKey(node.kind, node.nodeId));
  for (const link of trace.node.links.nodes) {
    lit.add(nodeKey(link.sourceKind, link.sourceNodeId));
    lit.add(nodeKey(link.targetKind, link.targetNodeId));
  }
  return lit;
}

export function Lighting({ iterationId }: { readonly iterationId: string }) {
  const node = useSelection((selection) => selection.node);
  const light = useSelection((selection) => selection.light);
  const { moment } = usePlace();
  const { data, fetching, behind, refresh } = useMomentQuery({ query: LitDocument, variables: { iterationId, nodeId: node?.nodeId ?? '', kind: node?.kind ?? null }, pause: node === null });
  const trace = node === null ? null : data?.trace ?? null;
  useLiveLens({ iterationId, lens: 'CONVERGENCE', meta: trace?.meta, fetching, now: node !== null && moment === null && !behind, refresh }); // a new link lights up
  useEffect(() => {
    if (node === null) light(null);
    else if (trace !== null && trace.node.nodeId === node.nodeId) light(litBy(trace));
  }, [node, trace, light]);
  return null;
}
