//! Settings of the HTTP edge; every limit has a name and a unit.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use casebook_app::queries::AnalyticsLimits;
use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::streams::settings::{IntegrationSettings, StreamSettings, check_integrations};

/// Everything the edge is told by the configuration.
#[derive(Clone, Debug, Default)]
pub struct EdgeSettings {
    /// Section `[api]`.
    pub api: ApiSettings,
    /// The edge's part of section `[intake]`.
    pub intake: IntakeEdgeSettings,
    /// The edge's part of each section `[tenants.<name>]`.
    pub tenants: BTreeMap<String, TenantEdgeSettings>,
}

/// Section `[api]` of the configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiSettings {
    /// Bearer token for `/graphql` and `/files`. Without one, only loopback may be listened on.
    #[serde(skip_serializing)]
    pub token: Option<Secret>,
    /// Host names under which this server is reached, beside those of loopback.
    pub hosts: Vec<String>,
    /// Origins of web pages that may call this server, beside its own.
    pub origins: Vec<String>,
    /// Largest body of a GraphQL request, in bytes.
    pub graphql_bytes_max: usize,
    /// Time a GraphQL request may take, in milliseconds.
    pub graphql_timeout_ms: u64,
    /// Nesting of a GraphQL query, in levels of fields.
    pub graphql_depth_max: usize,
    /// Fields that a GraphQL query may ask for, those of lists counted for each entry asked for.
    pub graphql_complexity_max: usize,
    /// Entries of one page.
    pub page_size_max: usize,
    /// Entries of one page when the query names no number.
    pub page_size_default: usize,
    /// Longest range of `analytics` and `dailySnapshots`, in days of 24 hours.
    pub analytics_range_days_max: u32,
    /// Groups of one answer of `analytics`, snapshots of one answer of `dailySnapshots`.
    pub analytics_groups_max: usize,
    /// Tickets and decisions that are read for one answer of them.
    pub analytics_rows_max: usize,
    /// Messages that one backtest by GraphQL judges.
    pub backtest_messages_max: u64,
    /// Whether the GraphQL schema can be asked for.
    pub introspection: bool,
    /// Whether `/graphiql` is served; it needs introspection.
    pub graphiql: bool,
    /// Time a body may take to arrive, in milliseconds.
    pub body_timeout_ms: u64,
    /// Time a query may wait for a position, in milliseconds.
    pub wait_max_ms: u64,
    /// Events that a read model may lie behind before `/readyz` says no.
    pub ready_lag_max: u64,
    /// Time the checks of `/readyz` may take, in milliseconds.
    pub ready_timeout_ms: u64,
    /// `/events` and subscriptions.
    pub streams: StreamSettings,
    /// Programs that follow events, by name.
    pub integrations: BTreeMap<String, IntegrationSettings>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            token: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            graphql_bytes_max: 256 * 1024,
            graphql_timeout_ms: 30_000,
            graphql_depth_max: 16,
            graphql_complexity_max: 50_000,
            page_size_max: 200,
            page_size_default: 50,
            analytics_range_days_max: 400,
            analytics_groups_max: 2_000,
            analytics_rows_max: 500_000,
            backtest_messages_max: 20_000,
            introspection: true,
            graphiql: true,
            body_timeout_ms: 60_000,
            wait_max_ms: 5_000,
            ready_lag_max: 10_000,
            ready_timeout_ms: 2_000,
            streams: StreamSettings::default(),
            integrations: BTreeMap::new(),
        }
    }
}

impl ApiSettings {
    /// Limits of figures.
    pub(crate) const fn analytics_limits(&self) -> AnalyticsLimits {
        AnalyticsLimits {
            range_days_max: self.analytics_range_days_max,
            groups_max: self.analytics_groups_max,
            rows_max: self.analytics_rows_max,
        }
    }

    /// The token, unless it is blank.
    pub(crate) fn token(&self) -> Option<&Secret> {
        self.token.as_ref().filter(|token| !token.is_blank())
    }

