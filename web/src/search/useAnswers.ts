/* What the server finds for a text that is being typed: asked once the typing rests, and only the newest question's answer is shown, in
 * whatever order answers come. The graph and the log are asked apart, as the log may take longer. */
import type { CombinedError } from '@urql/core';
import { useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { SearchGraphDocument, type SearchGraphQuery, SearchLogDocument, type SearchLogQuery } from '../../generated/graphql';
import type { Moment } from '../state/location';

const REST_MS = 140;
export const CHARACTERS_MIN = 2; // what the server wants at least

export interface Answers {
  readonly text: string; // that they answer
  readonly graph: SearchGraphQuery | null;
  readonly log: SearchLogQuery | null;
  readonly waiting: boolean;
  readonly error: CombinedError | null;
}

const none: Answers = { text: '', graph: null, log: null, waiting: false, error: null };

export function useAnswers(text: string, iterationId: string | null, moment: Moment | null): Answers {
  const client = useClient();
  const [answers, setAnswers] = useState(none);
  const newest = useRef(0);
  useEffect(() => {
    const mine = ++newest.current;
    if (text.length < CHARACTERS_MIN) {
      setAnswers(none);
      return undefined;
    }
    const take = (part: Partial<Answers>) => { if (mine === newest.current) setAnswers((was) => ({ ...(was.text === text ? was : { ...none, waiting: true }), text, ...part })); };
    const ask = async () => {
      const { asOf = null, observedAt = null } = moment ?? {};
      const context = { requestPolicy: moment === null ? 'network-only' : 'cache-first' } as const;
      const graph = client.query(SearchGraphDocument, { query: text, iterationId, asOf, observedAt }, context).toPromise()
        .then(({ data, error }) => take(data === undefined ? { error: error ?? null } : { graph: data }));
      const log = client.query(SearchLogDocument, { query: text, iterationId, observedAt }, context).toPromise()
        .then(({ data, error }) => take(data === undefined ? { error: error ?? null } : { log: data }));
      await Promise.all([graph, log]);
      take({ waiting: false });
    };
    setAnswers((was) => ({ ...was, waiting: true }));
    const timer = setTimeout(() => { void ask(); }, REST_MS);
    return () => clearTimeout(timer);
  }, [client, text, iterationId, moment]);
  return answers;
}
