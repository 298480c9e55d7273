//! Reads a GraphQL document and refuses those that grow beyond the limits, before they cost.
//!
//! Fragments that spread fragments twice each double a query with every level; the checks of the
//! library walk through all of it. Here each fragment is measured once.

use std::collections::HashMap;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
};
use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::nesting::is_shallow;
use crate::ApiSettings;
use crate::problem::Problem;

/// Reads a document under the limits.
pub(super) fn read(settings: &ApiSettings, text: &str) -> Result<ExecutableDocument, Problem> {
    if !is_shallow(text) {
        return Err(too_deep(settings));
    }
    let document = parse_query(text)
        .map_err(|error| Problem::invalid("query", format!("is not GraphQL: {error}")))?;
    let mut sizes = Sizes { document: &document, fragments: HashMap::new(), introspects: false };
    match sizes.whole() {
        Ok(selections) if selections > settings.graphql_complexity_max => {
            return Err(too_complex(settings));
        }
        Ok(_) => {}
        Err(Unmeasured::Circle) => {
            return Err(Problem::invalid("query", "a fragment spreads itself"));
        }
        Err(Unmeasured::Deep) => return Err(too_deep(settings)),
    }
    if sizes.introspects && !settings.introspection {
        let message = "the schema cannot be asked for here (api.introspection)";
        return Err(Problem::new(StatusCode::FORBIDDEN, "FORBIDDEN", message));
    }
    Ok(document)
}

/// The kind of the operation that is asked for; `None` when the name fits none.
pub(super) fn operation(
    document: &ExecutableDocument,
    name: Option<&str>,
) -> Option<OperationType> {
    chosen(document, name).map(|operation| operation.ty)
}

fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let chosen = match name {
        Some(name) => operations.find(|(own, _)| own.is_some_and(|own| own == name)),
        None => operations.next(),
    };
    chosen.map(|(_, operation)| &operation.node)
}

/// Checks that every variable has a value that needs one, whether or not the operation uses it;
/// the library looks at those only that are used (GraphQL, section 6.1.2).
pub(super) fn check_variables(
    document: &ExecutableDocument,
    name: Option<&str>,
    variables: &Map<String, Value>,
) -> Result<(), Problem> {
    let definitions = chosen(document, name).map(|operation| &operation.variable_definitions);
    for definition in definitions.into_iter().flatten().map(|definition| &definition.node) {
        let name = definition.name.node.as_str();
        let given = variables.get(name);
        let is_missing = match given {
            None => definition.default_value.is_none(),
            Some(value) => value.is_null(),
        };
        if is_missing && !definition.var_type.node.nullable {
            return Err(Problem::invalid(format!("variables.{name}"), "needs a value"));
        }
    }
    Ok(())
}

/// The refusal of a query that asks for too many fields.
pub(super) fn too_complex(settings: &ApiSettings) -> Problem {
    let max = settings.graphql_complexity_max;
    limit("api.graphql_complexity_max", format!("the query asks for more than {max} fields"))
}

/// The refusal of a query that nests too deeply.
pub(super) fn too_deep(settings: &ApiSettings) -> Problem {
    let max = settings.graphql_depth_max;
    limit("api.graphql_depth_max", format!("the query nests deeper than {max} levels"))
}

fn limit(name: &'static str, message: String) -> Problem {
    let mut problem = Problem::from(casebook_app::AppError::Limit { name, message });
    problem.status = StatusCode::BAD_REQUEST;
    problem
}

/// Fragments that may lie inside one another. The library walks into them by recursion, and gives up
/// at the same depth.
const FRAGMENTS_DEEP_MAX: usize = 32;

/// What a selection set comes to, fragments spread out.
#[derive(Clone, Copy, Default)]
struct Size {
    /// Fields, spreads and inline fragments; saturating. Spreads count by themselves, too: the
    /// library follows those that lead to nothing as well.
    selections: usize,
    /// Fragments inside one another.
    height: usize,
}

/// Why a document cannot be measured.
#[derive(Clone, Copy)]
enum Unmeasured {
    /// A fragment spreads itself.
    Circle,
    /// Too many fragments lie inside one another.
    Deep,
}

/// Measures the parts of a document, each once.
struct Sizes<'a> {
    document: &'a ExecutableDocument,
    /// `None` while a fragment is being measured.
    fragments: HashMap<&'a str, Option<Size>>,
    /// Whether the schema itself is asked for.
    introspects: bool,
}

