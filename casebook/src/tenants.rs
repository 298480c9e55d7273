//! The tenants' policy files: shipped inside the binary, or from a folder.

use std::collections::BTreeMap;
use std::path::Path;

use casebook_domain::policy::{Policy, PolicyError, entries};
use include_dir::{Dir, include_dir};

use crate::exit::Failure;

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../tenants");

/// Files of one tenant, by path relative to its folder.
pub type Files = BTreeMap<String, String>;

/// The tenants that have policy files.
///
/// # Errors
/// When the folder cannot be read.
pub fn names(folder: Option<&Path>) -> Result<Vec<String>, Failure> {
    let Some(folder) = folder else {
        let names = SHIPPED.dirs().filter_map(|dir| dir.path().to_str().map(str::to_owned));
        return Ok(names.collect());
    };
    let unreadable = |error| Failure::usage(format!("tenants.dir {}: {error}", folder.display()));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.path().join("policy.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The files of a tenant.
///
/// # Errors
/// When there are none, or they cannot be read.
pub fn files(folder: Option<&Path>, tenant: &str) -> Result<Files, Failure> {
    if let Some(folder) = folder {
        return read_folder(&folder.join(tenant));
    }
    let Some(dir) = SHIPPED.get_dir(tenant) else {
        let known = names(None)?.join(", ");
        return Err(Failure::usage(format!("no tenant {tenant}; shipped are {known}")));
    };
    let mut files = Files::new();
    collect(dir, tenant, &mut files);
    Ok(files)
}

fn collect(dir: &Dir<'_>, tenant: &str, files: &mut Files) {
    for file in dir.files() {
        let path = file.path().strip_prefix(tenant).unwrap_or(file.path());
        if let (Some(path), Some(text)) = (path.to_str(), file.contents_utf8()) {
            files.insert(path.to_owned(), text.to_owned());
        }
    }
    dir.dirs().for_each(|dir| collect(dir, tenant, files));
}

/// The files below a folder; only text is read.
///
/// # Errors
/// When the folder or a file in it cannot be read as text.
pub fn read_folder(folder: &Path) -> Result<Files, Failure> {
    let mut files = Files::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(next) = pending.pop() {
        let fault = |error| Failure::usage(format!("{}: {error}", next.display()));
        for entry in std::fs::read_dir(&next).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|kind| kind == "toml" || kind == "md") {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
                let name = path.strip_prefix(folder).unwrap_or(&path);
                files.insert(name.to_string_lossy().replace('\\', "/"), text);
            }
        }
    }
    Ok(files)
}

/// The policy of this name among a tenant's files, else the default one.
///
/// # Errors
/// [`Failure`] that names the file and field.
pub fn policy(files: &Files, name: Option<&str>) -> Result<Policy, Failure> {
    let wrong = |error: PolicyError| Failure::usage(error.to_string());
    let Some(name) = name else { return Policy::from_files(files).map_err(wrong) };
    named(files, name)?.ok_or_else(|| Failure::usage(format!("no policy named {name}")))
}

/// The policy of this name; `None` when there is none.
///
/// # Errors
/// Where one of the files cannot be read as a policy.
pub fn named(files: &Files, name: &str) -> Result<Option<Policy>, Failure> {
    for entry in entries(files) {
        let policy = Policy::from_entry(files, entry);
        let policy = policy.map_err(|error| Failure::usage(error.to_string()))?;
        if policy.name == name {
            return Ok(Some(policy));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_policy_is_sound() {
        let names = names(None).expect("names");
        assert!(names.len() >= 3, "{names:?}");
        for tenant in names {
            let files = files(None, &tenant).expect("files");
            for entry in entries(&files) {
                let policy = Policy::from_entry(&files, entry).expect(entry);
                assert_eq!(policy.check(), Vec::new(), "{tenant}/{entry}");
                assert_eq!(policy.tenant, tenant);
            }
        }
    }
}
