//! Prices as they are written: of models, of sizes, of training, of machines.

use money::Money;

use crate::listed::{Amount, Bands, Costs, Either, Machines, ModelPrices, Price, Prices, Training};
use crate::prices::Method;
use crate::reading::{Flaw, Table, Unreadable, Value, dollars, quantity};
use crate::rows::Noted;
use crate::work::Work;

use super::limits::{Tiers, only_one};
use super::{Reader, code, code_of};

/// The sections of bands, and a picture whose size is left open.
const PRICES: &[&str] = &["dense", "mixture", "embedding", "re-rank", "picture"];

/// The keys of a GPU.
const GPU: &[&str] = &["hourly", "hourly_by"];

/// The key of how many GPUs a machine may have.
const COUNTS: &str = "counts";

/// The most GPUs of one machine.
const MOST_GPUS: u64 = 1_024;

/// Units of a number of parameters.
const SIZES: [(char, u64); 3] = [('M', 1_000_000), ('B', 1_000_000_000), ('T', 1_000_000_000_000)];

impl<'d> Reader<'d> {
    /// What is listed of a model that does this work.
    pub(super) fn model_prices(
        &mut self,
        under: &str,
        table: &Table<'d>,
        work: Work,
    ) -> ModelPrices {
        let by = table.get("price_by").and_then(|by| self.price_by(under, by, work));
        let one = self.price(under, table, work);
        if let (Some(_), Some(twice)) = (&one, table.get("price_by")) {
            let message = "a model has its price twice".to_owned();
            let help = "keep `price_by` or the other";
            twice.fault(code_of(Flaw::OneChoice), message, "the second time", help);
        }
        let each = |value| read(value, TOKENS, dollars::each_of_a_million);
        let cached = table.get("cached").and_then(|value| self.fact(under, value, each));
        let steps = table.get("default_steps");
        let steps = steps.and_then(|v| self.fact(under, v, |v| v.whole_up_to(u32::MAX.into())));
        let size = table.get("size").and_then(|value| self.fact(under, value, size_of));
        let mixture = table.get("mixture").and_then(|v| self.fact(under, v, Value::flag));
        let batch = table.get("batch").and_then(|value| self.fact(under, value, Value::flag));
        ModelPrices {
            price: by.or(one.map(Either::One)),
            cached,
            default_steps: steps,
            size,
            mixture,
            batch,
        }
    }

    /// `price`, or `prompt` and `answer`.
    fn price(&mut self, under: &str, table: &Table<'d>, work: Work) -> Option<Price> {
        let same = table.get("price");
        let (prompt, answer) = (table.get("prompt"), table.get("answer"));
        if let (Some(_), Some(twice)) = (same, prompt.or(answer)) {
            let message = "a model has its price twice".to_owned();
            let help = "keep `price`, or `prompt` and `answer`";
            twice.fault(code_of(Flaw::OneChoice), message, "the second time", help);
        }
        if let Some(value) = same {
            return self.fact(under, value, |value| amount_of(value, work)).map(Price::Same);
        }
        let first = prompt.or(answer)?;
        if !work.answers_in_tokens() {
            let message = format!("{work} work has no `{}` with a price", first.key());
            first.fault(code::OTHER_WORK, message, "nothing reads it", "write `price`");
            return None;
        }
        let each = |value| read(value, TOKENS, dollars::each_of_a_million);
        let prompt = table.need("prompt", "prompt = { value = \"$0.27/1M\", … }");
        let prompt = prompt.and_then(|value| self.fact(under, value, each));
        let answer = table.need("answer", "answer = { value = \"$0.85/1M\", … }");
        let answer = answer.and_then(|value| self.fact(under, value, each));
        Some(Price::Apart { prompt: prompt?, answer: answer? })
    }

    /// `{ assumption = { value = price, other-value = price } }`
    fn price_by(&mut self, under: &str, by: Value<'d>, work: Work) -> Option<Either<Price>> {
        let assumption = only_one(by)?;
        let under = format!("{under}.{}.{}", by.key(), assumption.key());
        let mut variants = Vec::new();
        for variant in assumption.free_table()?.entries() {
            let Some(table) = variant.table(&["price", "prompt", "answer"]) else { continue };
            let price = self.price(&format!("{under}.{}", variant.key()), &table, work);
            variants.extend(price.map(|price| (variant.key().to_owned(), price)));
        }
        Some(Either::By { assumption: assumption.key().to_owned(), variants })
    }

