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
