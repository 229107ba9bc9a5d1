import { lazy, Suspense } from 'react';
import { Provider } from 'urql';
import { Redirect, Route, Switch } from 'wouter';
import { clientFor } from './data/client';
import { IterationsView } from './iterations/IterationsView';
import { PastBanner } from './parts/PastBanner';
import { Notice } from './parts/Notice';
import { TopBar } from './parts/TopBar';
import { loadShell, loadTimeBar } from './shell/load';
import { usePlace } from './state/location';

// The list comes at once; all else when it is asked for, and what stands around every view of an iteration as soon as nothing else is to be done.
const IterationShell = lazy(async () => ({ default: (await loadShell()).IterationShell }));
const TimeBar = lazy(async () => ({ default: (await loadTimeBar()).TimeBar }));
const DeadLettersView = lazy(async () => ({ default: (await import('./deadletters/DeadLettersView')).DeadLettersView }));
const CompareView = lazy(async () => ({ default: (await import('./compare/CompareView')).CompareView }));
const SystemView = lazy(async () => ({ default: (await import('./system/SystemView')).SystemView }));

const Loading = () => <p className="loading" role="status">Loading the view…</p>;

export function App() {
  const { tenant, unreadable } = usePlace();
  return (
    <Provider value={clientFor(tenant)} key={tenant}>
      <div className="head"><TopBar /><PastBanner /></div>
      <main id="main">
        {unreadable !== null ? <UnreadableMoment name={unreadable} /> : (
          <Suspense fallback={<Loading />}><Switch>
            <Route path="/"><IterationsView /></Route>
            <Route path="/iterations"><Redirect to="/" replace /></Route>
            <Route path="/iterations/:iterationId/:view?">{(parameters) => <IterationShell iterationId={parameters.iterationId} view={parameters.view} />}</Route>
            <Route path="/dead-letters"><DeadLettersView /></Route>
            <Route path="/compare"><CompareView /></Route>
            <Route path="/system"><SystemView /></Route>
            <Route><Notice tone="wait" title="There is nothing here"><p>The address names no view. <a href="/">All iterations</a></p></Notice></Route>
          </Switch></Suspense>
        )}
      </main>
      {unreadable === null && <Route path="/iterations/:iterationId/:view?">{(parameters) => <Suspense><TimeBar key={parameters.iterationId} iterationId={parameters.iterationId} /></Suspense>}</Route>}
    </Provider>
  );
}

function UnreadableMoment({ name }: { readonly name: string }) {
  return (
    <Notice tone="bad" title="The address names no moment">
      <p><code>{name}</code> must be a date and time, such as <code>2026-01-31T12:00:00Z</code>.</p>
      <p><a className="button" href={window.location.pathname}>Look at now</a></p>
    </Notice>
  );
}
