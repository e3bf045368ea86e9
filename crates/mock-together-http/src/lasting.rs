//! What the desk does for those who wait for nothing, and for the store: batches, and books that go
//! on.

use limits::Instant;
use mock_together::{BatchId, Collected, Line, LineEnd, OrganizationId, Submitted};
use sha2::{Digest as _, Sha256};

use crate::desk::{ClientId, Desk, ModelId, Weight};
use crate::mock::Served;
use crate::store::books::BooksRow;
use crate::store::disk::Change;
use crate::store::job::Job;

/// What a key is known by where it is kept.
pub(crate) fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

/// A batch that the machine has.
#[derive(Debug)]
pub(crate) struct Running {
    id: String,
    organization: u32,
    batch: BatchId,
}

impl Desk {
    /// The lines of a batch arrive; `None` where the edition gives this tier no access to the model.
    pub(crate) fn submit(
        &mut self,
        now: Instant,
        client: ClientId,
        of: (ModelId, &Served),
        lines: &[Weight],
    ) -> Option<Submitted> {
        let pair = self.pair(client, of.0, &of.1.account)?;
        let lines: Vec<Line> = lines.iter().map(|line| self.line(pair, line)).collect();
        Some(self.service.submit(now, pair, &lines))
    }

    /// The same of a batch of an earlier service, of which so many lines are over.
    pub(crate) fn resume(
        &mut self,
        now: Instant,
        client: ClientId,
        of: (ModelId, &Served),
        lines: &[Weight],
        stands: (usize, Instant),
    ) -> Option<BatchId> {
        let pair = self.pair(client, of.0, &of.1.account)?;
        let lines: Vec<Line> = lines.iter().map(|line| self.line(pair, line)).collect();
        self.service.resume(now, pair, &lines, stands)
    }

    fn line(&mut self, pair: wire::PairId, weight: &Weight) -> Line {
        Line { request: self.request(pair, weight), attempt: 1 }
    }

    /// The machine has a batch.
    pub(crate) fn runs(&mut self, job: &Job, batch: BatchId) {
        let (id, organization) = (job.id.clone(), job.organization);
        self.running.push(Running { id, organization, batch });
    }

    /// Whether the machine has a batch.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.running.iter().any(|running| running.id == id)
    }

    /// How many lines of a batch are over, as long as the machine has it.
    pub(crate) fn over(&mut self, now: Instant, id: &str) -> Option<usize> {
        let batch = self.running.iter().find(|running| running.id == id)?.batch;
        self.service.over(now, batch)
    }

    /// What became of a batch. Once it has ended, the machine has it no more.
    pub(crate) fn collect(&mut self, now: Instant, (id, batch): (&str, BatchId)) -> Collected {
        let collected = self.service.collect(now, batch);
        if let Collected::Ended(ends) = &collected {
            let over = ends.iter().filter(|end| **end != LineEnd::Expired).count();
            self.ended(now, id, over);
        }
        collected
    }

    /// A batch is taken back; what became of its lines that are over. `None` where the machine does
    /// not have it any more.
    pub(crate) fn cancel(&mut self, now: Instant, id: &str) -> Option<Vec<LineEnd>> {
        let batch = self.running.iter().find(|running| running.id == id)?.batch;
        let ends = self.service.cancel(now, batch)?;
        self.ended(now, id, ends.len());
        Some(ends)
    }

    fn ended(&mut self, now: Instant, id: &str, over: usize) {
        let Some(place) = self.running.iter().position(|running| running.id == id) else { return };
        let running = self.running.swap_remove(place);
        let change = Change::Over { id: running.id, over: over as u64 };
        self.keep_with(now, OrganizationId(running.organization), vec![change]);
    }

    /// Hands the books of an organization to the store, and how far its batches are: both as they
    /// stand now, so that no line is paid for twice.
    pub(crate) fn keep(&mut self, now: Instant, client: ClientId) {
        if self.disk.is_some() {
            self.keep_with(now, self.organization(client), Vec::new());
        }
    }

    fn keep_with(&mut self, now: Instant, organization: OrganizationId, mut changes: Vec<Change>) {
        let Some(disk) = &self.disk else { return };
        for running in self.running.iter().filter(|one| one.organization == organization.0) {
            if let Some(over) = self.service.over(now, running.batch) {
                changes.push(Change::Over { id: running.id.clone(), over: over as u64 });
            }
        }
        let kept = self.service.keep(now, organization);
        if let Some(row) = kept.and_then(|kept| serde_json::to_vec(&BooksRow::of(&kept)).ok()) {
            changes.push(Change::Books { organization: organization.0, row });
        }
        if !changes.is_empty() {
            disk.keep(now, changes);
        }
    }
}
