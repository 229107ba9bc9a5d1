/* What is wrong with the process, in order of weight, each with what to do about it. */
import type { ObjectiveKind } from '../../generated/graphql';
import type { Tone } from '../parts/words';
import { countText } from '../parts/words';
import type { Stats } from './useSamples';

export interface Advice {
  readonly tone: Tone;
  readonly title: string;
  readonly text: string;
  readonly href?: readonly [string, string];
}

export const objectiveWords: Record<ObjectiveKind, { readonly name: string; readonly what: string; readonly remedy: string }> = {
  EVENTS_VISIBLE: { name: 'Events visible', what: 'from a body of events to its answer: durable and visible', remedy: 'The disk decides: look at its latency, and whether something else writes to it. Larger batches cost less each.' },
  UPDATES_PUSHED: { name: 'Updates pushed', what: 'from visible to handed to a watcher', remedy: 'Many watchers, or events faster than views can be compared: see the live figures of /metrics.' },
  GRAPHQL: { name: 'GraphQL', what: 'queries and mutations, from the request to its answer', remedy: 'Ask for less at once, or page; heavy questions are in the log with their time.' },
  TIME_TRAVEL: { name: 'Time travel', what: 'REST reads that name a moment', remedy: 'Large iterations take longer at a moment; narrow the question, or ask by GraphQL for the fields that are needed.' },
  AVAILABILITY: { name: 'Availability', what: 'answers that are not the server’s fault', remedy: 'Look for errors in the log; `trimodal doctor` finds the layer.' },
};

/** Fewer cases than one bad one among them may be: then one decides nothing. */
export const canTell = ({ total, share }: Stats['objectives'][number]): boolean => total * (1 - share) > 0.999;

function stateAdvice(stats: Stats): readonly Advice[] {
  const found: Advice[] = [];
  if (stats.draining) found.push({ tone: 'wait', title: 'It is draining', text: 'It finishes what it has, takes nothing new, and ends within 30 s. Senders may try again at its successor: nothing acknowledged is lost. If nobody meant to stop it, start it again.' });
  if (stats.refusal !== null) found.push({ tone: 'bad', title: 'Events are refused', text: `${stats.refusal}. Make room on the disk of the data directory, or see to its permissions; then events are taken again by themselves. Nothing acknowledged is lost.` });
  const others = stats.reasons.filter((reason) => !reason.startsWith('The process is draining') && !reason.startsWith('Events are refused'));
  for (const reason of others) found.push({ tone: 'bad', title: 'It is not ready', text: `${reason} On its machine, trimodal doctor finds the cause and names the remedy.` });
  if (stats.readOnly) found.push({ tone: 'wait', title: 'It only reads', text: 'Another process writes this data directory. Send events to that one; this one shows what was there when it began.' });
  return found;
}

export function adviceOf(stats: Stats): readonly Advice[] {
  const found = [...stateAdvice(stats)];
  for (const one of stats.objectives) {
    if (one.burnRate !== null && one.burnRate > 1 && canTell(one)) found.push({ tone: 'bad', title: `${objectiveWords[one.kind].name}: the objective is missed`, text: objectiveWords[one.kind].remedy });
  }
  const { waiting } = stats.deadLetters;
  if (stats.deadLetters.critical > 0) found.push({ tone: 'bad', title: `${countText(stats.deadLetters.critical)} critical dead letters`, text: 'This should not happen. Look at the log, and at what they hold.', href: ['/dead-letters?category=CRITICAL', 'Open them'] });
  if (stats.intake.batchesFailed > 0 && stats.refusal === null) found.push({ tone: 'wait', title: `${countText(stats.intake.batchesFailed)} commits failed`, text: 'Since the process began; whoever sent them was told to try again. It writes again now; the log says what it was.' });
  if (stats.watchersLate > 0) found.push({ tone: 'wait', title: `${countText(stats.watchersLate)} of ${countText(stats.watchers)} watchers read too slowly`, text: 'They get the newest state instead of every update, and hold nobody up. Their network or their machine is slow.' });
  if (waiting > 0) found.push({ tone: 'wait', title: waiting === 1 ? '1 dead letter waits' : `${countText(waiting)} dead letters wait`, text: 'Each says why it was refused and what the schema wants.', href: ['/dead-letters', 'Open dead letters'] });
  return found;
}
