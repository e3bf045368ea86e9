//! The binary: arguments, files, exit codes.
fn main() {}
