/* A drawing on the page: the canvas, what is pointed at, the tools, the keyboard, and the same thing as a table for whoever prefers
 * or needs one. What is selected is the page's, not this drawing's (state/selection.ts): it lights up here wherever it was chosen. */
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { readNodeKey, useSelection, nodeKey } from '../state/selection';
import { usePreference } from '../state/preferences';
import { GraphTools } from './GraphTools';
import { Minimap, type MinimapHandle } from './Minimap';
import type { CanvasNode, Drawing } from './model';
import { neighbour } from './neighbour';
import { GraphStage, LARGE_ELEMENTS } from './stage';
import { palette, usePalette } from './theme';
import { CLUSTER_FROM, Tiles, type View, viewKey } from './tiles';
import { usePulse } from './pulse';

interface CanvasProperties {
  readonly name: string; // what it shows: "Tasks of Iter-1"
  readonly drawing: Drawing;
  readonly placed?: string; // another text: another drawing, which is looked at anew
  readonly flows?: boolean; // lines are S-shaped, from left to right
  readonly table: ReactNode; // the same as a table
  readonly card?: (key: string) => ReactNode; // what is said of a node or line that is pointed at
  readonly related?: (key: string) => ReadonlySet<string> | null; // what stands out with it, where it is pointed at or chosen
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

/** A drawing with thousands of nodes is shown as clusters, by how near one looks; any other as it is. */
function useClusters(drawing: Drawing, view: View | null): Drawing {
  const tiles = useMemo(() => (drawing.nodes.length > CLUSTER_FROM ? new Tiles(drawing) : null), [drawing]);
  const key = tiles === null || view === null ? '' : viewKey(view);
  return useMemo(() => (tiles === null ? drawing : view === null ? { ...drawing, nodes: [], edges: [] } : tiles.at(view)), [tiles, drawing, key]);
}

const isCluster = (key: string) => key.startsWith('group:');

export function GraphCanvas({ name, drawing, placed = '', flows = false, table, card, related, tools, legend, onOpen, fileName }: CanvasProperties) {
  const frame = useRef<HTMLDivElement>(null);
  const stage = useRef<GraphStage | null>(null);
  const minimap = useRef<MinimapHandle>(null);
  const colours = usePalette();
  const large = drawing.nodes.length + drawing.edges.length > LARGE_ELEMENTS;
  const [asTable, setAsTable] = useState(false);
  const [withMap, setWithMap] = usePreference<boolean>('graph.minimap', true);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [view, setView] = useState<View | null>(null);
  const [ready, setReady] = useState(0);
  const [group, setGroup] = useState<string | null>(null); // where the keyboard is, when that is no node that could be selected
  const node = useSelection((selection) => selection.node);
  const lit = useSelection((selection) => selection.lit);
  const select = useSelection((selection) => selection.selectNode);
  const shown = useClusters(drawing, view);
  const selected = node === null ? null : node.kind !== null ? nodeKey(node.kind, node.nodeId) : drawing.nodes.find((one) => one.key.endsWith(`:${node.nodeId}`))?.key ?? null;
  const chosen = group ?? selected;
  const choose = (key: string | null) => { setGroup(key !== null && isCluster(key) ? key : null); if (key === null || !isCluster(key)) select(key === null ? null : readNodeKey(key)); };
  const open = (key: string) => { if (isCluster(key) && !drawing.nodes.some((one) => one.key === key)) stage.current?.nearer(key); else onOpen?.(key); };
  const acts = useRef({ choose, open });
  acts.current = { choose, open };

  useEffect(() => {
    if (frame.current === null || asTable) return undefined;
    const made = new GraphStage(frame.current, palette(), large, {
      chosen: (key) => { acts.current.choose(key); if (key !== null && isCluster(key)) acts.current.open(key); },
      opened: (key) => { if (!isCluster(key)) acts.current.open(key); },
      moved: (seen) => minimap.current?.frame(seen),
      viewed: setView,
      pointed: (key, at) => setPointed(key === null || at === null ? null : { key, ...at }),
    });
    stage.current = made;
    setReady((times) => times + 1);
    return () => { stage.current = null; made.release(); };
  }, [large, asTable, select]);
  const lookedAt = useRef(placed);
  useEffect(() => {
    stage.current?.show(shown, flows, drawing);
    if (lookedAt.current !== placed) { lookedAt.current = placed; stage.current?.place(); }
  }, [shown, flows, ready, placed]);
  useEffect(() => { stage.current?.paint(colours); }, [colours, ready]);
  const standing = useMemo(() => {
    const own = selected === null ? null : related?.(selected) ?? null;
    return own === null ? lit : lit === null ? own : new Set<string>([...lit, ...own]);
  }, [selected, related, lit]);
  useEffect(() => { stage.current?.mark(chosen, standing); }, [chosen, standing, shown, ready]);
  useEffect(() => { stage.current?.hint(pointed === null || chosen !== null ? null : related?.(pointed.key) ?? null); }, [pointed?.key, chosen, related, shown, ready]);
  useEffect(() => { if (selected !== null) { setGroup(null); stage.current?.reveal(selected); } }, [selected, ready]);
  usePulse(stage, drawing, !asTable);

  const described = useMemo(() => [...drawing.nodes, ...shown.nodes].find((one) => one.key === chosen)?.description ?? '', [drawing, shown, chosen]);
  const walk = (next: CanvasNode | null) => {
    if (next === null) return;
    choose(next.key);
    stage.current?.reveal(next.key);
  };
  const press = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey) return;
    const handled = (): true => { event.preventDefault(); return true; };
    const pan: Record<string, readonly [number, number]> = { ArrowRight: [-STEP_PX, 0], ArrowLeft: [STEP_PX, 0], ArrowDown: [0, -STEP_PX], ArrowUp: [0, STEP_PX] };
    const by = pan[event.key];
    if (by !== undefined && event.shiftKey) { handled(); stage.current?.panBy(...by); return; }
    if (by !== undefined && !event.altKey) { handled(); walk(neighbour(shown.nodes, chosen === null ? null : shown.clusters?.get(chosen) ?? chosen, event.key)); }
    else if (event.key === '+' || event.key === '=') { handled(); stage.current?.zoomBy(1.25); }
    else if (event.key === '-') { handled(); stage.current?.zoomBy(0.8); }
    else if (event.key === '0') { handled(); stage.current?.fit(); }
    else if (event.key === 'Escape') { handled(); choose(null); }
    else if (event.key === 'Enter' && chosen !== null) { handled(); open(chosen); }
  };
  return (
    <div className="graph">
      <GraphTools stage={stage} name={name} asTable={asTable} setAsTable={setAsTable} withMap={withMap} setWithMap={setWithMap} drawing={drawing} flows={flows} fileName={fileName}>{tools}</GraphTools>
      {asTable ? <div className="graph-table" tabIndex={0} role="region" aria-label={`${name}, as a table`}>{table}</div> : (
        <div className="graph-frame">
          <div ref={frame} className="graph-canvas" tabIndex={0} role="group" aria-roledescription="drawing" aria-label={name} aria-describedby="graph-keys" onKeyDown={press} />
          {withMap && drawing.nodes.length > 0 && <Minimap drawing={drawing} stage={stage} handle={minimap} />}
          {pointed !== null && <Card at={pointed} within={frame}>{cardOf(pointed.key, shown, card)}</Card>}
        </div>
      )}
      {legend !== undefined && !asTable && <div className="graph-legend" aria-label="Legend" role="group">{legend}</div>}
      <p id="graph-keys" className="hidden">Arrow keys walk from node to node, with Shift they move the drawing; plus and minus zoom, 0 shows all, Enter opens, Escape lets go.</p>
      <p className="hidden" role="status">{described}</p>
    </div>
  );
}

