/* One iteration: can it go, and if not, why. What matters from across the room stands first and largest. The shell asks for the
 * verdict and watches it (shell/IterationShell.tsx); here it is read from the same cache. */
import { VerdictDocument } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { momentText } from '../parts/time';
import { Advice } from './Advice';
import { Blame } from './Blame';
import { Conditions } from './Conditions';
import { Decisions } from './Decisions';
import { Issues } from './Issues';
import { Streams } from './Streams';
import { VerdictHero } from './VerdictHero';

export function IterationView({ iterationId }: { readonly iterationId: string }) {
  const { data, refresh } = useMomentQuery({ query: VerdictDocument, variables: { iterationId } });
  const verdict = data?.getTriModalVerdict;
  if (verdict == null) return <p className="loading">Nothing to judge at this moment.</p>;
  return (
    <div className="iteration">
      <VerdictHero verdict={verdict} decided={refresh} />
      <Streams streams={verdict.streams} />
      <div className="columns">
        <Conditions conditions={verdict.conditions} />
        <Advice diagnosis={verdict.diagnosis} recommendations={verdict.recommendations} />
      </div>
      <Blame iterationId={iterationId} verdict={verdict.verdict} />
      <Issues issues={verdict.issues} notListed={verdict.issuesNotListed} />
      <Decisions iterationId={iterationId} position={verdict.meta.position} />
      <footer className="fine">
        Policy <span className="mono">{verdict.policyVersion}</span> · log position <span className="mono">{verdict.meta.position}</span> · worked out for {momentText(verdict.meta.validAt)}
      </footer>
    </div>
  );
}
