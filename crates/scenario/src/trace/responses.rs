//! Logs of responses with their rate-limit headers: CSV with a head, JSON lines of the same names,
//! and the attempts of our own live runs.
//!
//! They are no traffic: nothing is folded and nothing left out, since what a limiter counted is of
//! interest whatever became of it.

use std::borrow::Cow;
use std::io::BufRead;

use limits::Span;
use rulebook::Work;
use rulebook::reading::quantity;
use wire::{Hint, Shows, Status, Usage, Words, text};

use super::csv::{Field, Quotes, Split};
use super::fault::TraceFault;
use super::jsonl::{Place, pick, spoken};
use super::lines::{LONGEST, Lines, Wrong};
use super::moment::Unit;
use super::number;

/// What a log says of one response.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Which row it is, from one.
    pub number: u64,
    /// The line on which it begins, from one.
    pub line: u64,
    /// When it reached the service, in nanoseconds.
    pub at: u64,
    /// Whether that is since 1970 began; else it is since any moment.
    pub dated: bool,
    /// When its answer ended, likewise.
    pub ended: Option<u64>,
    /// Whose it is.
    pub account: Option<String>,
    /// The tier that it was sent on, as a live run has it.
    pub tier: Option<String>,
    /// The model's id; of a live run's attempt its group.
    pub model: String,
    /// The class of work, by the path it was sent to.
    pub work: Work,
    /// The status; none where no answer came.
    pub status: Option<Status>,
    /// `error.type` of its body.
    pub error_type: Option<String>,
    /// What refused it, as the client of a live run read it: `requests`, `tokens`.
    pub refused_by: Option<String>,
    /// The rate-limit headers.
    pub shows: Shows,
    /// What it used.
    pub usage: Option<Usage>,
    /// From the start of the work to the last byte.
    pub worked: Option<Span>,
    /// From sending to the first byte, of an answer that came in pieces.
    pub first_byte: Option<Span>,
}

/// The names of columns and keys, each at its place.
const NAMES: [&str; 29] = [
    "received",
    "call_start",
    "call_end",
    "client_duration",
    "sent_ns",
    "ended_ns",
    "path",
    "model",
    "account",
    "status",
    "error_type",
    "limit",
    "remaining",
    "reset",
    "retry_after",
    "limited",
    "limit_tokens",
    "remaining_tokens",
    "limit_dynamic",
    "remaining_dynamic",
    "prompt_tokens",
    "completion_tokens",
    "outcome",
    "refused_by",
    "group",
    "tier",
    "strategy",
    "replication",
    "job",
];

/// The names under which the log writes headers.
const WORDS: Words<'static> = Words {
    limit: "limit",
    remaining: "remaining",
    reset: "reset",
    hint: "retry_after",
    hint_millis: "",
    limited: "limited",
    limit_tokens: "limit_tokens",
    remaining_tokens: "remaining_tokens",
    limit_dynamic: "limit_dynamic",
    remaining_dynamic: "remaining_dynamic",
};

/// Headers that are numbers: what stands there and is none is a fault, not a header less.
const NUMBERS: [&str; 7] = [
    "limit",
    "remaining",
    "reset",
    "limit_tokens",
    "remaining_tokens",
    "limit_dynamic",
    "remaining_dynamic",
];

/// Reads a log row by row; what it is, a table or JSON lines, its first character says.
///
/// A row needs a moment, `received` (else `call_start`, or `sent_ns` of a live run's attempt), and
/// a `status`; all other columns of the recordings may be there or not. `name` is what faults call
/// the file.
pub fn read_responses(
    name: &str,
    mut input: impl BufRead,
    mut take: impl FnMut(Response),
) -> Result<(), TraceFault> {
    let unreadable = |error| TraceFault::Unreadable { name: name.to_owned(), error };
    let begins = input.fill_buf().map_err(unreadable)?;
    let first = begins.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
    let mut lines = Lines::new(name, input, LONGEST);
    let read = if first == Some(b'{') {
        read_lines(&mut lines, &mut take)?
    } else {
        read_table(name, &mut lines, &mut take)?
    };
    if read > 0 { Ok(()) } else { Err(lines.fault_of_row("at least one row")) }
}

