//! `new`: a commented scenario to begin with.

use std::io::Write;
use std::path::Path;

use crate::args::{Manners, New};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::{new_from_log, out};

/// What a newcomer begins with: valid as it stands, and short enough to be read.
const SCENARIO: &str = include_str!("new/scenario.toml");

pub(crate) fn run(said: &New, manners: &Manners) -> Result<Ending, Failure> {
    if let Some(file) = said.file.as_ref().filter(|file| file.exists()) {
        let path = file.display();
        return Err(Failure::usage(format!("{path} is there already: name another file")));
    }
    let text = match &said.from_log {
        None => SCENARIO.to_owned(),
        Some(log) => new_from_log::infer(log, said, manners)?,
    };
    let Some(file) = &said.file else {
        out::print(&text)?;
        return Ok(Ending::Fine);
    };
    out::put(file, &text)?;
    if !manners.quiet {
        tell(file);
    }
    Ok(Ending::Fine)
}

/// What to do with it next.
fn tell(file: &Path) {
    let path = file.display();
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(
        std::io::stderr(),
        "wrote {path}; next:\n  cargo xtask check {path}\n  cargo xtask simulate {path}"
    );
}
