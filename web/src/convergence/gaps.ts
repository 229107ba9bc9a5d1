/* Where the spine breaks, in words. */
import type { LinkKind, NodeKind } from '../../generated/graphql';
import { type NodeKey, nodeKey } from '../state/selection';
import { type Convergence, type CrossLink, sourceOf, targetOf } from './model';

export interface Gap {
  readonly words: string;
  readonly count: number;
  readonly nodes: NodeKind; // what is without a partner
  readonly link: LinkKind;
  readonly leads: boolean; // the link that is missing would lead from it
}

export function gapsOf(gaps: Convergence['gaps']): readonly Gap[] {
  return [
    { words: 'Requirements that no task fulfils', count: gaps.requirementsWithoutTask, nodes: 'REQUIREMENT', link: 'FULFILLED_BY', leads: true },
    { words: 'Requirements that nothing validates', count: gaps.requirementsWithoutScenario, nodes: 'REQUIREMENT', link: 'VALIDATED_BY', leads: true },
    { words: 'Tasks that fulfil nothing', count: gaps.tasksWithoutRequirement, nodes: 'TASK', link: 'FULFILLED_BY', leads: false },
    { words: 'Scenarios that validate no requirement', count: gaps.scenariosWithoutRequirement, nodes: 'SCENARIO', link: 'VALIDATED_BY', leads: false },
    { words: 'Artifacts that contain no module', count: gaps.artifactsWithoutModule, nodes: 'ARTIFACT', link: 'CONTAINS', leads: true },
    { words: 'Modules that belong nowhere', count: gaps.modulesWithoutComponent, nodes: 'CODE_MODULE', link: 'BELONGS_TO', leads: true },
  ];
}

/** The nodes behind a gap: those of the kind that have no such link. A scenario is also linked by way of its feature. */
export function nodesBehind({ nodes, link, leads }: Gap, view: Convergence): readonly Convergence['nodes'][number][] {
  const held = (one: CrossLink) => one.kind === link && !one.denied;
  const linked = new Set<NodeKey>(view.edges.filter(held).map(leads ? sourceOf : targetOf));
  for (const one of view.edges) if (nodes === 'SCENARIO' && one.kind === 'BELONGS_TO' && linked.has(targetOf(one))) linked.add(sourceOf(one));
  return view.nodes.filter((one) => one.kind === nodes && !linked.has(nodeKey(one.kind, one.nodeId)));
}
