//! What `docs/sql.md` shows, taken out of it: columns, queries, and what administrators run.

const TEXT: &str = include_str!("../../../docs/sql.md");

/// The views of the chapter with their columns as `name type`, in PostgreSQL's own words.
pub fn columns() -> Vec<(String, Vec<String>)> {
    TEXT.split("\n### ")
        .skip(1)
        .filter_map(|part| {
            let (name, rest) = part.split_once('\n')?;
            let block = rest.strip_prefix("\n```text\n")?.split("\n```").next()?;
            Some((name.to_owned(), column_list(block)))
        })
        .collect()
}

/// A list of columns, separated by commas.
pub fn column_list(text: &str) -> Vec<String> {
    let line = text.replace('\n', " ");
    let long = |column: &str| {
        let column = column.replace(" varchar", " character varying");
        column.replace(" timestamptz", " timestamp with time zone")
    };
    line.split(", ").map(|column| long(column.trim())).collect()
}

/// The query under a heading.
pub fn query(heading: &str) -> &'static str {
    let mark = format!("\n### {heading}\n");
    let (_, rest) = TEXT.split_once(&mark).unwrap_or_else(|| panic!("{heading} in the chapter"));
    let section = rest.split("\n### ").next().expect("a section");
    let (_, block) = section.split_once("```sql\n").expect("a query");
    block.split("\n```").next().expect("its end")
}

/// The indented block that contains `words`.
pub fn block(words: &str) -> String {
    let at = TEXT.find(words).unwrap_or_else(|| panic!("{words} in the chapter"));
    let begin = TEXT[..at].rfind("\n\n").expect("its beginning") + 2;
    let lines = TEXT[begin..].lines().take_while(|line| line.starts_with("    "));
    lines.map(str::trim_start).collect::<Vec<_>>().join("\n")
}
