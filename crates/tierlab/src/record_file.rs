//! Saved runs.

use std::fs;
use std::path::Path;

use run_record::RunRecord;

use crate::failure::Failure;

/// Reads a record; what is wrong with it is said with its place and its remedy.
pub(crate) fn read(file: &Path) -> Result<RunRecord, Failure> {
    let text = fs::read_to_string(file).map_err(|error| Failure::unreadable(file, &error))?;
    RunRecord::read(&text).map_err(|fault| {
        let (line, column) = fault.place();
        let (code, help) = (fault.code(), fault.help());
        Failure::invalid(format!(
            "{}:{line}:{column}: {fault} [{code}]\n  help: {help}",
            file.display()
        ))
    })
}
