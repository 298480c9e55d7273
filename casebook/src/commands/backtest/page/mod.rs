//! A run as one HTML page: no network, no scripts, light and dark, charts as inline SVG.

mod bars;
mod heat;
mod markup;
mod style;

use casebook_domain::backtest::{Pair, Totals};

use super::Account;
use super::table::parts;
use bars::{Bar, bars};
use heat::heat;
use markup::Page;

/// The whole page.
pub fn page(account: &Account<'_>) -> String {
    let mut page = Page::default();
    head(&mut page, account);
    figures(&mut page, &account.totals);
    notes(&mut page, account);
    page.raw(
        "<section><h2>Messages by gate</h2><p>A message counts once for each gate that fires.</p>",
    );
    let gates = account.totals.gates.iter().map(|gate| Bar::new(&gate.code, gate.messages));
    bars(&mut page, "Messages by gate, before and after", &gates.collect::<Vec<_>>());
    page.raw("</section><div class=\"pair\"><section><h2>Tickets by category</h2>");
    let categories = account.totals.categories.iter().map(|category| {
        Bar::new(category.code.as_deref().unwrap_or("(undecided)"), category.tickets)
    });
    bars(&mut page, "Tickets by category, before and after", &categories.collect::<Vec<_>>());
    page.raw("</section><section><h2>Tickets by priority</h2>");
    let priorities = account.totals.priorities.iter().map(|total| {
        let name = total.priority.map_or("(undecided)".to_owned(), |n| format!("Priority {n}"));
        Bar::new(&name, total.tickets)
    });
    bars(&mut page, "Tickets by priority, before and after", &priorities.collect::<Vec<_>>());
    page.raw("</section></div>");
    people(&mut page, account);
    answers(&mut page, &account.totals);
    changes(&mut page, account);
    page.raw("</main></body></html>\n");
    page.into_string()
}

fn head(page: &mut Page, account: &Account<'_>) {
    let run = account.run;
    page.raw(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Backtest of ",
    );
    page.text(&run.tenant);
    page.raw("</title><style>");
    page.raw(style::STYLE);
    page.raw("</style></head><body><main><header><h1>Backtest of ");
    page.text(&run.tenant);
    page.raw("</h1><p><span class=\"key after\"></span><b>After</b>: ");
    named(page, &run.policy.name, &run.policy.version);
    page.raw("<br><span class=\"key before\"></span><b>Before</b>: ");
    match &run.against {
        Some(policy) => named(page, &policy.name, &policy.version),
        None => page.raw("what was recorded, under the policy of each time"),
    }
    page.raw("<br>Messages ");
    match (account.from, account.to) {
        (None, None) => page.raw("of all times"),
        (from, to) => {
            page.raw("from ");
            page.text(from.unwrap_or("the first"));
            page.raw(" to ");
            page.text(to.unwrap_or("the last"));
        }
    }
    page.raw(", log up to position ");
    page.text(run.position);
    page.raw("</p></header>");
}

fn named(page: &mut Page, name: &str, version: &str) {
    page.text(name);
    page.raw(" <code title=\"");
    page.text(version);
    page.raw("\">v");
    page.text(version.get(..12).unwrap_or(version));
    page.raw("</code>");
}

fn figures(page: &mut Page, totals: &Totals) {
    page.raw("<section class=\"figures\">");
    figure(page, "messages", totals.messages);
    figure(page, "tickets", totals.tickets);
    figure(page, "tickets come out otherwise", totals.changed);
    pair(page, "escalated tickets", totals.escalated);
    figure(page, "subjects change", totals.subjects_changed);
    figure(page, "sign-offs change", totals.sign_offs_changed);
    page.raw("</section>");
}

fn figure(page: &mut Page, name: &'static str, value: u64) {
    page.raw("<div><b>");
    page.number(value);
    page.raw("</b><span>");
    page.raw(name);
    page.raw("</span></div>");
}

fn pair(page: &mut Page, name: &'static str, pair: Pair) {
    page.raw("<div><b>");
    page.number(pair.before);
    page.raw(" <i>&rarr;</i> ");
    page.number(pair.after);
    page.raw("</b><span>");
    page.raw(name);
    page.raw("</span></div>");
}

