/* The ACC lens as a drawing. Modules stand in the frame of their component, or the component stands for them where it is folded.
 *
 * Hundreds of dependencies are as they should be, and are drawn thin and faint. What matters is drawn over them, each by itself even
 * where two are about the same dependency: violations as red dashed lines, suppressed ones dotted, and the dependencies inside a
 * cycle as bold purple bows, which bend the same way, so that a cycle is seen as a loop. */
import type { CanvasEdge, CanvasGroup, CanvasNode, Difference as Became, Drawing, GraphMark, GraphTone } from '../graph/model';
import { statusWords } from '../graph/model';
import { type Difference, linkKey, signs } from '../time/difference';
import { arrange, depthOf, FOLDED_HEIGHT_PX, FOLDED_WIDTH_PX, type Place } from './arrange';
import { type Filter, modulesLeft, violationMatches } from './filter';
import { type Architecture, componentKey, type Module, moduleKey, pairKey, severityTone, type Structure, type Violation } from './model';

const WIDTH_PX = 178, HEIGHT_PX = 48, FONT_PX = 14, COMPONENT_FONT_PX = 19, TITLE_FONT_PX = 20;
const LABELLED_LEAST_PX = 300; // a shorter line's label would lie under its ends

export interface Shown {
  readonly structure: Structure;
  readonly folded: ReadonlySet<string>;
  readonly filter: Filter;
  readonly difference: Difference | null;
  readonly ghosts: Architecture | null; // as it was at the mark of the difference: where what is gone stood
}

interface Work extends Shown {
  readonly places: ReadonlyMap<string, Place>;
  readonly left: ReadonlySet<string> | null;
  readonly depth: number;
}

/** What a module is drawn as: itself, or its component. */
function standsFor({ structure, folded }: Shown, moduleId: string): CanvasNode['key'] {
  const component = structure.modules.get(moduleId)?.component?.nodeId;
  return component !== undefined && folded.has(component) ? componentKey(component) : moduleKey(moduleId);
}

function toneOf(violations: readonly Violation[]): GraphTone {
  const gravest = violations.find((one) => one.active); // the gravest stand first
  return gravest === undefined ? 'idle' : severityTone[gravest.severity];
}

function about(structure: Structure, module: Module, violations: readonly Violation[]): string {
  const active = violations.filter((one) => one.active).length, suppressed = violations.length - active;
  const parts = [`Module ${module.name}`, statusWords[module.status], `${module.coupling.afferent} depend on it, it depends on ${module.coupling.efferent}`];
  if (active > 0) parts.push(`${active} active violation${active === 1 ? '' : 's'}: ${violations.filter((one) => one.active).map((one) => one.ruleId ?? one.name).join(', ')}`);
  if (suppressed > 0) parts.push(`${suppressed} suppressed`);
  if (structure.cycles.some((one) => one.members.includes(module.nodeId))) parts.push('member of a cycle');
  return `${parts.join('; ')}.`;
}

function drawModule(work: Work, module: Module, became: Became | undefined): CanvasNode {
  const { structure, places, left, depth } = work;
  const place = module.component == null ? undefined : places.get(module.component.nodeId);
  const violations = structure.violationsOf.get(module.nodeId) ?? [], tone = toneOf(violations);
  const active = violations.filter((one) => one.active && violationMatches(structure, work.filter, one)).length;
  const marks: GraphMark[] = [];
  if (left !== null && !left.has(module.nodeId)) marks.push('muted');
  if (structure.cycles.some((one) => one.members.includes(module.nodeId))) marks.push('cycle');
  if (became !== undefined) marks.push(became);
  const name = structure.shortNames.get(module.nodeId) ?? module.name.split('/').at(-1) ?? module.name;
  return {
    key: moduleKey(module.nodeId), label: became === undefined ? name : `${signs[became]} ${name}`, shape: 'box', tone, bare: tone === 'idle',
    width: WIDTH_PX, height: HEIGHT_PX, fontSize: FONT_PX, x: (module.x ?? 0) + (place?.dx ?? 0), y: place === undefined ? depth + HEIGHT_PX : (module.y ?? 0) + place.dy,
    marks, description: about(structure, module, violations), ...(active > 1 ? { badge: `×${active}` } : {}),
  };
}

