//! Which addresses of subscribers can be used.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;

use casebook_app::WebhookSettings;
use reqwest::Url;
use reqwest::dns::Name;

use super::network::{Network, is_public};

/// An address leads where the settings do not allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAllowed;

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address leads into a network that is not allowed")
    }
}

impl Error for NotAllowed {}

/// What the settings allow.
#[derive(Clone, Debug)]
pub struct Rules {
    http: bool,
    networks: Vec<Network>,
    hosts: Vec<String>,
}

impl Rules {
    /// The rules of the settings; what is no network and no address is the name of a host.
    pub fn of(settings: &WebhookSettings) -> Self {
        let (mut networks, mut hosts) = (Vec::new(), Vec::new());
        for entry in &settings.allow_private {
            match Network::parse(entry.trim()) {
                Some(network) => networks.push(network),
                None => hosts.push(entry.trim().to_ascii_lowercase()),
            }
        }
        Self { http: settings.allow_http, networks, hosts }
    }

    /// Whether events may be sent to an address of the network that a host has.
    pub fn allows(&self, host: &str, address: IpAddr) -> bool {
        let host = host.trim_end_matches('.');
        is_public(address)
            || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
            || self.networks.iter().any(|network| {
                network.contains(address) || network.contains(address.to_canonical())
            })
    }

    /// Whether an address can be used, as far as it tells by itself.
    ///
    /// # Errors
    /// What is wrong with it, free of the address.
    pub fn check(&self, url: &str) -> Result<Url, String> {
        let url = Url::parse(url).map_err(|_| "is no address such as https://host/path")?;
        if url.scheme() != "https" && !(url.scheme() == "http" && self.http) {
            return Err("use an https address (webhooks.allow_http permits http)".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("holds a name or a password; check signatures instead".to_owned());
        }
        if url.fragment().is_some() {
            return Err("holds a fragment, which is never sent".to_owned());
        }
        let host = url.host_str().ok_or("names no host")?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let wrong = || "leads into a private network, which webhooks.allow_private does not list";
        if let Ok(literal) = bare.parse::<IpAddr>() {
            return if self.allows(bare, literal) { Ok(url) } else { Err(wrong().to_owned()) };
        }
        bare.parse::<Name>().map_err(|_| "names no host that can be looked up")?;
        let here = bare == "localhost" || bare.ends_with(".localhost");
        if here && !self.hosts.iter().any(|known| known == bare) && self.networks.is_empty() {
            return Err(wrong().to_owned());
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(http: bool, private: &[&str]) -> Rules {
        let allow_private = private.iter().map(|entry| (*entry).to_owned()).collect();
        let settings = WebhookSettings { allow_http: http, allow_private, ..Default::default() };
        Rules::of(&settings)
    }

    #[test]
    fn only_protected_public_addresses_are_taken_by_default() {
        let rules = rules(false, &[]);
        assert!(rules.check("https://hooks.example.com/x?y=z").is_ok());
        assert!(rules.check("https://1.1.1.1:8443/x").is_ok());
        for bad in [
            "http://hooks.example.com/",
            "ftp://hooks.example.com/",
            "hooks.example.com",
            "https://user@hooks.example.com/",
            "https://user:secret@hooks.example.com/",
            "https://hooks.example.com/#part",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/",
            "https://",
        ] {
            let refused = rules.check(bad);
            assert!(refused.is_err(), "{bad}");
            assert!(!refused.expect_err("refused").contains("secret"));
        }
    }

    #[test]
    fn what_the_settings_list_is_allowed() {
        let rules = rules(true, &["127.0.0.0/8", "Intern.example", "fd00::/8"]);
        assert!(rules.check("http://127.0.0.1:9000/x").is_ok());
        assert!(rules.check("http://[::ffff:127.0.0.1]:9000/x").is_ok());
        assert!(rules.check("https://10.0.0.1/").is_err());
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert!(rules.allows("intern.example.", ip("10.0.0.1")));
        assert!(!rules.allows("other.example", ip("10.0.0.1")));
        assert!(rules.allows("other.example", ip("fd00::1")));
    }
}
