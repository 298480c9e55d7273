//! Codes by number: a ticket names its gates in two bytes each.

use std::collections::HashMap;

/// Codes in the order in which they were first seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    known: HashMap<String, u16>,
    list: Vec<String>,
}

impl Names {
    /// Number of a code. All codes beyond the 65535th share one number, which no policy reaches.
    pub(super) fn number(&mut self, code: &str) -> u16 {
        if let Some(number) = self.known.get(code) {
            return *number;
        }
        let number = u16::try_from(self.list.len()).unwrap_or(u16::MAX);
        if number < u16::MAX {
            self.known.insert(code.to_owned(), number);
            self.list.push(code.to_owned());
        }
        number
    }

    /// The code with this number.
    pub(super) fn code(&self, number: u16) -> &str {
        self.list.get(usize::from(number)).map_or("?", String::as_str)
    }
}
