/* Keeps the verdict of now up to date. What comes is merged into the cache, where the page reads it; here nothing is kept. */
import { useEffect, useState } from 'react';
import { useSubscription } from 'urql';
import { VerdictChangedDocument } from '../../generated/graphql';
import { type ConnectionState, useConnection } from '../state/connection';

interface WatchProperties {
  readonly iterationId: string;
  readonly meta: { readonly position: number; readonly validAt: string };
  readonly readAfresh: () => void;
}

/** Nothing lies between the answer and the first update: it starts from the point that the answer reflects, also after a break. */
export function WatchVerdict({ iterationId, meta, readAfresh }: WatchProperties) {
  const [since] = useState(() => `${meta.position}@${Date.parse(meta.validAt)}`);
  const [{ data }] = useSubscription({ query: VerdictChangedDocument, variables: { iterationId, since } });
  const reset = data?.verdictChanged.reset === true ? data.verdictChanged.point : null;
  useEffect(() => { if (reset !== null) readAfresh(); }, [reset]); // once for each reset, whoever renders in between
  return null;
}

const words: Record<ConnectionState, readonly [string, string]> = {
  idle: ['Not connected', 'Updates do not arrive.'],
  connecting: ['Connecting', 'Updates will arrive in a moment.'],
  live: ['Live', 'Updates arrive as they happen.'],
  lost: ['Connection lost', 'Trying again; what was missed will be caught up.'],
};

export function ConnectionPill() {
  const state = useConnection((connection) => connection.state);
  return <p className={`pill ${state}`} role="status" aria-label="Connection" title={words[state][1]}><span className="dot" aria-hidden="true" />{words[state][0]}</p>;
}
