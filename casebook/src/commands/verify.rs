//! `casebook verify`: the whole store, beside a running server.

use casebook_app::Access;
use casebook_store::Mode;

use crate::cli::Verify;
use crate::config::Settings;
use crate::exit::{self, Exit, Failure};
use crate::wiring;

/// Checks log, blobs and read models; exit 0 when all is sound, 1 with what is wrong.
pub async fn run(settings: &Settings, verify: Verify) -> Result<Exit, Failure> {
    let store = wiring::open_store(settings, Mode::ReadOnly).await?;
    let app = wiring::open_app(settings, store).await?;
    let access = Access::operator("verify");
    let check = app
        .verify_log(&access, |check| {
            if check.events % 50_000 == 0 {
                eprintln!("{} events, {} blobs", check.events, check.blobs);
            }
        })
        .await?;
    let models = casebook_projections::verify(app.store()).await?;
    let mut sound = true;
    for problem in &check.problems {
        sound = false;
        tell(verify.json, problem, problem)?;
    }
    for model in &models {
        sound &= model.is_clean();
        for problem in &model.problems {
            tell(verify.json, problem, problem)?;
        }
        if model.more_problems > 0 && !verify.json {
            println!("{}: {} further problems", model.name, model.more_problems);
        }
    }
    if !verify.json {
        println!(
            "{} events in {} streams, {} blobs, {} read models with {} rows: {}",
            check.events,
            check.streams,
            check.blobs,
            models.len(),
            models.iter().map(|model| model.rows).sum::<u64>(),
            if sound { "sound" } else { "NOT sound" }
        );
    }
    Ok(if sound { exit::OK } else { exit::FAILED })
}

fn tell(
    json: bool,
    value: &impl serde::Serialize,
    text: &impl std::fmt::Display,
) -> Result<(), Failure> {
    if json {
        let line = serde_json::to_string(value).map_err(|e| Failure::failed(e.to_string()))?;
        println!("{line}");
    } else {
        println!("{text}");
    }
    Ok(())
}
