// Opens GraphiQL on this server. Headers are not kept: they hold the token.

const EXAMPLE = `# The queue. Where a token is needed, enter it under "Headers":
# { "authorization": "Bearer ...", "x-casebook-agent": "maria" }
query Queue($first: Int = 10) {
  queue(first: $first) {
    totalCount
    edges { node { id subject priority customerEmail } }
  }
}
`;

const url = new URL("/graphql", location.href);
const subscriptionUrl = new URL(url);
subscriptionUrl.protocol = url.protocol.replace("http", "ws");

// What stands under "Headers" goes along with requests, and opens the WebSocket.
const fetcher = GraphiQL.createFetcher({
  url: url.href,
  subscriptionUrl: subscriptionUrl.href,
  fetch: (address, options) => fetch(address, { ...options, credentials: "omit" }),
});

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: EXAMPLE,
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: false,
    showPersistHeadersSettings: false,
  }),
);
