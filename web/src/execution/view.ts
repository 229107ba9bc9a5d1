/* How the lens is looked at: what it is narrowed to, what it is grouped by and which groups are unfolded, whether the critical path and artifacts are
 * drawn. All of it stands in the address, so it can be sent to somebody. */
import { useMemo } from 'react';
import type { NodeStatus } from '../../generated/graphql';
import { statusWords } from '../graph/model';
import { useParameter } from '../state/location';
import { type ExecutionNode, isTask, keyOf, type Plan } from './model';

export type Grouping = 'workflow' | 'capability' | 'name';
export const groupings: readonly (readonly [Grouping, string])[] = [['workflow', 'By workflow'], ['capability', 'By capability'], ['name', 'By start of name']];

const ALL = '*';
const isStatus = (text: string): text is NodeStatus => Object.hasOwn(statusWords, text);
const isGrouping = (text: string): text is Grouping => groupings.some(([name]) => name === text);

export interface LensView {
  readonly status: NodeStatus | '';
  readonly text: string;
  readonly grouping: Grouping | '';
  readonly critical: boolean;
  readonly artifacts: boolean;
  readonly narrowed: boolean;
  readonly setStatus: (status: string) => void;
  readonly setText: (text: string) => void;
  readonly setGrouping: (grouping: string) => void;
  readonly setCritical: (on: boolean) => void;
  readonly setArtifacts: (on: boolean) => void;
  readonly isFolded: (group: string) => boolean;
  readonly toggle: (group: string) => void;
  readonly foldAll: () => void;
  readonly unfoldAll: () => void;
  readonly foldKey: string; // another text: others are folded
  readonly placeKey: string; // another text: so many are that it is another drawing
}

export function useLensView(): LensView {
  const [status, setStatus] = useParameter('status');
  const [text, setText] = useParameter('find');
  const [grouping, setGroupingText] = useParameter('group');
  const [open, setOpen] = useParameter('open');
  const [critical, setCritical] = useParameter('critical');
  const [artifacts, setArtifacts] = useParameter('artifacts');
  return useMemo(() => {
    const unfolded = new Set(open === '' || open === ALL ? [] : open.split(',').map(decodeURIComponent));
    const knownStatus = isStatus(status) ? status : '', known = isGrouping(grouping) ? grouping : '';
    return {
      status: knownStatus, text: text.toLowerCase(), grouping: known, critical: critical !== 'off', artifacts: artifacts !== 'off', narrowed: knownStatus !== '' || text !== '',
      setStatus, setText, setGrouping: (next) => { setOpen(''); setGroupingText(next); },
      setCritical: (on) => setCritical(on ? '' : 'off'), setArtifacts: (on) => setArtifacts(on ? '' : 'off'),
      isFolded: (group) => known !== '' && open !== ALL && !unfolded.has(group),
      toggle: (group) => { const next = new Set(unfolded); if (!next.delete(group)) next.add(group); setOpen([...next].map(encodeURIComponent).join(',')); },
      foldAll: () => setOpen(''), unfoldAll: () => setOpen(ALL), foldKey: `${known} ${open}`, placeKey: `${known} ${open === ALL ? ALL : ''}`,
    };
  }, [status, text, grouping, open, critical, artifacts, setStatus, setText, setGroupingText, setOpen, setCritical, setArtifacts]);
}

export function matches(node: ExecutionNode, view: Pick<LensView, 'status' | 'text'>): boolean {
  if (view.status !== '' && node.status !== view.status) return false;
  if (view.text === '') return true;
  const words = [node.name, node.nodeId, ...(isTask(node) ? [node.workflowId, node.capability, node.errorMessage] : [])];
  return words.some((one) => one?.toLowerCase().includes(view.text) === true);
}

/** Up to the first sign that names are joined with. */
const startOf = (name: string) => name.match(/^[^\s/._:-]+/u)?.[0] ?? name;

/** The group of each node; what belongs to a task is in its task's group. */
export function groupsOf(plan: Plan, grouping: Grouping | ''): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  if (grouping === '') return groups;
  const own = (node: ExecutionNode | undefined): string | null => {
    if (node === undefined || !isTask(node)) return null;
    return grouping === 'workflow' ? node.workflowId ?? 'no workflow' : grouping === 'capability' ? node.capability ?? 'no capability' : startOf(node.nodeId);
  };
  for (const node of plan.graph.nodes) {
    const owner = plan.owner.get(keyOf(node)), group = own(node) ?? (owner === undefined ? null : own(plan.nodes.get(owner)));
    if (group !== null) groups.set(keyOf(node), group);
  }
  return groups;
}
