//! Groups that send no requests of their own but files of them, to be worked off within a day at
//! half the price.

use core::ops::Range;

use limits::Span;
use rulebook::Work;

use crate::fault::Code;
use crate::lasts::shown;
use crate::notes::Notes;
use crate::work;
use crate::written::WrittenGroup;

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
