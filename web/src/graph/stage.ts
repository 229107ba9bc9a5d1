/* One Cytoscape canvas, without React: shows drawings, marks what is selected and lit, and tells what is pointed at and chosen.
 *
 * Positions come from the server; nothing is laid out here. WebGL draws large graphs, where the machine has the hardware for it:
 * it knows no dashed lines, so what small graphs say by dashes large ones say by width and colour, and in the table. Without such
 * hardware it would be drawn by the processor, slower than the plain canvas. */
import cytoscape, { type Core, type ElementDefinition, type NodeSingular } from 'cytoscape';
import { type Look, lookAtAll, lookAtTrouble } from './camera';
import { apply, elementsOf } from './elements';
import { forcedRenderer, hasGraphicsHardware } from './hardware';
import { type Drawing, emptyDrawing } from './model';
import { FONT_PX } from './settle';
import { styleFor } from './style';
import type { Palette } from './theme';
import type { View } from './tiles';

export const LARGE_ELEMENTS = 1500;
const ZOOM_LEAST = 0.004, ZOOM_MOST = 3, ZOOM_FIT_MOST = 1.1, FIT_PADDING_PX = 28, FAR_ZOOM = 0.5, NAMED_ZOOM = 0.3, REVEAL_ZOOM = 0.8, CALLOUTS_MAX = 14, VIEWED_AFTER_MS = 90, REST_MS = 110, HINTED_MOST = 80, STILL_MS = 500;

export interface StageEvents {
  readonly chosen: (key: string | null) => void; // null: the ground was pressed
  readonly opened: (key: string) => void; // pressed twice
  readonly moved: (view: View) => void; // while one moves
  readonly viewed: (view: View) => void; // when one has moved
  readonly pointed: (key: string | null, at: { readonly x: number; readonly y: number } | null) => void;
}

/** Cytoscape writes a style element of its own, which the Content-Security-Policy forbids; where one with this id is, it does not. base.css says what it would say. */
function standInForStyle(): void {
  const id = '__________cytoscape_stylesheet';
  if (document.getElementById(id) === null) document.head.append(Object.assign(document.createElement('meta'), { id }));
}

export class GraphStage {
  readonly #cy: Core;
  readonly #events: StageEvents;
  readonly #container: HTMLElement;
  #shown: ReadonlyMap<string, ElementDefinition> = new Map();
  #touched = cytoscape().collection();
  #hinted = cytoscape().collection();
  readonly #observer: ResizeObserver;
  #drawing: Drawing = emptyDrawing; // all of it, of which clusters may be what is shown
  #clusters: Drawing['clusters'];
  #placed = false; // has looked at something: from then on only the person moves the window
  #whole = false; // shows all of it, and goes on to when the window changes its size
  #levelShown = '';
  #family: string;
  #size = { width: 0, height: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #resting: ReturnType<typeof setTimeout> | undefined;
  #pointing = false;
  #pressed = false;
  #movedAt = -Infinity;

  constructor(container: HTMLElement, palette: Palette, large: boolean, events: StageEvents) {
    standInForStyle();
    this.#family = palette.sans;
    this.#events = events;
    this.#container = container;
    const forced = forcedRenderer();
    const webgl = forced === null ? large && hasGraphicsHardware() : forced === 'webgl';
    const options: cytoscape.CytoscapeOptions & { readonly renderer: object } = { // its types know no renderer
      container, style: styleFor(palette), minZoom: ZOOM_LEAST, maxZoom: ZOOM_MOST, autoungrabify: true, boxSelectionEnabled: false, autounselectify: true,
      textureOnViewport: large && !webgl, hideLabelsOnViewport: large && !webgl, ...(large ? { pixelRatio: 1 } : {}),
      renderer: { name: 'canvas', ...(webgl ? { webgl: true } : {}) },
    };
    this.#cy = cytoscape(options);
    this.#listen();
    this.#observer = new ResizeObserver(() => this.#resized());
    this.#observer.observe(container);
  }

