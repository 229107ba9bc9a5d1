/* How dead letters are said to people. */
import type { DeadLetterCategory, EventOutcome, LetterCountsFragment, SchemaDifferenceState } from '../../generated/graphql';
import type { Tone } from '../parts/words';

interface CategoryWords {
  readonly name: string;
  readonly tone: Tone;
  readonly remedy: string;
  readonly count: (counts: LetterCountsFragment) => number;
}

/** What a replay of the letter as it is can change has the waiting tone; what somebody must change first the bad one. */
export const categories: Record<DeadLetterCategory, CategoryWords> = {
  SCHEMA_VALIDATION: { name: 'Schema', tone: 'bad', remedy: 'It is not what the schema wants. Edit it, or correct the sender and discard it.', count: (counts) => counts.schemaValidation },
  CORRELATION_FAILED: { name: 'Contradiction', tone: 'bad', remedy: 'It contradicts itself or what is known. Edit it, or correct the sender and discard it.', count: (counts) => counts.correlationFailed },
  DATABASE_ERROR: { name: 'Store refused', tone: 'wait', remedy: 'Nothing is wrong with the event. Replay it once the store takes events again.', count: (counts) => counts.databaseError },
  TRANSIENT_NETWORK: { name: 'Network', tone: 'wait', remedy: 'Nothing is wrong with the event. Replay it once the peer is back.', count: (counts) => counts.transientNetwork },
  CRITICAL: { name: 'Critical', tone: 'bad', remedy: 'This should not happen. Keep the letter, look at the server’s log, and replay it after a repair.', count: (counts) => counts.critical },
};

export const outcomes: Record<EventOutcome, { readonly would: string; readonly did: string; readonly tone: Tone }> = {
  ACCEPTED: { would: 'would be accepted', did: 'accepted', tone: 'good' },
  DUPLICATE: { would: 'is there already, would leave the queue', did: 'was there already, left the queue', tone: 'good' },
  CONFLICT: { would: 'would stay: another event has its key', did: 'stays: another event has its key', tone: 'bad' },
  REJECTED: { would: 'would be refused again', did: 'refused again', tone: 'bad' },
};

export const differences: Record<SchemaDifferenceState, { readonly word: string; readonly sign: string; readonly bad: boolean }> = {
  MISSING: { word: 'Missing', sign: '−', bad: true },
  WRONG_TYPE: { word: 'Wrong type', sign: '≠', bad: true },
  WRONG_VALUE: { word: 'Wrong value', sign: '≠', bad: true },
  UNKNOWN: { word: 'Unknown field', sign: '+', bad: true },
  PRESENT: { word: 'As wanted', sign: ' ', bad: false },
  ABSENT: { word: 'Not there, need not be', sign: ' ', bad: false },
};

export { refusalText } from '../data/problem';
