//! A launch under several multiples of its traffic.

use limits::Span;
use run_record::{
    Cell, CellKey, EndpointNote, Header, ReachNote, ReplicaNote, RunRecord, WayKind, WayNote,
};

use super::money::{dollars, price};
use super::{Told, cell, header};

/// Five tiers, each of which answers everything in time up to so many percent of the traffic, and
/// beyond that as many jobs as it can; two strategies, of which the second loses a tenth more.
pub(crate) fn growing(yours: &str, carries: &[u64]) -> RunRecord {
    growing_with(yours, carries, |_| ())
}

/// The same, with the header changed.
pub(crate) fn growing_with(
    yours: &str,
    carries: &[u64],
    change: impl Fn(&mut Header),
) -> RunRecord {
    let mut header = header(3);
    header.tier = Some(yours.to_owned());
    header.ladder.truncate(carries.len());
    header.strategies.retain(|note| ["own-bucket", "together-py"].contains(&note.name.as_str()));
    header.loads =
        ["25%", "50%", "75%", "125%", "150%", "200%", "300%", "400%"].map(str::to_owned).into();
    change(&mut header);
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

/// What each tier costs to reach, batches at half the price, and a replica of an endpoint beside.
pub(crate) fn with_ways(header: &mut Header) {
    for (rung, paid) in header.ladder.iter_mut().zip(["$5", "$50", "$100", "$250", "$1,000"]) {
        rung.reach = Some(ReachNote {
            paid: Some(dollars(&paid.replace(',', ""))),
            says: None,
            takes: Some(Span::from_secs(900)),
            source: "Build Tiers and Rate Limits, 2025-11-08".to_owned(),
        });
    }
    let way = |name: &str, says: &str, kind: WayKind| WayNote {
        name: name.to_owned(),
        says: says.to_owned(),
        costs: None,
        source: Some("a page, late 2025".to_owned()),
        kind: Some(kind),
    };
    header.ways = vec![
        way("the batch API", "It has a pool of its own.", WayKind::Batch),
        way("a dedicated endpoint", "It shares nothing.", WayKind::Dedicated),
        way("the Scale tier", "Custom requests per minute.", WayKind::Contract),
    ];
    let group = &mut header.groups[0];
    group.price = Some(price("$0.88", "$0.88"));
    group.batched = Some(price("$0.44", "$0.44"));
    group.beside = Some(EndpointNote {
        name: "h100".to_owned(),
        says: "1 to 3 replicas of 2,500 tokens/s each".to_owned(),
        replica: Some(ReplicaNote {
            most: 3,
            tokens_per_hour: 9_000_000,
            hourly: dollars("$3.99"),
            shared: None,
            batch: None,
        }),
    });
}
