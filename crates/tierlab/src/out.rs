//! Where results are written.

use std::fs;
use std::path::{Path, PathBuf};

use run_record::RunRecord;

use crate::draw;
use crate::failure::Failure;
use crate::open::Opened;

/// The folder of committed pages, and the one for experiments.
pub(crate) const REPORTS: &str = "reports";
const LOCAL: &str = "reports/local";

/// The folder whose scenarios have committed pages.
pub(crate) const SCENARIOS: &str = "scenarios";

/// The forms that a result can be written in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Record,
    Page,
}

/// The form that a path's extension asks for.
pub(crate) fn form_of(path: &Path) -> Result<Form, Failure> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Ok(Form::Record),
        Some("html") => Ok(Form::Page),
        _ => Err(Failure::usage(format!(
            "--out {}: the extension says the form, .json (the record) or .html (the page)",
            path.display()
        ))),
    }
}

/// Writes a record in the form of the path.
pub(crate) fn write(path: &Path, record: &RunRecord) -> Result<(), Failure> {
    let text = match form_of(path)? {
        Form::Record => record.write(),
        Form::Page => draw::page(record),
    };
    put(path, &text)
}

/// Writes record and page of a run where its scenario's belong: beside the committed ones only if
/// it is one of them and nothing was overridden.
pub(crate) fn write_default(opened: &Opened, record: &RunRecord) -> Result<Vec<PathBuf>, Failure> {
    let stem = opened.path.file_stem().unwrap_or_default();
    let committed = opened.path.parent() == Some(Path::new(SCENARIOS)) && !opened.overridden;
    let folder = Path::new(if committed { REPORTS } else { LOCAL });
    let named = |extension: &str| folder.join(stem).with_extension(extension);
    let paths = vec![named("html"), named("json")];
    for path in &paths {
        write(path, record)?;
    }
    Ok(paths)
}

/// Writes a file whole or not at all: a reader never sees half of it.
pub(crate) fn put(path: &Path, text: &str) -> Result<(), Failure> {
    let fail = |error| Failure::unwritable(path, &error);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = PathBuf::from(unfinished);
    fs::write(&unfinished, text).map_err(fail)?;
    fs::rename(&unfinished, path).map_err(fail)
}
