// Talks to /graphql: requests by HTTP, subscriptions by graphql-transport-ws.

/// Asks for a query or a mutation.
export async function ask(request, headers) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      ...headers,
      accept: "application/graphql-response+json, application/json",
      "content-type": "application/json",
    },
    body: JSON.stringify(request),
    credentials: "omit",
  });
  return { status: response.status, body: await response.json() };
}

/// Follows a subscription; gives the function that ends it.
export function follow(request, payload, { next, end }) {
  const address = new URL("/graphql", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address, "graphql-transport-ws");
  const say = (message) => socket.send(JSON.stringify(message));
  let note = "ended";
  socket.onopen = () => say({ type: "connection_init", payload });
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    switch (message.type) {
      case "connection_ack":
        return say({ type: "subscribe", id: "1", payload: request });
      case "ping":
        return say({ type: "pong" });
      case "next":
        return next(message.payload);
      case "error":
        next({ errors: message.payload });
        note = "refused";
        return socket.close(1000);
      case "complete":
        return socket.close(1000);
    }
  };
  socket.onclose = ({ code, reason }) => end(code === 1000 ? note : `closed: ${code} ${reason}`);
  return () => socket.close(1000);
}
