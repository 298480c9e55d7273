//! Composes a policy from the files of a tenant's folder.

use std::collections::BTreeMap;

use super::file::PolicyFile;
use super::{KnowledgeText, Policy, Prompt};
use crate::gates::GateSet;

/// Name of the file that a policy is composed from.
const ENTRY: &str = "policy.toml";
/// Most files that may extend one another in a row.
const EXTENDS_LIMIT: usize = 8;

/// Why files do not make a policy. Each message says which file is meant and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A file that is needed is not there.
    #[error("{named_in}: the file `{path}` does not exist; create it or correct the path")]
    MissingFile {
        /// The path as resolved inside the tenant's folder.
        path: String,
        /// The file that names it.
        named_in: String,
    },
    /// A path leads out of the tenant's folder.
    #[error("{named_in}: the path `{path}` leads out of the tenant's folder; keep files inside it")]
    OutsideFolder {
        /// The path as written.
        path: String,
        /// The file that names it.
        named_in: String,
    },
    /// A file is not valid TOML, or a field is unknown, missing or of the wrong type.
    #[error("{file}, line {line}, column {column}: {message}; see docs/policy.md for the fields")]
    Invalid {
        /// The file.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// Column in characters, counted from 1.
        column: usize,
        /// What the reader found.
        message: String,
    },
    /// A key that neither the file nor any file it extends has.
    #[error("{file}: `{field}` is missing; add it to this file or to the one it extends")]
    MissingField {
        /// The file that was asked for.
        file: String,
        /// The key.
        field: &'static str,
    },
    /// Files extend one another in a circle, or too many in a row.
    #[error("{file}: too many files extend one another (at most 8); look for a circle")]
    ExtendsTooDeep {
        /// The file at which the limit was reached.
        file: String,
    },
    /// The file of gates is not usable.
    #[error("{file}: {message}")]
    Gates {
        /// The file.
        file: String,
        /// What the reader of gates found.
        message: String,
    },
}

/// The paths of all policies in a tenant's folder: the default one first, then the others.
pub fn entries(files: &BTreeMap<String, String>) -> Vec<&str> {
    let mut found: Vec<&str> = files
        .keys()
        .map(String::as_str)
        .filter(|path| path.rsplit('/').next() == Some(ENTRY))
        .collect();
    found.sort_by_key(|path| (path.matches('/').count(), *path));
    found
}

impl Policy {
    /// Composes the tenant's default policy, `policy.toml`, from the texts of its folder, by path
    /// relative to the folder with `/` between the parts.
    ///
    /// # Errors
    /// See [`PolicyError`]. What files cannot get wrong by form is found by [`Policy::check`].
    pub fn from_files(files: &BTreeMap<String, String>) -> Result<Self, PolicyError> {
        Self::from_entry(files, ENTRY)
    }

    /// Composes the policy whose `policy.toml` lies at `entry`, for example
    /// `sop-literal/policy.toml`.
    ///
    /// # Errors
    /// See [`PolicyError`].
    pub fn from_entry(files: &BTreeMap<String, String>, entry: &str) -> Result<Self, PolicyError> {
        let folder = Folder { files, entry };
        folder.compose(folder.merged()?)
    }
}

/// The files of a tenant and the policy that is asked for.
struct Folder<'a> {
    files: &'a BTreeMap<String, String>,
    entry: &'a str,
}

