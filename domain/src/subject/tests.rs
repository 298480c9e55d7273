use super::*;
use crate::policy::tests::policy;

const PREFIX: Option<&str> = Some("[Support]");

fn cleaned(subject: &str) -> Option<String> {
    clean(subject, PREFIX, &policy().subjects)
}

#[test]
fn given_marks_and_prefix_in_any_order_then_the_bare_subject_is_stored() {
    for subject in [
        "Late box",
        "Re: Late box",
        "RE:Late box",
        "RE\u{a0}: Late box",
        "AW: WG: Late box",
        "Re: [Support] Late box",
        "[support] Re[2]: [Support]  Late   box",
        "Fwd: Re (3): sv: Late box",
        "回复：Late box",
        "Re:\r\n Late\tbox\u{200b}",
    ] {
        assert_eq!(cleaned(subject).as_deref(), Some("Late box"), "{subject:?}");
    }
}

#[test]
fn given_words_that_only_look_like_marks_then_they_stay() {
    for subject in ["Return: my box", "Reorder", "Re the box", "[Supporters] hello", "Are: you"] {
        assert_eq!(cleaned(subject).as_deref(), Some(subject));
    }
}

#[test]
fn given_no_prefix_in_the_policy_then_a_bracketed_word_stays() {
    let rules = &policy().subjects;
    assert_eq!(clean("AW: [Support] Kurs", None, rules).as_deref(), Some("[Support] Kurs"));
}

#[test]
fn given_a_placeholder_or_nothing_visible_then_the_subject_is_blank() {
    for subject in [
        "",
        "  \t",
        "\u{200b}\u{feff}",
        "(no subject)",
        "Re: (No Subject)",
        "[no subject]",
        "<kein Betreff>",
        "（no subject）",
        "(none)",
        "(EMPTY)",
        "(pending)",
        "Re:",
        "[Support]",
        "Re: [Support]",
    ] {
        assert_eq!(cleaned(subject), None, "{subject:?}");
    }
}

#[test]
fn given_a_placeholder_inside_a_real_subject_then_it_is_kept() {
    assert_eq!(cleaned("Payment (pending) twice").as_deref(), Some("Payment (pending) twice"));
    assert_eq!(cleaned("none").as_deref(), Some("none"));
}

#[test]
fn given_all_sources_then_the_chain_takes_the_first_that_says_something() {
    let policy = policy();
    let choice =
        |customer, suggested| choose(&policy, PREFIX, customer, suggested, "delivery", "en");
    let is = |text: &str, source| Subject { text: text.to_owned(), source };
    assert_eq!(choice(Some("Re: Box"), Some("Late")), is("Box", SubjectSource::Customer));
    assert_eq!(choice(Some("(none)"), Some("Late")), is("Late", SubjectSource::Suggested));
    assert_eq!(choice(None, Some("(empty)")), is("Your delivery", SubjectSource::Category));
}

#[test]
fn given_only_a_category_then_its_customer_facing_name_is_the_subject() {
    let policy = policy();
    assert_eq!(from_category(&policy, "escalation", "en"), "Your enquiry");
    assert_eq!(from_category(&policy, "escalation", "de-AT"), "Ihre Anfrage");
    assert_eq!(from_category(&policy, "escalation", "fr"), "Your enquiry");
    assert_eq!(from_category(&policy, "long gone", "en"), "Your question");
}

#[test]
fn given_a_reply_then_mark_prefix_and_subject_stand_in_that_order() {
    assert_eq!(outgoing("Late box", PREFIX, true), "Re: [Support] Late box");
    assert_eq!(outgoing("Late box", PREFIX, false), "[Support] Late box");
    assert_eq!(outgoing("Kurszugang", None, true), "Re: Kurszugang");
    assert_eq!(outgoing("Kurszugang", Some(" "), false), "Kurszugang");
}

#[test]
fn what_is_sent_comes_back_as_what_was_stored() {
    for stored in ["Late box", "Payment (pending) twice", "😀 danke"] {
        assert_eq!(cleaned(&outgoing(stored, PREFIX, true)).as_deref(), Some(stored));
    }
}
