//! Dates in header fields: RFC 5322, its obsolete forms, asctime and ISO 8601, into UTC.

use casebook_domain::Timestamp;

/// Years outside this range are taken as impossible.
const YEARS: std::ops::RangeInclusive<i64> = 1900..=2199;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

#[derive(Default)]
struct Fields {
    day: Option<i64>,
    month: Option<i64>,
    year: Option<i64>,
    time: Option<i64>,
    offset_seconds: Option<i64>,
}

/// Reads a date field. `None` when it is no date, or an impossible one such as 31 February.
pub fn read(value: &str) -> Option<Timestamp> {
    let value = without_comments(value);
    if let Some(instant) = iso(value.trim()) {
        return Some(instant);
    }
    let mut fields = Fields::default();
    for token in value.split([' ', '\t', ',', '\r', '\n']).filter(|token| !token.is_empty()) {
        take(token, &mut fields)?;
    }
    let days = days_since_epoch(fields.year?, fields.month?, fields.day?)?;
    let local = days * 86_400 + fields.time.unwrap_or(0);
    Some(Timestamp::from_seconds(local - fields.offset_seconds.unwrap_or(0)))
}

/// Reads one token; `None` when it shows that the whole is no possible date.
fn take(token: &str, fields: &mut Fields) -> Option<()> {
    if token.contains(':') && !token.starts_with(['+', '-']) {
        if fields.time.is_none() {
            let zone_at = token.find(['+', '-']).unwrap_or(token.len());
            fields.time = Some(clock(&token[..zone_at])?);
            fields.offset_seconds = fields.offset_seconds.or_else(|| offset(&token[zone_at..]));
        }
    } else if let Some(parts) = dashed(token) {
        for part in parts {
            take(part, fields)?;
        }
    } else if let Some(month) = month(token) {
        fields.month.get_or_insert(month);
    } else if token.bytes().all(|b| b.is_ascii_digit()) {
        number(token, fields);
    } else if fields.time.is_some() && token.starts_with(['+', '-']) {
        // "GMT +0200": the number is more exact than the name.
        fields.offset_seconds = offset(token).or(fields.offset_seconds);
    } else if fields.time.is_some() && fields.offset_seconds.is_none() {
        fields.offset_seconds = offset(token);
    }
    Some(())
}

/// `7-Dec-2001` and its like.
fn dashed(token: &str) -> Option<std::str::Split<'_, char>> {
    let starts = token.starts_with(|c: char| c.is_ascii_digit());
    (starts && token.matches('-').count() == 2).then(|| token.split('-'))
}

fn number(token: &str, fields: &mut Fields) {
    let Ok(value) = token.parse::<i64>() else { return };
    if fields.day.is_none() && token.len() <= 2 && (1..=31).contains(&value) {
        fields.day = Some(value);
    } else if fields.year.is_none() {
        // RFC 5322 section 4.3.
        fields.year = Some(match (token.len(), value) {
            (1..=2, 0..=49) => value + 2000,
            (1..=3, _) => value + 1900,
            _ => value,
        });
    }
}

fn month(token: &str) -> Option<i64> {
    let head: String = token.chars().take(3).collect::<String>().to_ascii_lowercase();
    let letters = token.trim_end_matches('.').bytes().all(|b| b.is_ascii_alphabetic());
    let found = MONTHS.iter().position(|name| *name == head)?;
    letters.then_some(found as i64 + 1)
}

/// Seconds since midnight of `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`.
fn clock(token: &str) -> Option<i64> {
    let mut parts = token.split(':').map(|part| {
        let whole = part.split('.').next().unwrap_or_default();
        if whole.len() > 2 { None } else { whole.parse::<i64>().ok() }
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let possible = hour <= 23 && minute <= 59 && second <= 60;
    // A leap second is counted as the last second of its minute.
    possible.then(|| hour * 3600 + minute * 60 + second.min(59))
}

/// Seconds east of Greenwich; unknown names count as UTC (RFC 5322 section 4.3).
fn offset(zone: &str) -> Option<i64> {
    if let Some(digits) = zone.strip_prefix(['+', '-']) {
        let digits = digits.replace(':', "");
        let value = digits.get(..4).unwrap_or(&digits).parse::<i64>().ok()?;
        let (hours, minutes) =
            if digits.len() <= 2 { (value, 0) } else { (value / 100, value % 100) };
        if hours > 24 || minutes > 59 {
            return None;
        }
        let seconds = hours * 3600 + minutes * 60;
        return Some(if zone.starts_with('-') { -seconds } else { seconds });
    }
    if zone.is_empty() {
        return None;
    }
    let hours = match zone.to_ascii_uppercase().as_str() {
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "BST" | "CET" | "MET" => 1,
        "CEST" | "MEST" | "EET" => 2,
        "EEST" | "MSK" => 3,
        "JST" | "KST" => 9,
        "AEST" => 10,
        name if name.bytes().all(|b| b.is_ascii_alphabetic()) => 0,
        _ => return None,
    };
    Some(hours * 3600)
}

/// Days from 1 January 1970 to a day of the Gregorian calendar; `None` when there is no such day.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    if !YEARS.contains(&year) {
        return None;
    }
    let date = jiff::civil::Date::new(year as i16, month as i8, day as i8).ok()?;
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    Some(i64::from(date.since(epoch).ok()?.get_days()))
}

fn iso(value: &str) -> Option<Timestamp> {
    let shape = value.len() >= 16 && value.as_bytes().get(4) == Some(&b'-');
    let instant = shape.then(|| value.parse::<Timestamp>().ok()).flatten()?;
    let year_micros = 365 * casebook_domain::time::MICROS_PER_DAY;
    let near = instant.as_micros().abs() < 230 * year_micros;
    near.then_some(instant)
}

fn without_comments(value: &str) -> String {
    let mut depth = 0usize;
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
        if matches!(c, '(' | ')') && depth <= 1 {
            out.push(' ');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(value: &str) -> Option<String> {
        read(value).map(|instant| instant.to_string())
    }

    #[test]
    fn every_common_form_is_read() {
        let same = Some("2001-12-07T07:01:03.000000Z".to_owned());
        for form in [
            "Fri, 7 Dec 2001 08:01:03 +0100",
            "7 Dec 01 02:01:03 EST",
            "Fri Dec  7 07:01:03 2001",
            "Fri, 07-Dec-2001 07:01:03 GMT",
            "Fri, 7 Dec 2001 03:01:03 (EDT) -0400",
            "2001-12-07T07:01:03Z",
            "Fri, 7 December 2001 07:01:03 H0500",
            "Dec 7, 2001 07:01:03",
        ] {
            assert_eq!(utc(form), same, "{form}");
        }
    }

    #[test]
    fn impossible_dates_are_none() {
        for form in [
            "Whenever",
            "31 Feb 2020 10:00:00 +0000",
            "1 Jan 99999 10:00:00 +0000",
            "1 Jan 2020 25:61:00 +0000",
            "",
            "99999999999999999999 Jan 2020 10:00",
        ] {
            assert_eq!(utc(form), None, "{form}");
        }
    }
}
