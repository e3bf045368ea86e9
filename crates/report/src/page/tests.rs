//! The whole page.

use super::*;
use crate::sample::launch;

#[test]
fn dump() {
    std::fs::write("/tmp/page.html", Page::from_runs(&[launch()]).to_html()).unwrap();
    let e = Entry::of("page.html", &launch());
    std::fs::write("/tmp/index.html", crate::index::index(&[e.clone(), e])).unwrap();
}
