//! Data that is kept in a folder, opened: what was there, and where more of it goes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use limits::Instant;
use mock_together::{Change, Happening, Kept, OrganizationId};
use redb::Database;

use crate::plan::Plan;
use crate::store::FileRow;
use crate::store::books::BooksRow;
use crate::store::disk::{self, Disk, Rows};
use crate::store::fault::{DataFault, Why};
use crate::store::job::Job;

/// A folder in which files, batches and the books of each key are kept. While this lives, nobody
/// else can open it.
pub struct Data {
    folder: PathBuf,
    database: Database,
    rows: Rows,
}

impl Data {
    /// Opens a folder: one that has held data before, or an empty or new one.
    ///
    /// # Errors
    ///
    /// Where it is in use, holds something else or something later, or cannot be written to.
    pub fn open(folder: &Path) -> Result<Self, DataFault> {
        let (database, rows) = disk::open(folder).map_err(|why| DataFault::new(folder, why))?;
        Ok(Self { folder: folder.to_owned(), database, rows })
    }

    /// The date at which the clock stood at zero, of one that goes on at `now`: both in seconds since
    /// 1970 began.
    #[must_use]
    pub fn epoch(&self, now: u64) -> u64 {
        epoch(now, self.rows.clock)
    }

    /// Reads what was there, and starts the thread that writes.
    pub(crate) fn start(self, plan: &Plan) -> Result<Before, DataFault> {
        let Self { folder, database, rows } = self;
        let broken = |why: String| DataFault::new(&folder, Why::Broken(why));
        let unread = |error: serde_json::Error| broken(error.to_string());
        let files = rows.files.iter().map(|row| serde_json::from_slice::<FileRow>(row));
        let files = files.collect::<Result<_, _>>().map_err(unread)?;
        let batches = rows.batches.iter().map(|(row, over)| {
            let job: Job = serde_json::from_slice(row)?;
            let over = usize::try_from(*over).unwrap_or(usize::MAX).max(job.over);
            Ok(Job { over, ..job })
        });
        let batches = batches.collect::<Result<_, _>>().map_err(unread)?;
        let mut books = Vec::new();
        for (organization, row) in &rows.books {
            let row: BooksRow = serde_json::from_slice(row).map_err(unread)?;
            let kept =
                row.kept(plan).ok_or_else(|| broken("books that make no sense".to_owned()))?;
            books.push((OrganizationId(*organization), kept));
        }
        let disk =
            Disk::start(database).map_err(|error| DataFault::new(&folder, Why::Failed(error)))?;
        let Rows { boots, clock, keys, .. } = rows;
        Ok(Before { boots, clock, files, batches, keys, books, disk: Arc::new(disk) })
    }
}

fn epoch(now: u64, clock: Instant) -> u64 {
    now.saturating_sub(clock.nanos() / 1_000_000_000)
}

/// What there was before.
pub(crate) struct Before {
    /// How often the data was opened, this time included.
    pub(crate) boots: u64,
    /// Where the clock stood. It goes on from there: while nobody serves, no time passes.
    pub(crate) clock: Instant,
    pub(crate) files: Vec<FileRow>,
    pub(crate) batches: Vec<Job>,
    pub(crate) keys: Vec<([u8; 32], u32)>,
    pub(crate) books: Vec<(OrganizationId, Kept)>,
    pub(crate) disk: Arc<Disk>,
}

impl Before {
    /// The plan as it goes on: its dates are those of its clock, and what has happened to the money
    /// of books that are kept does not happen again.
    pub(crate) fn go_on(&self, plan: Plan) -> Plan {
        let epoch = epoch(plan.epoch, self.clock);
        let is_past = |Happening { at, what }: &Happening| {
            let Change::Money { organization, .. } = what else { return false };
            self.books(*organization).is_some_and(|kept| *at <= kept.at)
        };
        let course = plan.course.iter().filter(|happening| !is_past(happening)).cloned().collect();
        Plan { course, epoch, ..plan }
    }

    /// The books of an organization, where there are any.
    pub(crate) fn books(&self, organization: OrganizationId) -> Option<&Kept> {
        self.books.iter().find(|(of, _)| *of == organization).map(|(_, kept)| kept)
    }
}
