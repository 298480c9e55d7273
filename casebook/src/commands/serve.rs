//! `casebook serve`: intake, reactors and API until stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use casebook_api::{
    ApiState, EdgeSettings, IntakeEdgeSettings, Listener, Secret, TenantEdgeSettings, router,
};
use casebook_app::App;
use casebook_projections::Projections;
use casebook_store::Mode;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::cli::Serve;
use crate::config::{Secrets, Settings};
use crate::exit::{self, Exit, Failure};
use crate::reactors::{self, Reactors};
use crate::wiring;

/// Time that open requests get to finish after the first signal.
const GRACE: Duration = Duration::from_secs(20);
/// Pause between two times that measurements are summed up.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);
/// Time in which requests that were answered or cut off let go of the read models.
const RELEASE: Duration = Duration::from_secs(2);

/// Serves until a signal asks it to stop.
pub async fn run(mut settings: Settings, secrets: Secrets, serve: Serve) -> Result<Exit, Failure> {
    if let Some(listen) = serve.listen {
        settings.listen = listen;
    }
    let store = wiring::open_store(&settings, Mode::Write).await?;
    let app = wiring::open_app_with_webhooks(&settings, &secrets, store).await?;
    for tenant in wiring::publish_missing(&settings, &app).await? {
        tracing::info!(tenant, "published the shipped policy");
    }
    until_stopped(&settings, &secrets, app).await
}

/// Serves an open application until a signal asks it to stop.
///
/// # Errors
/// When the address cannot be listened on, or not without a token.
pub async fn until_stopped(
    settings: &Settings,
    secrets: &Secrets,
    app: App,
) -> Result<Exit, Failure> {
    let edge = edge(settings, secrets)?;
    let listen: SocketAddr = settings.listen.parse().map_err(|_| {
        Failure::usage(format!("{} is not ADDRESS:PORT; set CASEBOOK_LISTEN", settings.listen))
    })?;
    edge.api.check(listen).map_err(Failure::usage)?;
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .map_err(|error| Failure::failed(error.to_string()))?;
    keep_up(metrics.clone());
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| Failure::failed(format!("{listen} cannot be listened on: {error}")))?;
    let address = listener.local_addr()?;
    let stall_max = Duration::from_millis(edge.api.streams.stall_ms_max);
    let listener = Listener::new(listener, stall_max);

    let projections = Projections::start(app.store(), &settings.projections).await?;
    let projections = Arc::new(projections);
    let classifier = reactors::classifier(settings, secrets)?;
    let mut reactors = Reactors::new();
    reactors.start(&app, settings, secrets)?;
    if let Some(classifier) = &classifier {
        reactors.classify(&app, classifier.clone());
    }
    let (stop, stopping) = watch::channel(false);
    let state = ApiState {
        app: app.clone(),
        projections: projections.clone(),
        classifier,
        stopping,
        settings: edge,
        metrics,
    };
    println!("casebook listens on http://{address}");
    let served = axum::serve(listener, router(state)).with_graceful_shutdown(async move {
        stopped().await;
        stop.send_replace(true);
    });
    tokio::select! {
        result = served.into_future() => result?,
        () = overdue() => tracing::warn!("open requests were cut off"),
    }
    reactors.stop().await;
    stop_projections(projections).await;
    app.store().clone().close().await;
    Ok(exit::OK)
}

/// Sums up now and then what was measured. Otherwise every single measurement would be kept until
/// somebody asks for `/metrics`, which may be never.
fn keep_up(metrics: PrometheusHandle) {
    tokio::spawn(async move {
        let mut pause = tokio::time::interval(METRICS_UPKEEP);
        loop {
            pause.tick().await;
            metrics.run_upkeep();
        }
    });
}

/// Stops the read models before the store is closed under them, and gives their leases back.
/// Requests that have just ended let go of them a moment later.
async fn stop_projections(mut projections: Arc<Projections>) {
    let deadline = tokio::time::Instant::now() + RELEASE;
    loop {
        match Arc::try_unwrap(projections) {
            Ok(projections) => return projections.stop().await,
            Err(_) if tokio::time::Instant::now() > deadline => return,
            Err(shared) => projections = shared,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn edge(settings: &Settings, secrets: &Secrets) -> Result<EdgeSettings, Failure> {
    let mut api = settings.api.clone();
    if let Some(token) = &secrets.api_token {
        api.token = Some(Secret::new(token));
    }
    for (name, token) in &secrets.integrations {
        let unknown = || {
            Failure::usage(format!(
                "a token is set for api.integrations.{name}, which names no tenants"
            ))
        };
        api.integrations.get_mut(name).ok_or_else(unknown)?.token = Some(Secret::new(token));
    }
    let tenants = secrets.tenants.iter().map(|(tenant, secret)| {
        (tenant.clone(), TenantEdgeSettings { intake_secret: Some(Secret::new(secret)) })
    });
    Ok(EdgeSettings {
        api,
        intake: IntakeEdgeSettings {
            secret: secrets.intake.as_ref().map(Secret::new),
            mail_bytes_max: settings.intake.mail_bytes_max,
            json_bytes_max: settings.intake.json_bytes_max,
            wait_max_ms: settings.intake.wait_max_ms,
        },
        tenants: tenants.collect(),
    })
}

/// Ends with the first SIGINT or SIGTERM.
async fn stopped() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Ends when the grace after the first signal is over, or with the second signal.
async fn overdue() {
    stopped().await;
    tokio::select! {
        () = tokio::time::sleep(GRACE) => {}
        () = stopped() => {}
    }
}
