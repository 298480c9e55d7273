// The schema, as introspection tells it.

const TYPE = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
const INTROSPECTION = `query Schema {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      kind name description
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason type { ${TYPE} }
        args { name description defaultValue type { ${TYPE} } }
      }
      inputFields { name description defaultValue type { ${TYPE} } }
      enumValues(includeDeprecated: true) { name description }
      possibleTypes { name }
      interfaces { name }
    }
  }
}`;

/// The type beneath lists and marks.
export function bare(type) {
  return type.ofType ? bare(type.ofType) : type;
}

/// A type as GraphQL writes it.
export function written(type) {
  if (type.kind === "NON_NULL") return `${written(type.ofType)}!`;
  if (type.kind === "LIST") return `[${written(type.ofType)}]`;
  return type.name;
}

export class Schema {
  constructor(told) {
    this.types = new Map(told.types.map((type) => [type.name, type]));
    this.roots = {
      query: told.queryType?.name,
      mutation: told.mutationType?.name,
      subscription: told.subscriptionType?.name,
    };
  }

  static async load(ask) {
    const { body } = await ask({ query: INTROSPECTION });
    if (!body.data) throw new Error(body.errors?.[0]?.message ?? body.error?.message ?? "refused");
    return new Schema(body.data.__schema);
  }

  /// Fields of a type by its name.
  fields(name) {
    const type = this.types.get(name);
    return type?.fields ?? type?.inputFields ?? [];
  }

  /// The type in whose selection a place of a document stands; null where that is unclear.
  at(text, place) {
    const words = text.slice(0, place).replace(/"""[^]*?"""|"(?:\\.|[^"\\\n])*"|#.*/g, "");
    const open = [];
    let last = null;
    let depth = 0;
    for (const [token] of words.matchAll(/\.\.\.|[{}()]|@?\w+/g)) {
      if (token === "(") depth += 1;
      else if (token === ")") depth -= 1;
      else if (depth > 0) continue;
      else if (token === "}") last = open.pop() ?? null;
      else if (token === "{") {
        open.push(this.#inside(open.at(-1), last));
        last = null;
      } else if (last === "on" || ["query", "mutation", "subscription", "fragment"].includes(last)) {
        last = last === "on" ? `on ${token}` : token === "on" ? "on" : last;
      } else last = last === "fragment" && token !== "on" ? last : token;
    }
    return depth > 0 ? null : open.at(-1) ?? null;
  }

  #inside(parent, word) {
    if (!parent) {
      if (word?.startsWith("on ")) return word.slice(3);
      return this.roots[word] ?? this.roots.query;
    }
    if (word?.startsWith("on ")) return word.slice(3);
    if (word === "..." || word?.startsWith("@")) return parent;
    const field = this.fields(parent).find(({ name }) => name === word);
    return field ? bare(field.type).name : null;
  }
}
