//! Where faults go that are found after reading: beside those of a file's form while it is read,
//! by themselves when a good scenario is changed afterwards.

use core::cell::RefCell;
use core::ops::Range;

use rulebook::reading::Faults;
use rulebook::{Fault, Severity};

use crate::fault::Code;

/// Where faults are noted: beside those of the file's form, or by themselves.
#[derive(Debug, Default)]
pub(crate) struct Notes<'f> {
    faults: Option<&'f Faults>,
    own: RefCell<Vec<Fault>>,
}

impl<'f> Notes<'f> {
    /// Notes that join the faults of a file's form.
    pub(crate) fn beside(faults: &'f Faults) -> Notes<'f> {
        Notes { faults: Some(faults), own: RefCell::default() }
    }

    /// Notes a fault that refuses.
    pub(crate) fn add(
        &self,
        code: Code,
        place: Option<Range<usize>>,
        message: String,
        label: &str,
        help: &str,
    ) {
        self.push(code, place, message, label, help, Severity::Error);
    }

    /// Notes that a table lacks a key, as the reader of its form would have.
    pub(crate) fn missing(&self, place: Range<usize>, title: &str, key: &str, example: &str) {
        if let Some(faults) = self.faults {
            faults.missing(place, title, key, example);
        }
    }

    /// Whether nothing here refuses so far.
    pub(crate) fn are_none(&self) -> bool {
        !self.own.borrow().iter().any(|fault| fault.severity == Severity::Error)
    }

    /// What was noted by itself.
    pub(crate) fn into_faults(self) -> Vec<Fault> {
        self.own.into_inner()
    }

    /// Notes what refuses nothing but deserves a look.
    pub(crate) fn warn(
        &self,
        code: Code,
        place: Range<usize>,
        message: String,
        label: &str,
        help: &str,
    ) {
        self.push(code, Some(place), message, label, help, Severity::Warning);
    }

    fn push(
        &self,
        code: Code,
        place: Option<Range<usize>>,
        message: String,
        label: &str,
        help: &str,
        severity: Severity,
    ) {
        let help = (!help.is_empty()).then(|| help.to_owned());
        let fault =
            Fault { code: code.name(), message, label: label.to_owned(), place, help, severity };
        match self.faults {
            Some(faults) => faults.note(fault),
            None => self.own.borrow_mut().push(fault),
        }
    }
}
