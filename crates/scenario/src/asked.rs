//! An expectation in one line, as a command asks for it: `answered_in_time >= 99%`.

use rulebook::reading::{Document, Faults};
use rulebook::{Refused, Severity};
use run_record::Expectation;

use crate::fault::Code;
use crate::written;

/// Reads an expectation as `[expect]` has them, with the comparison behind the figure:
/// `answered_in_time >= 99%`, `group.chat.wait_p95 < 2s`.
///
/// # Errors
/// What is wrong with it, shown as a file would have it.
pub fn expectation(text: &str) -> Result<Expectation, Refused> {
    let (figure, goal) = text.find(['<', '>']).map_or((text, ""), |at| text.split_at(at));
    let text = format!("[expect]\n{} = \"{}\"\n", figure.trim(), goal.trim());
    let faults = Faults::new(Code::of_flaw);
    let document = Document::read(&text, &faults);
    let mut read = written::expectations(&document, &faults);
    let found = faults.into_found(&text);
    let sound = found.iter().all(|fault| fault.severity != Severity::Error);
    match read.pop().filter(|_| sound && read.is_empty()) {
        Some(expectation) => Ok(expectation),
        None => Err(Refused::new("--for", &text, found)),
    }
}

#[cfg(test)]
mod tests {
    use run_record::{Comparison, Figure};

    use super::*;

    #[test]
    fn a_line_is_what_a_file_would_have() {
        let asked = expectation("answered_in_time>=99%").unwrap();
        assert_eq!((asked.figure, asked.comparison), (Figure::AnsweredInTime, Comparison::AtLeast));
        assert_eq!(asked.name, "answered_in_time >= 99%");
        let of_group = expectation("group.chat.wait_p95 < 2s").unwrap();
        assert_eq!(of_group.group.as_deref(), Some("chat"));
    }

    #[test]
    fn what_a_file_could_not_have_is_refused_with_a_remedy() {
        for (line, help) in [
            ("answered_in_tme >= 99%", "answered_in_time"),
            ("answered_in_time", "begin with >="),
            ("answered_in_time >= 99", "99%"),
            ("", ""),
            ("a\"b >= 1", ""),
        ] {
            let refused = expectation(line).unwrap_err();
            let helps = |fault: &rulebook::Fault| fault.help.clone().unwrap_or_default();
            assert!(!refused.faults.is_empty(), "{line}");
            assert!(refused.faults.iter().any(|f| helps(f).contains(help)), "{refused:?}");
        }
    }
}
