//! Rows of a CSV file with a head, found by the names of their columns. Fields may stand in
//! quotes, as RFC 4180 has it, and then hold delimiters and line ends.

use std::borrow::Cow;
use std::io::BufRead;

use super::fault::TraceFault;
use super::lines::{LONGEST, Lines, Wrong};
use super::moment::Unit;
use super::need::Fields;
use super::number;
use super::row::{A_STATUS, Marks, Outcome, Row, Sink, Skipped, digest};

/// How a file is read.
pub(super) struct Map<'m> {
    pub(super) fields: &'m Fields,
    pub(super) delimiter: char,
    /// Whether an answer of no tokens is a failure.
    pub(super) empty_is_failed: bool,
}

/// Reads a file row by row.
pub(super) fn read(
    name: &str,
    input: impl BufRead,
    map: &Map<'_>,
    sink: &mut impl Sink,
) -> Result<(), TraceFault> {
    let mut lines = Lines::new(name, input, LONGEST);
    let head = head(name, &mut lines, map)?;
    let mut any = false;
    loop {
        let mut quotes = Quotes::new(map.delimiter);
        let Some(text) = lines.next_row(|line| quotes.closed_after(line))? else { break };
        if text.is_empty() {
            continue;
        }
        any = true;
        let taken = row(text, &head, map).map(|row| {
            if map.empty_is_failed && row.answer == Some(0) {
                sink.skip(Skipped::Failed);
                return Ok(());
            }
            sink.row(row)
        });
        let taken = taken.map_err(|wrong| lines.fault(&wrong))?;
        taken.map_err(|no_room| no_room.fault(name, &lines))?;
    }
    if any { Ok(()) } else { Err(lines.fault_of_row("at least one row")) }
}

/// Where the columns stand that are needed, and how many there are.
struct Head {
    due: usize,
    prompt: usize,
    answer: usize,
    status: Option<usize>,
    id: Option<usize>,
    retry: Option<usize>,
    model: Option<usize>,
    client: Option<usize>,
    count: usize,
}

fn head<R: BufRead>(
    name: &str,
    lines: &mut Lines<'_, R>,
    map: &Map<'_>,
) -> Result<Head, TraceFault> {
    let mut quotes = Quotes::new(map.delimiter);
    let text = lines.next_row(|line| quotes.closed_after(line))?;
    // Spreadsheets begin a file with a mark of its encoding.
    let names: Vec<String> = text.map_or_else(Vec::new, |text| {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Split::new(text, map.delimiter).map(|field| field.plain().into_owned()).collect()
    });
    if names.is_empty() {
        return Err(lines.fault_of_row("a head with the names of the columns"));
    }
    let place = |column: &String| {
        names.iter().position(|name| name == column).ok_or_else(|| TraceFault::NoColumn {
            name: name.to_owned(),
            column: column.clone(),
            columns: names.clone(),
        })
    };
    let maybe = |column: &Option<String>| column.as_ref().map(place).transpose();
    let Fields { due, prompt, answer, says, unit: _ } = map.fields;
    Ok(Head {
        due: place(due)?,
        prompt: place(prompt)?,
        answer: place(answer)?,
        status: maybe(&says.status)?,
        id: maybe(&says.id)?,
        retry: maybe(&says.retry)?,
        model: maybe(&says.model)?,
        client: maybe(&says.client)?,
        count: names.len(),
    })
}

/// The fields of a row that are looked at.
#[derive(Default)]
struct Found<'t> {
    due: Option<Field<'t>>,
    prompt: Option<Field<'t>>,
    answer: Option<Field<'t>>,
    status: Option<Field<'t>>,
    id: Option<Field<'t>>,
    retry: Option<Field<'t>>,
    model: Option<Field<'t>>,
    client: Option<Field<'t>>,
    count: usize,
}

fn found<'t>(text: &'t str, head: &Head, map: &Map<'_>) -> Result<Found<'t>, Wrong> {
    let mut found = Found::default();
    for (index, field) in Split::new(text, map.delimiter).enumerate() {
        if index >= head.count {
            let expected = format!("the end of the row after {} fields", head.count);
            return Err(field.wrong(Cow::Owned(expected)));
        }
        // One column may serve twice.
        let sure = [
            (head.due, &mut found.due),
            (head.prompt, &mut found.prompt),
            (head.answer, &mut found.answer),
        ];
        for (_, slot) in sure.into_iter().filter(|(place, _)| *place == index) {
            *slot = Some(field);
        }
        let maybe = [
            (head.status, &mut found.status),
            (head.id, &mut found.id),
            (head.retry, &mut found.retry),
            (head.model, &mut found.model),
            (head.client, &mut found.client),
        ];
        for (_, slot) in maybe.into_iter().filter(|(place, _)| *place == Some(index)) {
            *slot = Some(field);
        }
        found.count += 1;
    }
    Ok(found)
}

