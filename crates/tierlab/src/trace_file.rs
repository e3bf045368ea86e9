//! Finding the trace that a scenario asks for.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use scenario::{Trace, TraceNeed};
use sha2::{Digest, Sha256};

use crate::failure::Failure;

/// A trace that was found and read.
pub(crate) struct Found {
    pub(crate) trace: Trace,
    pub(crate) sha256: String,
    /// Whether its hash is the one that the scenario declares: then where it lies changes nothing.
    pub(crate) declared: bool,
}

/// Looks for the trace beside the scenario or where the user says, reads it and takes its hash.
/// `None` when it is nowhere.
pub(crate) fn find(
    need: &TraceNeed,
    scenario: &Path,
    said: Option<&Path>,
) -> Result<Option<Found>, Failure> {
    let Some(path) = place_of(need, scenario, said) else { return Ok(None) };
    let bytes = read(&path)?;
    let sha256 = hex(&Sha256::digest(&bytes));
    let declared = need.sha256.as_deref() == Some(sha256.as_str());
    if !declared && said.is_none() && need.sha256.is_some() {
        return Err(Failure::invalid(format!(
            "{} is not the trace that the scenario declares: its sha256 is {sha256}; name it with --trace to use it all the same",
            path.display()
        )));
    }
    let name = path.display().to_string();
    let packed = bytes.starts_with(&[0x1f, 0x8b]);
    let trace = if packed {
        Trace::read_azure(&name, BufReader::new(MultiGzDecoder::new(bytes.as_slice())))
    } else {
        Trace::read_azure(&name, bytes.as_slice())
    };
    let trace = trace.map_err(|fault| Failure::invalid(fault.to_string()))?;
    Ok(Some(Found { trace, sha256, declared }))
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

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let open = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    open().map_err(|error| Failure::unreadable(path, &error))
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
