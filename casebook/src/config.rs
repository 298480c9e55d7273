//! The configuration: defaults, then `casebook.toml`, then the environment.
//!
//! `CASEBOOK_DATABASE_URL` and `CASEBOOK_LISTEN` are top-level; everything else is
//! `CASEBOOK_SECTION__KEY`. Secrets come from the environment or from files, never from the
//! configuration file itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use casebook_api::ApiSettings;
use casebook_app::{
    BacktestSettings, DeliverySettings, ForwardSettings, IntakeSettings, WebhookSettings,
};
use casebook_outbound::{ReplacementSettings, SmtpSettings};
use casebook_projections::ProjectionSettings;
use casebook_store::{BlobSettings, DatabaseUrl, StoreSettings};
use casebook_triage::anthropic::AnthropicSettings;
use casebook_triage::breaker::BreakerSettings;
use casebook_triage::retry::RetrySettings;
use config::{Config, Environment, File, FileFormat};
use serde::{Deserialize, Serialize};

use crate::cli::Arguments;
use crate::exit::Failure;
use crate::integrations;
use crate::telemetry::LogSettings;
use crate::traces::TelemetrySettings;

/// Name of the configuration file that is read when it exists.
const DEFAULT_FILE: &str = "casebook.toml";

/// All settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Database: `sqlite:PATH` or `postgres://user@host/database`.
    pub database_url: String,
    /// Address to listen on.
    pub listen: String,
    /// Whether commands that write bring the database to the present form first; otherwise they
    /// ask for `casebook migrate`.
    pub migrate_on_start: bool,
    /// The database layer.
    pub store: StoreSettings,
    /// Raw mails and long texts.
    pub blobs: BlobSettings,
    /// Taking in messages.
    pub intake: IntakeSettings,
    /// Handing mail on.
    pub forward: ForwardSettings,
    /// Classification.
    pub triage: TriageSection,
    /// The model provider Anthropic, used when `anthropic.api_key` is set.
    pub anthropic: AnthropicSettings,
    /// Sending replies.
    pub delivery: DeliverySettings,
    /// The tenants' systems that take replacements.
    pub replacement: ReplacementSettings,
    /// The server through which mail leaves.
    pub smtp: SmtpSettings,
    /// Sending events to subscribers.
    pub webhooks: WebhookSettings,
    /// The HTTP edge.
    pub api: ApiSettings,
    /// Read models.
    pub projections: ProjectionSettings,
    /// Trying policies on the past.
    pub backtest: BacktestSettings,
    /// Tenants' policy files.
    pub tenants: TenantSettings,
    /// Logging.
    pub log: LogSettings,
    /// Traces.
    pub telemetry: TelemetrySettings,
}

/// Section `[triage]`: how messages are classified.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TriageSection {
    /// Whether this process classifies messages.
    pub enabled: bool,
    /// Messages that are classified at a time, in each process.
    pub parallel_max: usize,
    /// Who takes a message when the model provider gives no answer.
    pub fallback: Fallback,
    /// How often and how long a provider is asked again.
    pub retry: RetrySettings,
    /// When a provider that is away is no longer asked.
    pub breaker: BreakerSettings,
}

impl Default for TriageSection {
    fn default() -> Self {
        Self {
            enabled: true,
            parallel_max: 16,
            fallback: Fallback::default(),
            retry: RetrySettings::default(),
            breaker: BreakerSettings::default(),
        }
    }
}

/// Who takes a message when the model provider gives no answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// The built-in classifier.
    #[default]
    BuiltIn,
    /// A person, without a decision.
    Human,
}

/// Section `[tenants]`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenantSettings {
    /// Folder with a sub-folder for each tenant; the shipped ones when empty.
    pub dir: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database_url: "sqlite:./data/casebook.db".to_owned(),
            listen: "127.0.0.1:8080".to_owned(),
            migrate_on_start: true,
            store: StoreSettings::default(),
            blobs: BlobSettings::default(),
            intake: IntakeSettings::default(),
            forward: ForwardSettings::default(),
            triage: TriageSection::default(),
            anthropic: AnthropicSettings::default(),
            replacement: ReplacementSettings::default(),
            delivery: DeliverySettings::default(),
            smtp: SmtpSettings::default(),
            webhooks: WebhookSettings::default(),
            api: ApiSettings::default(),
            projections: ProjectionSettings::default(),
            backtest: BacktestSettings::default(),
            tenants: TenantSettings::default(),
            log: LogSettings::default(),
            telemetry: TelemetrySettings::default(),
        }
    }
}

