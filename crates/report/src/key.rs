//! Entries of a chart's key.

use maud::{Markup, html};

use crate::chart::mark;

/// A filled area.
pub(crate) fn fill(class: &str, words: &str) -> Markup {
    html! {
        li {
            svg.swatch viewBox="0 0 18 12" aria-hidden="true" {
                rect class=(class) width="18" height="12" {}
            }
            (words)
        }
    }
}

/// A line.
pub(crate) fn line(class: &str, words: &str) -> Markup {
    html! {
        li {
            svg.swatch viewBox="0 0 18 12" aria-hidden="true" {
                line class=(class) x1="0" y1="6" x2="18" y2="6" {}
            }
            (words)
        }
    }
}

/// The range of the seeds.
pub(crate) fn whisker(words: &str) -> Markup {
    html! {
        li {
            svg.swatch viewBox="0 0 18 12" aria-hidden="true" {
                path.whisker d="M2 3v6M2 6h14M16 3v6" {}
            }
            (words)
        }
    }
}

/// The hatches that fills refer to and the shapes of marks, once for a page; larger hatches for
/// drawings at twice the size.
pub(crate) fn patterns() -> Markup {
    html! {
        svg.patterns aria-hidden="true" {
            defs {
                (mark::shapes())
                (hatch("late", "p-late", "rotate(45)", "2.2", "5"))
                @for (suffix, turn) in [("", "scale(1)"), ("-twice", "scale(2)")] {
                    (hatch(&format!("requests{suffix}"), "p-requests", &format!("{turn} rotate(-45)"), "1.4", "4"))
                    (hatch(&format!("model{suffix}"), "p-model", &format!("{turn} rotate(45)"), "2", "4"))
                    pattern id={ "dynamic" (suffix) } width="5" height="5"
                        patternUnits="userSpaceOnUse" patternTransform=(turn) {
                        rect.p-dynamic width="5" height="5" {}
                        circle cx="1.5" cy="1.5" r="1" {}
                        circle cx="4" cy="4" r="1" {}
                    }
                }
                (hatch("blocked", "p-blocked", "rotate(45)", "1.2", "6"))
                (hatch("excess", "p-excess", "rotate(45)", "1.6", "5"))
                (hatch("excess-twice", "p-excess", "scale(2) rotate(45)", "1.6", "5"))
            }
        }
    }
}

fn hatch(id: &str, class: &str, turn: &str, thick: &str, size: &str) -> Markup {
    html! {
        pattern id=(id) width=(size) height=(size) patternUnits="userSpaceOnUse"
            patternTransform=(turn) {
            rect class=(class) width=(size) height=(size) {}
            rect width=(thick) height=(size) {}
        }
    }
}