    /// All that is listed of money, beside the prices of models. Every section is read even when an
    /// earlier one is at fault.
    pub(super) fn costs(
        &mut self,
        tiers: Option<&Tiers>,
        machines: Option<&Machines>,
    ) -> Option<Costs> {
        let (prices, training) = (self.prices(), self.training());
        let (billing, batch) = (self.billing(tiers), self.batch());
        Some(Costs {
            prices: prices?,
            training: training?,
            machines: machines?.clone(),
            billing: billing?,
            batch: batch?,
        })
    }

    /// What holds for models without a price of their own.
    fn prices(&mut self) -> Option<Prices> {
        let Some(section) = self.root.get("prices") else { return Some(Prices::default()) };
        let table = section.table(PRICES)?;
        let mut bands = |key| table.get(key).map_or_else(Vec::new, |rows| self.bands(rows));
        let (dense, mixture) = (bands("dense"), bands("mixture"));
        let (embedding, rerank) = (bands("embedding"), bands("re-rank"));
        let picture = table.get("picture").and_then(|v| self.fact("prices", v, sides_of));
        Some(Prices { dense, mixture, embedding, rerank, picture })
    }

    /// `{ 4B = fact, 8B = fact }`: up to so many parameters.
    fn bands(&mut self, rows: Value<'d>) -> Bands {
        let under = format!("prices.{}", rows.key());
        let mut bands = Bands::new();
        for entry in rows.free_table().map(|table| table.entries()).unwrap_or_default() {
            let each = |value| read(value, TOKENS, dollars::each_of_a_million);
            let price = self.fact(&under, entry, each);
            if let (Some(most), Some(price)) = (key_size(entry), price) {
                bands.push((most, price));
            }
        }
        bands.sort_by_key(|(most, _)| *most);
        bands
    }

    /// `[fine_tuning.16B]`: what each trained token costs, by the method.
    fn training(&mut self) -> Option<Training> {
        let Some(section) = self.root.get("fine_tuning") else { return Some(Training::new()) };
        let mut training = Training::new();
        for entry in section.free_table()?.entries() {
            let Some(table) = entry.table(Method::WORDS) else { continue };
            let under = format!("fine_tuning.{}", entry.key());
            let mut prices = Vec::new();
            for price in table.entries() {
                let each = |value| read(value, TOKENS, dollars::each_of_a_million);
                let of = Method::of_word(price.key());
                prices.extend(of.zip(self.fact(&under, price, each)));
            }
            training.extend(key_size(entry).map(|most| (most, prices)));
        }
        training.sort_by_key(|(most, _)| *most);
        Some(training)
    }

    /// `[hardware]`: how many GPUs a machine has, and what an hour of each costs.
    pub(super) fn machines(&mut self) -> Option<Machines> {
        let Some(section) = self.root.get("hardware") else { return Some(Machines::default()) };
        let table = section.free_table()?;
        let counts = table.need(COUNTS, "counts = { value = [1, 2, 4, 8], … }");
        let counts = counts.and_then(|value| self.fact("hardware", value, gpu_counts));
        let mut gpus = Vec::new();
        for entry in table.entries().into_iter().filter(|entry| entry.key() != COUNTS) {
            let Some(table) = entry.table(GPU) else { continue };
            let under = format!("hardware.{}", entry.key());
            let price = match (table.get("hourly"), table.get("hourly_by")) {
                (None, Some(by)) => self.hourly_by(&under, by),
                (_, Some(twice)) => {
                    let message = format!("`{}` has its price twice", entry.key());
                    let help = "keep `hourly` or `hourly_by`";
                    twice.fault(code_of(Flaw::OneChoice), message, "the second time", help);
                    None
                }
                (_, None) => {
                    let value = table.need("hourly", "hourly = { value = \"$3.99/hour\", … }");
                    value.and_then(|v| self.fact(&under, v, Value::hourly)).map(Either::One)
                }
            };
            gpus.extend(price.map(|price| (entry.key().to_owned(), price)));
        }
        Some(Machines { counts: counts?.value, gpus, closed: self.closed() })
    }

