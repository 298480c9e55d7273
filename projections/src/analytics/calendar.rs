//! Hours, days, weeks and months as a timezone has them.

use casebook_domain::Timestamp;
use casebook_domain::time::MICROS_PER_SECOND;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use super::{PlanError, Range};

/// Microseconds in one hour.
const MICROS_PER_HOUR: i64 = 3600 * MICROS_PER_SECOND;

/// What a range is cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// 3,600 seconds, from a full hour of the local clock at the beginning of the range.
    Hour,
    /// A calendar day; 23 or 25 hours where clocks are put forward or back.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

/// A part of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// Where it begins; not before the range.
    pub from: Timestamp,
    /// Where it ends, exclusively; not after the range.
    pub to: Timestamp,
    /// The whole period on the local calendar: `2026-04-08T09:00:00+02:00` for an hour,
    /// `2026-04-08` for a day, `2026-W15` (ISO 8601) for a week, `2026-04` for a month.
    pub label: String,
}

/// The calendar of a timezone, from the IANA database that is part of the program.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
}

impl Calendar {
    /// The calendar of Coordinated Universal Time.
    pub const fn utc() -> Self {
        Self { zone: TimeZone::UTC }
    }

    /// The calendar of a timezone by its IANA name, for example `Europe/Vienna`; `None` when there
    /// is none of that name.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(|zone| Self { zone })
    }

    /// The timezone's IANA name.
    pub fn name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The local date of an instant, `2026-04-08`; empty beyond the calendar's ends.
    pub fn date(&self, at: Timestamp) -> String {
        self.local(at).map_or_else(String::new, |local| local.date().to_string())
    }

    fn local(&self, at: Timestamp) -> Option<DateTime> {
        let at = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?;
        Some(self.zone.to_datetime(at))
    }

    /// Cuts a range into periods, in order and without a gap.
    ///
    /// # Errors
    /// [`PlanError::TooManyGroups`] above `max` periods, [`PlanError::BeyondCalendar`] outside the
    /// years -9999 to 9999.
    pub fn cut(&self, range: Range, unit: Unit, max: usize) -> Result<Vec<Period>, PlanError> {
        let mut periods = Vec::new();
        let mut place = self.place(range.from, unit).ok_or(PlanError::BeyondCalendar)?;
        while place.at < range.to {
            let next = self.next(&place, unit).ok_or(PlanError::BeyondCalendar)?;
            // A day that a timezone left out has no length.
            if next.at > place.at {
                if periods.len() == max {
                    return Err(PlanError::TooManyGroups { max });
                }
                periods.push(Period {
                    from: place.at.max(range.from),
                    to: next.at.min(range.to),
                    label: self.label(&place, unit).ok_or(PlanError::BeyondCalendar)?,
                });
            }
            place = next;
        }
        Ok(periods)
    }

    /// The period of `unit` that `at` lies in.
    fn place(&self, at: Timestamp, unit: Unit) -> Option<Place> {
        let local = self.local(at)?;
        let date = match unit {
            Unit::Hour => {
                let into = i64::from(local.minute()) * 60 + i64::from(local.second());
                let into = into * MICROS_PER_SECOND + i64::from(local.subsec_nanosecond()) / 1000;
                return Some(Place { date: local.date(), at: at.plus_micros(-into) });
            }
            Unit::Day => local.date(),
            Unit::Week => {
                let days = i64::from(local.date().weekday().to_monday_zero_offset());
                local.date().checked_sub(days.days()).ok()?
            }
            Unit::Month => local.date().first_of_month(),
        };
        self.midnight(date)
    }

    fn next(&self, place: &Place, unit: Unit) -> Option<Place> {
        let step: Span = match unit {
            Unit::Hour => {
                let at = place.at.plus_micros(MICROS_PER_HOUR);
                return Some(Place { date: self.local(at)?.date(), at });
            }
            Unit::Day => 1.day(),
            Unit::Week => 1.week(),
            Unit::Month => 1.month(),
        };
        self.midnight(place.date.checked_add(step).ok()?)
    }

    /// The first instant of a date.
    fn midnight(&self, date: Date) -> Option<Place> {
        let first = date.to_zoned(self.zone.clone()).ok()?;
        let at = Timestamp::from_micros(first.timestamp().as_microsecond());
        Some(Place { date, at })
    }

    fn label(&self, place: &Place, unit: Unit) -> Option<String> {
        Some(match unit {
            Unit::Hour => {
                let at = jiff::Timestamp::from_microsecond(place.at.as_micros()).ok()?;
                at.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
            }
            Unit::Day => place.date.to_string(),
            Unit::Week => {
                let week = place.date.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Unit::Month => format!("{:04}-{:02}", place.date.year(), place.date.month()),
        })
    }
}

/// Where a period begins.
struct Place {
    date: Date,
    at: Timestamp,
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
