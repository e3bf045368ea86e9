//! Drawings: bars by a small writer of SVG, lines and areas over time by plotters.

pub(crate) mod bars;
pub(crate) mod mark;
pub(crate) mod svg;
pub(crate) mod time;
