use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::split;
use crate::email::new_text::lines::Document;

/// Pieces that drive every rule, to be strung together in any order.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("\n".to_owned()),
        Just("> ".to_owned()),
        Just("On Mon, Nov 3, 2025 at 9:14 AM Mia <mia@example.com> wrote:\n".to_owned()),
        Just("From: mia@example.com\nSent: 3 Nov 2025\nTo: x\n".to_owned()),
        Just("-----Original Message-----\n".to_owned()),
        Just("Begin forwarded message:\n".to_owned()),
        Just("-- \n".to_owned()),
        Just("____\n".to_owned()),
        Just("Best regards,\nAnn\n".to_owned()),
        Just("Sent from my iPhone\n".to_owned()),
        Just("Where is my box?\n".to_owned()),
        Just("よろしくお願いいたします。\r\n".to_owned()),
        Just("İstanbul <\n".to_owned()),
        "\\PC{0,20}",
        any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #[test]
    fn every_line_comes_from_the_text(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        let document = Document::new(&text);
        let lines: Vec<&str> = (0..document.len()).map(|line| document.raw(line)).collect();
        let split = split(&text);
        for line in split.new_text.lines().filter(|line| !line.is_empty()) {
            prop_assert!(lines.iter().any(|known| known.ends_with(line)), "{line:?} is not in {text:?}");
        }
    }

    #[test]
    fn own_words_are_never_lost(before in "[a-z]{3,9} [a-z]{3,9}", pieces in prop::collection::vec(piece(), 0..20)) {
        let text = format!("{before}\n\n{}", pieces.concat());
        prop_assert!(split(&text).new_text.contains(&before));
    }

    #[test]
    fn any_text(text in any::<String>()) {
        split(&text);
    }
}

#[test]
fn hostile_texts_take_linear_time() {
    let patterns = [
        ">",
        "> ",
        "> a\n",
        "On ",
        "On\n",
        "On On On:\n",
        "a:\n",
        ":\n",
        "wrote:\n",
        "On 1 May 2020 wrote\n",
        "From: x\n",
        "From: x@y\nDate:\n\n",
        "-",
        "-\n",
        "--\n",
        "---\n\n",
        "\n",
        "<\n",
        "<a@b\n> ",
        "Thanks,\n",
        "Sent from my iPhone\n",
        "confidential\n\n",
        "a\n> b\n",
        "a\nb>\n",
        "\u{200b}",
        "İ",
        "=\n",
        "Begin forwarded message:\n",
        "unsubscribe from this\n\n",
        "do not click links\n",
        "+44 113 496 0000\n",
        "2020-01-01 gmt+1\n",
        "> On 1 May 2020, A wrote:\n",
        "—\n",
        "1:1 1:1 1:1",
        "@",
        "> a\nb\n",
        "type your reply above this line\n",
    ];
    let bytes = if cfg!(debug_assertions) { 100_000 } else { 2_000_000 };
    for pattern in patterns {
        let text = pattern.repeat(bytes / pattern.len());
        let start = Instant::now();
        split(&text);
        // Generous, for a busy machine. Quadratic work would take minutes.
        assert!(start.elapsed() < Duration::from_secs(10), "{pattern:?}: {:?}", start.elapsed());
    }
}
