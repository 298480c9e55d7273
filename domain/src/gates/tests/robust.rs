//! No text makes the gates fail, and every span can be cut out of the text as given.

use proptest::prelude::*;

use super::{outcome, policy};
use crate::gates::{Gates, MatchPlace};

const DEFAULT: &str = include_str!("../../../../tenants/protocol-raw/gates.toml");
const GERMAN: &str = include_str!("../../../../tenants/kids-ascension/gates.toml");

fn all_gates() -> &'static [Gates; 2] {
    static GATES: std::sync::OnceLock<[Gates; 2]> = std::sync::OnceLock::new();
    GATES.get_or_init(|| [policy(DEFAULT), policy(GERMAN)])
}

fn spans_can_be_cut(subject: &str, text: &str) {
    for gates in all_gates() {
        for found in outcome(gates, subject, text).findings().flat_map(|f| f.matches.clone()) {
            let source = if found.place == MatchPlace::Subject { subject } else { text };
            let cut = source.get(found.start as usize..found.end as usize);
            assert_eq!(cut, found.words.get().map(String::as_str));
        }
    }
}

/// Words that set rules off, with what breaks naive matching between them.
fn mail() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("vomiting".to_owned()),
        Just("won’t eat".to_owned()),
        Just("no ".to_owned()),
        Just("my dog's ".to_owned()),
        Just("Anwältin".to_owned()),
        Just("u\u{308}".to_owned()),
        Just("\u{200b}".to_owned()),
        Just("ﬁnd ".to_owned()),
        Just("🤮".to_owned()),
        Just(".\n".to_owned()),
        "\\PC{0,6}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_evaluated(subject in mail(), text in mail()) {
        spans_can_be_cut(&subject, &text);
    }
}

#[test]
fn hostile_texts_are_evaluated() {
    for piece in
        ["a'", "no ", "İ", "vomiting, ", "sick ", "\u{301}", "'", "-", ".", "ß", "plastic "]
    {
        spans_can_be_cut("", &piece.repeat(5000));
    }
}
