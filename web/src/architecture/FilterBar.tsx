/* What the lens is narrowed to: the same for the graph, the matrix and the lists. */
import { severityWords, type Structure } from './model';
import type { FilterControl } from './filter';

interface FilterProperties {
  readonly structure: Structure;
  readonly control: FilterControl;
}

export function FilterBar({ structure, control }: FilterProperties) {
  const { filter, active, set } = control;
  const rules = [...new Set(structure.graph.violations.map((one) => one.ruleId).filter((one): one is string => one !== null))].sort();
  const components = [...structure.components.values()].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <div className="filters" role="search" aria-label="Narrow down">
      <input type="search" className="compact" aria-label="Find a module or rule" placeholder="Find a module or rule" value={filter.text} onChange={(event) => set('text', event.target.value)} />
      <select className="compact" aria-label="Component" value={filter.component} onChange={(event) => set('component', event.target.value)}>
        <option value="">All components</option>
        {components.map((one) => <option key={one.nodeId} value={one.nodeId}>{one.name}</option>)}
      </select>
      <select className="compact" aria-label="Rule" value={filter.rule} onChange={(event) => set('rule', event.target.value)}>
        <option value="">All rules</option>
        {rules.map((one) => <option key={one}>{one}</option>)}
      </select>
      <select className="compact" aria-label="Severity" value={filter.severity} onChange={(event) => set('severity', event.target.value)}>
        <option value="">All severities</option>
        {Object.entries(severityWords).map(([severity, word]) => <option key={severity} value={severity}>{word}</option>)}
      </select>
      {active && <button type="button" className="tool" onClick={() => { for (const name of ['text', 'component', 'rule', 'severity'] as const) set(name, ''); }}>Clear</button>}
    </div>
  );
}
