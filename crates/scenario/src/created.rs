//! Fine-tunes and evaluations of a file: their names found, their time known, their price said.

use limits::Span;
use rulebook::{Edition, Work};

use crate::ends::{Once, StatedEvent};
use crate::event::Happens;
use crate::fault::Code;
use crate::fine_tune::{Evaluation, FineTune};
use crate::lasts::Stated;
use crate::notes::Notes;
use crate::resolve::unique;
use crate::scenario::Scenario;
use crate::written::{Placed, When, WrittenEvaluation, WrittenFineTune};

/// The fine-tunes and the evaluations of a file.
pub(crate) type Created<'w> = (&'w [WrittenFineTune], &'w [WrittenEvaluation]);

/// The fine-tunes and the evaluations of a file, as far as they could be read.
pub(crate) fn resolve(
    (trained, judged): Created<'_>,
    edition: &Edition,
    (happens, notes): (&Happens, &Notes<'_>),
    stated: &mut Stated,
) -> (Vec<FineTune>, Vec<Evaluation>) {
    let fine_tunes = fine_tunes(trained, edition, happens, stated, notes);
    (fine_tunes, evaluations(judged, edition, happens, stated, notes))
}

fn fine_tunes(
    written: &[WrittenFineTune],
    edition: &Edition,
    happens: &Happens,
    stated: &mut Stated,
    notes: &Notes<'_>,
) -> Vec<FineTune> {
    unique(written.iter().filter_map(|one| one.name.as_ref()), "fine-tunes", notes);
    let one = |written: &WrittenFineTune| {
        let at = moment("fine_tune", written.at.as_ref()?, happens, stated, notes);
        Some(FineTune {
            name: written.name.as_ref()?.value.clone(),
            model: edition.model_for(&written.model.as_ref()?.value, Work::Chat),
            method: written.method?,
            tokens: written.tokens?,
            epochs: written.epochs?,
            validation: written.validation,
            at: at?,
        })
    };
    written.iter().filter_map(one).collect()
}

fn evaluations(
    written: &[WrittenEvaluation],
    edition: &Edition,
    happens: &Happens,
    stated: &mut Stated,
    notes: &Notes<'_>,
) -> Vec<Evaluation> {
    unique(written.iter().filter_map(|one| one.name.as_ref()), "evaluations", notes);
    let one = |written: &WrittenEvaluation| {
        let at = moment("evaluation", written.at.as_ref()?, happens, stated, notes);
        Some(Evaluation {
            name: written.name.as_ref()?.value.clone(),
            model: edition.model_for(&written.model.as_ref()?.value, Work::Chat),
            rows: written.rows?,
            prompt: written.prompt?,
            answer: written.answer?,
            at: at?,
        })
    };
    written.iter().filter_map(one).collect()
}

fn moment(
    what: &'static str,
    when: &Placed<When>,
    happens: &Happens,
    stated: &mut Stated,
    notes: &Notes<'_>,
) -> Option<Span> {
    let at = happens.at(when, notes)?;
    stated.events.push(StatedEvent {
        what: Once::Created(what, at),
        moment: happens.moment(&when.value, at),
        place: when.place.clone(),
    });
    Some(at)
}

/// Refuses what would be charged at a price that nobody says: a page about its cost would be empty.
pub(crate) fn refuse_unpriced(
    scenario: &Scenario,
    (fine_tunes, evaluations): Created<'_>,
    notes: &Notes<'_>,
) {
    let given = &scenario.assumptions;
    let unpriced = |what: &str, model: Option<&Placed<String>>| {
        let Some(model) = model else { return };
        let edition = scenario.edition.name();
        let message = format!("edition {edition} says no price for {what} {}", model.value);
        let help = "name a model whose price or size it knows, or an edition that says it";
        let place = Some(model.place.clone());
        notes.add(Code::NoPrice, place, message, "at which price?", help);
    };
    for one in &scenario.fine_tunes {
        if scenario.fine_tune_cost(one, given).is_none() {
            let written =
                fine_tunes.iter().find(|written| is_named(written.name.as_ref(), &one.name));
            unpriced("training", written.and_then(|written| written.model.as_ref()));
        }
    }
    for one in &scenario.evaluations {
        if scenario.evaluation_cost(one, given).is_none() {
            let written =
                evaluations.iter().find(|written| is_named(written.name.as_ref(), &one.name));
            unpriced("judging", written.and_then(|written| written.model.as_ref()));
        }
    }
}

fn is_named(written: Option<&Placed<String>>, name: &str) -> bool {
    written.is_some_and(|written| written.value == name)
}
