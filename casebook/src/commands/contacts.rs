//! `casebook import --contacts`: the customer directory, as JSON lines or CSV.

use std::collections::BTreeMap;
use std::path::Path;

use casebook_app::{Access, App, ContactRecord};
use casebook_domain::contact::Subscription;
use casebook_domain::gates::Credit;
use casebook_store::Mode;
use serde::Deserialize;

use crate::cli::Import;
use crate::config::Settings;
use crate::exit::{self, Exit, Failure};
use crate::wiring;

/// Takes over all entries of the files; repeats change nothing.
pub async fn run(settings: &Settings, import: Import) -> Result<Exit, Failure> {
    let mut records = Vec::new();
    for path in &import.paths {
        records.extend(read(path)?);
    }
    let store = wiring::open_store(settings, Mode::Write).await?;
    let app = wiring::open_app(settings, store).await?;
    wiring::publish_missing(settings, &app).await?;
    let done = take_over(&app, &import.tenant, records).await;
    app.store().clone().close().await;
    let (changed, all) = done?;
    println!("{all} contacts, {changed} changed");
    Ok(exit::OK)
}

/// Takes over entries; answers how many changed, and how many there were.
///
/// # Errors
/// When an entry is malformed or cannot be stored.
pub async fn take_over(
    app: &App,
    tenant: &str,
    records: Vec<(String, ContactRecord)>,
) -> Result<(usize, usize), Failure> {
    let access = Access::operator("import");
    let all = records.len();
    let mut changed = 0;
    for (place, record) in records {
        let done = app.import_contact(&access, tenant, record).await;
        let done = done.map_err(|error| {
            let failure = Failure::from(error);
            Failure { message: format!("{place}: {failure}"), ..failure }
        })?;
        changed += usize::from(done.changed);
    }
    Ok((changed, all))
}

fn read(path: &Path) -> Result<Vec<(String, ContactRecord)>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    let name = path.display().to_string();
    if path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("csv")) {
        from_csv(&name, &text)
    } else {
        from_json_lines(&name, &text)
    }
}

/// Entries of a text with one JSON object on each line.
///
/// # Errors
/// A usage failure that names the line.
pub fn from_json_lines(name: &str, text: &str) -> Result<Vec<(String, ContactRecord)>, Failure> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let place = format!("{name}:{}", number + 1);
            let record = serde_json::from_str(line)
                .map_err(|error| Failure::usage(format!("{place}: {error}")))?;
            Ok((place, record))
        })
        .collect()
}

/// One row of the CSV form: a contact, with at most one credit; more credits are more rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CsvRow {
    email: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
    #[serde(default)]
    customer_id: Option<String>,
    #[serde(default)]
    subscription_status: Option<String>,
    #[serde(default)]
    subscription_plan: Option<String>,
    #[serde(default)]
    box_size: Option<String>,
    #[serde(default)]
    frequency_weeks: Option<u32>,
    #[serde(default)]
    next_billing_date: Option<String>,
    #[serde(default)]
    credit_at: Option<casebook_domain::Timestamp>,
    #[serde(default)]
    credit_amount_minor: Option<i64>,
    #[serde(default)]
    credit_currency: Option<String>,
    #[serde(default)]
    credit_reason: Option<String>,
}

impl CsvRow {
    fn credit(&self) -> Option<Credit> {
        Some(Credit {
            at: self.credit_at?,
            amount_minor: self.credit_amount_minor.unwrap_or_default(),
            currency: self.credit_currency.clone().unwrap_or_default(),
            reason: self.credit_reason.clone().unwrap_or_default(),
        })
    }

    fn into_record(self) -> ContactRecord {
        ContactRecord {
            credits: self.credit().into_iter().collect(),
            email: self.email,
            name: self.name,
            first_name: self.first_name,
            last_name: self.last_name,
            customer_id: self.customer_id,
            box_size: self.box_size,
            subscription: self.subscription_status.map(|status| Subscription {
                status,
                plan: self.subscription_plan,
                frequency_weeks: self.frequency_weeks,
                external_id: None,
                next_billing_date: self.next_billing_date,
            }),
        }
    }
}

fn from_csv(name: &str, text: &str) -> Result<Vec<(String, ContactRecord)>, Failure> {
    let mut contacts: Vec<(String, ContactRecord)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    for row in reader.deserialize::<CsvRow>() {
        let row = row.map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        match known.get(&row.email) {
            Some(&at) => contacts[at].1.credits.extend(row.credit()),
            None => {
                known.insert(row.email.clone(), contacts.len());
                contacts.push((format!("{name} row {}", contacts.len() + 1), row.into_record()));
            }
        }
    }
    Ok(contacts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_address_are_one_contact_with_several_credits() {
        let text = "email,name,credit_at,credit_amount_minor,credit_currency,credit_reason\n\
                    a@example.org,Ada Hill,2026-04-02T08:00:00Z,900,GBP,Late\n\
                    a@example.org,Ada Hill,2026-04-09T08:00:00Z,300,GBP,Torn\n\
                    b@example.org,Bo,,,,\n";
        let contacts = from_csv("x.csv", text).expect("contacts");
        assert_eq!(contacts.len(), 2);
        assert_eq!(contacts[0].1.credits.len(), 2);
        assert_eq!(contacts[1].1.credits.len(), 0);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let error =
            from_json_lines("x.jsonl", "{\"email\":\"a@b.c\"}\n{\"mail\":1}").expect_err("2");
        assert!(error.message.starts_with("x.jsonl:2"), "{error}");
        assert!(from_csv("x.csv", "email,colour\na@b.c,red\n").is_err());
    }
}
