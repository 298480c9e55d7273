//! Patterns, nearness, negation, exceptions and spellings.

use super::{fires, outcome, policy, rule};
use crate::gates::MatchPlace;

/// Given a rule, when texts are evaluated, then those in `yes` fire and those in `no` do not.
fn holds(rule_text: &str, yes: &[&str], no: &[&str]) {
    let gates = rule(rule_text);
    for text in yes {
        assert!(fires(&gates, text), "should fire: {text}");
    }
    for text in no {
        assert!(!fires(&gates, text), "should be silent: {text}");
    }
}

#[test]
fn words_match_whole_and_in_any_case() {
    holds(
        r#"any = ["ill"]"#,
        &["Ill!", "he is ILL", "ill-looking"],
        &["will", "bill", "I'll", "I’ll"],
    );
}

#[test]
fn endings_stems_and_ends_of_words() {
    holds(r#"any = ["vomit{|s|ed}"]"#, &["vomit", "vomited"], &["vomiting"]);
    holds(r#"any = ["vomit*"]"#, &["vomiting", "vomit"], &["revomit", "vomi"]);
    holds(r#"any = ["*anwalt"]"#, &["Fachanwalt", "Anwalt"], &["Anwaltskanzlei"]);
}

#[test]
fn an_exact_word_of_one_rule_still_matches_a_stem_of_another() {
    let gates = policy(
        "[[gates]]\ncode = \"a\"\nreason = \"r\"\nrules = [{ any = [\"vomiting\"] }]\n\
         [[gates]]\ncode = \"b\"\nreason = \"r\"\nrules = [{ any = [\"vomit*\"] }]",
    );
    let found = outcome(&gates, "", "vomiting");
    assert_eq!(found.fired().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn phrases_cross_line_breaks_and_hyphens_but_not_sentences() {
    holds(
        r#"any = ["legal action"]"#,
        &["legal\naction", "legal-action", "Legal  Action"],
        &["It is legal. Action follows.", "legal\n\naction", "legal and action"],
    );
}

#[test]
fn alternatives_options_gaps_and_repetitions() {
    holds(r#"any = ["(off|gone off) his? food"]"#, &["off food", "gone off his food"], &["off it"]);
    holds(
        r#"any = ["found ..2 glass"]"#,
        &["found glass", "found some clear glass"],
        &["found a b c glass"],
    );
    holds(
        r#"any = ["no (pain|or|and)*3 rash"]"#,
        &["no rash", "no pain or rash"],
        &["no pain at all rash"],
    );
}

#[test]
fn apostrophes_of_every_form_and_possessives() {
    holds(
        r#"any = ["won't eat"]"#,
        &["won't eat", "won’t eat", "won`t eat", "WON'T EAT"],
        &["wont eat"],
    );
    holds(r#"any = ["dog"]"#, &["the dog's bowl", "the dogs' dog’s"], &["dogs"]);
}

#[test]
fn exact_spelling_and_sentence_start() {
    holds(r#"any = ["=Sue"]"#, &["Ask Sue."], &["I will sue", "SUE"]);
    holds(r#"any = ["^ sick"]"#, &["Sick again.", "Well. Sick now."], &["he is sick"]);
}

#[test]
fn nearness_by_words_side_and_bounds() {
    let near = r#"any = ["plastic"]
all = [{ any = ["found"], place = "before", within = 2 }]"#;
    holds(near, &["found some blue plastic"], &["plastic found", "found a bit of plastic"]);
    let clause = r#"any = ["sick"]
unless = [{ any = ["not"], place = "before", bounds = "clause" }]"#;
    holds(clause, &["not now, he was sick"], &["he was not at all sick"]);
    let text = r#"any = ["post"]
all = [{ any = ["facebook"], bounds = "text" }]"#;
    holds(text, &["I post. On Facebook.", "Facebook! I post."], &["I post."]);
    let after = r#"any = ["post"]
all = [{ any = ["facebook"], bounds = "text", place = "after" }]"#;
    holds(after, &["I post. On Facebook."], &["Facebook! I post."]);
}

#[test]
fn exceptions_neutralise_only_the_hits_they_overlap() {
    let blood = r#"any = ["blood"]
except = ["blood worms", "full blood"]"#;
    holds(blood, &["blood", "blood worms and blood"], &["blood worms", "a full blood count"]);
}

#[test]
fn conditions_nest() {
    let nested = r#"any = ["vomiting"]
unless = [{ any = ["stopped"], place = "before", within = 0,
  unless = [{ any = ["not"], place = "before", within = 1 }] }]"#;
    holds(nested, &["vomiting", "has not stopped vomiting"], &["he stopped vomiting"]);
}

#[test]
fn guards_and_lists_are_shared_by_name() {
    let gates = policy(
        "[lists]\nno = [\"no\", \"never\"]\nanimal = [\"dog\", \"guinea pig\"]\n\
         [guards.denied]\nany = [\"<no>\"]\nplace = \"before\"\nwithin = 1\n\
         [[gates]]\ncode = \"g\"\nreason = \"r\"\n\
         rules = [{ any = [\"sick <animal>\"], unless = [\"denied\"] }]",
    );
    assert!(fires(&gates, "a sick guinea pig"));
    assert!(!fires(&gates, "never a sick dog"));
}

#[test]
fn unicode_forms_are_one() {
    holds(
        r#"any = ["fußpilz", "übel"]"#,
        &["FUSSPILZ", "fußpilz", "u\u{308}bel", "Ü\u{ad}bel", "ü\u{200b}bel", "ＦＵＳＳＰＩＬＺ"],
        &["ubel", "uebel"],
    );
}

#[test]
fn spellings_make_accents_optional_where_the_policy_asks() {
    let gates = policy(
        "spellings = [{ \"ü\" = \"ue\" }, { \"ü\" = \"u\" }]\n\
         [[gates]]\ncode = \"g\"\nreason = \"r\"\nrules = [{ any = [\"rückzahl*\"] }]",
    );
    for text in ["Rückzahlung", "Rueckzahlung", "RUCKZAHLUNG"] {
        assert!(fires(&gates, text), "{text}");
    }
}

#[test]
fn pictographs_are_words() {
    holds(r#"any = ["🤮"]"#, &["all night🤮🤮"], &["🙂"]);
}

#[test]
fn matches_name_words_place_and_offsets_of_the_given_text() {
    let gates = rule(r#"any = ["won't eat"]"#);
    let text = "Ünser dog — he won’t  eat.";
    let found = outcome(&gates, "Won't eat", text);
    let finding = found.first().expect("finding");
    let places: Vec<_> = finding.matches.iter().map(|m| m.place).collect();
    assert_eq!(places, [MatchPlace::Subject, MatchPlace::Text]);
    let hit = finding.matches.last().expect("match");
    assert_eq!(&text[hit.start as usize..hit.end as usize], "won’t  eat");
    assert_eq!(hit.words.text(), "won’t  eat");
}
