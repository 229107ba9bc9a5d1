/* One iteration: can it go, and if not, why. What matters from across the room stands first and largest. */
import { useEffect } from 'react';
import { VerdictDocument } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { ProblemNotice } from '../parts/Notice';
import { Shape } from '../parts/Status';
import { momentText } from '../parts/time';
import { verdictNames } from '../parts/words';
import { usePlace } from '../state/location';
import { Advice } from './Advice';
import { Conditions } from './Conditions';
import { Issues } from './Issues';
import { ConnectionPill, WatchVerdict } from './Live';
import { Streams } from './Streams';
import { VerdictHero } from './VerdictHero';

export function IterationView({ iterationId }: { readonly iterationId: string }) {
  const { moment, tenant } = usePlace();
  const { data, error, fetching, behind, refresh } = useMomentQuery({ query: VerdictDocument, variables: { iterationId } });
  const verdict = data?.getTriModalVerdict;
  const title = `${iterationId}${verdict == null ? '' : `: ${verdictNames[verdict.verdict]}`} · Mission Control`;
  useEffect(() => { document.title = title; }, [title]);
  if (verdict == null && error !== undefined) return <ProblemNotice error={error} retry={refresh} />;
  if (verdict == null) return fetching ? <p className="loading" role="status">Working out the verdict of {iterationId}…</p> : null;
  return (
    <article className="iteration" aria-labelledby="iteration-name">
      <div className="title">
        <h1 id="iteration-name">{iterationId}</h1>
        {tenant !== null && <p>tenant {tenant}</p>}
        {moment === null && <ConnectionPill />}
        {error !== undefined && <p className="stale" role="status"><Shape tone="wait" />The server does not answer; this is what it said last.</p>}
        {verdict.meta.partial && <p className="stale" role="status"><Shape tone="wait" />Not everything is in this: {verdict.meta.partialReason}</p>}
      </div>
      {moment === null && !behind && <WatchVerdict key={iterationId} iterationId={iterationId} meta={verdict.meta} readAfresh={refresh} />}
      <VerdictHero verdict={verdict} />
      <Streams streams={verdict.streams} />
      <div className="columns">
        <Conditions conditions={verdict.conditions} />
        <Advice diagnosis={verdict.diagnosis} recommendations={verdict.recommendations} />
      </div>
      <Issues issues={verdict.issues} notListed={verdict.issuesNotListed} />
      <footer className="fine">
        Policy <span className="mono">{verdict.policyVersion}</span> · log position <span className="mono">{verdict.meta.position}</span> · worked out for {momentText(verdict.meta.validAt)}
      </footer>
    </article>
  );
}
