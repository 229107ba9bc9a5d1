// peer.mjs: the same schema and the same nodes, served by mercurius (fastify, graphql-jit) from memory. Usage: node peer.mjs SCHEMA ANSWER
// ANSWER is what our server said to the largest query; its nodes are the data.
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import mercurius from 'mercurius';

const [schema, answer] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'));
const all = JSON.parse(answer).data.nodes.nodes;

const app = Fastify();
app.register(mercurius, { schema, jit: 1, allowBatchedQueries: false,
  resolvers: {
    Query: { nodes: (_, { first }) => ({ nodes: all.slice(0, first) }) },
    // The interface's implementations are told apart by the name of their kind, as in any server.
    GraphNode: { resolveType: (node) => node.__typename },
  } });
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(`listening on http://127.0.0.1:${app.server.address().port}`);
