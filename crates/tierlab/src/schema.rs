//! `schema`: what makes an editor complete the words of a scenario, and underline the wrong ones.

use crate::exit::Ending;
use crate::failure::Failure;
use crate::{out, serve};

pub(crate) fn run() -> Result<Ending, Failure> {
    out::print(&scenario::schema(&serve::edition(None)?))?;
    Ok(Ending::Fine)
}
