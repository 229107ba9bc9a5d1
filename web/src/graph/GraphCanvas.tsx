/* A drawing on the page: the canvas, what is pointed at, the tools, the keyboard, and the same thing as a table for whoever prefers
 * or needs one. What is selected is the page's, not this drawing's (state/selection.ts): it lights up here wherever it was chosen. */
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { readNodeKey, useSelection, nodeKey } from '../state/selection';
import { GraphTools } from './GraphTools';
import type { Drawing } from './model';
import { GraphStage, LARGE_ELEMENTS, neighbour } from './stage';
import { palette, usePalette } from './theme';

interface CanvasProperties {
  readonly name: string; // what it shows: "Tasks of Iter-1"
  readonly drawing: Drawing;
  readonly flows?: boolean; // lines are S-shaped, from left to right
  readonly table: ReactNode; // the same as a table
  readonly card?: (key: string) => ReactNode; // what is said of a node or line that is pointed at
  readonly tools?: ReactNode; // the lens's own, in the tool bar
  readonly legend?: ReactNode;
  readonly onOpen?: (key: string) => void; // pressed twice, or Enter
  readonly fileName: string; // of exports, without its ending
}

interface Pointed {
  readonly key: string;
  readonly x: number;
  readonly y: number;
}

const STEP_PX = 90;

export function GraphCanvas({ name, drawing, flows = false, table, card, tools, legend, onOpen, fileName }: CanvasProperties) {
  const frame = useRef<HTMLDivElement>(null);
  const stage = useRef<GraphStage | null>(null);
  const open = useRef(onOpen);
  open.current = onOpen;
  const colours = usePalette();
  const large = drawing.nodes.length + drawing.edges.length > LARGE_ELEMENTS;
  const [asTable, setAsTable] = useState(false);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [ready, setReady] = useState(0);
  const node = useSelection((selection) => selection.node);
  const lit = useSelection((selection) => selection.lit);
  const select = useSelection((selection) => selection.selectNode);
  const chosen = node === null ? null : node.kind !== null ? nodeKey(node.kind, node.nodeId) : drawing.nodes.find((one) => one.key.endsWith(`:${node.nodeId}`))?.key ?? null;

  useEffect(() => {
    if (frame.current === null || asTable) return undefined;
    const made = new GraphStage(frame.current, palette(), large, {
      chosen: (key) => select(key === null ? null : readNodeKey(key)),
      opened: (key) => open.current?.(key),
      pointed: (key, at) => setPointed(key === null || at === null ? null : { key, ...at }),
    });
    stage.current = made;
    setReady((times) => times + 1);
    return () => { stage.current = null; made.release(); };
  }, [large, asTable, select]);
  useEffect(() => { stage.current?.show(drawing, flows); }, [drawing, flows, ready]);
  useEffect(() => { stage.current?.paint(colours); }, [colours, ready]);
  useEffect(() => { stage.current?.mark(chosen, lit); }, [chosen, lit, drawing, ready]);
  useEffect(() => { if (chosen !== null) stage.current?.reveal(chosen); }, [chosen, ready]);

  const described = useMemo(() => drawing.nodes.find((one) => one.key === chosen)?.description ?? '', [drawing, chosen]);
  const press = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey) return;
    const handled = (): true => { event.preventDefault(); return true; };
    const pan: Record<string, readonly [number, number]> = { ArrowRight: [-STEP_PX, 0], ArrowLeft: [STEP_PX, 0], ArrowDown: [0, -STEP_PX], ArrowUp: [0, STEP_PX] };
    const by = pan[event.key];
    if (by !== undefined && event.shiftKey) { handled(); stage.current?.panBy(...by); return; }
    if (by !== undefined && !event.altKey) {
      handled();
      const next = neighbour(drawing.nodes, chosen, event.key);
      if (next !== null) select(readNodeKey(next.key));
    } else if (event.key === '+' || event.key === '=') { handled(); stage.current?.zoomBy(1.25); }
    else if (event.key === '-') { handled(); stage.current?.zoomBy(0.8); }
    else if (event.key === '0') { handled(); stage.current?.fit(); }
    else if (event.key === 'Escape') { handled(); select(null); }
    else if (event.key === 'Enter' && chosen !== null) { handled(); onOpen?.(chosen); }
  };
  return (
    <div className="graph">
      <GraphTools stage={stage} name={name} asTable={asTable} setAsTable={setAsTable} drawing={drawing} fileName={fileName}>{tools}</GraphTools>
      {asTable ? <div className="graph-table" tabIndex={0} role="region" aria-label={`${name}, as a table`}>{table}</div> : (
        <div className="graph-frame">
          <div ref={frame} className="graph-canvas" tabIndex={0} role="group" aria-roledescription="drawing" aria-label={name} aria-describedby="graph-keys" onKeyDown={press} />
          {pointed !== null && card !== undefined && <Card at={pointed}>{card(pointed.key)}</Card>}
        </div>
      )}
      {legend !== undefined && !asTable && <div className="graph-legend" aria-label="Legend" role="group">{legend}</div>}
      <p id="graph-keys" className="hidden">Arrow keys walk from node to node, with Shift they move the drawing; plus and minus zoom, 0 shows all, Enter opens, Escape lets go.</p>
      <p className="hidden" role="status">{described}</p>
    </div>
  );
}

function Card({ at, children }: { readonly at: Pointed; readonly children: ReactNode }) {
  if (children === null || children === undefined) return null;
  return <div className="graph-card" aria-hidden="true" style={{ left: at.x, top: at.y }}>{children}</div>;
}
