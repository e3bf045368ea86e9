//! `schema`: what makes an editor complete the words of a scenario, and underline the wrong ones.

use crate::exit::Ending;
use crate::failure::Failure;
use crate::{editions, out};

pub(crate) fn run() -> Result<Ending, Failure> {
    out::print(&scenario::schema(&editions::edition(None)?))?;
    Ok(Ending::Fine)
}
