//! A record in other forms than the page: words for a pull request, results for a build server,
//! counts for a spreadsheet, a single chart.
//!
//! Every form is made of the same record by the same rules as the page, so that no two of them tell
//! different figures.

mod chart;
mod csv;
mod junit;
mod markdown;
mod matrix;
mod xml;

pub use chart::{Chart, charts};
pub use csv::csv;
pub use junit::junit;
pub use markdown::markdown;
pub use matrix::{Column, Matrix, Met};
