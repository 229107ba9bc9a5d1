/* The columns of the table: what stands in each, for sorting and for the file. */
import { type GraphTone, statusTone, statusWords } from '../graph/model';
import { kindNames } from '../parts/kinds';
import { type ExecutionNode, isTask, keyOf, type Plan } from './model';

export type ColumnName = 'node' | 'kind' | 'state' | 'workflow' | 'capability' | 'duration' | 'retries' | 'needs' | 'critical' | 'error';
export interface Sorting { readonly by: ColumnName; readonly down: boolean }
type Value = string | number | null;
interface Column {
  readonly name: ColumnName;
  readonly title: string;
  readonly value: (node: ExecutionNode, plan: Plan) => Value;
  readonly rank?: (node: ExecutionNode) => number; // sorted by this, where the value's own order says nothing
}

const urgency: Record<GraphTone, number> = { bad: 0, wait: 1, run: 2, idle: 3, good: 4 };

export const columns: readonly Column[] = [
  { name: 'node', title: 'Node', value: (node) => node.name },
  { name: 'kind', title: 'Kind', value: (node) => kindNames[node.kind] },
  { name: 'state', title: 'State', value: (node) => statusWords[node.status], rank: (node) => urgency[statusTone[node.status]] },
  { name: 'workflow', title: 'Workflow', value: (node) => (isTask(node) ? node.workflowId : null) },
  { name: 'capability', title: 'Capability', value: (node) => (isTask(node) ? node.capability : null) },
  { name: 'duration', title: 'Duration', value: (node) => (isTask(node) ? node.durationMs : null) },
  { name: 'retries', title: 'Retries', value: (node) => (isTask(node) ? node.retryCount : null) },
  { name: 'needs', title: 'Waits for', value: (node, plan) => (isTask(node) ? plan.needs.get(keyOf(node))?.length ?? 0 : null) },
  { name: 'critical', title: 'Path', value: (node) => (isTask(node) && node.onCriticalPath ? 'critical' : null) },
  { name: 'error', title: 'Error', value: (node) => (isTask(node) ? node.errorMessage : null) },
];

/** Numbers by size, texts by the alphabet, what is not known last; equals by name. */
export function sorted(plan: Plan, nodes: readonly ExecutionNode[], { by, down }: Sorting): readonly ExecutionNode[] {
  const column = columns.find((one) => one.name === by);
  if (column === undefined) return nodes;
  const collator = new Intl.Collator('en', { numeric: true });
  const order = (a: Value, b: Value): number => (a === b ? 0 : typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b)));
  const keyed = nodes.map((node) => ({ node, value: column.rank?.(node) ?? column.value(node, plan) }));
  keyed.sort((a, b) => {
    if ((a.value === null) !== (b.value === null)) return a.value === null ? 1 : -1;
    return (down ? -1 : 1) * order(a.value, b.value) || collator.compare(a.node.name, b.node.name);
  });
  return keyed.map((one) => one.node);
}
