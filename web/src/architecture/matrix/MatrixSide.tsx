/* Beside the matrix: the cell that was pressed, all that closes a cycle, all that breaks a rule, and what the signs mean. */
import { useSelection } from '../../state/selection';
import type { Structure } from '../model';
import { pairKey } from '../model';
import { type Cell, type MatrixModel, sentence } from './lines';

const LISTED_MOST = 60;

interface SideProperties {
  readonly structure: Structure;
  readonly model: MatrixModel;
  readonly pinned: Cell | null;
  readonly onGo: (cell: Cell) => void;
  readonly onLetGo: () => void;
}

function Ends({ model, cell }: { readonly model: MatrixModel; readonly cell: Cell }) {
  const select = useSelection((selection) => selection.selectNode);
  const end = (index: number) => {
    const line = model.lines[index];
    return line === undefined ? null : <button type="button" className="node-button" onClick={() => select({ kind: line.folded ? 'ARCHITECTURE_COMPONENT' : 'CODE_MODULE', nodeId: line.nodeId })}>{line.full}</button>;
  };
  return <p className="ends">{end(cell.row)} <span className="quiet">depends on</span> {end(cell.column)}</p>;
}

function Pinned({ structure, model, cell, onLetGo }: { readonly structure: Structure; readonly model: MatrixModel; readonly cell: Cell; readonly onLetGo: () => void }) {
  return (
    <section aria-label="The dependency" className="pinned">
      <button type="button" className="tool close" onClick={onLetGo} aria-label="Let go of the dependency">×</button>
      <Ends model={model} cell={cell} />
      <CellFacts structure={structure} cell={cell} />
    </section>
  );
}

/** What a cell says, in full: the same at the pointer and beside the matrix. */
export function CellFacts({ structure, cell, most = 8 }: { readonly structure: Structure; readonly cell: Cell; readonly most?: number }) {
  const explanation = cell.parts[0] === undefined ? undefined : structure.dependencies.get(pairKey(cell.parts[0].source, cell.parts[0].target))?.link.explanation;
  return (
    <>
      {cell.weight > 0 && <p>Weight {cell.weight}{cell.parts.length > 1 && ` in ${cell.parts.length} dependencies`}</p>}
      {cell.closes !== null && <p className="cyclic"><strong>Closes a cycle{cell.closes === 'components' && ' of components'}</strong>{cell.weakest && ': the weakest, break here'}</p>}
      {cell.closes === null && cell.inCycle && <p className="cyclic">Part of a cycle{cell.weakest && <strong>: the weakest, break here</strong>}</p>}
      {cell.rules.length > 0 && <p className={cell.violation === null ? 'quiet' : 'broken'}>{cell.violation === null ? 'Suppressed: ' : 'Breaks '}{cell.rules.join(', ')}</p>}
      {cell.became !== undefined && <p>{cell.became} between the two moments</p>}
      {cell.parts.slice(0, most).map((part) => <p key={`${part.source} ${part.target}`} className="mono import">{part.source} → {part.target}{cell.parts.length > 1 && ` (${part.weight})`}</p>)}
      {cell.parts.length > most && <p className="quiet">and {cell.parts.length - most} more</p>}
      {explanation !== undefined && <p className="quiet">{explanation}</p>}
    </>
  );
}

/** Both ends; the component that both are of is said once. */
function Both({ model, cell }: { readonly model: MatrixModel; readonly cell: Cell }) {
  const source = model.lines[cell.row], target = model.lines[cell.column];
  const within = source !== undefined && source.component !== null && source.component === target?.component && source.full.startsWith(source.label) ? source.full.slice(source.label.length) : '';
  return within === '' ? <>{source?.full} <span className="quiet">→</span> {target?.full}</> : <>{source?.label} <span className="quiet">→</span> {target?.label}<span className="quiet">{within}</span></>;
}

function List({ title, cells, model, onGo }: { readonly title: string; readonly cells: readonly Cell[]; readonly model: MatrixModel; readonly onGo: (cell: Cell) => void }) {
  if (cells.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2>{title} <span className="count">{cells.length}</span></h2>
      <ul>
        {cells.slice(0, LISTED_MOST).map((cell) => (
          <li key={`${cell.row} ${cell.column}`}>
            <button type="button" className="go-to" onClick={() => onGo(cell)} title={sentence(model, cell.row, cell.column)}>
              {cell.weakest && <span aria-label="weakest">✂ </span>}<Both model={model} cell={cell} />
              {cell.violation !== null && <span className="sub">{cell.rules.join(', ')}</span>}
            </button>
          </li>
        ))}
      </ul>
      {cells.length > LISTED_MOST && <p className="quiet">and {cells.length - LISTED_MOST} more</p>}
    </section>
  );
}

export function MatrixSide({ structure, model, pinned, onGo, onLetGo }: SideProperties) {
  const closing = model.cells.filter((one) => one.closes !== null).sort((a, b) => Number(b.weakest) - Number(a.weakest) || a.weight - b.weight);
  return (
    <div className="matrix-side" role="complementary" aria-label="What stands out in the matrix">
      <div className="found" tabIndex={0} role="region" aria-label="Found">
        {pinned !== null && <Pinned structure={structure} model={model} cell={pinned} onLetGo={onLetGo} />}
        <List title="Closes a cycle" cells={closing} model={model} onGo={onGo} />
        <List title="Breaks a rule" cells={model.cells.filter((one) => one.violation !== null)} model={model} onGo={onGo} />
        {model.trouble.length === 0 && model.lines.length > 0 && <p className="quiet">Nothing lies above the diagonal: no cycle. No dependency breaks a rule.</p>}
      </div>
      <Legend />
    </div>
  );
}

function Legend() {
  return (
    <div className="matrix-legend" aria-label="Legend" role="group">
      <span className="whole">Rows depend on columns; fuller means stronger</span>
      <span><i className="swatch below" />in order, below</span>
      <span><i className="swatch closes">↻</i>closes a cycle, above</span>
      <span><i className="swatch component" />cycle of components</span>
      <span><i className="swatch within" />part of a cycle</span>
      <span><i className="swatch weakest">✂</i>weakest: break here</span>
      <span><i className="swatch breaks" />breaks a rule</span>
    </div>
  );
}
