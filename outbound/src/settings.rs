//! Section `[smtp]` of the configuration.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How the connection to the server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// TLS from the first byte (port 465).
    Implicit,
    /// STARTTLS, refused where the server does not offer it.
    #[default]
    Required,
    /// STARTTLS where the server offers it; the password is kept back where it does not.
    Opportunistic,
    /// In the clear; for a server on the same machine.
    None,
}

/// Section `[smtp]` of the configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpSettings {
    /// Name or address of the server; empty means that no mail is sent.
    pub host: String,
    /// Port; 587 by default.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// PEM file with authorities that are trusted beside the public ones.
    pub ca_file: Option<PathBuf>,
    /// User name, where the server asks for one.
    pub user: Option<String>,
    /// Name by which the server is greeted; `[127.0.0.1]` when empty (RFC 5321 section 4.1.4).
    pub hello_name: Option<String>,
    /// Longest time until the server's machine takes a connection, in seconds.
    pub connect_timeout_seconds: u64,
    /// Longest time until the server answers a command, in seconds.
    pub timeout_seconds: u64,
    /// Longest time that handing one mail over may take, in seconds; also the limit for the
    /// server's answer to the whole mail, for which RFC 5321 section 4.5.3.2.6 asks patience.
    pub total_timeout_seconds: u64,
    /// Most connections open at once.
    pub connections_max: u32,
    /// How long a connection is kept for the next mail, in seconds; 0 keeps none.
    pub idle_seconds: u64,
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            tls: SmtpTls::default(),
            ca_file: None,
            user: None,
            hello_name: None,
            connect_timeout_seconds: 15,
            timeout_seconds: 60,
            total_timeout_seconds: 300,
            connections_max: 4,
            idle_seconds: 30,
        }
    }
}
