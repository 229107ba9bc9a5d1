/* The dependency structure matrix: asked for, folded, filtered, compared, and shown. */
import { useCallback, useMemo, useRef, useState } from 'react';
import { MatrixDocument } from '../../../generated/graphql';
import { useLiveLens } from '../../data/live';
import { useMomentQuery } from '../../data/moment';
import { save } from '../../graph/save';
import { palette } from '../../graph/theme';
import { ProblemNotice } from '../../parts/Notice';
import { useParameter, usePlace } from '../../state/location';
import { useSelection } from '../../state/selection';
import { useDifference } from '../../time/difference';
import { modulesLeft } from '../filter';
import { FoldTools, type PaneProperties } from '../GraphPane';
import { matrixCsv, matrixSvg } from './files';
import { type Cell, cellAt, emptyMatrix, matrixModel, type MatrixModel, sentence } from './lines';
import { MatrixGrid } from './MatrixGrid';
import { CellFacts, MatrixSide } from './MatrixSide';
import { MatrixTable } from './MatrixTable';
import type { MatrixStage, Spot } from './stage';

const CARD_PX = 400;

/** The pressed cell stands in the address, by the ids of its ends: it is another place when something is folded. */
function usePinned(model: MatrixModel) {
  const [parameter, setParameter] = useParameter('cell');
  const pinned = useMemo((): readonly [number, number] | null => {
    const [source, target] = parameter.split(' > ');
    const row = model.lines.findIndex((one) => one.nodeId === source), column = model.lines.findIndex((one) => one.nodeId === target);
    return row < 0 || column < 0 ? null : [row, column];
  }, [parameter, model]);
  const pin = useCallback((row: number, column: number) => {
    const source = model.lines[row]?.nodeId, target = model.lines[column]?.nodeId;
    setParameter(source === undefined || target === undefined || row < 0 ? '' : `${source} > ${target}`);
  }, [model, setParameter]);
  return { pinned, pin };
}

function useMarks(model: MatrixModel, pinned: readonly [number, number] | null, { structure, filter }: Pick<PaneProperties, 'structure' | 'filter'>) {
  const node = useSelection((selection) => selection.node);
  const lit = useSelection((selection) => selection.lit);
  return useMemo(() => {
    const left = structure === null ? null : modulesLeft(structure, filter);
    const linesThat = (holds: (line: MatrixModel['lines'][number]) => boolean) => new Set(model.lines.flatMap((line, index) => (holds(line) ? [index] : [])));
    return {
      pinned, chosen: node === null ? -1 : model.lines.findIndex((one) => one.nodeId === node.nodeId || one.members.includes(node.nodeId)),
      lit: lit === null ? null : linesThat((line) => lit.has(line.key)), left: left === null ? null : linesThat((line) => line.members.some((one) => left.has(one))),
    };
  }, [model, pinned, node, lit, structure, filter]);
}

