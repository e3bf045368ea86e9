//! Where each value of a TOML file stands, so that one can be changed and the rest left as it is.
//!
//! Enough of the language for files that the house has read already: what is wrong with a file is
//! said better by whoever reads it in earnest.

use std::collections::BTreeMap;
use std::ops::Range;

/// One value that has no others inside.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Leaf {
    /// The keys that lead to it; places in a list count from 0.
    pub(crate) path: Vec<String>,
    /// Its bytes, with the quotes of a text.
    pub(crate) at: Range<usize>,
    pub(crate) kind: Kind,
}

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Text,
    Number,
    Flag,
}

impl Leaf {
    /// What it says, without quotes.
    pub(crate) fn said<'t>(&self, text: &'t str) -> &'t str {
        let written = text.get(self.at.clone()).unwrap_or_default();
        match self.kind {
            Kind::Text => written.trim_matches(['"', '\'']),
            Kind::Number | Kind::Flag => written,
        }
    }

    /// The last key on the way to it.
    pub(crate) fn key(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// The text with something else said here.
    pub(crate) fn changed(&self, text: &str, said: &str) -> String {
        let quoted = if self.kind == Kind::Text { format!("\"{said}\"") } else { said.to_owned() };
        let mut changed = text.to_owned();
        changed.replace_range(self.at.clone(), &quoted);
        changed
    }
}

