//! Prints aggregates of a Casebook database as the unmodified crates see them, one JSON line each.
//!
//! Usage: `read_aggregates URL KIND ID...`

use casebook_compat::open::Database;
use casebook_compat::read::load;

#[tokio::main]
async fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, kind, ids @ ..] = arguments.as_slice() else {
        return Err("usage: read_aggregates URL KIND ID...".to_owned());
    };
    let database = Database::open(url).await.map_err(|error| error.to_string())?;
    for id in ids {
        let seen = load(&database, kind, id).await?;
        println!("{}", serde_json::to_string(&seen).map_err(|error| error.to_string())?);
    }
    Ok(())
}
