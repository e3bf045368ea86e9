//! What outlives an answer: files and batches, in memory or on a disk.
//!
//! On a disk nothing is acknowledged before it is kept there ([`Store::kept`]), and the content of
//! files is there alone; without one it is in memory. Whose something is, is the key's organization:
//! to another there is no such thing.

pub(crate) mod books;
pub(crate) mod data;
pub(crate) mod disk;
pub(crate) mod fault;
pub(crate) mod job;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use chance::{Purpose, Seed, Stream};
use limits::Instant;
use mock_together::OrganizationId;
use serde::{Deserialize, Serialize};

use crate::bounds;
use crate::store::data::Before;
use crate::store::disk::{Change, Disk, Reader, Unkept, Waiter};
use crate::store::job::{Job, State};

/// Which stream of the mock's seed the ids of what is kept are drawn from.
const IDS: u32 = u32::MAX - 1;

/// Files and batches.
pub(crate) struct Store {
    rack: Mutex<Rack>,
    disk: Option<Arc<Disk>>,
    draws: Stream,
    given: AtomicU64,
}

/// What is there.
#[derive(Default)]
struct Rack {
    files: BTreeMap<String, Kept>,
    bytes: u64,
    jobs: BTreeMap<String, Job>,
}

/// A file, and its content where that is in memory.
struct Kept {
    row: FileRow,
    content: Option<Bytes>,
}

/// A file without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRow {
    pub(crate) id: String,
    /// The how many-th of all that were ever made.
    pub(crate) nth: u64,
    pub(crate) organization: u32,
    /// When, in seconds since 1970 began.
    pub(crate) created: u64,
    pub(crate) filename: String,
    pub(crate) bytes: u64,
    pub(crate) purpose: Purposes,
    pub(crate) form: Form,
    /// Whether its content has come.
    pub(crate) there: bool,
    /// What its lines were found to be, where they were looked at.
    pub(crate) checked: Option<Checked>,
}

/// What a file is for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Purposes {
    FineTune,
    Eval,
    BatchApi,
    Calibration,
}

/// What a file is made of.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    Jsonl,
    Csv,
    Parquet,
}

/// What the lines of a file were found to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checked {
    pub(crate) lines: u64,
    /// What is wrong, and in which line.
    pub(crate) fault: Option<String>,
}

/// There is no room for more.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// Where the content of a file is.
pub(crate) enum Content {
    Here(Bytes),
    OnDisk(Reader),
}

impl Store {
    /// A store in memory, that nothing is in.
    pub(crate) fn in_memory(seed: Seed) -> Self {
        Self::new(seed, 0, None)
    }

    /// A store on a disk, with what was there before.
    pub(crate) fn on(seed: Seed, before: &Before) -> Self {
        let store = Self::new(seed, before.boots, Some(Arc::clone(&before.disk)));
        let mut rack = store.rack();
        for row in before.files.iter().cloned() {
            rack.bytes += row.bytes;
            rack.files.insert(row.id.clone(), Kept { row, content: None });
        }
        rack.jobs.extend(before.batches.iter().map(|job| (job.id.clone(), job.clone())));
        drop(rack);
        store
    }

    fn new(seed: Seed, boots: u64, disk: Option<Arc<Disk>>) -> Self {
        let draws = seed.stream(Purpose::Fate, IDS);
        // No id comes twice, however often the store is opened.
        let given = AtomicU64::new(boots << 32);
        Self { rack: Mutex::default(), disk, draws, given }
    }

    /// Waits until all that was handed in by now is kept; at once where there is no disk.
    pub(crate) async fn kept(&self) -> Result<(), Unkept> {
        let Some(disk) = &self.disk else { return Ok(()) };
        disk.waiter().kept().await
    }

    /// The same as a value; `None` where there is no disk, and nothing to wait for.
    pub(crate) fn waiter(&self) -> Option<Waiter> {
        self.disk.as_ref().map(|disk| disk.waiter())
    }

    /// A number that no other has, and what is drawn for it: 128 bits in the form of a UUID.
    pub(crate) fn next_id(&self) -> (u64, String) {
        let nth = self.given.fetch_add(1, Ordering::Relaxed);
        let [high, low] = [0, 1].map(|half| self.draws.draw_attempt(nth, half));
        let (first, second, third) = (high >> 32, high >> 16 & 0xffff, high & 0xfff);
        let (fourth, last) = (low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff);
        (nth, format!("{first:08x}-{second:04x}-4{third:03x}-{fourth:04x}-{last:012x}"))
    }

