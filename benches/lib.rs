//! Benches only; see README.md beside this file.
