/* Components and their modules as a drawing. */
import { useMemo } from 'react';
import { ArchitectureDocument } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { GraphCanvas } from '../graph/GraphCanvas';
import { emptyDrawing } from '../graph/model';
import { readNodeKey } from '../state/selection';
import { useDifference } from '../time/difference';
import { drawArchitecture } from './drawing';
import { EdgeCard, NodeCard } from './Cards';
import type { Filter, Folding } from './filter';
import { Legend } from './Legend';
import type { Structure } from './model';
import { ModuleTable } from './ModuleTable';

export interface PaneProperties {
  readonly iterationId: string;
  readonly manifestName: string | null;
  readonly structure: Structure | null; // null: the iteration was not there yet
  readonly filter: Filter;
  readonly folding: Folding;
}

export function GraphPane({ iterationId, manifestName, structure, filter, folding }: PaneProperties) {
  const difference = useDifference(iterationId);
  const before = useMomentQuery({ query: ArchitectureDocument, variables: { iterationId, manifestName }, at: difference?.mark ?? null, pause: difference === null });
  const ghosts = difference === null ? null : before.data?.getACCGraph ?? null;
  const { folded } = folding;
  const drawing = useMemo(() => (structure === null ? emptyDrawing : drawArchitecture({ structure, folded, filter, difference, ghosts })), [structure, folded, filter, difference, ghosts]);
  const open = (key: string) => {
    const node = readNodeKey(key);
    const component = node?.kind === 'ARCHITECTURE_COMPONENT' ? node.nodeId : structure?.modules.get(node?.nodeId ?? '')?.component?.nodeId;
    if (component !== undefined) folding.toggle(component);
  };
  return (
    <GraphCanvas name={`Components and modules of ${iterationId}`} drawing={drawing} fileName={`${iterationId}-architecture`} onOpen={open}
      table={structure === null ? null : <ModuleTable structure={structure} filter={filter} />} legend={<Legend compared={difference !== null} />} tools={structure === null ? null : <FoldTools folding={folding} />}
      card={(key) => {
        if (structure === null) return null;
        const node = drawing.nodes.find((one) => one.key === key);
        return node !== undefined ? <NodeCard structure={structure} node={node} /> : <EdgeCard structure={structure} edge={drawing.edges.find((one) => one.id === key)} drawing={drawing} />;
      }} />
  );
}

export function FoldTools({ folding }: { readonly folding: Folding }) {
  return (
    <span className="group" role="group" aria-label="Components">
      <button type="button" className="tool" onClick={folding.foldAll} title="One box for each component">Fold all</button>
      <button type="button" className="tool" onClick={folding.unfoldAll} title="Every module">Unfold all</button>
      <button type="button" className="tool" onClick={folding.reset} title="Unfold where something is wrong, fold the rest">In trouble</button>
    </span>
  );
}
