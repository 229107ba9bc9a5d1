/* What is selected, for all views at once: select it in one and it stands out in the others. The node is in the address, too
 * (shell/SelectionInAddress.tsx keeps the two the same), so that a link shows what was being looked at. */
import { create } from 'zustand';
import type { Lens, NodeKind } from '../../generated/graphql';

export interface SelectedNode {
  readonly kind: NodeKind | null; // null: whichever node of the iteration has this id
  readonly nodeId: string;
}

/** How a node is named wherever nodes of several kinds meet: in sets, in drawings, in the address. */
export type NodeKey = `${NodeKind}:${string}`;
export const nodeKey = (kind: NodeKind, nodeId: string): NodeKey => `${kind}:${nodeId}`;

export function readNodeKey(text: string): SelectedNode | null {
  const colon = text.indexOf(':');
  if (colon <= 0 || colon === text.length - 1) return null;
  return { kind: text.slice(0, colon) as NodeKind, nodeId: text.slice(colon + 1) };
}

interface Selection {
  readonly iterationId: string | null; // the one that was opened last
  readonly lens: Lens | null; // only what this stream has to say stands out
  readonly node: SelectedNode | null;
  readonly lit: ReadonlySet<NodeKey> | null; // the node and what it is traced to; null: nothing is selected, or not yet known
  readonly selectIteration: (iterationId: string) => void;
  readonly toggleLens: (lens: Lens) => void;
  readonly selectNode: (node: SelectedNode | null) => void;
  readonly toggleNode: (node: SelectedNode) => void;
  readonly light: (lit: ReadonlySet<NodeKey> | null) => void;
}

const same = (a: SelectedNode | null, b: SelectedNode | null) => a?.nodeId === b?.nodeId && a?.kind === b?.kind;

export const useSelection = create<Selection>()((set) => ({
  iterationId: null,
  lens: null,
  node: null,
  lit: null,
  selectIteration: (iterationId) => set((was) => (was.iterationId === iterationId ? was : { iterationId, lens: null, node: null, lit: null })),
  toggleLens: (lens) => set((was) => ({ lens: was.lens === lens ? null : lens })),
  selectNode: (node) => set((was) => (same(was.node, node) ? was : { node, lit: null })),
  toggleNode: (node) => set((was) => (same(was.node, node) ? { node: null, lit: null } : { node, lit: null })),
  light: (lit) => set({ lit }),
}));
