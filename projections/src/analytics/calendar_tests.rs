//! Periods of timezones with their oddities.

use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn cut(zone: &str, unit: Unit, from: &str, to: &str) -> Vec<Period> {
    let range = Range { from: at(from), to: at(to) };
    Calendar::named(zone).expect("a timezone").cut(range, unit, 100).expect("periods")
}

fn labels(periods: &[Period]) -> Vec<&str> {
    periods.iter().map(|period| period.label.as_str()).collect()
}

fn hours(period: &Period) -> i64 {
    (period.to.as_micros() - period.from.as_micros()) / MICROS_PER_HOUR
}

#[test]
fn days_follow_the_clocks_of_the_place() {
    let days = cut("Europe/Vienna", Unit::Day, "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z");
    assert_eq!(labels(&days), ["2026-03-28", "2026-03-29", "2026-03-30"]);
    assert_eq!(days.iter().map(hours).collect::<Vec<_>>(), [24, 23, 24]);
    let back = cut("Europe/London", Unit::Day, "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z");
    assert_eq!((labels(&back), hours(&back[0])), (vec!["2026-10-25"], 25));
}

#[test]
fn a_range_cuts_its_first_and_last_period_short() {
    let days = cut("UTC", Unit::Day, "2026-04-08T06:00:00Z", "2026-04-09T12:00:00Z");
    assert_eq!(labels(&days), ["2026-04-08", "2026-04-09"]);
    assert_eq!(days.iter().map(hours).collect::<Vec<_>>(), [18, 12]);
}

#[test]
fn weeks_begin_on_monday_and_bear_their_iso_number() {
    let weeks = cut("UTC", Unit::Week, "2025-12-31T00:00:00Z", "2026-01-06T00:00:00Z");
    assert_eq!(labels(&weeks), ["2026-W01", "2026-W02"]);
    assert_eq!(weeks[1].from, at("2026-01-05T00:00:00Z"));
}

#[test]
fn months_have_their_own_lengths() {
    let months =
        cut("America/New_York", Unit::Month, "2026-02-01T05:00:00Z", "2026-04-01T04:00:00Z");
    assert_eq!(labels(&months), ["2026-02", "2026-03"]);
    assert_eq!(months.iter().map(hours).collect::<Vec<_>>(), [28 * 24, 31 * 24 - 1]);
}

#[test]
fn hours_are_full_hours_of_the_local_clock() {
    let hours = cut("Asia/Kolkata", Unit::Hour, "2026-04-08T09:00:00Z", "2026-04-08T10:00:00Z");
    let expected = ["2026-04-08T14:00:00+05:30", "2026-04-08T15:00:00+05:30"];
    assert_eq!(labels(&hours), expected);
    assert_eq!(hours[1].from, at("2026-04-08T09:30:00Z"));
}

#[test]
fn a_day_that_a_place_left_out_is_no_period() {
    let days = cut("Pacific/Apia", Unit::Day, "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z");
    assert_eq!(labels(&days), ["2011-12-29", "2011-12-31"]);
}

#[test]
fn what_no_calendar_holds_is_refused() {
    let range =
        |from, to| Range { from: Timestamp::from_seconds(from), to: Timestamp::from_seconds(to) };
    let utc = Calendar::utc();
    assert_eq!(
        utc.cut(range(0, 86_400 * 3), Unit::Day, 2),
        Err(PlanError::TooManyGroups { max: 2 })
    );
    let end = utc.cut(range(i64::MAX - 1, i64::MAX), Unit::Day, 2);
    assert_eq!(end, Err(PlanError::BeyondCalendar));
    assert!(Calendar::named("Europe/Atlantis").is_none() && Calendar::named("").is_none());
    assert_eq!(Calendar::named("europe/vienna").expect("known").name(), "Europe/Vienna");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn periods_cover_the_range(
        from in 0_i64..2_000_000_000, length in 1_i64..8_000_000, unit in 0_usize..4, zone in 0_usize..4,
    ) {
        let unit = [Unit::Hour, Unit::Day, Unit::Week, Unit::Month][unit];
        let zone = ["Europe/Vienna", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"][zone];
        let range =
            Range { from: Timestamp::from_seconds(from), to: Timestamp::from_seconds(from + length) };
        let calendar = Calendar::named(zone).expect("a timezone");
        let periods = calendar.cut(range, unit, 10_000).expect("periods");
        prop_assert_eq!(periods.first().map(|period| period.from), Some(range.from));
        prop_assert_eq!(periods.last().map(|period| period.to), Some(range.to));
        for pair in periods.windows(2) {
            prop_assert_eq!(pair[0].to, pair[1].from);
            prop_assert!(pair[0].from < pair[0].to);
            prop_assert!(pair[0].label != pair[1].label);
        }
    }
}
