/* The views of an iteration, in the order of the tabs. A view is a component that is loaded when it is first opened; adding one is
 * a line here, a name in state/location.ts and a folder. */
import { type ComponentType, lazy, type LazyExoticComponent } from 'react';
import type { Lens, NodeKind } from '../../generated/graphql';
import type { IterationViewName } from '../state/location';

export interface ViewProperties {
  readonly iterationId: string;
}

interface ViewEntry {
  readonly name: IterationViewName;
  readonly title: string;
  readonly lens: Lens | null; // whose light the tab shows
  readonly workspace: boolean; // fills the window beside the inspector; else it is a page that scrolls
  readonly component: LazyExoticComponent<ComponentType<ViewProperties>> | ComponentType<ViewProperties>;
}

const later = (load: () => Promise<ComponentType<ViewProperties>>) => lazy(async () => ({ default: await load() }));

export const views: readonly ViewEntry[] = [
  { name: 'verdict', title: 'Verdict', lens: null, workspace: false, component: later(async () => (await import('../iteration/IterationView')).IterationView) },
  { name: 'execution', title: 'Execution', lens: 'DDE', workspace: true, component: later(async () => (await import('../execution/ExecutionView')).ExecutionView) },
  { name: 'behaviour', title: 'Behaviour', lens: 'BDV', workspace: true, component: later(async () => (await import('../behaviour/BehaviourView')).BehaviourView) },
  { name: 'architecture', title: 'Architecture', lens: 'ACC', workspace: true, component: later(async () => (await import('../architecture/ArchitectureView')).ArchitectureView) },
  { name: 'convergence', title: 'Convergence', lens: 'CONVERGENCE', workspace: true, component: later(async () => (await import('../convergence/ConvergenceView')).ConvergenceView) },
  { name: 'traceability', title: 'Traceability', lens: null, workspace: true, component: later(async () => (await import('../traceability/TraceabilityView')).TraceabilityView) },
];

/** The view in which a node of this kind is at home. */
export function viewOfKind(kind: NodeKind | null): IterationViewName {
  switch (kind) {
    case 'TASK': case 'ARTIFACT': case 'INTERFACE_CONTRACT': case 'QUALITY_GATE': return 'execution';
    case 'BEHAVIORAL_SPEC': case 'SCENARIO': case 'TEST_RUN': return 'behaviour';
    case 'CODE_MODULE': case 'ARCHITECTURE_COMPONENT': case 'VIOLATION': case 'CYCLE': return 'architecture';
    case 'REQUIREMENT': return 'traceability';
    case 'ITERATION': case null: return 'verdict';
  }
}
