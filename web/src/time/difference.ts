/* The difference of two moments: what a lens lays over what it draws.
 *
 *   const difference = useDifference(iterationId);          // null: nobody compares; draw as ever
 *   const became = difference?.nodes.get(nodeKey(kind, nodeId)); // 'added' | 'removed' | 'changed' | undefined
 *
 * A mark (A) stands in the address as `compareWith` (V) and `compareKnownAt` (K); the moment looked at (B) is where the thumb stands. The
 * difference leads from the mark to the moment looked at, wherever on the axis the two lie: `added` is there at B and was not at A, `removed`
 * was there at A and is not at B, `changed` is there at both with another state.
 *
 * - What was removed is not in the lens's own data, as that is of B. Its name and kind are in `removedNodes`; where it stood is the same at all times, so
 *   useMomentQuery({ …, at: difference.mark }) finds its place. Draw it as a ghost: dashed outline and the sign −, never by colour alone.
 * - The signs are the same everywhere: + added, − removed, ~ changed (`signs`), with the colours --added, --removed, --changed.
 * - As with every question about a moment, while B moves what was is kept (`behind`), and nothing flashes.
 * - `complete` is false where more than DIFFERENCES_MAX nodes or links differ; the counts are of all. */
import { useEffect, useMemo, useState } from 'react';
import { useClient } from 'urql';
import { DifferenceDocument, type DifferenceLinkFragment, type DifferenceNodeFragment, type DifferenceQuery, type DifferenceQueryVariables, type LinkKind, type NodeKind } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import type { Difference as Became } from '../graph/model';
import { type NodeKey, nodeKey } from '../state/selection';
import { type Moment, usePlace } from '../state/location';

export type { Difference as Became } from '../graph/model';
export const signs: Record<Became, string> = { added: '+', removed: '−', changed: '~' };
export const becameWords: Record<DifferenceNodeFragment['changeType'], Became> = { CREATED: 'added', DELETED: 'removed', UPDATED: 'changed' };

export const linkKey = (kind: LinkKind, sourceKind: NodeKind, sourceNodeId: string, targetKind: NodeKind, targetNodeId: string) =>
  `${kind} ${nodeKey(sourceKind, sourceNodeId)} ${nodeKey(targetKind, targetNodeId)}`;

export interface Difference {
  readonly mark: Moment; // A
  readonly moment: Moment | null; // B; null: now
  readonly nodes: ReadonlyMap<NodeKey, Became>; // by nodeKey of state/selection.ts (state/selection.ts)
  readonly links: ReadonlyMap<string, Became>; // by linkKey
  readonly removedNodes: readonly DifferenceNodeFragment[];
  readonly nodeChanges: readonly DifferenceNodeFragment[]; // in order of kind and id
  readonly linkChanges: readonly DifferenceLinkFragment[];
  readonly counts: Readonly<Record<Became, number>>; // of nodes
  readonly linkCount: number;
  readonly complete: boolean;
  readonly behind: boolean; // of another B than the one looked at
}

const PAGE = 1000;
const DIFFERENCES_MAX = 10 * PAGE;
type Found = NonNullable<DifferenceQuery['getGraphDiff']>;

type Page = Found['nodes']['pageInfo'];
interface Further { readonly of: Found; readonly pages: readonly Found[] }

/** The pages behind the first one. Until they are there the first alone is shown. */
function useFurtherPages(first: Found | undefined, variables: Omit<DifferenceQueryVariables, 'asOf' | 'observedAt'>, moment: Moment | null): readonly Found[] {
  const client = useClient();
  const [further, setFurther] = useState<Further | null>(null);
  useEffect(() => {
    if (first === undefined) return undefined;
    let left = false;
    const read = async () => {
      const pages: Found[] = [];
      let nodes: Page | null = first.nodes.pageInfo, links: Page | null = first.links.pageInfo; // null: all are there
      const rest = (page: Page | null) => (page?.hasNextPage === true ? page : null);
      for (nodes = rest(nodes), links = rest(links); (nodes ?? links) !== null && pages.length + 1 < DIFFERENCES_MAX / PAGE;) {
        const next = { asOf: moment?.asOf ?? null, observedAt: moment?.observedAt ?? null, nodes: nodes === null ? 0 : PAGE, nodesAfter: nodes?.endCursor ?? null, links: links === null ? 0 : PAGE, linksAfter: links?.endCursor ?? null };
        const { data } = await client.query(DifferenceDocument, { ...variables, ...next }).toPromise();
        if (left || data?.getGraphDiff == null) return;
        pages.push(data.getGraphDiff);
        nodes = nodes === null ? null : rest(data.getGraphDiff.nodes.pageInfo);
        links = links === null ? null : rest(data.getGraphDiff.links.pageInfo);
      }
      if (pages.length > 0) setFurther({ of: first, pages });
    };
    void read();
    return () => { left = true; };
  }, [first, client]);
  return further !== null && further.of === first ? further.pages : [];
}

/** The mark that the address names; null: nobody compares. */
export function useMark(): Moment | null {
  return usePlace().mark;
}

export function useDifference(iterationId: string): Difference | null {
  const mark = useMark();
  const variables = { iterationId, markAsOf: mark?.asOf ?? '', markObservedAt: mark?.observedAt ?? null, nodes: PAGE, nodesAfter: null, links: PAGE, linksAfter: null };
  const { data, moment, behind } = useMomentQuery({ query: DifferenceDocument, variables, pause: mark === null });
  const first = data?.getGraphDiff ?? undefined;
  const further = useFurtherPages(first, variables, moment);
  const read = useMemo(() => {
    if (first === undefined) return null;
    const pages = [first, ...further];
    const nodeChanges = pages.flatMap((page) => page.nodes.nodes), linkChanges = pages.flatMap((page) => page.links.nodes);
    return {
      nodeChanges, linkChanges,
      nodes: new Map(nodeChanges.map((one) => [nodeKey(one.nodeType, one.nodeId), becameWords[one.changeType]])),
      links: new Map(linkChanges.map((one) => [linkKey(one.kind, one.sourceKind, one.sourceNodeId, one.targetKind, one.targetNodeId), becameWords[one.changeType]])),
      removedNodes: nodeChanges.filter((one) => one.changeType === 'DELETED'),
      counts: { added: first.counts.created, removed: first.counts.deleted, changed: first.counts.updated },
      linkCount: first.links.totalCount,
      complete: nodeChanges.length === first.nodes.totalCount && linkChanges.length === first.links.totalCount,
    };
  }, [first, further.length]);
  return useMemo(() => (mark === null || read === null ? null : { ...read, mark, moment, behind }), [mark, read, moment, behind]);
}
