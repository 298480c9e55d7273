//! Section `[telemetry]`, and OpenTelemetry's own environment variables.

use serde::{Deserialize, Serialize};

use crate::exit::Failure;

/// Path of OTLP over HTTP for traces, after the base address of a collector.
const TRACES_PATH: &str = "/v1/traces";

/// Section `[telemetry]`: traces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// Base address of a collector that takes OTLP over HTTP, such as `http://localhost:4318`;
    /// without one there are no traces.
    pub otlp_endpoint: String,
    /// Name of this service in traces.
    pub service_name: String,
    /// Share of the traces that are kept, from 0 to 1.
    pub sample_ratio: f64,
    /// Spans that wait for the collector; what comes on top is dropped.
    pub queue_spans_max: usize,
    /// Spans of one request to the collector.
    pub batch_spans_max: usize,
    /// Longest time that a span waits for others, in milliseconds.
    pub batch_ms_max: u64,
    /// Longest time that the collector may take, in milliseconds.
    pub export_timeout_ms: u64,
    /// Longest time for the last spans when the process ends, in milliseconds.
    pub flush_ms_max: u64,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            otlp_endpoint: String::new(),
            service_name: "casebook".to_owned(),
            sample_ratio: 1.0,
            queue_spans_max: 8192,
            batch_spans_max: 512,
            batch_ms_max: 2000,
            export_timeout_ms: 5000,
            flush_ms_max: 3000,
        }
    }
}

/// Where traces go, as settings and environment say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Full address that takes traces.
    pub url: String,
    /// Which traces are kept.
    pub sampling: Sampling,
    /// Name of the service; `None` leaves it to `OTEL_SERVICE_NAME`.
    pub service_name: Option<String>,
}

/// Which traces are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Share of them, from 0 to 1.
    pub share: f64,
    /// Whether a trace that a caller began is kept or not as the caller says.
    pub follows_callers: bool,
}

#[cfg(test)]
impl Sampling {
    /// All of them.
    pub const ALL: Self = Self { share: 1.0, follows_callers: true };
}

impl TelemetrySettings {
    /// Where traces go; `None` nowhere. Our own settings come first, then the variables of the
    /// OpenTelemetry specification ("Environment Variable Specification").
    ///
    /// # Errors
    /// A usage failure that names the setting or variable.
    pub fn target(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Target>, Failure> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is = |name, value: &str| variable(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
        if is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
            return Ok(None);
        }
        let below = |base: &str| format!("{}{TRACES_PATH}", base.trim_end_matches('/'));
        let url = if self.otlp_endpoint.is_empty() {
            let full = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
            full.or_else(|| variable("OTEL_EXPORTER_OTLP_ENDPOINT").map(|base| below(&base)))
        } else {
            Some(below(&self.otlp_endpoint))
        };
        let Some(url) = url else { return Ok(None) };
        let fits = reqwest::Url::parse(&url)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !fits {
            let message =
                "telemetry.otlp_endpoint or OTEL_EXPORTER_OTLP_ENDPOINT is no http address";
            return Err(Failure::usage(message));
        }
        let service_name = match variable("OTEL_SERVICE_NAME") {
            Some(_) if self.service_name == Self::default().service_name => None,
            _ => Some(self.service_name.clone()),
        };
        let sampling = self.sampling(sampler(variable)?)?;
        Ok(Some(Target { url, sampling, service_name }))
    }

    /// Anybody can send a `traceparent`, so a share that was set is not overruled by it unless
    /// the sampler says so. Where nothing is set the default of the specification holds,
    /// `parentbased_always_on`.
    fn sampling(&self, sampler: Option<Sampling>) -> Result<Sampling, Failure> {
        let is_set = self.sample_ratio != Self::default().sample_ratio;
        let mut sampling =
            sampler.unwrap_or(Sampling { share: self.sample_ratio, follows_callers: !is_set });
        if is_set {
            sampling.share = self.sample_ratio;
        }
        if !(0.0..=1.0).contains(&sampling.share) {
            return Err(Failure::usage("telemetry.sample_ratio is a number from 0 to 1"));
        }
        Ok(sampling)
    }
}

