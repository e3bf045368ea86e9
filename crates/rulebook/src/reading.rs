//! How a TOML file of the house is read: a walk that notes every fault and goes on.
//!
//! serde stops at its first wrong type. A person who mends a file wants all of it at once, so the
//! recovered tree of `toml` is walked by hand: each step either yields a value or notes a fault at
//! its own bytes and yields nothing, and the walk continues beside it.
//!
//! ```text
//! let faults = Faults::new(code_of_flaw);
//! let document = Document::read(text, &faults);
//! let root = document.root(&["title", "lasts"], &faults);
//! let lasts = root.need("lasts", "lasts = \"10m\"").and_then(Value::duration_above_zero);
//! let faults = faults.into_found(text);      // empty: the file is good
//! ```

use core::cell::RefCell;
use core::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use crate::fault::{Fault, Severity, in_order_of_place};

pub mod dollars;
mod meant;
mod nearest;
pub mod quantity;
mod value;

pub use meant::Measured;
pub use nearest::{known, nearest};
pub use quantity::{Share, Unreadable};
pub use value::{Chosen, Takes, Value};

/// What can be wrong with the shape of any file, whatever it is about.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Flaw {
    /// Not TOML.
    Syntax,
    /// A key that this table does not have.
    UnknownKey,
    /// A key that this table cannot do without.
    MissingKey,
    /// A value of another type than asked for.
    WrongType,
    /// An empty string, list or table where something is needed.
    Empty,
    /// Zero where nothing happens then.
    Zero,
    /// A number outside what can be held, or meant.
    Range,
    /// A value whose unit is missing or unknown.
    Unit,
    /// A word out of a closed set that is not one of the set.
    UnknownWord,
    /// A choice with no key, or with several at once.
    OneChoice,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Flaw; 10] = [
        Flaw::Syntax,
        Flaw::UnknownKey,
        Flaw::MissingKey,
        Flaw::WrongType,
        Flaw::Empty,
        Flaw::Zero,
        Flaw::Range,
        Flaw::Unit,
        Flaw::UnknownWord,
        Flaw::OneChoice,
    ];
}

/// The faults of one file, as they are found.
#[derive(Debug)]
pub struct Faults {
    code_of: fn(Flaw) -> &'static str,
    found: RefCell<Vec<(Option<Flaw>, Fault)>>,
}

impl Faults {
    /// None yet. `code_of` gives each flaw the code under which this kind of file reports it.
    #[must_use]
    pub fn new(code_of: fn(Flaw) -> &'static str) -> Faults {
        Faults { code_of, found: RefCell::new(Vec::new()) }
    }

    /// Notes a fault of the file's own language.
    pub fn note(&self, fault: Fault) {
        self.found.borrow_mut().push((None, fault));
    }

    /// Whether nothing that refuses the file was found so far.
    #[must_use]
    pub fn are_none(&self) -> bool {
        !self.found.borrow().iter().any(|(_, fault)| fault.severity == Severity::Error)
    }

    /// What was found, in the order of `text`.
    ///
    /// Where the text is not TOML, what merely follows from that is left out: further faults on a
    /// line with a syntax fault, and keys that may be missing only because they were not understood.
    #[must_use]
    pub fn into_found(self, text: &str) -> Vec<Fault> {
        let found = self.found.into_inner();
        let line_of = |fault: &Fault| {
            let start = fault.place.as_ref().map_or(0, |place| place.start).min(text.len());
            text.as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count()
        };
        let mut broken: Vec<usize> = Vec::new();
        let mut faults: Vec<Fault> = Vec::new();
        for (flaw, fault) in &found {
            if *flaw == Some(Flaw::Syntax) {
                let line = line_of(fault);
                if !broken.contains(&line) {
                    broken.push(line);
                    faults.push(fault.clone());
                }
            }
        }
        faults.extend(found.into_iter().filter_map(|(flaw, fault)| {
            let follows = flaw == Some(Flaw::MissingKey) || broken.contains(&line_of(&fault));
            let kept = flaw != Some(Flaw::Syntax) && (broken.is_empty() || !follows);
            kept.then_some(fault)
        }));
        in_order_of_place(&mut faults);
        faults
    }

