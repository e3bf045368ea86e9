//! What Together promises, with sources.
