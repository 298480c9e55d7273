//! What the routes share.

use std::sync::Arc;

use casebook_app::{App, Classifier, Projections};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::watch;

use crate::EdgeSettings;
use crate::graphql::{self, CasebookSchema, Documents};
use crate::streams::Seats;

/// What the binary hands to the edge.
pub struct ApiState {
    /// The use cases.
    pub app: App,
    /// The read models that run in this process.
    pub projections: Arc<Projections>,
    /// What classifies messages in this process; `None` where nothing does.
    pub classifier: Option<Arc<dyn Classifier>>,
    /// Says true once this process is about to stop: whoever waits for triage then gets what is
    /// known.
    pub stopping: watch::Receiver<bool>,
    /// Settings.
    pub settings: EdgeSettings,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
}

/// What the routes share.
pub(crate) struct Shared {
    pub(crate) app: App,
    pub(crate) projections: Arc<Projections>,
    pub(crate) classifier: Option<Arc<dyn Classifier>>,
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) settings: EdgeSettings,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) schema: CasebookSchema,
    pub(crate) documents: Documents,
    pub(crate) seats: Seats,
}

impl Shared {
    pub(crate) fn new(state: ApiState) -> Arc<Self> {
        let ApiState { app, projections, classifier, stopping, settings, metrics } = state;
        let schema = graphql::schema(&settings.api);
        let documents = Documents::new(&settings.api);
        let seats = Seats::new(&settings.api.streams);
        Arc::new(Self {
            app,
            projections,
            classifier,
            stopping,
            settings,
            metrics,
            schema,
            documents,
            seats,
        })
    }
}
