// The page that a browser gets at /graphql: GraphiQL over this server's own endpoint, and nothing from anywhere else.
// The address names what is shown, so that it can be passed on: ?query=…&variables=…&operationName=…
const address = new URL(window.location.href);
const endpoint = address.pathname;

// What is written under "Headers" goes along with subscriptions, too: as the payload of connection_init.
const fetcher = GraphiQL.createFetcher({
  url: endpoint,
  subscriptionUrl: address.origin.replace(/^http/, 'ws') + endpoint,
});

const kept = (name) => address.searchParams.get(name) ?? undefined;
const keep = (name) => (value) => {
  if (value) address.searchParams.set(name, value);
  else address.searchParams.delete(name);
  window.history.replaceState(null, '', address);
};

const welcome = `# Ask here: Ctrl-Enter runs it, Ctrl-Space completes it, the book at the left explains every field.
# Where the server wants to know who asks, put {"Authorization": "Bearer TOKEN"} under "Headers".

{
  __typename
}
`;

ReactDOM.createRoot(document.getElementById('graphiql')).render(React.createElement(GraphiQL, {
  fetcher,
  defaultQuery: welcome,
  query: kept('query'),
  variables: kept('variables'),
  operationName: kept('operationName'),
  onEditQuery: keep('query'),
  onEditVariables: keep('variables'),
  onEditOperationName: keep('operationName'),
  shouldPersistHeaders: false, // a token in local storage outlives the page
}));
