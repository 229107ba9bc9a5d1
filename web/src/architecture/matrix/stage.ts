/* One matrix on one canvas, without React: scrolls and zooms it, finds what is pointed at, and paints when something changed, at most
 * once a frame. Nothing is painted while nothing changes.
 *
 * It opens at a size at which names can be read: all of it where that fits, else the part where something is wrong; the rest is a scroll
 * away. Smaller only when one asks to see all. */
import type { Palette } from '../../graph/theme';
import { numberRoom, textOf } from './heads';
import { type Cell, emptyMatrix, type MatrixModel } from './lines';
import { paintMatrix } from './paint';
import { type Marked, nothingMarked, STRIP_PX, type View } from './scene';

export interface Spot {
  readonly row: number; // -1: a name of a column
  readonly column: number; // -1: a name of a row
  readonly band: boolean; // the strip with the components' names
  readonly x: number;
  readonly y: number;
}

export interface MatrixEvents {
  readonly pointed: (spot: Spot | null) => void;
  readonly pressed: (spot: Spot) => void;
}

const SIZE_LEAST_PX = 0.4, SIZE_MOST_PX = 40, SIZE_FIT_MOST_PX = 34, DRAG_LEAST_PX = 4, EDGE_PX = 12;
const READ_PX = 16, READ_LEAST_PX = 14; // of a cell, so that the name beside it can be read
const NUMBERED_TOP_PX = 44, NAMED_TOP_PX = 118, NAMED_LEAST_PX = 18, SLANTED_PX = 110; // the last: what the last column's name leans over to the right
const NAME_ROOM = { least: 90, most: 270 }, BAND_ROOM = { least: 60, most: 150 }, NARROW = { width: 600, left: 130 };
const PICTURE_MOST_PX = 8192;

/** What the window follows: the size to read at, all of it, or what one scrolled and zoomed to. */
type Follows = 'reading' | 'all' | 'own';

export class MatrixStage {
  readonly #canvas: HTMLCanvasElement;
  readonly #input: HTMLElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #events: MatrixEvents;
  readonly #observer: ResizeObserver;
  readonly #listening = new AbortController();
  #model: MatrixModel = emptyMatrix;
  #view: View = { width: 0, height: 0, left: 230, band: STRIP_PX, top: NUMBERED_TOP_PX, named: false, x: 0, y: 0, size: READ_PX };
  #rooms = { names: NAME_ROOM.least, band: BAND_ROOM.least };
  #marked: Marked = nothingMarked;
  #palette: Palette;
  #frame = 0;
  #follows: Follows = 'reading';
  #drag: { x: number; y: number; moved: boolean } | null = null;

  constructor(canvas: HTMLCanvasElement, input: HTMLElement, palette: Palette, events: MatrixEvents) {
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('no canvas');
    this.#canvas = canvas;
    this.#input = input;
    this.#context = context;
    this.#palette = palette;
    this.#events = events;
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(input);
    this.#listen();
    this.#resize();
  }