fn read_lines<R: BufRead>(
    lines: &mut Lines<'_, R>,
    take: &mut impl FnMut(Response),
) -> Result<u64, TraceFault> {
    let mut number = 0;
    loop {
        let Some(text) = lines.next_line()? else { return Ok(number) };
        if text.trim_ascii().is_empty() {
            continue;
        }
        number += 1;
        let read = pick(text, NAMES.map(Some)).and_then(|found| {
            let cells = found.map(|value| {
                value.map(|value| {
                    let Place { at, length } = Place::of(value, text);
                    Cell { at, length, says: spoken(value.get()) }
                })
            });
            Cells { cells, length: text.len() }.response(number)
        });
        let response = read.map_err(|wrong| lines.fault(&wrong))?;
        take(Response { line: lines.line(), ..response });
    }
}

fn read_table<R: BufRead>(
    name: &str,
    lines: &mut Lines<'_, R>,
    take: &mut impl FnMut(Response),
) -> Result<u64, TraceFault> {
    let (places, count) = head(name, lines)?;
    let mut number = 0;
    loop {
        let mut quotes = Quotes::new(',');
        let Some(text) = lines.next_row(|line| quotes.closed_after(line))? else {
            return Ok(number);
        };
        if text.is_empty() {
            continue;
        }
        number += 1;
        let read = cells(text, &places, count).and_then(|cells| cells.response(number));
        let response = read.map_err(|wrong| lines.fault(&wrong))?;
        take(Response { line: lines.line(), ..response });
    }
}

/// Which of the names stands in which column, and how many columns there are.
fn head<R: BufRead>(
    name: &str,
    lines: &mut Lines<'_, R>,
) -> Result<(Vec<Option<usize>>, usize), TraceFault> {
    let mut quotes = Quotes::new(',');
    let Some(text) = lines.next_row(|line| quotes.closed_after(line))? else {
        return Err(lines.fault_of_row("a head with the names of the columns, or lines of JSON"));
    };
    // Spreadsheets begin a file with a mark of its encoding.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let columns: Vec<String> =
        Split::new(text, ',').map(|field| field.plain().into_owned()).collect();
    let place = |column: &str| NAMES.iter().position(|name| *name == column);
    let places: Vec<Option<usize>> = columns.iter().map(|column| place(column)).collect();
    let has = |name| columns.iter().any(|column| column == name);
    let moment = if has("call_start") || has("sent_ns") { None } else { Some("received") };
    for needed in moment.into_iter().chain(["status"]) {
        if !has(needed) {
            let (name, column) = (name.to_owned(), needed.to_owned());
            return Err(TraceFault::NoColumn { name, column, columns });
        }
    }
    Ok((places, columns.len()))
}

fn cells<'t>(text: &'t str, places: &[Option<usize>], count: usize) -> Result<Cells<'t>, Wrong> {
    let mut cells: [Option<Cell<'t>>; NAMES.len()] = Default::default();
    let mut found = 0;
    for (index, field) in Split::new(text, ',').enumerate() {
        let Some(place) = places.get(index) else {
            let expected = format!("the end of the row after {count} fields");
            return Err(field.wrong(Cow::Owned(expected)));
        };
        found += 1;
        if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
            *cell = Some(Cell::of(field));
        }
    }
    if found < count {
        let expected = format!("{count} fields, as in the head; here are {found}");
        return Err(Wrong { at: text.len(), length: 0, expected: Cow::Owned(expected) });
    }
    Ok(Cells { cells, length: text.len() })
}

/// What stands under one name.
struct Cell<'t> {
    at: usize,
    length: usize,
    says: Cow<'t, str>,
}

