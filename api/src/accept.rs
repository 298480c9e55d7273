//! Which media types a caller takes.

use axum::http::{HeaderMap, header};

/// Whether `Accept` names a media type, and does not refuse it by a quality of 0 (RFC 9110,
/// section 12.4.2). Wildcards name nothing: who wants one of several forms says so.
pub(crate) fn takes(headers: &HeaderMap, media_type: &str) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepts.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        media.eq_ignore_ascii_case(media_type) && !parts.any(is_refusal)
    })
}

/// Whether a parameter is `q=0`, with up to three decimals.
fn is_refusal(parameter: &str) -> bool {
    let Some(("q" | "Q", weight)) = parameter.split_once('=') else { return false };
    weight.parse::<f32>().is_ok_and(|weight| weight == 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_is_taken_when_it_is_named_and_not_refused() {
        for (accept, taken) in [
            ("text/event-stream", true),
            ("Text/Event-Stream; q=0.5", true),
            ("application/json, text/event-stream;charset=utf-8", true),
            ("text/event-stream;q=0", false),
            ("text/event-stream; q=0.000, application/json", false),
            ("text/event-stream; Q=0.0", false),
            ("*/*", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().expect("text"))]);
            assert_eq!(takes(&headers, "text/event-stream"), taken, "{accept}");
        }
    }
}
