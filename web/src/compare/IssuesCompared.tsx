/* What blocks on one side only, and what on both. */
import { useMemo, useState } from 'react';
import { Link, useSearch } from 'wouter';
import type { VerdictPartsFragment } from '../../generated/graphql';
import { countText } from '../parts/words';
import { viewOfKind } from '../shell/views';
import { iterationPath, searchOfPlace, searchWith } from '../state/location';
import { nodeKey } from '../state/selection';
import { type Issue, splitIssues } from './compare';

const SHOWN_AT_FIRST = 8;

function List({ title, issues, iterationId }: { readonly title: string; readonly issues: readonly Issue[]; readonly iterationId: string }) {
  const [all, setAll] = useState(false);
  const place = searchOfPlace(useSearch());
  return (
    <section className={`panel ${issues.length === 0 ? 'empty' : ''}`} aria-label={title}>
      <h3>{title} <span className="count">{countText(issues.length)}</span></h3>
      {issues.length === 0 ? <p className="quiet">None.</p> : (
        <ul className="issue-list">{(all ? issues : issues.slice(0, SHOWN_AT_FIRST)).map((one) => (
          <li key={`${one.metric} ${one.kind} ${one.nodeId} ${one.seq}`}>
            <span className="code">{one.stream}</span>
            <div><Link href={iterationPath(iterationId, viewOfKind(one.kind)) + searchWith(place, { select: one.kind === null ? null : nodeKey(one.kind, one.nodeId) })}>{one.name}</Link><span className="sub">{one.sentence}</span></div>
          </li>
        ))}</ul>
      )}
      {issues.length > SHOWN_AT_FIRST && <p><button type="button" className="button" aria-expanded={all} onClick={() => setAll(!all)}>{all ? 'Show fewer' : `Show all ${countText(issues.length)}`}</button></p>}
    </section>
  );
}

export function IssuesCompared({ left, right }: { readonly left: VerdictPartsFragment; readonly right: VerdictPartsFragment }) {
  const { onlyLeft, both, onlyRight } = useMemo(() => splitIssues(left.issues, right.issues), [left.issues, right.issues]);
  const hidden = left.issuesNotListed + right.issuesNotListed;
  return (
    <section className="issues-compared" aria-labelledby="issues-title">
      <h2 id="issues-title">Blocking issues</h2>
      <div className="three">
        <List title="Only left" issues={onlyLeft} iterationId={left.iterationId} />
        <List title="On both" issues={both} iterationId={right.iterationId} />
        <List title="Only right" issues={onlyRight} iterationId={right.iterationId} />
      </div>
      {hidden > 0 && <p className="quiet">{countText(hidden)} more are not listed by the server; the conditions count them.</p>}
    </section>
  );
}
