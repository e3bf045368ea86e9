//! Finding the recording that a scenario asks for, and reading it as it comes.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use scenario::{
    ClientSet, ClientSetNeed, ClientSetReader, LengthsNeed, Part, Reading, Trace, TraceFault,
    TraceNeed,
};
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::unpack::{each_member, text_of};

/// A recording that was found and read.
pub(crate) struct Found<T> {
    pub(crate) recording: T,
    /// Of two archives of which the second is not declared: that of both hashes, one after the
    /// other.
    pub(crate) sha256: String,
    /// Whether its hash is the one that the scenario declares: then where it lies changes nothing.
    pub(crate) declared: bool,
    /// Whether the scenario declares another hash.
    pub(crate) other: bool,
    /// What deserves to be told about what it holds.
    pub(crate) remarks: Vec<String>,
}

/// A file as a scenario asks for it.
#[derive(Copy, Clone)]
pub(crate) struct Wanted<'w> {
    pub(crate) file: &'w str,
    pub(crate) sha256: Option<&'w str>,
    bytes: Option<u64>,
    source: Option<&'w str>,
}

impl<'w> From<&'w TraceNeed> for Wanted<'w> {
    fn from(need: &'w TraceNeed) -> Self {
        Wanted {
            file: &need.file,
            sha256: need.sha256.as_deref(),
            bytes: need.bytes,
            source: need.source.as_deref(),
        }
    }
}

impl<'w> From<&'w ClientSetNeed> for Wanted<'w> {
    fn from(need: &'w ClientSetNeed) -> Self {
        Wanted {
            file: &need.file,
            sha256: need.sha256.as_deref(),
            bytes: need.bytes,
            source: need.source.as_deref(),
        }
    }
}

impl<'w> From<&'w LengthsNeed> for Wanted<'w> {
    fn from(need: &'w LengthsNeed) -> Self {
        Wanted { file: &need.file, sha256: need.sha256.as_deref(), bytes: None, source: None }
    }
}

/// Looks for the trace beside the scenario or where the user says, reads it and takes its hash, in
/// one go. `None` when it is nowhere.
pub(crate) fn find(
    need: &TraceNeed,
    scenario: &Path,
    said: Option<&Path>,
) -> Result<Option<Found<Trace>>, Failure> {
    let Some(path) = place_of(&need.file, scenario, said) else { return Ok(None) };
    let read = |file: &mut dyn Read| rows_of(&path, file, need);
    let (reading, sha256, declared) = hashed(&path, Wanted::from(need), said.is_some(), read)?;
    let remarks = reading.remarks();
    let other = need.sha256.is_some() && !declared;
    Ok(Some(Found { recording: reading.trace, sha256, declared, other, remarks }))
}

/// The same for a set of clients, whose lengths may lie in a second archive. When one of the two
/// is nowhere, what to tell of it.
pub(crate) fn find_clients(
    need: &ClientSetNeed,
    scenario: &Path,
    said: Option<&Path>,
) -> Result<Result<Found<ClientSet>, String>, Failure> {
    let Some(path) = place_of(&need.file, scenario, said) else { return Ok(Err(missing(need))) };
    let mut reader = ClientSetReader::default();
    let part = if need.lengths.is_some() { Part::Rates } else { Part::Both };
    let read = |file: &mut dyn Read| clients_of(&path, file, part, &mut reader);
    let ((), mut sha256, mut declared) = hashed(&path, Wanted::from(need), said.is_some(), read)?;
    let other = need.sha256.is_some() && !declared;
    if let Some(lengths) = &need.lengths {
        // Of two archives the user can say where one lies: the other lies beside it.
        let beside = said.filter(|said| !said.is_dir()).map(|said| {
            let name = Path::new(&lengths.file).file_name().unwrap_or_default();
            folder_of(said).join(name)
        });
        let place = match beside {
            Some(path) => Some(path).filter(|path| path.is_file()),
            None => place_of(&lengths.file, scenario, said),
        };
        let Some(path) = place else { return Ok(Err(missing(lengths))) };
        let read = |file: &mut dyn Read| clients_of(&path, file, Part::Lengths, &mut reader);
        let ((), second, known) = hashed(&path, Wanted::from(lengths), false, read)?;
        // A hash that stands in the scenario is already in what a run is known by.
        if !known {
            sha256 = sha256_of(&(sha256 + &second));
            declared = false;
        }
    }
    let recording = reader.finish(&path.display().to_string());
    let recording = recording.map_err(|fault| Failure::invalid(fault.to_string()))?;
    let remarks = recording.remarks();
    Ok(Ok(Found { recording, sha256, declared, other, remarks }))
}

/// What `read` makes of a file, its sha256, and whether that is the one declared. Another file than
/// the declared one is refused, unless it is `foreign`: the user named it.
fn hashed<T>(
    path: &Path,
    wanted: Wanted<'_>,
    foreign: bool,
    read: impl FnOnce(&mut dyn Read) -> Result<T, Failure>,
) -> Result<(T, String, bool), Failure> {
    let file = File::open(path).map_err(|error| Failure::unreadable(path, &error))?;
    let mut file = Hashed { file, hash: Sha256::new() };
    let read = read(&mut file);
    // Another file than the declared one is told of first: then its rows may be anything.
    let must_be_declared = wanted.sha256.is_some() && !foreign;
    if read.is_ok() || must_be_declared {
        io::copy(&mut file, &mut io::sink()).map_err(|error| Failure::unreadable(path, &error))?;
    }
    let sha256 = hex(&file.hash.finalize());
    let declared = wanted.sha256 == Some(sha256.as_str());
    if !declared && must_be_declared {
        return Err(Failure::invalid(format!(
            "{} is not the trace that the scenario declares: its sha256 is {sha256}; name it with --trace to use it all the same",
            path.display()
        )));
    }
    Ok((read?, sha256, declared))
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

fn clients_of(
    path: &Path,
    file: &mut dyn Read,
    part: Part,
    reader: &mut ClientSetReader,
) -> Result<(), Failure> {
    let archive = path.display();
    let read = each_member(file, |member, text| -> Result<(), TraceFault> {
        reader.member(&format!("{archive}/{member}"), part, text)
    });
    let read = read.map_err(|fault| Failure::invalid(format!("{archive} {fault}")))?;
    read.map_err(|fault| Failure::invalid(fault.to_string()))
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

/// What to tell somebody who has not got a recording.
pub(crate) fn missing<'w>(wanted: impl Into<Wanted<'w>>) -> String {
    let Wanted { file, sha256, bytes, source } = wanted.into();
    [
        Some(format!("the trace {file} is missing")),
        source.map(|source| format!("it is published at {source}")),
        bytes.map(|bytes| format!("{bytes} bytes")),
        sha256.map(|sha256| format!("sha256 {sha256}")),
        Some("say where it lies with --trace PATH".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("; ")
}

fn place_of(file: &str, scenario: &Path, said: Option<&Path>) -> Option<PathBuf> {
    let file_name = Path::new(file).file_name();
    let beside = || Some(folder_of(scenario).join(file)).filter(|path| path.is_file());
    match said {
        Some(folder) if folder.is_dir() => {
            file_name.map(|name| folder.join(name)).filter(|path| path.is_file())
        }
        Some(path) => Some(path.to_owned()),
        None => beside(),
    }
}

/// The folder that a file lies in; for a name alone nothing, which names the folder one is in.
fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
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