impl<'a> Sizes<'a> {
    /// Selections of all operations and of all fragments, those included that nobody uses: the
    /// library checks each of them from its beginning.
    fn whole(&mut self) -> Result<usize, Unmeasured> {
        let document = self.document;
        let mut selections = 0_usize;
        for (_, operation) in document.operations.iter() {
            let size = self.of(&operation.node.selection_set.node, 0)?;
            selections = selections.saturating_add(size.selections);
        }
        for name in document.fragments.keys() {
            selections = selections.saturating_add(self.of_fragment(name, 0)?.selections);
        }
        Ok(selections)
    }

    /// The size of a selection set that lies inside `depth` fragments.
    fn of(&mut self, set: &'a SelectionSet, depth: usize) -> Result<Size, Unmeasured> {
        let mut whole = Size::default();
        for item in &set.items {
            let size = match &item.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    self.introspects |= matches!(name, "__schema" | "__type");
                    self.of(&field.node.selection_set.node, depth)?
                }
                Selection::InlineFragment(inline) => {
                    self.of(&inline.node.selection_set.node, depth)?
                }
                Selection::FragmentSpread(spread) => {
                    self.of_fragment(spread.node.fragment_name.node.as_str(), depth)?
                }
            };
            whole.selections = whole.selections.saturating_add(size.selections).saturating_add(1);
            whole.height = whole.height.max(size.height);
        }
        Ok(whole)
    }

    fn of_fragment(&mut self, name: &'a str, depth: usize) -> Result<Size, Unmeasured> {
        // Validation names fragments that do not exist.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Size::default()) };
        let size = match self.fragments.get(name) {
            Some(known) => known.ok_or(Unmeasured::Circle)?,
            None if depth >= FRAGMENTS_DEEP_MAX => return Err(Unmeasured::Deep),
            None => {
                self.fragments.insert(name, None);
                let inner = self.of(&fragment.node.selection_set.node, depth + 1)?;
                let size = Size { height: inner.height + 1, ..inner };
                self.fragments.insert(name, Some(size));
                size
            }
        };
        if depth + size.height > FRAGMENTS_DEEP_MAX { Err(Unmeasured::Deep) } else { Ok(size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<&'static str> {
        read(&ApiSettings::default(), text).err().map(|problem| problem.body.code)
    }

    #[test]
    fn fragments_that_double_are_refused_at_once() {
        let mut bomb = String::from("{ ...f0 }");
        for level in 0..60 {
            let next = level + 1;
            bomb.push_str(&format!(" fragment f{level} on Query {{ ...f{next} ...f{next} }}"));
        }
        bomb.push_str(" fragment f60 on Query { position }");
        assert_eq!(code(&bomb), Some("LIMIT"));
    }

    #[test]
    fn spreads_that_lead_nowhere_count() {
        let mut bomb = String::from("{ ...f0 }");
        for level in 0..30 {
            let next = level + 1;
            bomb.push_str(&format!(" fragment f{level} on Query {{ ...f{next} ...f{next} }}"));
        }
        assert_eq!(code(&bomb), Some("LIMIT"));
    }

    #[test]
    fn long_chains_of_fragments_are_refused_wherever_they_begin() {
        let chain = |length: usize| -> String {
            let link = |n: usize| format!(" fragment f{n} on Query {{ position ...f{} }}", n + 1);
            (0..length).map(link).collect()
        };
        assert_eq!(code(&format!("{{ ...f0 }}{}", chain(20))), None);
        for length in [40, 10_000] {
            assert_eq!(code(&format!("{{ ...f0 }}{}", chain(length))), Some("LIMIT"));
            assert_eq!(code(&format!("{{ position }}{}", chain(length))), Some("LIMIT"), "unused");
        }
    }

    #[test]
    fn many_operations_count_together() {
        let fields = "position ".repeat(400);
        let operations: String = (0..400).map(|n| format!(" query Q{n} {{ ...f }}")).collect();
        let text = format!("fragment f on Query {{ {fields} }}{operations}");
        assert_eq!(code(&text), Some("LIMIT"));
    }

    #[test]
    fn circles_depth_and_nonsense_are_refused() {
        let circle = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
        assert_eq!(code(circle), Some("INVALID"));
        assert_eq!(code(&"{a".repeat(50_000)), Some("LIMIT"));
        assert_eq!(code(&format!("{}{}", "{a".repeat(100), "}".repeat(100))), Some("INVALID"));
        assert_eq!(code("{"), Some("INVALID"));
        assert_eq!(code(""), Some("INVALID"));
        assert_eq!(code("{ position }"), None);
    }

    #[test]
    fn the_operation_is_found_by_its_name() {
        let text = "query A { position } mutation B { position }";
        let document = read(&ApiSettings::default(), text).expect("a document");
        assert_eq!(operation(&document, Some("B")), Some(OperationType::Mutation));
        assert_eq!(operation(&document, Some("C")), None);
    }
}
