//! Reads facts out of the database, page by page, into whatever counts them.

use std::collections::BTreeMap;

use casebook_domain::Timestamp;
use casebook_domain::ids::{DecisionId, TicketId};
use casebook_store::{Db, Dialect, Row, StoreError};

use super::{Filter, Range, Triaged};
use crate::columns::Columns;
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::Statement;
use crate::ticket_facts::{TicketFact, TicketFacts};
use crate::triage_facts::{TriageFact, TriageFacts};

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// Rows of one answer, tickets and outcomes of triage together.
    pub rows_max: usize,
    /// Rows of one page.
    pub page_rows: usize,
}

impl ReadLimits {
    /// As many rows in all, in pages that are quickly read.
    pub const fn rows(rows_max: usize) -> Self {
        Self { rows_max, page_rows: 5_000 }
    }
}

/// How reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum FactsRead {
    /// Everything was read; so many more rows may be.
    All {
        /// Rows left of the limit.
        rows_left: usize,
    },
    /// There are more rows than allowed.
    TooMany,
}

/// Reads every ticket of the scope that was open, or about which anything is counted, in the
/// range. A filter by category or agent lets all through: each figure has its own.
///
/// A ticket is read once, even when it moves meanwhile, because pages follow when it began; of
/// those that began earlier, the identifiers are read first. So one page of rows is held at a time.
///
/// # Errors
/// [`StoreError`] when the database cannot answer; the same for all below.
pub async fn tickets_into(
    db: &Db,
    scope: &TenantScope,
    (range, filter): (Range, &Filter),
    limits: ReadLimits,
    mut take: impl FnMut(&TicketFact),
) -> Result<FactsRead, StoreError> {
    let mut rows_left = limits.rows_max;
    for tenant in &scope.tenants {
        let older = older_tickets(tenant, range, filter, rows_left).raw_rows(db).await?;
        let Some(left) = rows_left.checked_sub(older.len()) else { return Ok(FactsRead::TooMany) };
        rows_left = left;
        for ids in older.chunks(limits.page_rows) {
            let ids = ids.iter().map(|row| row.text("ticket_id")).collect::<Result<Vec<_>, _>>()?;
            let rows: Vec<TicketFact> = these_tickets(db.dialect(), tenant, &ids).rows(db).await?;
            rows.iter().for_each(&mut take);
        }
        let mut after = None;
        loop {
            let mut page = tickets_after(tenant, range, filter, after);
            page.push(" LIMIT ").bind(limits.page_rows);
            let rows: Vec<TicketFact> = page.rows(db).await?;
            let Some(left) = rows_left.checked_sub(rows.len()) else {
                return Ok(FactsRead::TooMany);
            };
            rows_left = left;
            rows.iter().for_each(&mut take);
            let full = rows.len() == limits.page_rows;
            let Some(last) = rows.last().filter(|_| full) else { break };
            after = Some((last.received_at, last.ticket_id));
        }
    }
    Ok(FactsRead::All { rows_left })
}

/// Tickets that had begun before the range and went on into it: the backlog of that time. Their
/// identifiers alone, because no order in which tickets could be paged stays while they move, other
/// than one for which all that ever began would have to be gone through.
fn older_tickets(tenant: &str, range: Range, filter: &Filter, rows_max: usize) -> Statement {
    let mut older = Statement::new(format!("SELECT ticket_id FROM {}", TicketFacts::NAME));
    older.push(" WHERE tenant = ").bind(tenant);
    older.push(" AND live_until >= ").bind(range.from);
    // The sign keeps a planner without statistics from going through all that had ever begun.
    older.push(" AND +received_at < ").bind(range.from);
    push_filter(&mut older, "", filter);
    older.push(" LIMIT ").bind(rows_max.saturating_add(1));
    older
}

/// Tickets by their identifiers.
fn these_tickets(dialect: Dialect, tenant: &str, ids: &[&str]) -> Statement {
    let mut these = Statement::select::<TicketFact>(TicketFacts::NAME);
    these.push(" WHERE tenant = ").bind(tenant).push(" AND ");
    these.push_in_ids(dialect, "ticket_id", ids);
    these
}

/// Tickets that began in the range.
fn tickets_after(
    tenant: &str,
    range: Range,
    filter: &Filter,
    after: Option<(Timestamp, TicketId)>,
) -> Statement {
    let mut page = Statement::select::<TicketFact>(TicketFacts::NAME);
    page.push(" WHERE tenant = ").bind(tenant);
    page.push(" AND received_at >= ").bind(range.from);
    page.push(" AND received_at < ").bind(range.to);
    push_filter(&mut page, "", filter);
    if let Some((received_at, id)) = after {
        page.push(" AND (received_at, ticket_id) > (").bind(received_at);
        page.push(", ").bind(id.to_string()).push(")");
    }
    page.push(" ORDER BY received_at, ticket_id");
    page
}