    /// Notes that the table `title`, at `place`, lacks a key, of which only later was it known that
    /// it is needed.
    pub fn missing(&self, place: Range<usize>, title: &str, key: &str, example: &str) {
        let message = format!("`{title}` needs `{key}`");
        let help = format!("for example `{example}`");
        self.flaw(Flaw::MissingKey, place, message, "missing here", help);
    }

    fn flaw(&self, flaw: Flaw, place: Range<usize>, message: String, label: &str, help: String) {
        let fault = Fault {
            code: (self.code_of)(flaw),
            message,
            label: label.to_owned(),
            place: Some(place),
            help: (!help.is_empty()).then_some(help),
            severity: Severity::Error,
        };
        self.found.borrow_mut().push((Some(flaw), fault));
    }
}

/// A text read as TOML as far as it goes.
#[derive(Debug)]
pub struct Document<'t> {
    table: Spanned<DeTable<'t>>,
}

impl<'t> Document<'t> {
    /// Reads `text`; what is not TOML is noted, the rest is there to be walked.
    #[must_use]
    pub fn read(text: &'t str, faults: &Faults) -> Document<'t> {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let place = error.span().unwrap_or(0..0);
            let message = format!("this is not TOML: {}", error.message());
            let twice = error.message().contains("duplicate key");
            let help =
                if twice { "a table has each key once: join the two, or drop one" } else { "" };
            faults.flaw(Flaw::Syntax, place, message, "from here on", help.to_owned());
        }
        Document { table }
    }

    /// The whole file as a table with these keys and no others.
    #[must_use]
    pub fn root<'d>(&'d self, keys: &'static [&'static str], faults: &'d Faults) -> Table<'d> {
        Table::open(self.table.get_ref(), self.table.span(), None, keys, faults)
    }
}

/// A table with a closed set of keys; a key outside the set is noted when the table is opened.
#[derive(Clone, Debug)]
pub struct Table<'d> {
    entries: &'d DeTable<'d>,
    place: Range<usize>,
    /// The key it stands under; the file as a whole stands under none.
    name: Option<&'d str>,
    faults: &'d Faults,
}

impl<'d> Table<'d> {
    fn open(
        entries: &'d DeTable<'d>,
        place: Range<usize>,
        name: Option<&'d str>,
        keys: &'static [&'static str],
        faults: &'d Faults,
    ) -> Table<'d> {
        for key in entries.keys() {
            let word: &str = key.get_ref();
            if !keys.contains(&word) {
                let message = match name {
                    Some(name) => format!("unknown key `{word}` in `{name}`"),
                    None => format!("unknown key `{word}`"),
                };
                faults.flaw(
                    Flaw::UnknownKey,
                    key.span(),
                    message,
                    "no such key",
                    known(word, keys),
                );
            }
        }
        Table { entries, place, name, faults }
    }

    /// The bytes of the table; of its header where it has one.
    #[must_use]
    pub fn place(&self) -> Range<usize> {
        self.place.clone()
    }

    /// The value of a key, if it is there.
    #[must_use]
    pub fn get(&self, key: &'static str) -> Option<Value<'d>> {
        let (key, value) = self.entries.get_key_value(key)?;
        Some(Value { key, value, faults: self.faults })
    }

    /// The value of a key that must be there; `example` shows how it is written.
    #[must_use]
    pub fn need(&self, key: &'static str, example: &str) -> Option<Value<'d>> {
        let found = self.get(key);
        if found.is_none() {
            let message = format!("{} needs `{key}`", self.title());
            let help = format!("for example `{example}`");
            self.faults.flaw(Flaw::MissingKey, self.place(), message, "missing here", help);
        }
        found
    }

    /// Every entry, in the order of the text.
    #[must_use]
    pub fn entries(&self) -> Vec<Value<'d>> {
        let faults = self.faults;
        let mut entries: Vec<Value<'d>> =
            self.entries.iter().map(|(key, value)| Value { key, value, faults }).collect();
        entries.sort_by_key(|value| value.key_place().start);
        entries
    }

    fn title(&self) -> String {
        self.name.map_or_else(|| "this file".to_owned(), |name| format!("`{name}`"))
    }

    /// Notes a fault of the file's own language about this table.
    pub fn fault(&self, code: &'static str, message: String, label: &str, help: &str) {
        self.fault_at(self.place(), code, message, label, help);
    }

    /// Notes one at other bytes, such as those of a key.
    pub fn fault_at(
        &self,
        place: Range<usize>,
        code: &'static str,
        message: String,
        label: &str,
        help: &str,
    ) {
        self.faults.note(fault_at(place, code, message, label, help));
    }
}

