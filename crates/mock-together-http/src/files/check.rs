//! What the lines of a file are found to be: each a JSON object, as fine-tuning needs them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Bytes;
use serde_json::value::RawValue;

use crate::store::{Checked, Form, Purposes};

/// Looks at a file, where its purpose asks for that.
pub(crate) fn check(purpose: Purposes, form: Form, content: &Bytes) -> Option<Checked> {
    let is_meant = purpose == Purposes::FineTune && form == Form::Jsonl;
    is_meant.then(|| lines(content))
}

/// Every line is an object; the first that is none is named. Empty lines are passed over.
fn lines(content: &[u8]) -> Checked {
    let mut lines = 0;
    for (number, line) in (1_u64..).zip(content.split(|byte| *byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        lines += 1;
        let read = serde_json::from_slice::<BTreeMap<Cow<'_, str>, &RawValue>>(line);
        if let Err(error) = read {
            let why = error.to_string();
            // Its place in the text is always line 1.
            let why = why.split(" at line ").next().unwrap_or_default();
            return Checked {
                lines,
                fault: Some(format!("line {number} is no JSON object: {why}")),
            };
        }
    }
    let fault = (lines == 0).then(|| "the file has no lines".to_owned());
    Checked { lines, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_is_no_object_is_named() {
        let of = |content: &str| lines(content.as_bytes());
        let sound = |lines| Checked { lines, fault: None };
        assert_eq!(of("{\"text\":\"a\"}\n\n{\"text\":\"b\"}\r\n"), sound(2));
        let wrong = |content: &str| of(content).fault.unwrap();
        assert_eq!(wrong(""), "the file has no lines");
        assert!(wrong("{}\n\n[1]\n").starts_with("line 3 is no JSON object: invalid type"));
        assert!(wrong("{}\n{\"a\":").starts_with("line 2 is no JSON object: EOF"));
        assert!(wrong("{}\n{\"a\":\"\u{1}\"}").starts_with("line 2"));
    }

    #[test]
    fn only_fine_tuning_asks_for_it() {
        let content = Bytes::from_static(b"no JSON");
        assert_eq!(check(Purposes::BatchApi, Form::Jsonl, &content), None);
        assert_eq!(check(Purposes::FineTune, Form::Parquet, &content), None);
        assert!(check(Purposes::FineTune, Form::Jsonl, &content).is_some());
    }
}
