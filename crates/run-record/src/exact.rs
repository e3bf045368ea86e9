//! Integers that every reader of JSON keeps exact.
//!
//! Many readers hold numbers as doubles, which are exact up to 2^53 only: nanoseconds of 104 days.
//! So every time in nanoseconds is written as its digits, in a string.

/// Nanoseconds as their digits.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn nanos<S: serde::Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// A `u128` as its digits.
pub(crate) mod wide {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(value: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<u128, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom(format!("`{text}` is no whole number")))
    }
}

/// A `u64` that may be missing, as its digits or null.
pub(crate) mod optional {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(crate) fn serialize<S: Serializer>(
        value: &Option<u64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<u64>, D::Error> {
        let Some(text) = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)? else {
            return Ok(None);
        };
        match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(D::Error::custom(format!("`{text}` is no whole number"))),
        }
    }
}

/// A length of time as the digits of its nanoseconds.
pub(crate) mod span {
    use limits::Span;
    use serde::{Deserializer, Serializer, de::Error as _};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) fn serialize<S: Serializer>(value: &Span, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&value.nanos())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Span, D::Error> {
        let nanos = super::wide::deserialize(deserializer)?;
        u64::try_from(nanos)
            .map(Span::from_nanos)
            .map_err(|_| D::Error::custom(format!("{nanos} nanoseconds are too many")))
    }
}

/// A length of time that may be missing.
pub(crate) mod optional_span {
    use limits::Span;
    use serde::{Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Span>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        super::optional::serialize(&value.map(Span::nanos), serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Span>, D::Error> {
        Ok(super::optional::deserialize(deserializer)?.map(Span::from_nanos))
    }
}

/// A moment of the run that may be missing.
pub(crate) mod instant {
    use limits::Instant;
    use serde::{Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Instant>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        super::optional::serialize(&value.map(Instant::nanos), serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Instant>, D::Error> {
        Ok(super::optional::deserialize(deserializer)?.map(Instant::from_nanos))
    }
}

/// A moment of the run.
pub(crate) mod moment {
    use limits::{Instant, Span};
    use serde::{Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) fn serialize<S: Serializer>(
        value: &Instant,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&value.nanos())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Instant, D::Error> {
        let since: Span = super::span::deserialize(deserializer)?;
        Ok(Instant::from_nanos(since.nanos()))
    }
}
