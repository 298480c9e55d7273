//! Pages of the queue and of a conversation, forwards and backwards.

use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, mail};

both_databases!(the_queue_is_read_in_pages, a_conversation_is_read_in_pages,);

const QUEUE: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
    queue(first: $first, after: $after, last: $last, before: $before) {
        totalCount edges { cursor node { subject } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// Seven tickets: three gated, four not, in the order of the queue.
async fn seven(edge: &Edge) -> Vec<String> {
    let mut subjects = [Vec::new(), Vec::new()];
    for number in 0..7 {
        let gated = number % 2 == 1;
        let subject = format!("{} {number}", if gated { "Sick" } else { "Calm" });
        let text = if gated { "My dog is vomiting." } else { "When does my box arrive?" };
        let sender = format!("c{number}@customer.example");
        edge.mail(HELLO, mail(&format!("q{number}"), HELLO, &sender, &subject, text)).await;
        subjects[usize::from(!gated)].push(subject);
    }
    edge.settle().await;
    subjects.concat()
}

async fn page(edge: &Edge, variables: Value) -> (Vec<String>, Value) {
    let queue = edge.data(QUEUE, variables).await["queue"].clone();
    assert_eq!(queue["totalCount"], 7);
    let edges = queue["edges"].as_array().unwrap();
    assert_eq!(
        edges.first().map(|edge| &edge["cursor"]),
        edges.first().map(|_| &queue["pageInfo"]["startCursor"])
    );
    let subject = |edge: &Value| edge["node"]["subject"].as_str().unwrap().to_owned();
    (edges.iter().map(subject).collect(), queue["pageInfo"].clone())
}

async fn the_queue_is_read_in_pages(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let expected = seven(&edge).await;

    let mut read = Vec::new();
    let mut after = Value::Null;
    loop {
        let (subjects, info) = page(&edge, json!({ "first": 3, "after": after })).await;
        assert_eq!(info["hasPreviousPage"], !after.is_null());
        read.extend(subjects);
        after = info["endCursor"].clone();
        if info["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(read, expected);

    let mut read = Vec::new();
    let mut before = Value::Null;
    loop {
        let (subjects, info) = page(&edge, json!({ "last": 3, "before": before })).await;
        assert_eq!(info["hasNextPage"], !before.is_null());
        read.splice(0..0, subjects);
        before = info["startCursor"].clone();
        if info["hasPreviousPage"] == false {
            break;
        }
    }
    assert_eq!(read, expected);

    let (nothing, info) = page(&edge, json!({ "first": 0 })).await;
    assert_eq!(nothing, Vec::<String>::new());
    assert!(info["endCursor"].is_null());
}

async fn a_conversation_is_read_in_pages(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let from = "Grace <grace@customer.example>";
    let first = mail("m0", HELLO, from, "Box", "Message 0: when does it come?");
    let receipt = edge.mail(HELLO, first).await.json();
    for number in 1..5 {
        let text = format!("Message {number}: any news?");
        let mut next = mail(&format!("m{number}"), HELLO, from, "Re: Box", &text);
        next.insert_str(0, "References: <m0@mail.example>\r\nIn-Reply-To: <m0@mail.example>\r\n");
        let joined = edge.mail(HELLO, next).await.json();
        assert_eq!(joined["conversation_id"], receipt["conversation_id"]);
    }
    edge.settle().await;
    let query = "query($id: ID!, $after: String) { conversation(id: $id) { messageCount \
                 messages(first: 2, after: $after) { edges { node { newText } } pageInfo \
                 { hasNextPage endCursor } } } }";
    let mut read = Vec::new();
    let mut after = Value::Null;
    loop {
        let variables = json!({ "id": receipt["conversation_id"], "after": after });
        let conversation = edge.data(query, variables).await["conversation"].clone();
        assert_eq!(conversation["messageCount"], 5);
        let messages = &conversation["messages"];
        for edge in messages["edges"].as_array().unwrap() {
            read.push(edge["node"]["newText"].as_str().unwrap().to_owned());
        }
        after = messages["pageInfo"]["endCursor"].clone();
        if messages["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(read.len(), 5);
    let backwards = backwards(&edge, &receipt["conversation_id"]).await;
    assert_eq!(backwards, read, "the same from the end");
    for (number, text) in read.iter().enumerate() {
        assert!(text.starts_with(&format!("Message {number}:")), "{text}");
    }
}

/// The texts of a conversation, read by pages of two from its end.
async fn backwards(edge: &Edge, conversation: &Value) -> Vec<String> {
    let query = "query($id: ID!, $before: String) { conversation(id: $id) { \
                 messages(last: 2, before: $before) { edges { node { newText } } pageInfo \
                 { hasNextPage hasPreviousPage startCursor } } } }";
    let (mut read, mut before) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "id": conversation, "before": before });
        let messages = edge.data(query, variables).await["conversation"]["messages"].clone();
        assert_eq!(messages["pageInfo"]["hasNextPage"], !before.is_null());
        let edges = messages["edges"].as_array().unwrap();
        let text = |edge: &Value| edge["node"]["newText"].as_str().unwrap().to_owned();
        read.splice(0..0, edges.iter().map(text));
        before = messages["pageInfo"]["startCursor"].clone();
        if messages["pageInfo"]["hasPreviousPage"] == false {
            return read;
        }
    }
}
