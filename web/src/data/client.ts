/* The home of what the server said: one GraphQL client for each tenant, and in it two caches.
 *
 * A node's global id is the same at all times, so the answers of two moments must not meet in one normalised cache. What names no
 * moment is of now: it is normalised, so that what a subscription brings reaches every view that shows it. What names a moment is kept
 * answer by answer (data/past.ts). An operation names its moment by its variables `asOf` (V) and `observedAt` (K), or by some whose names end so; every document that can
 * be asked at a moment has them, and data/moment.ts fills them in. The client stays the same while time is scrubbed: nothing mounts anew. */
import { cacheExchange, type KeyingConfig } from '@urql/exchange-graphcache';
import { Client, composeExchanges, type Exchange, type ExchangeIO, fetchExchange, type Operation, type OperationResult, subscriptionExchange } from '@urql/core';
import { createClient as createSocket } from 'graphql-ws';
import { empty, filter, merge, mergeMap, pipe, share, type Source } from 'wonka';
import { useConnection } from '../state/connection';
import { pastExchange } from './past';

const embedded = () => null; // part of the object it stands in
const keys: KeyingConfig = {
  TriModalVerdict: (verdict) => String(verdict['iterationId']), // so that an update by subscription reaches the query's answer
  DeploymentGate: embedded, GateOverride: embedded, StreamVerdict: embedded, VerdictCondition: embedded, VerdictIssue: embedded,
  VerdictUpdate: embedded, Meta: embedded, StreamStates: embedded, Viewer: embedded, IterationConnection: embedded, Timeline: embedded, TimelineBucket: embedded, TimelineMark: embedded,
  VerdictHistory: embedded, VerdictChange: embedded,
  DeadLetterConnection: embedded, DeadLetterCounts: embedded, SchemaDifference: embedded, EventResult: embedded, PageInfo: embedded,
  ReplayDeadLettersPayload: embedded, DiscardDeadLettersPayload: embedded, EditDeadLetterPayload: embedded,
  SystemStats: embedded, GraphMemory: embedded, IntakeStats: embedded, StreamStats: embedded, ServiceLevelObjective: embedded,
  GraphNodeConnection: embedded, ViolationConnection: embedded, LogConnection: embedded, LogEntry: embedded,
  SavedLayout: embedded, SavedLayoutConnection: embedded, SaveLayoutPayload: embedded,
};

function socketTo(tenant: string | null) {
  const { set } = useConnection.getState();
  return createSocket({
    url: new URL('/graphql', window.location.href.replace(/^http/, 'ws')).href,
    connectionParams: tenant === null ? {} : { tenant },
    lazyCloseTimeout: 3000,
    keepAlive: 10_000,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: (tries) => new Promise((resolve) => { setTimeout(resolve, Math.min(500 * 2 ** tries, 10_000) * (0.75 + Math.random() / 2)); }),
    on: {
      connecting: () => set(useConnection.getState().state === 'lost' ? 'lost' : 'connecting'),
      connected: () => set('live'),
      closed: (event) => set(event instanceof CloseEvent && event.code === 1000 ? 'idle' : 'lost'),
    },
  });
}

export function namesMoment({ variables }: Operation): boolean {
  return Object.entries((variables ?? {}) as Readonly<Record<string, unknown>>).some(([name, value]) => value != null && /(asOf|observedAt)$/i.test(name));
}

/** A question of thousands of nodes may say that its answer is kept whole (context.whole): taking it apart would cost more than asking anew, and nothing
 * that a subscription brings is part of it. */
const isWhole = (operation: Operation) => operation.context['whole'] === true;

const nothingBehind: ExchangeIO = (operations) => pipe(operations, mergeMap((): Source<OperationResult> => empty));

/** What names a moment goes one way, all else the other. */
function byMoment(past: readonly Exchange[], now: readonly Exchange[]): Exchange {
  return (input) => (operations) => {
    const shared = share(operations), end = { ...input, forward: nothingBehind };
    return merge([
      pipe(shared, filter((one) => namesMoment(one) || isWhole(one)), composeExchanges([...past])(end)),
      pipe(shared, filter((one) => !namesMoment(one) && !isWhole(one)), composeExchanges([...now])(end)),
    ]);
  };
}

function clientOf(tenant: string | null): Client {
  const socket = socketTo(tenant);
  const subscriptions = subscriptionExchange({
    forwardSubscription: (request) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query: request.query ?? '', variables: request.variables ?? null, operationName: request.operationName ?? null }, sink) }),
    }),
  });
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    fetchOptions: { credentials: 'same-origin', headers: tenant === null ? {} : { 'X-Tenant': tenant } },
    exchanges: [byMoment([pastExchange, fetchExchange], [cacheExchange({ keys }), subscriptions, fetchExchange])],
  });
}

const CLIENTS_MAX = 4;
const clients = new Map<string | null, Client>(); // the one used last stands last

export function clientFor(tenant: string | null): Client {
  const client = clients.get(tenant) ?? clientOf(tenant);
  clients.delete(tenant);
  clients.set(tenant, client);
  const oldest = clients.keys().next();
  if (clients.size > CLIENTS_MAX && !oldest.done) clients.delete(oldest.value);
  return client;
}
