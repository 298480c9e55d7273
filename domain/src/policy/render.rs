//! The system prompt of a policy, its variables filled in.

use std::fmt::Write as _;

use super::{Category, Policy};

/// Most characters that can stand between `{{` and `}}` as a name.
const NAME_LIMIT: usize = 40;

impl Policy {
    /// The system prompt as the model gets it.
    ///
    /// Variables are replaced in one pass, so a text that is filled in is never read for
    /// variables again. A name that is not in [`super::PROMPT_VARIABLES`] stays as it stands.
    pub fn system_prompt(&self) -> String {
        let mut out = String::with_capacity(self.prompt.system.len());
        for piece in pieces(&self.prompt.system) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Variable { name, whole } => match self.variable(name) {
                    Some(value) => out.push_str(value.trim_end()),
                    None => out.push_str(whole),
                },
            }
        }
        out
    }

    /// The text of one variable.
    fn variable(&self, name: &str) -> Option<String> {
        Some(match name {
            "actions" => {
                list(self.actions.iter().map(|action| format!("{}: {}", action.code, action.label)))
            }
            "brand" => self.sending.brand.clone(),
            "categories" => list(self.categories.iter().map(describe)),
            "draft_rules" => list(self.drafts.rules.iter().cloned()),
            "knowledge" => self.knowledge_text(),
            "languages" => self.languages.join(", "),
            "personas" => self.sending.personas.join(", "),
            _ => return None,
        })
    }

    /// All articles, one after the other.
    fn knowledge_text(&self) -> String {
        let texts: Vec<&str> = self.knowledge.iter().map(|article| article.text.trim()).collect();
        texts.join("\n\n")
    }
}

/// The names of the variables that a prompt uses, in order.
pub(super) fn variables(prompt: &str) -> impl Iterator<Item = &str> {
    pieces(prompt).into_iter().filter_map(|piece| match piece {
        Piece::Variable { name, .. } => Some(name),
        Piece::Text(_) => None,
    })
}

fn describe(category: &Category) -> String {
    let mut line = format!("{}: {}", category.code, category.description.trim());
    for example in &category.examples {
        // Writing to a String cannot fail.
        let _ = write!(line, "\n  e.g. \"{example}\"");
    }
    line
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.fold(String::new(), |text, item| text + "- " + &item + "\n")
}

enum Piece<'a> {
    Text(&'a str),
    Variable { name: &'a str, whole: &'a str },
}

/// Cuts a prompt into plain text and variables.
fn pieces(mut rest: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    while let Some(open) = rest.find("{{") {
        let (before, from_open) = rest.split_at(open);
        found.push(Piece::Text(before));
        match from_open.find("}}") {
            Some(close) if close <= NAME_LIMIT => {
                let (whole, after) = from_open.split_at(close + 2);
                found.push(Piece::Variable { name: whole[2..close].trim(), whole });
                rest = after;
            }
            _ => {
                let (braces, after) = from_open.split_at(2);
                found.push(Piece::Text(braces));
                rest = after;
            }
        }
    }
    found.push(Piece::Text(rest));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_stray_braces_are_text() {
        let prompt = "a {{brand}} b {{ actions }} c {{ d";
        assert_eq!(variables(prompt).collect::<Vec<_>>(), ["brand", "actions"]);
        let text: String = pieces(prompt)
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Variable { whole: text, .. } => *text,
            })
            .collect();
        assert_eq!(text, prompt);
    }
}
