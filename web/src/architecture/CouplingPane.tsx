/* How modules and components hang together (R. C. Martin): who depends on whom, how unstable that makes them, and how far they are from
 * being as abstract as they are stable. */
import { VerdictDocument } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { csv, save } from '../graph/save';
import { useParameter } from '../state/location';
import { type SelectedNode, useSelection } from '../state/selection';
import { CouplingCharts } from './CouplingCharts';
import { type Filter, modulesLeft } from './filter';
import { nameInFull, type Structure } from './model';

export interface Coupled {
  readonly node: SelectedNode;
  readonly name: string;
  readonly component: string;
  readonly size: number | null; // lines, or modules
  readonly ca: number;
  readonly ce: number;
  readonly instability: number | null;
  readonly abstractness: number | null;
  readonly distance: number | null;
}

const columns = { name: 'Name', component: 'Component', size: 'Size', ca: 'Ca', ce: 'Ce', instability: 'I', abstractness: 'A', distance: 'D' } as const;
type Column = keyof typeof columns;
const meanings: Partial<Record<Column, string>> = { ca: 'afferent: so many depend on it', ce: 'efferent: it depends on so many', instability: 'instability, Ce / (Ca + Ce)', abstractness: 'abstractness, where told', distance: 'distance from the main sequence, |A + I − 1|' };

function rowsOf(structure: Structure, filter: Filter, ofComponents: boolean): Coupled[] {
  const left = modulesLeft(structure, filter);
  const of = ({ afferent, efferent, instability, abstractness, distance }: Structure['graph']['modules'][number]['coupling']) => ({ ca: afferent, ce: efferent, instability, abstractness, distance });
  if (ofComponents) {
    return structure.graph.components.filter((one) => left === null || (structure.membersOf.get(one.nodeId) ?? []).some((member) => left.has(member.nodeId)))
      .map((one) => ({ node: { kind: one.kind, nodeId: one.nodeId }, name: one.name, component: '', size: structure.membersOf.get(one.nodeId)?.length ?? 0, ...of(one.coupling) }));
  }
  return structure.graph.modules.filter((one) => left === null || left.has(one.nodeId)).map((one) => ({
    node: { kind: one.kind, nodeId: one.nodeId }, name: structure.shortNames.get(one.nodeId) ?? one.name, component: structure.components.get(one.component?.nodeId ?? '')?.name ?? '–', size: one.lines === null ? null : Number(one.lines), ...of(one.coupling),
  }));
}

function sorted(rows: readonly Coupled[], column: Column, upward: boolean): Coupled[] {
  return [...rows].sort((a, b) => {
    const x = a[column], y = b[column];
    if (x === null || y === null) return Number(x === null) - Number(y === null); // what is not known stands last
    const order = typeof x === 'string' || typeof y === 'string' ? String(x).localeCompare(String(y)) : x - y;
    return (upward ? order : -order) || a.name.localeCompare(b.name);
  });
}

const number = (value: number | null) => (value === null ? '–' : value.toFixed(2));

interface CouplingProperties {
  readonly iterationId: string;
  readonly structure: Structure | null;
  readonly filter: Filter;
}

export function CouplingPane({ iterationId, structure, filter }: CouplingProperties) {
  const [of, setOf] = useParameter('of');
  const [sort, setSort] = useParameter('sort');
  const selected = useSelection((selection) => selection.node);
  const toggle = useSelection((selection) => selection.toggleNode);
  const { data } = useMomentQuery({ query: VerdictDocument, variables: { iterationId } });
  if (structure === null) return null;
  const ofComponents = of === 'components';
  const upward = sort.startsWith('-') === false && sort !== '', wanted = sort.replace(/^-/, '');
  const column: Column = wanted in columns ? wanted as Column : 'instability';
  const rows = sorted(rowsOf(structure, filter, ofComponents), column, upward);
  const shown = (Object.keys(columns) as Column[]).filter((one) => !(ofComponents && one === 'component'));
  const threshold = data?.getTriModalVerdict?.conditions.find((one) => one.metric === 'MEAN_INSTABILITY')?.threshold ?? null;
  const exported = () => csv(shown.map((one) => columns[one]), rows.map((row) => shown.map((one) => row[one])));
  return (
    <div className="matrix coupling">
      <section className="graph" aria-label="Coupling">
        <div className="graph-tools" role="toolbar" aria-label="Coupling of">
          <span className="group">
            <button type="button" className="tool" aria-pressed={!ofComponents} onClick={() => setOf('')}>Modules</button>
            <button type="button" className="tool" aria-pressed={ofComponents} onClick={() => setOf('components')}>Components</button>
          </span>
          <span className="quiet">{rows.length}</span><span className="spacer" />
          <button type="button" className="tool" onClick={() => save(exported(), `${iterationId}-coupling.csv`)} aria-label="Export as CSV">CSV</button>
        </div>
        <div className="graph-table" tabIndex={0} role="region" aria-label="Coupling, as a list">
          <table>
            <thead><tr>{shown.map((one) => (
              <th key={one} scope="col" className={one === 'name' || one === 'component' ? undefined : 'number'} aria-sort={one === column ? (upward ? 'ascending' : 'descending') : undefined}>
                <button type="button" className="sort" title={meanings[one]} onClick={() => setSort(one === column && !upward ? one : `-${one}`)}>{one === 'size' ? (ofComponents ? 'Modules' : 'Lines') : columns[one]}{one === column && <span aria-hidden="true"> {upward ? '↑' : '↓'}</span>}</button>
              </th>
            ))}</tr></thead>
            <tbody>
              {rows.map((row) => {
                const chosen = selected?.nodeId === row.node.nodeId && selected.kind === row.node.kind;
                const full = ofComponents ? row.name : nameInFull(structure, row.node.nodeId);
                return (
                  <tr key={row.node.nodeId} className={chosen ? 'chosen' : undefined}>
                    <th scope="row"><button type="button" className="node-button" aria-label={full} aria-pressed={chosen} title={row.node.nodeId} onClick={() => toggle(row.node)}>{row.name}</button></th>
                    {!ofComponents && <td>{row.component}</td>}
                    <td className="number">{row.size ?? '–'}</td><td className="number">{row.ca}</td><td className="number">{row.ce}</td>
                    <td className="number"><span className="measure"><svg viewBox="0 0 40 6" aria-hidden="true"><rect className="track" width="40" height="6" /><rect className="value" width={40 * (row.instability ?? 0)} height="6" /></svg>{number(row.instability)}</span></td>
                    <td className="number">{number(row.abstractness)}</td><td className="number">{number(row.distance)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </section>
      <CouplingCharts rows={rows} mean={structure.graph.kpis.meanInstability} threshold={threshold} what={ofComponents ? 'components' : 'modules'} />
    </div>
  );
}
