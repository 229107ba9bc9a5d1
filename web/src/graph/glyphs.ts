/* The glyph of each tone as a picture for the canvas: what Shape (parts/Status.tsx) is on the page. Colour alone never says anything. */
import type { GraphTone, NodeGlyph } from './model';
import type { Palette } from './theme';

const marks: Record<GraphTone, (colour: string, mark: string) => string> = {
  good: (colour, mark) => `<circle cx="12" cy="12" r="11" fill="${colour}"/><path d="M6.8 12.6l3.5 3.5 7-7.6" fill="none" stroke="${mark}" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>`,
  bad: (colour, mark) => `<path d="M7.5 1h9L23 7.5v9L16.5 23h-9L1 16.5v-9z" fill="${colour}"/><path d="M8 8l8 8M16 8l-8 8" fill="none" stroke="${mark}" stroke-width="2.6" stroke-linecap="round"/>`,
  wait: (colour) => `<circle cx="12" cy="12" r="9.5" fill="none" stroke="${colour}" stroke-width="2.6" stroke-dasharray="4.2 3.26"/><path d="M12 7v5.4l3.4 2" fill="none" stroke="${colour}" stroke-width="2.4" stroke-linecap="round"/>`,
  run: (colour, mark) => `<circle cx="12" cy="12" r="11" fill="${colour}"/><path d="M9.5 7.2v9.6l7.6-4.8z" fill="${mark}"/>`,
  idle: (colour) => `<circle cx="12" cy="12" r="9" fill="none" stroke="${colour}" stroke-width="2.4"/>`,
};

const lock = (colour: string, mark: string) => `<path d="M7.5 10V7.5a4.5 4.5 0 0 1 9 0V10" fill="none" stroke="${colour}" stroke-width="2.6"/><rect x="4" y="10" width="16" height="12.5" rx="2.5" fill="${colour}"/><path d="M12 14.2v4" stroke="${mark}" stroke-width="2.6" stroke-linecap="round"/>`;

export function glyphMarkup(tone: GraphTone, palette: Palette, glyph: NodeGlyph = 'tone'): string {
  const colour = { good: palette.good, bad: palette.bad, wait: palette.wait, run: palette.run, idle: palette.quiet }[tone];
  return glyph === 'lock' ? lock(colour, palette.onStatus) : marks[tone](colour, palette.onStatus);
}

export function glyphPicture(tone: GraphTone, palette: Palette, glyph: NodeGlyph = 'tone'): string {
  return `data:image/svg+xml;utf8,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 24 24">${glyphMarkup(tone, palette, glyph)}</svg>`)}`;
}
