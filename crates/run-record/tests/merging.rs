//! Shards join to the bytes of the whole, or not at all.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set has failed")]

mod scene;

use limits::Span;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use run_record::{Cell, CellKey, Header, MergeFault, Misfit, RunRecord};
use scene::{JOB, Job, expect};

const REPLICATIONS: u32 = 4;

fn header() -> Header {
    let mut header = scene::header(&["chat", "batch"], &["a", "b"], REPLICATIONS);
    header.expectations = vec![expect("wait_p50", "<=", 500), expect("answered", ">=", 500)];
    header
}

fn keys() -> [CellKey; 4] {
    let plain = |strategy| CellKey::new(Some("build-2"), strategy);
    [plain("a"), plain("b"), plain("a").assuming("token_gate", "none"), plain("a").without_limit()]
}

/// One replication; what happens in it follows from the cell and its number.
fn jobs(cell: usize, replication: u32) -> impl Iterator<Item = Job> {
    let seed = cell as u64 * 31 + u64::from(replication) * 7;
    (0..30u64).map(move |n| {
        let draw = (seed + n) * 2_654_435_761 % 1_000;
        Job {
            group: u32::from(n % 3 == 0),
            client: u32::from(n % 2 == 0),
            due: n * 3_000 + draw,
            refused: u32::from(draw < 300),
            wait: (draw < 900).then_some(draw),
            takes: 1_000 + draw,
        }
    })
}

/// The piece of a cell that holds these replications.
fn piece(header: &Header, cell: usize, first: u32, end: u32) -> Cell {
    let runs = (first..end).map(|n| scene::run(header, jobs(cell, n))).collect();
    Cell::new(keys()[cell].clone(), first, runs).unwrap()
}

fn whole() -> RunRecord {
    let header = header();
    let cells = (0..4).map(|cell| piece(&header, cell, 0, REPLICATIONS)).collect();
    RunRecord::new(header, cells).unwrap()
}

fn shard(pieces: &[(usize, u32, u32)]) -> RunRecord {
    let header = header();
    let cells =
        pieces.iter().map(|(cell, first, end)| piece(&header, *cell, *first, *end)).collect();
    RunRecord::new(header, cells).unwrap()
}

#[test]
fn replications_of_a_cell_join() {
    let parts = vec![
        shard(&[(0, 2, 4), (1, 0, 4), (2, 0, 1)]),
        shard(&[(0, 0, 2), (2, 2, 4), (3, 0, 4)]),
        shard(&[(2, 1, 2)]),
    ];
    assert_eq!(RunRecord::merge(parts).unwrap().write(), whole().write());
}

#[test]
fn the_same_shard_twice_counts_once() {
    let parts = || vec![shard(&[(0, 0, 2)]), shard(&[(0, 2, 4)]), shard(&[(0, 0, 2)])];
    let merged = RunRecord::merge(parts()).unwrap();
    assert_eq!(merged, shard(&[(0, 0, 4)]));
    assert_eq!(merged.cells()[0].whole().pooled().jobs.offered, 4 * 30);
}

#[test]
fn replications_that_overlap_are_refused() {
    let overlap = RunRecord::merge(vec![shard(&[(0, 0, 3)]), shard(&[(0, 2, 4)])]);
    assert_eq!(overlap, Err(MergeFault::Overlap { key: keys()[0].clone() }));
}

#[test]
fn different_numbers_for_the_same_replications_are_refused() {
    let header = header();
    let runs = vec![scene::run(&header, jobs(1, 9))];
    let other = Cell::new(keys()[0].clone(), 0, runs).unwrap();
    let other = RunRecord::new(header, vec![other]).unwrap();
    let merged = RunRecord::merge(vec![shard(&[(0, 0, 1)]), other]);
    assert_eq!(merged, Err(MergeFault::Contradiction { key: keys()[0].clone() }));
}

#[test]
fn records_of_different_runs_are_refused_with_what_differs() {
    let with = |change: fn(&mut Header)| {
        let mut header = header();
        change(&mut header);
        let other = RunRecord::new(header, Vec::new()).unwrap();
        RunRecord::merge(vec![shard(&[(0, 0, 1)]), other]).unwrap_err().to_string()
    };
    let differ = |what| format!("these are records of different runs: their {what} differ");
    assert_eq!(with(|header| header.recipe.seed = 8), differ("seeds"));
    assert_eq!(with(|header| header.recipe.engine += 1), differ("engines"));
    assert_eq!(with(|header| header.recipe.scenario.text.clear()), differ("scenarios"));
    assert_eq!(with(|header| header.recipe.edition.text.clear()), differ("editions"));
    assert_eq!(with(|header| header.drain = Span::ZERO), differ("lengths"));
    assert_eq!(with(|header| header.replications = 9), differ("numbers of replications"));
    assert_eq!(with(|header| header.cut_short = true), differ("ends"));
    assert_eq!(with(|header| header.command.clear()), differ("commands"));
}

