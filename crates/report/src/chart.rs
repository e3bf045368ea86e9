//! Drawings: bars by a small writer of SVG, lines and areas over time by plotters.

pub(crate) mod balance;
pub(crate) mod bars;
pub(crate) mod even;
pub(crate) mod mark;
pub(crate) mod svg;
pub(crate) mod time;
