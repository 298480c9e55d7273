//! `GET /files/...`: the bytes that came with a message.
//!
//! They are strangers' bytes: always a download, never shown as a page of this server.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::routing::get;
use casebook_app::AppError;
use casebook_app::queries::{File, FileKind};

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::Shared;

/// Longest file name given back, in characters.
const NAME_CHARS_MAX: usize = 150;

/// `GET /files/{tenant}/{message_id}/{raw|text|part}`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/files/{tenant}/{message_id}/{part}", get(serve))
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    Caller(access): Caller,
    Path((tenant, message, part)): Path<(String, String, String)>,
) -> Result<(HeaderMap, Body), Problem> {
    let message = message.parse().map_err(|_| AppError::NotFound("message"))?;
    let kind = match part.as_str() {
        "raw" => FileKind::Raw,
        "text" => FileKind::Text,
        number => FileKind::Part(number.parse().map_err(|_| AppError::NotFound("file"))?),
    };
    let file = shared.app.message_file(&access, &tenant, message, kind).await?;
    Ok((headers(&file), Body::from(file.bytes)))
}

fn headers(file: &File) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let content_type = HeaderValue::from_str(&file.content_type);
    let unknown = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, content_type.unwrap_or(unknown));
    headers.insert(header::CONTENT_DISPOSITION, disposition(file.name.as_deref()));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::CACHE_CONTROL, "private, no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

/// `attachment` with the name in ASCII and, where that loses something, in UTF-8 (RFC 6266).
fn disposition(name: Option<&str>) -> HeaderValue {
    let plain = HeaderValue::from_static("attachment");
    let name: String = name
        .unwrap_or_default()
        .chars()
        // Controls, separators of folders and marks that turn the direction of reading are no
        // part of a name.
        .filter(|c| !c.is_control() && !matches!(c, '/' | '\\' | '\u{202a}'..='\u{202e}'))
        .take(NAME_CHARS_MAX)
        .collect();
    if name.is_empty() {
        return plain;
    }
    let ascii: String =
        name.chars().map(|c| if c.is_ascii() && c != '"' { c } else { '_' }).collect();
    let mut text = format!("attachment; filename=\"{ascii}\"");
    if ascii != name {
        text.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                    text.push(char::from(byte));
                }
                byte => text.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    HeaderValue::from_str(&text).unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> String {
        disposition(Some(name)).to_str().expect("ASCII").to_owned()
    }

    #[test]
    fn names_stay_names() {
        assert_eq!(named("a b.pdf"), r#"attachment; filename="a b.pdf""#);
        assert_eq!(named("../../etc/x"), r#"attachment; filename="....etcx""#);
        assert_eq!(named("a\r\nset-cookie: x"), r#"attachment; filename="aset-cookie: x""#);
        assert_eq!(named("q\".exe"), r#"attachment; filename="q_.exe"; filename*=UTF-8''q%22.exe"#);
        assert_eq!(
            named("Übersicht.pdf"),
            r#"attachment; filename="_bersicht.pdf"; filename*=UTF-8''%C3%9Cbersicht.pdf"#
        );
        assert_eq!(named("\u{202e}gpj.exe"), r#"attachment; filename="gpj.exe""#);
        assert_eq!(disposition(None), "attachment");
    }

    #[test]
    fn a_type_that_is_no_header_is_unknown() {
        let content_type = "text/html\r\nx: y".to_owned();
        let file = File { name: None, content_type, bytes: bytes::Bytes::new() };
        let headers = headers(&file);
        assert_eq!(headers[header::CONTENT_TYPE], "application/octet-stream");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}
