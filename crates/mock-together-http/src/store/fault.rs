//! Why a folder cannot be what data is kept in, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use redb::{DatabaseError, StorageError};

use crate::store::disk::{FILE, FORM};

/// Why a folder cannot be what data is kept in.
#[derive(Debug)]
pub(crate) enum Why {
    /// Something else is in it.
    Foreign,
    /// Somebody else has it open.
    Locked,
    /// A later version wrote it, in this form.
    Later(u64),
    /// It cannot be made, read or written.
    Failed(io::Error),
    /// It is a store, and something in it makes no sense.
    Broken(String),
}

impl From<DatabaseError> for Why {
    fn from(error: DatabaseError) -> Self {
        if let DatabaseError::Storage(StorageError::Io(error)) = error {
            let is_other = error.kind() == io::ErrorKind::InvalidData;
            return if is_other { Self::Foreign } else { Self::Failed(error) };
        }
        if matches!(error, DatabaseError::DatabaseAlreadyOpen) {
            return Self::Locked;
        }
        Self::Broken(error.to_string())
    }
}

/// The folder as the user says it, and why it is no good.
#[derive(Debug)]
pub struct DataFault {
    folder: PathBuf,
    why: Why,
}

impl DataFault {
    pub(crate) fn new(folder: &Path, why: Why) -> Self {
        Self { folder: folder.to_owned(), why }
    }

    /// Whether it is what is in the folder that is no good; else the folder cannot be used now.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        matches!(self.why, Why::Foreign | Why::Later(_) | Why::Broken(_))
    }
}

impl std::fmt::Display for DataFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let folder = self.folder.display();
        match &self.why {
            Why::Foreign => write!(
                f,
                "{folder} holds something else than tierlab's data: name an empty folder or a new one"
            ),
            Why::Locked => write!(
                f,
                "{folder} is in use by another `tierlab serve`: end that one, or name another folder"
            ),
            Why::Later(form) => write!(
                f,
                "{folder} was written by a later tierlab, in form {form}, and this one reads up to \
                 form {FORM}: use that one, or name another folder"
            ),
            Why::Failed(error) => write!(
                f,
                "cannot keep data in {folder}: {error}; name a folder that can be written to"
            ),
            Why::Broken(why) => write!(
                f,
                "the data in {folder} cannot be read: {why}; move {FILE} out of the way to begin anew"
            ),
        }
    }
}

impl std::error::Error for DataFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Failed(error) => Some(error),
            Why::Foreign | Why::Locked | Why::Later(_) | Why::Broken(_) => None,
        }
    }
}