export function MatrixPane({ iterationId, structure, filter, folding }: PaneProperties) {
  const { moment } = usePlace();
  const [order, setOrder] = useParameter('order');
  const [asTable, setAsTable] = useState(false);
  const stage = useRef<MatrixStage | null>(null);
  const [spot, setSpot] = useState<Spot | null>(null);
  const select = useSelection((selection) => selection.toggleNode);
  const difference = useDifference(iterationId);
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: MatrixDocument, variables: { iterationId, by: order === 'level' ? 'MODULE' as const : 'COMPONENT' as const } });
  const matrix = data?.getDSMMatrix;
  useLiveLens({ iterationId, lens: 'ACC', meta: matrix?.meta, fetching, now: moment === null && !behind, refresh });
  const { folded } = folding;
  const model = useMemo(() => (matrix == null || structure === null ? emptyMatrix : matrixModel({ matrix, structure, folded, filter, difference })), [matrix, structure, folded, filter, difference]);
  const { pinned, pin } = usePinned(model);
  const marks = useMarks(model, pinned, { structure, filter });
  if (matrix == null && !absent) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Loading the matrix…</p>;
  const name = `Dependency structure matrix of ${iterationId}`;
  const go = (cell: Cell) => { pin(cell.row, cell.column); stage.current?.reveal(cell.row, cell.column); };
  return (
    <div className="matrix">
      <div className="graph">
        <div className="graph-tools" role="toolbar" aria-label="Matrix">
          <select className="compact" aria-label="Order" value={order === 'level' ? 'level' : ''} onChange={(event) => setOrder(event.target.value)}>
            <option value="">By component</option><option value="level">By level</option>
          </select>
          {order !== 'level' && <FoldTools folding={folding} />}
          <span className="quiet">{model.lines.length} × {model.lines.length}</span>
          <span className="spacer" />
          {!asTable && <Zoom stage={stage} />}
          <Exports stage={stage} model={model} name={name} fileName={`${iterationId}-matrix`} picture={!asTable} />
          <button type="button" className="tool" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>Table</button>
        </div>
        {asTable ? <div className="graph-table" tabIndex={0} role="region" aria-label={`${name}, as a table`}><MatrixTable model={model} onPin={pin} /></div> : (
          <div className="graph-frame">
            <MatrixGrid name={name} model={model} stage={stage} marks={marks} onPoint={setSpot} onPin={pin} onFold={folding.toggle} onLeave={() => pin(-1, -1)}
              onChoose={(index) => { const line = model.lines[index]; if (line !== undefined) select({ kind: line.folded ? 'ARCHITECTURE_COMPONENT' : 'CODE_MODULE', nodeId: line.nodeId }); }} />
            {structure !== null && spot !== null && <Card model={model} structure={structure} spot={spot} />}
          </div>
        )}
      </div>
      {structure !== null && <MatrixSide structure={structure} model={model} pinned={pinned === null ? null : cellAt(model, ...pinned)} onGo={go} onLetGo={() => pin(-1, -1)} />}
    </div>
  );
}

type StageReference = { readonly current: MatrixStage | null };

function Zoom({ stage }: { readonly stage: StageReference }) {
  return (
    <span className="group">
      <button type="button" className="tool" onClick={() => stage.current?.zoomBy(0.8)} aria-label="Zoom out" title="Zoom out (−)">−</button>
      <button type="button" className="tool" onClick={() => stage.current?.fit()} title="Show all, however small (0)">Fit</button>
      <button type="button" className="tool" onClick={() => stage.current?.read()} title="A size at which names can be read (1)">Read</button>
      <button type="button" className="tool" onClick={() => stage.current?.zoomBy(1.25)} aria-label="Zoom in" title="Zoom in (+)">+</button>
    </span>
  );
}

function Exports({ stage, model, name, fileName, picture }: { readonly stage: StageReference; readonly model: MatrixModel; readonly name: string; readonly fileName: string; readonly picture: boolean }) {
  const png = async () => { const blob = await stage.current?.png(); if (blob !== undefined) save(blob, `${fileName}.png`); };
  return (
    <span className="group">
      <button type="button" className="tool" onClick={() => save(matrixCsv(model), `${fileName}.csv`)} aria-label="Export as CSV">CSV</button>
      {picture && <button type="button" className="tool" onClick={() => { void png(); }} aria-label="Export as PNG">PNG</button>}
      <button type="button" className="tool" onClick={() => save(matrixSvg(model, palette(), name), `${fileName}.svg`)} aria-label="Export as SVG">SVG</button>
    </span>
  );
}

function Card({ model, structure, spot }: { readonly model: MatrixModel; readonly structure: NonNullable<PaneProperties['structure']>; readonly spot: Spot }) {
  const { row, column, x, y } = spot, line = model.lines[Math.max(row, column)];
  const left = x > CARD_PX + 160 ? x - CARD_PX - 30 : x;
  if (row < 0 || column < 0) return line === undefined ? null : <div className="graph-card" aria-hidden="true" style={{ left: x, top: y }}><strong>{line.full}</strong>{line.folded ? `${line.members.length} modules, folded; press the strip at the left to unfold` : line.nodeId}</div>;
  const cell = cellAt(model, row, column);
  if (cell === null) return <div className="graph-card faint" aria-hidden="true" style={{ left, top: y }}>{sentence(model, row, column)}</div>;
  return <div className="graph-card matrix-card" aria-hidden="true" style={{ left, top: y }}><strong>{model.lines[row]?.full} → {model.lines[column]?.full}</strong><CellFacts structure={structure} cell={cell} most={4} /></div>;
}
