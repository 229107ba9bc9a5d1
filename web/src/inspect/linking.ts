/* Which kinds of nodes a link may join: what a person can be offered. The server decides each time all the same. */
import type { LinkKind, NodeKind } from '../../generated/graphql';
import { kindNames, linkWords } from '../parts/kinds';

const joins: readonly (readonly [LinkKind, NodeKind, NodeKind])[] = [
  ['FULFILLED_BY', 'REQUIREMENT', 'TASK'], ['VALIDATED_BY', 'REQUIREMENT', 'SCENARIO'], ['VALIDATED_BY', 'REQUIREMENT', 'BEHAVIORAL_SPEC'], ['DEPENDS_ON', 'TASK', 'TASK'], ['DEPENDS_ON', 'CODE_MODULE', 'CODE_MODULE'],
  ['GENERATES', 'TASK', 'ARTIFACT'], ['IMPLEMENTS', 'TASK', 'INTERFACE_CONTRACT'], ['CONTAINS', 'ARTIFACT', 'CODE_MODULE'], ['BELONGS_TO', 'CODE_MODULE', 'ARCHITECTURE_COMPONENT'],
  ['BELONGS_TO', 'SCENARIO', 'BEHAVIORAL_SPEC'], ['VALIDATES', 'SCENARIO', 'INTERFACE_CONTRACT'], ['AFFECTS', 'VIOLATION', 'CODE_MODULE'], ['GATED_BY', 'TASK', 'QUALITY_GATE'],
];

/** One way to link a node: "fulfilled by a task". */
export interface LinkWay {
  readonly id: string;
  readonly kind: LinkKind;
  readonly leads: boolean; // from the node to the partner
  readonly partner: NodeKind;
  readonly words: string;
}

const lower = (kind: NodeKind) => kindNames[kind].toLowerCase();
const article = (word: string) => (/^[aeiou]/.test(word) ? 'an' : 'a');

function wayOf(kind: LinkKind, leads: boolean, partner: NodeKind): LinkWay {
  return { id: `${kind} ${leads ? 'to' : 'from'} ${partner}`, kind, leads, partner, words: `${linkWords[kind][leads ? 0 : 1]} ${article(lower(partner))} ${lower(partner)}` };
}

export function waysOf(kind: NodeKind): readonly LinkWay[] {
  return joins.flatMap(([link, source, target]) => [...(source === kind ? [wayOf(link, true, target)] : []), ...(target === kind ? [wayOf(link, false, source)] : [])]);
}

export interface LinkEnd {
  readonly kind: NodeKind;
  readonly nodeId: string;
  readonly name: string;
}

/** How a link that is there already is known to whoever offers new ones. */
export const linkedKey = (kind: LinkKind, leads: boolean, nodeId: string) => `${kind} ${leads ? 'to' : 'from'} ${nodeId}`;