impl Folder<'_> {
    /// The entry with everything it extends laid under it.
    fn merged(&self) -> Result<PolicyFile, PolicyError> {
        let mut file = self.read(self.entry, self.entry)?;
        let mut named_in = self.entry.to_owned();
        for _ in 0..EXTENDS_LIMIT {
            let Some(base) = file.extends.take() else { return Ok(file) };
            let mut under = self.read(&base, &named_in)?;
            let next = under.extends.take();
            file = file.over(under);
            file.extends = next;
            named_in = base;
        }
        match file.extends {
            None => Ok(file),
            Some(_) => Err(PolicyError::ExtendsTooDeep { file: named_in }),
        }
    }

    fn read(&self, path: &str, named_in: &str) -> Result<PolicyFile, PolicyError> {
        let text = self.text(path, named_in)?;
        let mut file: PolicyFile =
            toml::from_str(text).map_err(|error| invalid(path, text, &error))?;
        file.resolve_paths(|written| resolve(path, written))?;
        Ok(file)
    }

    fn text(&self, path: &str, named_in: &str) -> Result<&str, PolicyError> {
        self.files.get(path).map(String::as_str).ok_or_else(|| PolicyError::MissingFile {
            path: path.to_owned(),
            named_in: named_in.to_owned(),
        })
    }

    fn compose(&self, file: PolicyFile) -> Result<Policy, PolicyError> {
        let prompt = self.need(file.prompt, "prompt")?;
        let gates = self.gates(&self.need(file.gates, "gates")?)?;
        Ok(Policy {
            tenant: self.need(file.tenant, "tenant")?,
            name: self.need(file.name, "name")?,
            languages: self.need(file.languages, "languages")?,
            domains: self.need(file.domains, "domains")?,
            forward_to: file.forward_to,
            thresholds: file.thresholds.unwrap_or_default(),
            categories: self.need(file.categories, "categories")?,
            actions: self.need(file.actions, "actions")?,
            tickets: file.tickets.unwrap_or_default(),
            sending: self.need(file.sending, "sending")?,
            subjects: self.need(file.subjects, "subjects")?,
            prompt: Prompt {
                system: self.text(&prompt.file, self.entry)?.to_owned(),
                known_customer: prompt.known_customer,
                unknown_customer: prompt.unknown_customer,
            },
            knowledge: self.knowledge(&file.knowledge.unwrap_or_default())?,
            drafts: file.drafts.unwrap_or_default(),
            inboxes: self.need(file.inboxes, "inboxes")?,
            routing: self.need(file.routing, "routing")?,
            gates,
            monitoring: file.monitoring.unwrap_or_default(),
        })
    }

    fn need<T>(&self, value: Option<T>, field: &'static str) -> Result<T, PolicyError> {
        value.ok_or_else(|| PolicyError::MissingField { file: self.entry.to_owned(), field })
    }

    fn gates(&self, path: &str) -> Result<GateSet, PolicyError> {
        GateSet::from_toml(self.text(path, self.entry)?).map_err(|error| PolicyError::Gates {
            file: path.to_owned(),
            message: error.to_string(),
        })
    }

    /// The articles that the patterns name, each once, in the order of patterns and then paths.
    fn knowledge(&self, patterns: &[String]) -> Result<Vec<KnowledgeText>, PolicyError> {
        let mut found: Vec<KnowledgeText> = Vec::new();
        for pattern in patterns {
            let mut hits = self.files.iter().filter(|(path, _)| matches(pattern, path)).peekable();
            if hits.peek().is_none() {
                return Err(PolicyError::MissingFile {
                    path: pattern.clone(),
                    named_in: self.entry.to_owned(),
                });
            }
            for (path, text) in hits {
                if !found.iter().any(|article| article.path == *path) {
                    found.push(KnowledgeText { path: path.clone(), text: text.clone() });
                }
            }
        }
        Ok(found)
    }
}

/// Whether `path` is the pattern, whose file name may hold one `*`.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((before, after)) => path
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|middle| !middle.contains('/')),
    }
}

/// Turns a path written in `file` into one from the top of the tenant's folder.
fn resolve(file: &str, written: &str) -> Result<String, PolicyError> {
    let outside =
        || PolicyError::OutsideFolder { path: written.to_owned(), named_in: file.to_owned() };
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in written.split('/') {
        match part {
            "" if written.starts_with('/') => return Err(outside()),
            "" | "." => {}
            ".." => drop(parts.pop().ok_or_else(outside)?),
            name => parts.push(name),
        }
    }
    Ok(parts.join("/"))
}

fn invalid(file: &str, text: &str, error: &toml::de::Error) -> PolicyError {
    let offset = error.span().map_or(0, |span| span.start);
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    PolicyError::Invalid {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message: error.message().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        let ok = |file, path| resolve(file, path).expect("inside");
        assert_eq!(ok("policy.toml", "gates.toml"), "gates.toml");
        assert_eq!(ok("sop-literal/policy.toml", "../policy.toml"), "policy.toml");
        assert_eq!(ok("a/policy.toml", "./k/*.md"), "a/k/*.md");
        assert!(resolve("policy.toml", "../other/policy.toml").is_err());
        assert!(resolve("policy.toml", "/etc/hosts").is_err());
    }

    #[test]
    fn a_star_stays_inside_its_folder() {
        assert!(matches("knowledge/*.md", "knowledge/feeding.md"));
        assert!(!matches("knowledge/*.md", "knowledge/old/feeding.md"));
        assert!(!matches("knowledge/*.md", "knowledge.md"));
        assert!(matches("gates.toml", "gates.toml"));
    }
}