fn fault_at(
    place: Range<usize>,
    code: &'static str,
    message: String,
    label: &str,
    help: &str,
) -> Fault {
    Fault {
        code,
        message,
        label: label.to_owned(),
        place: Some(place),
        help: (!help.is_empty()).then(|| help.to_owned()),
        severity: Severity::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(flaw: Flaw) -> &'static str {
        match flaw {
            Flaw::Syntax => "syntax",
            Flaw::UnknownKey => "unknown_key",
            Flaw::MissingKey => "missing_key",
            Flaw::WrongType => "wrong_type",
            Flaw::Empty => "empty",
            Flaw::Zero => "zero",
            Flaw::Range => "range",
            Flaw::Unit => "unit",
            Flaw::UnknownWord => "unknown_word",
            Flaw::OneChoice => "one_choice",
        }
    }

    const ROOT: &[&str] = &["title", "lasts", "seed", "live", "traffic", "account"];
    const TRAFFIC: &[(&str, Takes)] =
        &[("poisson", Takes::Value), ("none", Takes::Nothing), ("usual", Takes::Either)];

    /// Walks a small file and says `code@place` of each fault.
    fn faults_of(text: &str) -> Vec<String> {
        let faults = Faults::new(code_of);
        let document = Document::read(text, &faults);
        let root = document.root(ROOT, &faults);
        let _ = root.need("title", "title = \"…\"").and_then(Value::text);
        let _ = root.get("lasts").and_then(Value::duration_above_zero);
        let _ = root.get("seed").and_then(Value::whole);
        let _ = root.get("live").and_then(Value::flag);
        if let Some(chosen) = root.get("traffic").and_then(|value| value.choice(TRAFFIC)) {
            let rate = chosen.value.and_then(|value| value.table(&["rate"]));
            let _ = rate
                .and_then(|table| table.need("rate", "rate = \"5/s\""))
                .and_then(Value::rate_above_zero);
        }
        let _ = root.get("account").and_then(|value| value.table(&["tier"]));
        let found = faults.into_found(text);
        found
            .iter()
            .map(|fault| format!("{}@{}", fault.code, &text[fault.place.clone().unwrap()]))
            .collect()
    }

    #[test]
    fn every_fault_of_a_file_is_found_at_its_own_bytes() {
        let text = "titel = \"x\"\ntitle = 4\nlasts = \"0s\"\nseed = \"7\"\nlive = 1\n\
                    traffic = { poisson = { rate = \"5\" } }\n[account]\ntire = \"build-2\"\n";
        assert_eq!(
            faults_of(text),
            [
                "unknown_key@titel",
                "wrong_type@4",
                "zero@\"0s\"",
                "wrong_type@\"7\"",
                "wrong_type@1",
                "unit@\"5\"",
                "unknown_key@tire",
            ]
        );
    }

    #[test]
    fn a_choice_is_one_key_of_a_closed_set_or_a_bare_word() {
        let with = |traffic: &str| faults_of(&format!("title = \"x\"\ntraffic = {traffic}\n"));
        assert_eq!(with("{ poisson = { rate = \"5/s\" } }"), [""; 0]);
        assert_eq!(with("\"none\""), [""; 0]);
        assert_eq!(with("\"usual\""), [""; 0]);
        assert_eq!(with("\"poisson\""), ["missing_key@\"poisson\""]);
        assert_eq!(with("\"poison\""), ["unknown_word@\"poison\""]);
        assert_eq!(with("{ poison = {} }"), ["unknown_key@poison"]);
        assert_eq!(with("{}"), ["one_choice@{}"]);
        assert_eq!(with("{ none = {}, usual = {} }"), ["one_choice@usual"]);
        assert_eq!(with("3"), ["wrong_type@3"]);
    }

    #[test]
    fn what_merely_follows_from_broken_syntax_is_left_out() {
        assert_eq!(faults_of("lasts = \n[account]\ntire = 1\n"), ["syntax@", "unknown_key@tire"]);
        assert_eq!(faults_of("title = \"x\"\ntitle = \"y\"\n"), ["syntax@title"]);
    }
}
