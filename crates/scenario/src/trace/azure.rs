//! Azure LLM inference traces of 2023, as they are published.

use std::borrow::Cow;
use std::io::BufRead;

use super::clock;
use super::fault::TraceFault;
use super::lines::{Lines, Wrong};
use super::row::{Row, Sink};

const HEAD: &str = "TIMESTAMP,ContextTokens,GeneratedTokens";

/// No line of such a file is near as long; one that is longer is not such a file.
const LONGEST_LINE: usize = 4_096;

const A_COUNT: &str = "a whole number of tokens";

/// Rows stand in the order of time in the published files, so one that goes back is a fault:
/// sorting it away would hide a file that was joined wrongly.
pub(super) fn read(
    name: &str,
    input: impl BufRead,
    sink: &mut impl Sink,
) -> Result<(), TraceFault> {
    let mut lines = Lines::new(name, input, LONGEST_LINE);
    let headed = lines.next_line()?.map(|head| (head == HEAD, first_field(head)));
    if !headed.is_some_and(|(is_head, _)| is_head) {
        let length = headed.map_or(0, |(_, first)| first);
        let expected = Cow::Borrowed("the head `TIMESTAMP,ContextTokens,GeneratedTokens`");
        return Err(lines.fault(&Wrong { at: 0, length, expected }));
    }
    let mut latest = None;
    while let Some(text) = lines.next_line()? {
        let back = Wrong {
            at: 0,
            length: first_field(text),
            expected: Cow::Borrowed("a moment not before the row above"),
        };
        let row = row(text).map_err(|wrong| lines.fault(&wrong))?;
        if latest.is_some_and(|latest| row.at < latest) {
            return Err(lines.fault(&back));
        }
        latest = Some(row.at);
        sink.row(row).map_err(|no_room| no_room.fault(name, &lines))?;
    }
    if latest.is_none() {
        return Err(lines.fault_of_row("at least one row"));
    }
    Ok(())
}

/// One row, or where it goes wrong and what should stand there.
fn row(text: &str) -> Result<Row<'static>, Wrong> {
    let mut at = 0;
    let mut fields = text.split(',').map(|field| {
        let start = at;
        at += field.len() + 1;
        (start, field)
    });
    let mut next = || fields.next().unwrap_or((text.len(), ""));
    let wrong = |at: usize, field: &str, expected: &'static str| Wrong {
        at,
        length: field.len(),
        expected: Cow::Borrowed(expected),
    };
    let (start, moment) = next();
    let at = clock::nanoseconds(moment)
        .ok_or_else(|| wrong(start, moment, "a moment such as `2023-11-16 18:15:46.6805900`"))?;
    let (start, field) = next();
    let prompt = field.parse().map_err(|_| wrong(start, field, A_COUNT))?;
    let (start, field) = next();
    let answer = field.parse().map_err(|_| wrong(start, field, A_COUNT))?;
    match fields.next() {
        None => Ok(Row::plain(at, prompt, answer)),
        Some((start, field)) => Err(wrong(start, field, "the end of the row after three fields")),
    }
}

fn first_field(text: &str) -> usize {
    text.find(',').unwrap_or(text.len())
}
