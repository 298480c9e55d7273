//! What the routes share.

use std::sync::Arc;

use casebook_app::{App, Classifier, Projections};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::EdgeSettings;
use crate::graphql::{self, CasebookSchema};

/// What the binary hands to the edge.
pub struct ApiState {
    /// The use cases.
    pub app: App,
    /// The read models that run in this process.
    pub projections: Arc<Projections>,
    /// What classifies messages in this process; `None` where nothing does.
    pub classifier: Option<Arc<dyn Classifier>>,
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
    pub(crate) settings: EdgeSettings,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) schema: CasebookSchema,
}

impl Shared {
    pub(crate) fn new(state: ApiState) -> Arc<Self> {
        let ApiState { app, projections, classifier, settings, metrics } = state;
        let schema = graphql::schema(&settings.api);
        Arc::new(Self { app, projections, classifier, settings, metrics, schema })
    }
}
