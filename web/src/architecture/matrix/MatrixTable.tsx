/* The same as the matrix, as a table: a row for each cell that is not empty. */
import type { MatrixModel } from './lines';

export function MatrixTable({ model, onPin }: { readonly model: MatrixModel; readonly onPin: (row: number, column: number) => void }) {
  return (
    <table>
      <thead><tr><th scope="col">Module or component</th><th scope="col">Depends on</th><th scope="col" className="number">Weight</th><th scope="col">Cycle</th><th scope="col">Breaks</th></tr></thead>
      <tbody>
        {model.cells.map((cell) => (
          <tr key={`${cell.row} ${cell.column}`}>
            <th scope="row"><button type="button" className="node-button" onClick={() => onPin(cell.row, cell.column)}>{model.lines[cell.row]?.full}</button></th>
            <td>{model.lines[cell.column]?.full}</td><td className="number">{cell.weight}</td>
            <td>{cell.closes !== null ? `closes one${cell.closes === 'components' ? ' of components' : ''}` : cell.inCycle ? 'part of one' : ''}{cell.weakest ? ', the weakest' : ''}</td>
            <td>{cell.rules.join(', ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