fn notes(page: &mut Page, account: &Account<'_>) {
    let run = account.run;
    if run.short_facts == 0 && run.unread.is_empty() {
        return;
    }
    page.raw("<section class=\"notes\"><ul>");
    if run.short_facts > 0 {
        page.raw("<li>");
        page.number(run.short_facts);
        page.raw(
            " messages have recorded facts that reach less far back than this policy looks; \
             contacts and credits may be counted too low.</li>",
        );
    }
    for (reason, times) in &run.unread {
        page.raw("<li>Not judged again: ");
        page.number(*times);
        page.raw(" (");
        page.text(reason);
        page.raw(")</li>");
    }
    page.raw("</ul></section>");
}

fn people(page: &mut Page, account: &Account<'_>) {
    page.raw(
        "<section><h2>What triage foretells, and what humans did</h2>\
         <p>Tickets by what triage alone makes of them (rows) and what agents did in the end \
         (columns). The darker, the more tickets. &ldquo;unknown&rdquo;: a gate decided then and \
         none does now, so a model would be asked.</p><div class=\"pair\">",
    );
    heat(page, "Before", account, |pair| pair.before);
    heat(page, "After", account, |pair| pair.after);
    page.raw("</div></section>");
}

fn answers(page: &mut Page, totals: &Totals) {
    page.raw("<section><h2>Answers, accepted again</h2><p>");
    page.number(totals.answers);
    page.raw(" recorded answers of a model went through the checks again; no model was asked.</p>");
    let rows = [
        Bar::new("below notify", totals.notified),
        Bar::new("fit for autonomy", totals.autonomous),
        Bar::new("refused", totals.refused),
    ];
    bars(page, "Answers before and after", &rows);
    page.raw("<p>Drafts: ");
    for (at, (change, tickets)) in totals.drafts.iter().enumerate() {
        page.raw(if at == 0 { "" } else { ", " });
        page.number(*tickets);
        page.raw(" ");
        page.text(change.name());
    }
    page.raw(". Subjects of replies that change: ");
    page.number(totals.reply_subjects_changed);
    page.raw(".</p></section>");
}

fn changes(page: &mut Page, account: &Account<'_>) {
    if account.shown.is_empty() {
        page.raw("<section><h2>No ticket comes out otherwise</h2></section>");
        return;
    }
    page.raw("<section><h2>Tickets that come out otherwise</h2><p>");
    page.number(account.shown.len() as u64);
    page.raw(" of ");
    page.number(account.totals.changed);
    page.raw(
        " are shown.</p><div class=\"wide\"><table><thead><tr><th>Ticket</th><th>Subject</th>\
         <th>What changes</th><th>Humans</th></tr></thead><tbody>",
    );
    for change in &account.shown {
        page.raw("<tr><td><code>");
        page.text(change.ticket_id);
        page.raw("</code></td><td>");
        page.text(
            change.before.subject.as_deref().or(change.after.subject.as_deref()).unwrap_or(""),
        );
        page.raw("</td><td>");
        for part in parts(change) {
            page.raw("<span class=\"part\">");
            page.text(&part);
            page.raw("</span>");
        }
        page.raw("</td><td>");
        page.text(change.human.name());
        page.raw("</td></tr>");
    }
    page.raw("</tbody></table></div></section>");
}

#[cfg(test)]
mod tests {
    use super::super::testing::{account, hostile};
    use super::*;

    #[test]
    fn nothing_of_a_mail_becomes_markup_and_nothing_is_fetched() {
        let run = hostile();
        let page = page(&account(&run));
        for markup in ["<script", "<img", "<b>acme", "url(", "://"] {
            assert!(!page.contains(markup), "{markup}");
        }
        for tag in page.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            for attribute in ["src=", "href=", "onload"] {
                assert!(!tag.contains(attribute), "{tag}");
            }
        }
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(page.contains("a &amp; b") && page.contains("default-src 'none'"));
        assert!(!page.contains('\u{1b}'));
    }

    #[test]
    fn every_element_that_is_opened_is_closed() {
        let run = hostile();
        let page = page(&account(&run));
        for name in ["html", "head", "main", "section", "div", "table", "tr", "td", "svg", "text"] {
            let opened = page.matches(&format!("<{name}>")).count()
                + page.matches(&format!("<{name} ")).count();
            assert_eq!(opened, page.matches(&format!("</{name}>")).count(), "{name}");
            assert!(opened > 0, "{name}");
        }
    }
}
