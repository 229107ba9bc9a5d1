/* Why a decision was not taken, as a sentence with what to do next. */
import type { CombinedError } from '@urql/core';
import { problemOf } from '../data/problem';

export function refusalText(error: CombinedError): string {
  const said = (error.graphQLErrors[0]?.message ?? error.networkError?.message ?? '').trim();
  switch (problemOf(error)) {
    case 'sign-in': return 'You are not signed in any more. Open the page anew and sign in; what is written here is kept until then.';
    case 'forbidden': return 'Your role may not decide this. Ask an engineer or an administrator.';
    case 'unreachable': return 'The server does not answer; nothing was decided. Try again.';
    case 'busy': return `The server is busy; nothing was decided. Try again. ${said}`;
    default: return said === '' ? 'The server refused, without a reason.' : said;
  }
}
