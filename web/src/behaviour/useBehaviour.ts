/* What all sub-views of the lens share: the answer at the moment looked at, kept up to date, and the difference laid over it. */
import { useMemo } from 'react';
import { BehaviourDocument } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { type MomentAnswer, useMomentQuery } from '../data/moment';
import { usePlace } from '../state/location';
import { useDifference } from '../time/difference';
import { type BehaviourGraph, type Branch, branchesOf } from './model';

export interface Behaviour extends Pick<MomentAnswer<unknown>, 'absent' | 'error' | 'fetching' | 'refresh'> {
  readonly graph: BehaviourGraph | null | undefined;
  readonly branches: readonly Branch[];
}

export function useBehaviour(iterationId: string): Behaviour {
  const { moment, mark } = usePlace();
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: BehaviourDocument, variables: { iterationId }, whole: true });
  const graph = data?.getBDVGraph;
  useLiveLens({ iterationId, lens: 'BDV', meta: graph?.meta, fetching, now: moment === null && !behind, refresh });
  const difference = useDifference(iterationId);
  const { data: marked } = useMomentQuery({ query: BehaviourDocument, variables: { iterationId }, at: mark, pause: mark === null, whole: true });
  const before = difference === null ? null : marked?.getBDVGraph;
  const branches = useMemo(() => branchesOf(absent ? null : graph, difference?.nodes, before), [graph, absent, difference?.nodes, before]);
  return { graph: absent ? null : graph, branches, absent, error, fetching, refresh };
}
