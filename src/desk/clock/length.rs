//! Lengths of time as people write them in a file: `10m`, `1h 30m`, `72h`, `PT10M`.

use std::time::Duration;

use jiff::SignedDuration;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(in super::super) fn serialize<S: Serializer>(
    length: &Duration,
    to: S,
) -> Result<S::Ok, S::Error> {
    SignedDuration::try_from(*length)
        .unwrap_or(SignedDuration::MAX)
        .serialize(to)
}

pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Duration, D::Error> {
    let length = SignedDuration::deserialize(from)?;
    Duration::try_from(length)
        .map_err(|_| D::Error::custom("a length of time is never below zero: write 10m, 1h 30m"))
}

/// The same for one that may be missing.
pub(super) mod option {
    use super::{Deserialize, Deserializer, Duration, Serializer};

    #[derive(Deserialize)]
    struct Written(#[serde(with = "super")] Duration);

    pub(in super::super) fn serialize<S: Serializer>(
        length: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match length {
            Some(length) => super::serialize(length, to),
            None => to.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        let written = Option::<Written>::deserialize(from)?;
        Ok(written.map(|written| written.0))
    }
}
