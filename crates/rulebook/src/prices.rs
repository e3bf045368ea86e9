//! What requests, trained tokens and machines cost.

use money::{Money, Tariff};

use crate::assumptions::Assumptions;
use crate::capacity::Millionths;
use crate::edition::{Edition, Model};
use crate::errors::ErrorWords;
use crate::fact::Certainty;
use crate::listed::{Amount, Bands, ModelPrices, Price};
use crate::reading::Share;
use crate::rows::Noted;
use crate::work::Work;

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
    /// On examples, a small addition to its weights.
    #[default]
    Lora,
    /// On examples, all of its weights.
    Full,
    /// On preferences, a small addition to its weights.
    LoraPreference,
    /// On preferences, all of its weights.
    FullPreference,
}

impl Method {
    /// Every method.
    pub const ALL: [Method; 4] =
        [Method::Lora, Method::Full, Method::LoraPreference, Method::FullPreference];

    /// Their words, in the order of [`Method::ALL`].
    pub const WORDS: &'static [&'static str] = &["lora", "full", "lora-dpo", "full-dpo"];

    /// Its word in editions and scenarios.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Method::Lora => "lora",
            Method::Full => "full",
            Method::LoraPreference => "lora-dpo",
            Method::FullPreference => "full-dpo",
        }
    }

    /// The method with this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.word() == word)
    }
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
    /// The fact with the price of one GPU, by id.
    pub fact: String,
}

/// A price as it is put together.
struct Sum<'e> {
    tariff: Tariff,
    facts: Vec<&'e str>,
}

impl Edition {
    /// What a request to a model costs: by the model's own price, else by the band of its size.
    /// `None` where nobody says, or where the request leaves open what its price depends on.
    ///
    /// Tokens of prompts and answers have prices; an embedding and an order of documents cost what
    /// they read. A picture costs by its pixels, and for more steps than the model's default as
    /// many times as much; fewer are not cheaper. Speech costs by its characters, the text of a
    /// recording by its length.
    #[must_use]
    pub fn tariff(&self, model: &Model, extent: &Extent, given: &Assumptions) -> Option<Priced> {
        let nothing = ModelPrices::default();
        let listed = self.models.get(model.name()).map_or(&nothing, |facts| &facts.prices);
        let Some(own) = &listed.price else { return self.by_size(model, listed, extent) };
        let (price, chooser) = own.under(given)?;
        let mut sum = match price {
            Price::Apart { prompt, answer } => {
                let mut sum = of_tokens(prompt.value, answer.value, listed, extent);
                sum.facts.splice(0..0, [prompt.fact.as_str(), answer.fact.as_str()]);
                sum
            }
            Price::Same(amount) => {
                let mut sum = self.of_amount(model, amount.value, listed, extent)?;
                sum.facts.insert(0, &amount.fact);
                sum
            }
        };
        sum.facts.extend(chooser);
        Some(self.priced(sum, given))
    }

    /// What the same request costs as a line of a batch: less for models that the edition names,
    /// and where the assumption `batch_discount` says so for all that answer in tokens; as much for
    /// others.
    #[must_use]
    pub fn batch_tariff(
        &self,
        model: &Model,
        extent: &Extent,
        given: &Assumptions,
    ) -> Option<Priced> {
        let mut priced = self.tariff(model, extent, given)?;
        let Some(discount) = &self.costs.batch.discount else { return Some(priced) };
        let named = self.models.get(model.name()).and_then(|facts| facts.prices.batch.as_ref());
        let named = named.filter(|named| named.value);
        let all = given.get("batch_discount").is_none_or(|one| one.value == "all");
        let meant = all && model.work().answers_in_tokens();
        if meant || named.is_some() {
            let whole = Share::WHOLE;
            let left = whole.saturating_sub(discount.value.parts_per_billion());
            priced.tariff = priced.tariff.scaled(left, whole);
            priced.facts.push(discount.fact.clone());
            priced.facts.extend(named.map(|named| named.fact.clone()));
        }
        priced.facts.extend(given.get("batch_discount").map(|one| one.name.clone()));
        priced.certainty = self.least_sure(&priced.facts, given);
        Some(priced)
    }

    /// The hardware with this id, at its price under these assumptions.
    #[must_use]
    pub fn hardware(&self, id: &str, given: &Assumptions) -> Option<Hardware> {
        let (count, name) = id.split_once("x_")?;
        let gpus =
            self.costs.machines.counts.iter().copied().find(|gpus| gpus.to_string() == count)?;
        let (_, price) = self.costs.machines.gpus.iter().find(|(gpu, _)| gpu == name)?;
        let (hourly, _) = price.under(given)?;
        Some(Hardware {
            id: id.to_owned(),
            hourly: hourly.value.times(gpus),
            gpus: u32::try_from(gpus).ok()?,
            fact: hourly.fact.clone(),
        })
    }

    /// How whoever wants an endpoint is refused, where none is made any more.
    #[must_use]
    pub fn endpoints_closed(&self) -> Option<&ErrorWords> {
        self.costs.machines.closed.as_ref()
    }

    /// The ids of all hardware that has a price, in the order of the text.
    #[must_use]
    pub fn hardware_ids(&self) -> Vec<String> {
        let counts = &self.costs.machines.counts;
        let of_gpu = |(name, _): &(String, _)| {
            counts.iter().map(|count| format!("{count}x_{name}")).collect::<Vec<String>>()
        };
        self.costs.machines.gpus.iter().flat_map(of_gpu).collect()
    }

