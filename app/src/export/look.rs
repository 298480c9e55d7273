//! An export with personal data is a look, recorded before the first row leaves.

use casebook_domain::access::{Look, Seen, Way};

use super::ExportRequest;
use crate::reads::Looks;
use crate::{Access, App, AppError, Permission};

impl App {
    /// Records, for each tenant that it covers, that an export with personal data is taken; one
    /// without is no look. [`App::export`] reads only, so that it can do so beside the one that
    /// writes: whoever takes personal data out records it first.
    ///
    /// # Errors
    /// As [`App::export`]; `UNAVAILABLE` when it cannot be recorded: then nothing may be taken out.
    pub async fn record_export(
        &self,
        access: &Access,
        request: &ExportRequest,
    ) -> Result<(), AppError> {
        if !request.personal {
            return Ok(());
        }
        access.require(Permission::Administer)?;
        let scope = match &request.tenant {
            Some(tenant) => self.scope_of(access, tenant)?,
            None => self.scope(access)?,
        };
        let name = request.what.name().to_owned();
        let seen = Seen::Export { name, filter: request.describe() };
        let mut looks = Looks::default();
        for tenant in &scope.tenants {
            let seen = seen.clone();
            looks.add(tenant, Look { contact_id: None, conversation_id: None, seen });
        }
        self.record_looks(access, &looks, Way::Export).await
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
