//! An export with personal data is a look, recorded before the first row leaves.

use casebook_domain::access::Way;

use super::ExportRequest;
use crate::reads::Looks;
use crate::{Access, App, AppError, Permission};

impl App {
    /// Records, for each tenant that it covers, that an export with personal data is taken, and
    /// answers which these are; one without is no look. [`App::export`] reads only, so that it can
    /// do so beside the one that writes: whoever takes personal data out records it first.
    ///
    /// # Errors
    /// As [`App::export`]; `UNAVAILABLE` when it cannot be recorded: then nothing may be taken out.
    pub async fn record_export(
        &self,
        access: &Access,
        request: &ExportRequest,
    ) -> Result<Vec<String>, AppError> {
        access.require(Permission::Administer)?;
        let scope = match &request.tenant {
            Some(tenant) => self.scope_of(access, tenant)?,
            None => self.scope(access)?,
        };
        if request.personal {
            let looks = Looks::export(&scope.tenants, request.what.name(), &request.describe());
            self.record_looks(access, &looks, Way::Export).await?;
        }
        Ok(scope.tenants)
    }
}

impl ExportRequest {
    /// The request in words, free of personal data.
    fn describe(&self) -> String {
        let parts = [
            self.tenant.as_ref().map(|tenant| format!("tenant {tenant}")),
            self.from.map(|from| format!("from {from}")),
            self.to.map(|to| format!("to {to}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}
