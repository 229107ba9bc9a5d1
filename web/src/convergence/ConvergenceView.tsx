/* Convergence: do the three agree? Each contract is a star whose legs lead to who locked it, what validates it and what implements it. */
import { useCallback, useMemo } from 'react';
import { ConvergenceDocument } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { GraphCanvas } from '../graph/GraphCanvas';
import { type Drawing, emptyDrawing } from '../graph/model';
import { Notice, ProblemNotice } from '../parts/Notice';
import { usePlace } from '../state/location';
import { useSelection } from '../state/selection';
import { useDifference } from '../time/difference';
import { cardFor } from './Cards';
import { useViewCommands } from './commands';
import { drawCross } from './cross';
import { drawStars, gapKey } from './drawing';
import { Kpis } from './Kpis';
import { Legend } from './Legend';
import { endsOf, type Sky, skyOf } from './model';
import { Review } from './Review';
import { LinkTable, StarTable } from './Tables';
import { type LensView, useLensView } from './view';
import '../style/convergence.css';

/** What is drawn now says where things stand at any other moment, too. */
function useLatest(iterationId: string): Sky | null {
  const { moment } = usePlace();
  const { data } = useMomentQuery({ query: ConvergenceDocument, variables: { iterationId }, at: null, pause: moment === null, whole: true });
  const latest = moment === null ? null : data?.getConvergenceView ?? null;
  return useMemo(() => (latest === null ? null : skyOf(latest)), [latest]);
}

function useDrawing(iterationId: string, sky: Sky | null, { text, apart, whole }: LensView): Drawing {
  const difference = useDifference(iterationId), latest = useLatest(iterationId);
  return useMemo(() => {
    if (sky === null) return emptyDrawing;
    return whole ? drawCross(sky, { text, apart }, difference) : drawStars({ sky, latest, view: { text, apart }, difference });
  }, [sky, latest, text, apart, whole, difference]);
}

/** With a star its ends stand out, with an end its stars. */
function relatedIn(sky: Sky, key: string): ReadonlySet<string> | null {
  const stars = sky.stars.filter((one) => one.key === key || endsOf(one).some((end) => end.key === key));
  return stars.length === 0 ? null : new Set([key, ...stars.flatMap((one) => [one.key, ...(one.key === key ? [...endsOf(one).map((end) => end.key), ...one.star.legs.map(({ leg }) => gapKey(leg, one.star.starId))] : [])])]);
}

function Tools({ view }: { readonly view: LensView }) {
  return (
    <>
      <input type="search" className="compact" aria-label="Find a contract, task, feature or module" placeholder="Find a contract or node" value={view.text} onChange={(event) => view.setText(event.target.value)} />
      <button type="button" className="tool" aria-pressed={view.apart} onClick={() => view.setApart(!view.apart)}>Not aligned</button>
      <span className="group" role="group" aria-label="Drawn">
        <button type="button" className="tool" aria-pressed={!view.whole} onClick={() => view.setWhole(false)}>Stars</button>
        <button type="button" className="tool" aria-pressed={view.whole} onClick={() => view.setWhole(true)}>All links</button>
      </span>
      <button type="button" className="tool" aria-pressed={view.review} onClick={() => view.setReview(!view.review)}>Review</button>
    </>
  );
}

export function ConvergenceView({ iterationId }: { readonly iterationId: string }) {
  const { moment, mark } = usePlace();
  const view = useLensView();
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: ConvergenceDocument, variables: { iterationId }, whole: true });
  const found = data?.getConvergenceView ?? null;
  useLiveLens({ iterationId, lens: 'CONVERGENCE', meta: found?.meta, fetching, now: moment === null && !behind, refresh });
  const sky = useMemo(() => (found === null ? null : skyOf(found)), [found]);
  const drawing = useDrawing(iterationId, sky, view);
  const select = useSelection((selection) => selection.selectNode);
  useViewCommands(view);
  const card = useCallback((key: string) => (sky === null ? null : cardFor(sky, key)), [sky]);
  const related = useCallback((key: string) => (sky === null || view.whole ? null : relatedIn(sky, key)), [sky, view.whole]);
  if (found === null && !absent) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Loading the contracts…</p>;
  if (found !== null && found.nodes.length === 0 && moment === null) return <NothingYet />;
  const open = (key: string) => {
    const star = sky?.stars.find((one) => key.endsWith(one.star.starId) || key === one.key);
    if (star?.star.contract != null) select({ kind: star.star.contract.kind, nodeId: star.star.contract.nodeId });
  };
  const fileName = `${iterationId}-convergence`, noStars = sky !== null && sky.stars.length === 0 && !view.whole && moment === null;
  return (
    <div className="lens convergence">
      <Kpis iterationId={iterationId} view={found} />
      <div className={view.review ? 'converging reviewed' : 'converging'}>
        <GraphCanvas name={`${view.whole ? 'Links between the streams' : 'Contract stars'} of ${iterationId}`} drawing={drawing} placed={view.whole ? 'whole' : 'stars'} flows={!view.whole} fileName={fileName}
          onOpen={open} related={related} card={card} tools={<Tools view={view} />} legend={noStars ? <span>No contract was agreed yet: an interface task locks one, a scenario's <code>@contract:</code> tag or a module claims one. “All links” shows what there is.</span> : <Legend compared={mark !== null} />}
          table={sky === null ? null : view.whole ? <LinkTable sky={sky} view={view} fileName={fileName} /> : <StarTable sky={sky} view={view} fileName={fileName} />} />
        {view.review && found !== null && <Review view={found} />}
      </div>
    </div>
  );
}

function NothingYet() {
  return (
    <Notice tone="wait" title="Nothing to hold together yet">
      <p>No stream reported anything of this iteration. Import what your tools write (<code>trimodal import turborepo</code>, <code>cucumber</code>, <code>dependency-cruiser</code>; docs/import.md says how): what they have in common is linked as it arrives.</p>
    </Notice>
  );
}