/** What the lens says of it; of a cluster or a bundle, which the lens does not know, what it is. */
function cardOf(key: string, shown: Drawing, card: CanvasProperties['card']): ReactNode {
  const cluster = isCluster(key) ? shown.nodes.find((one) => one.key === key) : undefined;
  if (cluster !== undefined && cluster.marks?.includes('gap') !== true) return <><strong>{cluster.label}</strong>{cluster.badge}<span className="quiet"> · press to go nearer</span></>;
  if (!key.startsWith('bundle ')) return card?.(key);
  const bundle = shown.edges.find((one) => one.id === key);
  return bundle === undefined ? null : `${bundle.weight ?? 1} ${bundle.weight === 1 ? 'line' : 'lines'} from one to the other`;
}

const CARD_WIDTH_PX = 400, CARD_ROOM_PX = 220;

/** Beside what is pointed at, on the side that has room. */
function Card({ at, within, children }: { readonly at: Pointed; readonly within: RefObject<HTMLDivElement | null>; readonly children: ReactNode }) {
  if (children === null || children === undefined) return null;
  const width = within.current?.clientWidth ?? Infinity, height = within.current?.clientHeight ?? Infinity;
  const side = `${at.x + CARD_WIDTH_PX > width ? 'left' : 'right'} ${at.y + CARD_ROOM_PX > height ? 'above' : 'below'}`;
  return <div className={`graph-card ${side}`} aria-hidden="true" style={{ left: at.x, top: at.y }}>{children}</div>;
}
