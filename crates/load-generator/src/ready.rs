//! Which exchanges may have something to say.
//!
//! Each exchange is polled with a waker of its own that notes it here and then wakes the drive. The
//! drive takes the notes at its next turn and polls those exchanges alone, in the order of its
//! agenda.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// An attempt by its place: its client, its slot, its number.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) seat: u32,
    pub(crate) slot: u32,
    pub(crate) n: u32,
}

/// The notes.
#[derive(Debug, Default)]
pub(crate) struct Ready(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    places: Vec<Place>,
    drive: Option<Waker>,
}

/// The waker of one attempt's exchange.
struct Bell {
    ready: Arc<Ready>,
    place: Place,
}

impl Ready {
    /// A waker that notes this place.
    pub(crate) fn bell(self: &Arc<Self>, place: Place) -> Waker {
        Waker::from(Arc::new(Bell { ready: Arc::clone(self), place }))
    }

    /// Notes a place without waking anybody: the drive itself found more to do there, and looks
    /// again before it sleeps.
    pub(crate) fn note(&self, place: Place) {
        self.notes().places.push(place);
    }

    /// Moves the notes into `places`, each once, and remembers whom to wake for the next.
    pub(crate) fn take(&self, places: &mut Vec<Place>, drive: &Waker) {
        {
            let mut notes = self.notes();
            places.append(&mut notes.places);
            match &mut notes.drive {
                Some(known) => known.clone_from(drive),
                none => *none = Some(drive.clone()),
            }
        }
        places.sort_unstable();
        places.dedup();
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        // Nothing panics under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let drive = {
            let mut notes = self.ready.notes();
            notes.places.push(self.place);
            notes.drive.clone()
        };
        if let Some(drive) = drive {
            drive.wake();
        }
    }
}
