//! The binary: arguments, files, what is printed, exit codes. The only crate that knows everyone.
//!
//! stdout carries the result, stderr everything else. One verb, one file.

mod age;
mod args;
mod calibrate;
mod calibrate_json;
mod calibrate_text;
mod check;
mod check_cost;
mod check_loads;
mod compare;
mod compare_text;
mod completions;
mod cost_text;
mod draw;
mod editions;
mod exec;
mod exit;
mod expectations_text;
mod explained;
mod failure;
mod faults;
mod form;
mod headroom_text;
mod history;
mod league_text;
mod lines;
mod load;
mod load_text;
mod matrix_text;
mod moment;
mod new;
mod new_from_log;
mod open;
mod open_files;
mod out;
mod progress;
mod record_file;
mod report;
mod rules;
mod rules_diff;
mod rules_json;
mod rules_text;
mod saved;
mod schema;
mod serve;
mod serve_log;
mod set;
mod signals;
mod simulate;
mod strategies_told;
mod summary_text;
mod supposed;
mod trace_file;
mod tune;
mod tune_json;
mod tune_text;
mod unpack;
mod watch;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, ColorWhen, Manners, Verb};
use exit::Ending;
use failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let manners = &arguments.manners;
    match &arguments.verb {
        Verb::Simulate(_) | Verb::Tune(_) | Verb::Load(_) | Verb::Report(_) => {
            signals::listen();
            signals::listen_for_termination();
        }
        Verb::Serve(_) => signals::listen(),
        // `exec` listens by itself, and a second signal must not end it before its program. The
        // others are done in a moment and end as any program does.
        Verb::Exec(_)
        | Verb::Calibrate(_)
        | Verb::Check(_)
        | Verb::New(_)
        | Verb::Schema
        | Verb::Completions(_)
        | Verb::Compare(_)
        | Verb::Rules(_) => {}
    }
    let ended = match &arguments.verb {
        Verb::Check(said) => check::run(said, manners),
        Verb::Calibrate(said) => calibrate::run(said, manners),
        Verb::Simulate(said) => simulate::run(said, manners),
        Verb::Tune(said) => tune::run(said, manners),
        Verb::Load(said) => load::run(said, manners),
        Verb::Serve(said) => serve::run(said, manners),
        Verb::Exec(said) => exec::run(said, manners),
        Verb::Report(said) => report::run(said, manners),
        Verb::New(said) => new::run(said, manners),
        Verb::Schema => schema::run(),
        Verb::Completions(said) => completions::run(said),
        Verb::Compare(said) => compare::run(said),
        Verb::Rules(said) => rules::run(said, manners),
    };
    let ending = ended.unwrap_or_else(|failure| {
        tell(&failure, manners);
        failure.ending()
    });
    ExitCode::from(ending)
}

/// Says on stderr why something could not be done.
fn tell(failure: &Failure, manners: &Manners) {
    let mut stderr = std::io::stderr().lock();
    match failure {
        Failure::Refused(refused) => faults::print(refused, color(manners), &mut stderr),
        Failure::Said { says, .. } => {
            // Nobody is left to tell when stderr is gone.
            let _ = writeln!(stderr, "error: {says}");
        }
    }
}

/// Whether stderr takes colour.
fn color(manners: &Manners) -> bool {
    let wanted = match manners.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => {
            std::env::var_os("NO_COLOR").is_none_or(|said| said.is_empty())
                && std::io::stderr().is_terminal()
        }
    };
    wanted && !matches!(manners.color, ColorWhen::Never)
}

/// Tells every failure but goes on, so that several files each have their say.
fn each<T>(
    files: &[T],
    manners: &Manners,
    mut one: impl FnMut(&T) -> Result<Ending, Failure>,
) -> Ending {
    let endings = files.iter().map(|file| {
        one(file).unwrap_or_else(|failure| {
            tell(&failure, manners);
            failure.ending()
        })
    });
    endings.max().unwrap_or(Ending::Fine)
}
