//! Which tenants a mail route may write to, by the secret that it presents.

use axum::http::{HeaderMap, StatusCode};
use casebook_app::{Access, AppError};

use crate::EdgeSettings;
use crate::problem::Problem;

/// Header that carries the secret.
const SECRET: &str = "x-internal-secret";

/// Authorises a mail route; `known` are all tenants.
///
/// `intake.secret` opens every tenant that has no secret of its own.
pub(super) fn authorise(
    settings: &EdgeSettings,
    known: Vec<String>,
    headers: &HeaderMap,
) -> Result<Access, Problem> {
    let given = headers.get(SECRET).map(|value| value.as_bytes()).unwrap_or_default();
    let general = settings.intake.secret.as_ref().filter(|secret| !secret.is_blank());
    let own: Vec<_> = settings
        .tenants
        .iter()
        .filter_map(|(tenant, of_tenant)| Some((tenant, of_tenant.intake_secret.as_ref()?)))
        .filter(|(_, secret)| !secret.is_blank())
        .collect();
    if general.is_none() && own.is_empty() {
        let message = "intake is closed: no secret is set (intake.secret)";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message));
    }
    // Every secret is compared, whichever matches, so that the time tells nothing.
    let opens_rest = general.is_some_and(|secret| secret.matches(given));
    let opened: Vec<bool> = own.iter().map(|(_, secret)| secret.matches(given)).collect();
    if opens_rest && own.is_empty() {
        return Ok(Access::intake(None));
    }
    let has_own = |tenant: &String| own.iter().any(|(name, _)| *name == tenant);
    let mut tenants: Vec<String> =
        known.into_iter().filter(|tenant| opens_rest && !has_own(tenant)).collect();
    let by_own = own.iter().zip(&opened).filter(|(_, opened)| **opened);
    tenants.extend(by_own.map(|((tenant, _), _)| (*tenant).clone()));
    if opens_rest || opened.contains(&true) {
        return Ok(Access::intake(Some(tenants)));
    }
    Err(AppError::Unauthenticated.into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{IntakeEdgeSettings, Secret, TenantEdgeSettings};

    fn settings(general: Option<&str>, own: &[(&str, &str)]) -> EdgeSettings {
        let tenants: BTreeMap<_, _> = own
            .iter()
            .map(|(tenant, secret)| {
                let intake_secret = Some(Secret::new(*secret));
                ((*tenant).to_owned(), TenantEdgeSettings { intake_secret })
            })
            .collect();
        let secret = general.map(Secret::new);
        let intake = IntakeEdgeSettings { secret, ..IntakeEdgeSettings::default() };
        EdgeSettings { intake, tenants, ..EdgeSettings::default() }
    }

    /// The tenants among `a` and `b` that the secret opens, or the status of the refusal.
    fn opens(settings: &EdgeSettings, given: Option<&[u8]>) -> Result<Vec<String>, u16> {
        let mut headers = HeaderMap::new();
        if let Some(given) = given {
            let value = axum::http::HeaderValue::from_bytes(given).expect("a header");
            headers.insert(SECRET, value);
        }
        let known = vec!["a".to_owned(), "b".to_owned()];
        let access = authorise(settings, known.clone(), &headers);
        access.map(|access| access.visible(known)).map_err(|problem| problem.status.as_u16())
    }

    #[test]
    fn the_general_secret_opens_all() {
        let settings = settings(Some("s"), &[]);
        assert_eq!(opens(&settings, Some(b"s")), Ok(vec!["a".to_owned(), "b".to_owned()]));
        for wrong in [None, Some(&b""[..]), Some(b"S"), Some(b"ss"), Some(b"\xff\xfe")] {
            assert_eq!(opens(&settings, wrong), Err(401));
        }
    }

    #[test]
    fn a_secret_of_its_own_closes_a_tenant_to_the_general_one() {
        let settings = settings(Some("s"), &[("a", "of-a")]);
        assert_eq!(opens(&settings, Some(b"s")), Ok(vec!["b".to_owned()]));
        assert_eq!(opens(&settings, Some(b"of-a")), Ok(vec!["a".to_owned()]));
    }

    #[test]
    fn without_any_secret_intake_is_closed() {
        assert_eq!(opens(&settings(None, &[]), Some(b"")), Err(503));
        assert_eq!(opens(&settings(Some(" "), &[("a", "")]), Some(b" ")), Err(503));
        let only_a = settings(None, &[("a", "of-a")]);
        assert_eq!(opens(&only_a, Some(b"of-a")), Ok(vec!["a".to_owned()]));
        assert_eq!(opens(&only_a, Some(b"s")), Err(401));
    }
}
