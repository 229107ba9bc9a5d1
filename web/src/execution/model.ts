/* The lens's answer, indexed once for everything that is drawn, tabulated and told of it: who belongs to which task, who waits for whom. */
import type { ExecutionQuery, NodeKind } from '../../generated/graphql';
import { type NodeKey, nodeKey } from '../state/selection';

export type ExecutionGraph = NonNullable<ExecutionQuery['getDDEGraph']>;
export type ExecutionNode = ExecutionGraph['nodes'][number];
export type ExecutionEdge = ExecutionGraph['edges'][number];
export type TaskNode = Extract<ExecutionNode, { readonly retryCount: number }>;
export type ContractNode = Extract<ExecutionNode, { readonly locked: boolean }>;
export type ArtifactNode = Extract<ExecutionNode, { readonly hash: string | null }>;

export const isTask = (node: ExecutionNode): node is TaskNode => node.kind === 'TASK' && 'retryCount' in node;
export const isContract = (node: ExecutionNode): node is ContractNode => node.kind === 'INTERFACE_CONTRACT' && 'locked' in node;
export const isArtifact = (node: ExecutionNode): node is ArtifactNode => node.kind === 'ARTIFACT' && 'hash' in node;
export const keyOf = (node: ExecutionNode): NodeKey => nodeKey(node.kind, node.nodeId);
export const sourceOf = (edge: ExecutionEdge): NodeKey => nodeKey(edge.sourceKind as NodeKind, edge.sourceNodeId);
export const targetOf = (edge: ExecutionEdge): NodeKey => nodeKey(edge.targetKind as NodeKind, edge.targetNodeId);

export interface Plan {
  readonly graph: ExecutionGraph;
  readonly nodes: ReadonlyMap<NodeKey, ExecutionNode>;
  readonly needs: ReadonlyMap<NodeKey, readonly NodeKey[]>; // of a task: the tasks it waits for
  readonly feeds: ReadonlyMap<NodeKey, readonly NodeKey[]>; // the tasks that wait for it
  readonly makes: ReadonlyMap<NodeKey, readonly NodeKey[]>; // its artifacts
  readonly gates: ReadonlyMap<NodeKey, readonly NodeKey[]>; // its gates
  readonly owner: ReadonlyMap<NodeKey, NodeKey>; // of an artifact, gate or contract: its task
}

function put<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]); else values.push(value);
}

export function planOf(graph: ExecutionGraph): Plan {
  const needs = new Map<NodeKey, NodeKey[]>(), feeds = new Map<NodeKey, NodeKey[]>(), makes = new Map<NodeKey, NodeKey[]>(), gates = new Map<NodeKey, NodeKey[]>();
  const owner = new Map<NodeKey, NodeKey>();
  for (const edge of graph.edges) {
    const source = sourceOf(edge), target = targetOf(edge);
    if (edge.kind === 'DEPENDS_ON') { put(needs, source, target); put(feeds, target, source); continue; }
    if (edge.kind === 'GENERATES') put(makes, source, target);
    if (edge.kind === 'GATED_BY') put(gates, source, target);
    if (!owner.has(target)) owner.set(target, source);
  }
  return { graph, nodes: new Map(graph.nodes.map((node) => [keyOf(node), node])), needs, feeds, makes, gates, owner };
}

/** All that can be reached, with how many steps away. */
export function reachable(from: NodeKey, next: ReadonlyMap<NodeKey, readonly NodeKey[]>): ReadonlyMap<NodeKey, number> {
  const found = new Map<NodeKey, number>();
  let front: readonly NodeKey[] = [from];
  for (let distance = 1; front.length > 0; distance++) {
    const further: NodeKey[] = [];
    for (const key of front) for (const one of next.get(key) ?? []) if (one !== from && !found.has(one)) { found.set(one, distance); further.push(one); }
    front = further;
  }
  return found;
}

/** What a node comes from and what hangs on it; of an artifact, gate or contract by way of its task. */
export function lineageOf(plan: Plan, key: NodeKey): ReadonlySet<NodeKey> {
  const task = plan.owner.get(key) ?? key;
  const tasks = [task, ...reachable(task, plan.needs).keys(), ...reachable(task, plan.feeds).keys()];
  return new Set([key, ...tasks, ...(plan.makes.get(task) ?? []), ...tasks.flatMap((one) => plan.gates.get(one) ?? [])]);
}
