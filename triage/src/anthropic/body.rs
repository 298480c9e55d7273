//! The body of a question.

use serde_json::{Value, json};

use super::{AnthropicSettings, CacheTtl, OutputMode, Thinking};
use crate::Request;

/// Name of the tool in [`OutputMode::StrictTool`].
pub(super) const TOOL: &str = "record_triage";

/// The body of a question under these settings. Everything before the message is the same for all
/// messages under a policy, so that the provider can keep it.
pub(super) fn body(settings: &AnthropicSettings, request: &Request) -> Value {
    let mark = match settings.cache_ttl {
        CacheTtl::FiveMinutes => json!({ "type": "ephemeral" }),
        CacheTtl::OneHour => json!({ "type": "ephemeral", "ttl": "1h" }),
    };
    let mut body = json!({
        "model": settings.model,
        "max_tokens": settings.max_tokens,
        "system": [{ "type": "text", "text": request.system, "cache_control": mark }],
        "messages": [{ "role": "user", "content": request.user }],
    });
    match settings.thinking {
        Thinking::Disabled => body["thinking"] = json!({ "type": "disabled" }),
        Thinking::Adaptive => body["thinking"] = json!({ "type": "adaptive" }),
        Thinking::Unset => {}
    }
    match settings.mode {
        OutputMode::JsonSchema => {
            let format = json!({ "type": "json_schema", "schema": request.schema });
            body["output_config"] = json!({ "format": format });
        }
        OutputMode::StrictTool => {
            body["tools"] = json!([{
                "name": TOOL,
                "description": "Records how the message is sorted and what to reply.",
                "input_schema": request.schema,
                "strict": true,
            }]);
            body["tool_choice"] =
                json!({ "type": "tool", "name": TOOL, "disable_parallel_tool_use": true });
        }
    }
    body
}
