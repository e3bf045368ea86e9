//! `completions`: what makes a shell complete the words of this program.

use clap::CommandFactory;

use crate::args::{Arguments, Completions};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::out;

pub(crate) fn run(said: &Completions) -> Result<Ending, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(said.shell, &mut Arguments::command(), "tierlab", &mut script);
    out::print(&String::from_utf8_lossy(&script))?;
    Ok(Ending::Fine)
}
