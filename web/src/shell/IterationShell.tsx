/* What every view of an iteration stands in: its name, verdict and tabs above, what is selected beside it, time below. */
import { type CSSProperties, Suspense, useEffect } from 'react';
import { VerdictDocument } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { Inspector } from '../inspect/Inspector';
import { useInspectorWidth } from '../inspect/Width';
import { ConnectionPill, WatchVerdict } from '../iteration/Live';
import { Notice, ProblemNotice } from '../parts/Notice';
import { Shape, VerdictBadge } from '../parts/Status';
import { verdictNames } from '../parts/words';
import { usePlace } from '../state/location';
import { useSelection } from '../state/selection';
import { LensTabs } from './LensTabs';
import { Lighting, SelectionInAddress } from './Lighting';
import { views } from './views';

interface ShellProperties {
  readonly iterationId: string;
  readonly view: string | undefined; // as the address has it
}

export function IterationShell({ iterationId, view }: ShellProperties) {
  const { moment, tenant } = usePlace();
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: VerdictDocument, variables: { iterationId } });
  // The verdict is pushed when it turns; what its conditions measure moves more often than that.
  useLiveLens({ iterationId, lens: null, meta: data?.getTriModalVerdict?.meta, fetching, now: moment === null && !behind, refresh });
  const selected = useSelection((selection) => selection.node !== null);
  const [width] = useInspectorWidth();
  const entry = views.find((one) => one.name === (view ?? 'verdict'));
  const verdict = data?.getTriModalVerdict;
  const title = `${iterationId}${verdict == null ? '' : `: ${verdictNames[verdict.verdict]}`}${entry === undefined || entry.name === 'verdict' ? '' : ` · ${entry.title}`} · Mission Control`;
  useEffect(() => { document.title = title; }, [title]);
  if (entry === undefined) return <Notice tone="wait" title="There is nothing here"><p>The address names no view of an iteration. <a href="/">All iterations</a></p></Notice>;
  const notYet = absent && moment !== null; // time may be scrubbed to before its first event: everything stays where it is, and empties
  if (verdict == null && !notYet && error !== undefined) return <ProblemNotice error={error} retry={refresh} />;
  if (verdict == null && !notYet) return fetching ? <p className="loading" role="status">Working out the verdict of {iterationId}…</p> : null;
  const View = entry.component;
  return (
    <article className={`shell ${entry.workspace ? 'workspace' : 'paper'}`} aria-labelledby="iteration-name">
      <header className="shell-head">
        <div className="title">
          <h1 id="iteration-name">{iterationId}</h1>
          {verdict != null && entry.name !== 'verdict' && <VerdictBadge verdict={verdict.verdict} />}
          {tenant !== null && <p>tenant {tenant}</p>}
          {moment === null && <ConnectionPill />}
          {notYet && <p className="stale" role="status"><Shape tone="wait" />It was not there yet at this moment.</p>}
          {error !== undefined && !notYet && <p className="stale" role="status"><Shape tone="wait" />The server does not answer; this is what it said last.</p>}
          {verdict?.meta.partial === true && <p className="stale" role="status"><Shape tone="wait" />Not everything is in this: {verdict.meta.partialReason}</p>}
        </div>
        <LensTabs iterationId={iterationId} current={entry.name} streams={verdict?.streams} />
      </header>
      {moment === null && !behind && verdict != null && <WatchVerdict key={iterationId} iterationId={iterationId} meta={verdict.meta} readAfresh={refresh} />}
      <SelectionInAddress /><Lighting iterationId={iterationId} />
      <div className={`shell-body ${selected ? 'with-inspector' : ''}`} style={{ '--inspector-width': `${width}px` } as CSSProperties}>
        <div className="shell-view">
          <Suspense fallback={<p className="loading" role="status">Loading the view…</p>}><View iterationId={iterationId} /></Suspense>
        </div>
        <Inspector iterationId={iterationId} />
      </div>
    </article>
  );
}
