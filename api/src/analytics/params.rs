//! The parameters of `GET /analytics.csv`.

use casebook_app::queries::AnalyticsRequest;
use casebook_app::queries::Timestamp;
use casebook_app::queries::figures::{Dimension, Filter, Range};

use crate::ApiSettings;
use crate::problem::{Problem, once};

/// Most values of one filter.
const LIST_MAX: usize = 50;

/// Reads a query string.
///
/// # Errors
/// `INVALID` with the name of the parameter.
pub(super) fn read(settings: &ApiSettings, query: &str) -> Result<AnalyticsRequest, Problem> {
    if query.len() > settings.graphql_bytes_max {
        return Err(Problem::too_large("api.graphql_bytes_max", settings.graphql_bytes_max));
    }
    let (mut from, mut to, mut timezone) = (None, None, None);
    let (mut tenants, mut filter, mut group_by) = (Vec::new(), Filter::default(), None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "from" => once("from", &mut from, instant("from", &value)?)?,
            "to" => once("to", &mut to, instant("to", &value)?)?,
            "timezone" => once("timezone", &mut timezone, value.into_owned())?,
            "groupBy" => once("groupBy", &mut group_by, dimensions(&value)?)?,
            "tenant" => one_more("tenant", &mut tenants, value.into_owned())?,
            "channel" => {
                let channel = value.parse().map_err(|wrong| Problem::invalid("channel", wrong))?;
                one_more("channel", &mut filter.channels, channel)?;
            }
            "inbox" => one_more("inbox", &mut filter.inboxes, value.into_owned())?,
            "category" => one_more("category", &mut filter.categories, value.into_owned())?,
            "team" => one_more("team", &mut filter.teams, value.into_owned())?,
            "agent" => one_more("agent", &mut filter.agents, value.into_owned())?,
            other => return Err(Problem::invalid(other, "is not a known parameter")),
        }
    }
    let missing = |field| move || Problem::invalid(field, "is missing; use an RFC 3339 instant");
    let range =
        Range { from: from.ok_or_else(missing("from"))?, to: to.ok_or_else(missing("to"))? };
    Ok(AnalyticsRequest {
        tenants,
        range,
        group_by: group_by.unwrap_or_default(),
        filter,
        timezone: timezone.unwrap_or_else(|| "UTC".to_owned()),
    })
}

fn one_more<T>(field: &str, list: &mut Vec<T>, value: T) -> Result<(), Problem> {
    if list.len() == LIST_MAX {
        return Err(Problem::invalid(field, format!("is given more than {LIST_MAX} times")));
    }
    list.push(value);
    Ok(())
}

fn instant(field: &str, value: &str) -> Result<Timestamp, Problem> {
    let wrong = "is not an RFC 3339 instant such as 2026-04-08T00:00:00Z";
    value.parse().map_err(|_| Problem::invalid(field, wrong))
}

fn dimensions(list: &str) -> Result<Vec<Dimension>, Problem> {
    let dimension = |name: &str| {
        Dimension::named(name).ok_or_else(|| {
            let names: Vec<_> = Dimension::ALL.iter().map(|known| known.name()).collect();
            let message = format!("use a list, with commas, of {}", names.join(", "));
            Problem::invalid("groupBy", message)
        })
    };
    list.split(',').filter(|name| !name.is_empty()).map(dimension).collect()
}

#[cfg(test)]
mod tests {
    use casebook_app::queries::figures::Unit;

    use super::*;

    fn fault(query: &str) -> String {
        let refused = read(&ApiSettings::default(), query).expect_err("a refusal");
        refused.body.field.unwrap_or_default()
    }

    const RANGE: &str = "from=2026-04-08T00:00:00Z&to=2026-04-09T00:00:00Z";

    #[test]
    fn lists_and_repeats_are_read() {
        let query = format!("{RANGE}&groupBy=tenant,day&agent=sam&agent=kim&channel=email");
        let request = read(&ApiSettings::default(), &query).expect("a request");
        assert_eq!(request.group_by, [Dimension::Tenant, Dimension::Time(Unit::Day)]);
        assert_eq!(request.filter.agents, ["sam", "kim"]);
        assert_eq!(request.timezone, "UTC");
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert_eq!(fault("to=2026-04-09T00:00:00Z"), "from");
        assert_eq!(fault("from=yesterday"), "from");
        assert_eq!(fault(&format!("{RANGE}&to=2026-04-09T00:00:00Z")), "to");
        assert_eq!(fault(&format!("{RANGE}&groupBy=weather")), "groupBy");
        assert_eq!(fault(&format!("{RANGE}&channel=pigeon")), "channel");
        assert_eq!(fault(&format!("{RANGE}&agents=sam")), "agents");
        assert_eq!(fault(&format!("{RANGE}{}", "&team=a".repeat(51))), "team");
    }
}
