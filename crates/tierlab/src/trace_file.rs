//! Finding the trace that a scenario asks for, and reading it as it comes.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use scenario::{Reading, Trace, TraceNeed};
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::unpack::text_of;

/// A trace that was found and read.
pub(crate) struct Found {
    pub(crate) trace: Trace,
    pub(crate) sha256: String,
    /// Whether its hash is the one that the scenario declares: then where it lies changes nothing.
    pub(crate) declared: bool,
    /// What deserves to be told about its rows.
    pub(crate) remarks: Vec<String>,
}

/// Looks for the trace beside the scenario or where the user says, reads it and takes its hash, in
/// one go. `None` when it is nowhere.
pub(crate) fn find(
    need: &TraceNeed,
    scenario: &Path,
    said: Option<&Path>,
) -> Result<Option<Found>, Failure> {
    let Some(path) = place_of(need, scenario, said) else { return Ok(None) };
    let file = File::open(&path).map_err(|error| Failure::unreadable(&path, &error))?;
    let mut file = Hashed { file, hash: Sha256::new() };
    let read = rows_of(&path, &mut file, need);
    // Another file than the declared one is told of first: then its rows may be anything.
    let must_be_declared = need.sha256.is_some() && said.is_none();
    if read.is_ok() || must_be_declared {
        io::copy(&mut file, &mut io::sink()).map_err(|error| Failure::unreadable(&path, &error))?;
    }
    let sha256 = hex(&file.hash.finalize());
    let declared = need.sha256.as_deref() == Some(sha256.as_str());
    if !declared && must_be_declared {
        return Err(Failure::invalid(format!(
            "{} is not the trace that the scenario declares: its sha256 is {sha256}; name it with --trace to use it all the same",
            path.display()
        )));
    }
    let reading = read?;
    let remarks = reading.remarks();
    Ok(Some(Found { trace: reading.trace, sha256, declared, remarks }))
}

fn rows_of(path: &Path, file: &mut dyn Read, need: &TraceNeed) -> Result<Reading, Failure> {
    let archive = path.display();
    let member = need.member.as_deref();
    let name = member.map_or_else(|| archive.to_string(), |member| format!("{archive}/{member}"));
    let read =
        text_of(file, member, |text| Trace::read_as(&name, text, &need.format, need.attempts));
    let read = read.map_err(|fault| Failure::invalid(format!("{archive} {fault}")))?;
    read.map_err(|fault| Failure::invalid(format!("{fault} [{}]", fault.code())))
}

/// A file that is hashed as it is read.
struct Hashed {
    file: File,
    hash: Sha256,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.hash.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// What to tell somebody who has not got the trace.
pub(crate) fn missing(need: &TraceNeed) -> String {
    let TraceNeed { file, sha256, bytes, source, .. } = need;
    [
        Some(format!("the trace {file} is missing")),
        source.as_ref().map(|source| format!("it is published at {source}")),
        bytes.map(|bytes| format!("{bytes} bytes")),
        sha256.as_ref().map(|sha256| format!("sha256 {sha256}")),
        Some("say where it lies with --trace PATH".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("; ")
}

fn place_of(need: &TraceNeed, scenario: &Path, said: Option<&Path>) -> Option<PathBuf> {
    let file_name = Path::new(&need.file).file_name();
    let beside = || Some(scenario.parent()?.join(&need.file)).filter(|path| path.is_file());
    match said {
        Some(folder) if folder.is_dir() => {
            file_name.map(|name| folder.join(name)).filter(|path| path.is_file())
        }
        Some(path) => Some(path.to_owned()),
        None => beside(),
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// The sha256 of a text, in hexadecimal digits.
pub(crate) fn sha256_of(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}
