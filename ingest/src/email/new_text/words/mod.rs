//! The words of mail programs and letter writers, as data: one text file for each use.
//!
//! Words are lower case, separated by ` | `; a line starting with `#` is a remark. Adding a
//! language means adding words to these files, nothing else.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What a header field above a quoted mail holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The sender.
    From,
    /// The date.
    Date,
    /// Receivers, open or in copy.
    To,
    /// The subject.
    Subject,
    /// Any other field of such a block.
    Other,
}

type Words = LazyLock<HashSet<&'static str>>;

/// Verbs that close or join an attribution.
pub static VERBS: Words = LazyLock::new(|| set(include_str!("verbs.txt")));
/// Words that open an attribution.
pub static INTROS: Words = LazyLock::new(|| set(include_str!("intros.txt")));
/// Beginnings of names of months.
pub static MONTHS: Words = LazyLock::new(|| set(include_str!("months.txt")));
/// Beginnings of names of weekdays.
pub static WEEKDAYS: Words = LazyLock::new(|| set(include_str!("weekdays.txt")));
/// Names of the separator above a quoted mail.
pub static ORIGINAL: Words = LazyLock::new(|| set(include_str!("original.txt")));
/// Names of the separator above a forwarded mail.
pub static FORWARDED: Words = LazyLock::new(|| set(include_str!("forwarded.txt")));
/// Devices and mail programs.
pub static DEVICE_NAMES: Words = LazyLock::new(|| set(include_str!("device_names.txt")));
/// Phrases that close a letter.
pub static CLOSINGS: Words = LazyLock::new(|| set(include_str!("closings.txt")));
/// Headings of legal notices.
pub static NOTICE_HEADINGS: Words = LazyLock::new(|| set(include_str!("notice_headings.txt")));
/// Endings of attributions in languages written without spaces.
pub static UNSPACED_VERBS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| items(include_str!("verbs_unspaced.txt")).collect());
/// Endings of a line that names the device.
pub static DEVICE_ENDINGS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| items(include_str!("device_endings.txt")).collect());
/// Beginnings of a line that names the device, by their first character.
pub static DEVICE_OPENINGS: LazyLock<HashMap<char, Vec<&'static str>>> =
    LazyLock::new(|| by_first_char(include_str!("device_openings.txt")));
/// Names of header fields.
pub static FIELDS: LazyLock<HashMap<&'static str, Field>> = LazyLock::new(fields);

/// The words of one file.
pub fn items(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split(" | "))
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// Whether a word is one of `beginnings`, or starts with one that is 3 to 10 characters long.
pub fn begins(word: &str, beginnings: &HashSet<&'static str>) -> bool {
    let ends = word.char_indices().map(|(at, _)| at).skip(3).take(8).chain([word.len()]);
    ends.filter_map(|end| word.get(..end)).any(|beginning| beginnings.contains(beginning))
}

fn set(file: &'static str) -> HashSet<&'static str> {
    items(file).collect()
}

fn by_first_char(file: &'static str) -> HashMap<char, Vec<&'static str>> {
    let mut map: HashMap<char, Vec<&'static str>> = HashMap::new();
    for item in items(file) {
        if let Some(first) = item.chars().next() {
            map.entry(first).or_default().push(item);
        }
    }
    map
}

fn fields() -> HashMap<&'static str, Field> {
    let mut map = HashMap::new();
    for line in include_str!("fields.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((kind, names)) = line.split_once(':') else { continue };
        let field = match kind {
            "from" => Field::From,
            "date" => Field::Date,
            "to" => Field::To,
            "subject" => Field::Subject,
            _ => Field::Other,
        };
        for name in names.split(" | ") {
            map.entry(name.trim()).or_insert(field);
        }
    }
    map
}