function drawFolded(work: Work, componentId: string, place: Place): CanvasNode {
  const { structure, left, difference } = work;
  const members = structure.membersOf.get(componentId) ?? [], component = structure.components.get(componentId);
  const violations = members.flatMap((one) => structure.violationsOf.get(one.nodeId) ?? []).filter((one) => violationMatches(structure, work.filter, one));
  const active = violations.filter((one) => one.active), cyclic = structure.cycles.filter((one) => one.members.some((member) => members.some(({ nodeId }) => nodeId === member)));
  const changed = members.filter((one) => difference?.nodes.has(moduleKey(one.nodeId)) === true).length;
  const tone = active.reduce<GraphTone>((worst, one) => (one.severity === 'BLOCKING' ? 'bad' : worst === 'bad' ? worst : severityTone[one.severity]), 'idle');
  const marks: GraphMark[] = [];
  if (left !== null && !members.some((one) => left.has(one.nodeId))) marks.push('muted');
  if (cyclic.length > 0) marks.push('cycle');
  if (changed > 0) marks.push('changed');
  return {
    key: componentKey(componentId), label: structure.componentNames.get(componentId) ?? componentId, badge: `(${members.length})${changed > 0 ? ` ${signs.changed}${changed}` : ''}`, shape: 'box', tone, bare: tone === 'idle', marks,
    x: place.x + FOLDED_WIDTH_PX / 2, y: place.y + FOLDED_HEIGHT_PX / 2, width: FOLDED_WIDTH_PX, height: FOLDED_HEIGHT_PX, fontSize: COMPONENT_FONT_PX,
    description: `Component ${component?.name ?? componentId}, folded: ${members.length} modules, ${active.length} active violations${cyclic.length > 0 ? ', with a cycle' : ''}. Enter unfolds it.`,
  };
}

/** Lines between what is drawn, by their ends; several dependencies between two folded components are one line as strong as all. */
function calmEdges(work: Work): CanvasEdge[] {
  const { structure, left, difference } = work;
  const lines = new Map<string, { source: CanvasNode['key']; target: CanvasNode['key']; weight: number; muted: boolean; became: Became | undefined }>();
  for (const { source, target, weight, inCycle } of structure.graph.dependencies) {
    const from = standsFor(work, source.nodeId), to = standsFor(work, target.nodeId);
    if (from === to || (inCycle && structure.cycles.some((one) => one.members.includes(source.nodeId) && one.members.includes(target.nodeId)))) continue;
    const became = difference?.links.get(linkKey('DEPENDS_ON', 'CODE_MODULE', source.nodeId, 'CODE_MODULE', target.nodeId));
    const muted = left !== null && !(left.has(source.nodeId) && left.has(target.nodeId));
    const id = pairKey(from, to), line = lines.get(id);
    if (line === undefined) lines.set(id, { source: from, target: to, weight, muted, became });
    else lines.set(id, { ...line, weight: line.weight + weight, muted: line.muted && muted, became: line.became ?? became });
  }
  return [...lines].map(([id, { source, target, weight, muted, became }]) => {
    const folded = source.startsWith('ARCH') && target.startsWith('ARCH');
    return { id: `depends ${id}`, source, target, weight: folded ? weight : 1, marks: became !== undefined ? [became] : [muted ? 'muted' : 'calm'], ...(folded && weight > 1 ? { label: String(weight) } : {}) };
  });
}

function loopEdges(work: Work): CanvasEdge[] {
  const { structure } = work;
  const edges = new Map<string, CanvasEdge>();
  for (const { cycleId, dependencies } of structure.cycles) {
    for (const { source, target, weight } of dependencies) {
      const from = standsFor(work, source.nodeId), to = standsFor(work, target.nodeId);
      const id = `cycle ${cycleId} ${pairKey(from, to)}`, weakest = structure.weakest.has(pairKey(source.nodeId, target.nodeId));
      if (from === to || (edges.has(id) && !weakest)) continue;
      edges.set(id, { id, source: from, target: to, bow: true, marks: ['cycle'], ...(weakest ? { label: `✂ break here, weight ${weight}` } : {}) });
    }
  }
  return [...edges.values()];
}

