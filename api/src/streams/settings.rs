//! Settings of streams and of the programs that follow them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Secret;

/// Longest name of an integration, in characters.
const NAME_CHARS_MAX: usize = 50;

/// Section `[api.streams]`: `/events` and subscriptions.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamSettings {
    /// Streams and WebSockets that may be open at a time, in each process.
    pub connections_max: usize,
    /// WebSockets that may wait at a time for who they are to be known, in each process.
    pub handshakes_max: usize,
    /// Pause between two signs of life on a stream on which nothing happens, in milliseconds.
    pub heartbeat_ms: u64,
    /// Events that are read ahead for one stream, and that one answer to it holds at most.
    pub buffer_events: usize,
    /// Events of one page of `/events`.
    pub page_events_max: usize,
    /// Events of one page of `/events` when the request names no number.
    pub page_events_default: usize,
    /// Time for which a client may take nothing of what it asked for, in milliseconds; then its
    /// connection is closed. Holds for all routes.
    pub stall_ms_max: u64,
    /// Time in which a WebSocket must send `connection_init`, in milliseconds.
    pub init_timeout_ms: u64,
    /// Operations that may run at a time on one WebSocket.
    pub operations_max: usize,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self {
            connections_max: 1_000,
            handshakes_max: 100,
            heartbeat_ms: 15_000,
            buffer_events: 100,
            page_events_max: 1_000,
            page_events_default: 100,
            stall_ms_max: 30_000,
            init_timeout_ms: 10_000,
            operations_max: 50,
        }
    }
}

impl StreamSettings {
    pub(crate) fn check(&self) -> Result<(), String> {
        for (name, value) in [
            ("heartbeat_ms", self.heartbeat_ms),
            ("stall_ms_max", self.stall_ms_max),
            ("init_timeout_ms", self.init_timeout_ms),
            ("buffer_events", self.buffer_events as u64),
            ("page_events_max", self.page_events_max as u64),
            ("page_events_default", self.page_events_default as u64),
        ] {
            if value == 0 {
                return Err(format!("api.streams.{name} must be at least 1"));
            }
        }
        if self.page_events_default > self.page_events_max {
            let (name, max) = ("page_events_default", self.page_events_max);
            return Err(format!("api.streams.{name} is more than page_events_max, which is {max}"));
        }
        Ok(())
    }
}

/// Section `[api.integrations.<name>]`: a program that follows events and does nothing else.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IntegrationSettings {
    /// Its bearer token.
    #[serde(skip_serializing)]
    pub token: Option<Secret>,
    /// Tenants whose events it may follow.
    pub tenants: Vec<String>,
    /// Whether it may see personal data in them.
    pub personal: bool,
}

/// Checks that each integration can be told from all others, and has something to follow.
pub(crate) fn check_integrations(
    token: Option<&Secret>,
    integrations: &BTreeMap<String, IntegrationSettings>,
) -> Result<(), String> {
    let mut known: Vec<&Secret> = token.into_iter().collect();
    for (name, integration) in integrations {
        let section = format!("api.integrations.{name}");
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(fits) {
            return Err(format!("{section}: names are 1 to {NAME_CHARS_MAX} of a-z, 0-9 and -"));
        }
        let variable = name.to_ascii_uppercase().replace('-', "_");
        let Some(token) = integration.token.as_ref().filter(|token| !token.is_blank()) else {
            return Err(format!(
                "{section} has no token; set CASEBOOK_API__INTEGRATIONS__{variable}__TOKEN"
            ));
        };
        if integration.tenants.is_empty() {
            return Err(format!("{section}.tenants names no tenant"));
        }
        if known.iter().any(|other| other.is_equal(token)) {
            return Err(format!(
                "{section}: its token opens something else, too; draw another one"
            ));
        }
        known.push(token);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integration(token: &str, tenants: &[&str]) -> IntegrationSettings {
        let tenants = tenants.iter().map(ToString::to_string).collect();
        IntegrationSettings { token: Some(Secret::new(token)), tenants, personal: false }
    }

    fn check(token: Option<&str>, all: &[(&str, IntegrationSettings)]) -> Result<(), String> {
        let token = token.map(Secret::new);
        let all = all.iter().map(|(name, of)| ((*name).to_owned(), of.clone())).collect();
        check_integrations(token.as_ref(), &all)
    }

    #[test]
    fn senseless_integrations_are_named() {
        let good = integration("s", &["t"]);
        assert_eq!(check(Some("agents"), &[("crm", good.clone())]), Ok(()));
        for (token, all, word) in [
            (None, vec![("CRM", good.clone())], "a-z"),
            (None, vec![("crm", integration("s", &[]))], "tenants"),
            (None, vec![("my-crm", integration(" ", &["t"]))], "MY_CRM__TOKEN"),
            (Some("s"), vec![("crm", good.clone())], "another"),
            (None, vec![("a", good.clone()), ("b", good)], "another"),
        ] {
            let refused = check(token, &all).expect_err(word);
            assert!(refused.contains(word), "{refused}");
        }
        let none = StreamSettings { heartbeat_ms: 0, ..StreamSettings::default() };
        assert!(none.check().is_err_and(|text| text.contains("heartbeat_ms")));
        let few = StreamSettings { page_events_max: 50, ..StreamSettings::default() };
        assert!(few.check().is_err_and(|text| text.contains("page_events_default")));
        let both = StreamSettings { page_events_default: 50, ..few };
        assert_eq!(both.check(), Ok(()));
    }
}
