//! What differs between an event and the one that follows from its inputs.

use std::fmt;

use casebook_store::BlobHash;
use serde::Serialize;
use serde_json::Value;

/// Which rule is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// From raw bytes to a message's fields.
    Parsing,
    /// Whose work a message is, and what its conversation, contact and ticket record of it.
    Intake,
    /// What the gates and the model were told.
    Facts,
    /// What the gates said, and the decision that follows.
    Gates,
    /// Both prompts.
    Prompt,
    /// Whether and how a raw answer was accepted.
    Answer,
    /// Whether a draft was shown, and which.
    Draft,
    /// The subject of a ticket or reply.
    Subject,
    /// Who signs a reply, and how.
    SignOff,
    /// How a draft was used.
    DraftUsage,
    /// What else a reply is made of.
    Reply,
}

impl Rule {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parsing => "parsing",
            Self::Intake => "intake",
            Self::Facts => "facts",
            Self::Gates => "gates",
            Self::Prompt => "prompt",
            Self::Answer => "answer",
            Self::Draft => "draft",
            Self::Subject => "subject",
            Self::SignOff => "sign_off",
            Self::DraftUsage => "draft_usage",
            Self::Reply => "reply",
        }
    }

    /// The rule that a field of an event follows.
    pub(super) fn of(event_type: &str, path: &str) -> Self {
        let within = |prefix: &str| path.starts_with(prefix);
        match event_type {
            "MessageReceived" => Self::Parsing,
            "TicketReceived" | "CustomerReplied" if within("/check/facts") => Self::Facts,
            "TicketReceived" | "CustomerReplied" if within("/check") => Self::Gates,
            "TicketReceived" | "TicketGated" | "TicketClassified" | "ReplyApproved"
                if within("/subject") =>
            {
                Self::Subject
            }
            "TicketGated" => Self::Gates,
            "TicketClassified" if within("/run/system") || within("/run/user") => Self::Prompt,
            "TicketClassified" if within("/run/facts") => Self::Facts,
            "TicketClassified" => Self::Answer,
            "ReplyDrafted" => Self::Draft,
            "ReplyApproved" if within("/comparison") => Self::DraftUsage,
            "ReplyApproved" if within("/body") || within("/persona") || within("/from") => {
                Self::SignOff
            }
            "ReplyApproved" => Self::Reply,
            _ => Self::Intake,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One side of a difference. It may be personal data, so by itself it is shown as a hash.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// SHA-256 in hex of the value's bytes: of a text its UTF-8, of anything else its JSON.
    pub sha256: String,
    /// Number of those bytes.
    pub bytes: u64,
    /// The value itself, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl Side {
    pub(super) fn of(value: &Value, show: bool) -> Self {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Self {
            sha256: BlobHash::of(text.as_bytes()).to_string(),
            bytes: text.len() as u64,
            value: show.then(|| value.clone()),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{value}"),
            None => {
                write!(f, "{} bytes, sha256 {}", self.bytes, self.sha256.get(..12).unwrap_or(""))
            }
        }
    }
}

/// A field of an event that does not follow from its inputs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Position of the event; of the first event of its command when the event is missing.
    pub position: u64,
    /// The tenant.
    pub tenant: String,
    /// The stream, for example `ticket/<uuid>`.
    pub stream: String,
    /// Name of the event.
    pub event_type: String,
    /// The rule.
    pub rule: Rule,
    /// Where in the event, as a JSON pointer (RFC 6901); empty for the event as a whole.
    pub path: String,
    /// What is recorded; `None` when nothing is.
    pub recorded: Option<Side>,
    /// What follows from the inputs; `None` when nothing does.
    pub recomputed: Option<Side>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<Side>| match side {
            Some(side) => side.to_string(),
            None => "(nothing)".to_owned(),
        };
        write!(
            f,
            "position {} {} {} {}: {}: recorded {}, follows {}",
            self.position,
            self.tenant,
            self.stream,
            self.event_type,
            if self.path.is_empty() { self.rule.name() } else { self.path.as_str() },
            side(&self.recorded),
            side(&self.recomputed),
        )
    }
}

/// A place in a JSON value, and what stands there on either side.
pub(super) type Found<'a> = (String, Option<&'a Value>, Option<&'a Value>);

/// The innermost places at which two JSON values differ. A field that is `null` is the same as one
/// that is not there, because optional fields may be written either way.
pub(super) fn differences<'a>(recorded: &'a Value, recomputed: &'a Value) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    walk(String::new(), Some(recorded), Some(recomputed), &mut found);
    found
}

fn walk<'a>(
    path: String,
    left: Option<&'a Value>,
    right: Option<&'a Value>,
    found: &mut Vec<Found<'a>>,
) {
    let left = left.filter(|value| !value.is_null());
    let right = right.filter(|value| !value.is_null());
    match (left, right) {
        _ if left == right => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let more = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(more) {
                let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
                walk(path, a.get(key), b.get(key), found);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for at in 0..a.len().max(b.len()) {
                walk(format!("{path}/{at}"), a.get(at), b.get(at), found);
            }
        }
        _ => found.push((path, left, right)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_innermost_places_are_named() {
        let recorded = json!({"a": {"b": [1, 2], "c/d": "x"}, "e": null});
        let recomputed = json!({"a": {"b": [1, 3, 4], "c/d": "y"}});
        let found = differences(&recorded, &recomputed);
        let paths: Vec<&str> = found.iter().map(|(path, ..)| path.as_str()).collect();
        assert_eq!(paths, ["/a/b/1", "/a/b/2", "/a/c~1d"]);
        assert_eq!(found[1].1, None);
        assert!(differences(&recorded, &recorded).is_empty());
    }

    #[test]
    fn a_side_shows_its_value_only_when_asked() {
        let value = json!("Ann's dog");
        let hidden = serde_json::to_string(&Side::of(&value, false)).expect("JSON");
        assert!(!hidden.contains("Ann"), "{hidden}");
        assert!(!Side::of(&value, false).to_string().contains("Ann"));
        assert_eq!(Side::of(&value, false).bytes, 9);
        assert_eq!(Side::of(&value, true).value, Some(value));
    }

    #[test]
    fn fields_belong_to_their_rules() {
        for (event_type, path, rule) in [
            ("TicketReceived", "/check/outcome/fired", Rule::Gates),
            ("CustomerReplied", "/check/facts/at", Rule::Facts),
            ("TicketReceived", "/preview/$p", Rule::Intake),
            ("TicketClassified", "/run/user_sha256", Rule::Prompt),
            ("TicketClassified", "/checks/0/outcome", Rule::Answer),
            ("TicketClassified", "/subject/$p", Rule::Subject),
            ("ReplyApproved", "/comparison/usage", Rule::DraftUsage),
            ("ReplyApproved", "/persona", Rule::SignOff),
        ] {
            assert_eq!(Rule::of(event_type, path), rule, "{event_type} {path}");
        }
    }
}
