//! Rebuilding in a running server, by its GraphQL.

use std::time::Duration;

use serde_json::{Value, json};

use super::tell::{self, Line};
use crate::exit::{self, Exit, Failure};
use crate::remote::Remote;

/// Pause between two looks at the progress.
const TICK: Duration = Duration::from_secs(1);

/// Looks at a server that does not build before it is given up.
const IDLE_LOOKS_MAX: u32 = 120;

const STATE: &str = "{ projections { name version generation leads position lag epoch error
    stopped rebuilds build { position target rows eventsPerSecond }
    lastRebuild { error versionBefore version generation position rows tookMs comparison {
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
        let ended = ended(server, name, before).await?;
        let last = &ended["lastRebuild"];
        if let Some(error) = last["error"].as_str() {
            return Err(Failure::failed(format!("{name}: {error}")));
        }
        same &= tell::report(&as_here(name, last), json);
    }
    Ok(same)
}

/// Waits until the server has ended a rebuild more than `before`; gives how the read model stands.
async fn ended(server: &Remote, name: &str, before: u64) -> Result<Value, Failure> {
    let mut idle = 0;
    loop {
        let state = state(server, name).await?;
        match step(&state, before, idle).map_err(|why| Failure::failed(format!("{name}: {why}")))? {
            Step::Ended => return Ok(state),
            Step::Building => {
                idle = 0;
                let build = &state["build"];
                let rows = build["rows"].as_u64().unwrap_or_default();
                let rate = build["eventsPerSecond"].as_f64().unwrap_or_default();
                let (position, target) = (place(&build["position"]), place(&build["target"]));
                tell::progress(name, position, target, rows, rate);
            }
            Step::Idle => idle += 1,
        }
        tokio::time::sleep(TICK).await;
    }
}

/// What a server is about.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// The rebuild has ended.
    Ended,
    /// It goes on.
    Building,
    /// The server does not build now.
    Idle,
}

/// What a server is about, by its state, after it was idle for so many looks.
///
/// # Errors
/// When the rebuild will not end: its server is another one now, or does not begin.
fn step(state: &Value, before: u64, idle: u32) -> Result<Step, String> {
    let rebuilds = rebuilds(state);
    if rebuilds > before {
        return Ok(Step::Ended);
    }
    if rebuilds < before {
        // A server counts from its start.
        return Err("the server was restarted meanwhile; ask it again".to_owned());
    }
    if !state["build"].is_null() {
        return Ok(Step::Building);
    }
    if idle >= IDLE_LOOKS_MAX {
        let seconds = TICK.as_secs() * u64::from(IDLE_LOOKS_MAX);
        return Err(format!(
            "the server has not built for {seconds} s; it was restarted, or does not lead this \
             read model: look at `casebook rebuild` without a name, then ask again"
        ));
    }
    Ok(Step::Idle)
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
        "version_before": last["versionBefore"],
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rebuild_that_will_not_end_is_given_up() {
        let state = |rebuilds: u64, build: Value| json!({ "rebuilds": rebuilds, "build": build });
        let building = || json!({ "rows": 1 });
        assert_eq!(step(&state(3, Value::Null), 2, 0), Ok(Step::Ended));
        assert_eq!(step(&state(2, building()), 2, IDLE_LOOKS_MAX), Ok(Step::Building));
        assert_eq!(step(&state(2, Value::Null), 2, IDLE_LOOKS_MAX - 1), Ok(Step::Idle));
        let restarted = step(&state(0, building()), 2, 0).expect_err("another server");
        assert!(restarted.contains("restarted"), "{restarted}");
        let idle = step(&state(0, Value::Null), 0, IDLE_LOOKS_MAX).expect_err("given up");
        assert!(idle.contains("120 s"), "{idle}");
    }
}
