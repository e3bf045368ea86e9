//! A launch under several multiples of its traffic.

use run_record::{Cell, CellKey, RunRecord};

use super::{Told, cell, header};

/// Five tiers, each of which answers everything in time up to so many percent of the traffic, and
/// beyond that as many jobs as it can; two strategies, of which the second loses a tenth more.
pub(crate) fn growing(yours: &str, carries: &[u64]) -> RunRecord {
    let mut header = header(3);
    header.tier = Some(yours.to_owned());
    header.ladder.truncate(carries.len());
    header.strategies.retain(|note| ["own-bucket", "together-py"].contains(&note.name.as_str()));
    header.loads =
        ["25%", "50%", "75%", "125%", "150%", "200%", "300%", "400%"].map(str::to_owned).into();
    let mut cells: Vec<Cell> = Vec::new();
    for (rung, most) in header.ladder.iter().zip(carries) {
        for name in ["own-bucket", "together-py"] {
            for load in header.loads.iter().map(String::as_str).chain(["100%"]) {
                let percent: u64 = load.trim_end_matches('%').parse().unwrap();
                let runs: Vec<Told> = (0..3).map(|_| told(name, percent, *most)).collect();
                let key = CellKey::new(Some(&rung.tier), name).at_load(load);
                cells.push(cell(&header, key, &runs));
            }
        }
    }
    RunRecord::new(header, cells).unwrap()
}

fn told(name: &str, percent: u64, most: u64) -> Told {
    let offered = 20 * percent;
    let carried = if percent <= most { offered } else { offered * most / percent };
    let in_time = if name == "own-bucket" { carried } else { carried.saturating_sub(offered / 10) };
    Told { offered, in_time, late: (offered - in_time) / 2, ..Told::default() }
}