/// Reads every outcome of triage of the scope that was recorded in the range.
pub async fn triage_into(
    db: &Db,
    scope: &TenantScope,
    (range, filter): (Range, &Filter),
    limits: ReadLimits,
    mut take: impl FnMut(&Triaged),
) -> Result<FactsRead, StoreError> {
    let mut rows_left = limits.rows_max;
    for tenant in &scope.tenants {
        let mut after = None;
        loop {
            let mut page = triage_after(tenant, range, filter, after);
            page.push(" LIMIT ").bind(limits.page_rows);
            let rows = page.raw_rows(db).await?;
            let Some(left) = rows_left.checked_sub(rows.len()) else {
                return Ok(FactsRead::TooMany);
            };
            rows_left = left;
            let mut last = None;
            for row in &rows {
                let triaged = triaged(row)?;
                take(&triaged);
                last = Some((triaged.fact.decided_at, triaged.fact.decision_id));
            }
            if rows.len() < limits.page_rows {
                break;
            }
            after = last;
        }
    }
    Ok(FactsRead::All { rows_left })
}

fn triage_after(
    tenant: &str,
    range: Range,
    filter: &Filter,
    after: Option<(Timestamp, DecisionId)>,
) -> Statement {
    let columns: Vec<String> = TriageFact::COLUMNS
        .iter()
        .map(|column| format!("outcome.{0} AS {0}", column.name))
        .collect();
    let mut page = Statement::new(format!(
        "SELECT {}, ticket.channel AS at_channel, ticket.inbox AS at_inbox, \
         ticket.team AS at_team, ticket.assignee AS at_assignee \
         FROM {} AS outcome JOIN {} AS ticket \
         ON ticket.tenant = outcome.tenant AND ticket.ticket_id = outcome.ticket_id \
         WHERE outcome.tenant = ",
        columns.join(", "),
        TriageFacts::NAME,
        TicketFacts::NAME
    ));
    page.bind(tenant);
    page.push(" AND outcome.decided_at >= ").bind(range.from);
    page.push(" AND outcome.decided_at < ").bind(range.to);
    push_filter(&mut page, "ticket.", filter);
    if let Some((decided_at, id)) = after {
        page.push(" AND (outcome.decided_at, outcome.decision_id) > (").bind(decided_at);
        page.push(", ").bind(id.to_string()).push(")");
    }
    page.push(" ORDER BY outcome.decided_at, outcome.decision_id");
    page
}

fn triaged(row: &Row) -> Result<Triaged, StoreError> {
    Ok(Triaged {
        fact: TriageFact::from_row(row)?,
        channel: row.text("at_channel")?.to_owned(),
        inbox: row.text("at_inbox")?.to_owned(),
        team: row.opt_text("at_team")?.map(str::to_owned),
        assignee: row.opt_text("at_assignee")?.map(str::to_owned),
    })
}

/// Adds what a ticket as a whole can be asked, each condition led by AND.
fn push_filter(statement: &mut Statement, table: &str, filter: &Filter) {
    let channels = filter.channels.iter().map(|channel| channel.name().to_owned()).collect();
    let (inboxes, teams) = (filter.inboxes.clone(), filter.teams.clone());
    for (column, values) in [("channel", channels), ("inbox", inboxes), ("team", teams)] {
        let values: Vec<String> = values;
        if !values.is_empty() {
            statement.push(" AND ").push_in(&format!("{table}{column}"), values);
        }
    }
}

/// Number of tickets of each tenant of the scope that began before an instant.
pub async fn received_before(
    db: &Db,
    scope: &TenantScope,
    at: Timestamp,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut counts: BTreeMap<String, u64> =
        scope.tenants.iter().map(|tenant| (tenant.clone(), 0)).collect();
    if counts.is_empty() {
        return Ok(counts);
    }
    let mut count = Statement::new(format!(
        "SELECT tenant, count(*) AS tickets FROM {} WHERE ",
        TicketFacts::NAME
    ));
    count.push_in("tenant", scope.tenants.iter());
    count.push(" AND received_at < ").bind(at).push(" GROUP BY tenant");
    for row in count.raw_rows(db).await? {
        counts.insert(row.text("tenant")?.to_owned(), row.uint("tickets")?);
    }
    Ok(counts)
}