    /// `{ assumption = { value = fact, other-value = fact } }`
    fn hourly_by(&mut self, under: &str, by: Value<'d>) -> Option<Either<Noted<Money>>> {
        let assumption = only_one(by)?;
        let under = format!("{under}.{}.{}", by.key(), assumption.key());
        let mut variants = Vec::new();
        for variant in assumption.free_table()?.entries() {
            let price = self.fact(&under, variant, Value::hourly);
            variants.extend(price.map(|price| (variant.key().to_owned(), price)));
        }
        Some(Either::By { assumption: assumption.key().to_owned(), variants })
    }
}

const TOKENS: &str = "dollars for a million: \"$0.88/1M\"";

/// A price of what this work counts.
fn amount_of(value: Value<'_>, work: Work) -> Option<Amount> {
    match work {
        Work::Chat | Work::Completion | Work::Embedding | Work::Rerank => {
            read(value, TOKENS, dollars::each_of_a_million).map(Amount::Token)
        }
        Work::Image => {
            let form = "dollars for a megapixel: \"$0.0027/MP\"";
            read(value, form, dollars::each_pixel).map(Amount::Pixel)
        }
        Work::Video => {
            let form = "dollars for a film: \"$0.28/video\"";
            read(value, form, dollars::each_video).map(Amount::Video)
        }
        Work::Audio => {
            let form =
                "dollars for a million characters or for a minute: \"$65/1M\", \"$0.0015/min\"";
            read(value, form, |text| {
                let minute = || dollars::minutely(text).map(Amount::Minute);
                dollars::each_of_a_million(text).map(Amount::Character).or_else(|_| minute())
            })
        }
    }
}

/// A text understood by `read`, or a fault that says its form.
fn read<T>(
    value: Value<'_>,
    form: &str,
    read: impl Fn(&str) -> Result<T, Unreadable>,
) -> Option<T> {
    let text = value.any_text("a price", &format!("write {form}"))?;
    let why = match read(text) {
        Ok(price) => return Some(price),
        Err(why) => why,
    };
    let (flaw, label) = match why {
        Unreadable::Form => (Flaw::Unit, "not understood"),
        Unreadable::NoUnit => (Flaw::Unit, "what for is missing, or the dollar sign"),
        Unreadable::Range => (Flaw::Range, "below zero, too large or too fine"),
    };
    let message = format!("`{text}` is not such a price");
    value.fault(code_of(flaw), message, label, &format!("write {form}"));
    None
}

/// A number of parameters: `70B`.
fn size_of(value: Value<'_>) -> Option<u64> {
    let form = "a number of parameters: \"560M\", \"70B\", \"1T\"";
    let text = value.any_text("a number of parameters", &format!("write {form}"))?;
    let size = parameters(text);
    if size.is_none() {
        let message = format!("`{text}` is no number of parameters");
        value.fault(code_of(Flaw::Unit), message, "not understood", &format!("write {form}"));
    }
    size
}

/// The number of parameters that a key says.
fn key_size(entry: Value<'_>) -> Option<u64> {
    let size = parameters(entry.key());
    if size.is_none() {
        let message = format!("`{}` is no number of parameters", entry.key());
        entry.fault(
            code_of(Flaw::Unit),
            message,
            "under this key",
            "name it such as `8B` or `150M`",
        );
    }
    size
}

fn parameters(text: &str) -> Option<u64> {
    let unit = text.chars().next_back()?;
    let (_, unit_size) = SIZES.iter().find(|(letter, _)| *letter == unit)?;
    let billionths = quantity::billionths(text.strip_suffix(unit)?).ok()?;
    let size = u128::from(billionths) * u128::from(*unit_size) / 1_000_000_000;
    u64::try_from(size).ok().filter(|size| *size > 0)
}

/// Width and height of a picture: `1024x1024`.
fn sides_of(value: Value<'_>) -> Option<(u32, u32)> {
    let text = value.text()?;
    let sides = text.split_once('x').and_then(|(w, h)| w.parse().ok().zip(h.parse().ok()));
    let sides = sides.filter(|(width, height): &(u32, u32)| *width > 0 && *height > 0);
    if sides.is_none() {
        let message = format!("`{text}` is no size of a picture");
        value.fault(code_of(Flaw::Unit), message, "not understood", "write \"1024x1024\"");
    }
    sides
}

/// How many GPUs there may be.
fn gpu_counts(value: Value<'_>) -> Option<Vec<u64>> {
    value.list()?.into_iter().map(|count| count.whole_up_to(MOST_GPUS)).collect()
}
