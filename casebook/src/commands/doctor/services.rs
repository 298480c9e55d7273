//! What the server asks of others: models, the mail server, tenants' own systems. Nothing is
//! called; settings that cannot be used are found before mail waits for them.

use super::{Findings, Level};
use crate::config::{Fallback, Secrets, Settings};
use crate::exit::Failure;
use crate::{reactors, wiring};

/// Looks at the settings of each service as a start of the server would.
pub(super) fn services(findings: &mut Findings, settings: &Settings, secrets: &Secrets) {
    let classifier = reactors::classifier(settings, secrets);
    note(findings, "triage", classifier, || match &secrets.anthropic_api_key {
        Some(_) if settings.triage.fallback == Fallback::BuiltIn => {
            format!("asks {}, then the built-in classifier", settings.anthropic.model)
        }
        Some(_) => format!("asks {}", settings.anthropic.model),
        None => "no key of a model is set: the built-in classifier answers".to_owned(),
    });
    let smtp = reactors::smtp(settings, secrets);
    if matches!(smtp, Ok(None)) {
        let text = "smtp.host is not set, so approved replies wait; set CASEBOOK_SMTP__HOST";
        findings.add(Level::Warning, "smtp", text);
    } else {
        note(findings, "smtp", smtp, || format!("{}:{}", settings.smtp.host, settings.smtp.port));
    }
    let desk = reactors::replacement_desk(settings, secrets);
    note(findings, "replacement", desk, || {
        format!("{} tenants have an address", settings.replacement.urls.len())
    });
    webhooks(findings, settings, secrets);
}

/// Looks at the way to subscribers of events.
fn webhooks(findings: &mut Findings, settings: &Settings, secrets: &Secrets) {
    let made = wiring::webhooks(settings, secrets).map(|parts| parts.key.map(|_| ()));
    let section = &settings.webhooks;
    note(findings, "webhooks", made, || {
        format!("sends with a key; {} attempts an event", section.retry_seconds.len() + 1)
    });
    if section.allow_http || !section.allow_private.is_empty() {
        let text = "events may be sent without protection or into private networks, as \
                    webhooks.allow_http and webhooks.allow_private say";
        findings.add(Level::Warning, "webhooks", text);
    }
}

fn note<T>(
    findings: &mut Findings,
    what: &'static str,
    made: Result<Option<T>, Failure>,
    said: impl FnOnce() -> String,
) {
    match made {
        Ok(Some(_)) => findings.add(Level::Ok, what, said()),
        Ok(None) => findings.add(Level::Ok, what, "not used"),
        Err(failure) => findings.add(Level::Error, what, failure.message),
    }
}
