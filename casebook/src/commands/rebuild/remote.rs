//! Rebuilding in a running server, by its GraphQL.

use std::time::Duration;

use serde_json::{Value, json};

use super::tell::{self, Line};
use crate::exit::{self, Exit, Failure};
use crate::remote::Remote;

/// Pause between two looks at the progress.
const TICK: Duration = Duration::from_secs(1);

const STATE: &str = "{ projections { name version generation leads position lag epoch error
    stopped rebuilds build { position target rows eventsPerSecond }
    lastRebuild { error version generation position rows tookMs comparison {
        position rows digestBefore digestAfter differing problems } } } }";
const REBUILD: &str = "mutation($name: String) { rebuildReadModel(input: { name: $name }) \
                       { names error { message } } }";

/// Prints how the server's read models stand.
pub async fn list(server: &Remote, json: bool) -> Result<Exit, Failure> {
    for model in projections(server).await? {
        let number = |field: &str| model[field].as_u64().unwrap_or_default();
        let line = Line {
            name: text(&model["name"]),
            version: number("version"),
            generation: number("generation"),
            state: "live".to_owned(),
            position: place(&model["position"]),
            lag: number("lag"),
            epoch: number("epoch"),
            error: model["error"].as_str().map(str::to_owned),
        };
        line.print(json)?;
    }
    Ok(exit::OK)
}

/// Has the named read models rebuilt, all without a name, one after the other.
pub async fn rebuild(server: &Remote, names: &[String], json: bool) -> Result<bool, Failure> {
    let known = projections(server).await?;
    let known: Vec<String> = known.iter().map(|model| text(&model["name"])).collect();
    let names = if names.is_empty() { &known } else { names };
    let mut same = true;
    for name in names {
        let before = rebuilds(&state(server, name).await?);
        let answer = server.ask(REBUILD, json!({ "name": name })).await?;
        if let Some(message) = answer["rebuildReadModel"]["error"]["message"].as_str() {
            return Err(Failure::usage(format!("{name}: {message}")));
        }
        let ended = loop {
            let state = state(server, name).await?;
            if rebuilds(&state) > before {
                break state;
            }
            let build = &state["build"];
            if !build.is_null() {
                let rows = build["rows"].as_u64().unwrap_or_default();
                let rate = build["eventsPerSecond"].as_f64().unwrap_or_default();
                let (position, target) = (place(&build["position"]), place(&build["target"]));
                tell::progress(name, position, target, rows, rate);
            }
            tokio::time::sleep(TICK).await;
        };
        let last = &ended["lastRebuild"];
        if let Some(error) = last["error"].as_str() {
            return Err(Failure::failed(format!("{name}: {error}")));
        }
        same &= tell::report(&as_here(name, last), json);
    }
    Ok(same)
}

/// A report as this process would make it.
fn as_here(name: &str, last: &Value) -> Value {
    let compared = &last["comparison"];
    let comparison = json!({
        "position": place(&compared["position"]),
        "rows": compared["rows"],
        "digest_before": compared["digestBefore"],
        "digest_after": compared["digestAfter"],
        "differing": compared["differing"],
        "problems": compared["problems"],
    });
    json!({
        "name": name,
        "version": last["version"],
        "generation": last["generation"],
        "position": place(&last["position"]),
        "rows": last["rows"],
        "took_ms": last["tookMs"],
        "comparison": if compared.is_null() { Value::Null } else { comparison },
    })
}

async fn projections(server: &Remote) -> Result<Vec<Value>, Failure> {
    let mut answer = server.ask(STATE, json!({})).await?;
    match answer["projections"].take() {
        Value::Array(models) => Ok(models),
        _ => Err(Failure::failed("the server does not tell how its read models stand")),
    }
}

async fn state(server: &Remote, name: &str) -> Result<Value, Failure> {
    let found = projections(server).await?.into_iter().find(|model| model["name"] == name);
    found.ok_or_else(|| Failure::usage(format!("{name} is no read model of this server")))
}

fn rebuilds(state: &Value) -> u64 {
    state["rebuilds"].as_u64().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The number of a position, without the log that it belongs to.
fn place(position: &Value) -> u64 {
    let number = position.as_str().and_then(|text| text.rsplit_once(':')?.1.parse().ok());
    number.unwrap_or_default()
}