    /// Checks that the settings are safe for this listener.
    ///
    /// # Errors
    /// What is wrong and what to do, in words.
    pub fn check(&self, listen: SocketAddr) -> Result<(), String> {
        if self.token().is_none() && !listen.ip().to_canonical().is_loopback() {
            return Err(format!(
                "{listen} can be reached from other machines, but there is no api.token; \
                 set CASEBOOK_API__TOKEN or listen on 127.0.0.1"
            ));
        }
        for (name, limit) in [
            ("api.page_size_max", self.page_size_max),
            ("api.page_size_default", self.page_size_default),
            ("api.graphql_depth_max", self.graphql_depth_max),
            ("api.graphql_complexity_max", self.graphql_complexity_max),
        ] {
            if limit == 0 {
                return Err(format!("{name} must be at least 1"));
            }
        }
        self.streams.check()?;
        check_integrations(self.token(), &self.integrations)?;
        let wrong = |origin: &&String| crate::guard::authority_of_origin(origin).is_none();
        if let Some(origin) = self.origins.iter().find(wrong) {
            return Err(format!("api.origins: {origin:?} is not of the form https://host[:port]"));
        }
        Ok(())
    }
}

/// The edge's part of section `[intake]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IntakeEdgeSettings {
    /// Secret that opens the intake of all tenants without one of their own.
    #[serde(skip_serializing)]
    pub secret: Option<Secret>,
    /// Largest raw mail, in bytes.
    pub mail_bytes_max: usize,
    /// Largest JSON body, in bytes.
    pub json_bytes_max: usize,
    /// Longest time that a caller is kept waiting for triage, in milliseconds.
    pub wait_max_ms: u64,
}

impl Default for IntakeEdgeSettings {
    fn default() -> Self {
        Self {
            secret: None,
            mail_bytes_max: 25 * 1024 * 1024,
            json_bytes_max: 1024 * 1024,
            wait_max_ms: 10_000,
        }
    }
}

/// The edge's part of a section `[tenants.<name>]`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenantEdgeSettings {
    /// Secret that opens the intake of this tenant, instead of `intake.secret`.
    #[serde(skip_serializing)]
    pub intake_secret: Option<Secret>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(settings: &ApiSettings, listen: &str) -> Result<(), String> {
        settings.check(listen.parse().expect("an address"))
    }

    #[test]
    fn without_a_token_only_loopback_is_listened_on() {
        let open = ApiSettings::default();
        for loopback in ["127.0.0.1:8080", "127.8.8.8:1", "[::1]:8080", "[::ffff:127.0.0.1]:80"] {
            assert_eq!(check(&open, loopback), Ok(()), "{loopback}");
        }
        for wide in ["0.0.0.0:8080", "[::]:8080", "192.168.1.5:8080", "[::ffff:10.0.0.1]:80"] {
            assert!(check(&open, wide).is_err(), "{wide}");
        }
        let closed = ApiSettings { token: Some(Secret::new("t")), ..ApiSettings::default() };
        assert_eq!(check(&closed, "0.0.0.0:8080"), Ok(()));
        let blank = ApiSettings { token: Some(Secret::new("  ")), ..ApiSettings::default() };
        assert!(check(&blank, "0.0.0.0:8080").is_err());
    }

    #[test]
    fn senseless_settings_are_named() {
        let none = ApiSettings { page_size_max: 0, ..ApiSettings::default() };
        assert!(check(&none, "127.0.0.1:1").is_err_and(|text| text.contains("page_size_max")));
        let origins = vec!["support.example".to_owned()];
        let wrong = ApiSettings { origins, ..ApiSettings::default() };
        assert!(check(&wrong, "127.0.0.1:1").is_err_and(|text| text.contains("api.origins")));
    }

    #[test]
    fn secrets_are_neither_shown_nor_written() {
        let settings = ApiSettings { token: Some(Secret::new("hush")), ..ApiSettings::default() };
        assert!(!format!("{settings:?}").contains("hush"));
        let json = serde_json::to_string(&settings).expect("JSON");
        assert!(!json.contains("hush") && !json.contains("token"));
        assert!(serde_json::from_str::<ApiSettings>(r#"{"tokn":"x"}"#).is_err());
    }
}
