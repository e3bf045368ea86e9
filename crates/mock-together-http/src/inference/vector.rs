//! Vectors: what stands for a text where a model would have read it. The same text has the same one,
//! of length one, whoever asks and whenever.

use std::fmt;

use chance::{Purpose, Seed};
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

/// A text, reduced to what tells it from others and to how long it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    mark: u64,
    /// How many characters it has.
    pub(crate) characters: u64,
}

impl Text {
    pub(crate) fn of(text: &str) -> Self {
        Self { mark: mark(text.as_bytes()), characters: text.chars().count() as u64 }
    }

    /// Its vector, with so many numbers.
    pub(crate) fn vector(self, dimension: u32) -> Vec<f32> {
        let draws = Seed(self.mark).stream(Purpose::Answer, 0);
        let number = |index: u32| {
            // The upper bits as a number from -1 to 1, which a float holds exactly.
            let [.., high, middle, low] = (draws.draw(index.into()) >> 40).to_be_bytes();
            let bits = u32::from_be_bytes([0, high, middle, low]);
            f64::from(bits) / f64::from(1 << 23) - 1.0
        };
        let numbers: Vec<f64> = (0..dimension).map(number).collect();
        let length = numbers.iter().map(|number| number * number).sum::<f64>().sqrt();
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "to the grain of the wire")]
        let scaled = |number: f64| (number * scale) as f32;
        numbers.into_iter().map(scaled).collect()
    }
}

/// A mark that two texts hardly share: FNV-1a in 64 bits.
pub(crate) fn mark(bytes: &[u8]) -> u64 {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    bytes.iter().fold(START, |mark, byte| (mark ^ u64::from(*byte)).wrapping_mul(PRIME))
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reading;
        impl Visitor<'_> for Reading {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text::of(text))
            }
        }
        from.deserialize_str(Reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_has_the_same_vector_of_length_one_and_another_text_another() {
        for dimension in [1, 2, 768, 1_024] {
            let vector = Text::of("a calm sea").vector(dimension);
            assert_eq!(vector, Text::of("a calm sea").vector(dimension));
            assert_eq!(vector.len(), dimension as usize);
            let length: f64 = vector.iter().map(|number| f64::from(*number).powi(2)).sum();
            assert!((length - 1.0).abs() < 1e-5, "{length}");
        }
        let (one, two) = (Text::of("a calm sea").vector(768), Text::of("a calm sea.").vector(768));
        let alike: f32 = one.iter().zip(&two).map(|(one, two)| one * two).sum();
        assert!(alike.abs() < 0.2, "{alike}");
        assert_eq!(Text::of("äö").characters, 2);
    }

    #[test]
    fn a_mark_is_the_published_one() {
        assert_eq!(mark(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(mark(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
