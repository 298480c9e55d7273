// The documentation: types and their fields, each leading to the next.

import { bare, written } from "/graphiql/schema.js";

const FOUND_MAX = 50;

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

/// Shows the documentation of a schema.
export function showDocs(schema, search, page) {
  const trail = [];

  const link = (type) => {
    const made = element("button", written(type));
    made.className = "type";
    made.addEventListener("click", () => open(bare(type).name));
    return made;
  };

  const signature = (field) => {
    const line = element("dt", field.name);
    const args = field.args ?? [];
    args.forEach((arg, number) => {
      const preset = arg.defaultValue ? ` = ${arg.defaultValue}` : "";
      line.append(number ? ", " : "(", `${arg.name}: `, link(arg.type), preset);
    });
    if (args.length) line.append(")");
    line.append(": ", link(field.type));
    if (field.isDeprecated) line.append(" (deprecated)");
    return line;
  };

  const list = (type) => {
    const made = element("dl");
    for (const field of type.fields ?? type.inputFields ?? []) {
      made.append(signature(field), element("dd", field.description));
      for (const arg of (field.args ?? []).filter(({ description }) => description)) {
        made.append(element("dd", `${arg.name}: ${arg.description}`));
      }
    }
    for (const value of type.enumValues ?? []) {
      made.append(element("dt", value.name), element("dd", value.description));
    }
    for (const one of type.possibleTypes ?? []) {
      made.append(element("dt", "", link({ kind: "OBJECT", name: one.name })));
    }
    return made;
  };

  const open = (name) => {
    trail.push(name);
    const type = schema.types.get(name);
    const back = element("button", "← back");
    back.className = "back";
    back.addEventListener("click", () => {
      trail.pop();
      const before = trail.pop();
      before ? open(before) : roots();
    });
    page.replaceChildren(back, element("h2", name), element("p", type.description), list(type));
    page.parentElement.scrollTop = 0;
  };

  const roots = () => {
    trail.length = 0;
    const made = element("dl");
    for (const [kind, name] of Object.entries(schema.roots).filter(([, name]) => name)) {
      made.append(element("dt", `${kind}: `, link({ kind: "OBJECT", name })));
    }
    page.replaceChildren(element("h2", "Roots"), made);
  };

  const find = (words) => {
    const made = element("dl");
    const fits = (name) => name.toLowerCase().includes(words);
    for (const type of schema.types.values()) {
      if (type.name.startsWith("__")) continue;
      if (fits(type.name)) made.append(element("dt", "", link(type)));
      for (const field of schema.fields(type.name).filter(({ name }) => fits(name))) {
        made.append(element("dt", "", link(type), `.${field.name}`), element("dd", field.description));
      }
      if (made.childElementCount > FOUND_MAX) break;
    }
    page.replaceChildren(made);
  };

  search.addEventListener("input", () => {
    const words = search.value.trim().toLowerCase();
    words ? find(words) : roots();
  });
  roots();
}
