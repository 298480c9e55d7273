//! Reads a successful response: the text of the answer, whichever form it has.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{AskError, AskErrorKind, Usage};

/// What an answer's text and metadata are.
pub(super) struct Answered {
    pub raw: String,
    pub model: Option<String>,
    pub usage: Usage,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    content: Vec<Block>,
    #[serde(default)]
    usage: Tokens,
}

/// A part of the answer. Kinds that carry no answer, such as thinking, are passed over.
#[derive(Deserialize)]
struct Block {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    input: Option<Box<RawValue>>,
}

#[derive(Default, Deserialize)]
struct Tokens {
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
    #[serde(default)]
    cache_read_input_tokens: Option<u64>,
    #[serde(default)]
    cache_creation_input_tokens: Option<u64>,
}

/// Reads the body of a response with status 200.
pub(super) fn read(bytes: &[u8]) -> Result<Answered, AskError> {
    let body: Body = serde_json::from_slice(bytes).map_err(|error| {
        bad(format!(
            "the response is not a message (line {}, column {})",
            error.line(),
            error.column()
        ))
    })?;
    finished(body.stop_reason.as_deref())?;
    let raw = answer(body.content)?;
    let tokens = body.usage;
    let usage = Usage {
        input_tokens: tokens.input_tokens.unwrap_or(0),
        output_tokens: tokens.output_tokens.unwrap_or(0),
        cache_read_tokens: tokens.cache_read_input_tokens.unwrap_or(0),
        cache_write_tokens: tokens.cache_creation_input_tokens.unwrap_or(0),
    };
    Ok(Answered { raw, model: body.model.filter(|model| !model.is_empty()), usage })
}

/// Whether the model came to an end by itself.
fn finished(stop_reason: Option<&str>) -> Result<(), AskError> {
    match stop_reason {
        Some("end_turn" | "tool_use" | "stop_sequence") => Ok(()),
        Some("max_tokens") => Err(AskError::new(
            AskErrorKind::Truncated,
            "the answer was cut off at max_tokens; raise it",
        )),
        Some("refusal") => {
            Err(AskError::new(AskErrorKind::Refused, "the model declined to answer (refusal)"))
        }
        Some("model_context_window_exceeded") => Err(AskError::new(
            AskErrorKind::TooLarge,
            "prompt and answer do not fit the model's context window",
        )),
        Some(_) | None => Err(bad("the model stopped for a reason that gives no answer")),
    }
}

/// The one tool call's input as it was written, else the text of all text blocks.
fn answer(blocks: Vec<Block>) -> Result<String, AskError> {
    let mut calls = blocks.iter().filter(|b| b.kind == "tool_use").filter_map(|b| b.input.as_ref());
    if let Some(call) = calls.next() {
        let only = calls.next().is_none();
        return only.then(|| call.get().to_owned()).ok_or_else(|| bad("more than one tool call"));
    }
    let texts = blocks.into_iter().filter(|b| b.kind == "text").filter_map(|b| b.text);
    let text: String = texts.collect();
    if text.trim().is_empty() { Err(bad("the response holds no answer")) } else { Ok(text) }
}

fn bad(message: impl Into<String>) -> AskError {
    AskError::new(AskErrorKind::BadReply, message)
}
