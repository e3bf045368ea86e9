//! Finding an edition: one of the house's, or a user's own by its path.

use std::fs;
use std::path::Path;

use rulebook::Rulebook;

use crate::failure::Failure;

/// The embedded rulebook; and where `name` is the path of a `.toml` file, from the folder `from`,
/// that edition too, known by this name.
pub(crate) fn rulebook(name: Option<&str>, from: &Path) -> Result<Rulebook, Failure> {
    let mut rulebook = Rulebook::embedded()?;
    let is_file = |name: &&str| Path::new(name).extension().is_some_and(|end| end == "toml");
    if let Some(name) = name.filter(is_file)
        && rulebook.edition(name).is_none()
    {
        let path = from.join(name);
        let text = fs::read_to_string(&path).map_err(|error| Failure::unreadable(&path, &error))?;
        rulebook.add(name, &text)?;
    }
    Ok(rulebook)
}