/// What `OTEL_TRACES_SAMPLER` asks for.
fn sampler(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Sampling>, Failure> {
    let Some(name) = variable("OTEL_TRACES_SAMPLER") else { return Ok(None) };
    let own = name.strip_prefix("parentbased_");
    let share = match own.unwrap_or(&name) {
        "always_on" => 1.0,
        "always_off" => 0.0,
        "traceidratio" => {
            let share = variable("OTEL_TRACES_SAMPLER_ARG").unwrap_or_else(|| "1".to_owned());
            let wrong = |_| Failure::usage("OTEL_TRACES_SAMPLER_ARG is a number from 0 to 1");
            share.parse::<f64>().map_err(wrong)?
        }
        _ => {
            return Err(Failure::usage(
                "OTEL_TRACES_SAMPLER is always_on, always_off, traceidratio, or one of them with \
                 parentbased_ before it",
            ));
        }
    };
    Ok(Some(Sampling { share, follows_callers: own.is_some() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(
        settings: &TelemetrySettings,
        variables: &[(&str, &str)],
    ) -> Result<Option<Target>, Failure> {
        settings.target(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn to(endpoint: &str) -> TelemetrySettings {
        TelemetrySettings { otlp_endpoint: endpoint.to_owned(), ..TelemetrySettings::default() }
    }

    fn url(settings: &TelemetrySettings, variables: &[(&str, &str)]) -> Option<String> {
        target(settings, variables).expect("a target").map(|target| target.url)
    }

    #[test]
    fn without_a_collector_there_are_no_traces() {
        assert_eq!(url(&to(""), &[]), None);
        assert_eq!(url(&to("http://a:4318"), &[("OTEL_SDK_DISABLED", "true")]), None);
        assert_eq!(url(&to("http://a:4318"), &[("OTEL_TRACES_EXPORTER", "none")]), None);
    }

    #[test]
    fn settings_come_before_the_standard_variables() {
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://b:4318/x/");
        let full = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:1/traces");
        let own = url(&to("http://a:4318/"), &[base, full]);
        assert_eq!(own.as_deref(), Some("http://a:4318/v1/traces"));
        assert_eq!(url(&to(""), &[base]).as_deref(), Some("http://b:4318/x/v1/traces"));
        assert_eq!(url(&to(""), &[base, full]).as_deref(), Some("http://c:1/traces"));
    }

    #[test]
    fn name_and_share_come_from_the_standard_variables_where_they_are_not_set() {
        let variables = [
            ("OTEL_SERVICE_NAME", "desk"),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ];
        let found = target(&to("http://a:1"), &variables).expect("a target").expect("one");
        let sampling = Sampling { share: 0.25, follows_callers: true };
        assert_eq!((found.service_name, found.sampling), (None, sampling));
        let own = TelemetrySettings { sample_ratio: 0.5, ..to("http://a:1") };
        let found = target(&own, &variables).expect("a target").expect("one");
        assert_eq!(found.sampling, Sampling { share: 0.5, follows_callers: true });
    }

    #[test]
    fn callers_decide_only_where_nothing_else_was_said() {
        let sampled = |settings: &TelemetrySettings, sampler: &str| {
            let found = target(settings, &[("OTEL_TRACES_SAMPLER", sampler)]);
            found.expect("a target").expect("one").sampling
        };
        let (all, none) =
            (to("http://a:1"), TelemetrySettings { sample_ratio: 0.0, ..to("http://a:1") });
        assert!(sampled(&all, "").follows_callers);
        assert!(!sampled(&none, "").follows_callers);
        let off = Sampling { share: 0.0, follows_callers: false };
        assert_eq!(sampled(&all, "always_off"), off);
        let follows = Sampling { follows_callers: true, ..off };
        assert_eq!(sampled(&all, "parentbased_always_off"), follows);
    }

    #[test]
    fn wrong_settings_are_refused_by_name() {
        let share = TelemetrySettings { sample_ratio: 1.5, ..to("http://a:1") };
        for (settings, variables, named) in [
            (&to("collector:4318"), &[][..], "otlp_endpoint"),
            (&share, &[][..], "sample_ratio"),
            (&to("http://a:1"), &[("OTEL_TRACES_SAMPLER", "magic")][..], "OTEL_TRACES_SAMPLER"),
            (
                &to("http://a:1"),
                &[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "all")][..],
                "OTEL_TRACES_SAMPLER_ARG",
            ),
        ] {
            let failure = target(settings, variables).expect_err("refused");
            assert!(failure.message.contains(named), "{failure}");
        }
    }
}
