/* All iterations: which can go, which cannot, and which of the three streams is why. */
import { useEffect, useMemo, useState } from 'react';
import { Link, useSearch } from 'wouter';
import { IterationsDocument, type IterationRowFragment, type VerdictKind } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { Notice, ProblemNotice } from '../parts/Notice';
import { Shape } from '../parts/Status';
import { countText, verdictNames, verdictTone } from '../parts/words';
import { searchOfPlace, searchWith, useParameter, usePlace } from '../state/location';
import { IterationTable } from './IterationTable';
import { useHistories } from './Sparkline';

const REFRESH_MS = 5000;

/** Asks again now and then while somebody may be looking. */
function useRefresh(refresh: () => void, active: boolean): void {
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [refresh, active]);
}

function matches(row: IterationRowFragment, words: readonly string[], verdict: string): boolean {
  const text = `${row.name} ${row.nodeId} ${row.tenantId}`.toLowerCase();
  return words.every((word) => text.includes(word)) && (verdict === '' || (row.verdict ?? 'NONE') === verdict);
}

function byActivity(a: IterationRowFragment, b: IterationRowFragment): number {
  return a.lastValidFrom < b.lastValidFrom ? 1 : a.lastValidFrom > b.lastValidFrom ? -1 : a.nodeId < b.nodeId ? -1 : 1;
}

interface FilterProperties {
  readonly rows: readonly IterationRowFragment[];
  readonly verdict: string;
  readonly setVerdict: (verdict: string) => void;
}

function VerdictFilter({ rows, verdict, setVerdict }: FilterProperties) {
  const kinds = (Object.keys(verdictNames) as VerdictKind[])
    .map((kind) => ({ kind, count: rows.filter((row) => row.verdict === kind).length }))
    .filter((one) => one.count > 0 || one.kind === verdict);
  return (
    <div className="filter" role="group" aria-label="Verdict">
      <button type="button" aria-pressed={verdict === ''} onClick={() => setVerdict('')}>All <span className="count">{countText(rows.length)}</span></button>
      {kinds.map(({ kind, count }) => (
        <button type="button" key={kind} aria-pressed={verdict === kind} onClick={() => setVerdict(verdict === kind ? '' : kind)}>
          <Shape tone={verdictTone(kind)} />{verdictNames[kind]} <span className="count">{countText(count)}</span>
        </button>
      ))}
    </div>
  );
}

function Empty() {
  return (
    <Notice tone="wait" title="No iteration yet">
      <p>Evidence makes one. <code>trimodal seed golden --server {window.location.origin}</code> makes five to look at;{' '}
        <code>trimodal import</code> takes what your tools wrote; <a href="/api/docs">POST /api/v1/events</a> takes events.</p>
    </Notice>
  );
}

/** Two are compared where both are of one tenant, as the address of a comparison names one. */
function CompareChosen({ chosen, ownTenant }: { readonly chosen: readonly IterationRowFragment[]; readonly ownTenant: string }) {
  const search = useSearch();
  const [left, right] = chosen;
  if (left === undefined) return null;
  if (right === undefined) return <p className="compare-chosen" role="status">Choose one more to compare with {left.name}.</p>;
  if (left.tenantId !== right.tenantId) return <p className="compare-chosen" role="status">Iterations of different tenants can’t be compared.</p>;
  const href = `/compare${searchWith(searchOfPlace(search), { left: left.nodeId, right: right.nodeId, tenant: left.tenantId === ownTenant ? null : left.tenantId })}`;
  return <p className="compare-chosen" role="status"><Link className="button primary" href={href}>Compare {left.name} with {right.name}</Link></p>;
}

export function IterationsView() {
  const { moment } = usePlace();
  const whole = useSearch();
  const [search, setSearch] = useParameter('q');
  const [verdict, setVerdict] = useParameter('verdict');
  const { data, error, fetching, refresh } = useMomentQuery({ query: IterationsDocument, variables: {} });
  useRefresh(refresh, moment === null && error === undefined);
  const [chosen, setChosen] = useState<readonly string[]>([]); // two at most, the one chosen first goes first
  const toggle = (id: string) => setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-2));
  useEffect(() => { document.title = 'Iterations · Mission Control'; }, []);
  const all = useMemo(() => [...(data?.iterations?.nodes ?? [])].sort(byActivity), [data]);
  const rows = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
    return all.filter((row) => matches(row, words, verdict));
  }, [all, search, verdict]);
  const histories = useHistories(useMemo(() => all.reduce((sum, row) => sum + row.factCount, 0), [all]));
  if (error !== undefined && data?.iterations == null) return <ProblemNotice error={error} retry={refresh} />;
  if (data?.iterations == null) return fetching ? <p className="loading" role="status">Asking the server for the iterations…</p> : null;
  if (all.length === 0) return <Empty />;
  const ready = all.filter((row) => row.deployable).length;
  return (
    <>
      <div className="title">
        <h1>Iterations</h1>
        <p><strong>{countText(ready)}</strong> of {countText(all.length)} deployable</p>
        {error !== undefined && <p className="stale" role="status"><Shape tone="wait" />The server does not answer; this is what it said last.</p>}
        <CompareChosen chosen={chosen.flatMap((id) => all.find((row) => row.id === id) ?? [])} ownTenant={data.me.tenantId} />
      </div>
      <div className="tools">
        <input type="search" aria-label="Search iterations" placeholder="Search by name" value={search} onChange={(event) => setSearch(event.target.value)} />
        <VerdictFilter rows={all} verdict={verdict} setVerdict={setVerdict} />
      </div>
      {rows.length === 0
        ? <p className="loading" role="status">None of {countText(all.length)} matches. <Link className="button" href={`/${searchWith(whole, { q: null, verdict: null })}`}>Show all</Link></p>
        : <IterationTable rows={rows} histories={histories} ownTenant={data.me.tenantId} chosen={chosen} toggle={toggle} />}
      {data.iterations.totalCount > all.length && <p className="loading">The newest {countText(all.length)} of {countText(data.iterations.totalCount)} are shown.</p>}
    </>
  );
}
