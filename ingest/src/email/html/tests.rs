use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{to_text, to_text_marking_quotes};
use crate::email::new_text::split;

/// Asserts what is new in a mail in HTML.
fn assert_new_text(html: &str, own: &str) {
    let text = to_text_marking_quotes(html);
    assert_eq!(split(&text).new_text, own, "\nof the text:\n{text}");
}

#[test]
fn lines_and_entities() {
    let html =
        "<p>Caf&eacute; &amp; bar&nbsp;&#8364;5</p><p>Second<br>line</p><div>a</div><div>b</div>";
    assert_eq!(to_text(html), "Café & bar €5\n\nSecond\nline\na\nb");
    assert_eq!(to_text("  a \n\n b<b>c</b> <i>d</i>"), "a bc d");
    assert_eq!(to_text("<ul><li>one</li><li>two<li>three</ul>"), "- one\n- two\n- three");
    assert_eq!(
        to_text("<table><tr><td>Box<td>2 kg<tr><td>Tin<td>1 kg</table>"),
        "Box 2 kg\nTin 1 kg"
    );
    assert_eq!(to_text("<pre>a  b\n  c</pre>"), "a  b\nc");
    assert_eq!(to_text("see <a href='https://x.example/y?z'>the page</a>."), "see the page.");
    assert_eq!(to_text("<p class=MsoNormal>a</p><p class=MsoNormal>b</p>"), "a\nb");
    let empty_line =
        "<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p>";
    assert_eq!(to_text(empty_line), "a\n\nb");
}

#[test]
fn what_is_not_for_the_reader_goes() {
    let html = "<html><head><title>T</title><style>p{}</style><script>if (a<b) alert('</p>')</script></head>\
        <body>a<!-- note --><!--[if mso]><p>mso</p><![endif]--><![if !mso]>b<![endif]>\
        <div style='display: none'>c<div>d</div></div><noscript>e</noscript>f<xml><w:x>g</w:x></xml></body>";
    assert_eq!(to_text(html), "abf".replace('f', "\nf"));
}

#[test]
fn emoji_pictures_stay() {
    assert_eq!(to_text("ok <img alt='👍' src=x> <img alt='logo' src=y>"), "ok 👍");
}

#[test]
fn unclosed_and_empty() {
    assert_eq!(to_text(""), "");
    assert_eq!(to_text("<html></html>"), "");
    assert_eq!(to_text("<div><b>a<p>b</div>c</table>d<"), "a\n\nb\nc\nd<");
    assert_eq!(to_text("a\0b&#0;c"), "a\u{fffd}b\u{fffd}c");
    assert_eq!(to_text("no tags at all, 1 < 2 & 3 > 2"), "no tags at all, 1 < 2 & 3 > 2");
}

#[test]
fn programs_that_mark_their_quotes() {
    let attribution = "On Mon, 3 Nov 2025 at 09:14, Mia &lt;mia@example.com&gt; wrote:";
    for quote in [
        "<div class=\"gmail_quote\"><div class=\"gmail_attr\">ATT<br></div><blockquote class=\"gmail_quote\">OLD</blockquote></div>",
        "<div class=\"gmail_extra\"><div class=\"gmail_quote\">ATT<br><blockquote class=\"gmail_quote\">OLD</blockquote></div></div>",
        "<div class=\"gmail_quote\">ATT<div>OLD</div></div>",
        "<div class=\"x_gmail_quote\">ATT<div>OLD</div></div>",
        "<div><br><blockquote type=\"cite\"><div>ATT</div><div>OLD</div></blockquote></div>",
        "<div class=\"moz-cite-prefix\">ATT<br></div><blockquote type=\"cite\">OLD</blockquote>",
        "<div id=\"yahoo_quoted_1\" class=\"yahoo_quoted\"><div>ATT</div><div>OLD</div></div>",
        "<div class=\"protonmail_quote\">ATT<br><blockquote>OLD</blockquote></div>",
        "<p>ATT</p><blockquote>OLD</blockquote>",
        "<span id=\"OLK_SRC_BODY_SECTION\"><div>ATT</div></span><div id=\"OLK_SRC_BODY_SECTION\">OLD</div>",
        "<div name=\"messageReplySection\">ATT<br><div>OLD</div></div>",
        "<div name=\"quote\"><div>Gesendet: x</div>OLD</div>",
        "<div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>X:</b> Mia<br><b>Y:</b> z</div><div>OLD</div>",
        "<hr id=\"zwchr\" data-marker=\"__DIVIDER__\"><div>X: y</div><div>OLD</div>",
        "<hr id=\"stopSpelling\">Date: z<br>OLD",
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b>Sender:</b> Mia</p></div><p>OLD</p>",
        "<div><hr><b>From:</b> Mia &lt;mia@example.com&gt;<br><b>Sent:</b> 3 Nov 2025<br><b>To:</b> x<br>OLD</div>",
        "<p><b>Von:</b> Mia<br><b>Gesendet:</b> 3. Nov. 2025 09:14<br><b>An:</b> x<br><b>Betreff:</b> y</p><p>OLD</p>",
        "<div><b>From: mia@example.com</b> <b>Date: Mon, 3 Nov 2025 09:14:22 +0100</b></div><div>OLD</div>",
    ] {
        let quote = quote.replace("ATT", attribution).replace("OLD", "Old words.");
        assert_new_text(&format!("<div>My answer.</div>{quote}"), "My answer.");
    }
}

