//! A chart of two bars for each name, as SVG. All lengths are in the units of its view box.

use casebook_domain::backtest::Pair;

use super::markup::Page;

/// Width of the chart.
const WIDTH: f64 = 560.0;
/// Where the bars begin; names stand before it.
const LEFT: f64 = 200.0;
/// Room behind the longest bar for its number.
const RIGHT: f64 = 60.0;
/// Height of one name with both its bars.
const ROW: f64 = 40.0;
/// Height of a bar.
const BAR: f64 = 13.0;
/// Characters of a name that fit before the bars.
const NAME_CHARS: usize = 26;

/// A name and how much it counts on either side.
pub struct Bar {
    name: String,
    pair: Pair,
}

impl Bar {
    pub fn new(name: &str, pair: Pair) -> Self {
        Self { name: name.to_owned(), pair }
    }
}

/// Writes the chart, or that there is nothing to show.
pub fn bars(page: &mut Page, title: &'static str, bars: &[Bar]) {
    let most = bars.iter().map(|bar| bar.pair.before.max(bar.pair.after)).max().unwrap_or(0);
    if most == 0 {
        page.raw("<p class=\"none\">None on either side.</p>");
        return;
    }
    page.raw("<svg role=\"img\"");
    page.attribute("aria-label", title);
    let rows = u32::try_from(bars.len()).unwrap_or(u32::MAX);
    let height = ROW * f64::from(rows);
    page.attribute("viewBox", format_args!("0 0 {WIDTH} {height}"));
    page.raw(">");
    let mut top = 0.0;
    for bar in bars {
        name(page, &bar.name, top + ROW / 2.0);
        one(page, ("before", &bar.name, bar.pair.before), most, top + ROW / 2.0 - BAR - 1.0);
        one(page, ("after", &bar.name, bar.pair.after), most, top + ROW / 2.0 + 1.0);
        top += ROW;
    }
    page.raw("</svg>");
}

fn name(page: &mut Page, name: &str, middle: f64) {
    page.raw("<text class=\"name\" text-anchor=\"end\" dominant-baseline=\"middle\"");
    page.attribute("x", LEFT - 10.0);
    page.attribute("y", middle);
    page.raw(">");
    let mut short: String = name.chars().take(NAME_CHARS).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    page.text(short);
    page.raw("</text>");
}

fn one(page: &mut Page, (side, name, value): (&'static str, &str, u64), most: u64, top: f64) {
    let length = share(value, most) * (WIDTH - LEFT - RIGHT);
    page.raw("<rect rx=\"2\"");
    page.attribute("class", side);
    page.attribute("x", LEFT);
    page.attribute("y", top);
    page.attribute("width", format_args!("{:.1}", length.max(1.0)));
    page.attribute("height", BAR);
    page.raw("><title>");
    page.text(format_args!("{name}, {side}: {value}"));
    page.raw("</title></rect><text class=\"value\" dominant-baseline=\"middle\"");
    page.attribute("x", format_args!("{:.1}", LEFT + length.max(1.0) + 6.0));
    page.attribute("y", top + BAR / 2.0 + 0.5);
    page.raw(">");
    page.number(value);
    page.raw("</text>");
}

/// A part of a whole, from 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "a bar is a thousand steps long")]
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
