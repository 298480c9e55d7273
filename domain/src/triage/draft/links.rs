//! Finds links and mail addresses in a draft that the policy does not list.
//!
//! The reading is deliberately wide: what a mail program or a person could take for a link counts,
//! also when it is written as `example[.]com` or with look-alike letters. A name with a dot that
//! is no link at all, such as a missing space after a full stop, may be taken for one; the draft
//! is then withheld, which costs an agent a minute, while a foreign link could cost a customer
//! more.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use crate::address;
use crate::policy::DraftRules;

/// Endings of file names, which are no domains.
const FILE_ENDINGS: [&str; 14] = [
    "jpg", "jpeg", "png", "gif", "heic", "webp", "pdf", "doc", "docx", "xls", "xlsx", "csv", "txt",
    "ics",
];

/// Schemes that carry content or code rather than a host.
const BARE_SCHEMES: [&str; 7] =
    ["javascript:", "data:", "vbscript:", "file:", "blob:", "tel:", "sms:"];

/// A scheme with its authority: what stands between `://` and the path.
static SCHEME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)[a-z][a-z0-9+.-]*:[/\\]{2,}([^/?#\s"<>)\]]*)([^\s"<>)\]]*)"#).ok()
});
/// A mail address; group 1 is what stands before the `@`, group 2 behind it.
static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"([\p{L}\p{N}._%+'-]+)@(\[?[\p{L}\p{N}.:-]+\]?)").ok());
/// Words joined by dots, perhaps with a path.
static DOTTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"([\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+)\.?(?::\d+)?([/?#][^\s"<>)\]]*)?"#).ok()
});
/// A dot written in brackets or as a word.
static HIDDEN_DOT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let word = r"\s+(?:dot|punkt|point)\s+(com|net|org|info|biz|co|io|eu|uk|de|at|ch|fr|app|shop|store|site|online|example)\b";
    let bracket = r"\s*[\[({]\s*(?:\.|dot|punkt|point)\s*[\])}]\s*";
    Regex::new(&format!("(?i){bracket}|{word}")).ok()
});
/// An `@` written in brackets.
static HIDDEN_AT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\s*[\[({]\s*(?:@|at|ät|a)\s*[\])}]\s*").ok());

/// How many links and addresses of a draft are not on the policy's list.
pub fn foreign_links(rules: &DraftRules, draft: &str) -> usize {
    let text = uncover(draft);
    let lower = text.to_lowercase();
    let bare = BARE_SCHEMES.iter().filter(|scheme| has_scheme(&lower, scheme)).count();
    let (text, schemes) = take(&SCHEME, &text, |host, tail| url_is_listed(rules, host, tail));
    let (text, addresses) = take(&ADDRESS, &text, |local, domain| {
        address_is_listed(rules, &format!("{local}@{domain}"))
    });
    let (_, names) = take(&DOTTED, &text, |name, tail| {
        !looks_like_domain(name, tail) || url_is_listed(rules, name, tail)
    });
    bare + schemes + addresses + names
}

/// Replaces every match by a space and counts those that `listed` refuses.
fn take(
    pattern: &LazyLock<Option<Regex>>,
    text: &str,
    listed: impl Fn(&str, &str) -> bool,
) -> (String, usize) {
    let Some(pattern) = pattern.as_ref() else { return (text.to_owned(), 0) };
    let mut foreign = 0;
    let rest = pattern.replace_all(text, |found: &regex::Captures<'_>| {
        let part = |group| found.get(group).map_or("", |part: regex::Match<'_>| part.as_str());
        foreign += usize::from(!listed(part(1), part(2)));
        " "
    });
    (rest.into_owned(), foreign)
}

