//! Faults as people see them: place, underline, remedy.

use std::fmt;
use std::io::Write;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource};
use rulebook::{Fault, Refused, Severity};

/// One fault of a file, in the form that the renderer takes.
#[derive(Debug)]
struct Shown<'a> {
    fault: &'a Fault,
    source: NamedSource<String>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.fault.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.fault.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.fault.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.fault.place.is_some().then_some(&self.source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.fault.place.clone()?;
        let label = LabeledSpan::new_with_span(Some(self.fault.label.clone()), place);
        Some(Box::new(std::iter::once(label)))
    }
}

/// Prints every fault of a refusal.
pub(crate) fn print(refused: &Refused, color: bool, to: &mut impl Write) {
    print_all(&refused.name, &refused.text, &refused.faults, color, to);
}

/// Prints faults or warnings about a text.
pub(crate) fn print_all(
    name: &str,
    text: &str,
    faults: &[Fault],
    color: bool,
    to: &mut impl Write,
) {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(100);
    for fault in faults {
        let shown = Shown { fault, source: NamedSource::new(name, text.to_owned()) };
        let mut page = String::new();
        if handler.render_report(&mut page, &shown).is_err() {
            page.clone_from(&fault.message);
        }
        // Nobody is left to tell when stderr is gone.
        let _ = writeln!(to, "{}", page.trim_end());
        if fault.place.is_none() {
            let _ = writeln!(to, "   in {name}");
        }
    }
}