function violationEdges(work: Work): CanvasEdge[] {
  const { structure, filter } = work;
  const edges = new Map<string, CanvasEdge>();
  for (const [, violations] of structure.violationsBetween) {
    const one = violations.find((each) => violationMatches(structure, filter, each)); // the gravest
    if (one?.sourceModule == null || one.targetModule == null || !structure.modules.has(one.sourceModule) || !structure.modules.has(one.targetModule)) continue;
    const from = standsFor(work, one.sourceModule), to = standsFor(work, one.targetModule), id = `breaks ${pairKey(from, to)}`;
    if (from === to || (edges.has(id) && !one.active)) continue;
    edges.set(id, { id, source: from, target: to, marks: one.active ? ['violation'] : ['suppressed'], tone: one.active ? 'bad' : 'idle', ...(one.active ? { label: one.ruleId ?? one.name } : {}) });
  }
  return [...edges.values()];
}

function ghosts(work: Work): CanvasNode[] {
  const gone = new Set(work.difference?.removedNodes.map((one) => one.nodeId));
  return (work.ghosts?.modules ?? []).filter((one) => gone.has(one.nodeId) && !work.structure.modules.has(one.nodeId) && !work.folded.has(one.component?.nodeId ?? '')).map((one) => drawModule(work, one, 'removed'));
}

/** A line along a row or column of boxes would run through those between its ends, so it bends; one too short for its label has none. */
function settle(edge: CanvasEdge, source: CanvasNode | undefined, target: CanvasNode | undefined): CanvasEdge {
  if (source === undefined || target === undefined) return edge;
  const dx = Math.abs(target.x - source.x), dy = Math.abs(target.y - source.y);
  const { label, ...unlabelled } = edge, long = Math.hypot(dx, dy) >= LABELLED_LEAST_PX;
  const worded = label === undefined || long ? edge : label.startsWith('✂') ? { ...edge, label: '✂' } : unlabelled;
  const throughOthers = (dy < HEIGHT_PX && dx > (source.width + target.width) * 0.85) || (dx < HEIGHT_PX && dy > (source.height + target.height) * 1.35);
  return { ...worded, ...(throughOthers ? { bow: true } : {}) };
}

export function drawArchitecture(shown: Shown): Drawing {
  const { structure, folded, filter, difference } = shown;
  const places = arrange(structure.graph.groups, folded);
  const work: Work = { ...shown, places, left: modulesLeft(structure, filter), depth: depthOf(places) };
  const nodes: CanvasNode[] = [];
  const groups: CanvasGroup[] = [];
  for (const [nodeId, place] of places) {
    const members = structure.membersOf.get(nodeId);
    if (members === undefined) continue; // not there at this moment: its place stays free
    if (folded.has(nodeId)) nodes.push(drawFolded(work, nodeId, place));
    else groups.push({ key: `group:${nodeId}`, label: `${structure.componentNames.get(nodeId) ?? nodeId} (${members.length})`, x: place.x, y: place.y, width: place.width, height: place.height, fontSize: TITLE_FONT_PX });
  }
  for (const module of structure.graph.modules) if (!folded.has(module.component?.nodeId ?? '')) nodes.push(drawModule(work, module, difference?.nodes.get(moduleKey(module.nodeId))));
  const all = [...nodes, ...ghosts(work)], at = new Map(all.map((node) => [node.key, node]));
  const edges = [...calmEdges(work), ...loopEdges(work), ...violationEdges(work)].map((edge) => settle(edge, at.get(edge.source), at.get(edge.target)));
  const clusters = new Map(structure.graph.modules.flatMap((one) => (folded.has(one.component?.nodeId ?? '') ? [[moduleKey(one.nodeId), standsFor(shown, one.nodeId)] as const] : [])));
  return { nodes: all, groups, edges, clusters };
}
