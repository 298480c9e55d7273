//! What was foretold against what humans did, as a table whose cells are shaded by their number.

use casebook_domain::backtest::{Forecast, Human, Pair};

use super::super::Account;
use super::bars::share;
use super::markup::Page;

/// Shades of a cell, from none to the most.
const SHADES: u32 = 6;

/// Writes the table of one side.
pub fn heat(page: &mut Page, title: &'static str, account: &Account<'_>, side: fn(Pair) -> u64) {
    let value = |forecast, human| side(account.cell(forecast, human));
    let all = Forecast::ALL.iter().flat_map(|f| Human::ALL.iter().map(|h| value(*f, *h)));
    let most = all.max().unwrap_or(0);
    page.raw("<div class=\"wide\"><table class=\"heat\"><caption>");
    page.raw(title);
    page.raw("</caption><thead><tr><th></th>");
    for human in Human::ALL {
        page.raw("<th scope=\"col\">");
        page.text(human.name().replace('_', " "));
        page.raw("</th>");
    }
    page.raw("</tr></thead><tbody>");
    for forecast in Forecast::ALL {
        page.raw("<tr><th scope=\"row\">");
        page.text(forecast.name());
        page.raw("</th>");
        for human in Human::ALL {
            let tickets = value(forecast, human);
            page.raw("<td");
            page.attribute("class", format_args!("s{}", shade(tickets, most)));
            page.raw(">");
            page.number(tickets);
            page.raw("</td>");
        }
        page.raw("</tr>");
    }
    page.raw("</tbody></table></div>");
}

/// 0 for nothing, else 1 to the darkest; by the square root, so that small numbers can be told
/// apart beside large ones.
fn shade(value: u64, most: u64) -> u32 {
    let share = share(value, most).sqrt();
    (0..=SHADES).find(|step| f64::from(*step) >= share * f64::from(SHADES)).unwrap_or(SHADES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_shade_and_something_has_one() {
        assert_eq!(shade(0, 100), 0);
        assert_eq!(shade(1, 1_000_000), 1);
        assert_eq!(shade(100, 100), SHADES);
        assert_eq!(shade(0, 0), 0);
    }
}
