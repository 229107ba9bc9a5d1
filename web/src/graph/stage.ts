/* One Cytoscape canvas, without React: shows drawings, marks what is selected and lit, and tells what is pointed at and chosen.
 *
 * Positions come from the server; nothing is laid out here. WebGL draws large graphs, where the machine has the hardware for it:
 * it knows no dashed lines, so what small graphs say by dashes large ones say by width and colour, and in the table. Without such
 * hardware it would be drawn by the processor, slower than the plain canvas. */
import cytoscape, { type Core, type ElementDefinition, type NodeSingular } from 'cytoscape';
import { apply, elementsOf } from './elements';
import type { CanvasNode, Drawing } from './model';
import { styleFor } from './style';
import type { Palette } from './theme';

export const LARGE_ELEMENTS = 1500;
const ZOOM_MOST = 3, ZOOM_FIT_MOST = 1.1, FIT_PADDING_PX = 28;

export interface StageEvents {
  readonly chosen: (key: string | null) => void; // null: the ground was pressed
  readonly opened: (key: string) => void; // pressed twice
  readonly pointed: (key: string | null, at: { readonly x: number; readonly y: number } | null) => void;
}

let hardware: boolean | null = null;
export function hasGraphicsHardware(): boolean {
  if (hardware === null) {
    const context = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
    hardware = context !== null;
    context?.getExtension('WEBGL_lose_context')?.loseContext();
  }
  return hardware;
}

/** Cytoscape writes a style element of its own, which the Content-Security-Policy forbids; where one with this id is, it does not. base.css says what it would say. */
function standInForStyle(): void {
  const id = '__________cytoscape_stylesheet';
  if (document.getElementById(id) === null) document.head.append(Object.assign(document.createElement('meta'), { id }));
}

export class GraphStage {
  readonly #cy: Core;
  readonly #events: StageEvents;
  #shown: ReadonlyMap<string, ElementDefinition> = new Map();
  #touched = cytoscape().collection();
  readonly #observer: ResizeObserver;
  #fitWanted = true;

  constructor(container: HTMLElement, palette: Palette, large: boolean, events: StageEvents) {
    standInForStyle();
    this.#events = events;
    const webgl = large && hasGraphicsHardware();
    const options: cytoscape.CytoscapeOptions & { readonly renderer: object } = { // its types know no renderer
      container, style: styleFor(palette), minZoom: 0.02, maxZoom: ZOOM_MOST, autoungrabify: true, boxSelectionEnabled: false, autounselectify: true,
      textureOnViewport: large && !webgl, hideLabelsOnViewport: large && !webgl, ...(large ? { pixelRatio: 1 } : {}),
      renderer: { name: 'canvas', ...(webgl ? { webgl: true } : {}) },
    };
    this.#cy = cytoscape(options);
    this.#listen();
    this.#observer = new ResizeObserver(() => { this.#cy.resize(); if (this.#fitWanted) this.fit(); });
    this.#observer.observe(container);
  }

