//! The GraphQL examples of the documents: each is executed as it stands and answered without error.

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::OperationType;
use casebook_projections::testing::worked;
use casebook_tests::TestDatabase;
use serde_json::{Map, Value, json};

use crate::harness::{Edge, HELLO, calm};
use crate::served::Served;

const STALL: Duration = Duration::from_secs(30);

/// An operation of an example.
struct Example {
    file: PathBuf,
    name: String,
    kind: OperationType,
    text: String,
    /// Names and types of its variables.
    variables: Vec<(String, String)>,
}

/// Documents of the project for its users.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = vec![root.join("README.md")];
    for file in std::fs::read_dir(root.join("docs")).unwrap() {
        found.push(file.unwrap().path());
    }
    found.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    found.sort();
    found
}

/// All operations in blocks of GraphQL.
fn examples() -> Vec<Example> {
    let mut found = Vec::new();
    for file in documents() {
        let text = std::fs::read_to_string(&file).unwrap();
        for block in text.split("```graphql\n").skip(1) {
            let text = block.split("\n```").next().unwrap();
            let document =
                parse_query(text).unwrap_or_else(|error| panic!("{file:?}: {error}\n{text}"));
            for (name, operation) in document.operations.iter() {
                let variables = operation.node.variable_definitions.iter().map(|variable| {
                    let variable = &variable.node;
                    (variable.name.node.to_string(), variable.var_type.node.to_string())
                });
                found.push(Example {
                    file: file.clone(),
                    name: name.expect("examples have names").to_string(),
                    kind: operation.node.ty,
                    text: text.to_owned(),
                    variables: variables.collect(),
                });
            }
        }
    }
    found
}

/// What the examples are about.
struct Facts {
    ticket: Value,
    contact: Value,
    position: Value,
    policy: Value,
}

impl Facts {
    async fn of(edge: &Edge) -> Self {
        let received = edge.mail(HELLO, calm("a")).await.json();
        // Lives in which everything happens that events tell.
        worked(1, 60).append(edge.app.store()).await.unwrap();
        edge.settle().await;
        let contact = "query($id: ID!) { ticket(id: $id) { contact { id } } }";
        let contact = edge.data(contact, json!({ "id": received["ticket_id"] })).await;
        let policy = "{ policy(tenant: \"protocol-raw\") { version json } }";
        Self {
            ticket: received["ticket_id"].clone(),
            contact: contact["ticket"]["contact"]["id"].clone(),
            position: received["position"].clone(),
            policy: edge.data(policy, Value::Null).await["policy"].clone(),
        }
    }

    /// Values for the variables of an example.
    async fn variables(&self, edge: &Edge, example: &Example) -> Value {
        let mut values = Map::new();
        for (name, kind) in &example.variables {
            let value = match (name.as_str(), kind.as_str()) {
                ("id" | "ticket", "ID!") => self.ticket.clone(),
                ("contact", "ID!") => self.contact.clone(),
                ("ids", "[ID!]!") => json!([self.ticket]),
                ("reply", "ID!") => json!("0195c1a0-0000-7000-8000-000000000001"),
                ("then", "Position!") => self.position.clone(),
                ("after", "Position") => json!("earliest"),
                ("after", "String") => Value::Null,
                ("address", "String!") => json!("grace@customer.example"),
                ("key", "String!") => json!(format!("key of {}", example.name)),
                ("text", "String!") => json!("It arrives on Friday."),
                ("json", "String!") => self.policy["json"].clone(),
                ("version", "String!") => self.policy["version"].clone(),
                ("version", "Int!") => {
                    let ask = "query($id: ID!) { ticket(id: $id) { version } }";
                    let ticket = edge.data(ask, json!({ "id": self.ticket })).await;
                    ticket["ticket"]["version"].clone()
                }
                other => panic!("{}: say here what {other:?} is", example.name),
            };
            values.insert(name.clone(), value);
        }
        Value::Object(values)
    }
}

#[tokio::test]
async fn every_example_of_the_documents_is_answered() {
    let edge = Edge::new(TestDatabase::sqlite().await).await;
    let served = Served::start(&edge, STALL).await;
    let facts = Facts::of(&edge).await;
    let examples = examples();
    assert!(examples.len() >= 12, "the examples were found");
    for example in &examples {
        let variables = facts.variables(&edge, example).await;
        let asked = json!({ "query": example.text, "operationName": example.name,
            "variables": variables });
        let answer = if example.kind == OperationType::Subscription {
            let mut client = served.let_in(json!({})).await;
            client.say(json!({ "type": "subscribe", "id": "1", "payload": asked })).await;
            let message = client.hear().await;
            assert_eq!(message["type"], "next", "{:?}: {message}", example.file);
            message["payload"].clone()
        } else {
            edge.asked(&asked).await
        };
        let Example { file, name, .. } = example;
        assert!(answer.get("errors").is_none(), "{file:?}, {name}: {answer}");
        assert!(answer["data"].is_object(), "{file:?}, {name}: {answer}");
        edge.settle().await;
    }
}