impl Settings {
    /// The settings as they may be shown: addresses that can hold a password are cut.
    pub fn shown(&self) -> Self {
        let mut shown = self.clone();
        shown.database_url = match self.database_url.parse::<DatabaseUrl>() {
            Ok(url) => url.to_string(),
            Err(_) => "(not understood)".to_owned(),
        };
        if !shown.telemetry.otlp_endpoint.is_empty() {
            shown.telemetry.otlp_endpoint = host_of(&shown.telemetry.otlp_endpoint);
        }
        for url in shown.replacement.urls.values_mut() {
            *url = host_of(url);
        }
        shown
    }
}

/// Scheme and host of an address; what stands behind may be a secret.
fn host_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}/...")
}

/// What must stay secret, read from the environment only. `Debug` shows none of it.
#[derive(Clone, Default)]
pub struct Secrets {
    /// `intake.secret`: opens the intake of all tenants.
    pub intake: Option<String>,
    /// `tenants.<t>.intake_secret`: opens the intake of one tenant instead.
    pub tenants: BTreeMap<String, String>,
    /// `api.token`: the bearer token of the API.
    pub api_token: Option<String>,
    /// `api.integrations.<name>.token`: the bearer tokens of programs that follow events.
    pub integrations: BTreeMap<String, String>,
    /// `smtp.password`.
    pub smtp_password: Option<String>,
    /// `anthropic.api_key`.
    pub anthropic_api_key: Option<String>,
    /// `replacement.token`: bearer token for the tenants' systems that take replacements.
    pub replacement_token: Option<String>,
    /// `webhooks.key`: the secrets of subscriptions are made from it.
    pub webhook_key: Option<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(..)")
    }
}

/// Reads the settings and secrets.
///
/// # Errors
/// A usage failure that names the setting and says what to do.
pub fn load(arguments: &Arguments) -> Result<(Settings, Secrets), Failure> {
    let environment: BTreeMap<String, String> =
        std::env::vars().filter(|(name, _)| name.starts_with("CASEBOOK_")).collect();
    let (mut plain, secrets) = split(environment)?;
    // Used by the test suites only, to find their own database server.
    plain.retain(|name, _| !name.starts_with("CASEBOOK_TEST_"));
    let mut settings = read(arguments.config.as_deref(), plain)?;
    if let Some(url) = &arguments.database_url {
        settings.database_url.clone_from(url);
    }
    Ok((settings, secrets))
}

fn read(file: Option<&Path>, env: BTreeMap<String, String>) -> Result<Settings, Failure> {
    let mut environment = Environment::with_prefix("CASEBOOK")
        .prefix_separator("_")
        .separator("__")
        .try_parsing(true)
        .list_separator(",")
        .with_list_parse_key("api.origins")
        .with_list_parse_key("api.hosts")
        .with_list_parse_key("webhooks.allow_private")
        .with_list_parse_key("webhooks.retry_seconds");
    for list in integrations::lists(env.keys()) {
        environment = environment.with_list_parse_key(&list);
    }
    let environment = environment.source(Some(env.into_iter().collect()));
    let mut builder = Config::builder();
    builder = match file {
        Some(path) => builder.add_source(File::from(path).format(FileFormat::Toml)),
        None => {
            let default = File::new(DEFAULT_FILE, FileFormat::Toml).required(false);
            builder.add_source(default)
        }
    };
    let config = builder.add_source(environment).build();
    let settings = config.and_then(Config::try_deserialize::<Settings>);
    let mut settings =
        settings.map_err(|error| Failure::usage(format!("configuration: {error}")))?;
    // Names of environment variables hold no hyphen, codes of tenants no underscore.
    let urls = std::mem::take(&mut settings.replacement.urls);
    settings.replacement.urls =
        urls.into_iter().map(|(tenant, url)| (tenant.replace('_', "-"), url)).collect();
    let integrations = std::mem::take(&mut settings.api.integrations);
    settings.api.integrations = integrations::renamed(integrations);
    Ok(settings)
}

/// Parts the environment into plain settings and secrets; `..._FILE` names a file with a secret.
fn split(
    environment: BTreeMap<String, String>,
) -> Result<(BTreeMap<String, String>, Secrets), Failure> {
    let mut plain = BTreeMap::new();
    let mut secrets = Secrets::default();
    for (name, value) in environment {
        let (bare, from_file) = match name.strip_suffix("_FILE") {
            Some(bare) => (bare, true),
            None => (name.as_str(), false),
        };
        let tenant = bare
            .strip_prefix("CASEBOOK_TENANTS__")
            .and_then(|rest| rest.strip_suffix("__INTAKE_SECRET"))
            .map(|tenant| tenant.to_lowercase().replace('_', "-"));
        let place = match bare {
            "CASEBOOK_INTAKE__SECRET" => &mut secrets.intake,
            "CASEBOOK_API__TOKEN" => &mut secrets.api_token,
            "CASEBOOK_SMTP__PASSWORD" => &mut secrets.smtp_password,
            "CASEBOOK_ANTHROPIC__API_KEY" => &mut secrets.anthropic_api_key,
            "CASEBOOK_REPLACEMENT__TOKEN" => &mut secrets.replacement_token,
            "CASEBOOK_WEBHOOKS__KEY" => &mut secrets.webhook_key,
            _ => {
                if let Some(tenant) = tenant {
                    secrets.tenants.insert(tenant, secret(&name, value, from_file)?);
                } else if let Some(integration) = integrations::of_token(bare) {
                    secrets.integrations.insert(integration, secret(&name, value, from_file)?);
                } else {
                    plain.insert(name, value);
                }
                continue;
            }
        };
        *place = Some(secret(&name, value, from_file)?);
    }
    Ok((plain, secrets))
}

