//! Pages, as this binary writes them.

use report::Page;
use run_record::RunRecord;

/// The page of one run.
pub(crate) fn page(record: &RunRecord) -> String {
    Page::from_runs(std::slice::from_ref(record)).to_html()
}
