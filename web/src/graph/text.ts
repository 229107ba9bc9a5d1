/* How words are set in a drawing: broken into lines that fit, measured in the page's own type, an ellipsis only where the last line
 * still is too long. The canvas and the SVG document set the same lines, so both look alike. */

const CACHE_MAX = 20_000;
let context: CanvasRenderingContext2D | null = null;
const widths = new Map<string, number>();

/** Pixels at `px`; measured once for each text at a size of 100. */
export function textWidth(text: string, px: number, family: string, weight = 500): number {
  const key = `${weight} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    context ??= document.createElement('canvas').getContext('2d');
    if (context === null) return text.length * px * 0.56;
    context.font = `${weight} 100px ${family}`;
    width = context.measureText(text).width;
    if (widths.size > CACHE_MAX) widths.clear();
    widths.set(key, width);
  }
  return (width * px) / 100;
}

/** Where a word may end: at spaces, behind the signs that paths and names are joined with (but not within 1:30), before a hump of camelCase. */
const pieces = (text: string) => text.split(/(?=\s)|(?<=[/_-])(?![/_-])|(?<=:)(?![\d:])|(?<=\p{Ll})(?=\p{Lu})/u);

function shortened(text: string, most: number, measure: (text: string) => number): string {
  if (measure(text) <= most) return text;
  let low = 0, high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${text.slice(0, middle).trimEnd()}…`) <= most) low = middle; else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…`;
}

/** At most so many lines, each at most `most` pixels wide. */
export function wrapped(text: string, most: number, lines: number, px: number, family: string): readonly string[] {
  const measure = (one: string) => textWidth(one, px, family);
  if (measure(text) <= most) return [text];
  const done: string[] = [];
  let line = '';
  let rest: readonly string[] = pieces(text);
  while (rest.length > 0 && done.length < lines - 1) {
    const [piece, ...others] = rest as [string, ...string[]];
    if (line !== '' && measure((line + piece).trim()) > most) { done.push(line.trim()); line = ''; continue; }
    line += piece;
    rest = others;
  }
  const last = (line + rest.join('')).trim();
  return last === '' ? done : [...done, shortened(last, most, measure)];
}
