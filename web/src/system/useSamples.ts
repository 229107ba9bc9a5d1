/* The process, asked every two seconds while somebody looks, and the last minutes of it. Rates are made here from counters that only
 * grow; a process that began anew begins anew here, too. */
import type { CombinedError } from '@urql/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { SystemDocument, type SystemQuery } from '../../generated/graphql';

const EVERY_MS = 2000, KEPT = 151; // five minutes

export type Stats = NonNullable<SystemQuery['systemStats']>;

export interface Sample {
  readonly at: number; // ms
  readonly stats: Stats;
}

export interface Samples {
  readonly samples: readonly Sample[]; // the newest last
  readonly allTenants: boolean;
  readonly error: CombinedError | undefined; // of the newest question
  readonly refresh: () => void;
}

export function useSamples(): Samples {
  const client = useClient();
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const [allTenants, setAllTenants] = useState(false);
  const [error, setError] = useState<CombinedError | undefined>(undefined);
  const asking = useRef(false);
  const ask = useCallback(async () => {
    if (asking.current) return;
    asking.current = true;
    const { data, error: failed } = await client.query(SystemDocument, {}, { requestPolicy: 'network-only' }).toPromise();
    asking.current = false;
    setError(failed);
    if (data?.systemStats == null) return;
    const stats = data.systemStats;
    setAllTenants(data.me.allTenants);
    setSamples((was) => [...(was.at(-1)?.stats.uptimeSeconds ?? 0) > stats.uptimeSeconds ? [] : was, { at: Date.now(), stats }].slice(-KEPT));
  }, [client]);
  useEffect(() => {
    void ask();
    const timer = setInterval(() => { if (!document.hidden) void ask(); }, EVERY_MS);
    return () => clearInterval(timer);
  }, [ask]);
  return { samples, allTenants, error, refresh: () => { void ask(); } };
}

/** How fast a counter grew from each sample to the next. */
export function ratesOf(samples: readonly Sample[], counter: (stats: Stats) => number): readonly number[] {
  return samples.slice(1).map((sample, index) => {
    const before = samples[index] as Sample;
    return Math.max(0, (counter(sample.stats) - counter(before.stats)) / Math.max(0.001, (sample.at - before.at) / 1000));
  });
}
