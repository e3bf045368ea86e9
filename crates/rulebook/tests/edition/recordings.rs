//! The edition against real responses, where the recordings are at hand.
//!
//! Each recorded limit is put into the edition as a tier's; what its policy and wording then say
//! bounds every response recorded under it. The recordings are not part of the house: without
//! them the test says so and counts nothing.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use limits::{Cost, Instant, Limiter, Requests, Tokens};
use rulebook::Edition;
use wire::{Hint, Shows};

use crate::{LLAMA, edited};

const FILE: &str = "recordings/together-2025-03-to-08.csv";

/// The folder of data: `TIERLAB_DATA`, else beside the workspace.
fn data() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    std::env::var_os("TIERLAB_DATA").map_or_else(beside, PathBuf::from)
}

/// Past the runner, which keeps what a passing test prints to itself.
fn say_skipped() {
    let mut out = std::io::stdout();
    writeln!(out, "skipped 1 test: {FILE} is not at hand").unwrap();
}

/// One recorded response with rate-limit headers.
struct Recorded {
    limit: String,
    shows: Shows,
}

/// All rows, and those that carry headers.
fn read(text: &str, edition: &Edition) -> (usize, Vec<Recorded>) {
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let headers = edition.words();
    let column_of = [
        (&headers.limit, "limit"),
        (&headers.remaining, "remaining"),
        (&headers.reset, "reset"),
        (&headers.hint, "retry_after"),
        (&headers.limited, "limited"),
        (&headers.limit_tokens, "limit_tokens"),
        (&headers.remaining_tokens, "remaining_tokens"),
    ];
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let recorded = rows.iter().filter_map(|row| {
        let field = |column: &str| {
            let index = columns.iter().position(|known| *known == column)?;
            row.get(index).copied().filter(|text| !text.is_empty())
        };
        let of_header = |name: &str| {
            let (_, column) = column_of.iter().find(|(header, _)| *header == name)?;
            field(column)
        };
        let limit = field("limit")?.to_owned();
        Some(Recorded { limit, shows: wire::text::read(&headers.as_words(), of_header) })
    });
    (rows.len(), recorded.collect())
}

/// The first response of an idle service with this limit: the most it ever shows.
fn first_response(limit: &str) -> Shows {
    let edition = edited("[tiers.limited]", "requests", "60/min", &format!("{limit}/s"));
    let (tier, model) = (edition.tier("limited").unwrap(), edition.model(LLAMA));
    let given = edition.assumptions();
    let wording = edition.wording(&tier, &model, &given).unwrap();
    let mut limiter = Limiter::new(edition.policy(&tier, &model, &given).unwrap());
    let now = Instant::START;
    let _ = limiter.admit(now, Cost::new(Requests(1), Tokens(0)));
    wording.shows(now, &limiter.standing(now), None)
}

#[test]
fn recorded_responses_stay_within_what_the_edition_says() {
    let path = data().join(FILE);
    let Ok(text) = std::fs::read_to_string(&path) else {
        say_skipped();
        return;
    };
    let (rows, recorded) = read(&text, &crate::edition());
    let mut firsts: BTreeMap<&str, Shows> = BTreeMap::new();
    for Recorded { limit, .. } in &recorded {
        firsts.entry(limit).or_insert_with(|| first_response(limit));
    }
    let mut tally = Tally::default();
    for Recorded { limit, shows } in &recorded {
        let first = firsts[limit.as_str()];
        assert_eq!(shows.limit, first.limit, "{limit} reads as it is written");
        assert!(shows.reset <= first.reset, "{limit}: {shows:?}");
        assert!(shows.remaining <= first.remaining, "{limit}: {shows:?}");
        assert_eq!(shows.hint, Hint::Seconds(shows.reset.unwrap()), "{limit}");
        assert!(shows.limited != Some(true) || shows.remaining == Some(0), "{limit}: {shows:?}");
        tally.whole_window += usize::from(shows.reset == first.reset);
        tally.first_in_window += usize::from(shows.remaining == first.remaining);
        tally.first_of_all += usize::from(*shows == first);
        tally.limited += usize::from(shows.limited == Some(true));
        tally.reset_zero += usize::from(shows.reset == Some(0));
    }
    insta::assert_debug_snapshot!((rows, recorded.len(), tally), @r"
    (
        623,
        572,
        Tally {
            whole_window: 517,
            first_in_window: 376,
            first_of_all: 300,
            limited: 6,
            reset_zero: 9,
        },
    )
    ");
}

/// How many recorded responses show what the first of a window would: what a guess without any
/// counting explains.
#[derive(Debug, Default)]
struct Tally {
    whole_window: usize,
    first_in_window: usize,
    first_of_all: usize,
    limited: usize,
    reset_zero: usize,
}
