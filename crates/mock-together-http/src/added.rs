//! What is called by names that came later: endpoints that clients made.
//!
//! A place that was given out is never taken back, so that what is read from one stays; there are so
//! many of them and no more.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::bounds;
use crate::desk::ModelId;
use crate::mock::Served;

/// Places for what is called by a name.
pub(crate) struct Added {
    /// The place of the first.
    first: usize,
    places: Box<[OnceLock<Served>]>,
    names: Mutex<Names>,
}

#[derive(Default)]
struct Names {
    taken: usize,
    by_name: HashMap<String, ModelId>,
}

impl Added {
    /// Places from this one on.
    pub(crate) fn from(first: usize) -> Self {
        let places = (0..bounds::ENDPOINTS).map(|_| OnceLock::new()).collect();
        Self { first, places, names: Mutex::default() }
    }

    /// Gives a place to something; it is not called by its name yet. `None` when all are taken.
    pub(crate) fn place(&self, make: impl FnOnce(ModelId) -> Served) -> Option<ModelId> {
        let mut names = self.names();
        let place = self.places.get(names.taken)?;
        let id = ModelId(self.first + names.taken);
        names.taken += 1;
        let _ = place.set(make(id));
        Some(id)
    }

    /// What is in a place goes by a name from now on, or by none.
    pub(crate) fn call(&self, name: &str, id: Option<ModelId>) {
        let mut names = self.names();
        match id {
            Some(id) => names.by_name.insert(name.to_owned(), id),
            None => names.by_name.remove(name),
        };
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<ModelId> {
        self.names().by_name.get(name).copied()
    }

    pub(crate) fn get(&self, id: ModelId) -> Option<&Served> {
        self.places.get(id.0.checked_sub(self.first)?)?.get()
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
