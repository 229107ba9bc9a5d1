/* How the plain data of model.ts looks on a Cytoscape canvas: one style sheet, made anew for each palette. Tone is colour and glyph;
 * marks are line styles, so that they say the same in print and to the colour-blind. */
import type { EdgeSingular, NodeSingular, StylesheetJson } from 'cytoscape';
import { glyphPicture } from './glyphs';
import type { GraphTone, NodeGlyph, NodeShape } from './model';
import { GAP_PX, GLYPH_PX, INSET_PX, LINE_HEIGHT, type TextPlace } from './settle';
import type { Palette } from './theme';

const shapes: Record<NodeShape, string> = {
  box: 'round-rectangle', pill: 'round-rectangle', diamond: 'diamond', hexagon: 'hexagon', octagon: 'octagon', star: 'star', circle: 'ellipse', leaf: 'cut-rectangle', frame: 'round-rectangle',
};
const shapeOf = (node: NodeSingular) => node.data('shape') as NodeShape;
const placeOf = (node: NodeSingular) => node.data('place') as TextPlace;
const toneOf = (node: NodeSingular) => node.data('tone') as GraphTone;

const FAR_GLYPH_PX = 38, FAR_FONT_PX = 30;

/** A colour between two; Cytoscape knows no color-mix. */
function mixed(ground: string, colour: string, share: number): string {
  const read = (text: string) => (text.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  const [a, b] = [read(ground), read(colour)];
  return a.length < 3 || b.length < 3 ? ground : `rgb(${a.map((one, i) => Math.round(one + ((b[i] ?? one) - one) * share)).join(', ')})`;
}

function tones(palette: Palette): Record<GraphTone | 'plain', string> {
  return { good: palette.good, bad: palette.bad, wait: palette.wait, run: palette.run, idle: palette.lineStrong, plain: palette.lineStrong };
}

function nodeStyle(palette: Palette): StylesheetJson {
  const colours = tones(palette);
  const glyphs = Object.fromEntries((['tone', 'lock'] as const).flatMap((glyph) => (['good', 'bad', 'wait', 'run', 'idle'] as const).map((tone) => [`${glyph} ${tone}`, glyphPicture(tone, palette, glyph)]))) as Record<string, string>;
  return [
    { selector: 'node', style: {
      'shape': ((node: NodeSingular) => shapes[shapeOf(node)]) as never, 'width': 'data(width)', 'height': 'data(height)', 'corner-radius': ((node: NodeSingular) => (shapeOf(node) === 'pill' ? '99' : '7')) as never,
      'background-color': palette.surface, 'border-width': 1.5, 'border-color': ((node: NodeSingular) => colours[toneOf(node)]) as never,
      'background-image': ((node: NodeSingular) => glyphs[`${node.data('glyph') as NodeGlyph} ${toneOf(node)}`]) as never, 'background-width': 'data(glyphPx)', 'background-height': 'data(glyphPx)',
      'background-position-x': ((node: NodeSingular) => (placeOf(node) === 'inside' ? `${(node.data('glyphPx') * INSET_PX) / GLYPH_PX}px` : '50%')) as never, 'background-position-y': '50%', 'background-clip': 'none',
      'label': 'data(text)', 'color': palette.text, 'font-family': palette.sans, 'font-size': 'data(fontSize)' as never, 'font-weight': 500, 'min-zoomed-font-size': 5,
      'text-wrap': 'wrap', 'text-max-width': '10000px', 'line-height': LINE_HEIGHT, 'text-justification': ((node: NodeSingular) => (placeOf(node) === 'below' ? 'center' : 'left')) as never,
      'text-valign': ((node: NodeSingular) => (placeOf(node) === 'below' ? 'bottom' : 'center')) as never, 'text-halign': ((node: NodeSingular) => (placeOf(node) === 'aside' ? 'right' : 'center')) as never,
      'text-margin-x': ((node: NodeSingular) => (placeOf(node) === 'aside' ? GAP_PX : node.data('shift'))) as never, 'text-margin-y': ((node: NodeSingular) => (placeOf(node) === 'below' ? 4 : 0)) as never,
    } },
    { selector: 'node[shape = "frame"]', style: {
      'background-color': palette.surface, 'background-opacity': 0.55, 'background-image': 'none', 'border-color': palette.line, 'border-width': 1.5, 'z-index': 0, 'z-index-compare': 'manual', 'events': 'no',
      'text-valign': 'top', 'text-halign': 'center', 'text-margin-y': ((node: NodeSingular) => node.data('fontSize') + 5) as never, 'font-weight': 600, 'color': palette.quiet, 
    } as never },
    { selector: 'node[?bare]', style: { 'background-image': 'none' } },
    { selector: 'node[place = "aside"]', style: { 'text-background-color': palette.ground, 'text-background-opacity': 0.85, 'text-background-padding': '2px' } },
    { selector: 'node.bad[fontSize <= 16]', style: { 'border-width': 2.5 } },
    { selector: 'node.cluster', style: { 'border-width': ((node: NodeSingular) => node.data('fontSize') / 6) as never, 'background-color': palette.raised } },
    { selector: 'node.critical', style: { 'outline-width': 2.5, 'outline-color': palette.text, 'outline-offset': 4 } as never },
    { selector: 'node.flaky', style: { 'border-style': 'dashed', 'border-width': 2.5, 'border-color': palette.flaky } },
    { selector: 'node.retrying', style: { 'border-style': 'dashed', 'border-width': 2.5 } },
    { selector: 'node.suppressed, node.quarantined', style: { 'border-style': 'dotted', 'color': palette.quiet } },
    { selector: 'node.cycle', style: { 'border-color': palette.cycle, 'border-width': 4 } },
    { selector: 'node.gap', style: { 'border-style': 'dashed', 'background-color': palette.ground, 'background-image': 'none', 'color': palette.quiet } },
    { selector: 'node.muted', style: { 'opacity': 0.35 } },
    { selector: 'node.added', style: { 'border-style': 'double', 'border-width': 6, 'border-color': palette.added } },
    { selector: 'node.removed', style: { 'border-style': 'dotted', 'border-width': 4, 'border-color': palette.removed, 'background-color': palette.ground } },
    { selector: 'node.changed', style: { 'border-style': 'double', 'border-width': 6, 'border-color': palette.changed } },
    { selector: 'node.pulse', style: { 'underlay-color': palette.wait, 'underlay-opacity': 0.3, 'underlay-padding': 9 } as never },
    { selector: 'node.far', style: { 'text-opacity': 0, 'background-width': FAR_GLYPH_PX, 'background-height': FAR_GLYPH_PX, 'background-position-x': '50%', 'border-width': 4, 'min-zoomed-font-size': 0 } as never },
    ...(['good', 'bad', 'wait', 'run'] as const).map((tone) => ({ selector: `node.far.${tone}`, style: { 'background-color': mixed(palette.surface, colours[tone], tone === 'bad' ? 0.6 : tone === 'wait' ? 0.45 : 0.22) } })),
    { selector: 'node.far.callout', style: { 'text-opacity': 1, 'font-size': FAR_FONT_PX, 'font-weight': 700, 'text-valign': 'bottom', 'text-halign': 'center', 'text-justification': 'center', 'text-margin-x': 0, 'text-margin-y': 5, 'text-background-color': palette.surface, 'text-background-opacity': 0.92, 'text-background-padding': '5px', 'z-index': 30 } as never },
    { selector: 'node.dim', style: { 'opacity': 0.22 } },
    { selector: 'node.near', style: { 'border-width': 3 } },
    { selector: 'node.hinted', style: { 'underlay-color': palette.accent, 'underlay-opacity': 0.22, 'underlay-padding': 5 } as never },
    { selector: 'node.chosen', style: { 'underlay-color': palette.accent, 'underlay-opacity': 0.35, 'underlay-padding': 7, 'z-index': 20 } as never },
  ];
}

function edgeStyle(palette: Palette): StylesheetJson {
  const colours = tones(palette);
  const colour = (edge: EdgeSingular) => colours[(edge.data('tone') as GraphTone | 'plain' | undefined) ?? 'plain'];
  return [
    { selector: 'edge', style: {
      'curve-style': 'straight', 'width': 'data(width)', 'line-color': colour as never, 'target-arrow-color': colour as never, 'target-arrow-shape': 'triangle', 'arrow-scale': 0.8, 'opacity': 0.75,
      'color': palette.text, 'font-family': palette.sans, 'font-size': 'data(fontSize)' as never, 'min-zoomed-font-size': 7, 'text-background-color': palette.surface, 'text-background-opacity': 0.9, 'text-background-padding': '2px', 'text-rotation': 'autorotate',
    } },
    { selector: 'edge[label]', style: { 'label': 'data(label)' } },
    { selector: 'edge[control]', style: { 'curve-style': 'unbundled-bezier', 'edge-distances': 'endpoints' as never, 'source-endpoint': 'data(from)' as never, 'target-endpoint': '-50% 0', 'control-point-distances': ((edge: EdgeSingular) => edge.data('control')) as never, 'control-point-weights': ((edge: EdgeSingular) => edge.data('weights')) as never } },
    { selector: 'edge[from][!control]', style: { 'source-endpoint': 'data(from)' as never, 'target-endpoint': '-50% 0' } },
    { selector: 'edge[bow]', style: { 'curve-style': 'unbundled-bezier', 'control-point-distances': ((edge: EdgeSingular) => edge.data('bow')) as never, 'control-point-weights': 0.5 as never } },
    { selector: 'edge.open', style: { 'target-arrow-shape': 'none' } },
    { selector: 'edge.inferred', style: { 'line-style': 'dashed' } },
    { selector: 'edge.critical', style: { 'width': ((edge: EdgeSingular) => Math.max(3.5, edge.data('width'))) as never, 'line-color': palette.text, 'target-arrow-color': palette.text, 'opacity': 1, 'z-index': 10 } },
    { selector: 'edge.violation', style: { 'line-style': 'dashed', 'width': 2.5, 'line-color': palette.bad, 'target-arrow-color': palette.bad, 'opacity': 1, 'z-index': 11 } },
    { selector: 'edge.cycle', style: { 'width': 4, 'line-color': palette.cycle, 'target-arrow-color': palette.cycle, 'opacity': 1, 'z-index': 12 } },
    { selector: 'edge.violation[label], edge.cycle[label]', style: { 'font-size': 15, 'font-weight': 600 } },
    { selector: 'edge.suppressed', style: { 'line-style': 'dotted' } },
    { selector: 'edge.calm', style: { 'opacity': 0.5, 'arrow-scale': 0.7 } },
    { selector: 'edge.muted', style: { 'opacity': 0.25 } },
    { selector: 'edge.added', style: { 'line-color': palette.added, 'target-arrow-color': palette.added, 'width': 3 } },
    { selector: 'edge.removed', style: { 'line-style': 'dotted', 'line-color': palette.removed, 'target-arrow-color': palette.removed, 'width': 3 } },
    { selector: 'edge.hinted', style: { 'width': 3, 'opacity': 1, 'line-color': palette.accent, 'target-arrow-color': palette.accent, 'z-index': 14 } },
    { selector: 'edge.dim', style: { 'opacity': 0.08 } },
    { selector: 'edge.near', style: { 'width': 3, 'opacity': 1, 'line-color': palette.accent, 'target-arrow-color': palette.accent, 'z-index': 15 } },
  ];
}

export const styleFor = (palette: Palette): StylesheetJson => [...nodeStyle(palette), ...edgeStyle(palette)];
