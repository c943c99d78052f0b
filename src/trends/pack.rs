//! Large tables as text: their bytes in base64, which a store of texts keeps.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::Serializer;

/// What is not read yet.
pub(super) struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn write<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD_NO_PAD.encode(bytes))
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
    STANDARD_NO_PAD
        .decode(text.as_bytes())
        .map_err(D::Error::custom)
}

/// Reads until nothing is left.
fn all<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    one: impl Fn(&mut Rest<'_>) -> Option<T>,
) -> Result<Vec<T>, D::Error> {
    let bytes = read(deserializer)?;
    let mut rest = Rest(&bytes);
    let mut found = Vec::new();
    while !rest.is_empty() {
        found.push(one(&mut rest).ok_or_else(|| D::Error::custom("a table is torn"))?);
    }
    Ok(found)
}

pub(super) mod bytes {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        bytes: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        write(bytes, serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        read(deserializer)
    }
}

pub(super) mod numbers {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        numbers: &[u32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        write(&bytes, serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u32>, D::Error> {
        all(deserializer, |rest| rest.u32())
    }
}

pub(super) mod pairs {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        pairs: &[(u32, u32)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let numbers = pairs.iter().flat_map(|(a, b)| [*a, *b]);
        let bytes: Vec<u8> = numbers.flat_map(u32::to_le_bytes).collect();
        write(&bytes, serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(u32, u32)>, D::Error> {
        let pairs = all(deserializer, |rest| Some((rest.u32()?, rest.u32()?)))?;
        // A table that is no power of two long would be searched without end.
        match pairs.len() {
            0 => Ok(pairs),
            len if len.is_power_of_two() && pairs.iter().any(|(_, posts)| *posts == 0) => Ok(pairs),
            _ => Err(D::Error::custom("a table is torn")),
        }
    }
}

pub(super) mod slots {
    use super::super::count::Part;
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        parts: &[Part],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        parts.iter().for_each(|part| part.pack(&mut bytes));
        write(&bytes, serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Part>, D::Error> {
        all(deserializer, Part::unpack)
    }
}
