//! Jobs whose last attempt failed, while a further one may come.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use limits::Span;

use super::fold::Attempt;

/// Who shares an id may take their time: the longest hint that the SDKs honour is a minute, and a
/// proxy may have a queue.
const WITHIN_BY_ID: Span = Span::from_secs(600);
/// The longest hint that the SDKs honour.
const WITHIN_BY_COUNT: Span = Span::from_secs(60);

/// So many of one kind are looked through for one that had ended by then: those behind it ended
/// later.
const LOOKED_THROUGH: usize = 64;

/// By what a job's next attempt is known.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// The id that its attempts share.
    Id(u64),
    /// The count of retries that it will say.
    Count { model: u32, client: u64, prompt: Option<u32>, retry: u32 },
    /// Whatever is alike in two attempts at one job.
    Alike { model: u32, client: u64, prompt: Option<u32> },
}

/// A job that waits.
#[derive(Copy, Clone, Debug)]
pub(super) struct Waited {
    pub(super) key: Key,
    /// When its first attempt began.
    pub(super) due: i64,
    pub(super) prompt: Option<u32>,
    pub(super) model: u32,
    /// When its last attempt ended.
    ended: i64,
}

/// All of them.
pub(super) struct Waiting {
    within: Span,
    /// By number, which grows with each: those of one key in the order in which they came.
    jobs: BTreeMap<u64, Waited>,
    by_key: BTreeMap<Key, VecDeque<u64>>,
    ends: BinaryHeap<Reverse<(i64, u64)>>,
    next: u64,
}

impl Waiting {
    pub(super) fn new(within: Span) -> Waiting {
        let (jobs, by_key) = (BTreeMap::new(), BTreeMap::new());
        Waiting { within, jobs, by_key, ends: BinaryHeap::new(), next: 0 }
    }

    /// A job's attempt has failed, the first one or a further one.
    pub(super) fn wait(&mut self, attempt: &Attempt, before: Option<Waited>) {
        let prompt = attempt.prompt.or(before.and_then(|before| before.prompt));
        let Attempt { model, client, .. } = *attempt;
        let (key, within) = match (attempt.id, attempt.retry) {
            (Some(id), _) => (Key::Id(id), self.within.max(WITHIN_BY_ID)),
            (None, Some(retry)) => {
                let retry = retry.saturating_add(1);
                (Key::Count { model, client, prompt, retry }, self.within.max(WITHIN_BY_COUNT))
            }
            (None, None) => (Key::Alike { model, client, prompt }, self.within),
        };
        let due = before.map_or(attempt.at, |before| before.due);
        let within = i64::try_from(within.nanos()).unwrap_or(i64::MAX);
        self.next += 1;
        self.jobs.insert(self.next, Waited { key, due, prompt, model, ended: attempt.ended });
        self.by_key.entry(key).or_default().push_back(self.next);
        self.ends.push(Reverse((attempt.ended.saturating_add(within), self.next)));
    }

    /// The job that this is a further attempt at, which waits no longer.
    pub(super) fn find(&mut self, attempt: &Attempt) -> Option<(Key, Waited)> {
        let Attempt { model, client, prompt, .. } = *attempt;
        // A prompt that is known may be that of a row which did not say it.
        let prompts = [prompt, None];
        let prompts = prompts.get(usize::from(prompt.is_none())..).unwrap_or_default();
        let alike = |prompt: &Option<u32>| Key::Alike { model, client, prompt: *prompt };
        let keys: Vec<Key> = match (attempt.id, attempt.retry) {
            (Some(id), _) => vec![Key::Id(id)],
            (None, Some(0)) => Vec::new(),
            (None, Some(retry)) => {
                let counted =
                    |prompt: &Option<u32>| Key::Count { model, client, prompt: *prompt, retry };
                // A first attempt may leave its count out.
                prompts.iter().map(counted).chain(prompts.iter().map(alike)).collect()
            }
            (None, None) => prompts.iter().map(alike).collect(),
        };
        keys.into_iter().find_map(|key| self.take(key, attempt.at))
    }

    /// Those for which no further attempt can come after `now`, in the order of their ends.
    pub(super) fn until(&mut self, now: i64) -> Vec<Waited> {
        let mut over = Vec::new();
        while let Some(Reverse((end, number))) = self.ends.peek().copied()
            && end < now
        {
            self.ends.pop();
            over.extend(self.remove(number));
        }
        over
    }

    /// All that are left, in the order in which they came.
    pub(super) fn all(&mut self) -> Vec<Waited> {
        self.by_key.clear();
        core::mem::take(&mut self.jobs).into_values().collect()
    }

    /// The one that has waited longest of those whose last attempt had ended by then.
    fn take(&mut self, key: Key, now: i64) -> Option<(Key, Waited)> {
        let queue = self.by_key.get(&key)?;
        let had_ended =
            |number: &&u64| self.jobs.get(number).is_some_and(|waited| waited.ended <= now);
        let number = queue.iter().take(LOOKED_THROUGH).find(had_ended).copied()?;
        self.remove(number).map(|waited| (key, waited))
    }

    fn remove(&mut self, number: u64) -> Option<Waited> {
        let waited = self.jobs.remove(&number)?;
        if let Some(queue) = self.by_key.get_mut(&waited.key) {
            if let Some(place) = queue.iter().position(|one| *one == number) {
                queue.remove(place);
            }
            if queue.is_empty() {
                self.by_key.remove(&waited.key);
            }
        }
        Some(waited)
    }
}
