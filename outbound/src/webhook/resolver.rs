//! Looking hosts up, such that only allowed addresses are ever connected to. The check is made on
//! what a name stands for at the moment of connecting: a name that changes its mind gains nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::rules::{NotAllowed, Rules};

/// Finds the addresses of hosts.
#[async_trait]
pub trait Lookup: Send + Sync + 'static {
    /// The addresses of a host.
    ///
    /// # Errors
    /// When there are none, or nobody answers.
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// The resolver of the machine.
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// A lookup that answers allowed addresses only.
pub struct Guarded {
    pub(super) rules: Rules,
    pub(super) lookup: Arc<dyn Lookup>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, lookup) = (self.rules.clone(), Arc::clone(&self.lookup));
        Box::pin(async move {
            let host = name.as_str();
            let mut found = lookup.addresses(host).await?;
            found.retain(|address| rules.allows(host, *address));
            if found.is_empty() {
                return Err(NotAllowed.into());
            }
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as Addrs)
        })
    }
}
