//! In which language a text is written, as far as drafts need to know.

use whatlang::{Detector, Lang};

/// Languages that mail comes in, with their tags.
const KNOWN: [(Lang, &str); 9] = [
    (Lang::Eng, "en"),
    (Lang::Deu, "de"),
    (Lang::Fra, "fr"),
    (Lang::Nld, "nl"),
    (Lang::Spa, "es"),
    (Lang::Ita, "it"),
    (Lang::Por, "pt"),
    (Lang::Swe, "sv"),
    (Lang::Pol, "pl"),
];

/// The language of a text: the hint when there is one, else what its letters say. A short text
/// that could be several languages is taken to be in one of the `expected`.
pub(super) fn language(text: &str, hint: Option<&str>, expected: &[String]) -> Option<String> {
    if let Some(base) = hint.and_then(|hint| hint.split(['-', '_']).next()) {
        return Some(base.to_lowercase());
    }
    let among = |tags: &dyn Fn(&str) -> bool| {
        let list: Vec<Lang> =
            KNOWN.iter().filter(|(_, t)| tags(t)).map(|(lang, _)| *lang).collect();
        if list.is_empty() { None } else { Detector::with_allowlist(list).detect(text) }
    };
    let info = match among(&|_| true) {
        Some(info) if info.is_reliable() => info,
        _ => among(&|tag| expected.iter().any(|wanted| wanted == tag))?,
    };
    KNOWN.iter().find(|(lang, _)| *lang == info.lang()).map(|(_, tag)| (*tag).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        language(text, None, &["en".to_owned(), "de".to_owned()])
    }

    #[test]
    fn languages_are_told_apart_and_a_hint_wins() {
        assert_eq!(found("Where is my box? It was due yesterday.").as_deref(), Some("en"));
        assert_eq!(found("Wann kommt denn endlich meine Lieferung an?").as_deref(), Some("de"));
        let dutch = "Mijn pakket is gisteren niet bezorgd en ik kan het nergens vinden.";
        assert_eq!(found(dutch).as_deref(), Some("nl"));
        assert_eq!(language("hm", Some("de-AT"), &[]).as_deref(), Some("de"));
        assert_eq!(language("", None, &[]), None);
    }
}
