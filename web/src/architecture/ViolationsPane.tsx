/* Every violation: the rule, how bad, who breaks it against whom, since when, and the decision that lets it stand. */
import { type ReactNode, useCallback, useState } from 'react';
import { useQuery } from 'urql';
import { MayDecideDocument } from '../../generated/graphql';
import { csv, save } from '../graph/save';
import { Glyph } from '../parts/Glyph';
import { Ago } from '../parts/time';
import { usePlace } from '../state/location';
import { nodeKey, useSelection } from '../state/selection';
import { signs, useDifference } from '../time/difference';
import { type Filter, violationMatches } from './filter';
import { byGravity, severityTone, severityWords, type Structure, type Violation } from './model';
import { SuppressDialog } from './SuppressDialog';

const LISTED_MOST = 500;

interface PaneProperties {
  readonly iterationId: string;
  readonly structure: Structure | null;
  readonly filter: Filter;
}

function asCsv(violations: readonly Violation[]): Blob {
  return csv(['violation', 'rule', 'severity', 'state', 'source', 'target', 'message', 'adr', 'since'],
    violations.map((one) => [one.nodeId, one.ruleId ?? '', one.severity, one.status, one.sourceModule ?? '', one.targetModule ?? '', one.message ?? '', one.adrReference ?? '', one.validFrom ?? '']));
}

/** null: they may; else why they may not. */
function useRefusal(): string | null {
  const { moment } = usePlace();
  const [{ data }] = useQuery({ query: MayDecideDocument });
  if (moment !== null) return 'Decisions are made about now, and this is another moment.';
  if (data === undefined || data.me.permissions.includes('iteration:write')) return null;
  return `The role ${(data.me.role ?? 'of nobody').toLowerCase()} may not decide this; ask somebody who may write to iterations.`;
}

export function ViolationsPane({ iterationId, structure, filter }: PaneProperties) {
  const [deciding, setDeciding] = useState<Violation | null>(null);
  const [said, setSaid] = useState('');
  const [all, setAll] = useState(false);
  const refusal = useRefusal();
  const difference = useDifference(iterationId);
  const close = useCallback(() => setDeciding(null), []);
  if (structure === null) return null;
  const left = structure.graph.violations.filter((one) => violationMatches(structure, filter, one)).sort(byGravity);
  const shown = all ? left : left.slice(0, LISTED_MOST);
  return (
    <section className="graph violations" aria-labelledby="violations-title">
      <div className="graph-tools">
        <h2 id="violations-title">Violations <span className="count">{left.length === structure.graph.violations.length ? left.length : `${left.length} of ${structure.graph.violations.length}`}</span></h2>
        <p role="status" className="quiet">{said}</p>
        {refusal !== null && <p className="quiet">{refusal}</p>}
        <span className="spacer" />
        <button type="button" className="tool" onClick={() => save(asCsv(left), `${iterationId}-violations.csv`)} aria-label="Export as CSV">CSV</button>
      </div>
      <div className="graph-table" tabIndex={0} role="region" aria-label="Violations, as a list">
        {left.length === 0 ? <p className="empty quiet">{structure.graph.violations.length === 0 ? 'No analysis found a violation.' : 'No violation matches.'}</p> : (
          <table>
            <thead><tr><th scope="col">Severity</th><th scope="col">Rule</th><th scope="col">Who against whom</th><th scope="col">Since</th><th scope="col">Decision</th></tr></thead>
            <tbody>{shown.map((one) => <Row key={one.id} violation={one} became={difference?.nodes.get(nodeKey('VIOLATION', one.nodeId))} refused={refusal !== null} decide={() => { setSaid(''); setDeciding(one); }} />)}</tbody>
          </table>
        )}
        {shown.length < left.length && <p className="empty"><button type="button" className="button" onClick={() => setAll(true)}>Show all {left.length}</button></p>}
      </div>
      {deciding !== null && <SuppressDialog key={deciding.id} iterationId={iterationId} violation={deciding} close={close} done={(sentence) => { setSaid(sentence); close(); }} />}
    </section>
  );
}

interface RowProperties {
  readonly violation: Violation;
  readonly became: keyof typeof signs | undefined;
  readonly refused: boolean;
  readonly decide: () => void;
}

function Row({ violation: one, became, refused, decide }: RowProperties) {
  const selected = useSelection((selection) => selection.node);
  const toggle = useSelection((selection) => selection.toggleNode);
  const chosen = selected?.kind === 'VIOLATION' && selected.nodeId === one.nodeId;
  const tone = one.active ? severityTone[one.severity] : 'idle';
  const decision: ReactNode = one.active ? null : <span className="sub">{one.adrReference ?? 'a decision'}</span>;
  return (
    <tr className={`${chosen ? 'chosen' : ''} ${one.active ? '' : 'stands'}`}>
      <td><span className={`light ${tone}`}><Glyph tone={tone} />{one.active ? severityWords[one.severity] : 'Suppressed'}</span>{!one.active && <span className="sub">{severityWords[one.severity].toLowerCase()}</span>}</td>
      <th scope="row"><button type="button" className="node-button" aria-pressed={chosen} onClick={() => toggle({ kind: 'VIOLATION', nodeId: one.nodeId })}>{became !== undefined && `${signs[became]} `}{one.ruleId ?? one.name}</button><span className="sub">{one.message}</span></th>
      <td><Module moduleId={one.sourceModule ?? one.module?.nodeId ?? null} />{one.targetModule != null && <div><span className="quiet">→ </span><Module moduleId={one.targetModule} /></div>}</td>
      <td className="since">{one.validFrom != null && <Ago moment={one.validFrom} />}</td>
      <td className="decision">{decision}<button type="button" className="tool" disabled={refused} onClick={decide} aria-label={`${one.active ? 'Suppress' : 'Lift the suppression of'} ${one.ruleId ?? one.name}`}>{one.active ? 'Suppress…' : 'Lift…'}</button></td>
    </tr>
  );
}

function Module({ moduleId }: { readonly moduleId: string | null }) {
  const select = useSelection((selection) => selection.selectNode);
  return moduleId === null ? <>–</> : <button type="button" className="node-button mono" onClick={() => select({ kind: 'CODE_MODULE', nodeId: moduleId })}>{moduleId}</button>;
}
