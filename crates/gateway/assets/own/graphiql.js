// GraphiQL on this server's own API, with a first query to press "play" on.
const query = `# Towns, what one of them offers, and when there is time for it.
query FirstLook($from: NaiveDate!, $to: NaiveDate!) {
  towns(first: 10) { nodes { slug name } }
  town(town: "steinfurt") {
    name
    services(first: 50) { nodes { slug name duration } }
  }
  freeSlots(town: "steinfurt", basket: [{ service: "reisepass" }], from: $from, to: $to) {
    days { date location starts }
    nextFreeDate
  }
}
`;
const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const variables = JSON.stringify({ from: day(0), to: day(6) }, null, 2);

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
    defaultQuery: query,
    defaultTabs: [{ query, variables }],
  }),
);
