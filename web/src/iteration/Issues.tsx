/* What blocks: the node, what is wrong with it, and the event that made it so. The event's time leads to that moment. */
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import type { VerdictPartsFragment } from '../../generated/graphql';
import { At, momentText } from '../parts/time';
import { countText, eventText, metrics } from '../parts/words';
import { searchWith } from '../state/location';
import { useSelection } from '../state/selection';

type Issue = VerdictPartsFragment['issues'][number];
const SHOWN_AT_FIRST = 12;

function Row({ issue, faded }: { readonly issue: Issue; readonly faded: boolean }) {
  const [path] = useLocation();
  const search = useSearch();
  const node = useSelection((selection) => selection.node);
  const toggle = useSelection((selection) => selection.toggleNode);
  const chosen = node !== null && node.nodeId === issue.nodeId && node.kind === issue.kind;
  const classes = [faded ? 'faded' : '', chosen ? 'chosen' : ''].join(' ').trim();
  return (
    <tr className={classes === '' ? undefined : classes}>
      <td><span className="code">{issue.stream}</span><span className="sub">{issue.openRun ? 'Still open' : issue.metric === null ? '' : metrics[issue.metric].name}</span></td>
      <th scope="row">
        <button type="button" className="node" aria-pressed={chosen} onClick={() => toggle({ kind: issue.kind, nodeId: issue.nodeId })}>{issue.name}</button>
        <span className="sub mono">{issue.nodeId}</span>
      </th>
      <td>{issue.sentence}{issue.errorMessage !== null && <span className="sub error">{issue.errorMessage}</span>}</td>
      <td>{issue.eventType === null ? <span className="quiet">no event of its own</span> : eventText(issue.eventType)}
        {issue.seq !== null && <span className="sub mono" title={issue.eventId ?? undefined}>#{issue.seq}</span>}</td>
      <td className="when">{issue.validFrom !== null && <Link href={path + searchWith(search, { asOf: issue.validFrom })} aria-label={`Look at ${momentText(issue.validFrom)}`}><At moment={issue.validFrom} /></Link>}</td>
    </tr>
  );
}

interface IssuesProperties {
  readonly issues: readonly Issue[];
  readonly notListed: number;
}

export function Issues({ issues, notListed }: IssuesProperties) {
  const lens = useSelection((selection) => selection.lens);
  const [all, setAll] = useState(false);
  const shown = all ? issues : [...issues].sort((a, b) => Number(b.stream === lens) - Number(a.stream === lens)).slice(0, SHOWN_AT_FIRST);
  const total = issues.length + notListed;
  return (
    <section className="panel issues" aria-labelledby="issues-title">
      <h2 id="issues-title">Blocking issues <span className="count">{countText(total)}</span></h2>
      {issues.length === 0 ? <p className="quiet">Nothing blocks.</p> : (
        <table>
          <thead><tr><th scope="col">Stream</th><th scope="col">Node</th><th scope="col">What is wrong</th><th scope="col">Event</th><th scope="col" className="when">When</th></tr></thead>
          <tbody>{shown.map((issue) => <Row key={`${issue.metric} ${issue.kind} ${issue.nodeId} ${issue.seq}`} issue={issue} faded={lens !== null && lens !== issue.stream} />)}</tbody>
        </table>
      )}
      {issues.length > SHOWN_AT_FIRST && <p><button type="button" className="button" aria-expanded={all} onClick={() => setAll(!all)}>{all ? 'Show fewer' : `Show all ${countText(issues.length)}`}</button></p>}
      {notListed > 0 && <p className="quiet">{countText(notListed)} more are not listed; the conditions above count them.</p>}
    </section>
  );
}
