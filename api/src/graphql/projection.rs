//! How far the read models have come.

use async_graphql::{Context, Enum, Object, Result};
use casebook_app::queries::{BuildPhase, BuildStatus, Comparison, ReadModelState, RebuildReport};

use super::context::request;
use super::scalars::{Position, int};

/// A read model: a view of the log that queries read.
pub(super) struct Projection(pub(super) ReadModelState);

/// A read model: a view of the log that queries read.
#[Object]
impl Projection {
    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Version of its form.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// Position that it has reached.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// Number of events of the log that it has not taken into account yet.
    async fn lag(&self) -> i32 {
        int(self.0.lag)
    }

    /// Number of the generation that queries see; rises with every rebuild.
    async fn generation(&self) -> i32 {
        int(self.0.generation)
    }

    /// Epoch of its writer; rises with every new writer.
    async fn epoch(&self) -> i32 {
        int(self.0.epoch)
    }

    /// Whether the process that answers writes it.
    async fn leads(&self) -> bool {
        self.0.leads
    }

    /// Why it does not go on, and what can be done; null when all is well.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// Whether it stands still and needs an operator; otherwise it is tried again.
    async fn stopped(&self) -> bool {
        self.0.stopped
    }

    /// The build under way in the process that answers.
    async fn build(&self) -> Option<ProjectionBuild> {
        self.0.build.clone().map(ProjectionBuild)
    }

    /// Rebuilds that have ended in the process that answers, since it started.
    async fn rebuilds(&self) -> i32 {
        int(self.0.rebuilds)
    }

    /// What came of the last of them.
    async fn last_rebuild(&self) -> Option<Rebuild> {
        self.0.rebuilt.clone().map(Rebuild)
    }
}

/// What a build is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum ProjectionBuildPhase {
    /// Folds the log from its beginning.
    Folding,
    /// Compares its rows with those that queries see.
    Comparing,
}

/// A build beside the rows that queries see.
pub(super) struct ProjectionBuild(BuildStatus);

/// A build beside the rows that queries see.
#[Object]
impl ProjectionBuild {
    /// What it is doing.
    async fn phase(&self) -> ProjectionBuildPhase {
        match self.0.phase {
            BuildPhase::Folding => ProjectionBuildPhase::Folding,
            BuildPhase::Comparing => ProjectionBuildPhase::Comparing,
        }
    }

    /// Position up to which the log is folded.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// Position up to which it builds before it takes the place of the old rows.
    async fn target(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.target))
    }

    /// Rows that are written.
    async fn rows(&self) -> i32 {
        int(self.0.rows)
    }

    /// Events of the log that it passes in a second.
    async fn events_per_second(&self) -> f64 {
        self.0.events_per_second
    }
}

/// What came of a rebuild.
pub(super) struct Rebuild(Result<RebuildReport, String>);

impl Rebuild {
    fn done(&self) -> Option<&RebuildReport> {
        self.0.as_ref().ok()
    }
}

/// What came of a rebuild; everything but `error` is null when it failed.
#[Object]
impl Rebuild {
    /// Why it failed; queries then see what they saw.
    async fn error(&self) -> Option<&str> {
        self.0.as_ref().err().map(String::as_str)
    }

    /// Version that queries saw before.
    async fn version_before(&self) -> Option<i32> {
        self.done().map(|report| int(report.version_before))
    }

    /// Version that they see now.
    async fn version(&self) -> Option<i32> {
        self.done().map(|report| int(report.version))
    }

    /// Number of the generation that they see now.
    async fn generation(&self) -> Option<i32> {
        self.done().map(|report| int(report.generation))
    }

    /// Position at which they were switched.
    async fn position(&self, ctx: &Context<'_>) -> Result<Option<Position>> {
        let app = request(ctx)?.app();
        Ok(self.done().map(|report| Position::new(app, report.position)))
    }

    /// Rows that were built.
    async fn rows(&self) -> Option<i32> {
        self.done().map(|report| int(report.rows))
    }

    /// Time from the beginning to the switch, in milliseconds.
    async fn took_ms(&self) -> Option<i32> {
        self.done().map(|report| int(report.took_ms))
    }

    /// How old and new rows compare at the same positions; null where the definition changed, or
    /// where the old rows never came as far.
    async fn comparison(&self) -> Option<RebuildComparison> {
        self.done()?.comparison.clone().map(RebuildComparison)
    }
}

/// How the rows before and after a rebuild compare.
pub(super) struct RebuildComparison(Comparison);

/// How the rows before and after a rebuild compare.
#[Object]
impl RebuildComparison {
    /// Position at which the last part of both was compared.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// Rows of the new generation.
    async fn rows(&self) -> i32 {
        int(self.0.rows)
    }

    /// Digest over all old rows, in hex.
    async fn digest_before(&self) -> &str {
        &self.0.digest_before
    }

    /// Digest over all new rows, in hex; equal digests mean equal rows.
    async fn digest_after(&self) -> &str {
        &self.0.digest_after
    }

    /// Rows that differ.
    async fn differing(&self) -> i32 {
        int(self.0.differing)
    }

    /// What differs, for the first of them; names rows by their keys only.
    async fn problems(&self) -> Vec<String> {
        self.0.problems.iter().map(ToString::to_string).collect()
    }
}
