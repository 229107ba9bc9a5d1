/* The home of what the server said: one GraphQL client, and with it one cache, for each tenant and each moment that is looked at.
 *
 * A node's global id is the same at all times, so the answers of two moments must not meet in one normalised cache. A moment that
 * has passed does not change, so its client asks once for everything; the client of now is told by subscriptions. */
import { cacheExchange, type KeyingConfig } from '@urql/exchange-graphcache';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient as createSocket } from 'graphql-ws';
import { useConnection } from '../state/connection';
import type { Moment } from '../state/location';

const embedded = () => null; // part of the object it stands in
const keys: KeyingConfig = {
  TriModalVerdict: (verdict) => String(verdict['iterationId']), // so that an update by subscription reaches the query's answer
  DeploymentGate: embedded, GateOverride: embedded, StreamVerdict: embedded, VerdictCondition: embedded, VerdictIssue: embedded,
  VerdictUpdate: embedded, Meta: embedded, StreamStates: embedded, Viewer: embedded, IterationConnection: embedded,
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

function clientOf(tenant: string | null, now: boolean): Client {
  const socket = now ? socketTo(tenant) : null;
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    fetchOptions: { credentials: 'same-origin', headers: tenant === null ? {} : { 'X-Tenant': tenant } },
    exchanges: [
      cacheExchange({ keys }),
      ...(socket === null ? [] : [subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query: request.query ?? '', variables: request.variables ?? null, operationName: request.operationName ?? null }, sink) }),
        }),
      })]),
      fetchExchange,
    ],
  });
}

const CLIENTS_MAX = 8;
const clients = new Map<string, Client>(); // the one used last stands last

export function clientAt(tenant: string | null, moment: Moment | null): Client {
  const key = JSON.stringify([tenant, moment]);
  const client = clients.get(key) ?? clientOf(tenant, moment === null);
  clients.delete(key);
  clients.set(key, client);
  const oldest = clients.keys().next();
  if (clients.size > CLIENTS_MAX && !oldest.done) clients.delete(oldest.value);
  return client;
}
