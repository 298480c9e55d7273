//! Scores the parsers, the gates and the built-in classifier on a folder of labelled mails and texts.
//!
//! `cargo run --release -p casebook-evaluate -- FOLDER` expects the sub-folders `A_mail`,
//! `B_replies`, `C_texts` and `D_gates`, scores those that exist and prints one table for each.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

mod gates;
mod mail;
mod replies;
mod triage;

/// Scores Casebook's parsers and gates on a folder of labelled mails and texts.
#[derive(Parser)]
struct Arguments {
    /// Folder that holds `A_mail`, `B_replies`, `C_texts` or `D_gates`.
    folder: PathBuf,
    /// Also print every case that is not as expected.
    #[arg(long)]
    verbose: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut found = false;
    for (name, score) in [
        ("A_mail", mail::score as fn(&std::path::Path, bool) -> std::io::Result<()>),
        ("B_replies", replies::score),
        ("C_texts", triage::score),
        ("D_gates", gates::score),
    ] {
        let folder = arguments.folder.join(name);
        if !folder.is_dir() {
            continue;
        }
        found = true;
        println!("== {name}");
        if let Err(error) = score(&folder, arguments.verbose) {
            eprintln!("{name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    if found {
        return ExitCode::SUCCESS;
    }
    eprintln!("no A_mail, B_replies, C_texts or D_gates below {}", arguments.folder.display());
    ExitCode::from(2)
}
