//! Reads the pattern language of the gate policy.
//!
//! | written | matches |
//! | --- | --- |
//! | `sick` | the word, whatever its case; `won't` matches with any kind of apostrophe |
//! | `formal complaint` | words one after the other in one sentence |
//! | `vomit{|s|ed|ing}` | a stem with one of the listed endings |
//! | `vomit*`, `*anwalt` | words that begin or end so (at least three letters given) |
//! | `=Sue` | the word in exactly this spelling |
//! | `(off|gone off) food` | one of the alternatives |
//! | `very?`, `(so|very)?` | the word or group, or nothing |
//! | `(no|and)*4` | the group up to four times, or nothing |
//! | `..3` | up to three words of any kind |
//! | `<animal>` | one entry of the policy's list `animal` |
//! | `^` | the beginning of a sentence |

/// One element of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A word as written: its spellings, one of which must match.
    Word(Vec<String>),
    /// A word in exactly this spelling.
    Cased(String),
    /// One of several sequences.
    Any(Vec<Vec<Item>>),
    /// An entry of a list.
    List(String),
    /// Up to so many words of any kind.
    Gap(u8),
    /// A sequence up to so many times.
    Repeat(Vec<Item>, u8),
    /// The beginning of a sentence.
    Start,
}

/// Longest pattern in bytes.
pub(super) const MAX_PATTERN: usize = 2000;
/// Largest gap or repetition.
const MAX_COUNT: u8 = 30;
/// Deepest nesting of groups.
const MAX_DEPTH: usize = 6;

/// Reads a pattern; the error says what is wrong with it.
pub(super) fn parse(pattern: &str) -> Result<Vec<Item>, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("longer than {MAX_PATTERN} bytes"));
    }
    let mut reader = Reader { rest: pattern };
    let items = reader.sequence(0)?;
    match reader.rest.chars().next() {
        None => Ok(items),
        Some(c) => Err(format!("`{c}` without its opening")),
    }
}

struct Reader<'p> {
    rest: &'p str,
}

impl Reader<'_> {
    fn take(&mut self, mark: &str) -> bool {
        self.rest.strip_prefix(mark).is_some_and(|rest| {
            self.rest = rest;
            true
        })
    }

    /// Takes the characters up to the first that is not `fit`.
    fn take_while(&mut self, fit: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|c| !fit(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken.to_owned()
    }

    fn sequence(&mut self, depth: usize) -> Result<Vec<Item>, String> {
        let mut items = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with(['|', ')']) {
                break;
            }
            let item = self.item(depth)?;
            items.push(self.repeated(item)?);
        }
        if items.is_empty() { Err("an alternative is empty".to_owned()) } else { Ok(items) }
    }

    fn item(&mut self, depth: usize) -> Result<Item, String> {
        if self.take("(") {
            return self.group(depth);
        }
        if self.take("<") {
            let name = self.take_while(|c| c != '>');
            return if self.take(">") {
                Ok(Item::List(name))
            } else {
                Err("`<` not closed".to_owned())
            };
        }
        if self.take("..") {
            return self.count().map(Item::Gap);
        }
        if self.take("^") {
            return Ok(Item::Start);
        }
        if self.take("=") {
            let word = self.take_while(char::is_alphanumeric);
            return if word.is_empty() {
                Err("`=` without a word".to_owned())
            } else {
                Ok(Item::Cased(word))
            };
        }
        self.word()
    }

    fn group(&mut self, depth: usize) -> Result<Item, String> {
        if depth == MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH}"));
        }
        let mut options = vec![self.sequence(depth + 1)?];
        while self.take("|") {
            options.push(self.sequence(depth + 1)?);
        }
        if self.take(")") { Ok(Item::Any(options)) } else { Err("`(` not closed".to_owned()) }
    }

    fn repeated(&mut self, item: Item) -> Result<Item, String> {
        if self.take("?") {
            return Ok(Item::Repeat(vec![item], 1));
        }
        if matches!(item, Item::Any(_) | Item::List(_)) && self.take("*") {
            return Ok(Item::Repeat(vec![item], self.count()?));
        }
        Ok(item)
    }

    fn count(&mut self) -> Result<u8, String> {
        let digits = self.take_while(|c| c.is_ascii_digit());
        let count = digits.parse().ok().filter(|n| (1..=MAX_COUNT).contains(n));
        count.ok_or_else(|| format!("a count from 1 to {MAX_COUNT} is needed"))
    }

    fn word(&mut self) -> Result<Item, String> {
        let head = self.take_while(is_word);
        let mut spellings = vec![head];
        if self.take("{") {
            let endings = self.take_while(|c| c != '}');
            if !self.take("}") {
                return Err("`{` not closed".to_owned());
            }
            let tail = self.take_while(is_word);
            let head = spellings.swap_remove(0);
            spellings =
                endings.split('|').map(|end| format!("{head}{}{tail}", end.trim())).collect();
        }
        if spellings.iter().any(|word| !word.chars().any(|c| c.is_alphanumeric() || is_symbol(c))) {
            let c = self.rest.chars().next().unwrap_or(' ');
            return Err(format!("a word is expected before `{c}`"));
        }
        Ok(Item::Word(spellings))
    }
}

fn is_symbol(c: char) -> bool {
    !c.is_ascii() && super::normal::kind(c) == super::normal::Kind::Pictograph
}

/// Characters a written word may consist of, with `*` for an open beginning or end.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\'' | '’' | '-' | '*') || is_symbol(c)
}
