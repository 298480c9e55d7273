//! `casebook migrate`.

use casebook_store::{DatabaseUrl, Mode, Store};

use crate::config::Settings;
use crate::exit::{self, Exit, Failure};
use crate::wiring;

/// Brings the database to the form this program needs.
pub async fn run(settings: &Settings) -> Result<Exit, Failure> {
    let url: DatabaseUrl = settings.database_url.parse()?;
    if let DatabaseUrl::Sqlite(path) = &url
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)?;
    }
    let report = Store::migrate(&url, &settings.store).await?;
    for name in &report.applied {
        println!("applied {name}");
    }
    if matches!(url, DatabaseUrl::Postgres(_)) {
        // SQL views, and grants to roles that were made since.
        let store = wiring::open_store(settings, Mode::Write).await?;
        store.close().await;
    }
    println!("{url} is at version {}", report.version);
    Ok(exit::OK)
}
