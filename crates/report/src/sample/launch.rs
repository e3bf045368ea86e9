//! The launch that most tests look at.

use run_record::{CellKey, Header, RunRecord};

use super::{Told, cell, record_with};

/// Five tiers, five strategies, four seeds: Tier 2 carries it with none, Tier 4 with two.
pub(crate) fn launch() -> RunRecord {
    launch_with(|_| ())
}

/// The same, with the header changed.
pub(crate) fn launch_with(change: impl Fn(&mut Header)) -> RunRecord {
    // Per mille of jobs in time and per cent of attempts refused, by tier.
    let table: [(&str, [u64; 5], [u64; 5]); 5] = [
        ("give-up", [250, 370, 660, 930, 1_000], [75, 63, 34, 7, 0]),
        ("full-jitter", [260, 373, 761, 990, 1_000], [94, 91, 76, 12, 0]),
        ("together-py", [285, 420, 771, 995, 1_000], [89, 83, 60, 9, 0]),
        ("pace-by-headers", [9, 73, 470, 1_000, 1_000], [66, 80, 64, 0, 0]),
        ("own-bucket", [230, 320, 660, 999, 1_000], [15, 12, 9, 4, 0]),
    ];
    let mut cells: Vec<(&str, &str, Vec<Told>)> = Vec::new();
    for (strategy, in_time, refused) in table {
        let tiers = ["build-1", "build-2", "build-3", "build-4", "build-5"];
        for (tier, (in_time, refused)) in tiers.into_iter().zip(in_time.into_iter().zip(refused)) {
            let runs = (0..4).map(|seed| told(in_time, refused, seed));
            cells.push((tier, strategy, runs.collect()));
        }
    }
    let record = record_with(&change, &cells);
    let mut header = record.header().clone();
    header.replications = 4;
    let mut cells = record.cells().to_vec();
    let all = [Told { offered: 2_100, in_time: 2_098, late: 2, ..Told::default() }];
    let best = [Told { offered: 2_100, in_time: 2_050, late: 50, ..Told::default() }];
    let key = CellKey::new(Some("build-2"), "together-py");
    cells.push(cell(&header, key.clone().without_limit(), &all));
    cells.push(cell(&header, key.assuming("token_gate", "none"), &best));
    RunRecord::new(header, cells).unwrap()
}

fn told(in_time: u64, refused: u64, seed: u64) -> Told {
    const OFFERED: u64 = 2_100;
    let sure = in_time == 1_000 || in_time == 0;
    let in_time = OFFERED * in_time / 1_000 - if sure { 0 } else { seed };
    let late = (OFFERED - in_time) / 3;
    let refused = (in_time + late) * refused / (100 - refused).max(1);
    Told {
        offered: OFFERED,
        in_time,
        late,
        by_tokens: refused * 9 / 10,
        by_requests: refused - refused * 9 / 10,
        wait_ms: if refused > 0 { 1_700 } else { 0 },
        ..Told::default()
    }
}
