//! Drawings: bars by a small writer of SVG, lines and areas by plotters.

pub(crate) mod balance;
pub(crate) mod bars;
pub(crate) mod decades;
pub(crate) mod even;
pub(crate) mod labels;
pub(crate) mod lines;
pub(crate) mod mark;
pub(crate) mod scatter;
pub(crate) mod svg;
pub(crate) mod time;