/// Every leaf, in the order of the text.
///
/// # Errors
/// The line from which on it cannot be read.
pub(crate) fn leaves(text: &str) -> Result<Vec<Leaf>, String> {
    let mut reader = Reader { text, at: 0, leaves: Vec::new(), tables: BTreeMap::new() };
    let read = reader.document();
    let before = text.get(..reader.at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    read.map(|()| reader.leaves).ok_or_else(|| format!("line {line} is not understood"))
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    leaves: Vec<Leaf>,
    /// How many tables each list of tables has by now.
    tables: BTreeMap<Vec<String>, usize>,
}

impl Reader<'_> {
    fn document(&mut self) -> Option<()> {
        let mut under = Vec::new();
        loop {
            self.skip_blank();
            match self.peek() {
                None => return Some(()),
                Some('[') => under = self.header()?,
                Some(_) => self.entry(&under)?,
            }
        }
    }

    /// `[a.b]`, or `[[a.b]]`, whose path ends with its place in the list.
    fn header(&mut self) -> Option<Vec<String>> {
        let list = self.text.get(self.at..)?.starts_with("[[");
        self.at += if list { 2 } else { 1 };
        let mut path = self.keys()?;
        for _ in 0..if list { 2 } else { 1 } {
            self.take(']')?;
        }
        if list {
            let count = self.tables.entry(path.clone()).or_default();
            path.push(count.to_string());
            *count += 1;
        }
        Some(path)
    }

    /// `key = value`.
    fn entry(&mut self, under: &[String]) -> Option<()> {
        let path = [under, &self.keys()?].concat();
        self.take('=')?;
        self.skip_blank();
        self.value(path)
    }

    /// Keys with dots between them.
    fn keys(&mut self) -> Option<Vec<String>> {
        let mut keys = Vec::new();
        loop {
            self.skip_spaces();
            let quote = self.peek().filter(|first| matches!(first, '"' | '\''));
            let found = if let Some(quote) = quote {
                self.take(quote)?;
                let key = self.take_while(|letter| letter != quote);
                self.take(quote)?;
                key
            } else {
                self.take_while(|letter| letter.is_alphanumeric() || "-_".contains(letter))
            };
            keys.push(found.filter(|key| !key.is_empty())?);
            self.skip_spaces();
            if self.take('.').is_none() {
                return Some(keys);
            }
        }
    }

    fn value(&mut self, path: Vec<String>) -> Option<()> {
        match self.peek()? {
            '[' => self.list(&path),
            '{' => self.table(&path),
            '"' | '\'' => self.text_value(path),
            _ => {
                let start = self.at;
                let word =
                    self.take_while(|letter| letter.is_alphanumeric() || "+-._:".contains(letter))?;
                let kind = match word.as_str() {
                    "" => return None,
                    "true" | "false" => Kind::Flag,
                    _ => Kind::Number,
                };
                self.leaves.push(Leaf { path, at: start..self.at, kind });
                Some(())
            }
        }
    }

    fn text_value(&mut self, path: Vec<String>) -> Option<()> {
        let start = self.at;
        let rest = self.text.get(start..)?;
        let quote = rest.get(..1)?;
        let triple = quote.repeat(3);
        let quote = if rest.starts_with(&triple) { triple.as_str() } else { quote };
        self.at += quote.len();
        while !self.text.get(self.at..)?.starts_with(quote) {
            let letter = self.peek()?;
            self.at += letter.len_utf8();
            if letter == '\\' && quote.starts_with('"') {
                self.at += self.peek()?.len_utf8();
            }
        }
        self.at += quote.len();
        self.leaves.push(Leaf { path, at: start..self.at, kind: Kind::Text });
        Some(())
    }

    fn list(&mut self, path: &[String]) -> Option<()> {
        self.take('[')?;
        for place in 0_usize.. {
            self.skip_blank();
            if self.take(']').is_some() {
                break;
            }
            self.value([path, &[place.to_string()]].concat())?;
            self.skip_blank();
            let _ = self.take(',');
        }
        Some(())
    }

    fn table(&mut self, path: &[String]) -> Option<()> {
        self.take('{')?;
        loop {
            self.skip_blank();
            if self.take('}').is_some() {
                return Some(());
            }
            self.entry(path)?;
            self.skip_blank();
            let _ = self.take(',');
        }
    }

    fn skip_spaces(&mut self) {
        let _ = self.take_while(|letter| matches!(letter, ' ' | '\t'));
    }

    /// White space, line ends and comments.
    fn skip_blank(&mut self) {
        loop {
            let _ = self.take_while(char::is_whitespace);
            if self.peek() != Some('#') {
                return;
            }
            let _ = self.take_while(|letter| letter != '\n');
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn take(&mut self, letter: char) -> Option<()> {
        (self.peek()? == letter).then(|| self.at += letter.len_utf8())
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let end = rest.find(|letter| !wanted(letter)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title = \"a \\\"b\\\" # no comment\" # one\nladder = [\"x\", # two\n 'y',]\n\
        [models.\"meta/L-3.1\"]\nfree = { value = -1.5, to = { at = true } } \n\n[[step]]\nat = 1\n\
        [[step]]\nat = 2026-01-26\nsays = '''it's'''\na.b = 3\n";

    #[test]
    fn every_value_is_found_by_its_path_and_bytes() {
        let found = leaves(TEXT).unwrap();
        let told: Vec<String> = found
            .iter()
            .map(|leaf| format!("{} = {}", leaf.path.join(" "), &TEXT[leaf.at.clone()]))
            .collect();
        assert_eq!(
            told,
            [
                "title = \"a \\\"b\\\" # no comment\"",
                "ladder 0 = \"x\"",
                "ladder 1 = 'y'",
                "models meta/L-3.1 free value = -1.5",
                "models meta/L-3.1 free to at = true",
                "step 0 at = 1",
                "step 1 at = 2026-01-26",
                "step 1 says = '''it's'''",
                "step 1 a b = 3",
            ]
        );
        let kinds: Vec<Kind> = found.iter().skip(2).take(3).map(|leaf| leaf.kind).collect();
        assert_eq!(kinds, [Kind::Text, Kind::Number, Kind::Flag]);
    }

    #[test]
    fn one_value_is_changed_and_nothing_else() {
        let found = leaves(TEXT).unwrap();
        let changed = found[1].changed(TEXT, "z");
        assert_eq!(changed, TEXT.replacen("\"x\"", "\"z\"", 1));
        assert_eq!(found[1].said(TEXT), "x");
        assert_eq!(found[4].changed(TEXT, "false"), TEXT.replacen("true", "false", 1));
    }

    #[test]
    fn what_is_not_understood_is_named_by_its_line() {
        for broken in ["a = 1\nb\n", "a = 1\nb = [1", "a = 1\nb = \"", "a = 1\nb = {c = }"] {
            assert_eq!(leaves(broken), Err("line 2 is not understood".to_owned()), "{broken}");
        }
    }
}