#[test]
fn nothing_joins_to_nothing() {
    assert_eq!(RunRecord::merge(Vec::new()), Err(MergeFault::Nothing));
}

#[test]
fn cells_that_do_not_belong_under_a_header_are_refused() {
    let header = header();
    let one = || piece(&header, 0, 0, 1);
    let key = keys()[0].clone();
    let refused = |header: &Header, cells| RunRecord::new(header.clone(), cells).unwrap_err();
    assert_eq!(refused(&header, vec![one(), one()]), Misfit::Twice { key: key.clone() });

    let mut fewer = header.clone();
    fewer.groups.pop();
    let groups = Misfit::Groups { key: key.clone(), found: 2, expected: 1 };
    assert_eq!(refused(&fewer, vec![one()]), groups);

    let beyond = vec![piece(&header, 0, 4, 5)];
    let replications = Misfit::Replications { key: key.clone(), found: 5, expected: 4 };
    assert_eq!(refused(&header, beyond), replications);

    let mut fewer = header.clone();
    fewer.expectations.remove(0);
    assert_eq!(refused(&fewer, vec![one()]), Misfit::Bounds { key, found: 1, expected: 0 });
}

/// A league of seventy strategies on two tiers, of which build-2 is the account's.
fn league(strategies: std::ops::Range<usize>) -> RunRecord {
    let names: Vec<String> = (0..70).map(|n| format!("s{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let header = scene::header(&["chat"], &names, 1);
    let cells = strategies.flat_map(|n| {
        let cell = |tier| {
            let run = scene::run(&header, [JOB]);
            Cell::new(CellKey::new(Some(tier), names[n]), 0, vec![run]).unwrap()
        };
        [cell("build-3"), cell("build-2")]
    });
    RunRecord::new(header.clone(), cells.collect()).unwrap()
}

#[test]
fn a_league_keeps_the_series_of_sixty_four_cells_of_the_account_first() {
    let record = league(0..70);
    let kept = |cell: &&Cell| cell.groups()[0].series().is_some();
    let kept: Vec<&CellKey> = record.cells().iter().filter(kept).map(Cell::key).collect();
    assert_eq!(kept.len(), 64);
    assert_eq!(kept[0], &CellKey::new(Some("build-2"), "s00"));
    assert_eq!(kept[63], &CellKey::new(Some("build-2"), "s63"));
    // A smaller record keeps more of the other tier, and loses it where the whole does.
    let shards = vec![league(40..70), league(0..40), league(39..41)];
    assert_eq!(RunRecord::merge(shards).unwrap().write(), record.write());
}

/// Each replication of each cell as a record of its own.
fn pieces() -> Vec<RunRecord> {
    let header = header();
    let piece = |cell, n| vec![piece(&header, cell, n, n + 1)];
    let record = |cell, n| RunRecord::new(header.clone(), piece(cell, n)).unwrap();
    (0..4)
        .flat_map(|cell| (0..REPLICATIONS).map(move |n| (cell, n)))
        .map(|(cell, n)| record(cell, n))
        .collect()
}

#[test]
fn any_split_joins_to_the_bytes_of_the_whole() {
    let whole = whole().write();
    let pieces = pieces();
    // Every piece goes to one of three shards.
    let places = proptest::collection::vec(0usize..3, pieces.len());
    let mut runner = TestRunner::new(ProptestConfig::with_cases(48));
    let outcome = runner.run(&(places, 0usize..3), |(places, first)| {
        let mut shards: Vec<RunRecord> = (0..3)
            .map(|shard| {
                let mine = places.iter().zip(&pieces).filter(|(place, _)| **place == shard);
                let empty = RunRecord::new(header(), Vec::new()).unwrap();
                let mine = mine.map(|(_, piece)| piece.clone()).chain([empty]);
                RunRecord::merge(mine.collect()).unwrap()
            })
            .collect();
        shards.rotate_left(first);
        // All at once, and one after the other through files.
        let at_once = RunRecord::merge(shards.clone()).unwrap().write();
        let stepwise = shards.into_iter().reduce(|a, b| {
            let a = RunRecord::read(&a.write()).unwrap();
            RunRecord::merge(vec![b, a]).unwrap()
        });
        prop_assert_eq!(&at_once, &whole);
        prop_assert_eq!(stepwise.unwrap().write(), at_once);
        Ok(())
    });
    outcome.unwrap();
}
