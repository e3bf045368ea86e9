//! The forms that a run can be written in, by a file's extension.

use std::path::Path;

use report::{Page, forms};
use run_record::RunRecord;

use crate::failure::Failure;

/// A form of one run or several.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Record,
    Page,
    Markdown,
    Results,
    Steps,
    Times,
}

impl Form {
    /// The form that a path's extension asks for.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        Self::found(path).ok_or_else(|| match path.extension() {
            Some(extension) if extension == "svg" => unknown(
                path,
                "and an .svg is one chart: report RUN.json --chart 429s-by-tier --out x.svg",
            ),
            _ => unknown(path, SAID),
        })
    }

    /// The same; none where it asks for none of them.
    pub(crate) fn found(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "json" => Some(Self::Record),
            "html" => Some(Self::Page),
            "md" => Some(Self::Markdown),
            "xml" => Some(Self::Results),
            "csv" => Some(Self::Steps),
            "hlog" => Some(Self::Times),
            _ => None,
        }
    }

    /// Whether it can hold several runs.
    pub(crate) const fn holds_several(self) -> bool {
        match self {
            Self::Page | Self::Markdown => true,
            Self::Record | Self::Results | Self::Steps | Self::Times => false,
        }
    }

    /// Runs in this form.
    pub(crate) fn write(self, runs: &[RunRecord]) -> Result<String, Failure> {
        let each =
            |of: fn(&RunRecord) -> String| runs.iter().map(of).collect::<Vec<_>>().join("\n");
        Ok(match self {
            Self::Record => each(RunRecord::write),
            Self::Page => Page::from_runs(runs).to_html(),
            Self::Markdown => each(forms::markdown),
            Self::Results => each(forms::junit),
            Self::Steps => each(forms::csv),
            Self::Times => {
                let logs: Result<String, _> = runs.iter().map(RunRecord::hlog).collect();
                logs.map_err(|fault| Failure::ours(fault.to_string()))?
            }
        })
    }
}

/// The forms in words.
pub(crate) const SAID: &str = ".json (the record), .html (the page), .md (Markdown), .xml (JUnit), \
    .csv (counts of each step) or .hlog (times, for HdrHistogram)";

/// A path whose extension says none of these forms.
pub(crate) fn unknown(path: &Path, forms: &str) -> Failure {
    let path = path.display();
    Failure::usage(format!("--out {path}: the extension says the form, {forms}"))
}
