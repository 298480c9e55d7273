//! Reads JSON bodies so that a refusal names the field, and never repeats what it holds.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::problem::Problem;

/// Name for the document as a whole, where no field can be named.
const DOCUMENT: &str = "$";

/// Reads a JSON document.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut document = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut document).map_err(|error| {
        let path = error.path().to_string();
        refusal(&path, error.inner())
    })?;
    document.end().map_err(|error| refusal(".", &error))?;
    Ok(read)
}

fn refusal(path: &str, error: &serde_json::Error) -> Problem {
    let path = if path == "." { DOCUMENT } else { path };
    let place = format!("line {} column {}", error.line(), error.column());
    if error.classify() != Category::Data {
        return Problem::invalid(path, format!("is not JSON at {place}"));
    }
    let text = error.to_string();
    for (beginning, message) in [
        ("unknown field `", "is not a known field"),
        ("missing field `", "is missing"),
        ("duplicate field `", "is given twice"),
    ] {
        if let Some(name) = text.strip_prefix(beginning).and_then(|rest| rest.split('`').next()) {
            return Problem::invalid(below(path, name), message);
        }
    }
    // What stands before "expected" may be the caller's text.
    let expected = text.rsplit_once(", expected ").map(|(_, what)| what);
    let expected = expected.and_then(|what| what.split(" at line ").next());
    match expected {
        Some(what) => Problem::invalid(path, format!("expected {what} at {place}")),
        None => {
            Problem::invalid(path, format!("does not have the form that it should, at {place}"))
        }
    }
}

/// The field `name` of what stands at `path`; the path may end with it already.
fn below(path: &str, name: &str) -> String {
    if path == DOCUMENT || path == name {
        return name.to_owned();
    }
    if path.ends_with(&format!(".{name}")) { path.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use casebook_app::TriageRequest;

    use super::*;

    /// The field and the message of a refusal.
    fn refused(json: &str) -> (String, String) {
        let problem = read::<TriageRequest>(json.as_bytes()).expect_err(json);
        assert_eq!(problem.status.as_u16(), 400);
        (problem.body.field.expect("a field"), problem.body.message)
    }

    #[test]
    fn a_refusal_names_the_field() {
        for (json, field) in [
            (r#"{"customer_email":"a@b.c","body":"x","colour":"red"}"#, "colour"),
            (r#"{"customer_email":"a@b.c"}"#, "body"),
            (r#"{"body":"x"}"#, "customer_email"),
            (r#"{"customer_email":7,"body":"x"}"#, "customer_email"),
            (r#"{"customer_email":"a@b.c","body":["x"]}"#, "body"),
            (r#"{"customer_email":"a@b.c","body":"x","body":"y"}"#, "body"),
            (r#"{"customer_email":"a@b.c","body":"x","channel":"pigeon"}"#, "channel"),
            (r#"{"customer_email":"a@b.c","body":"x","transcript":7}"#, "transcript"),
            (r#"{"customer_email":"a@b.c","body":"x"#, "body"),
            (r#"{"customer_email":"a@b.c","body":"x"} trailing"#, "$"),
            ("", "$"),
            ("[]", "$"),
            ("null", "$"),
            ("\u{feff}{}", "$"),
        ] {
            assert_eq!(refused(json).0, field, "{json}");
        }
    }

    #[test]
    fn a_refusal_never_repeats_what_was_given() {
        for json in [
            r#"{"customer_email":"a@b.c","body":"x","channel":"hush"}"#,
            r#"{"customer_email":"a@b.c","body":{"hush":1}}"#,
            r#"{"customer_email":{"a":"hush"},"body":"x"}"#,
            r#"{"customer_email":"a@b.c","body":"x","transcript":{"hush":"hush"}}"#,
            r#"{"customer_email":"a@b.c","body":"x","dedupe_key":["hush, expected peace"]}"#,
        ] {
            assert!(!refused(json).1.contains("hush"), "{json}: {}", refused(json).1);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let problem = read::<TriageRequest>(b"{\"body\":\"\xff\"}").expect_err("no UTF-8");
        assert_eq!(problem.body.field.as_deref(), Some("body"));
    }

    #[test]
    fn both_forms_of_a_transcript_are_read() {
        for transcript in [r#""hi""#, r#"[{"role":"bot","text":"hi"},{"author":"me","body":"x"}]"#]
        {
            let json =
                format!(r#"{{"customer_email":"a@b.c","body":"x","transcript":{transcript}}}"#);
            assert!(read::<TriageRequest>(json.as_bytes()).is_ok(), "{json}");
        }
    }
}
