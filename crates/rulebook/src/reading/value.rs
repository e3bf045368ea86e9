//! One value of a file: asked for as what it should be, it answers or notes a fault.

use core::ops::Range;

use limits::{Rate, Requests, Span};
use money::Money;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::dollars;
use super::quantity::{self, Share, Unreadable};
use super::{Faults, Flaw, Measured, Table, fault_at, known};
use crate::fault::{Fault, Severity};

/// A value with the key it stands under.
#[derive(Copy, Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "a value's value beside its key is how TOML speaks")]
pub struct Value<'d> {
    pub(super) key: &'d Spanned<DeString<'d>>,
    pub(super) value: &'d Spanned<DeValue<'d>>,
    pub(super) faults: &'d Faults,
}

/// What a variant of a choice takes.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Takes {
    /// Nothing: the bare word is enough.
    Nothing,
    /// A value: `{ word = … }`.
    Value,
    /// Either: the bare word stands for its usual settings.
    Either,
}

/// The variant that a file chose.
#[derive(Copy, Clone, Debug)]
pub struct Chosen<'d> {
    /// Its word.
    pub word: &'static str,
    /// What was given with it.
    pub value: Option<Value<'d>>,
}

impl<'d> Value<'d> {
    /// The key it stands under.
    #[must_use]
    pub fn key(&self) -> &'d str {
        self.key.get_ref()
    }

    /// The bytes of the value.
    #[must_use]
    pub fn place(&self) -> Range<usize> {
        self.value.span()
    }

    /// The bytes of the key.
    #[must_use]
    pub fn key_place(&self) -> Range<usize> {
        self.key.span()
    }

    /// Whether it is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.value.get_ref().is_array()
    }

    /// Whether it is a table.
    #[must_use]
    pub fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    /// Whether it is a string.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.value.get_ref().is_str()
    }

    /// Notes a fault of the file's own language about this value.
    pub fn fault(&self, code: &'static str, message: String, label: &str, help: &str) {
        self.faults.note(fault_at(self.place(), code, message, label, help));
    }

    /// Notes what refuses nothing but deserves a look.
    pub fn warn(&self, code: &'static str, message: String, label: &str, help: &str) {
        let fault = fault_at(self.place(), code, message, label, help);
        self.faults.note(Fault { severity: Severity::Warning, ..fault });
    }

    /// A string that is not empty.
    #[must_use]
    pub fn text(self) -> Option<&'d str> {
        let text = self.any_text("a string", "write it in quotes")?;
        if text.trim().is_empty() {
            let message = format!("`{}` is empty", self.key());
            self.flaw(Flaw::Empty, message, "nothing here", "write something between the quotes");
            return None;
        }
        Some(text)
    }

    /// `true` or `false`.
    #[must_use]
    pub fn flag(self) -> Option<bool> {
        let flag = self.value.get_ref().as_bool();
        if flag.is_none() {
            let key = self.key();
            let help = format!("write `{key} = true` or `{key} = false`, without quotes");
            self.wrong_type("true or false", &help);
        }
        flag
    }

    /// A whole number, zero included.
    #[must_use]
    pub fn whole(self) -> Option<u64> {
        let Some(integer) = self.value.get_ref().as_integer() else {
            self.wrong_type("a whole number", &self.without_quotes());
            return None;
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        if number.is_none() {
            let message = format!("`{}` is out of range", self.key());
            let help = "write a whole number that is not negative";
            self.flaw(Flaw::Range, message, "not between 0 and 2^64 - 1", help);
        }
        number
    }

    /// How a number in quotes, or with a fraction of nothing, is written.
    fn without_quotes(self) -> String {
        let text = self.value.get_ref().as_str().or_else(|| self.number_text());
        let number = text.map(|text| text.trim().trim_end_matches(".0"));
        match number.filter(|number| number.parse::<u64>().is_ok()) {
            Some(number) => format!("perhaps `{} = {number}`", self.key()),
            None => "write it without quotes, unit or fraction".to_owned(),
        }
    }

    /// A whole number from one to `most`.
    #[must_use]
    pub fn whole_up_to(self, most: u64) -> Option<u64> {
        let number = self.whole()?;
        if number == 0 {
            self.zero("at least 1", "a whole number above zero");
            return None;
        }
        if number > most {
            let message = format!("`{}` is out of range", self.key());
            let help = format!("write at most {most}");
            self.flaw(Flaw::Range, message, &format!("more than {most}"), &help);
            return None;
        }
        Some(number)
    }

    /// A finite number, whole or not.
    #[must_use]
    pub fn number(self) -> Option<f64> {
        let value = self.value.get_ref();
        let text = match value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            DeValue::Integer(_)
            | DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                self.wrong_type("a number", "write it without quotes");
                return None;
            }
        };
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            self.flaw(
                Flaw::Range,
                format!("`{}` is out of range", self.key()),
                "not a finite number",
                "write a number such as 0.5 or 3",
            );
        }
        number
    }

    /// A length of time, zero included.
    #[must_use]
    pub fn duration(self) -> Option<Span> {
        self.quantity(Measured::Time, quantity::duration)
    }

    /// A length of time that is not zero.
    #[must_use]
    pub fn duration_above_zero(self) -> Option<Span> {
        let span = self.duration()?;
        if span.is_zero() {
            self.zero("longer than nothing", Measured::Time.form());
            return None;
        }
        Some(span)
    }

    /// A rate of jobs, zero included.
    #[must_use]
    pub fn rate(self) -> Option<Rate<Requests>> {
        self.quantity(Measured::Rate, quantity::rate)
    }

    /// A rate of jobs that is not zero.
    #[must_use]
    pub fn rate_above_zero(self) -> Option<Rate<Requests>> {
        let rate = self.rate()?;
        if rate.amount() == Requests(0) {
            self.zero("above zero", Measured::Rate.form());
            return None;
        }
        Some(rate)
    }

    /// A share of one, such as `99%`.
    #[must_use]
    pub fn share(self) -> Option<Share> {
        self.quantity(Measured::Share, quantity::share)
    }

    /// An amount of dollars, zero included: `$5`.
    #[must_use]
    pub fn dollars(self) -> Option<Money> {
        self.quantity(Measured::Dollars, dollars::dollars)
    }

    /// A price by time, as that of an hour: `$3.99/hour`.
    #[must_use]
    pub fn hourly(self) -> Option<Money> {
        self.quantity(Measured::Hourly, dollars::hourly)
    }

    /// One word out of a closed set.
    #[must_use]
    pub fn word(self, words: &'static [&'static str]) -> Option<&'static str> {
        let text = self.any_text("a word", &known("", words))?;
        let found = words.iter().find(|word| **word == text).copied();
        if found.is_none() {
            self.unknown_word(text, words);
        }
        found
    }

    /// Any string, empty or not; what cannot be one of a closed set is the caller's to refuse.
    #[must_use]
    pub fn any_text(self, what: &str, help: &str) -> Option<&'d str> {
        let text = self.value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(what, help);
        }
        text
    }

    /// Whether it is a list of nothing.
    #[must_use]
    pub fn is_empty_list(&self) -> bool {
        self.value.get_ref().as_array().is_some_and(|array| array.iter().next().is_none())
    }

    /// A list that is not empty; each element stands under the list's own key.
    #[must_use]
    pub fn list(self) -> Option<Vec<Value<'d>>> {
        let Some(array) = self.value.get_ref().as_array() else {
            self.wrong_type("a list", &format!("write `{} = [ … ]`", self.key()));
            return None;
        };
        if array.iter().next().is_none() {
            self.flaw(
                Flaw::Empty,
                format!("`{}` is empty", self.key()),
                "nothing in this list",
                "name at least one",
            );
            return None;
        }
        Some(array.iter().map(|value| Value { value, ..self }).collect())
    }

    /// A list, or one value in place of a list of one.
    #[must_use]
    pub fn one_or_list(self) -> Option<Vec<Value<'d>>> {
        if self.is_list() { self.list() } else { Some(vec![self]) }
    }

    /// Tables written `[[key]]`; none is no fault.
    #[must_use]
    pub fn tables(self, keys: &'static [&'static str]) -> Vec<Table<'d>> {
        let Some(array) = self.value.get_ref().as_array() else {
            self.wrong_type("a list of tables", &format!("write `[[{}]]`", self.key()));
            return Vec::new();
        };
        array.iter().filter_map(|value| Value { value, ..self }.table(keys)).collect()
    }

    /// A table with these keys and no others.
    #[must_use]
    pub fn table(self, keys: &'static [&'static str]) -> Option<Table<'d>> {
        let entries = self.entries_of()?;
        Some(Table::open(entries, self.place(), Some(self.key()), keys, self.faults))
    }

    /// A table whose keys are names given by the file.
    #[must_use]
    pub fn free_table(self) -> Option<Table<'d>> {
        let entries = self.entries_of()?;
        Some(self.free(entries))
    }

    /// One variant of a closed set: `{ word = … }`, or the bare word where it takes nothing.
    #[must_use]
    pub fn choice(self, kinds: &'static [(&'static str, Takes)]) -> Option<Chosen<'d>> {
        let words: Vec<&'static str> = kinds.iter().map(|(word, _)| *word).collect();
        match self.value.get_ref() {
            DeValue::String(text) => {
                let Some((word, takes)) = kinds.iter().find(|(word, _)| *word == text.as_ref())
                else {
                    self.unknown_word(text, &words);
                    return None;
                };
                if *takes == Takes::Value {
                    let message = format!("`{word}` needs its settings");
                    self.flaw(
                        Flaw::MissingKey,
                        message,
                        "only the word",
                        &format!("write `{{ {word} = … }}`"),
                    );
                    return None;
                }
                Some(Chosen { word, value: None })
            }
            DeValue::Table(entries) => self.choice_in(entries, kinds, &words),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => {
                self.wrong_type("a choice", &known("", &words));
                None
            }
        }
    }

    fn choice_in(
        self,
        entries: &'d DeTable<'d>,
        kinds: &'static [(&'static str, Takes)],
        words: &[&'static str],
    ) -> Option<Chosen<'d>> {
        let mut chosen = None;
        let mut refused = false;
        for value in self.free(entries).entries() {
            let key = value.key();
            let Some((word, _)) = kinds.iter().find(|(word, _)| *word == key) else {
                let message = format!("unknown key `{key}` in `{}`", self.key());
                self.faults.flaw(
                    Flaw::UnknownKey,
                    value.key_place(),
                    message,
                    "no such choice",
                    known(key, words),
                );
                refused = true;
                continue;
            };
            if let Some(Chosen { word: first, .. }) = chosen {
                let message = format!("`{}` chooses `{first}` and `{word}` at once", self.key());
                let help = "keep one of them".to_owned();
                self.faults.flaw(
                    Flaw::OneChoice,
                    value.key_place(),
                    message,
                    "the second choice",
                    help,
                );
                refused = true;
                continue;
            }
            chosen = Some(Chosen { word, value: Some(value) });
        }
        if chosen.is_none() && !refused {
            self.flaw(
                Flaw::OneChoice,
                format!("`{}` chooses nothing", self.key()),
                "empty",
                &known("", words),
            );
        }
        chosen.filter(|_| !refused)
    }

    fn free(self, entries: &'d DeTable<'d>) -> Table<'d> {
        Table { entries, place: self.place(), name: Some(self.key()), faults: self.faults }
    }

    fn entries_of(self) -> Option<&'d DeTable<'d>> {
        let entries = self.value.get_ref().as_table();
        if entries.is_none() {
            self.wrong_type("a table", "write `{ key = value }` or a section of its own");
        }
        entries
    }

    fn quantity<T>(self, measured: Measured, read: fn(&str) -> Result<T, Unreadable>) -> Option<T> {
        let (what, form) = (measured.what(), measured.form());
        let Some(text) = self.value.get_ref().as_str() else {
            self.wrong_type(what, &self.proposed(measured, self.number_text()));
            return None;
        };
        match read(text) {
            Ok(quantity) => Some(quantity),
            Err(why) => {
                let message = format!("`{}` is not {what}", self.key());
                let (flaw, label, help) = match why {
                    Unreadable::Form => (Flaw::Unit, "not understood", Some(text)),
                    Unreadable::NoUnit => (Flaw::Unit, "a number without its unit", Some(text)),
                    Unreadable::Range => (Flaw::Range, "too large or too fine", None),
                };
                let help = help.map_or_else(
                    || format!("write {form}"),
                    |text| self.proposed(measured, Some(text)),
                );
                self.flaw(flaw, message, label, &help);
                None
            }
        }
    }

    /// What to write in place of `text`: what was probably meant by it, and the form in general.
    fn proposed(self, measured: Measured, text: Option<&str>) -> String {
        let form = measured.form();
        match text.and_then(|text| measured.meant(text)) {
            Some(meant) => format!("perhaps `{} = \"{meant}\"`: {form}", self.key()),
            None => format!("write {form}"),
        }
    }

    /// A number as it is written without quotes.
    fn number_text(self) -> Option<&'d str> {
        match self.value.get_ref() {
            DeValue::Integer(integer) => Some(integer.as_str()),
            DeValue::Float(float) => Some(float.as_str()),
            DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        }
    }

    fn unknown_word(self, text: &str, words: &[&str]) {
        let message = format!("`{}` cannot be `{text}`", self.key());
        self.flaw(Flaw::UnknownWord, message, "not one of the known words", &known(text, words));
    }

    fn zero(self, needed: &str, form: &str) {
        let message = format!("`{}` must be {needed}", self.key());
        self.flaw(Flaw::Zero, message, "this is zero", &format!("write {form}"));
    }

    fn wrong_type(self, what: &str, help: &str) {
        let is = match self.value.get_ref() {
            DeValue::String(_) => "this is a string",
            DeValue::Integer(_) => "this is a whole number",
            DeValue::Float(_) => "this is a number with a fraction",
            DeValue::Boolean(_) => "this is true or false",
            DeValue::Datetime(_) => "this is a date or time",
            DeValue::Array(_) => "this is a list",
            DeValue::Table(_) => "this is a table",
        };
        self.flaw(Flaw::WrongType, format!("`{}` must be {what}", self.key()), is, help);
    }

    fn flaw(self, flaw: Flaw, message: String, label: &str, help: &str) {
        self.faults.flaw(flaw, self.place(), message, label, help.to_owned());
    }
}
