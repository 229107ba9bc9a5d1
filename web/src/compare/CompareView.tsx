/* Two iterations beside each other: which can go, what is better and what is worse, what blocks on one side only. At the moment that the
 * address names; now, the verdicts follow what happens. */
import { useEffect } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { CompareCoverageDocument, VerdictDocument } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { ConnectionPill, WatchVerdict } from '../iteration/Live';
import { Notice, ProblemNotice } from '../parts/Notice';
import { Shape } from '../parts/Status';
import { searchWith, useParameter, usePlace } from '../state/location';
import '../style/compare.css';
import { IssuesCompared } from './IssuesCompared';
import { Picker } from './Picker';
import { SideHero, StreamsCompared } from './Sides';
import { ConditionsCompared, CoverageCompared } from './Tables';

function useSide(iterationId: string) {
  const verdict = useMomentQuery({ query: VerdictDocument, variables: { iterationId }, pause: iterationId === '' });
  const coverage = useMomentQuery({ query: CompareCoverageDocument, variables: { iterationId }, pause: iterationId === '' });
  return { verdict, coverage, is: verdict.data?.getTriModalVerdict ?? null, covers: coverage.data?.getCoverageRollup ?? null };
}

function Ask() {
  return (
    <Notice tone="wait" title="Choose two iterations">
      <p>Choose them above; or in the list of iterations, with the boxes at the end of the rows (Space, where a row has the focus).</p>
      <p><Link className="button" href="/">All iterations</Link></p>
    </Notice>
  );
}

export function CompareView() {
  const { moment } = usePlace();
  const [left] = useParameter('left'), [right] = useParameter('right');
  const search = useSearch();
  const [, navigate] = useLocation();
  const a = useSide(left), b = useSide(right);
  useEffect(() => { document.title = left === '' || right === '' ? 'Compare · Mission Control' : `${left} and ${right} · Mission Control`; }, [left, right]);
  const choose = (one: string, other: string) => navigate(`/compare${searchWith(search, { left: one === '' ? null : one, right: other === '' ? null : other })}`, { replace: true });
  const failed = a.is === null && a.verdict.error !== undefined ? a : b.is === null && b.verdict.error !== undefined ? b : null;
  return (
    <article className="comparison" aria-labelledby="compare-title">
      <div className="title">
        <h1 id="compare-title">Compare</h1>
        {moment === null && a.is !== null && b.is !== null && <ConnectionPill />}
        {left !== '' && left === right && <p className="stale" role="status"><Shape tone="wait" />Both sides are the same iteration.</p>}
      </div>
      <Picker left={left} right={right} choose={choose} />
      {left === '' || right === '' ? <Ask /> : failed !== null ? <ProblemNotice error={failed.verdict.error as NonNullable<typeof failed.verdict.error>} retry={failed.verdict.refresh} />
        : a.is === null || b.is === null ? <p className="loading" role="status">Working out both verdicts…</p> : (
          <>
            {moment === null && <WatchVerdict key={`left ${left}`} iterationId={left} meta={a.is.meta} readAfresh={a.verdict.refresh} />}
            {moment === null && left !== right && <WatchVerdict key={`right ${right}`} iterationId={right} meta={b.is.meta} readAfresh={b.verdict.refresh} />}
            <div className="two"><SideHero verdict={a.is} label="Left" /><SideHero verdict={b.is} label="Right" /></div>
            <StreamsCompared left={a.is} right={b.is} />
            <ConditionsCompared left={a.is.conditions} right={b.is.conditions} />
            <IssuesCompared left={a.is} right={b.is} />
            {a.covers !== null && b.covers !== null && <CoverageCompared left={a.covers} right={b.covers} />}
          </>
        )}
    </article>
  );
}
