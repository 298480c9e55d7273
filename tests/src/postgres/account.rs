//! The user that runs the server: PostgreSQL refuses to run as root.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Who runs the server's programs.
#[derive(Clone, Debug)]
pub(super) struct Account {
    /// Words put before a command; empty when the tests do not run as root.
    pub(super) prefix: Vec<String>,
    owner: Option<(u32, u32)>,
}

impl Account {
    /// The user of the tests, or when that is root an unprivileged one that exists.
    pub(super) fn choose() -> Self {
        if number(&["-u"]) != Some(0) {
            return Self { prefix: Vec::new(), owner: None };
        }
        ["postgres", "nobody"].into_iter().find_map(Self::of).unwrap_or_else(|| {
            panic!("PostgreSQL does not run as root: create a user named `postgres` for the tests")
        })
    }

    fn of(user: &str) -> Option<Self> {
        let owner = (number(&["-u", user])?, number(&["-g", user])?);
        Some(Self { prefix: switch_to(user, owner)?, owner: Some(owner) })
    }

    /// A command that runs `program` as this user.
    pub(super) fn command(&self, program: &Path) -> Command {
        match self.prefix.split_first() {
            None => Command::new(program),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        }
    }

    /// Gives `path` to this user.
    pub(super) fn own(&self, path: &Path) -> std::io::Result<()> {
        match self.owner {
            Some((user, group)) => std::os::unix::fs::chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }
}

fn switch_to(user: &str, (uid, gid): (u32, u32)) -> Option<Vec<String>> {
    let words = |words: &[&str]| Some(words.iter().map(ToString::to_string).collect());
    if on_path("runuser") {
        return words(&["runuser", "-u", user, "--"]);
    }
    if on_path("setpriv") {
        let (uid, gid) = (format!("--reuid={uid}"), format!("--regid={gid}"));
        return words(&["setpriv", &uid, &gid, "--clear-groups", "--"]);
    }
    on_path("su").then(|| words(&["su", "-s", "/bin/sh", user, "-c", r#"exec "$0" "$@""#, "--"]))?
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder: PathBuf| folder.join(program)).any(|p| p.is_file())
}

fn number(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