    /// What the answers of a batch are drawn by.
    pub(crate) fn draw(&self, nth: u64) -> u64 {
        self.draws.draw_attempt(nth, 4)
    }

    /// What whoever uploads a file must know, beside its id.
    pub(crate) fn token(&self, nth: u64) -> String {
        let [high, low] = [2, 3].map(|half| self.draws.draw_attempt(nth, half));
        format!("{high:016x}{low:016x}")
    }

    /// A file is announced, or comes with its content. Its id, number and size are set here.
    pub(crate) fn add(
        &self,
        now: Instant,
        row: FileRow,
        content: Option<Bytes>,
    ) -> Result<FileRow, Full> {
        let (nth, uuid) = self.next_id();
        let row = FileRow { id: format!("file-{uuid}"), nth, bytes: 0, there: false, ..row };
        let mut rack = self.rack();
        if rack.files.len() >= bounds::FILES {
            return Err(Full);
        }
        let kept = Kept { row: row.clone(), content: None };
        let mut changes = Vec::new();
        let row = match content {
            None => {
                changes.extend(row.change());
                rack.files.insert(row.id.clone(), kept);
                row
            }
            Some(content) => {
                let checked = row.checked.clone();
                let row = FileRow { bytes: content.len() as u64, there: true, checked, ..row };
                let kept = Kept { row: row.clone(), ..kept };
                self.fill(&mut rack, kept, content, &mut changes)?;
                row
            }
        };
        self.hand_in(now, changes);
        Ok(row)
    }

    /// The content of a file comes, which had been announced.
    pub(crate) fn put(
        &self,
        now: Instant,
        id: &str,
        (content, checked): (Bytes, Option<Checked>),
    ) -> Result<(), Full> {
        let mut rack = self.rack();
        let Some(Kept { row, .. }) = rack.files.get(id) else { return Ok(()) };
        let bytes = content.len() as u64;
        let row = FileRow { bytes, there: true, checked, ..row.clone() };
        let mut changes = vec![Change::Gone { id: id.to_owned() }];
        self.fill(&mut rack, Kept { row, content: None }, content, &mut changes)?;
        self.hand_in(now, changes);
        Ok(())
    }

    /// Puts a file on the rack with its content, if there is room.
    fn fill(
        &self,
        rack: &mut Rack,
        mut kept: Kept,
        content: Bytes,
        changes: &mut Vec<Change>,
    ) -> Result<(), Full> {
        let before = rack.files.get(&kept.row.id).map_or(0, |kept| kept.row.bytes);
        let bytes = rack.bytes - before + kept.row.bytes;
        if bytes > self.most_bytes() {
            return Err(Full);
        }
        rack.bytes = bytes;
        changes.extend(kept.row.change());
        if self.disk.is_some() {
            changes.push(Change::Content { id: kept.row.id.clone(), content });
        } else {
            kept.content = Some(content);
        }
        rack.files.insert(kept.row.id.clone(), kept);
        Ok(())
    }

    /// A file of an organization.
    pub(crate) fn file(&self, organization: OrganizationId, id: &str) -> Option<FileRow> {
        self.any_file(id).filter(|row| row.organization == organization.0)
    }

    /// A file, whosever it is.
    pub(crate) fn any_file(&self, id: &str) -> Option<FileRow> {
        self.rack().files.get(id).map(|kept| kept.row.clone())
    }

