//! The store on a disk: one file, and one thread that writes to it.
//!
//! ```text
//!   Change ──► queue ──► the thread takes all that waits ──► one transaction ──► commit
//!                                                                                  │
//!          whoever answers waits until what it handed in is through ◄──────────────┘
//! ```
//!
//! Changes come true in the order in which they were handed in, and whatever was handed in together
//! does so together. A commit that fails ends the thread: from then on nothing is kept, nothing that
//! should be is answered, and whoever waits learns of it.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io, thread};

use axum::body::Bytes;
use limits::Instant;
use redb::{Builder, Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use tokio::sync::watch;

use crate::store::fault::Why;

/// The form of what is in the file. A file of a later form is left alone.
pub(crate) const FORM: u64 = 1;

/// The file in the folder that `--data` names.
pub(crate) const FILE: &str = "tierlab.redb";

/// The same until it is whole.
const BEGUN: &str = "tierlab.redb.new";

/// Ours: bytes of a file's content that are written and read at a time.
const PIECE: usize = 256 << 10;

/// Ours: bytes of the file that are held in memory for reading and writing.
const CACHE: usize = 32 << 20;

/// Ours: bytes of content after which a transaction takes no more.
const TOGETHER: usize = 64 << 20;

/// `form`, `boots`, `clock`.
const NUMBERS: TableDefinition<&str, u64> = TableDefinition::new("numbers");
/// Files by id, as JSON.
const FILES: TableDefinition<&str, &[u8]> = TableDefinition::new("files");
/// Their content, piece by piece.
const PIECES: TableDefinition<(&str, u64), &[u8]> = TableDefinition::new("pieces");
/// Batches by id, as JSON.
const BATCHES: TableDefinition<&str, &[u8]> = TableDefinition::new("batches");
/// How many lines of a batch under way are over.
const OVER: TableDefinition<&str, u64> = TableDefinition::new("over");
/// The number of each key, by its SHA-256: the keys themselves are not kept.
const KEYS: TableDefinition<&[u8], u32> = TableDefinition::new("keys");
/// The books of each organization, as JSON.
const BOOKS: TableDefinition<u32, &[u8]> = TableDefinition::new("books");

/// Something that is to be kept.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    File { id: String, row: Vec<u8> },
    Content { id: String, content: Bytes },
    Gone { id: String },
    Batch { id: String, row: Vec<u8> },
    Over { id: String, over: u64 },
    Key { hash: [u8; 32], client: u32 },
    Books { organization: u32, row: Vec<u8> },
}

/// All that was kept, but for the content of files.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// How often the file was opened, this time included.
    pub(crate) boots: u64,
    /// Where the clock stood at the last commit.
    pub(crate) clock: Instant,
    pub(crate) files: Vec<Vec<u8>>,
    pub(crate) batches: Vec<(Vec<u8>, u64)>,
    pub(crate) keys: Vec<([u8; 32], u32)>,
    pub(crate) books: Vec<(u32, Vec<u8>)>,
}

/// A store that is open, and the thread that writes to it.
pub(crate) struct Disk {
    database: Arc<Database>,
    queue: Mutex<Queue>,
    through: watch::Receiver<Through>,
}

/// What the thread takes from. Numbers and their order are one: both are given out under one lock.
struct Queue {
    handed_in: u64,
    changes: Sender<(u64, Instant, Vec<Change>)>,
}

/// How far the thread is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Through {
    /// All that was handed in up to this number is kept.
    To(u64),
    /// Nothing is kept any more.
    Broken(String),
}

/// Nothing can be kept any more, and why.
#[derive(Clone, Debug)]
pub(crate) struct Unkept(pub(crate) String);

/// What waits until all that was handed in by now is kept.
#[derive(Clone, Debug)]
pub(crate) struct Waiter {
    number: u64,
    through: watch::Receiver<Through>,
}