  #listen(): void {
    this.#cy.on('tap', (event) => {
      if (event.target === this.#cy) this.#events.chosen(null);
      else if (event.target.isNode()) this.#events.chosen(event.target.id());
    });
    this.#cy.on('dbltap', 'node', (event) => this.#events.opened(event.target.id()));
    this.#cy.on('mouseover', 'node, edge', (event) => this.#events.pointed(event.target.id(), event.renderedPosition));
    this.#cy.on('mouseout', 'node, edge', () => this.#events.pointed(null, null));
    this.#cy.on('viewport', () => this.#events.pointed(null, null));
    this.#cy.on('pan zoom', (event) => { if ((event as { originalEvent?: Event }).originalEvent !== undefined) this.#fitWanted = false; });
  }

  get zoom(): number { return this.#cy.zoom(); }
  get size(): number { return this.#shown.size; }

  show(drawing: Drawing, flows: boolean): void {
    const next = elementsOf(drawing, flows);
    apply(this.#cy, this.#shown, next);
    this.#shown = next;
    if (this.#fitWanted) this.fit();
  }

  paint(palette: Palette): void { this.#cy.style(styleFor(palette)); }

  /** `lit`: what belongs to the chosen one; all else steps back. null: nothing steps back. */
  mark(chosen: string | null, lit: ReadonlySet<string> | null): void {
    this.#cy.batch(() => {
      this.#touched.removeClass('chosen near dim');
      this.#touched = this.#cy.collection();
      if (chosen === null) return;
      const one = this.#cy.nodes().filter((node) => node.id() === chosen);
      this.#touched = one.addClass('chosen');
      if (lit === null) return;
      const belongs = (id: string) => id === chosen || lit.has(id);
      const nodes = this.#cy.nodes('[shape != "frame"]').filter((element) => element.isNode()) as cytoscape.NodeCollection;
      if (!nodes.some((node) => belongs((node as NodeSingular).id()))) return; // nothing of it is in this drawing: leave it in peace
      const near = nodes.filter((node: NodeSingular) => belongs(node.id()));
      const lines = near.edgesWith(near);
      const rest = nodes.difference(near).union(this.#cy.edges().difference(lines));
      near.not(one).addClass('near');
      lines.addClass('near');
      rest.addClass('dim');
      this.#touched = nodes.union(this.#cy.edges());
    });
  }

  /** All of it in the window, small ones not blown up. */
  fit(): void {
    if (this.#cy.elements().empty() || this.#cy.width() < 10 || this.#cy.height() < 10) return;
    this.#cy.fit(undefined, FIT_PADDING_PX);
    if (this.#cy.zoom() > ZOOM_FIT_MOST) { this.#cy.zoom(ZOOM_FIT_MOST); this.#cy.center(); }
    this.#fitWanted = true;
  }

  zoomBy(factor: number): void {
    this.#fitWanted = false;
    this.#cy.zoom({ level: this.#cy.zoom() * factor, renderedPosition: { x: this.#cy.width() / 2, y: this.#cy.height() / 2 } });
  }

  panBy(x: number, y: number): void { this.#fitWanted = false; this.#cy.panBy({ x, y }); }

  /** Brings it into the window, when it is out of it or too small to read. */
  reveal(key: string): void {
    const node = this.#cy.getElementById(key);
    if (node.empty() || !node.isNode()) return;
    const box = node.renderedBoundingBox(), readable = this.#cy.zoom() > 0.35;
    if (readable && box.x1 > 0 && box.y1 > 0 && box.x2 < this.#cy.width() && box.y2 < this.#cy.height()) return;
    this.#fitWanted = false;
    if (!readable) this.#cy.zoom(0.8);
    this.#cy.center(node);
  }

  /** Where a node is in the window, pixels from the canvas's corner. */
  placeOf(key: string): { readonly x: number; readonly y: number } | null {
    const node = this.#cy.getElementById(key);
    return node.empty() ? null : (node as NodeSingular).renderedPosition();
  }

  async png(background: string): Promise<Blob> {
    return this.#cy.png({ output: 'blob-promise', full: true, scale: 2, bg: background, maxWidth: 8192, maxHeight: 8192 });
  }

  release(): void { this.#observer.disconnect(); this.#cy.destroy(); }
}

const directions: Record<string, readonly [number, number]> = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/** The node one comes to from `from` by an arrow key: near, and rather ahead than aside. The first node where one is nowhere. */
export function neighbour(nodes: readonly CanvasNode[], from: string | null, arrow: string): CanvasNode | null {
  const direction = directions[arrow], start = nodes.find((node) => node.key === from);
  if (direction === undefined) return null;
  if (start === undefined) return nodes.reduce<CanvasNode | null>((best, node) => (best === null || node.x + node.y < best.x + best.y ? node : best), null);
  let best: CanvasNode | null = null, least = Infinity;
  for (const node of nodes) {
    const dx = node.x - start.x, dy = node.y - start.y;
    const ahead = dx * direction[0] + dy * direction[1], aside = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
    const cost = ahead + aside * 2.5;
    if (node !== start && ahead > 1 && cost < least) { best = node; least = cost; }
  }
  return best;
}
