/* What the server said about moments that are not now, answer by answer, the ones used last.
 *
 * What was known at K does not change any more, so such an answer is asked for once. Where only V is named, K is now: an event may still come
 * late and change it, so after FRESH_MS it is shown at once and asked for again. Answers of now that are kept whole (data/client.ts) come by here as well;
 * they are asked with 'cache-and-network', so always asked for again. */
import type { Exchange, Operation, OperationResult } from '@urql/core';
import { filter, map, merge, pipe, share, tap } from 'wonka';

const KEPT_MAX = 96;
const FRESH_MS = 10_000;
const SETTLED_MS = 5_000; // K must lie so far back: the clocks of browser and server may differ a little

interface Kept {
  readonly result: OperationResult;
  readonly at: number;
  readonly settled: boolean;
}

function isSettled(operation: Operation): boolean {
  const names = Object.entries(operation.variables as Readonly<Record<string, unknown>>).filter(([name]) => /observedAt$/i.test(name));
  return names.length > 0 && names.every(([, moment]) => typeof moment === 'string' && Date.parse(moment) < Date.now() - SETTLED_MS);
}

export const pastExchange: Exchange = ({ forward }) => (operations) => {
  const kept = new Map<number, Kept>(); // the one used last stands last
  const keep = (result: OperationResult) => {
    if (result.operation.kind !== 'query' || result.error !== undefined || result.hasNext) return;
    kept.delete(result.operation.key);
    kept.set(result.operation.key, { result, at: Date.now(), settled: isSettled(result.operation) });
    const oldest = kept.keys().next();
    if (kept.size > KEPT_MAX && !oldest.done) kept.delete(oldest.value);
  };
  const answers = (operation: Operation) => operation.kind === 'query' && operation.context.requestPolicy !== 'network-only' && kept.has(operation.key);
  const isStale = (operation: Operation) => {
    const one = kept.get(operation.key);
    return one !== undefined && !one.settled && (operation.context.requestPolicy === 'cache-and-network' || Date.now() - one.at > FRESH_MS);
  };
  const shared = share(operations);
  const known = pipe(shared, filter(answers), map((operation): OperationResult => {
    const one = kept.get(operation.key) as Kept;
    kept.delete(operation.key);
    kept.set(operation.key, one);
    return { ...one.result, operation, stale: isStale(operation) };
  }));
  const asked = pipe(shared, filter((operation) => !answers(operation) || isStale(operation)), forward, tap(keep));
  return merge([known, asked]);
};
