//! `casebook demo`: the sample mails through the real pipeline, one of them answered, then the
//! server.

mod post;

use std::path::Path;

use bytes::Bytes;
use casebook_app::{Access, App, Arrival, ReceiveEmail};
use casebook_store::Mode;
use include_dir::{Dir, include_dir};

use super::import::{DECISION_TIME, Line};
use super::{account, contacts, serve};
use crate::cli::Demo;
use crate::config::{Secrets, Settings};
use crate::exit::{self, Exit, Failure};
use crate::reactors::{self, Reactors};
use crate::wiring;

use post::Post;

static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/samples");

/// The tenant whose directory the samples bring along.
const DIRECTORY_TENANT: &str = "protocol-raw";

/// Takes the samples in and tells what happened to each, then serves.
pub async fn run(
    mut settings: Settings,
    mut secrets: Secrets,
    demo: Demo,
) -> Result<Exit, Failure> {
    if let Some(listen) = demo.listen {
        settings.listen = listen;
    }
    let fresh = match demo.data {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("casebook-demo-").tempdir()?),
    };
    let folder = fresh.as_ref().map(tempfile::TempDir::path).or(demo.data.as_deref());
    let folder = folder.unwrap_or(Path::new(".")).to_owned();
    settings.database_url = format!("sqlite:{}", folder.join("casebook.db").display());
    settings.blobs.url = folder.join("blobs").display().to_string();

    let store = wiring::open_store(&settings, Mode::Write).await?;
    let app = wiring::open_app(&settings, store).await?;
    println!("The log, the read models and the raw mails are in {}", folder.display());
    for tenant in wiring::publish_missing(&settings, &app).await? {
        println!("Published the shipped policy of {tenant}");
    }
    directory(&app).await?;
    // Nothing of a demo leaves the machine, whatever else is set up on it.
    secrets.anthropic_api_key = None;
    settings.replacement.urls.clear();
    let post = Post::open(&mut settings).await?;
    let mut reactors = Reactors::new();
    reactors.start(&app, &settings, &secrets)?;
    if let Some(classifier) = reactors::classifier(&settings, &secrets)? {
        reactors.classify(&app, classifier);
    }
    let mut lines = Vec::new();
    for tenant in app.policies().tenants() {
        lines.extend(samples(&app, &tenant).await?);
    }
    println!();
    post.answer_one(&app, &lines).await?;
    reactors.stop().await;
    let escalated = lines.iter().find(|line| !line.gates.is_empty());
    if let Some(ticket) = escalated.and_then(|line| line.ticket.as_ref()) {
        println!("See how a ticket came to be, while the server runs:");
        println!("  casebook replay {ticket} --database-url {}", settings.database_url);
        println!("  casebook verify --database-url {}", settings.database_url);
        println!();
    }
    if demo.no_serve {
        app.store().clone().close().await;
        return Ok(exit::OK);
    }
    println!("Press Ctrl-C to stop.");
    serve::until_stopped(&settings, &secrets, app).await
}

async fn directory(app: &App) -> Result<(), Failure> {
    let Some(file) = SAMPLES.get_file("contacts.jsonl") else { return Ok(()) };
    let text = file.contents_utf8().unwrap_or_default();
    let records = contacts::from_json_lines("contacts.jsonl", text)?;
    let (changed, all) = contacts::take_over(app, DIRECTORY_TENANT, records).await?;
    println!("Took over {changed} of {all} contacts into the directory of {DIRECTORY_TENANT}");
    Ok(())
}

/// Takes a tenant's samples in, one after the other, and tells what became of each.
async fn samples(app: &App, tenant: &str) -> Result<Vec<Line>, Failure> {
    let Some(folder) = SAMPLES.get_dir(tenant) else { return Ok(Vec::new()) };
    let mut files: Vec<_> = folder.files().filter(|file| is_mail(file.path())).collect();
    files.sort_by_key(|file| file.path());
    println!("\n{tenant}: {} sample mails", files.len());
    let access = Access::operator("demo");
    let mut lines = Vec::new();
    for file in files {
        let raw = Bytes::from_static(file.contents());
        let envelope_to = envelope_to(app, tenant, &raw);
        let arrival = match envelope_to {
            Some(envelope_to) => Arrival::Live { envelope_to, envelope_from: None },
            None => Arrival::Import { tenant: tenant.to_owned(), inbox: None },
        };
        let arrival = match arrival {
            // Samples carry fixed dates, and windows such as "3 times in 7 days" count from them.
            Arrival::Live { ref envelope_to, .. } if is_inbox(app, tenant, envelope_to) => {
                Arrival::Import { tenant: tenant.to_owned(), inbox: None }
            }
            other => other,
        };
        let received = app.receive_email(&access, ReceiveEmail { raw, arrival }).await?;
        let name = file.path().display().to_string();
        let line = Line::decided(app, name, &received, Some(DECISION_TIME)).await?;
        println!("  {}", account::line(&line));
        lines.push(line);
    }
    Ok(lines)
}

fn is_mail(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "eml")
}

fn is_inbox(app: &App, tenant: &str, address: &str) -> bool {
    app.policies().get(tenant).is_some_and(|in_force| in_force.is_own(address))
}

/// The first address in To that belongs to the tenant, as the envelope would have named it.
fn envelope_to(app: &App, tenant: &str, raw: &[u8]) -> Option<String> {
    let in_force = app.policies().get(tenant)?;
    let mail = app.parser().parse(raw);
    let mut people = mail.to.into_iter().chain(mail.cc).map(|person| person.address);
    people.find(|address| in_force.policy.owns_domain_of(address))
}
