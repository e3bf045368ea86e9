//! A league of any size: strategies by tiers by loads by seeds, with leaders that change places.

use run_record::{Cell, CellKey, Header, RunRecord, StrategyNote};

use super::{Served, Told, cell, header};

/// So many strategies, the first six of which are well known, on so many tiers under so many loads.
pub(crate) fn league(strategies: usize, tiers: usize, loads: &[&str], seeds: u64) -> RunRecord {
    let mut header: Header = header(u32::try_from(seeds).unwrap());
    let mut names: Vec<String> = [
        "own-bucket",
        "pace-by-headers",
        "full-jitter",
        "together-py",
        "honour-retry-after",
        "give-up",
    ]
    .map(str::to_owned)
    .into();
    names.extend((names.len()..strategies).map(|index| format!("variant-{index}-of-the-house")));
    names.truncate(strategies);
    header.strategies = names
        .iter()
        .map(|name| StrategyNote {
            name: name.clone(),
            says: format!("It does what {name} says."),
            falls_back_to: None,
        })
        .collect();
    header.ladder.truncate(tiers);
    let mut cells: Vec<Cell> = Vec::new();
    for (tier, rung) in header.ladder.iter().enumerate() {
        for (index, name) in names.iter().enumerate() {
            for load in loads {
                let percent: u64 = load.trim_end_matches('%').parse().unwrap();
                let runs: Vec<Told> = (0..seeds)
                    .map(|seed| told((tier as u64, percent), index as u64, seed))
                    .collect();
                let key = CellKey::new(Some(&rung.tier), name).at_load(load);
                cells.push(cell(&header, key, &runs));
            }
        }
    }
    RunRecord::new(header, cells).unwrap()
}

/// Own bucket is steady; pacing leads where there is room and falls furthest where there is none.
fn told((tier, percent): (u64, u64), index: u64, seed: u64) -> Told {
    // What the tier carries of what is asked for, in per mille.
    let carried = ((tier + 1) * 45_000 / percent).min(1_000);
    let lost = 1_000 - carried;
    let in_time = match index {
        _ if carried == 1_000 => 1_000,
        0 => carried - lost / 20,
        1 if lost < 300 => carried - lost / 50,
        1 => carried / 2,
        _ => carried.saturating_sub(lost * (3 + index % 7) / 20),
    };
    let luck = if carried == 1_000 { 0 } else { (seed * 7 + index * (seed % 3)) % 5 };
    let in_time = in_time.saturating_sub(luck);
    Told {
        in_time,
        late: (1_000 - in_time) / 3,
        by_tokens: if carried == 1_000 { 0 } else { lost * (1 + index % 5) },
        served: Served { early: if carried < 1_000 { index * 11 } else { 0 }, ..Served::default() },
        ..Told::default()
    }
}
