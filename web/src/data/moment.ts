/* Asking the server about the moment that is looked at, while that moment moves.
 *
 *   const { data, absent, error, behind, refresh } = useMomentQuery({ query: DdeDocument, variables: { iterationId } });
 *
 * The document has variables `$asOf: DateTime, $observedAt: DateTime`; this fills them in. What a view can rely on:
 *
 * - It keeps its data. `data` is of the moment looked at or, until that answer is there, of the one shown before: `behind` is true as
 *   long, and `moment` says which one it is of. So a view draws `data` wherever there is any and never falls back to "loading".
 * - It is never of another question: where the other variables change, `data` is undefined until their answer is there.
 * - One question at a time is on its way. While it is, moments that come and go are passed over; then the newest is asked for.
 * - A moment that was visited is answered from the cache, without the server.
 * - At a moment when the iteration was not there yet `absent` is true, and the field in `data` is null: draw it empty, unmount nothing.
 * - Where the server fails, `error` is set and `data` is what it said last.
 *
 * `at` asks about another moment than the one looked at (null: now). Data has the same identity as long as nothing was answered anew. */
import type { CombinedError, OperationContext, TypedDocumentNode } from '@urql/core';
import { useCallback, useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { type Moment, usePlace } from '../state/location';
import { problemOf } from './problem';

export interface MomentVariables {
  readonly asOf?: string | null | undefined;
  readonly observedAt?: string | null | undefined;
}

type Variables = { readonly [name: string]: unknown };

interface MomentQuestion<Data, All extends Variables> {
  readonly query: TypedDocumentNode<Data, All>;
  readonly variables: Omit<All, keyof MomentVariables>;
  readonly at?: Moment | null;
  readonly pause?: boolean;
  readonly whole?: boolean; // the answer may have thousands of nodes: it is not taken apart into the cache (data/client.ts)
}

const wholeContext = { whole: true }; // the same object each time, as a new one would be a new question

export interface MomentAnswer<Data> {
  readonly data: Data | undefined;
  readonly moment: Moment | null; // that data is of; null: now
  readonly behind: boolean; // data is of another moment than the one looked at, or there is none yet
  readonly fetching: boolean;
  readonly absent: boolean;
  readonly error: CombinedError | undefined;
  readonly refresh: () => void;
}

interface Answered<Data> {
  readonly data: Data | undefined;
  readonly question: string; // without the moment
  readonly key: string; // with it
  readonly moment: Moment | null;
}

const nothingYet = { data: undefined, question: '', key: '', moment: null };
const momentOf = ({ asOf = null, observedAt = null }: MomentVariables): Moment | null => (asOf === null && observedAt === null ? null : { asOf, observedAt });

export function useMomentQuery<Data, All extends Variables>({ query, variables, at, pause = false, whole = false }: MomentQuestion<Data, All>): MomentAnswer<Data> {
  const place = usePlace();
  const moment = at === undefined ? place.moment : at;
  const question = JSON.stringify(variables), key = JSON.stringify([variables, moment]);
  const wanted = useMemo(() => ({ question, key, variables: { ...variables, asOf: moment?.asOf ?? null, observedAt: moment?.observedAt ?? null } as unknown as All }), [key]);
  const [asked, setAsked] = useState(wanted);
  const [answer, ask] = useQuery({ query, variables: asked.variables, requestPolicy: asked.variables['asOf'] === null && asked.variables['observedAt'] === null ? 'cache-and-network' : 'cache-first', ...(whole ? { context: wholeContext } : {}), pause });
  if (asked.key !== wanted.key && (!answer.fetching || asked.question !== question || pause)) setAsked(wanted);

  // While the next one is on its way the client's answer still is the one before; its operation says of which moment.
  const [kept, setKept] = useState<Answered<Data>>(nothingYet);
  const said = answer.operation?.variables as (MomentVariables & Variables) | undefined;
  const absent = answer.error !== undefined && !answer.fetching && problemOf(answer.error) === 'not-found';
  if (said !== undefined && (answer.data !== undefined || absent) && (answer.error === undefined || absent)) {
    const { asOf: _v, observedAt: _k, ...others } = said;
    const of = { question: JSON.stringify(others), key: JSON.stringify([others, momentOf(said)]) };
    if (kept.data !== answer.data || kept.key !== of.key) setKept({ data: answer.data, ...of, moment: momentOf(said) });
  }
  const mine = kept.question === question ? kept : nothingYet;
  const refresh = useCallback(() => ask({ requestPolicy: 'network-only' } satisfies Partial<OperationContext>), [ask]);
  return { data: mine.data, moment: mine.moment, behind: mine.key !== key, fetching: answer.fetching, absent: absent && mine.key === key, error: answer.fetching ? undefined : answer.error, refresh };
}
