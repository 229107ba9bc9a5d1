/* A drawing as Cytoscape's elements, and the difference between two of them: what is drawn already stays where it is and only
 * changes what changed, so that nothing jumps or flickers when a moment or an update brings a new drawing. */
import type { Core, ElementDefinition } from 'cytoscape';
import { bowOf, flowControl } from './flow';
import type { CanvasEdge, CanvasGroup, CanvasNode, Drawing } from './model';
import { FONT_PX, reach, settle } from './settle';

const WIDTH = 1.6, WEIGHT_MOST = 5;

/** Lines between large nodes are as much wider. */
export const sizeOf = (source: CanvasNode, target: CanvasNode) => Math.max(1, Math.min(source.fontSize ?? FONT_PX, target.fontSize ?? FONT_PX) / FONT_PX);

function ofGroup(group: CanvasGroup): ElementDefinition {
  const { key, label, x, y, width, height, tone, fontSize } = group;
  return { group: 'nodes', data: { id: key, text: label, shape: 'frame', tone: tone ?? 'idle', glyph: 'tone', glyphPx: 1, place: 'inside', shift: 0, width, height, fontSize: fontSize ?? 14 }, position: { x: x + width / 2, y: y + height / 2 }, classes: [], selectable: false, grabbable: false };
}

function ofNode(node: CanvasNode, family: string): ElementDefinition {
  const { key, shape, tone, width, height, marks, x, y, bare } = node;
  const { place, lines, fontPx, glyphPx, shift } = settle(node, family);
  return {
    group: 'nodes', data: { id: key, text: lines.join('\n'), shape, tone, glyph: node.glyph ?? 'tone', width, height, place, shift, fontSize: fontPx, glyphPx, ...(bare === true ? { bare } : {}) },
    position: { x, y }, classes: [tone, ...(marks ?? [])], grabbable: false,
  };
}

function ofEdge(edge: CanvasEdge, source: CanvasNode, target: CanvasNode, flows: boolean): ElementDefinition {
  const { id, tone, weight, arrow, label, marks, bow } = edge;
  const bend = bow === true ? { bow: bowOf(source, target) } : null;
  const flow = flows && bend === null ? flowControl(source, target) : null;
  const forward = flows && bend === null && target.x - target.width / 2 > source.x + reach(source);
  const width = WIDTH * sizeOf(source, target) * Math.min(WEIGHT_MOST, 1 + Math.log2(Math.max(1, weight ?? 1)));
  return {
    group: 'edges', data: { id, source: source.key, target: target.key, tone: tone ?? 'plain', width, fontSize: 12 * sizeOf(source, target), ...(label === undefined ? {} : { label }), ...(forward ? { from: `${reach(source)}px 0px` } : {}), ...(flow ?? {}), ...(bend ?? {}) },
    classes: [arrow === false ? 'open' : '', ...(marks ?? [])].filter((one) => one !== ''),
  };
}

/* What was made of a node is made once: then an unchanged node of a new drawing is the same element, and is not looked at again. */
let madeFor = '';
let madeNodes = new WeakMap<CanvasNode, ElementDefinition>();
let madeEdges = new WeakMap<CanvasEdge, { readonly source: CanvasNode; readonly target: CanvasNode; readonly flows: boolean; readonly element: ElementDefinition }>();

function elementOfNode(node: CanvasNode, family: string): ElementDefinition {
  const known = madeNodes.get(node);
  if (known !== undefined) return known;
  const element = ofNode(node, family);
  madeNodes.set(node, element);
  return element;
}

function elementOfEdge(edge: CanvasEdge, source: CanvasNode, target: CanvasNode, flows: boolean): ElementDefinition {
  const known = madeEdges.get(edge);
  if (known !== undefined && known.source === source && known.target === target && known.flows === flows) return known.element;
  const element = ofEdge(edge, source, target, flows);
  madeEdges.set(edge, { source, target, flows, element });
  return element;
}

/** Edges whose ends are not drawn are left out: a lens may show a part. */
export function elementsOf(drawing: Drawing, flows: boolean, family: string): Map<string, ElementDefinition> {
  if (family !== madeFor) { madeFor = family; madeNodes = new WeakMap(); madeEdges = new WeakMap(); }
  const nodes = new Map(drawing.nodes.map((node) => [node.key, node]));
  const elements = new Map<string, ElementDefinition>();
  for (const group of drawing.groups ?? []) elements.set(group.key, ofGroup(group));
  for (const node of drawing.nodes) elements.set(node.key, elementOfNode(node, family));
  for (const edge of drawing.edges) {
    const source = nodes.get(edge.source), target = nodes.get(edge.target);
    if (source !== undefined && target !== undefined) elements.set(edge.id, elementOfEdge(edge, source, target, flows));
  }
  return elements;
}

const moved = (a: ElementDefinition, b: ElementDefinition) => a.position?.x !== b.position?.x || a.position?.y !== b.position?.y;
const turned = (a: ElementDefinition, b: ElementDefinition) => a.data.source !== b.data.source || a.data.target !== b.data.target;
const text = (element: ElementDefinition) => JSON.stringify([element.data, element.classes]);
const marksOf = (element: ElementDefinition) => (element.classes ?? []) as readonly string[];

/** Makes the canvas show `next`; `shown` is what it shows. Classes that others set (dim, near, chosen) stay. */
export function apply(cy: Core, shown: ReadonlyMap<string, ElementDefinition>, next: ReadonlyMap<string, ElementDefinition>): void {
  cy.batch(() => {
    const added: ElementDefinition[] = [];
    for (const [id, was] of shown) {
      const now = next.get(id);
      if (now === undefined || turned(was, now)) cy.getElementById(id).remove();
    }
    for (const [id, now] of next) {
      const was = shown.get(id);
      if (was === undefined || turned(was, now)) { added.push(now); continue; }
      if (was === now) continue;
      const element = cy.getElementById(id);
      if (now.position !== undefined && moved(was, now)) element.position(now.position);
      if (text(was) === text(now)) continue;
      for (const name of Object.keys(was.data)) if (!(name in now.data)) element.removeData(name);
      element.data(now.data);
      for (const name of marksOf(was)) if (!marksOf(now).includes(name)) element.removeClass(name);
      for (const name of marksOf(now)) element.addClass(name);
    }
    if (added.length > 0) cy.add(added);
  });
}