impl<'t> Cell<'t> {
    fn of(field: Field<'t>) -> Cell<'t> {
        Cell { at: field.at, length: field.text.len(), says: field.plain() }
    }

    fn wrong(&self, expected: impl Into<Cow<'static, str>>) -> Wrong {
        Wrong { at: self.at, length: self.length, expected: expected.into() }
    }
}

/// A row, by [`NAMES`].
struct Cells<'t> {
    cells: [Option<Cell<'t>>; NAMES.len()],
    length: usize,
}

impl Cells<'_> {
    /// What stands under a name; what is empty is not there.
    fn cell(&self, name: &str) -> Option<&Cell<'_>> {
        let place = NAMES.iter().position(|known| *known == name)?;
        self.cells.get(place)?.as_ref().filter(|cell| !cell.says.is_empty() && cell.says != "null")
    }

    fn said(&self, name: &str) -> Option<&str> {
        self.cell(name).map(|cell| cell.says.as_ref())
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.said(name).map(str::to_owned)
    }

    /// What stands under a name, understood.
    fn read<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Wrong> {
        let Some(cell) = self.cell(name) else { return Ok(None) };
        read(&cell.says).map(Some).ok_or_else(|| cell.wrong(expected))
    }

    /// Line and row are the caller's to know.
    fn response(&self, number: u64) -> Result<Response, Wrong> {
        let moment = |name| self.read(name, A_MOMENT, moment);
        let nanos = |name| self.read(name, "nanoseconds since the run began", nanoseconds);
        let received = moment("received")?;
        let (start, end) = (moment("call_start")?, moment("call_end")?);
        let sent = nanos("sent_ns")?.map(|at| (at, false));
        let missing = || Wrong { at: 0, length: self.length, expected: A_ROW.into() };
        let (at, dated) = received.or(start).or(sent).ok_or_else(missing)?;
        let lasted = self.read("client_duration", A_DURATION, duration)?;
        let after = |span: Span| at.saturating_add(span.nanos());
        let ended = end.map(|(at, _)| at).or(nanos("ended_ns")?).or(lasted.map(after));
        let began = start.or(sent).map(|(at, _)| at);
        let end = end.map(|(at, _)| at).or(sent.and(ended));
        let worked = end.zip(began).map(|(end, began)| Span::from_nanos(end.saturating_sub(began)));
        let tokens = |name| self.read(name, "a whole number of tokens", number::tokens);
        let prompt = tokens("prompt_tokens")?;
        let completion = tokens("completion_tokens")?;
        let uses = prompt.is_some() || completion.is_some();
        Ok(Response {
            number,
            line: 0,
            at,
            dated,
            ended,
            account: self.owned("account").or_else(|| self.run()),
            tier: self.owned("tier"),
            model: self.model(),
            work: self.said("path").map_or(Work::Chat, work),
            status: self.status()?,
            error_type: self.owned("error_type"),
            refused_by: self.owned("refused_by"),
            shows: self.shows()?,
            usage: uses.then(|| Usage {
                prompt: prompt.unwrap_or(0),
                completion: completion.unwrap_or(0),
            }),
            worked,
            first_byte: if worked.is_none() { lasted } else { None },
        })
    }

    fn status(&self) -> Result<Option<Status>, Wrong> {
        let http = |text: &str| text.parse().ok().filter(|code| (100..1_000).contains(code));
        self.read("status", "a status of HTTP, as 200", |text| http(text).map(Status))
    }

    fn shows(&self) -> Result<Shows, Wrong> {
        for name in NUMBERS {
            self.read(name, "a number, as the header has it", |text| number::scaled(text, 1))?;
        }
        let shows = text::read(&WORDS, |name| self.said(name));
        let said = self.said("retry_after").is_some();
        Ok(Shows { hint: if said { shows.hint } else { Hint::Absent }, ..shows })
    }

    fn model(&self) -> String {
        let group = || self.said("group").map(|group| format!("group {group}"));
        self.owned("model").or_else(group).unwrap_or_default()
    }

    /// Attempts of several runs may stand in one file, and each began at its own zero.
    fn run(&self) -> Option<String> {
        let (strategy, replication) = (self.said("strategy")?, self.said("replication")?);
        let tier = self.said("tier").unwrap_or("no tier");
        Some(format!("{tier}, {strategy}, run {replication}"))
    }
}

const A_ROW: &str = "a row with a moment in `received`, `call_start` or `sent_ns`";
const A_MOMENT: &str = "a moment after 1970, as `2025-11-03T09:00:00.250Z`, or seconds";
const A_DURATION: &str = "a duration, as `250ms`, or seconds";

/// Nanoseconds, and whether they are since 1970.
fn moment(text: &str) -> Option<(u64, bool)> {
    let date = Unit::Rfc3339.nanoseconds(text).map(|at| (at, true));
    let (at, dated) = date.or_else(|| Some((Unit::Seconds.nanoseconds(text)?, false)))?;
    Some((u64::try_from(at).ok()?, dated))
}

fn nanoseconds(text: &str) -> Option<u64> {
    u64::try_from(Unit::Nanos.nanoseconds(text)?).ok()
}

fn duration(text: &str) -> Option<Span> {
    if let Some(nanos) = Unit::Seconds.nanoseconds(text) {
        return u64::try_from(nanos).ok().map(Span::from_nanos);
    }
    // Go writes microseconds with a Greek letter, of which there are two.
    quantity::duration(&text.replace(['µ', 'μ'], "u")).ok()
}