    /// What training a model costs, as the price of each trained token in `tariff.prompt`. `None`
    /// where nobody says: of a model whose size is not known, or that is larger than any listed, or does not
    /// answer in tokens.
    #[must_use]
    pub fn fine_tuning(
        &self,
        model: &Model,
        method: Method,
        given: &Assumptions,
    ) -> Option<Priced> {
        let size = self.models.get(model.name())?.prices.size.as_ref()?;
        if !model.work().answers_in_tokens() {
            return None;
        }
        let (_, prices) = self.costs.training.iter().find(|(most, _)| size.value <= *most)?;
        let (_, price) = prices.iter().find(|(of, _)| *of == method)?;
        let tariff = Tariff { prompt: price.value, ..Tariff::FREE };
        Some(self.priced(Sum { tariff, facts: vec![&price.fact, &size.fact] }, given))
    }

    /// How many parameters a model has, all experts together, where its price or its training hangs
    /// on them.
    #[must_use]
    pub fn parameters(&self, model: &Model) -> Option<u64> {
        Some(self.models.get(model.name())?.prices.size.as_ref()?.value)
    }

    /// The price of the band that a model's size is in.
    fn by_size(&self, model: &Model, listed: &ModelPrices, extent: &Extent) -> Option<Priced> {
        let size = listed.size.as_ref()?;
        let mixture = listed.mixture.as_ref().filter(|mixture| mixture.value);
        let bands: &Bands = match model.work() {
            Work::Chat | Work::Completion if mixture.is_some() => &self.costs.prices.mixture,
            Work::Chat | Work::Completion => &self.costs.prices.dense,
            Work::Embedding => &self.costs.prices.embedding,
            Work::Rerank => &self.costs.prices.rerank,
            Work::Image | Work::Video | Work::Audio => return None,
        };
        let (_, price) = bands.iter().find(|(most, _)| size.value <= *most)?;
        let mut sum = self.of_amount(model, Amount::Token(price.value), listed, extent)?;
        sum.facts.splice(0..0, [price.fact.as_str(), size.fact.as_str()]);
        sum.facts.extend(mixture.map(|mixture| mixture.fact.as_str()));
        Some(self.priced(sum, &self.assumptions))
    }

    /// What a request costs at so much for one of what is counted.
    fn of_amount<'e>(
        &'e self,
        model: &Model,
        amount: Amount,
        listed: &'e ModelPrices,
        extent: &Extent,
    ) -> Option<Sum<'e>> {
        let each = |request: Money, facts: Vec<&'e str>| {
            Some(Sum { tariff: Tariff { request, ..Tariff::FREE }, facts })
        };
        match amount {
            Amount::Token(price) => {
                let answers = model.work().answers_in_tokens();
                let answer = if answers { price } else { Money::ZERO };
                Some(of_tokens(price, answer, listed, extent))
            }
            Amount::Pixel(price) => {
                let usual = self.costs.prices.picture.as_ref().filter(|_| extent.pixels == 0);
                let pixels = usual.map_or(extent.pixels, |usual| pixels(usual.value));
                if pixels == 0 {
                    return None;
                }
                let mut facts: Vec<&str> =
                    usual.map(|usual| usual.fact.as_str()).into_iter().collect();
                let mut picture = price.times(pixels);
                let steps = extent.steps.map(u64::from).zip(listed.default_steps.as_ref());
                if let Some((steps, default)) = steps.filter(|(steps, of)| *steps > of.value) {
                    picture = picture.of_parts(steps, default.value);
                    facts.push(&default.fact);
                }
                each(picture.times(extent.pictures.max(1).into()), facts)
            }
            Amount::Character(_) if extent.characters == 0 => None,
            Amount::Character(price) => each(price.times(extent.characters), Vec::new()),
            Amount::Minute(_) if extent.seconds == 0 => None,
            Amount::Minute(price) => each(price.of_parts(extent.seconds, 60), Vec::new()), // ours: seconds in a minute
            Amount::Video(price) => each(price, Vec::new()),
        }
    }

    fn priced(&self, sum: Sum<'_>, given: &Assumptions) -> Priced {
        let facts: Vec<String> = sum.facts.into_iter().map(str::to_owned).collect();
        let certainty = self.least_sure(&facts, given);
        Priced { tariff: sum.tariff, facts, certainty }
    }

    /// How sure the least sure of these facts and assumptions is.
    fn least_sure(&self, facts: &[String], given: &Assumptions) -> Certainty {
        let sure = |id: &String| {
            let fact = self.fact(id).map(|fact| fact.certainty);
            fact.or_else(|| given.get(id).map(|assumption| assumption.certainty))
        };
        facts.iter().filter_map(sure).max().unwrap_or(Certainty::Assumed)
    }
}

/// How many there are in a picture of this width and height.
fn pixels((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}

/// What tokens cost, some of the prompt's at the price of what was met before.
fn of_tokens<'e>(
    prompt: Money,
    answer: Money,
    listed: &'e ModelPrices,
    extent: &Extent,
) -> Sum<'e> {
    let cached = listed.cached.as_ref().filter(|_| extent.cached != Millionths::NONE);
    let Some(Noted { value: cached, fact }) = cached else {
        let tariff = Tariff { request: Money::ZERO, prompt, answer };
        return Sum { tariff, facts: Vec::new() };
    };
    let parts = prompt.times(extent.cached.rest().0.into()) + cached.times(extent.cached.0.into());
    let prompt = parts.of_parts(1, Millionths::ALL.0.into());
    Sum { tariff: Tariff { request: Money::ZERO, prompt, answer }, facts: vec![fact] }
}