#[test]
fn answers_between_quotes_in_gmail() {
    let html = "<div class=gmail_quote><div class=gmail_attr>On Mon, 3 Nov 2025, Mia &lt;m@example.com&gt; wrote:</div>\
        <blockquote class=gmail_quote>Which?</blockquote><div>The large one.</div>\
        <blockquote class=gmail_quote>When?</blockquote><div>Friday.</div></div>";
    assert_new_text(html, "The large one.\n\nFriday.");
}

#[test]
fn a_citation_made_in_gmails_composer_stays() {
    let html = "<div>I read:</div><blockquote class=gmail_quote>two days</blockquote><div>It was ten.</div>";
    let html = html.replace("I read:", "I read");
    assert_new_text(&html, "I read\ntwo days\nIt was ten.");
}

#[test]
fn signatures_are_introduced() {
    for signature in [
        "<div class=\"gmail_signature\">Ann Reed<br>Mill Ltd</div>",
        "<div id=\"Signature\"><p>Ann Reed</p><p>Mill Ltd</p></div>",
        "<div class=\"moz-signature\">Ann Reed<br>Mill Ltd</div>",
        "<div id=\"ms-outlook-mobile-signature\">Get Outlook for iOS</div>",
    ] {
        assert_new_text(&format!("<div>My answer.</div>{signature}"), "My answer.");
    }
    assert_eq!(to_text("a<div class=gmail_signature>Ann</div>"), "a\nAnn");
}

#[test]
fn a_mail_that_only_forwards_keeps_the_forwarded_text() {
    let html = "<div dir=ltr><br><div class=gmail_quote><div class=gmail_attr>---------- Forwarded message ---------<br>\
        From: Mia &lt;m@example.com&gt;<br>Date: Mon, 3 Nov 2025<br>Subject: box<br>To: x<br></div><br>Where is my box?</div></div>";
    assert_new_text(html, "Where is my box?");
}

#[test]
fn hostile_html_takes_linear_time() {
    let bytes = if cfg!(debug_assertions) { 300_000 } else { 3_000_000 };
    for pattern in [
        "<div>",
        "<b>",
        "<blockquote>",
        "<table><tr><td>",
        "</div>",
        "<div></b>",
        "<p>",
        "<",
        "<a ",
        "<!--",
        "<![CDATA[",
        "&",
        "&amp",
        "&#x",
        "<br>",
        "<br>a",
        "<div class=gmail_quote>a",
        "<blockquote>a<div>",
        "<li>",
        "<xml>",
        "<style>",
        "<a b=c d=e ",
        "<hr>",
        "</blockquote><blockquote>a",
        "<div><blockquote></div>",
        "<pre>\n a",
    ] {
        let html = pattern.repeat(bytes / pattern.len());
        let start = Instant::now();
        let text = to_text_marking_quotes(&html);
        assert!(text.len() <= html.len() * 12 + 100, "{pattern:?}");
        assert!(start.elapsed() < Duration::from_secs(10), "{pattern:?}: {:?}", start.elapsed());
    }
    let names: String = (0..bytes / 12).map(|i| format!(" a{i}=b")).collect();
    assert_eq!(to_text(&format!("<div{names}>x</div>")), "x");
}

proptest! {
    #[test]
    fn any_html(html in "(<[a-z/!-]{0,12}( [a-z]{1,5}=\"?[a-z_:;]{0,20}\"?)?>|[a-z &;]{0,12}|\\PC{0,4}){0,30}") {
        to_text(&html);
        split(&to_text_marking_quotes(&html));
    }

    #[test]
    fn text_without_tags_stays(words in "[a-z]{1,8}( [a-z]{1,8}){0,8}") {
        prop_assert_eq!(to_text(&words), words.clone());
        prop_assert_eq!(to_text_marking_quotes(&format!("<p>{words}</p>")), words);
    }
}
