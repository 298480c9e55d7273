//! What the chapters on the edge list is what there is: routes, and the fields of the root.

use std::collections::BTreeSet;
use std::path::Path;

use casebook_house::{code, files, text};

/// Words between code marks.
fn marked(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// First cells of the table that follows `heading`, of rows that begin with a word in code marks.
fn first_cells<'a>(chapter: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, section) = chapter.split_once(heading).unwrap_or_else(|| panic!("{heading}"));
    let section = section.split("\n## ").next().unwrap_or(section);
    let table = section.lines().skip_while(|line| !line.starts_with("| ---")).skip(1);
    table
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('|').nth(1).map(str::trim))
        .collect()
}

/// Routes of a file as `METHOD path`.
fn routes(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // However the lines are broken.
    let code: String = code.split_whitespace().collect();
    for rest in code.split(".route(\"").skip(1) {
        let (path, rest) = rest.split_once('"').unwrap_or((rest, ""));
        let mut depth = 1;
        let end = rest.find(|sign| {
            depth += i32::from(sign == '(') - i32::from(sign == ')');
            depth == 0
        });
        let rest = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
        for method in ["get", "post", "put", "patch", "delete"] {
            if rest.contains(&format!("{method}(")) {
                found.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    found
}

fn all_routes() -> BTreeSet<String> {
    let ours = files(".rs").into_iter().filter(|path| path.starts_with("api/src"));
    ours.flat_map(|path| routes(&code(&path))).collect()
}

/// Routes of a table: `GET`, `POST /path` stands for both methods.
fn listed(cells: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for cell in cells {
        let mut methods = Vec::new();
        let mut fresh = true;
        for word in marked(cell) {
            let (method, path) = word.split_once(' ').unwrap_or((word, ""));
            if std::mem::take(&mut fresh) {
                methods.clear();
            }
            methods.push(method);
            if !path.is_empty() {
                found.extend(methods.iter().map(|method| format!("{method} {path}")));
                fresh = true;
            }
        }
    }
    found
}

#[test]
fn every_route_is_in_the_chapter() {
    let chapter = text(Path::new("docs/http.md"));
    assert_eq!(listed(&first_cells(&chapter, "# HTTP")), all_routes(), "docs/http.md, api/src");
}

#[test]
fn every_route_is_on_the_page_at_the_root() {
    let page = text(Path::new("api/src/landing.html"));
    let is_named = |path: &str| {
        page.contains(&format!("{path}</code>")) || path == "/" || path == "/graphiql/{part}"
    };
    let paths: BTreeSet<String> =
        all_routes().iter().filter_map(|route| Some(route.split_once(' ')?.1.to_owned())).collect();
    let missing: Vec<&String> = paths.iter().filter(|path| !is_named(path)).collect();
    assert!(missing.is_empty() && paths.len() > 10, "not on the page: {missing:?}");
}

/// Fields of a type of the schema.
fn fields(schema: &str, type_name: &str) -> BTreeSet<String> {
    let (_, body) = schema.split_once(&format!("\ntype {type_name} {{\n")).expect("the type");
    let body = body.split("\n}").next().unwrap_or(body);
    // What stands between triple quotes are descriptions.
    let plain: String = body.split("\"\"\"").step_by(2).collect();
    // Fields stand one step in, their arguments two.
    let fields = plain.lines().filter_map(|line| line.strip_prefix('\t'));
    let fields = fields.filter(|field| field.starts_with(|c: char| c.is_ascii_alphabetic()));
    fields.filter_map(|field| Some(field.split(['(', ':']).next()?.to_owned())).collect()
}

#[test]
fn every_field_of_the_root_is_in_the_chapter() {
    let (chapter, schema) =
        (text(Path::new("docs/graphql.md")), text(Path::new("portal/schema.graphql")));
    for (heading, type_name) in [
        ("## The fields of the root\n", "Query"),
        ("## Mutations\n", "Mutation"),
        ("## Subscriptions\n", "Subscriptions"),
    ] {
        let cells = first_cells(&chapter, heading);
        let words = cells.iter().flat_map(|cell| marked(cell));
        let name = |word: &str| word.split('(').next().unwrap_or(word).to_owned();
        let named: BTreeSet<String> = words.map(name).collect();
        assert_eq!(named, fields(&schema, type_name), "docs/graphql.md, {type_name}");
    }
}

#[test]
fn routes_are_found_in_code_and_chapter() {
    let code = "Router::new().route(\"/a\", get(x).post(y)).route(\"/b/{c}\", post(z))\n";
    let routes = routes(code);
    assert_eq!(routes, ["GET /a", "POST /a", "POST /b/{c}"].map(str::to_owned).into());
    assert_eq!(listed(&["`GET`, `POST /a`", "`POST /b/{c}`"]), routes);
    assert_eq!(listed(&["`GET /a`, `POST /b`"]), ["GET /a", "POST /b"].map(str::to_owned).into());
}
