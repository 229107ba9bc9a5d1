/* What a drawing is made of, whichever lens draws it: boxes at places the server gave, lines between them, frames around groups.
 * A lens turns its answer into these; GraphCanvas draws them and knows nothing of lenses. Everything here is plain data, so two
 * drawings can be compared, tabulated and exported without a canvas. */
import type { NodeStatus } from '../../generated/graphql';
import type { NodeKey } from '../state/selection';

/** What a status amounts to. Each has a colour and a glyph; never one without the other. */
export type GraphTone = 'good' | 'bad' | 'wait' | 'run' | 'idle';

export const statusTone: Record<NodeStatus, GraphTone> = {
  UNKNOWN: 'idle', PENDING: 'idle', READY: 'idle', RUNNING: 'run', COMPLETED: 'good', FAILED: 'bad', RETRYING: 'wait', SKIPPED: 'idle', BLOCKED: 'wait',
  PASSED: 'good', DECLARED: 'idle', CREATED: 'idle', VALIDATED: 'good', LOCKED: 'good', ACTIVE: 'bad', SUPPRESSED: 'idle', ANALYZED: 'idle',
};

export const statusWords: Record<NodeStatus, string> = {
  UNKNOWN: 'not known', PENDING: 'pending', READY: 'ready', RUNNING: 'running', COMPLETED: 'completed', FAILED: 'failed', RETRYING: 'retrying', SKIPPED: 'skipped',
  BLOCKED: 'blocked', PASSED: 'passed', DECLARED: 'declared', CREATED: 'created', VALIDATED: 'validated', LOCKED: 'locked', ACTIVE: 'active',
  SUPPRESSED: 'suppressed', ANALYZED: 'analysed',
};

/** What stands for the tone in a node, where it is not the tone's own glyph. */
export type NodeGlyph = 'tone' | 'lock';

export type NodeShape = 'box' | 'pill' | 'diamond' | 'hexagon' | 'octagon' | 'star' | 'circle' | 'leaf' | 'frame';

/** How something differs between the two moments that are compared. */
export type Difference = 'added' | 'removed' | 'changed';

/** Ways in which a node or a line may be marked beside its tone; a style of its own each (graph/style.ts). */
export type GraphMark = 'critical' | 'flaky' | 'quarantined' | 'locked' | 'retrying' | 'suppressed' | 'violation' | 'cycle' | 'inferred' | 'gap' | 'muted' | 'cluster' | 'calm' | Difference;

export interface CanvasNode {
  readonly key: NodeKey | `group:${string}`;
  readonly label: string;
  readonly shape: NodeShape;
  readonly tone: GraphTone;
  readonly x: number; // centre, pixels at zoom 1
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly bare?: boolean; // without the glyph of its tone, where that is idle and says nothing
  readonly fontSize?: number; // 14 where nothing is said; for what is seen from afar
  readonly glyph?: NodeGlyph; // its tone's where nothing is said
  readonly side?: number; // the label stands beside the shape, in so much room to its right; lines leave behind it
  readonly badge?: string; // a line of its own under the label: retries, a version, counts
  readonly marks?: readonly GraphMark[];
  readonly description: string; // one sentence: what it is and how it is, for who cannot see it
}

export interface CanvasEdge {
  readonly id: string;
  readonly source: CanvasNode['key'];
  readonly target: CanvasNode['key'];
  readonly tone?: GraphTone | 'plain';
  readonly weight?: number; // 1 where nothing is said; drawn as width, at most five-fold
  readonly arrow?: boolean; // at the target; true where nothing is said
  readonly bow?: boolean; // bends to one side, so that a circle of lines is seen as a loop
  readonly label?: string;
  readonly marks?: readonly GraphMark[];
}

/** A frame behind its members, with its title at the top. */
export interface CanvasGroup {
  readonly key: `group:${string}`;
  readonly label: string;
  readonly x: number; // top left corner
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly tone?: GraphTone;
  readonly fontSize?: number; // 14 where nothing is said
}

export interface Drawing {
  readonly nodes: readonly CanvasNode[];
  readonly edges: readonly CanvasEdge[];
  readonly groups?: readonly CanvasGroup[];
  readonly clusters?: ReadonlyMap<string, CanvasNode['key']>; // what is not drawn itself: the node that stands for it
}

export const emptyDrawing: Drawing = { nodes: [], edges: [] };
