/* What a view says when it has nothing to show: what is the matter, and what to do next. */
import type { ReactNode } from 'react';
import type { CombinedError } from '@urql/core';
import { problemOf } from '../data/problem';
import { Shape } from './Status';
import { SignIn } from './SignIn';
import type { Tone } from './words';

interface NoticeProperties {
  readonly tone: Tone;
  readonly title: string;
  readonly children: ReactNode;
}

export function Notice({ tone, title, children }: NoticeProperties) {
  return (
    <section className="notice" aria-labelledby="notice-title">
      <Shape tone={tone} />
      <h1 id="notice-title">{title}</h1>
      {children}
    </section>
  );
}

interface ProblemProperties {
  readonly error: CombinedError;
  readonly retry: () => void;
}

export function ProblemNotice({ error, retry }: ProblemProperties) {
  const text = (error.graphQLErrors[0]?.message ?? error.networkError?.message ?? '').trim();
  const again = <p><button type="button" className="button" onClick={retry}>Try again</button></p>;
  switch (problemOf(error)) {
    case 'sign-in':
      return <SignIn />;
    case 'forbidden':
      return (
        <Notice tone="bad" title="You may not see this">
          <p>Your credential does not have the permission to read it. Ask an administrator for a token of the role viewer, or for the right tenant.</p>
          <p><a className="button" href="/">All iterations</a></p>
        </Notice>
      );
    case 'not-found':
      return (
        <Notice tone="wait" title="Nothing here">
          <p>The server says: {text}. Perhaps it has another name, or was not there yet at the moment you look at.</p>
          <p><a className="button" href="/">All iterations</a> <a className="button" href={window.location.pathname}>Look at now</a></p>
        </Notice>
      );
    case 'busy':
      return <Notice tone="wait" title="The server is busy"><p>{text}</p>{again}</Notice>;
    case 'unreachable':
      return <Notice tone="bad" title="The server does not answer"><p>Is it running, and is the network there? On its machine, <code>trimodal doctor</code> finds out.</p>{again}</Notice>;
    case 'refused':
      return <Notice tone="bad" title="That did not work"><p>The server says: {text}</p>{again}</Notice>;
  }
}
