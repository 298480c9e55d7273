use super::{assert_new_text, split};

const HEAD: &str = "On Mon, Nov 3, 2025 at 9:14 AM Mia Stone <mia@example.com> wrote:\n";

#[test]
fn answers_between_quotes_stay() {
    let text = format!(
        "{HEAD}\n> Which box?\n\nThe large one.\n\n> When?\n> And where?\n\nOn Friday, at home.\n"
    );
    assert_new_text(&text, "The large one.\n\nOn Friday, at home.");
}

#[test]
fn answers_below_a_quote_stay() {
    assert_new_text(
        &format!("{HEAD}> Which box?\n> Please tell us.\n\nThe large one."),
        "The large one.",
    );
    assert_new_text(
        &format!("Hi Mia,\n\n{HEAD}> Which box?\n\nThe large one.\n\nAnn"),
        "Hi Mia,\n\nThe large one.\n\nAnn",
    );
}

#[test]
fn a_quote_at_the_end_goes_with_or_without_attribution() {
    assert_new_text("The large one.\n\n> Which box?\n", "The large one.");
    assert_new_text("The large one.\n> Which box?\n>> Old\n", "The large one.");
}

#[test]
fn a_short_citation_by_hand_stays() {
    let text = "You say:\n\n> two days\n\nIt was a week.";
    assert_new_text(text, text);
}

#[test]
fn long_quotes_without_attribution_go() {
    let quote: String = (0..9).map(|i| format!("> Old line {i}.\n")).collect();
    assert_new_text(&format!("{quote}\nThe large one."), "The large one.");
}

#[test]
fn lines_that_were_broken_inside_a_quote_go() {
    let text = format!(
        "Yes.\n\n{HEAD}> Would you like us to send the box again to the address that you gave\nus last week?\n> Best,\n> Mia\n"
    );
    assert_new_text(&text, "Yes.");
}

#[test]
fn a_link_that_broke_out_of_a_quote_goes() {
    assert_new_text(
        &format!("Yes.\n\n{HEAD}> See here\n>\n (https://example.com/a/b/c) >\n> Mia\n"),
        "Yes.",
    );
}

#[test]
fn an_address_broken_before_its_bracket_is_no_quote() {
    let text = "Yes.\n\nAm 03.11.2025 09:14 schrieb \"Mia Stone\" <mia@example.com\n>:\n\n> Old\n";
    assert_new_text(text, "Yes.");
}

#[test]
fn named_quote_marks_go_below_an_attribution() {
    assert_new_text(&format!("Yes.\n\n{HEAD}> Old\n\nMS> Older\nMS>\n"), "Yes.");
}

#[test]
fn help_desk_lines() {
    for line in [
        "##- Please type your reply above this line -##",
        "--- Reply above this line ---",
        "=== Bitte antworten Sie oberhalb dieser Zeile ===",
        "## Répondez au-dessus de cette ligne ##",
    ] {
        assert_new_text(&format!("Yes.\n\n{line}\n\nYour ticket 7 was changed.\n"), "Yes.");
        let above = format!("Yes.\n\n{HEAD}\n{line}\n\nYour ticket 7 was changed.\n");
        assert_new_text(&above, "Yes.");
    }
}

#[test]
fn only_quotes() {
    let marked = split(&format!("{HEAD}> Old words.\n> More.\n"));
    assert_eq!(marked.new_text, "");
    assert!(marked.quoted.contains("> Old words."));
    assert_new_text("> Unexplained words.\n", "> Unexplained words.");
}

#[test]
fn unquoted_text_below_an_attribution_at_the_top_stays() {
    assert_new_text(&format!("{HEAD}\nThe large one.\n"), "The large one.");
}

#[test]
fn line_ends_and_odd_spaces() {
    let text = "Yes,\u{a0}please.\r\n\r\nLe\u{a0}lun. 3 nov. 2025 à\u{202f}09:14, Mia Stone <mia@example.com> a écrit\u{a0}:\r\n\r\n> Old\r\n";
    assert_new_text(text, "Yes, please.");
    assert_new_text("\u{feff}Yes\u{200b}.\r\r> Old", "Yes.");
}

#[test]
fn a_gateway_warning_at_the_top_goes() {
    let text = "CAUTION: This email originated from outside the organization. Do not click links.\n\nHi,\nwhere is my box?";
    assert_new_text(text, "Hi,\nwhere is my box?");
}