/// Opens the store in a folder, or makes one in an empty or new one.
pub(crate) fn open(folder: &Path) -> Result<(Database, Rows), Why> {
    fs::create_dir_all(folder).map_err(Why::Failed)?;
    let (path, begun) = (folder.join(FILE), folder.join(BEGUN));
    let is_new = !path.exists();
    if is_new {
        for entry in fs::read_dir(folder).map_err(Why::Failed)? {
            if entry.map_err(Why::Failed)?.file_name() != BEGUN {
                return Err(Why::Foreign);
            }
        }
        match fs::remove_file(&begun) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Why::Failed(error));
            }
            _ => {}
        }
    }
    let file = if is_new { &begun } else { &path };
    let database = Builder::new().set_cache_size(CACHE).create(file).map_err(Why::from)?;
    let rows = boot(&database).map_err(|error| match error {
        Booted::Later(form) => Why::Later(form),
        Booted::Failed(error) => Why::Broken(error.to_string()),
    })?;
    if is_new {
        // It has its name once it is whole, so that one that was cut short is never taken for one.
        fs::rename(begun, path).map_err(Why::Failed)?;
        #[cfg(unix)]
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(Why::Failed)?;
    }
    Ok((database, rows))
}

enum Booted {
    Later(u64),
    Failed(redb::Error),
}

impl<E: Into<redb::Error>> From<E> for Booted {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Counts that it was opened, and reads all rows.
fn boot(database: &Database) -> Result<Rows, Booted> {
    let writing = database.begin_write()?;
    let mut rows = Rows::default();
    {
        let mut numbers = writing.open_table(NUMBERS)?;
        let number = |value: Option<redb::AccessGuard<'_, u64>>| value.map(|value| value.value());
        if let Some(form) = number(numbers.get("form")?).filter(|form| *form > FORM) {
            return Err(Booted::Later(form));
        }
        rows.boots = number(numbers.get("boots")?).unwrap_or(0).saturating_add(1);
        rows.clock = Instant::from_nanos(number(numbers.get("clock")?).unwrap_or(0));
        numbers.insert("form", FORM)?;
        numbers.insert("boots", rows.boots)?;
    }
    for row in writing.open_table(FILES)?.iter()? {
        rows.files.push(row?.1.value().to_vec());
    }
    let over = writing.open_table(OVER)?;
    for row in writing.open_table(BATCHES)?.iter()? {
        let (id, row) = row?;
        let over = over.get(id.value())?.map_or(0, |over| over.value());
        rows.batches.push((row.value().to_vec(), over));
    }
    drop(over);
    for row in writing.open_table(KEYS)?.iter()? {
        let (hash, client) = row?;
        if let Ok(hash) = hash.value().try_into() {
            rows.keys.push((hash, client.value()));
        }
    }
    for row in writing.open_table(BOOKS)?.iter()? {
        let (organization, row) = row?;
        rows.books.push((organization.value(), row.value().to_vec()));
    }
    writing.open_table(PIECES)?;
    writing.commit()?;
    Ok(rows)
}

impl Disk {
    /// Starts the thread. It ends when nobody can hand anything in any more.
    pub(crate) fn start(database: Database) -> io::Result<Self> {
        let database = Arc::new(database);
        let (changes, handed_in) = channel();
        let (told, through) = watch::channel(Through::To(0));
        let writes = Arc::clone(&database);
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || write_all(&writes, &handed_in, &told))?;
        Ok(Self { database, queue: Mutex::new(Queue { handed_in: 0, changes }), through })
    }

    /// Hands changes in, to be kept together.
    pub(crate) fn keep(&self, now: Instant, changes: Vec<Change>) {
        let mut queue = self.queue();
        queue.handed_in += 1;
        // Where the thread has ended, whoever waits learns of it.
        let _ = queue.changes.send((queue.handed_in, now, changes));
    }

