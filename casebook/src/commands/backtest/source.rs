//! Which policy is meant: a folder, a name among the tenant's files, or a published version.

use std::path::Path;

use casebook_app::{Access, App, AppError};
use casebook_domain::policy::{Policy, PolicyError};

use crate::config::Settings;
use crate::exit::Failure;
use crate::tenants;

/// Where policies are looked for.
pub struct Source<'a> {
    pub settings: &'a Settings,
    pub app: &'a App,
    pub access: &'a Access,
}

impl Source<'_> {
    /// The policy that somebody named.
    ///
    /// # Errors
    /// A usage failure that says what was looked for.
    pub async fn policy(&self, tenant: Option<&str>, text: &str) -> Result<Policy, Failure> {
        let folder = Path::new(text);
        if folder.join("policy.toml").is_file() {
            let policy = of_folder(folder)?;
            return match tenant.filter(|tenant| *tenant != policy.tenant) {
                None => Ok(policy),
                Some(tenant) => Err(Failure::usage(format!(
                    "{text} is a policy of {}, not of {tenant}",
                    policy.tenant
                ))),
            };
        }
        let tenant = self.tenant(tenant)?;
        let files = tenants::files(self.settings.tenants.dir.as_deref(), &tenant);
        let among_files = match files {
            Ok(files) => tenants::named(&files, text),
            Err(_) => Ok(None),
        };
        match among_files {
            Ok(Some(policy)) => Ok(policy),
            Ok(None) => self.published(&tenant, text).await,
            // Any of the files may be the one that is meant.
            Err(unreadable) => self.published(&tenant, text).await.map_err(|_| unreadable),
        }
    }

    /// The tenant that was named, or the only one there is.
    fn tenant(&self, named: Option<&str>) -> Result<String, Failure> {
        let known = self.app.policies().tenants();
        match (named, known.as_slice()) {
            (Some(named), _) => Ok(named.to_owned()),
            (None, [only]) => Ok(only.clone()),
            (None, _) => {
                Err(Failure::usage(format!("name one with --tenant: {}", known.join(", "))))
            }
        }
    }

    async fn published(&self, tenant: &str, text: &str) -> Result<Policy, Failure> {
        let unknown = || {
            let places = "neither a folder with policy.toml, nor a policy among the files of";
            Failure::usage(format!(
                "{text} is {places} {tenant}, nor a version of it that was published"
            ))
        };
        let digits = text.strip_prefix('v').unwrap_or(text);
        let versions = match self.app.policy_versions(self.access, tenant).await {
            Err(AppError::NotFound(_)) => return Err(unknown()),
            versions => versions?,
        };
        let mut found = versions.iter().filter(|known| known.version.starts_with(digits));
        match (found.next(), found.next()) {
            (Some(known), None) if digits.len() >= 4 => {
                Ok(self.app.published_policy(self.access, tenant, &known.version).await?)
            }
            (Some(_), Some(_)) => {
                Err(Failure::usage(format!("several versions begin with {text}; give more digits")))
            }
            _ => Err(unknown()),
        }
    }
}

/// The policy in a folder; one that extends a file beside the folder is read from there.
fn of_folder(folder: &Path) -> Result<Policy, Failure> {
    let wrong = |error: PolicyError| Failure::usage(error.to_string());
    match Policy::from_files(&tenants::read_folder(folder)?) {
        Err(PolicyError::OutsideFolder { .. }) => {
            let folder = folder.canonicalize()?;
            let (Some(above), Some(name)) = (folder.parent(), folder.file_name()) else {
                return Err(Failure::usage(format!("{} has no parent", folder.display())));
            };
            let entry = format!("{}/policy.toml", name.to_string_lossy());
            Policy::from_entry(&tenants::read_folder(above)?, &entry).map_err(wrong)
        }
        policy => policy.map_err(wrong),
    }
}