    /// The files of an organization, the latest first.
    pub(crate) fn files(&self, organization: OrganizationId) -> Vec<FileRow> {
        let rack = self.rack();
        let rows = rack.files.values().map(|kept| &kept.row);
        let mut rows: Vec<FileRow> =
            rows.filter(|row| row.organization == organization.0).cloned().collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.nth));
        rows
    }

    /// A file is deleted.
    pub(crate) fn remove(&self, now: Instant, id: &str) {
        let mut rack = self.rack();
        if let Some(gone) = rack.files.remove(id) {
            rack.bytes -= gone.row.bytes;
            self.hand_in(now, vec![Change::Gone { id: id.to_owned() }]);
        }
    }

    /// Where a file's content is; `None` where there is none.
    pub(crate) fn content(&self, id: &str) -> Option<Content> {
        let rack = self.rack();
        let kept = rack.files.get(id).filter(|kept| kept.row.there)?;
        match (&kept.content, &self.disk) {
            (Some(content), _) => Some(Content::Here(content.clone())),
            (None, Some(disk)) => Some(Content::OnDisk(disk.reader())),
            (None, None) => None,
        }
    }

    /// A batch begins, or has failed as it began.
    pub(crate) fn add_job(&self, now: Instant, job: &Job) {
        let mut rack = self.rack();
        rack.jobs.insert(job.id.clone(), job.clone());
        self.hand_in(now, job.change().into_iter().collect());
    }

    /// A batch has ended, and leaves files behind.
    pub(crate) fn end_job(
        &self,
        now: Instant,
        job: &Job,
        files: Vec<(FileRow, Bytes)>,
    ) -> Result<(), Full> {
        let mut rack = self.rack();
        let more: u64 = files.iter().map(|(row, _)| row.bytes).sum();
        if rack.bytes.saturating_add(more) > self.most_bytes() {
            return Err(Full);
        }
        let mut changes: Vec<Change> = job.change().into_iter().collect();
        for (row, content) in files {
            self.fill(&mut rack, Kept { row, content: None }, content, &mut changes)?;
        }
        rack.jobs.insert(job.id.clone(), job.clone());
        self.hand_in(now, changes);
        Ok(())
    }

    /// So many lines of a batch are over, which the disk knows with what they cost.
    pub(crate) fn set_over(&self, id: &str, over: usize) {
        if let Some(job) = self.rack().jobs.get_mut(id) {
            job.over = over;
        }
    }

    /// A batch, whosever it is.
    pub(crate) fn any_job(&self, id: &str) -> Option<Job> {
        self.rack().jobs.get(id).cloned()
    }

    /// How many batches there are.
    pub(crate) fn count_jobs(&self) -> usize {
        self.rack().jobs.len()
    }

    /// The batches of an organization, the latest first.
    pub(crate) fn jobs(&self, organization: OrganizationId) -> Vec<Job> {
        let rack = self.rack();
        let jobs = rack.jobs.values().filter(|job| job.organization == organization.0);
        let mut jobs: Vec<Job> = jobs.cloned().collect();
        jobs.sort_by_key(|job| std::cmp::Reverse(job.nth));
        jobs
    }

    /// The batch under way that reads a file.
    pub(crate) fn reader_of(&self, file: &str) -> Option<String> {
        let rack = self.rack();
        let mut jobs = rack.jobs.values();
        let job = jobs.find(|job| job.input == file && job.state == State::Underway)?;
        Some(job.id.clone())
    }

    fn most_bytes(&self) -> u64 {
        if self.disk.is_some() { bounds::DISK_BYTES } else { bounds::MEMORY_BYTES }
    }

    /// Hands changes to the disk, where there is one. Called under the rack's lock, so that they
    /// come true in the order in which they did here.
    fn hand_in(&self, now: Instant, changes: Vec<Change>) {
        if let Some(disk) = &self.disk {
            disk.keep(now, changes);
        }
    }

    fn rack(&self) -> MutexGuard<'_, Rack> {
        // Nothing panics under this lock.
        self.rack.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FileRow {
    fn change(&self) -> Option<Change> {
        let row = serde_json::to_vec(self).ok()?;
        Some(Change::File { id: self.id.clone(), row })
    }
}

impl Job {
    fn change(&self) -> Option<Change> {
        let row = serde_json::to_vec(self).ok()?;
        Some(Change::Batch { id: self.id.clone(), row })
    }
}

impl Content {
    /// All of it.
    pub(crate) async fn whole(self, id: &str) -> Result<Bytes, Unkept> {
        let reader = match self {
            Self::Here(content) => return Ok(content),
            Self::OnDisk(reader) => reader,
        };
        let id = id.to_owned();
        let reading = tokio::task::spawn_blocking(move || {
            let mut whole = Vec::new();
            reader.pieces(&id, |piece| {
                whole.extend_from_slice(&piece);
                true
            })?;
            Ok(whole.into())
        });
        reading.await.map_err(|error| Unkept(error.to_string()))?
    }
}