/// One row, or where it goes wrong and what should stand there.
fn row<'t>(text: &'t str, head: &Head, map: &Map<'_>) -> Result<Row<'t>, Wrong> {
    let found = found(text, head, map)?;
    let count = found.count;
    let missing = || Wrong {
        at: text.len(),
        length: 0,
        expected: Cow::Owned(format!("{} fields, as in the head; here are {count}", head.count)),
    };
    let fields = map.fields;
    let at = moment(found.due.ok_or_else(missing)?, fields.unit)?;
    let outcome = match found.status {
        None => Outcome::Answered,
        Some(field) => {
            Outcome::of(&field.plain()).ok_or_else(|| field.wrong(Cow::Borrowed(A_STATUS)))?
        }
    };
    let lengths = |field: Option<Field<'t>>, column: &str| {
        let field = field.ok_or_else(missing)?;
        // What failed says nothing of its lengths where it says none.
        let untold = outcome != Outcome::Answered && matches!(field.plain().as_ref(), "" | "0");
        if untold { Ok(None) } else { tokens(field, column).map(Some) }
    };
    let prompt = lengths(found.prompt, &fields.prompt)?;
    let answer = lengths(found.answer, &fields.answer)?;
    if count < head.count {
        return Err(missing());
    }
    let retry = found.retry.filter(|field| !field.plain().is_empty());
    let retry = retry.map(|field| {
        let expected = "a whole number of retries";
        number::tokens(&field.plain()).ok_or_else(|| field.wrong(Cow::Borrowed(expected)))
    });
    let said = |field: Option<Field<'t>>| field.map(Field::plain).filter(|text| !text.is_empty());
    let marks = Marks {
        id: said(found.id).map(|id| digest(&[&id])),
        retry: retry.transpose()?,
        client: said(found.client).map(|client| digest(&[&client])),
        model: said(found.model),
    };
    Ok(Row { at, ended: None, prompt, answer, outcome, marks })
}

fn moment(field: Field<'_>, unit: Unit) -> Result<i128, Wrong> {
    unit.nanoseconds(&field.plain()).ok_or_else(|| field.wrong(Cow::Borrowed(unit.expected())))
}

fn tokens(field: Field<'_>, column: &str) -> Result<u32, Wrong> {
    let expected = || Cow::Owned(format!("a whole number of tokens in `{column}`"));
    number::tokens(&field.plain()).ok_or_else(|| field.wrong(expected()))
}

/// Whether a row goes on beyond a line, because a field in quotes is still open. It is fed line
/// after line, so that a long row is looked through once.
pub(super) struct Quotes {
    delimiter: u8,
    state: State,
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum State {
    /// A field begins here.
    Begins,
    /// Within a field without quotes.
    Plain,
    /// Within quotes.
    Quoted,
    /// After a quote within quotes: the end of the field, or half of a quote that is meant.
    Closing,
}

impl Quotes {
    /// Delimiters are ASCII, as the language of scenarios makes sure of.
    pub(super) fn new(delimiter: char) -> Quotes {
        Quotes { delimiter: u8::try_from(delimiter).unwrap_or(b','), state: State::Begins }
    }

    pub(super) fn closed_after(&mut self, line: &[u8]) -> bool {
        for byte in line {
            self.feed(*byte);
        }
        self.state != State::Quoted
    }

    /// Whether this byte ends a field.
    fn feed(&mut self, byte: u8) -> bool {
        let ends = byte == self.delimiter && self.state != State::Quoted;
        self.state = match (self.state, byte) {
            _ if ends => State::Begins,
            (State::Quoted, b'"') => State::Closing,
            (State::Begins | State::Closing, b'"') | (State::Quoted, _) => State::Quoted,
            (State::Begins | State::Plain | State::Closing, _) => State::Plain,
        };
        ends
    }
}

/// One field of a row.
#[derive(Copy, Clone)]
pub(super) struct Field<'t> {
    pub(super) at: usize,
    pub(super) text: &'t str,
}

impl<'t> Field<'t> {
    /// What it says, without quotes and blanks around it.
    pub(super) fn plain(self) -> Cow<'t, str> {
        let text = self.text.trim();
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match quoted {
            Some(text) if text.contains('"') => Cow::Owned(text.replace("\"\"", "\"")),
            Some(text) => Cow::Borrowed(text),
            None => Cow::Borrowed(text),
        }
    }

    pub(super) fn wrong(self, expected: Cow<'static, str>) -> Wrong {
        Wrong { at: self.at, length: self.text.len(), expected }
    }
}

/// The fields of a row.
pub(super) struct Split<'t> {
    text: &'t str,
    delimiter: char,
    /// Where the next field begins; nothing after the last.
    at: Option<usize>,
}

impl<'t> Split<'t> {
    pub(super) const fn new(text: &'t str, delimiter: char) -> Split<'t> {
        Split { text, delimiter, at: Some(0) }
    }
}

impl<'t> Iterator for Split<'t> {
    type Item = Field<'t>;

    fn next(&mut self) -> Option<Field<'t>> {
        let at = self.at?;
        let rest = self.text.get(at..)?;
        let mut quotes = Quotes::new(self.delimiter);
        let length = rest.bytes().position(|byte| quotes.feed(byte));
        self.at = length.map(|length| at + length + 1);
        Some(Field { at, text: rest.get(..length.unwrap_or(rest.len()))? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(text: &str) -> Vec<String> {
        Split::new(text, ',').map(|field| field.plain().into_owned()).collect()
    }

    #[test]
    fn quotes_hold_delimiters_line_ends_and_quotes() {
        assert_eq!(
            fields("a,\"b,c\nd\",\"say \"\"yes\"\"\",5\" disk,"),
            ["a", "b,c\nd", "say \"yes\"", "5\" disk", ""]
        );
    }

    proptest! {
        /// Whatever stands in the fields: written in quotes they are read back, and the row is
        /// whole exactly at its last line end.
        #[test]
        fn what_is_quoted_is_read_back(texts in prop::collection::vec("[a,\"\n é]{0,6}", 1..6)) {
            let quoted = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
            let row = texts.iter().map(quoted).collect::<Vec<_>>().join(",");
            prop_assert_eq!(fields(&row), texts);
            let mut quotes = Quotes::new(',');
            let lines: Vec<&str> = row.split_inclusive('\n').collect();
            for (index, line) in lines.iter().enumerate() {
                prop_assert_eq!(quotes.closed_after(line.as_bytes()), index + 1 == lines.len());
            }
        }
    }
}
