//! Printing: results to stdout, everything else to stderr, and a closed pipe is no fault.

use std::io::Write;

/// One line of result.
pub(crate) fn say(line: &str) {
    // Whoever closed the pipe (`| head`) has read enough.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// One line for whoever is watching.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "xtask: {line}");
}
