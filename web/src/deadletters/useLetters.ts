/* The queue as far as it was scrolled to, and again every few seconds. The newest question wins: what an older one brings is dropped.
 * The cache is passed by, as the list changes with what others send. */
import type { CombinedError } from '@urql/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { DeadLettersDocument, type DeadLettersQuery, type LetterRowFragment } from '../../generated/graphql';
import type { LetterFilter } from './filter';

const PAGE = 200, PAGE_MAX = 1000, REFRESH_MS = 5000;

interface Answer {
  readonly filter: LetterFilter;
  readonly rows: readonly LetterRowFragment[];
  readonly more: boolean;
  readonly cursor: string | null;
  readonly me: DeadLettersQuery['me'];
  readonly counts: NonNullable<DeadLettersQuery['deadLetters']>['counts'];
}

export function useLetters(filter: LetterFilter) {
  const client = useClient();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [error, setError] = useState<CombinedError | undefined>(undefined);
  const asked = useRef(0);
  const shown = useRef<Answer | null>(null);
  shown.current = answer;

  const ask = useCallback(async (after: string | null) => {
    const number = ++asked.current;
    const before = shown.current?.filter === filter ? shown.current : null;
    // A list longer than one answer is not read again from the front: only what can be counted is.
    const first = after !== null ? PAGE : before === null ? PAGE : before.rows.length > PAGE_MAX ? 0 : Math.max(PAGE, before.rows.length);
    const { data, error: failed } = await client.query(DeadLettersDocument, { ...filter, first, after }, { requestPolicy: 'network-only' }).toPromise();
    if (number !== asked.current) return;
    setError(failed);
    if (data?.deadLetters == null) return;
    const { nodes, pageInfo, counts } = data.deadLetters;
    const keeps = first === 0 && before !== null;
    setAnswer({
      filter, counts, me: data.me,
      rows: keeps ? before.rows : after !== null && before !== null ? [...before.rows, ...nodes] : nodes,
      more: keeps ? before.more : pageInfo.hasNextPage,
      cursor: keeps ? before.cursor : pageInfo.endCursor,
    });
  }, [client, filter]);

  useEffect(() => {
    void ask(null);
    const timer = setInterval(() => { if (!document.hidden) void ask(null); }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [ask]);

  const refresh = useCallback(() => { void ask(null); }, [ask]);
  const loadMore = useCallback(() => {
    const now = shown.current;
    if (now !== null && now.filter === filter && now.more && now.cursor !== null) void ask(now.cursor);
  }, [ask, filter]);
  return { answer, error, behind: answer !== null && answer.filter !== filter, refresh, loadMore };
}
