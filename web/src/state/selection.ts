/* What is selected, for all views at once: select it in one and it stands out in the others. Not linkable, gone on reload. */
import { create } from 'zustand';
import type { Lens, NodeKind } from '../../generated/graphql';

export interface SelectedNode {
  readonly kind: NodeKind | null;
  readonly nodeId: string;
}

interface Selection {
  readonly iterationId: string | null; // the one that was opened last
  readonly lens: Lens | null; // only what this stream has to say stands out
  readonly node: SelectedNode | null;
  readonly selectIteration: (iterationId: string) => void;
  readonly toggleLens: (lens: Lens) => void;
  readonly toggleNode: (node: SelectedNode) => void;
}

export const useSelection = create<Selection>()((set) => ({
  iterationId: null,
  lens: null,
  node: null,
  selectIteration: (iterationId) => set((was) => (was.iterationId === iterationId ? was : { iterationId, lens: null, node: null })),
  toggleLens: (lens) => set((was) => ({ lens: was.lens === lens ? null : lens })),
  toggleNode: (node) => set((was) => ({ node: was.node?.nodeId === node.nodeId && was.node.kind === node.kind ? null : node })),
}));
