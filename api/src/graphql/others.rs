//! Operations of a document beside the one that is executed.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned};
use serde_json::{Map, Value};

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// Takes operations out of a document that are not to be executed and whose variables have no
/// values, and the fragments that only they spread. The library asks what each operation of a
/// document would cost, by the values of its variables, and without them refuses the document.
pub(super) fn leave_out(
    document: &mut ExecutableDocument,
    executed: Option<&str>,
    variables: &Map<String, Value>,
) {
    let (DocumentOperations::Multiple(operations), Some(executed)) =
        (&mut document.operations, executed)
    else {
        return;
    };
    if !operations.contains_key(executed) {
        return;
    }
    let is_out = |name: &Name, operation: &OperationDefinition| {
        name.as_str() != executed && lacks_a_value(operation, variables)
    };
    let (mut out, mut theirs) = (Vec::new(), HashSet::new());
    for (name, operation) in operations.iter().filter(|(name, one)| is_out(name, &one.node)) {
        out.push(name.clone());
        spread(&operation.node.selection_set.node, &document.fragments, &mut theirs);
    }
    if out.is_empty() {
        return;
    }
    operations.retain(|name, _| !out.contains(name));
    let mut kept = HashSet::new();
    for operation in operations.values() {
        spread(&operation.node.selection_set.node, &document.fragments, &mut kept);
    }
    document.fragments.retain(|name, _| kept.contains(name) || !theirs.contains(name));
}

fn lacks_a_value(operation: &OperationDefinition, variables: &Map<String, Value>) -> bool {
    operation.variable_definitions.iter().map(|definition| &definition.node).any(|definition| {
        !definition.var_type.node.nullable
            && definition.default_value.is_none()
            && variables.get(definition.name.node.as_str()).is_none_or(Value::is_null)
    })
}

/// Notes every fragment that a selection spreads, on whatever way.
fn spread(selection: &SelectionSet, fragments: &Fragments, found: &mut HashSet<Name>) {
    let mut pending = vec![selection];
    while let Some(set) = pending.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => pending.push(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => pending.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = fragments.get(name)
                        && found.insert(name.clone())
                    {
                        pending.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    const TEXT: &str = "query A($id: ID!) { ticket(id: $id) { ...T } }
        query B($ids: [ID!]!, $n: Int) { nodes(ids: $ids) { ...T ...U } }
        query C($n: Int) { queue(first: $n) { ...V } }
        fragment T on Ticket { id ...W }
        fragment U on Ticket { contact { ...X ...W } }
        fragment V on Queue { id }
        fragment W on Ticket { status }
        fragment X on Contact { name }";

    /// Names of the operations and fragments that are left.
    fn left(executed: Option<&str>, variables: &Value) -> (String, String) {
        let mut document = parse_query(TEXT).expect("a document");
        leave_out(&mut document, executed, variables.as_object().expect("an object"));
        let sorted = |mut names: Vec<&str>| {
            names.sort_unstable();
            names.concat()
        };
        let operations = document.operations.iter().filter_map(|(name, _)| name);
        let operations = sorted(operations.map(Name::as_str).collect());
        (operations, sorted(document.fragments.keys().map(Name::as_str).collect()))
    }

    #[test]
    fn others_without_values_are_left_out_with_what_only_they_spread() {
        let both =
            |operations: &str, fragments: &str| (operations.to_owned(), fragments.to_owned());
        assert_eq!(left(Some("A"), &json!({ "id": 1 })), both("AC", "TVW"));
        assert_eq!(left(Some("B"), &json!({ "ids": [] })), both("BC", "TUVWX"));
        assert_eq!(left(Some("C"), &json!({ "ids": null })), both("C", "V"));
        let all = both("ABC", "TUVWX");
        assert_eq!(left(Some("A"), &json!({ "id": 1, "ids": [] })), all);
        assert_eq!(left(Some("D"), &json!({})), all, "nothing is executed, and that is said");
        assert_eq!(left(None, &json!({})), all);
    }
}