fn secret(name: &str, value: String, from_file: bool) -> Result<String, Failure> {
    let text = if from_file {
        let unreadable = |error| Failure::usage(format!("{name}: the file: {error}"));
        std::fs::read_to_string(&value).map_err(unreadable)?
    } else {
        value
    };
    let text = text.trim().to_owned();
    if text.is_empty() {
        return Err(Failure::usage(format!("{name} is empty; set it or leave it out")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn top_level_and_section_settings_come_from_the_environment() {
        let settings = read(
            None,
            env(&[
                ("CASEBOOK_DATABASE_URL", "postgres://localhost/casebook"),
                ("CASEBOOK_INTAKE__MAIL_BYTES_MAX", "1000"),
            ]),
        )
        .expect("settings");
        assert_eq!(settings.database_url, "postgres://localhost/casebook");
        assert_eq!(settings.intake.mail_bytes_max, 1000);
    }

    #[test]
    fn lists_and_tenants_come_from_the_environment() {
        let settings = read(
            None,
            env(&[
                ("CASEBOOK_API__ORIGINS", "https://a.example,https://b.example"),
                ("CASEBOOK_REPLACEMENT__URLS__PROTOCOL_RAW", "https://ops.example/r?key=hush"),
                ("CASEBOOK_API__INTEGRATIONS__MY_CRM__TENANTS", "protocol-raw,ozean-licht"),
                ("CASEBOOK_API__INTEGRATIONS__MY_CRM__PERSONAL", "true"),
                ("CASEBOOK_WEBHOOKS__ALLOW_PRIVATE", "10.1.0.0/16,intern.example"),
                ("CASEBOOK_WEBHOOKS__RETRY_SECONDS", "1,2,3"),
            ]),
        )
        .expect("settings");
        let crm = &settings.api.integrations["my-crm"];
        assert_eq!((crm.tenants.len(), crm.personal), (2, true));
        assert_eq!(settings.webhooks.allow_private, ["10.1.0.0/16", "intern.example"]);
        assert_eq!(settings.webhooks.retry_seconds, [1, 2, 3]);
        assert_eq!(settings.api.origins, ["https://a.example", "https://b.example"]);
        assert!(settings.replacement.urls.contains_key("protocol-raw"));
    }

    #[test]
    fn what_is_shown_holds_no_password() {
        let mut settings = Settings {
            database_url: "postgres://casebook:hush@db.example/casebook".to_owned(),
            ..Settings::default()
        };
        let url = "https://user:hush@ops.example/r?key=hush".to_owned();
        settings.replacement.urls.insert("protocol-raw".to_owned(), url);
        settings.telemetry.otlp_endpoint = "https://user:hush@otel.example/x".to_owned();
        let text = toml::to_string(&settings.shown()).expect("TOML");
        assert!(!text.contains("hush"), "{text}");
        assert!(text.contains("db.example") && text.contains("ops.example"));
    }

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let error = read(None, env(&[("CASEBOOK_INTAKE__MAIL_SIZE", "1")])).expect_err("unknown");
        assert!(error.message.contains("mail_size"), "{error}");
    }

    #[test]
    fn secrets_are_kept_apart_and_never_shown() {
        let (plain, secrets) = split(env(&[
            ("CASEBOOK_INTAKE__SECRET", "hush"),
            ("CASEBOOK_TENANTS__PROTOCOL_RAW__INTAKE_SECRET", "quiet"),
            ("CASEBOOK_API__INTEGRATIONS__MY_CRM__TOKEN", "still"),
            ("CASEBOOK_LISTEN", "127.0.0.1:1"),
        ]))
        .expect("split");
        assert_eq!(secrets.integrations.get("my-crm").map(String::as_str), Some("still"));
        assert_eq!(plain.len(), 1);
        assert_eq!(secrets.intake.as_deref(), Some("hush"));
        assert_eq!(secrets.tenants.get("protocol-raw").map(String::as_str), Some("quiet"));
        assert!(!format!("{secrets:?}").contains("hush"));
        assert!(split(env(&[("CASEBOOK_API__TOKEN", " ")])).is_err());
    }
}
