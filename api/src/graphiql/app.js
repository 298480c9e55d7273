// The page's head: reads the fields, asks the server, shows what it answers.

import { ask, follow } from "/graphiql/client.js";
import { Schema } from "/graphiql/schema.js";
import { showDocs } from "/graphiql/docs.js";
import { offerHints } from "/graphiql/hints.js";

const get = (id) => document.getElementById(id);
const [query, variables, result, state] = ["query", "variables", "result", "state"].map(get);
const [run, stop, operation] = ["run", "stop", "operation"].map(get);

const EXAMPLE = `# Ctrl+Enter runs it. The documentation is on the right.
query Queue($first: Int = 10) {
  queue(first: $first) {
    totalCount
    edges { node { id subject priority customerEmail } }
  }
}
`;

/// Most results of a subscription that are shown, the newest first.
const SHOWN_MAX = 100;

let ending = null;
let schema = null;

// The token is kept in the page only; what was asked survives a reload of the tab.
query.value = sessionStorage.getItem("casebook.query") ?? EXAMPLE;
variables.value = sessionStorage.getItem("casebook.variables") ?? "";

function credentials() {
  const headers = {};
  if (get("token").value) headers.authorization = `Bearer ${get("token").value}`;
  if (get("agent").value) headers["x-casebook-agent"] = get("agent").value;
  return headers;
}

/// The operations of the document: kind and name of each. Strings and comments are left out.
function operations(text) {
  const bare = text.replace(/"""[^]*?"""|"(?:\\.|[^"\\\n])*"|#.*/g, "");
  const found = [];
  let [depth, within, begun] = [0, 0, false];
  for (const part of bare.matchAll(/[{}()]|\b(query|mutation|subscription|fragment)\b\s*(\w*)/g)) {
    if (part[0] === "(") within += 1;
    else if (part[0] === ")") within -= 1;
    else if (within > 0) continue;
    else if (part[0] === "{") {
      if (depth === 0 && !begun) found.push({ kind: "query", name: "" });
      depth += 1;
    } else if (part[0] === "}") {
      depth -= 1;
      if (depth === 0) begun = false;
    } else if (depth === 0) {
      begun = true;
      if (part[1] !== "fragment") found.push({ kind: part[1], name: part[2] });
    }
  }
  return found;
}

function listOperations() {
  const named = operations(query.value).filter((one) => one.name);
  const chosen = operation.value;
  operation.replaceChildren(...named.map(({ name }) => new Option(name, name)));
  if (named.some(({ name }) => name === chosen)) operation.value = chosen;
  operation.hidden = named.length < 2;
}

function show(value, note) {
  result.textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  state.textContent = note;
}

async function start() {
  ending?.();
  let given;
  try {
    given = variables.value.trim() ? JSON.parse(variables.value) : {};
  } catch (error) {
    return show(`The variables are no JSON: ${error.message}`, "");
  }
  const all = operations(query.value);
  const name = operation.hidden ? all[0]?.name : operation.value;
  const kind = all.find((one) => (one.name || "") === (name || ""))?.kind;
  const request = { query: query.value, variables: given, operationName: name || null };
  if (kind === "subscription") return listen(request);
  state.textContent = "…";
  const began = performance.now();
  try {
    const { status, body } = await ask(request, credentials());
    show(body, `${status} · ${Math.round(performance.now() - began)} ms`);
    if (!schema) await load();
  } catch (error) {
    show(String(error), "not answered");
  }
}

function listen(request) {
  const seen = [];
  stop.hidden = false;
  show("", "listening");
  ending = follow(request, credentials(), {
    next(payload) {
      seen.unshift(payload);
      seen.length = Math.min(seen.length, SHOWN_MAX);
      show(seen.map((one) => JSON.stringify(one, null, 2)).join("\n\n"), `${seen.length} results`);
    },
    end(note) {
      state.textContent = note;
      stop.hidden = true;
      ending = null;
    },
  });
}

/// Asks for the schema; without it there is no documentation, and everything else works.
async function load() {
  try {
    schema = await Schema.load((request) => ask(request, credentials()));
    showDocs(schema, get("search"), get("page"));
  } catch (error) {
    get("page").textContent = `No documentation: ${error.message}. Enter a token and run something.`;
  }
}

for (const field of [query, variables]) {
  field.addEventListener("input", () => {
    sessionStorage.setItem(`casebook.${field.id}`, field.value);
    listOperations();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      start();
    }
  });
}
run.addEventListener("click", start);
stop.addEventListener("click", () => ending?.());
offerHints(query, get("hints"), () => schema);
listOperations();
load();
