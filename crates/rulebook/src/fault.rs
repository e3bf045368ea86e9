//! What is wrong with a file: every fault at once, each with its place and its remedy.
//!
//! A fault is data. Whoever prints it (a terminal with underlines, a plain list in a test, JSON)
//! needs nothing but the text that was read and the bytes the fault points at.

use core::fmt;
use core::ops::Range;

/// One thing that is wrong with a file, or worth a warning.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// A stable name such as `scenario::unknown_tier`; each is used for one kind of fault.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// A few words to stand under the place.
    pub label: String,
    /// The bytes of the text it is about; absent where the file as a whole is meant.
    pub place: Option<Range<usize>>,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether the file can still be used.
    pub severity: Severity,
}

/// Whether a fault refuses the file.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used; somebody should look.
    Warning,
}

/// A file that cannot be used, with everything that is wrong with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused {
    /// The file, as it was named.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What is wrong, in the order of the text.
    pub faults: Vec<Fault>,
}

impl Refused {
    /// A refusal of the text `text`, known as `name`; the faults are put in the order of the text.
    #[must_use]
    pub fn new(name: &str, text: &str, mut faults: Vec<Fault>) -> Refused {
        in_order_of_place(&mut faults);
        Refused { name: name.to_owned(), text: text.to_owned(), faults }
    }

    /// Line and column (in characters) at which a fault begins, both counted from one.
    #[must_use]
    pub fn line_column(&self, fault: &Fault) -> Option<(usize, usize)> {
        line_column(&self.text, fault.place.as_ref()?.start)
    }
}

/// Line and column (in characters) of a byte of `text`, both counted from one.
///
/// A byte past the end is read as the end; one inside a character as that character.
#[must_use]
pub fn line_column(text: &str, byte: usize) -> Option<(usize, usize)> {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte = byte.checked_sub(1)?;
    }
    let before = text.get(..byte)?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
    Some((line, column))
}

/// Puts faults in the order in which a reader of the file meets them.
pub(crate) fn in_order_of_place(faults: &mut [Fault]) {
    faults
        .sort_by_key(|fault| fault.place.as_ref().map_or((0, 0), |place| (place.start, place.end)));
}

/// One fault a paragraph, without colour: `FILE:LINE:COLUMN: CODE`, message, label, help.
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            match self.line_column(fault) {
                Some((line, column)) => {
                    writeln!(f, "{}:{line}:{column}: {}", self.name, fault.code)?;
                }
                None => writeln!(f, "{}: {}", self.name, fault.code)?,
            }
            writeln!(f, "  {}", fault.message)?;
            if !fault.label.is_empty() {
                writeln!(f, "  here: {}", fault.label)?;
            }
            if let Some(help) = &fault.help {
                writeln!(f, "  help: {help}")?;
            }
        }
        Ok(())
    }
}

impl core::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = "a = 1\nname = \"Zürich\" # café\n";
        assert_eq!(line_column(text, 0), Some((1, 1)));
        assert_eq!(line_column(text, 5), Some((1, 6)));
        assert_eq!(line_column(text, 6), Some((2, 1)));
        let inside_u = text.find('ü').unwrap() + 1;
        assert_eq!(line_column(text, inside_u), Some((2, 10)));
        let comment = text.find('#').unwrap();
        assert_eq!(line_column(text, comment), Some((2, 17)));
        assert_eq!(line_column(text, 10_000), Some((3, 1)));
    }

    #[test]
    fn a_refusal_lists_its_faults_in_the_order_of_the_text() {
        let fault = |at: Range<usize>, message: &str| Fault {
            code: "test::code",
            message: message.to_owned(),
            label: String::new(),
            place: Some(at),
            help: None,
            severity: Severity::Error,
        };
        let refused = Refused::new(
            "f.toml",
            "a = 1\nb = 2\n",
            vec![fault(6..7, "later"), fault(0..1, "sooner")],
        );
        assert_eq!(
            refused.to_string(),
            "f.toml:1:1: test::code\n  sooner\n\nf.toml:2:1: test::code\n  later\n"
        );
    }
}
