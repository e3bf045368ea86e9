//! A history of answers as it is typed: `429 retry-after=2, 503 x3, timeout`.

use rulebook::reading::{known, nearest};
use strategies::Heard;
use wire::{Hint, Reply, Status, Usage, Words, text};

/// One answer, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Without how often it comes.
    pub(crate) written: String,
    /// What the client hears.
    pub(crate) heard: Heard,
}

/// The answers of this history in turn; or all its faults, a line each.
pub(crate) fn read(history: &str) -> Result<Vec<Answer>, String> {
    let mut answers = Vec::new();
    let mut faults = Vec::new();
    for (number, written) in (1..).zip(outside_quotes(history, |c| c == ',')) {
        match one(written.trim()) {
            Ok((answer, times)) => answers.extend(vec![answer; times]),
            Err(says) => {
                faults.push(format!("--history, answer {number}, `{}`: {says}", written.trim()));
            }
        }
    }
    if faults.is_empty() { Ok(answers) } else { Err(faults.join("\nerror: ")) }
}

/// The same history, written with how often each answer comes in a row.
pub(crate) fn written(answers: &[Answer]) -> String {
    let runs = answers.chunk_by(|a, b| a == b).filter_map(|run| {
        let first = run.first()?;
        Some(match run.len() {
            1 => first.written.clone(),
            times => format!("{} x{times}", first.written),
        })
    });
    runs.collect::<Vec<_>>().join(", ")
}

/// Answers that are no status.
const WORDS: [&str; 3] = ["timeout", "cut", "no-connection"];

/// Headers that tell a client when to come back; the service's own reset goes by its plain name.
const HEADERS: Words<'static> = Words {
    limit: "",
    remaining: "",
    reset: "reset",
    hint: "retry-after",
    hint_millis: "retry-after-ms",
    limited: "",
    limit_tokens: "",
    remaining_tokens: "",
    limit_dynamic: "",
    remaining_dynamic: "",
};

/// How often one answer may come in a row.
const MOST_TIMES: usize = 1_000;

fn one(answer: &str) -> Result<(Answer, usize), String> {
    let mut words = outside_quotes(answer, char::is_whitespace).into_iter();
    let Some(first) = words.by_ref().find(|word| !word.is_empty()) else {
        return Err("an answer is missing: write a status such as 429, or timeout".to_owned());
    };
    let mut headers: Vec<(&str, &str)> = Vec::new();
    let mut times = 1;
    for word in words.filter(|word| !word.is_empty()) {
        if let Some((name, value)) = word.split_once('=') {
            let name = header(name)?;
            if headers.iter().any(|(there, _)| *there == name) {
                return Err(format!("`{name}` stands there twice"));
            }
            headers.push((name, value));
        } else {
            times = count(word)?;
        }
    }
    let heard = heard(first, &headers)?;
    let mut written = vec![meant(first)];
    written.extend(headers.iter().map(|(name, value)| format!("{name}={value}")));
    Ok((Answer { written: written.join(" "), heard }, times))
}

fn heard(word: &str, headers: &[(&str, &str)]) -> Result<Heard, String> {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        let status = word.parse().ok().filter(|code| (200..1000).contains(code)).map(Status);
        let status = status.ok_or("a status is a number from 200 to 999, such as 429")?;
        return Ok(Heard::Reply(reply(status, headers)?));
    }
    let heard = match meant(word).as_str() {
        "timeout" | "time-out" | "timed-out" => Heard::TimedOut,
        "cut" => Heard::Cut,
        "no-connection" => Heard::NoConnection,
        _ => {
            let list = known(word, &WORDS);
            return Err(format!("no such answer: {list}, and statuses such as 429"));
        }
    };
    if headers.is_empty() {
        Ok(heard)
    } else {
        Err("where nothing is answered there are no headers: write them after a status".to_owned())
    }
}

fn reply(status: Status, headers: &[(&str, &str)]) -> Result<Reply, String> {
    let quoted = |value: &str| value.starts_with('"');
    let value = |name: &str| headers.iter().find(|(there, _)| *there == name).map(|it| it.1);
    let shows = text::read(&HEADERS, |name| Some(value(name)?.trim_matches('"')));
    // What stands in quotes is sent as it is, whatever clients make of it.
    let slip = headers.iter().find(|(name, value)| {
        let unread = match *name {
            "reset" => shows.reset.is_none(),
            _ => shows.hint == Hint::Unreadable,
        };
        unread && !quoted(value)
    });
    if let Some((name, value)) = slip {
        return Err(format!(
            "`{name}` has no number: {name}=2, or {name}=\"{value}\" to send just that"
        ));
    }
    Ok(Reply { status, shows, error: None, usage: Usage::default() })
}

/// The header that is meant.
fn header(name: &str) -> Result<&'static str, String> {
    let names = [HEADERS.hint, HEADERS.hint_millis, HEADERS.reset];
    let said = meant(name);
    let exact = names.into_iter().find(|known| *known == said);
    exact.ok_or_else(|| match nearest(&said, &names) {
        Some(near) => format!("no such header, `{name}`: did you mean `{near}`?"),
        None => format!("no such header, `{name}`: known here: {}", names.join(", ")),
    })
}

/// How often an answer comes: `x3`.
fn count(word: &str) -> Result<usize, String> {
    let times = word.strip_prefix('x').and_then(|times| times.parse().ok());
    times.filter(|times| (1..=MOST_TIMES).contains(times)).ok_or_else(|| {
        format!(
            "what is `{word}`? after an answer stand headers, such as retry-after=2, or x3 for \
             three times; and a comma before the next"
        )
    })
}

/// A word as it is meant: small, its parts joined by a dash.
fn meant(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

/// The parts of a text between such letters, but for those within quotes.
fn outside_quotes(text: &str, splits: impl Fn(char) -> bool) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        !quoted && splits(c)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(written: &str) -> Hint {
        let Heard::Reply(reply) = read(written).unwrap()[0].heard else { panic!("{written}") };
        reply.shows.hint
    }

    #[test]
    fn a_history_is_read_as_people_write_it_and_written_as_it_is_read() {
        let answers = read(" 429 Retry_After=2 , 503 x3,timeout,CUT, no_connection, 200 ").unwrap();
        assert_eq!(answers.len(), 8);
        let again = written(&answers);
        assert_eq!(again, "429 retry-after=2, 503 x3, timeout, cut, no-connection, 200");
        assert_eq!(read(&again).unwrap(), answers);
    }

    #[test]
    fn a_hint_has_every_form_that_a_server_may_write() {
        assert_eq!(hint("429"), Hint::Absent);
        assert_eq!(hint("429 retry-after=0"), Hint::Seconds(0));
        assert_eq!(hint("429 retry-after=1.5"), Hint::Fraction(1_500));
        assert_eq!(hint("429 retry-after-ms=500"), Hint::Millis(500));
        assert_eq!(hint("429 retry-after=\"Thu, 01 Jan 1970 00:00:09 GMT\""), Hint::Date(9));
        assert_eq!(hint("429 reset=4"), Hint::Absent);
        assert_eq!(hint("429 retry-after=\"soon, perhaps\""), Hint::Unreadable);
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_place_and_its_remedy() {
        let faults =
            read("42, timeot, 429 retry-aftr=1, 429 503, , cut retry-after=1, 429 retry-after=2s");
        insta::assert_snapshot!(faults.unwrap_err());
    }
}
