//! Persons, and the salts that hide them.

use std::fmt;

use ring::digest::{Context, SHA256};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::hash::{self, Commitment, ENTRY};
use super::hex;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// How long a person's key may be, in bytes.
pub const LONGEST_PERSON: usize = 512;

/// How long a draw's id may be, in bytes: it has to fit into a short post with the rest.
pub const LONGEST_DRAW: usize = 32;

/// Who takes part, in a form that is always the same: such as `vk:1234567` or `bluesky:did:plc:…`, by the id that a
/// network never changes, not by a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonKey(Box<str>);

impl PersonKey {
    /// Takes a key.
    ///
    /// # Errors
    /// `Config` for an empty key, one of more than [`LONGEST_PERSON`] bytes, or one with control characters.
    pub fn new(key: impl Into<String>) -> Result<Self> {
        let key = key.into();
        // Most keys are ASCII, of which it is told at once.
        let controls = match key.is_ascii() {
            true => key.bytes().any(|byte| byte.is_ascii_control()),
            false => key.chars().any(char::is_control),
        };
        if key.is_empty() || key.len() > LONGEST_PERSON || controls {
            return Err(Error::config(format!(
                "a person's key has 1 to {LONGEST_PERSON} bytes and no control characters: write it as `network:id`"
            )));
        }
        Ok(Self(key.into()))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PersonKey {
    type Error = Error;

    fn try_from(key: String) -> Result<Self> {
        Self::new(key)
    }
}

impl From<PersonKey> for String {
    fn from(key: PersonKey) -> Self {
        key.0.into()
    }
}

/// The name of one draw, of which a contest may have several: such as `summer-2026/1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DrawId(Box<str>);

impl DrawId {
    /// Takes a name.
    ///
    /// # Errors
    /// `Config` unless it has 1 to [`LONGEST_DRAW`] characters from `a`–`z`, `0`–`9`, `-`, `_` and `/`.
    pub fn new(id: impl Into<String>) -> Result<Self> {
        let id = id.into();
        let good = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_/".contains(&c);
        if id.is_empty() || id.len() > LONGEST_DRAW || !id.bytes().all(good) {
            return Err(Error::config(format!(
                "a draw's id has 1 to {LONGEST_DRAW} characters from a-z, 0-9, `-`, `_` and `/`, such as `summer/1`"
            )));
        }
        Ok(Self(id.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DrawId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for DrawId {
    type Error = Error;

    fn try_from(id: String) -> Result<Self> {
        Self::new(id)
    }
}

impl From<DrawId> for String {
    fn from(id: DrawId) -> Self {
        id.0.into()
    }
}

/// The secret of a contest, from which the salts of all entrants are made. Whoever has it can tell for anybody whether
/// he is in the list: keep it, never publish it. Lost, no entrant can be given his salt any more.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// A new key, from the operating system's source of secrets.
    ///
    /// # Errors
    /// `Unavailable` where the operating system gives none.
    pub fn generate() -> Result<Self> {
        random().map(Self)
    }

    /// The key that [`to_secret`](Self::to_secret) answered.
    ///
    /// # Errors
    /// `Config` unless it is 64 lower-case hexadecimal digits.
    pub fn from_secret(secret: &Secret) -> Result<Self> {
        let mut key = [0; 32];
        if !hex::read(secret.expose().as_bytes(), &mut key) {
            return Err(Error::config(
                "a contest's master key is 64 lower-case hexadecimal digits: give it as it was kept",
            ));
        }
        Ok(Self(key))
    }

    /// The key as a text, to be kept.
    pub fn to_secret(&self) -> Secret {
        Secret::new(hex::of(&self.0))
    }

    /// What makes the salts of one draw.
    pub(super) fn salter(&self, draw: &DrawId) -> Salter {
        let key = hash::hmac_key(&self.0);
        let mut begun = Context::new(&SHA256);
        for half in [b"1", b"2"] {
            let message = [
                b"sociable-draw/1 salts ",
                half.as_slice(),
                draw.as_str().as_bytes(),
            ];
            begun.update(&hash::hmac(&key, &message.concat()));
        }
        Salter(begun)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// 32 bytes that nobody can guess.
pub(super) fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| {
        Error::new(
            ErrorKind::Unavailable,
            "the operating system gives no random bytes: try again later",
        )
    })?;
    Ok(bytes)
}

/// What hides one entrant: 128 bits, known to the organiser, and to the entrant who is told.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Salt([u8; 16]);

impl Salt {
    /// The bytes.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// What stands in the public list for this person under this salt.
    pub fn commitment(&self, person: &PersonKey) -> Commitment {
        // One flat piece: the hash is asked once.
        let mut flat = [0; 1 + 16 + LONGEST_PERSON];
        let person = person.0.as_bytes();
        let length = 17 + person.len();
        flat[0] = ENTRY;
        flat[1..17].copy_from_slice(&self.0);
        for (to, from) in flat[17..].iter_mut().zip(person) {
            *to = *from;
        }
        Commitment::new(hash::sha256(&[flat.get(..length).unwrap_or_default()]))
    }
}

/// A salt tells who an entrant is, so that it does not show itself.
impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

impl TryFrom<String> for Salt {
    type Error = Error;

    fn try_from(digits: String) -> Result<Self> {
        let mut salt = [0; 16];
        if !hex::read(digits.as_bytes(), &mut salt) {
            return Err(Error::config(
                "a salt is written as 32 lower-case hexadecimal digits",
            ));
        }
        Ok(Self(salt))
    }
}

impl From<Salt> for String {
    fn from(salt: Salt) -> Self {
        hex::of(&salt.0)
    }
}

/// Makes the salts of one draw: a hash that has taken in a block of 64 secret bytes.
///
/// What follows is the person with its length before it, so that no message is the beginning of another: then such a hash
/// is a pseudorandom function as its compression function is one (Bellare, Canetti and Krawczyk, "Pseudorandom functions
/// revisited: the cascade construction", 1996). The half of it that is given away does not let anybody continue it.
pub(super) struct Salter(Context);

impl Salter {
    pub(super) fn salt(&self, person: &PersonKey) -> Salt {
        // A key is at most 512 bytes long.
        let length = (person.0.len() as u16).to_be_bytes();
        let whole = hash::finished(self.0.clone(), &[&length, person.0.as_bytes()]);
        let mut salt = [0; 16];
        salt.copy_from_slice(&whole[..16]);
        Salt(salt)
    }
}
