//! What requests, trained tokens and hardware cost.

use money::{Money, Tariff};

use crate::assumptions::Assumptions;
use crate::capacity::Millionths;
use crate::edition::{Edition, Model};
use crate::fact::Certainty;

/// How much one request asks for, beside tokens. Its default is nothing in particular.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub struct Extent {
    /// Pixels of one picture; zero where the request leaves its size to the service.
    pub pixels: u64,
    /// Steps in which a picture is made; `None` where the request leaves them to the model.
    pub steps: Option<u32>,
    /// How many pictures; none is one.
    pub pictures: u32,
    /// Characters to be spoken.
    pub characters: u64,
    /// Seconds of a recording to be written down.
    pub seconds: u64,
    /// The share of the prompt that the service has met before.
    pub cached: Millionths,
}

/// A price, and who says so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Priced {
    /// What it costs.
    pub tariff: Tariff,
    /// The facts behind it, by id; the names of assumptions where those decide.
    pub facts: Vec<String>,
    /// How sure the least sure of them is.
    pub certainty: Certainty,
}

/// How a model is trained further.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Method {
    /// A small addition to its weights.
    #[default]
    Lora,
    /// All of its weights.
    Full,
}

/// A machine that can be had by the minute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hardware {
    /// Its id: `1x_nvidia_h100_80gb_sxm`.
    pub id: String,
    /// What an hour of it costs, with all its GPUs.
    pub hourly: Money,
    /// How many GPUs it has.
    pub gpus: u32,
    /// The fact with its price, by id.
    pub fact: String,
}

impl Edition {
    /// What a request to a model costs: by the model's own price, else by the band of its size.
    /// `None` where nobody says.
    #[must_use]
    pub fn tariff(&self, _model: &Model, _extent: &Extent, _given: &Assumptions) -> Option<Priced> {
        None
    }

    /// What the same request costs as a line of a batch: less for models that batches support.
    #[must_use]
    pub fn batch_tariff(
        &self,
        model: &Model,
        extent: &Extent,
        given: &Assumptions,
    ) -> Option<Priced> {
        self.tariff(model, extent, given)
    }

    /// The hardware with this id, at its price under these assumptions.
    #[must_use]
    pub fn hardware(&self, _id: &str, _given: &Assumptions) -> Option<Hardware> {
        None
    }

    /// The ids of all hardware that has a price, in the order of the text.
    #[must_use]
    pub fn hardware_ids(&self) -> Vec<String> {
        Vec::new()
    }

    /// What training a model costs, as the price of each trained token in `tariff.prompt`. `None`
    /// where nobody says.
    #[must_use]
    pub fn fine_tuning(
        &self,
        _model: &Model,
        _method: Method,
        _given: &Assumptions,
    ) -> Option<Priced> {
        None
    }
}
