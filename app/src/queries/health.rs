//! Whether this process can do its work, and how far the read models have come.

use casebook_projections::{BuildStatus, ModelStatus, Projections, RebuildReport};

use crate::{Access, App, AppError, Permission};

/// How far a read model has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadModelState {
    /// Its name.
    pub name: String,
    /// Version of its form.
    pub version: u32,
    /// Whether that is another program's form, which queries of this one do not fit.
    pub is_foreign: bool,
    /// Position that it has reached.
    pub position: u64,
    /// Events of the log that it has not taken into account yet.
    pub lag: u64,
    /// Number of the generation that queries see; rises with every rebuild.
    pub generation: u64,
    /// Epoch of its writer; rises with every new writer.
    pub epoch: u64,
    /// Whether this process writes it.
    pub leads: bool,
    /// Why it does not go on.
    pub error: Option<String>,
    /// Whether it stands still and needs an operator.
    pub stopped: bool,
    /// The build under way in this process.
    pub build: Option<BuildStatus>,
    /// Rebuilds that have ended in this process since it started.
    pub rebuilds: u64,
    /// What came of the last of them.
    pub rebuilt: Option<Result<RebuildReport, String>>,
}

/// What the readiness check found.
#[derive(Clone, Debug, PartialEq)]
pub struct Readiness {
    /// The read models.
    pub read_models: Vec<ReadModelState>,
}

impl Readiness {
    /// What stands in the way, in words; nothing when requests would succeed.
    pub fn problems(&self, lag_max: u64) -> Vec<String> {
        let problem = |model: &ReadModelState| match &model.error {
            Some(_) => Some(format!("read model {} has stopped", model.name)),
            None if model.is_foreign => {
                Some(format!("read model {} is not built yet for this version", model.name))
            }
            None if model.lag > lag_max => {
                Some(format!("read model {} is {} events behind", model.name, model.lag))
            }
            None => None,
        };
        self.read_models.iter().filter_map(problem).collect()
    }
}

impl App {
    /// Asks the database and the read models how they are. Needs no access: the answer tells
    /// nothing about anybody.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn readiness(&self, projections: &Projections) -> Result<Readiness, AppError> {
        let last = self.store().log().last_position().await?;
        Ok(Readiness { read_models: states(projections, last) })
    }

    /// How far the read models have come.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to read, `UNAVAILABLE` without a database.
    pub async fn read_models(
        &self,
        access: &Access,
        projections: &Projections,
    ) -> Result<Vec<ReadModelState>, AppError> {
        access.require(Permission::Read)?;
        let last = self.store().log().last_position().await?;
        Ok(states(projections, last))
    }
}

fn states(projections: &Projections, last: u64) -> Vec<ReadModelState> {
    let state = |status: ModelStatus| ReadModelState {
        name: status.name.to_owned(),
        version: status.version,
        is_foreign: status.is_foreign,
        position: status.position,
        lag: last.saturating_sub(status.position),
        generation: status.generation,
        epoch: status.epoch,
        leads: status.leads,
        error: status.error,
        stopped: status.stopped,
        build: status.build,
        rebuilds: status.rebuilds,
        rebuilt: status.rebuilt,
    };
    projections.status().into_iter().map(state).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(lag: u64, error: Option<&str>) -> Readiness {
        let error = error.map(str::to_owned);
        let name = "tickets".to_owned();
        let model = ReadModelState { name, lag, error, ..ReadModelState::default() };
        Readiness { read_models: vec![model] }
    }

    #[test]
    fn a_read_model_that_stands_still_or_is_late_is_named() {
        assert_eq!(model(5, None).problems(5), Vec::<String>::new());
        assert_eq!(model(6, None).problems(5), ["read model tickets is 6 events behind"]);
        let mut foreign = model(0, None);
        foreign.read_models[0].is_foreign = true;
        let expected = ["read model tickets is not built yet for this version"];
        assert_eq!(foreign.problems(5), expected);
        let stopped = model(0, Some("at position 11: no such event")).problems(5);
        assert_eq!(stopped, ["read model tickets has stopped"]);
    }
}