/// The class of work that a path serves.
fn work(path: &str) -> Work {
    const SERVES: [(&str, Work); 5] = [
        ("images", Work::Image),
        ("embeddings", Work::Embedding),
        ("rerank", Work::Rerank),
        ("audio", Work::Audio),
        ("videos", Work::Video),
    ];
    let serves = |(word, _): &&(&str, Work)| path.split('/').any(|part| part == *word);
    SERVES.iter().find(serves).map_or(Work::Chat, |(_, work)| *work)
}

#[cfg(test)]
mod tests {
    use wire::Rate10;

    use super::*;

    fn read(text: &str) -> Result<Vec<Response>, String> {
        let mut rows = Vec::new();
        read_responses("log", text.as_bytes(), |row| rows.push(row))
            .map_err(|fault| fault.to_string())?;
        Ok(rows)
    }

    #[test]
    fn a_table_and_json_lines_of_the_same_names_say_the_same() {
        let table = "received,call_start,call_end,path,model,status,limit,remaining,reset,limit_tokens,\
                     prompt_tokens,completion_tokens,client_duration\n\
                     2025-03-23T22:35:02.000Z,2025-03-23T22:35:02.036Z,2025-03-23T22:35:02.321Z,\
                     v1/chat/completions,a/model,200,0.1666666667,0,6,1000,38,6,876ms\n";
        let lines = r#"{"received":"2025-03-23T22:35:02.000Z","call_start":"2025-03-23T22:35:02.036Z","call_end":"2025-03-23T22:35:02.321Z","path":"v1/chat/completions","model":"a/model","status":200,"limit":"0.1666666667","remaining":0,"reset":6,"limit_tokens":1000,"prompt_tokens":38,"completion_tokens":6,"client_duration":0.876}"#;
        let (table, lines) = (read(table).unwrap(), read(lines).unwrap());
        let mut first = table.first().cloned().unwrap();
        assert_eq!((first.line, first.at), (2, 1_742_769_302_000_000_000));
        assert_eq!(first.worked, Some(Span::from_millis(285)));
        assert_eq!(first.shows.limit, Some(Rate10(1_666_666_667)));
        first.line = 1;
        assert_eq!(Some(&first), lines.first());
    }

    #[test]
    fn attempts_of_a_live_run_are_told_by_run_and_group() {
        let line = r#"{"tier":"build-2","strategy":"x","replication":0,"group":1,"job":7,"attempt":1,"sent_ns":"5","ended_ns":"100000005","outcome":"refused","status":429,"refused_by":"tokens","truly":"tokens","prompt_tokens":null,"completion_tokens":null}"#;
        let row = read(line).unwrap().remove(0);
        assert_eq!((row.at, row.ended, row.dated), (5, Some(100_000_005), false));
        assert_eq!(row.account.as_deref(), Some("build-2, x, run 0"));
        assert_eq!((row.tier.as_deref(), row.model.as_str()), (Some("build-2"), "group 1"));
        assert_eq!((row.refused_by.as_deref(), row.usage), (Some("tokens"), None));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place_and_what_should_stand_there() {
        let head = "received,status,limit,client_duration\n";
        let faults = [
            "received,limit\n",
            "status\n200\n",
            &format!("{head}yesterday,200,1,1s\n"),
            &format!("{head}2025-03-23T22:35:02Z,okay,1,1s\n"),
            &format!("{head}2025-03-23T22:35:02Z,200,ten,1s\n"),
            &format!("{head}2025-03-23T22:35:02Z,200,1,a while\n"),
            &format!("{head}2025-03-23T22:35:02Z,200\n"),
            &format!("{head}2025-03-23T22:35:02Z,200,1,1s,5\n"),
            head,
            "",
            r#"{"status":200}"#,
            r#"{"received":"2025-03-23T22:35:02Z","status":"#,
            r#"{"received":-5,"status":200}"#,
        ]
        .map(|text| read(text).unwrap_err());
        insta::assert_snapshot!(faults.join("\n"));
    }

    #[test]
    fn durations_are_read_as_go_and_python_write_them() {
        let spans =
            ["876ms", "1.333s", "1m2.5s", "250µs", "0.25"].map(|text| duration(text).unwrap());
        let micros = spans.map(|span| span.nanos() / 1_000);
        assert_eq!(micros, [876_000, 1_333_000, 62_500_000, 250, 250_000]);
    }
}
