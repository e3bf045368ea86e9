//! Pages from records.