    /// Waits for all that was handed in by now.
    pub(crate) fn waiter(&self) -> Waiter {
        Waiter { number: self.queue().handed_in, through: self.through.clone() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What reads the content of files.
    pub(crate) fn reader(&self) -> Reader {
        Reader(Arc::clone(&self.database))
    }
}

impl Waiter {
    /// Waits until it is kept.
    pub(crate) async fn kept(mut self) -> Result<(), Unkept> {
        let number = self.number;
        let is_told = |through: &Through| match through {
            Through::To(done) => *done >= number,
            Through::Broken(_) => true,
        };
        match self.through.wait_for(is_told).await.as_deref() {
            Ok(Through::To(_)) => Ok(()),
            Ok(Through::Broken(why)) => Err(Unkept(why.clone())),
            Err(_) => Err(Unkept("the store has ended".to_owned())),
        }
    }
}

/// What reads the content of files.
#[derive(Clone)]
pub(crate) struct Reader(Arc<Database>);

impl Reader {
    /// Hands each piece of a file's content to `take`, in their order, as long as it takes any.
    pub(crate) fn pieces(
        &self,
        id: &str,
        mut take: impl FnMut(Bytes) -> bool,
    ) -> Result<(), Unkept> {
        let unkept = |error: redb::Error| Unkept(error.to_string());
        let mut each = || -> Result<(), redb::Error> {
            let pieces = self.0.begin_read()?.open_table(PIECES)?;
            for piece in pieces.range((id, 0)..=(id, u64::MAX))? {
                if !take(Bytes::copy_from_slice(piece?.1.value())) {
                    break;
                }
            }
            Ok(())
        };
        each().map_err(unkept)
    }
}

/// The thread: whatever waits is written in one transaction.
fn write_all(
    database: &Database,
    handed_in: &Receiver<(u64, Instant, Vec<Change>)>,
    told: &watch::Sender<Through>,
) {
    while let Ok(first) = handed_in.recv() {
        let mut together = Vec::new();
        let mut bytes = 0;
        let (mut last, mut clock) = (0, Instant::START);
        let mut next = Some(first);
        while let Some((number, now, changes)) = next {
            (last, clock) = (number, clock.max(now));
            bytes += changes.iter().map(Change::bytes).sum::<usize>();
            together.extend(changes);
            next = if bytes < TOGETHER { handed_in.try_recv().ok() } else { None };
        }
        match write(database, clock, &together) {
            Ok(()) => told.send_replace(Through::To(last)),
            Err(error) => {
                told.send_replace(Through::Broken(error.to_string()));
                return;
            }
        };
    }
}

fn write(database: &Database, clock: Instant, changes: &[Change]) -> Result<(), redb::Error> {
    let writing = database.begin_write()?;
    for change in changes {
        change.write(&writing)?;
    }
    {
        let mut numbers = writing.open_table(NUMBERS)?;
        let before = numbers.get("clock")?.map_or(0, |clock| clock.value());
        numbers.insert("clock", clock.nanos().max(before))?;
    }
    writing.commit()?;
    Ok(())
}

impl Change {
    fn bytes(&self) -> usize {
        match self {
            Self::Content { content, .. } => content.len(),
            Self::File { row, .. } | Self::Batch { row, .. } | Self::Books { row, .. } => row.len(),
            Self::Gone { .. } | Self::Over { .. } | Self::Key { .. } => 0,
        }
    }

    fn write(&self, writing: &WriteTransaction) -> Result<(), redb::Error> {
        match self {
            Self::File { id, row } => {
                writing.open_table(FILES)?.insert(id.as_str(), row.as_slice())?;
            }
            Self::Content { id, content } => {
                let mut pieces = writing.open_table(PIECES)?;
                for (nth, piece) in (0..).zip(content.chunks(PIECE)) {
                    pieces.insert((id.as_str(), nth), piece)?;
                }
            }
            Self::Gone { id } => {
                writing.open_table(FILES)?.remove(id.as_str())?;
                let mut pieces = writing.open_table(PIECES)?;
                pieces.retain_in((id.as_str(), 0)..=(id.as_str(), u64::MAX), |_, _| false)?;
            }
            Self::Batch { id, row } => {
                writing.open_table(BATCHES)?.insert(id.as_str(), row.as_slice())?;
            }
            Self::Over { id, over } => {
                writing.open_table(OVER)?.insert(id.as_str(), over)?;
            }
            Self::Key { hash, client } => {
                writing.open_table(KEYS)?.insert(hash.as_slice(), client)?;
            }
            Self::Books { organization, row } => {
                writing.open_table(BOOKS)?.insert(organization, row.as_slice())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str, row: &str) -> Change {
        Change::File { id: id.to_owned(), row: row.as_bytes().to_vec() }
    }

    #[tokio::test]
    async fn what_was_waited_for_is_there_again_and_each_opening_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (database, rows) = open(folder.path()).unwrap();
        assert_eq!((rows.boots, rows.clock), (1, Instant::START));
        let disk = Disk::start(database).unwrap();
        let content: Vec<u8> = (0..=255).cycle().take(3 * PIECE + 1).collect();
        let (id, at) = ("a".to_owned(), Instant::from_nanos);
        let whole = Change::Content { id: id.clone(), content: content.clone().into() };
        disk.keep(at(7), vec![file("a", "one"), whole, file("b", "two")]);
        disk.keep(at(5), vec![Change::Key { hash: [9; 32], client: 3 }]);
        disk.keep(at(6), vec![Change::Gone { id: "b".to_owned() }]);
        disk.keep(at(6), vec![Change::Batch { id: id.clone(), row: b"three".to_vec() }]);
        disk.keep(at(6), vec![Change::Over { id: id.clone(), over: 4 }]);
        disk.keep(at(6), vec![Change::Books { organization: 8, row: b"four".to_vec() }]);
        disk.waiter().kept().await.unwrap();
        let read = |disk: &Disk| {
            let mut read = Vec::new();
            let took = disk.reader().pieces("a", |piece| {
                read.extend_from_slice(&piece);
                true
            });
            took.map(|()| read).unwrap()
        };
        assert_eq!(read(&disk), content);
        drop(disk);
        let (database, rows) = opened_again(folder.path());
        assert_eq!((rows.boots, rows.clock), (2, at(7)), "no clock goes back");
        assert_eq!(rows.files, [b"one".to_vec()]);
        assert_eq!(rows.batches, [(b"three".to_vec(), 4)]);
        assert_eq!((rows.keys, rows.books), (vec![([9; 32], 3)], vec![(8, b"four".to_vec())]));
        let disk = Disk::start(database).unwrap();
        assert_eq!(read(&disk), content);
    }

    /// The thread that wrote lets go of the file a moment after its end is asked for.
    fn opened_again(folder: &Path) -> (Database, Rows) {
        loop {
            match open(folder) {
                Err(Why::Locked) => thread::yield_now(),
                other => return other.unwrap(),
            }
        }
    }

    #[test]
    fn a_folder_that_is_no_good_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (first, _) = open(folder.path()).unwrap();
        assert!(matches!(open(folder.path()), Err(Why::Locked)));
        let writing = first.begin_write().unwrap();
        writing.open_table(NUMBERS).unwrap().insert("form", FORM + 1).unwrap();
        writing.commit().unwrap();
        drop(first);
        assert!(matches!(open(folder.path()), Err(Why::Later(form)) if form == FORM + 1));
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("notes.txt"), "mine").unwrap();
        assert!(matches!(open(other.path()), Err(Why::Foreign)));
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1);
        fs::write(other.path().join(FILE), "this is no database, whatever it is called").unwrap();
        assert!(matches!(open(other.path()), Err(Why::Foreign | Why::Broken(_))));
    }

    #[test]
    fn one_that_was_cut_short_as_it_was_made_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(BEGUN), "half of i").unwrap();
        let (_database, rows) = open(folder.path()).unwrap();
        assert_eq!(rows.boots, 1);
        assert!(!folder.path().join(BEGUN).exists());
    }
}
