//! Channels: how a person writes to us.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a person writes to us; what carries it beneath is a transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Electronic mail.
    #[default]
    Email,
    /// The chat box on a website.
    WebWidget,
    /// WhatsApp.
    Whatsapp,
    /// Telegram.
    Telegram,
    /// A program of the tenant.
    Api,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 5] =
        [Self::Email, Self::WebWidget, Self::Whatsapp, Self::Telegram, Self::Api];

    /// The stable name, as in events, settings and GraphQL arguments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::WebWidget => "web_widget",
            Self::Whatsapp => "whatsapp",
            Self::Telegram => "telegram",
            Self::Api => "api",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Channel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|channel| channel.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|channel| channel.name()).collect();
            format!("not a channel; use one of {}", names.join(", "))
        })
    }
}
