/* What went wrong with a question, in the terms of what a person can do about it. */
import type { CombinedError } from '@urql/core';

export type Problem = 'sign-in' | 'forbidden' | 'not-found' | 'busy' | 'unreachable' | 'refused';

export function problemOf(error: CombinedError): Problem {
  const status = (error.response as Response | undefined)?.status;
  const codes = error.graphQLErrors.map((one) => one.extensions['code']);
  if (status === 401 || codes.includes('UNAUTHENTICATED')) return 'sign-in';
  if (status === 403 || codes.includes('FORBIDDEN')) return 'forbidden';
  if (codes.includes('NOT_FOUND')) return 'not-found';
  if (status === 429 || status === 503) return 'busy';
  return error.networkError !== undefined && status === undefined ? 'unreachable' : 'refused';
}

/** One sentence about a change that was refused. */
export function refusalText(error: CombinedError): string {
  const text = (error.graphQLErrors[0]?.message ?? error.networkError?.message ?? '').trim();
  switch (problemOf(error)) {
    case 'forbidden': return `Your role may not do this. The server says: ${text}`;
    case 'sign-in': return 'You are not signed in any more. Reload the page to sign in.';
    case 'unreachable': return 'The server does not answer, so nothing is known to have changed. Try again.';
    default: return `The server says: ${text}`;
  }
}
