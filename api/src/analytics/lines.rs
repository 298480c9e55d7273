//! Figures as lines of comma-separated values (RFC 4180).

use casebook_app::queries::AnalyticsAnswer;
use casebook_app::queries::figures::{Dimension, Figures, GroupKey, Range};

/// Columns, the names of a group among them in this order.
const COLUMNS: [&str; 14] = [
    "definition_version",
    "period_from",
    "period_to",
    "period",
    "tenant",
    "channel",
    "inbox",
    "category",
    "team",
    "agent",
    "metric",
    "part",
    "unit",
    "value",
];
const NAMES: [Dimension; 6] = [
    Dimension::Tenant,
    Dimension::Channel,
    Dimension::Inbox,
    Dimension::Category,
    Dimension::Team,
    Dimension::Agent,
];

/// Writes the groups of an answer, or its total where nothing is grouped.
///
/// # Errors
/// Never, as long as memory can be written to.
pub(super) fn write(answer: &AnalyticsAnswer, range: Range) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    let version = answer.provenance.definition_version.to_string();
    if answer.groups.is_empty() {
        write_group(&mut writer, &version, range, None, &answer.total)?;
    }
    for group in &answer.groups {
        write_group(&mut writer, &version, range, Some(&group.key), &group.figures)?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

fn write_group(
    writer: &mut csv::Writer<Vec<u8>>,
    version: &str,
    range: Range,
    key: Option<&GroupKey>,
    figures: &Figures,
) -> Result<(), csv::Error> {
    let period = key.and_then(|key| key.period.as_ref());
    let (from, to) = period.map_or((range.from, range.to), |period| (period.from, period.to));
    let label = period.map_or("", |period| &period.label);
    let mut head = vec![version.to_owned(), from.to_string(), to.to_string(), label.to_owned()];
    let name = |dimension| key.and_then(|key| key.name(dimension)).unwrap_or_default();
    head.extend(NAMES.map(|dimension| name(dimension).to_owned()));
    for figure in figures.list() {
        let value = figure.value.map(|value| value.to_string()).unwrap_or_default();
        let tail = [figure.metric, &figure.part, figure.unit, &value];
        writer.write_record(head.iter().map(String::as_str).chain(tail))?;
    }
    Ok(())
}