  #listen(): void {
    this.#cy.on('tap', (event) => {
      if (event.target === this.#cy) this.#events.chosen(null);
      else if (event.target.isNode()) this.#events.chosen(event.target.id());
    });
    this.#cy.on('dbltap', 'node', (event) => this.#events.opened(event.target.id()));
    this.#cy.on('mouseover', 'node, edge', (event) => this.#rest(event.target.id(), event.renderedPosition));
    this.#cy.on('mouseout', 'node, edge', () => this.#rest(null, null));
    this.#cy.on('viewport', () => this.#viewport());
    this.#cy.on('tapstart', () => { this.#pressed = true; this.#rest(null, null); });
    this.#cy.on('tapend', () => { this.#pressed = false; });
    this.#cy.on('scrollzoom pinchzoom dragpan', () => { this.#whole = false; });
  }

  /** Only where the pointer rests something is pointed at; not what it passes over, nor what passes under it while the window moves. */
  #rest(key: string | null, at: { readonly x: number; readonly y: number } | null): void {
    clearTimeout(this.#resting);
    if (key === null) { if (this.#pointing) this.#events.pointed(null, null); this.#pointing = false; return; }
    this.#resting = setTimeout(() => {
      if (this.#pressed || performance.now() - this.#movedAt < REST_MS) return;
      this.#pointing = true;
      this.#events.pointed(key, at);
    }, REST_MS);
  }

  #viewport(): void {
    this.#movedAt = performance.now();
    this.#rest(null, null);
    this.#events.moved(this.view);
    this.#level();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#viewed(), VIEWED_AFTER_MS);
  }

  /** From afar words cannot be read: then colour and glyph fill the boxes, and only what fails is named, in large letters. */
  #level(always = false): void {
    const zoom = this.#cy.zoom(), far = zoom < FAR_ZOOM, named = far && zoom > NAMED_ZOOM, level = `${far} ${named}`;
    if (level === this.#levelShown && !always) return;
    this.#levelShown = level;
    this.#cy.batch(() => {
      const nodes = this.#cy.nodes('[shape != "frame"][fontSize <= 16]');
      nodes.toggleClass('far', far).removeClass('callout');
      const failing = nodes.filter('.bad');
      if (named && failing.length <= CALLOUTS_MAX) failing.addClass('callout');
    });
  }

  #resized(): void {
    const was = this.#size;
    this.#cy.resize();
    this.#size = { width: this.#cy.width(), height: this.#cy.height() };
    if (!this.#placed || was.width === 0) this.place();
    else if (this.#whole) this.fit();
    else this.#cy.panBy({ x: (this.#size.width - was.width) / 2, y: (this.#size.height - was.height) / 2 });
    this.#viewed();
  }

  #viewed(): void {
    const view = this.view;
    this.#container.dataset['view'] = [view.x1, view.y1, view.x2, view.y2].map(Math.round).join(' '); // for who has to know where one looks, as tests do
    this.#events.viewed(view);
  }

  get view(): View {
    const { x1, y1, x2, y2 } = this.#cy.extent();
    return { x1, y1, x2, y2, zoom: this.#cy.zoom() };
  }

  /** `whole`: what `drawing` is a part or a summary of; where one looks goes by that. */
  show(drawing: Drawing, flows: boolean, whole: Drawing): void {
    const next = elementsOf(drawing, flows, this.#family);
    const before = this.#shown;
    apply(this.#cy, before, next);
    this.#shown = next;
    this.#drawing = whole;
    this.#clusters = drawing.clusters;
    if (!this.#placed) this.place();
    if ([...next.keys()].some((id) => !before.has(id))) this.#level(true); // what is new does not know yet how far one is
    // Cytoscape draws in the next frame (and by WebGL tells nobody); in the one after it is on the screen.
    requestAnimationFrame(() => requestAnimationFrame(() => { this.#container.dataset['drawn'] = String(this.#shown.size); }));
  }

  #lookAt({ x, y, zoom }: Look): void {
    this.#cy.viewport({ zoom, pan: { x: this.#cy.width() / 2 - x * zoom, y: this.#cy.height() / 2 - y * zoom } });
  }

  /** Looks where it would look first. */
  place(): void {
    if (this.#drawing.nodes.length === 0 || this.#cy.width() < 10 || this.#cy.height() < 10) return;
    this.#placed = true;
    this.#size = { width: this.#cy.width(), height: this.#cy.height() };
    const all = lookAtAll(this.#drawing, this.#size, FIT_PADDING_PX, ZOOM_FIT_MOST);
    const look = this.#drawing.nodes.length > LARGE_ELEMENTS ? all : lookAtTrouble(this.#drawing, this.#size, all);
    this.#whole = look === all;
    this.#lookAt(look);
  }

  paint(palette: Palette): void { this.#family = palette.sans; this.#cy.style(styleFor(palette)); }

  /** `lit`: what belongs to the chosen one; all else steps back. null: nothing steps back. */
  mark(chosen: string | null, lit: ReadonlySet<string> | null): void {
    const clusters = this.#clusters;
    if (chosen !== null) chosen = clusters?.get(chosen) ?? chosen;
    if (lit !== null && clusters !== undefined) lit = new Set([...lit].map((key) => clusters.get(key) ?? key));
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

  /** What hangs together with what is pointed at stands out, and nothing steps back. */
  hint(related: ReadonlySet<string> | null): void {
    if (related !== null && related.size > HINTED_MOST) related = null; // nearly everything stands out: nothing would
    if (related === null && this.#hinted.empty()) return;
    this.#cy.batch(() => {
      this.#hinted.removeClass('hinted');
      this.#hinted = this.#cy.collection();
      if (related === null) return;
      const clusters = this.#clusters, keys = new Set([...related].map((key) => clusters?.get(key) ?? key));
      const nodes = this.#cy.nodes().filter((node) => keys.has(node.id())) as cytoscape.NodeCollection;
      this.#hinted = nodes.union(nodes.edgesWith(nodes)).addClass('hinted');
    });
  }

  /** All of it in the window, small ones not blown up. */
  fit(): void {
    if (this.#drawing.nodes.length === 0 || this.#cy.width() < 10 || this.#cy.height() < 10) return;
    this.#placed = true;
    this.#whole = true;
    this.#lookAt(lookAtAll(this.#drawing, { width: this.#cy.width(), height: this.#cy.height() }, FIT_PADDING_PX, ZOOM_FIT_MOST));
  }

  zoomBy(factor: number): void {
    this.#whole = false;
    this.#cy.zoom({ level: this.#cy.zoom() * factor, renderedPosition: { x: this.#cy.width() / 2, y: this.#cy.height() / 2 } });
  }

  panBy(x: number, y: number): void { this.#whole = false; this.#cy.panBy({ x, y }); }

  /** This point of the drawing comes to the middle of the window. */
  centre(x: number, y: number, zoom = this.#cy.zoom()): void { this.#whole = false; this.#placed = true; this.#lookAt({ x, y, zoom }); }

  /** Brings it into the window, when it is out of it or too small to read. */
  reveal(key: string): void {
    const node = this.#drawing.nodes.find((one) => one.key === key);
    if (node === undefined) return;
    const { x1, y1, x2, y2, zoom } = this.view, size = node.fontSize ?? FONT_PX, readable = zoom * size > FAR_ZOOM * FONT_PX;
    const halfWidth = node.width / 2, halfHeight = node.height / 2;
    if (readable && node.x - halfWidth > x1 && node.y - halfHeight > y1 && node.x + halfWidth + (node.side ?? 0) < x2 && node.y + halfHeight < y2) return;
    this.centre(node.x, node.y, readable ? zoom : (REVEAL_ZOOM * FONT_PX) / size);
  }

  /** Goes nearer to what a cluster stands for, until it is drawn as more than one. */
  nearer(key: string): void {
    const node = this.#cy.getElementById(key);
    if (node.empty()) return;
    const { x, y } = (node as NodeSingular).position();
    this.centre(x, y, Math.min(this.#cy.zoom() * 2.2, 1));
  }

  /** One beat of what is retried: shown for a moment, at most once a second (the caller's clock). */
  pulse(on: boolean): void { if (performance.now() - this.#movedAt > STILL_MS) this.#cy.nodes('.retrying').toggleClass('pulse', on); }

  async png(background: string): Promise<Blob> {
    return this.#cy.png({ output: 'blob-promise', full: true, scale: 2, bg: background, maxWidth: 8192, maxHeight: 8192 });
  }

  release(): void { clearTimeout(this.#timer); clearTimeout(this.#resting); this.#observer.disconnect(); this.#cy.destroy(); }
}
