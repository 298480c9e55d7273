//! `GET /files/...`.

use casebook_tests::{TestDatabase, both_databases};
use serde_json::json;

use crate::harness::{Edge, HELLO};

both_databases!(raw_mail_text_and_attachments_are_served, what_is_unknown_is_not_found,);

const PHOTO: &[u8] = b"\x89PNG\r\n\x1a\nnot really a photo";

fn with_photo() -> String {
    use std::fmt::Write;
    let mut base64 = String::new();
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in PHOTO.chunks(3) {
        let mut bits = 0_u32;
        for at in 0..3 {
            bits = (bits << 8) | u32::from(chunk.get(at).copied().unwrap_or(0));
        }
        for at in 0..4 {
            let letter = alphabet[(bits >> (18 - 6 * at)) as usize & 63];
            write!(base64, "{}", if at <= chunk.len() { char::from(letter) } else { '=' }).unwrap();
        }
    }
    format!(
        "Message-ID: <photo@mail.example>\r\nFrom: Ada <ada@customer.example>\r\nTo: {HELLO}\r\n\
         Subject: Photo\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nHere is a photo of the box.\r\n\
         --b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename*=UTF-8''K%C3%BChlbox.png\r\n\r\n{base64}\r\n\
         --b--\r\n"
    )
}

async fn raw_mail_text_and_attachments_are_served(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = edge.mail(HELLO, with_photo()).await.json();
    let query = "query($id: ID!, $at: Position) { conversation(id: $id, waitFor: $at) { messages \
                 { edges { node { rawPath textPath attachments { name path sizeBytes } } } } } }";
    let variables = json!({ "id": receipt["conversation_id"], "at": receipt["position"] });
    let data = edge.data(query, variables).await;
    let message = &data["conversation"]["messages"]["edges"][0]["node"];

    let raw = edge.get(message["rawPath"].as_str().unwrap()).await;
    assert_eq!((raw.status, raw.body.as_slice()), (200, with_photo().as_bytes()));
    assert_eq!(raw.header("content-type"), "message/rfc822");

    let text = edge.get(message["textPath"].as_str().unwrap()).await;
    assert!(String::from_utf8(text.body).unwrap().contains("photo of the box"));

    let listed = &message["attachments"][0];
    assert_eq!(listed["name"], "Kühlbox.png");
    assert_eq!(listed["sizeBytes"], PHOTO.len());
    let file = edge.get(listed["path"].as_str().unwrap()).await;
    assert_eq!((file.status, file.body.as_slice()), (200, PHOTO));
    assert_eq!(file.header("content-type"), "image/png");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert!(file.header("content-security-policy").contains("sandbox"));
    let disposition = file.header("content-disposition");
    assert!(disposition.starts_with("attachment"), "{disposition}");
    assert!(disposition.contains("UTF-8''K%C3%BChlbox.png"), "{disposition}");
}

async fn what_is_unknown_is_not_found(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = edge.mail(HELLO, with_photo()).await.json();
    edge.settle().await;
    let message = receipt["message_id"].as_str().unwrap();
    for path in [
        format!("/files/protocol-raw/{message}/99"),
        format!("/files/protocol-raw/{message}/x"),
        format!("/files/protocol-raw/{message}/-1"),
        format!("/files/ozean-licht/{message}/raw"),
        format!("/files/nobody/{message}/raw"),
        "/files/protocol-raw/0195c1a0-0000-7000-8000-000000000001/raw".to_owned(),
        "/files/protocol-raw/x/raw".to_owned(),
        "/files/..%2F..%2Fetc/passwd/raw".to_owned(),
    ] {
        let reply = edge.get(&path).await;
        assert_eq!((reply.status, reply.refusal().1.as_str()), (404, "NOT_FOUND"), "{path}");
    }
}
