//! Bytes as lower-case hexadecimal digits, as all of a proof is written.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::ser::Serializer;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// What a character is not that is no digit.
const NONE: u8 = 0xFF;

/// What each byte is worth as a lower-case digit.
const WORTH: [u8; 256] = {
    let mut worth = [NONE; 256];
    let mut digit = 0;
    while digit < 16 {
        worth[DIGITS[digit] as usize] = digit as u8;
        digit += 1;
    }
    worth
};

/// Writes digits of bytes; what has no room is left out.
pub(super) fn write(bytes: &[u8], digits: &mut [u8]) {
    for (byte, pair) in bytes.iter().zip(digits.as_chunks_mut::<2>().0) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
}

fn digit(worth: u8) -> u8 {
    DIGITS[usize::from(worth & 15)]
}

/// The digits of bytes.
pub(crate) fn of(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|worth| char::from(digit(worth))).collect()
}

/// Reads as many bytes as there is room for; `false` where the digits are others or of another number.
pub(super) fn read(digits: &[u8], bytes: &mut [u8]) -> bool {
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != bytes.len() {
        return false;
    }
    let mut seen = 0;
    for ([high, low], byte) in pairs.iter().zip(bytes) {
        let (high, low) = (WORTH[usize::from(*high)], WORTH[usize::from(*low)]);
        seen |= high | low;
        *byte = high << 4 | low & 15;
    }
    seen < 16
}

/// The bytes that digits stand for.
pub(crate) fn bytes(digits: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; digits.len() / 2];
    read(digits.as_bytes(), &mut bytes).then_some(bytes)
}

/// Bytes of any number, as a field's text.
pub(crate) mod text {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&of(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        struct Visit;

        impl Visitor<'_> for Visit {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("lower-case hexadecimal digits")
            }

            fn visit_str<E: de::Error>(self, digits: &str) -> Result<Vec<u8>, E> {
                bytes(digits).ok_or_else(|| E::invalid_value(de::Unexpected::Str(digits), &self))
            }
        }

        from.deserialize_str(Visit)
    }
}

/// The same of a value that may be absent.
pub(crate) mod maybe {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Held(#[serde(with = "text")] Vec<u8>);

    pub(crate) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.as_deref().map(of).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        Ok(Option::<Held>::deserialize(from)?.map(|held| held.0))
    }
}

/// Declares values of 32 bytes, each a type of its own, so that none is given in place of another.
macro_rules! thirty_two_bytes {
    ($($(#[$doc:meta])* $name:ident: $what:literal,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes the bytes.
            pub const fn new(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::Error;

            fn from_str(digits: &str) -> crate::Result<Self> {
                let mut bytes = [0; 32];
                if $crate::contest::draw::hex::read(digits.as_bytes(), &mut bytes) {
                    return Ok(Self(bytes));
                }
                Err(crate::Error::config(concat!($what, " is written as 64 lower-case hexadecimal digits")))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let mut digits = [0; 64];
                $crate::contest::draw::hex::write(&self.0, &mut digits);
                to.serialize_str(std::str::from_utf8(&digits).unwrap_or_default())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Visit;

                impl serde::de::Visitor<'_> for Visit {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!($what, ", as 64 lower-case hexadecimal digits"))
                    }

                    fn visit_str<E: serde::de::Error>(self, digits: &str) -> Result<$name, E> {
                        let mut bytes = [0; 32];
                        if $crate::contest::draw::hex::read(digits.as_bytes(), &mut bytes) {
                            return Ok($name(bytes));
                        }
                        Err(E::invalid_value(serde::de::Unexpected::Str(digits), &self))
                    }
                }

                from.deserialize_str(Visit)
            }
        }
    )*};
}
pub(crate) use thirty_two_bytes;

/// Shows values of 32 bytes by their digits.
macro_rules! shown_in_hex {
    ($($name:ident),*) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::contest::draw::hex::of(self.bytes()))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    )*};
}
pub(crate) use shown_in_hex;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lower_case_digits_of_the_right_number_are_read() {
        let bytes: Vec<u8> = (0..=255).collect();
        let digits = of(&bytes);
        assert_eq!(super::bytes(&digits), Some(bytes.clone()));
        let mut written = vec![0; 512];
        write(&bytes, &mut written);
        assert_eq!(written, digits.as_bytes());
        for wrong in ["0", "0g", "g0", "AA", "aA", "0 ", "€1", "\u{0}0"] {
            assert_eq!(super::bytes(wrong), None, "{wrong}");
        }
        let mut two = [0; 2];
        assert!(!read(b"00", &mut two));
        assert!(read(b"00ff", &mut two));
    }
}
