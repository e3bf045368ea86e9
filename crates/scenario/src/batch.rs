//! Groups that send no requests of their own but files of them, to be worked off within a day at
//! half the price.

use core::ops::Range;

use limits::Span;
use rulebook::{Billing, Work};

use crate::cast::Group;
use crate::fault::Code;
use crate::lasts::shown;
use crate::notes::Notes;
use crate::work;
use crate::written::{WrittenGroup, WrittenTraffic};

/// How a group sends its jobs in batches. Neither its strategy nor a limit on requests has a say.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct BatchWays {
    /// How often whatever has fallen due is handed in.
    pub every: Span,
    /// How often a job is handed in at most, when its line has failed or expired.
    pub tries: u32,
}

impl BatchWays {
    /// Ours: every hour, and three times at most.
    pub const USUAL: BatchWays = BatchWays { every: Span::from_secs(3_600), tries: 3 };
}

/// How long after the last job is due its batch may end, where strategies may let one wait so long
/// for a file: nothing where there is none.
pub(crate) fn ends_within(groups: &[Group], sent: Option<Span>, rules: &Billing) -> Span {
    let longest = groups.iter().filter_map(|group| group.batch).map(|batch| batch.every).max();
    longest.max(sent).map_or(Span::ZERO, |every| every.plus(rules.batch.window))
}

/// Refuses what a batch cannot be: on hardware of one's own, a stream, pictures, and sooner than it
/// is handed in.
pub(crate) fn refuse_unfit(
    groups: &[WrittenGroup],
    edition: &rulebook::Edition,
    notes: &Notes<'_>,
) {
    for group in groups {
        let Some(batch) = &group.batch else { continue };
        let refuse = |place: &Range<usize>, message: String, label: &str, help: &str| {
            notes.add(Code::NotInBatch, Some(place.clone()), message, label, help);
        };
        if let Some(endpoint) = group.endpoint() {
            let message = "a batch goes to the service's own pool, not to an endpoint".to_owned();
            let help = "leave out `endpoint`, or `batch`";
            refuse(&endpoint.place, message, "not this one", help);
        }
        if group.stream
            && let Some((_, place)) = group.work.said.iter().find(|(key, _)| *key == "stream")
        {
            let message = "answers of a batch come in one file, not as streams".to_owned();
            refuse(place, message, "nobody listens", "leave out `stream`, or `batch`");
        }
        if group.clients.get() > 1 {
            let message = "a batch is handed in by one client".to_owned();
            let help = "leave out `clients`, or `batch`";
            refuse(&batch.place, message, "by how many?", help);
        }
        if let Some(strategy) = &group.strategy {
            let message = "no strategy has a say in a batch: `every` and `tries` do".to_owned();
            refuse(&strategy.place, message, "nobody follows it", "leave out `strategy`");
        }
        if let Some(WrittenTraffic::Users { place, .. }) = &group.traffic {
            let message = "users wait for an answer, a batch has its own within a day".to_owned();
            let help = "take another traffic, or leave out `batch`";
            refuse(place, message, "they would wait a day", help);
        }
        let work = work::work_of(group, edition);
        if !matches!(work, Work::Chat | Work::Completion | Work::Embedding) {
            let message = format!("batches take no {work} work");
            let help = "leave out `batch`: they take chat, completions and embeddings";
            refuse(&batch.place, message, "not in a batch", help);
        }
        let every = batch.value.every;
        if let Some(deadline) = group.deadline.filter(|deadline| *deadline < every) {
            let message = format!(
                "jobs wait up to {} for the next batch, and may take {}",
                shown(every),
                shown(deadline)
            );
            let help = "hand in more often with `every`, or give them a longer deadline";
            refuse(&batch.place, message, "too late for that", help);
        }
    }
}