/// The text as a reader could understand it: compatibility forms resolved, invisible characters
/// dropped, dots and at-signs written out.
fn uncover(draft: &str) -> String {
    let visible: String = draft.nfkc().filter(|c| !is_invisible(*c)).collect();
    let visible = visible.replace(['。', '．', '｡', '․', '‧'], ".");
    let dotted = match HIDDEN_DOT.as_ref() {
        Some(pattern) => pattern.replace_all(&visible, ".$1").into_owned(),
        None => visible,
    };
    match HIDDEN_AT.as_ref() {
        Some(pattern) => pattern.replace_all(&dotted, "@").into_owned(),
        None => dotted,
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// Whether a scheme stands in the text as a word of its own with something behind it.
fn has_scheme(lower: &str, scheme: &str) -> bool {
    lower.match_indices(scheme).any(|(at, _)| {
        let before = lower.get(..at).and_then(|text| text.chars().next_back());
        let after = lower.get(at + scheme.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(char::is_alphanumeric) && after.is_some_and(|c| !c.is_whitespace())
    })
}

/// Whether an authority is a listed host and its path leads nowhere else. Logins, escapes and
/// backslashes in an authority have no honest use in a reply.
fn url_is_listed(rules: &DraftRules, authority: &str, tail: &str) -> bool {
    let suspect = |c: char| matches!(c, '@' | '\\' | '%' | '[');
    if authority.contains(suspect) || leads_on(tail) {
        return false;
    }
    let host = authority.split(':').next().unwrap_or(authority);
    let host = host.trim_end_matches(['.', ',', ';', '!', '\'', '*', '_']).to_lowercase();
    rules.link_domains.iter().any(|own| is_within(&host, &own.to_lowercase()))
}

/// Whether a path or query holds another link, as open redirects do.
fn leads_on(tail: &str) -> bool {
    let lower = tail.to_lowercase();
    ["//", "@", "\\", "%2f%2f", "%40", "%5c"].iter().any(|sign| lower.contains(sign))
}

/// Whether a host is the listed domain or lies below it.
fn is_within(host: &str, own: &str) -> bool {
    host == own
        || host.strip_suffix(own).is_some_and(|above| above.ends_with('.') && above.len() > 1)
}

fn address_is_listed(rules: &DraftRules, found: &str) -> bool {
    let found = address::normalise(found.trim_end_matches(['.', ':', '-', '\'']));
    rules.addresses.iter().any(|own| address::normalise(own) == found)
}

/// Whether words joined by dots can be a host: the last one of at least two letters, not the
/// ending of a file, not an ordinal such as `1.Mai`.
fn looks_like_domain(name: &str, tail: &str) -> bool {
    let Some((before, last)) = name.rsplit_once('.') else { return false };
    if last.starts_with("xn--") || !tail.is_empty() {
        return true;
    }
    let letters = last.chars().all(char::is_alphabetic) && last.chars().count() >= 2;
    let file = FILE_ENDINGS.contains(&last.to_lowercase().as_str());
    let digits = before.chars().all(|c| c.is_ascii_digit() || c == '.');
    let ordinal =
        digits && before.len() <= 2 && last.chars().next().is_some_and(char::is_uppercase);
    let address = digits && name.split('.').count() == 4;
    address || (letters && !file && !ordinal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(draft: &str) -> usize {
        let rules = DraftRules {
            link_domains: vec!["protocolraw.co.uk".to_owned()],
            addresses: vec!["hello@protocolraw.co.uk".to_owned()],
            ..DraftRules::default()
        };
        foreign_links(&rules, draft)
    }

    #[test]
    fn given_listed_links_and_addresses_then_none_is_foreign() {
        for draft in [
            "See https://protocolraw.co.uk/account.",
            "See protocolraw.co.uk, or www.protocolraw.co.uk/help.html?a=1#b!",
            "See https://HELP.protocolraw.co.uk:443/a (or write to hello@protocolraw.co.uk).",
            "[your account](https://protocolraw.co.uk/account)",
            "mailto:Hello@ProtocolRaw.co.uk",
            "https://protocolraw.co.uk.",
            "**protocolraw.co.uk**",
        ] {
            assert_eq!(count(draft), 0, "{draft}");
        }
    }

    #[test]
    fn given_ordinary_text_then_nothing_is_taken_for_a_link() {
        for draft in [
            "E.g. 2.5 kg, i.e. 1.5% a day, at 8.30am or 14.00 p.m.",
            "Am 1.Mai, z.B. um 12.00 Uhr, d.h. mittags.",
            "Please send photo.jpg and label.PDF to us at noon.",
            "Data: we keep the file: none. Meet @ noon ... ok?",
            "We keep a dot of data: it is small.",
            "",
        ] {
            assert_eq!(count(draft), 0, "{draft}");
        }
    }

    #[test]
    fn given_foreign_links_in_any_disguise_then_each_is_found() {
        for draft in [
            "http://evil.example",
            "HTTPS://evil.example/protocolraw.co.uk",
            "evil.example",
            "www.evil.example/path",
            "//evil.example",
            "https:/evil.example",
            "hxxps://evil.example",
            "ftp://evil.example",
            "evil[.]example",
            "evil (dot) example",
            "evil dot com",
            "evil{.}example",
            "https://protocolraw.co.uk@evil.example",
            "https://protocolraw.co.uk:443@evil.example/",
            "https://protocolraw.co.uk\\@evil.example",
            "https://protocolraw.co.uk%2f@evil.example",
            "https://protocolraw.co.uk.evil.example",
            "https://protocolraw-co.uk",
            "https://notprotocolraw.co.uk",
            "https://protocolrаw.co.uk",
            "https://xn--protocolrw-8ij.co.uk",
            "ｅｖｉｌ．example",
            "evil\u{200b}.exam\u{ad}ple",
            "evil。example",
            "https://protocolraw.co.uk/go?to=https://evil.example",
            "https://protocolraw.co.uk/go?to=https%3A%2F%2Fevil.example",
            "protocolraw.co.uk//evil.example",
            "http://localhost/x",
            "http://2130706433",
            "http://1.2.3.4",
            "1.2.3.4",
            "http://[::1]/",
            "javascript:alert(1)",
            "data:text/html;base64,xx",
            "[protocolraw.co.uk](https://evil.example)",
        ] {
            assert!(count(draft) > 0, "{draft}");
        }
    }

    #[test]
    fn given_foreign_addresses_then_each_is_found() {
        for draft in [
            "evil@evil.example",
            "someone@protocolraw.co.uk",
            "mailto:evil@evil.example",
            "mailto:hello@protocolraw.co.uk?cc=evil@evil.example",
            "evil [at] evil.example",
            "evil(at)evil[.]example",
            "hello@protocolraw.co.uk.evil.example",
            "mailto:hello%40evil.example",
        ] {
            assert!(count(draft) > 0, "{draft}");
        }
    }
}
