//! Reading of mail files, on files written for each case.

use std::fs;

use super::*;

const LIMIT: u64 = 10_000;

fn contents(paths: &[PathBuf], limit: u64) -> Vec<Result<String, String>> {
    read(paths, limit)
        .map(|item| {
            let content = item.content.map_err(|error| error.to_string())?;
            Ok(String::from_utf8(content).expect("text"))
        })
        .collect()
}

fn mbox(text: &str, limit: u64) -> Vec<Result<String, String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("box");
    fs::write(&path, text).expect("written");
    contents(&[path], limit)
}

#[test]
fn an_mbox_gives_its_mails_without_envelope_and_quoting() {
    let text = "From a@b.example Tue Mar  3 09:15:00 2026\nSubject: one\n\n>From here on\n\
                >>From twice\n> From blank\n\nFrom c@d Wed Mar  4 09:15:00 2026 +0100\n\
                Subject: two\n\nlast";
    let mails = mbox(text, LIMIT);
    let one = "Subject: one\n\nFrom here on\n>From twice\n> From blank\n".to_owned();
    assert_eq!(mails, [Ok(one), Ok("Subject: two\n\nlast".to_owned())]);
}

#[test]
fn only_a_full_envelope_line_after_a_blank_line_splits() {
    let text = "From a Tue Mar 3 09:15:00 2026\r\nSubject: one\r\n\r\nx\r\n\
                From b@c Tue Mar 3 09:15:00 2026\r\n\r\nFrom my point of view, all is well.\r\n\
                From here\r\n\r\nFrom 9:15 to 10:30 in March 2026 we are closed\r\n";
    let mails = mbox(text, LIMIT);
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].as_ref().is_ok_and(|mail| mail.ends_with("closed\r\n")));
}

#[test]
fn a_mail_beyond_the_limit_is_an_error_and_the_next_is_read() {
    let long = format!("Subject: big\n\n{}\n", "x".repeat(70).repeat(500));
    let lines = format!("Subject: many\n\n{}", "short line\n".repeat(5_000));
    let from = "From a@b Tue Mar  3 09:15:00 2026\n";
    let mails = mbox(&format!("{from}{long}\n{from}{lines}\n{from}Subject: ok\n\nbody\n"), LIMIT);
    assert_eq!(mails.len(), 3);
    assert!(mails[0].as_ref().is_err_and(|error| error.contains("10000 bytes")));
    assert!(mails[1].is_err());
    assert_eq!(mails[2], Ok("Subject: ok\n\nbody\n".to_owned()));
}

#[test]
fn sources_name_the_file_and_the_number() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("all.mbox");
    let from = "From a@b Tue Mar  3 09:15:00 2026\n";
    fs::write(&path, format!("{from}A: 1\n\n{from}A: 2\n\n")).expect("written");
    let sources: Vec<String> = read(std::slice::from_ref(&path), LIMIT).map(|i| i.source).collect();
    let name = path.display().to_string();
    assert_eq!(sources, [format!("{name}#1"), format!("{name}#2")]);
}

#[test]
fn folders_and_maildirs_are_read_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    for name in ["b/sub", "m/cur", "m/new", "m/tmp", "m/.Sent/cur", "m/.Sent/new"] {
        fs::create_dir_all(root.join(name)).expect("a folder");
    }
    for name in [
        "a.eml",
        "b/sub/c.EML",
        "b/readme.txt",
        "m/cur/2.host:2,S",
        "m/new/1.host",
        "m/tmp/3.host",
        "m/dovecot.index",
        "m/.Sent/cur/9.host:2,",
    ] {
        fs::write(root.join(name), format!("Subject: {name}\n\n")).expect("written");
    }
    let found: Vec<String> = contents(&[root.to_owned()], LIMIT).into_iter().flatten().collect();
    let wanted =
        ["a.eml", "b/sub/c.EML", "m/.Sent/cur/9.host:2,", "m/cur/2.host:2,S", "m/new/1.host"];
    assert_eq!(found, wanted.map(|name| format!("Subject: {name}\n\n")));
}

#[test]
fn what_cannot_be_read_is_an_error_and_the_rest_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = folder.path().join("good.eml");
    fs::write(&good, "Subject: x\n\n").expect("written");
    let big = folder.path().join("big.eml");
    fs::write(&big, "x".repeat(LIMIT as usize + 1)).expect("written");
    let found = contents(&[folder.path().join("missing.eml"), big, good], LIMIT);
    assert_eq!((found[0].is_err(), found[1].is_err(), found.len()), (true, true, 3));
    assert_eq!(found[2], Ok("Subject: x\n\n".to_owned()));
}

#[test]
fn empty_files_end_well() {
    assert_eq!(mbox("", LIMIT), [Ok(String::new())]);
    assert_eq!(mbox("From a@b Tue Mar  3 09:15:00 2026\n", LIMIT), [Ok(String::new())]);
}
