//! Speed, by question: each bench target of `benches` answers the one in its header.

use std::process::ExitCode;

use crate::big_log;
use crate::callgrind::{self, Trouble};
use crate::say::complain;
use crate::workspace::Workspace;

/// `bench`: all of them; `bench NAME …`: one, with arguments for criterion; `bench instructions`
/// and `bench allocations`: counted under valgrind.
pub(crate) fn run(workspace: &Workspace, words: &[&str]) -> ExitCode {
    if let ["big-log", rest @ ..] = words {
        return big_log::run(workspace, rest).map_or_else(
            |what| {
                complain(&what);
                ExitCode::FAILURE
            },
            |()| ExitCode::SUCCESS,
        );
    }
    let counted = match words {
        ["instructions"] => callgrind::instructions(workspace),
        ["allocations"] => callgrind::allocations(workspace),
        _ => return timed(workspace, words),
    };
    let what = match counted {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Trouble::Absent) => "valgrind is not installed".to_owned(),
        Err(Trouble::Failed(what)) => what,
    };
    complain(&what);
    ExitCode::FAILURE
}

fn timed(workspace: &Workspace, words: &[&str]) -> ExitCode {
    let mut cargo = workspace.cargo();
    cargo.args(["bench", "--package", "benches"]);
    if let [name, rest @ ..] = words {
        cargo.args(["--bench", name, "--"]).args(rest);
    }
    match cargo.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            complain(&format!("cargo does not start: {error}"));
            ExitCode::FAILURE
        }
    }
}
