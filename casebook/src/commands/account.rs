//! What became of a mail, on one line for a person.

use super::import::Line;

/// Width of the first column.
const FILE_WIDTH: usize = 34;
/// Characters of the subject that are shown.
const SUBJECT_CHARS: usize = 44;

/// The line.
pub fn line(line: &Line) -> String {
    let file = line.file.rsplit(['/', '\\']).next().unwrap_or(&line.file);
    let subject: String = match line.subject.as_deref() {
        Some(subject) => subject.chars().take(SUBJECT_CHARS).collect(),
        None => "(no subject)".to_owned(),
    };
    format!("{file:FILE_WIDTH$} {subject:SUBJECT_CHARS$} {}", outcome(line))
}

fn outcome(line: &Line) -> String {
    let reason = line.reason.as_deref().unwrap_or_default();
    match line.outcome {
        "duplicate" => "duplicate: was here before, nothing changed".to_owned(),
        "set_aside" => format!("set aside: {reason}"),
        "failed" => format!("failed: {reason}"),
        _ => match (&line.ticket, line.gates.as_slice()) {
            (None, _) => "joined its conversation, nobody's work".to_owned(),
            (Some(ticket), []) => format!("ticket {}{}", short(ticket), decision(line)),
            (Some(ticket), gates) => {
                format!("ticket {} escalated by {}", short(ticket), gates.join(", "))
            }
        },
    }
}

/// What triage decided, as far as it has.
fn decision(line: &Line) -> String {
    let (Some(category), Some(confidence)) = (&line.category, line.confidence) else {
        return String::new();
    };
    let drafted = line.draft.as_ref().is_some_and(|draft| !draft.is_empty());
    format!(" {category} {confidence:.2}{}", if drafted { ", drafted" } else { "" })
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}
