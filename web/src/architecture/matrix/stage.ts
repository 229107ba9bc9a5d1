/* One matrix on one canvas, without React: scrolls and zooms it, finds what is pointed at, and paints when something changed, at most
 * once a frame. Nothing is painted while nothing changes. */
import type { Palette } from '../../graph/theme';
import type { MatrixModel } from './lines';
import { emptyMatrix } from './lines';
import { BAND_PX, type Marked, nothingMarked, paintMatrix, type View } from './paint';

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

const SIZE_LEAST_PX = 0.4, SIZE_MOST_PX = 40, SIZE_FIT_MOST_PX = 26, DRAG_LEAST_PX = 4, EDGE_PX = 12;
const PICTURE_MOST_PX = 8192;

export class MatrixStage {
  readonly #canvas: HTMLCanvasElement;
  readonly #input: HTMLElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #events: MatrixEvents;
  readonly #observer: ResizeObserver;
  readonly #listening = new AbortController();
  #model: MatrixModel = emptyMatrix;
  #view: View = { width: 0, height: 0, left: 230, top: 138, x: 0, y: 0, size: 12 };
  #marked: Marked = nothingMarked;
  #palette: Palette;
  #frame = 0;
  #fitWanted = true;
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
      event.preventDefault();
      if (event.shiftKey) this.panBy(-event.deltaY - event.deltaX, 0);
      else this.zoomBy(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), this.#place(event));
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
    return { row, column, band: x < BAND_PX && row >= 0, x, y };
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#input;
    if (width === 0 || height === 0) return;
    const ratio = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#view = { ...this.#view, width, height, left: width < 600 ? 120 : 230, top: height < 420 ? 90 : 138 };
    if (this.#fitWanted) this.fit(); else this.#look({});
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
    });
  }

  show(model: MatrixModel): void {
    const other = model.lines.length !== this.#model.lines.length;
    this.#model = model;
    if (other && this.#fitWanted) this.fit(); else this.#look({});
  }

  paint(palette: Palette): void { this.#palette = palette; this.#soon(); }
  mark(change: Partial<Marked>): void { this.#marked = { ...this.#marked, ...change }; this.#soon(); }

  fit(): void {
    const { width, height, left, top } = this.#view, count = Math.max(1, this.#model.lines.length);
    const size = Math.max(SIZE_LEAST_PX, Math.min(SIZE_FIT_MOST_PX, (width - left - EDGE_PX) / count, (height - top - EDGE_PX) / count));
    this.#fitWanted = true;
    this.#look({ size, x: 0, y: 0 });
  }

  zoomBy(factor: number, at?: { readonly x: number; readonly y: number }): void {
    this.#fitWanted = false;
    const view = this.#view, size = Math.max(SIZE_LEAST_PX, Math.min(SIZE_MOST_PX, view.size * factor));
    const px = Math.max(0, (at?.x ?? (view.width + view.left) / 2) - view.left), py = Math.max(0, (at?.y ?? (view.height + view.top) / 2) - view.top);
    this.#look({ size, x: (view.x + px) * (size / view.size) - px, y: (view.y + py) * (size / view.size) - py });
  }

  panBy(dx: number, dy: number): void {
    this.#fitWanted = false;
    this.#look({ x: this.#view.x - dx, y: this.#view.y - dy });
  }

  /** Brings a cell into the window. */
  reveal(row: number, column: number): void {
    const { size, x, y, width, height, left, top } = this.#view;
    const into = (at: number, scrolled: number, room: number) => (at * size < scrolled ? at * size : (at + 1) * size > scrolled + room ? (at + 1) * size - room : scrolled);
    const next = { x: column < 0 ? x : into(column, x, width - left - EDGE_PX), y: row < 0 ? y : into(row, y, height - top - EDGE_PX) };
    if (next.x !== x || next.y !== y) { this.#fitWanted = false; this.#look(next); }
  }

  /** Where a cell is in the window. */
  placeOf(row: number, column: number): { readonly x: number; readonly y: number } {
    const { size, x, y, left, top } = this.#view;
    return { x: left + (column + 1) * size - x, y: top + (row + 1) * size - y };
  }

  /** All of it, whatever part is seen. */
  async png(): Promise<Blob> {
    const count = this.#model.lines.length, left = 320, top = 260;
    const size = Math.min(20, (PICTURE_MOST_PX / 2 - left - EDGE_PX) / Math.max(1, count)), side = (room: number) => Math.ceil(room + count * size + EDGE_PX);
    const canvas = Object.assign(document.createElement('canvas'), { width: side(left) * 2, height: side(top) * 2 });
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('no canvas');
    context.scale(2, 2);
    paintMatrix(context, this.#model, { width: side(left), height: side(top), left, top, x: 0, y: 0, size }, nothingMarked, this.#palette);
    return new Promise((resolve, reject) => { canvas.toBlob((blob) => { if (blob === null) reject(new Error('the picture is too large')); else resolve(blob); }, 'image/png'); });
  }

  release(): void { cancelAnimationFrame(this.#frame); this.#listening.abort(); this.#observer.disconnect(); }
}
