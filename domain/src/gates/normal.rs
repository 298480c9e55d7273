//! Folds characters so that spellings that look alike compare equal.
//!
//! Words are compared in Unicode form NFKC, lower case, with `ß` as `ss`, and without invisible
//! characters. Accents stay: a policy says by its spellings which of them are optional.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a character beyond ASCII means for the cutting of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Part of a word; its lower case needs no normalisation unless marks follow.
    Letter,
    /// Part of a word that needs the full normalisation.
    Complex,
    /// Invisible: neither part of a word nor an end of one.
    Invisible,
    /// An apostrophe of any form.
    Apostrophe,
    /// Ends a sentence by itself.
    Stop,
    /// Ends a clause: a dash or a bracket.
    Pause,
    /// A pictograph; a word of its own.
    Pictograph,
    /// White space of any form.
    Space,
    /// Anything else between words.
    Other,
}

/// Sorts a character beyond ASCII.
pub(super) fn kind(c: char) -> Kind {
    match c {
        '\u{c0}'..='\u{17e}' if c != '×' && c != '÷' && !('ĳ'..='ŀ').contains(&c) && c != 'ŉ' => {
            if matches!(c, 'İ' | 'Ĳ') {
                Kind::Complex
            } else {
                Kind::Letter
            }
        }
        '\u{2019}' | '\u{2018}' | '\u{2bc}' | '\u{ff07}' | '\u{b4}' | '\u{201b}' | '\u{2032}' => {
            Kind::Apostrophe
        }
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' => Kind::Invisible,
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => Kind::Invisible,
        '\u{fe00}'..='\u{fe0f}' => Kind::Invisible,
        '…' | '。' | '！' | '？' | '؟' | '।' => Kind::Stop,
        '–' | '—' | '―' | '、' | '，' | '；' | '：' => Kind::Pause,
        '\u{2600}'..='\u{27bf}' | '\u{1f300}'..='\u{1faff}' => Kind::Pictograph,
        _ if c.is_whitespace() => Kind::Space,
        _ if c.is_alphanumeric() || is_combining_mark(c) => Kind::Complex,
        _ => Kind::Other,
    }
}

/// The folded form of a word that holds characters of kind [`Kind::Complex`].
pub(super) fn fold(word: &str) -> String {
    let visible = word.chars().filter(|c| c.is_ascii() || kind(*c) != Kind::Invisible);
    let lower: String = visible.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    if lower.contains('ß') { lower.replace('ß', "ss") } else { lower }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compatible_forms_fold_to_one() {
        for (written, folded) in [
            ("ﬁnd", "find"),
            ("ＶＯＭＩＴ", "vomit"),
            ("u\u{308}bel", "übel"),
            ("STRAẞE", "strasse"),
        ] {
            assert_eq!(fold(written), folded);
        }
        assert_eq!(fold("vo\u{200b}mit"), "vomit");
    }
}
