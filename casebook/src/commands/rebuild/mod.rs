//! `casebook rebuild`: read models anew beside those that queries see, or how they stand.

mod here;
mod remote;
mod tell;

use crate::cli::Rebuild;
use crate::config::{Secrets, Settings};
use crate::exit::{self, Exit, Failure};
use crate::remote::Remote;

use super::skip::or_by_server;

/// Rebuilds what is named, in the database or by way of the server that writes to it; without a
/// name, tells how the read models stand. Exit 1 when a rebuild fails, or makes other rows than
/// queries saw although the definition is the same.
pub async fn run(
    settings: &Settings,
    secrets: &Secrets,
    rebuild: Rebuild,
) -> Result<Exit, Failure> {
    if rebuild.all && !rebuild.names.is_empty() {
        return Err(Failure::usage("name read models or give --all, not both"));
    }
    let list = rebuild.names.is_empty() && !rebuild.all;
    let same = match &rebuild.server {
        Some(url) => {
            let server = Remote::new(url, secrets.api_token.as_ref())?;
            if list {
                return remote::list(&server, rebuild.json).await;
            }
            remote::rebuild(&server, &rebuild.names, rebuild.json).await?
        }
        None if list => return here::list(settings, rebuild.json).await,
        None => {
            let done = here::rebuild(settings, &rebuild.names, rebuild.json).await;
            done.map_err(or_by_server)?
        }
    };
    Ok(if same { exit::OK } else { exit::FAILED })
}
