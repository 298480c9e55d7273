//! Rebuilding read models beside those that queries see.

use casebook_projections::Projections;

use crate::{Access, App, AppError, Permission};

/// Read models whose rebuild was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebuildStarted {
    /// Their names.
    pub names: Vec<String>,
}

impl App {
    /// Asks this process to build a read model anew, or all of them, and does not wait for it:
    /// [`App::read_models`] tells how far it is and what came of it. Queries see the old rows
    /// until then.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to administer, `NOT_FOUND` for an unknown name.
    pub async fn rebuild_read_model(
        &self,
        access: &Access,
        projections: &Projections,
        name: Option<&str>,
    ) -> Result<RebuildStarted, AppError> {
        access.require(Permission::Administer)?;
        let all = projections.status().into_iter().map(|model| model.name);
        let names: Vec<&str> = all.filter(|one| name.is_none_or(|name| *one == name)).collect();
        if names.is_empty() {
            return Err(AppError::NotFound("read model"));
        }
        for name in &names {
            projections.start_rebuild(name).await?;
        }
        Ok(RebuildStarted { names: names.into_iter().map(str::to_owned).collect() })
    }
}
