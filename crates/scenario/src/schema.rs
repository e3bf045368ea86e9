//! The language for editors.

use rulebook::Rulebook;

use crate::written;

/// The JSON Schema (draft-07) of scenarios, as text with a newline at its end. The tiers, models and
/// assumptions of its editions are proposed; others are not refused, for a file may name another.
#[must_use]
pub fn schema(rulebook: &Rulebook) -> String {
    format!("{:#}\n", written::schema(rulebook))
}
