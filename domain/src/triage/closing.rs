//! The words with which letters close, and how they are compared.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Closing formulas of the languages that customers and models close in; a policy adds its own.
pub(super) const FORMULAS: &[&str] = &[
    // English
    "Best regards",
    "Kind regards",
    "Kindest regards",
    "Warm regards",
    "Warmest regards",
    "With kind regards",
    "With best regards",
    "Regards",
    "Best wishes",
    "With best wishes",
    "Warm wishes",
    "All the best",
    "All best",
    "Best",
    "Thanks",
    "Thank you",
    "Many thanks",
    "Thanks again",
    "Thanks in advance",
    "Thank you in advance",
    "Many thanks in advance",
    "Thanks so much",
    "Thank you so much",
    "Thanks and regards",
    "Thanks and best wishes",
    "Thanks a lot",
    "Thx",
    "Sincerely",
    "Yours sincerely",
    "Sincerely yours",
    "Yours faithfully",
    "Yours truly",
    "Yours",
    "Cheers",
    "Take care",
    "Love",
    "With love",
    "Respectfully",
    "KR",
    "BR",
    // German
    "Mit freundlichen Grüßen",
    "Mit freundlichem Gruß",
    "Mit freundlichen Gruessen",
    "Freundliche Grüße",
    "Freundliche Gruesse",
    "Mit besten Grüßen",
    "Beste Grüße",
    "Beste Gruesse",
    "Mit herzlichen Grüßen",
    "Herzliche Grüße",
    "Herzliche Gruesse",
    "Mit lieben Grüßen",
    "Liebe Grüße",
    "Liebe Gruesse",
    "Lieben Gruß",
    "Lieber Gruß",
    "Viele Grüße",
    "Viele Gruesse",
    "Viele liebe Grüße",
    "Schöne Grüße",
    "Sonnige Grüße",
    "Grüße",
    "Gruesse",
    "Gruß",
    "Gruss",
    "Hochachtungsvoll",
    "Herzlichst",
    "Alles Liebe",
    "Alles Gute",
    "Vielen Dank",
    "Besten Dank",
    "Herzlichen Dank",
    "Danke",
    "Danke schön",
    "Danke im Voraus",
    "Vielen Dank im Voraus",
    "Danke und viele Grüße",
    "Vielen Dank und viele Grüße",
    "Vielen Dank und liebe Grüße",
    "Danke und liebe Grüße",
    "Danke und LG",
    "MfG",
    "LG",
    "VG",
    "BG",
    // French
    "Cordialement",
    "Bien cordialement",
    "Très cordialement",
    "Sincèrement",
    "Bien à vous",
    "Bien à toi",
    "Salutations",
    "Meilleures salutations",
    "Salutations distinguées",
    "Amicalement",
    "Merci",
    "Merci beaucoup",
    "Merci d'avance",
    "Merci par avance",
    "Bonne journée",
    "Cdt",
    "Cdlt",
    // Dutch
    "Met vriendelijke groet",
    "Met vriendelijke groeten",
    "Vriendelijke groet",
    "Vriendelijke groeten",
    "Hartelijke groeten",
    "Groeten",
    "Groetjes",
    "Groet",
    "Mvg",
    "Alvast bedankt",
    "Bedankt",
    // Spanish, Italian, Portuguese, Nordic, Polish
    "Saludos",
    "Un saludo",
    "Saludos cordiales",
    "Atentamente",
    "Gracias",
    "Muchas gracias",
    "Cordiali saluti",
    "Distinti saluti",
    "Saluti",
    "Un saluto",
    "Grazie",
    "Grazie mille",
    "Atenciosamente",
    "Com os melhores cumprimentos",
    "Cumprimentos",
    "Obrigado",
    "Obrigada",
    "Med vänliga hälsningar",
    "Vänliga hälsningar",
    "Hälsningar",
    "Med venlig hilsen",
    "Mvh",
    "Vennlig hilsen",
    "Hilsen",
    "Pozdrawiam",
    "Z poważaniem",
    "Dziękuję",
];

/// Words that join a sign-off's parts, or name a team; they never make a sign-off by themselves.
pub(super) const FILLERS: &[&str] = &[
    "and",
    "the",
    "your",
    "our",
    "from",
    "at",
    "of",
    "for",
    "on behalf of",
    "team",
    "support",
    "support team",
    "customer",
    "customers",
    "care",
    "service",
    "services",
    "success",
    "happiness",
    "help",
    "desk",
    "helpdesk",
    "und",
    "das",
    "der",
    "die",
    "dein",
    "deine",
    "ihr",
    "ihre",
    "euer",
    "eure",
    "unser",
    "vom",
    "von",
    "bei",
    "im namen von",
    "kundenservice",
    "kundendienst",
    "et",
    "de",
    "du",
    "votre",
    "equipe",
    "l equipe",
    "service client",
    "het",
    "namens",
];

/// What may stand in brackets in place of a name.
const SLOTS: &[&str] = &[
    "name",
    "your name",
    "agent name",
    "agent",
    "persona",
    "persona name",
    "my name",
    "signature",
    "ihr name",
    "dein name",
    "mein name",
    "votre nom",
    "nom",
    "prenom",
    "naam",
    "uw naam",
];

/// What a bracketed slot becomes among the words of a line.
pub(super) const SLOT_WORD: &str = "[name]";

/// Lower case without accents, `ß` as `ss`: the form in which words are compared.
pub fn fold(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    plain.collect::<String>().replace('ß', "ss")
}

/// The folded words of a line; a bracketed slot such as `[Name]` is the word [`SLOT_WORD`].
pub(super) fn words(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((before, inside, after)) = bracketed(rest) {
        found.extend(split(before));
        let inner = split(inside);
        if SLOTS.contains(&inner.join(" ").as_str()) {
            found.push(SLOT_WORD.to_owned());
        } else {
            found.extend(inner);
        }
        rest = after;
    }
    found.extend(split(rest));
    found
}

/// The text before, inside and after the first pair of square, curly or angle brackets.
fn bracketed(text: &str) -> Option<(&str, &str, &str)> {
    let (before, from_open) = text.split_at(text.find(['[', '{', '<'])?);
    let close = from_open.find([']', '}', '>'])?;
    Some((before, from_open.get(1..close)?, from_open.get(close + 1..)?))
}

fn split(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Whether `name`, as words, stands in `text`, as whole words one after the other.
pub(super) fn contains_words(text: &str, name: &str) -> bool {
    let (text, name) = (words(text), words(name));
    !name.is_empty() && text.windows(name.len()).any(|window| window == name)
}

/// How many words of `line` a formula at its beginning takes; the longest formula wins.
pub(super) fn formula_words(line: &[String]) -> Option<usize> {
    let starts = |formula: &&str| {
        let formula = words(formula);
        (!formula.is_empty() && line.starts_with(&formula)).then_some(formula.len())
    };
    FORMULAS.iter().filter_map(starts).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_slots_are_kept_apart() {
        assert_eq!(words("Mit freundlichen GRÜẞEN,"), ["mit", "freundlichen", "grussen"]);
        assert_eq!(words("[Your Name], [Note]"), [SLOT_WORD, "note"]);
        assert_eq!(words("a < b"), ["a", "b"]);
    }

    #[test]
    fn the_longest_formula_wins() {
        assert_eq!(formula_words(&words("Thanks in advance, Mo")), Some(3));
        assert_eq!(formula_words(&words("Where is it")), None);
    }
}
