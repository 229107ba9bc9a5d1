/* The runs of a scenario side by side, the newest rightmost: a failed one is high and hatched, a passed one low, a skipped one an outline. Where the
 * commit changes there is a gap. In a list it is a picture; in the panel each run leads to its moment. */
import { Link, useLocation, useSearch } from 'wouter';
import type { RunPartsFragment } from '../../generated/graphql';
import { momentText } from '../parts/time';
import { durationText } from '../parts/words';
import { searchWith } from '../state/location';

const outcomeWords = (run: RunPartsFragment) => ({ PASSED: 'passed', FAILED: 'failed', SKIPPED: 'skipped' } as Partial<Record<string, string>>)[run.outcome] ?? run.outcome.toLowerCase();
const classOf = (run: RunPartsFragment, before: RunPartsFragment | undefined) => `run-${outcomeWords(run)} ${before !== undefined && before.commit !== run.commit ? 'other-commit' : ''}`;

export function runSentence(run: RunPartsFragment): string {
  const took = run.durationMs === null ? '' : `, ${durationText(run.durationMs)}`, commit = run.commit === null ? '' : `, commit ${run.commit.slice(0, 10)}`;
  return `${outcomeWords(run)}${took}${commit}, ${momentText(run.validFrom)}`;
}

function summary(runs: readonly RunPartsFragment[]): string {
  const failed = runs.filter((run) => run.outcome === 'FAILED').length;
  return `${runs.length} runs, ${failed} failed; the last one ${runs.length === 0 ? '' : outcomeWords(runs[runs.length - 1] as RunPartsFragment)}`;
}

export function RunPicture({ runs }: { readonly runs: readonly RunPartsFragment[] }) {
  return (
    <span className="runs" role="img" aria-label={summary(runs)}>
      {runs.map((run, i) => <i key={run.eventId} className={classOf(run, runs[i - 1])} title={runSentence(run)} />)}
    </span>
  );
}

/** `asOf`: the moment looked at; runs after it are there as well, but step back. */
export function RunLinks({ runs, asOf }: { readonly runs: readonly RunPartsFragment[]; readonly asOf: string | null }) {
  const [path] = useLocation();
  const search = useSearch();
  return (
    <ol className="runs links">
      {runs.map((run, i) => (
        <li key={run.eventId} className={`${classOf(run, runs[i - 1])} ${asOf !== null && run.validFrom > asOf ? 'later' : ''}`}>
          <Link href={path + searchWith(search, { asOf: run.validFrom })} aria-label={`Look at the run that ${runSentence(run)}`} title={runSentence(run)}><i /></Link>
        </li>
      ))}
    </ol>
  );
}
