//! `schema`: what makes an editor complete the words of a scenario, and underline the wrong ones.

use rulebook::Rulebook;

use crate::exit::Ending;
use crate::failure::Failure;
use crate::out;

pub(crate) fn run() -> Result<Ending, Failure> {
    out::print(&scenario::schema(&Rulebook::embedded()?))?;
    Ok(Ending::Fine)
}
