//! The fleet in sentences: who wins, who starves, who herds.

use super::{Lot, Reading};
use crate::numbers;
use crate::study::{Study, capital};

/// In time by less, a strategy comes to the same as the best.
const ALIKE: f64 = 0.005;
/// From this index on, what differs between clients is luck.
const ALIKE_BY_JAIN: f64 = 0.995;
/// The least served gets so much less than the most served: it starves.
const STARVES: f64 = 0.2;
/// So many times as many attempts right after a reset as on average: they herd.
const HERDS: f64 = 3.0;
/// So many times as many: they bunch a little.
const BUNCHES: f64 = 1.2;

impl Lot {
    fn starves(&self) -> bool {
        self.ends().is_some_and(|(least, most)| most - least >= STARVES)
    }

    fn herds(&self) -> bool {
        self.rush.is_some_and(|rush| rush >= HERDS)
    }
}

impl Reading {
    /// Who sends most right after a reset, and how many times the average.
    fn hardest(&self) -> Option<(&Lot, f64)> {
        let rush = self.lots.iter().filter_map(|lot| Some((lot, lot.rush?)));
        rush.max_by(|(_, a), (_, b)| a.total_cmp(b))
    }
}

/// Who wins, who starves, who herds, in a heading.
pub(super) fn finding(study: &Study<'_>, reading: &Reading) -> String {
    let who = |of: &dyn Fn(&Lot) -> bool| -> Vec<usize> {
        reading.lots.iter().filter(|lot| of(lot)).map(|lot| lot.row).collect()
    };
    let (starves, herds) = (who(&Lot::starves), who(&Lot::herds));
    let all = reading.lots.len();
    let starving = match (starves.len(), all) {
        (0, _) => "nobody starves".to_owned(),
        (1, 1) => "some clients starve".to_owned(),
        (count, _) if count == all => "with each some clients starve".to_owned(),
        _ => format!("some starve with {}", names(study, &starves)),
    };
    let herding = match (herds.len(), all) {
        (0, _) => match reading.hardest() {
            Some((_, rush)) if rush >= BUNCHES => {
                format!("nobody herds (at most {} times after a reset)", numbers::times(rush))
            }
            Some(_) | None => "nobody herds".to_owned(),
        },
        (1, 1) => "they herd".to_owned(),
        (count, _) if count == all => "all herd".to_owned(),
        (1, _) => format!("{} herds", names(study, &herds)),
        _ => format!("{} herd", names(study, &herds)),
    };
    let known = reading.lots.iter().any(|lot| lot.rush.is_some());
    let rest = if known { format!("{starving}; {herding}") } else { starving };
    let winners = winners(reading);
    match winners.as_slice() {
        [] => capital(&rest),
        _ if all == 1 => capital(&rest),
        many if many.len() == all => format!("All serve as many in time; {rest}"),
        [one] => format!("{} serves most in time; {rest}", study.quoted(*one)),
        some => format!("{} serve most in time; {rest}", capital(&names(study, some))),
    }
}

/// The figures behind the heading.
pub(super) fn lead(study: &Study<'_>, tier: usize, reading: &Reading) -> String {
    let clients = super::clients(study);
    let groups =
        study.record.header().groups.iter().filter(|group| group.endpoint.is_none()).count();
    let who = match groups {
        1 => format!("{} clients", numbers::count(clients)),
        groups => {
            format!("{} clients in {} groups", numbers::count(clients), numbers::in_words(groups))
        }
    };
    let mut said = vec![format!("{who} share the limits {}.", study.allowed(tier))];
    let least = reading.lots.iter().filter_map(|lot| Some((lot, lot.ends()?)));
    let worst = least.max_by(|(_, a), (_, b)| (a.1 - a.0).total_cmp(&(b.1 - b.0)));
    if let Some((lot, (least, most))) = worst {
        let share = |value| {
            crate::numbers::Share::from_fraction(value)
                .map_or_else(String::new, |share| share.in_sentence(None))
        };
        let name = study.quoted(lot.row);
        said.push(if lot.starves() {
            format!(
                "They are served least evenly with {name}: one client has {} of its jobs answered, another {}.",
                share(least),
                share(most)
            )
        } else {
            format!(
                "Even with {name}, where they differ most, every client has {} to {} of its jobs answered.",
                share(least),
                share(most)
            )
        });
    }
    if let Some((lot, rush)) = reading.hardest().filter(|(_, rush)| *rush >= BUNCHES) {
        said.push(format!(
            "Right after a reset {} sends {} times as many attempts as on average.",
            study.quoted(lot.row),
            numbers::times(rush)
        ));
    }
    said.join(" ")
}

/// The same under another reading.
pub(super) fn under(study: &Study<'_>, reading: &Reading) -> String {
    let changed = reading.changed.as_deref().unwrap_or("another reading");
    format!("Under {changed}: {}.", crate::study::uncapital(&finding(study, reading)))
}

/// What one strategy does to its clients: `serves most; all alike; herds`.
pub(super) fn in_a_word(reading: &Reading, lot: &Lot) -> String {
    let mut words: Vec<&str> = Vec::new();
    let winners = winners(reading);
    if winners.contains(&lot.row) && winners.len() < reading.lots.len() {
        words.push("serves most in time");
    }
    words.push(match lot.ends() {
        _ if lot.starves() => "some starve",
        Some((least, most))
            if most - least < 0.02 || lot.jain.is_some_and(|jain| jain >= ALIKE_BY_JAIN) =>
        {
            "serves all alike"
        }
        Some(_) => "some fare worse",
        None => "nobody asked",
    });
    words.extend(match lot.rush {
        Some(_) if lot.herds() => Some("herds"),
        Some(rush) if rush >= BUNCHES => Some("bunches a little"),
        Some(_) => Some("spreads out"),
        None => None,
    });
    words.join(", ")
}

/// The strategies with most in time, and those that come to the same.
fn winners(reading: &Reading) -> Vec<usize> {
    let most = reading.lots.iter().map(Lot::in_time).fold(0.0, f64::max);
    let best = reading.lots.iter().filter(|lot| most > 0.0 && most - lot.in_time() < ALIKE);
    best.map(|lot| lot.row).collect()
}

fn names(study: &Study<'_>, rows: &[usize]) -> String {
    if rows.len() > 3 {
        return format!("{} strategies", numbers::in_words(rows.len()));
    }
    let names: Vec<String> = rows.iter().map(|row| study.quoted(*row)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    numbers::listed(&names)
}
