//! The recordings of the real service. They are not part of this repository.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use calibration::{Calibration, Calibrator, Question, Row};
use chance::Seed;
use limits::Instant;
use scenario::read_responses;

use crate::known::edition;

const FILE: &str = "recordings/together-2025-03-to-08.csv";

/// `TIERLAB_DATA` names the folder, else it lies beside the workspace.
pub(crate) fn file() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("TIERLAB_DATA").map_or_else(beside, PathBuf::from);
    let path = Some(folder.join(FILE)).filter(|path| path.is_file());
    if path.is_none() {
        // Past the runner, which keeps what a passing test prints to itself.
        let mut out = std::io::stdout();
        writeln!(out, "skipped 1 test: {FILE} is not at hand").unwrap();
    }
    path
}

fn rows(path: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    let text = std::fs::read(path).unwrap();
    read_responses(FILE, text.as_slice(), |response| {
        rows.push(Row {
            number: response.number,
            line: response.line,
            at: Instant::from_nanos(response.at),
            ended: response.ended.map(Instant::from_nanos),
            account: None,
            tier: None,
            model: response.model,
            work: response.work,
            status: response.status,
            kind: None,
            shows: response.shows,
            usage: response.usage,
            worked: response.worked,
            first_byte: response.first_byte,
        });
    })
    .unwrap();
    rows
}

fn calibrated(rows: impl IntoIterator<Item = Row>) -> Calibration {
    let edition = edition();
    let given = edition.assumptions();
    let mut calibrator =
        Calibrator::new(Question { edition, given, tier: None, replicas: 2, seed: Seed(1) });
    for row in rows {
        calibrator.row(row);
    }
    calibrator.finish()
}

/// Explained, chance and baseline of what remains, of resets and of decisions, with one replica
/// and with two, and how many rows they are of.
fn told(calibration: &Calibration) -> String {
    let mut text = format!("{} rows", calibration.rows_in_open_window);
    for figures in &calibration.figures {
        let of = |tally: calibration::Tally| tally.share().map_or(-1.0, |share| share * 100.0);
        let (explained, chance, baseline) =
            (figures.explained, figures.chance, calibration.baseline);
        for (name, explained, chance, baseline) in [
            ("remaining", explained.remaining, chance.remaining, baseline.remaining),
            ("reset", explained.reset, chance.reset, baseline.reset),
            ("decision", explained.decision, chance.decision, baseline.decision),
        ] {
            let (of, by, base) = (of(explained), of(chance), of(baseline));
            let line = format!("\n{} {name}: {of:.1} ({by:.1}, {base:.1})", figures.replicas);
            text.push_str(&line);
        }
    }
    text
}

#[test]
fn two_replicas_explain_the_recordings_well_above_chance() {
    let Some(path) = file() else { return };
    let calibration = calibrated(rows(&path));
    let [one, two] = calibration.figures.as_slice() else { panic!("one and two") };
    let share = |tally: calibration::Tally| tally.share().unwrap();
    let remaining = share(two.explained.remaining);
    assert!(remaining >= 0.85, "{remaining}");
    assert!(remaining - share(two.chance.remaining) >= 0.25, "{remaining}");
    assert!(share(two.explained.reset) > share(calibration.baseline.reset));
    let decision = share(two.explained.decision);
    assert!(decision >= 0.95 && decision > share(one.explained.decision), "{decision}");
    assert_eq!(calibration.replicas, 2);
    // Every row that was not answered is listed, with what explains it.
    let refused = rows(&path).iter().filter(|row| row.status.unwrap().0 >= 400).count();
    assert_eq!(calibration.refusals.len(), refused);
}

#[test]
fn no_part_of_the_recordings_is_needed_to_explain_another() {
    let Some(path) = file() else { return };
    let rows = rows(&path);
    let in_order = |rows: &[Row]| {
        let mut rows = rows.to_vec();
        rows.sort_by_key(|row| row.at);
        rows
    };
    let sorted = in_order(&rows);
    let parts: [(&str, Vec<Row>); 5] = [
        ("first half", sorted.iter().take(sorted.len() / 2).cloned().collect()),
        ("last half", sorted.iter().skip(sorted.len() / 2).cloned().collect()),
        ("Llama 4", rows.iter().filter(|row| row.model.contains("Llama-4")).cloned().collect()),
        ("Qwen", rows.iter().filter(|row| row.model.contains("Qwen")).cloned().collect()),
        ("limit 10", {
            let ten = Some(wire::Rate10::whole(10));
            rows.iter().filter(|row| row.shows.limit == ten).cloned().collect()
        }),
    ];
    let mut said = Vec::new();
    for (name, part) in parts {
        let calibration = calibrated(part);
        let two = calibration.figures.last().unwrap();
        let above =
            two.explained.remaining.share().unwrap() - two.chance.remaining.share().unwrap();
        said.push(format!("{name}: {}", told(&calibration)));
        assert!(above > 0.15, "{}", said.join("\n"));
    }
    insta::assert_snapshot!(said.join("\n\n"));
}