  #listen(): void {
    const { signal } = this.#listening, input = this.#input;
    input.addEventListener('pointerdown', (event) => { if (event.button === 0) { this.#drag = { x: event.clientX, y: event.clientY, moved: false }; input.setPointerCapture(event.pointerId); } }, { signal });
    input.addEventListener('pointermove', (event) => this.#move(event), { signal });
    input.addEventListener('pointerup', (event) => {
      const dragged = this.#drag?.moved === true;
      this.#drag = null;
      const spot = this.#spotAt(event);
      if (!dragged && spot !== null) this.#events.pressed(spot);
    }, { signal });
    input.addEventListener('pointercancel', () => { this.#drag = null; }, { signal });
    input.addEventListener('pointerleave', () => this.#events.pointed(null), { signal });
    input.addEventListener('wheel', (event) => {
      const px = event.deltaMode === 1 ? 33 : 1, before = this.#view;
      if (event.ctrlKey || event.metaKey) this.zoomBy(Math.exp(-event.deltaY * px * 0.0015), this.#place(event)); // what two fingers drawn apart send as well
      else if (event.shiftKey) this.panBy(-(event.deltaY + event.deltaX) * px, 0);
      else this.panBy(-event.deltaX * px, -event.deltaY * px);
      if (event.ctrlKey || event.metaKey || before.x !== this.#view.x || before.y !== this.#view.y) event.preventDefault(); // at its end the page scrolls
    }, { signal, passive: false });
  }

  #move(event: PointerEvent): void {
    const drag = this.#drag;
    if (drag === null) { this.#events.pointed(this.#spotAt(event)); return; }
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < DRAG_LEAST_PX) return;
    this.#drag = { x: event.clientX, y: event.clientY, moved: true };
    this.panBy(dx, dy);
  }

  #place(event: MouseEvent): { x: number; y: number } {
    const box = this.#input.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #spotAt(event: MouseEvent): Spot | null {
    const { x, y } = this.#place(event), view = this.#view, count = this.#model.lines.length;
    const row = y < view.top ? -1 : Math.floor((y - view.top + view.y) / view.size), column = x < view.left ? -1 : Math.floor((x - view.left + view.x) / view.size);
    if (row >= count || column >= count || (row < 0 && column < 0)) return null;
    return { row, column, band: x < view.band && row >= 0, x, y };
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#input;
    if (width === 0 || height === 0) return;
    const ratio = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#view = { ...this.#view, width, height };
    this.#layOut();
    this.#follow();
  }

  /** How much room what stands beside and above takes: from the names and from what is left of the window. */
  #layOut(): void {
    const { width, height } = this.#view, narrow = width < NARROW.width;
    const band = narrow ? STRIP_PX : this.#rooms.band, left = narrow ? NARROW.left : band + this.#rooms.names;
    const count = Math.max(1, this.#model.lines.length);
    const named = Math.min((width - left - SLANTED_PX) / count, (height - NAMED_TOP_PX - EDGE_PX) / count) >= NAMED_LEAST_PX;
    this.#view = { ...this.#view, band, left, named, top: named ? NAMED_TOP_PX : NUMBERED_TOP_PX };
  }

  #measure(): void {
    const context = this.#context, { lines, bands } = this.#model;
    const widest = (font: string, texts: readonly string[]) => { context.font = `${font} ${this.#palette.sans}`; return texts.reduce((most, text) => Math.max(most, context.measureText(text).width), 0); };
    const room = ({ least, most }: { least: number; most: number }, wanted: number) => Math.min(most, Math.max(least, Math.ceil(wanted / 10) * 10)); // in tens: a name more or less moves nothing
    this.#rooms = {
      names: room(NAME_ROOM, widest('600 12px', lines.map(textOf)) + numberRoom(lines.length) + 18),
      band: bands.every((one) => one.folded) ? STRIP_PX : room(BAND_ROOM, widest('600 12px', bands.map((one) => one.name)) + STRIP_PX + 10),
    };
  }

  #follow(): void {
    if (this.#follows === 'reading') this.read(); else if (this.#follows === 'all') this.fit(); else this.#look({});
  }

  #sizeOfAll(): number {
    const { width, height, left, top, named } = this.#view, count = Math.max(1, this.#model.lines.length);
    return Math.min(SIZE_FIT_MOST_PX, (width - left - (named ? SLANTED_PX : EDGE_PX)) / count, (height - top - EDGE_PX) / count);
  }

  /** Looks elsewhere, never beyond the ends. */
  #look(change: Partial<View>): void {
    const next = { ...this.#view, ...change }, extent = this.#model.lines.length * next.size + EDGE_PX;
    const most = (room: number) => Math.max(0, extent - room);
    this.#view = { ...next, x: Math.min(most(next.width - next.left), Math.max(0, next.x)), y: Math.min(most(next.height - next.top), Math.max(0, next.y)) };
    this.#soon();
  }

  #soon(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const ratio = window.devicePixelRatio || 1;
      this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
      paintMatrix(this.#context, this.#model, this.#view, this.#marked, this.#palette);
      const { left, top, x, y, size, band } = this.#view;
      this.#canvas.dataset.window = [left - x, top - y, size, band].map((one) => one.toFixed(2)).join(' '); // where cells are, for those who measure
    });
  }

  show(model: MatrixModel): void {
    const other = model.lines.length !== this.#model.lines.length;
    this.#model = model;
    this.#measure();
    this.#layOut();
    if (other) this.#follow(); else this.#look({});
  }

  paint(palette: Palette): void { this.#palette = palette; this.#soon(); }
  mark(change: Partial<Marked>): void { this.#marked = { ...this.#marked, ...change }; this.#soon(); }

  /** All of it, however small. */
  fit(): void {
    this.#follows = 'all';
    this.#look({ size: Math.max(SIZE_LEAST_PX, this.#sizeOfAll()), x: 0, y: 0 });
  }

  /** At a size that can be read: all of it, else what is pinned, else what is wrong. */
  read(): void {
    this.#follows = 'reading';
    const all = this.#sizeOfAll(), size = all >= READ_LEAST_PX ? all : READ_PX, { width, height, left, top } = this.#view;
    const [row, column] = this.#startOf((width - left) / size, (height - top) / size);
    this.#look({ size, x: (column + 0.5) * size - (width - left) / 2, y: (row + 0.5) * size - (height - top) / 2 });
  }

  /** What to begin with: the middle of all that is wrong where a window of so many cells holds it, else the first that closes a cycle. */
  #startOf(columns: number, rows: number): readonly [number, number] {
    const { trouble } = this.#model, [first] = trouble;
    if (this.#marked.pinned !== null) return this.#marked.pinned;
    if (first === undefined) return [0, 0];
    const span = (of: (cell: Cell) => number): readonly [number, number] => trouble.reduce<readonly [number, number]>(([least, most], one) => [Math.min(least, of(one)), Math.max(most, of(one))], [Infinity, 0]);
    const down = span((one) => one.row), across = span((one) => one.column);
    if (down[1] - down[0] < rows - 1 && across[1] - across[0] < columns - 1) return [(down[0] + down[1]) / 2, (across[0] + across[1]) / 2];
    const { row, column } = trouble.find((one) => one.closes === 'modules') ?? first;
    return [row, column];
  }

  zoomBy(factor: number, at?: { readonly x: number; readonly y: number }): void {
    this.#follows = 'own';
    const view = this.#view, size = Math.max(SIZE_LEAST_PX, Math.min(SIZE_MOST_PX, view.size * factor));
    const px = Math.max(0, (at?.x ?? (view.width + view.left) / 2) - view.left), py = Math.max(0, (at?.y ?? (view.height + view.top) / 2) - view.top);
    this.#look({ size, x: (view.x + px) * (size / view.size) - px, y: (view.y + py) * (size / view.size) - py });
  }

  panBy(dx: number, dy: number): void {
    this.#follows = 'own';
    this.#look({ x: this.#view.x - dx, y: this.#view.y - dy });
  }

  /** Brings a cell into the window. */
  reveal(row: number, column: number): void {
    const { size, x, y, width, height, left, top } = this.#view;
    const into = (at: number, scrolled: number, room: number) => (at * size < scrolled ? at * size : (at + 1) * size > scrolled + room ? (at + 1) * size - room : scrolled);
    const next = { x: column < 0 ? x : into(column, x, width - left - EDGE_PX), y: row < 0 ? y : into(row, y, height - top - EDGE_PX) };
    if (next.x !== x || next.y !== y) { this.#follows = 'own'; this.#look(next); }
  }

  /** Where a cell is in the window. */
  placeOf(row: number, column: number): { readonly x: number; readonly y: number } {
    const { size, x, y, left, top } = this.#view;
    return { x: left + (column + 1) * size - x, y: top + (row + 1) * size - y };
  }

  /** All of it, whatever part is seen. */
  async png(): Promise<Blob> {
    const count = this.#model.lines.length, left = 420, band = 150, top = 220; // names slant over the last column
    const size = Math.min(20, (PICTURE_MOST_PX / 2 - left - top) / Math.max(1, count)), side = (room: number, behind: number) => Math.ceil(room + count * size + behind);
    const canvas = Object.assign(document.createElement('canvas'), { width: side(left, top) * 2, height: side(top, EDGE_PX) * 2 });
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('no canvas');
    context.scale(2, 2);
    paintMatrix(context, this.#model, { width: side(left, top), height: side(top, EDGE_PX), left, band, top, named: true, x: 0, y: 0, size }, nothingMarked, this.#palette);
    return new Promise((resolve, reject) => { canvas.toBlob((blob) => { if (blob === null) reject(new Error('the picture is too large')); else resolve(blob); }, 'image/png'); });
  }

  release(): void { cancelAnimationFrame(this.#frame); this.#listening.abort(); this.#observer.disconnect(); }
}
