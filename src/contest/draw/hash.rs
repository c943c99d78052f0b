//! What is hashed, and how: SHA-256 (FIPS 180-4), HMAC (RFC 2104), HKDF (RFC 5869), with one leading byte for each use.

use ring::digest::{Context, SHA256};
use ring::hmac;

use super::hex::{shown_in_hex, thirty_two_bytes};

/// The first byte of what is hashed to an entry's commitment.
pub(super) const ENTRY: u8 = 0;
/// The first byte of what is hashed to a node of the tree.
pub(super) const NODE: u8 = 1;
/// The first byte of what is hashed to the tree's root.
pub(super) const ROOT: u8 = 2;
/// The first byte of what is hashed to the list's hash.
pub(super) const LIST: u8 = 3;
/// The first byte of what is hashed to the commitment that is published.
pub(super) const SEAL: u8 = 4;
/// The first byte of what is hashed to a party's commitment.
pub(super) const REVEAL: u8 = 5;
/// The first byte of what is hashed to the randomness of several parties.
pub(super) const REVEALS: u8 = 6;

thirty_two_bytes! {
    /// A SHA-256 hash.
    Digest: "a SHA-256 hash",
    /// What stands in the public list for an entrant: nothing of him can be read from it.
    Commitment: "a commitment",
    /// What decides a draw: from a beacon's round, or from what several parties revealed.
    Randomness: "randomness",
}

shown_in_hex!(Digest, Commitment, Randomness);

impl Digest {
    /// The SHA-256 hash of bytes, as `sha256sum` prints it.
    pub fn of(bytes: &[u8]) -> Self {
        Self::new(sha256(&[bytes]))
    }
}

impl Commitment {
    /// The first bytes, as a number that orders as they do.
    pub(super) fn begins(&self) -> u64 {
        self.bytes()
            .first_chunk()
            .map_or(0, |first| u64::from_be_bytes(*first))
    }
}

/// A hash over parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    finished(Context::new(&SHA256), parts)
}

/// Goes on with a hash that was begun.
pub(super) fn finished(mut begun: Context, parts: &[&[u8]]) -> [u8; 32] {
    for part in parts {
        begun.update(part);
    }
    array(begun.finish().as_ref())
}

/// A key of HMAC-SHA256, made ready once.
pub(super) fn hmac_key(key: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key)
}

/// HMAC-SHA256.
pub(super) fn hmac(key: &hmac::Key, message: &[u8]) -> [u8; 32] {
    array(hmac::sign(key, message).as_ref())
}

/// HKDF-SHA256 of 32 bytes.
pub(super) fn hkdf(salt: &[u8], secret: &[u8], info: &[u8]) -> [u8; 32] {
    let extracted = hmac(&hmac_key(salt), secret);
    // The first block of what is expanded is all that is wanted.
    hmac(&hmac_key(&extracted), &[info, &[1]].concat())
}

/// What the algorithms above answer is 32 bytes long.
fn array(answer: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(answer);
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::hex;
    use super::*;

    #[test]
    fn the_hashes_are_those_of_the_standards() {
        // FIPS 180-4's example, RFC 4231's second case, RFC 5869's first (of which 42 bytes are wanted).
        assert_eq!(
            Digest::of(b"abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(sha256(&[b"a", b"", b"bc"]), *Digest::of(b"abc").bytes());
        assert_eq!(
            hex::of(&hmac(&hmac_key(b"Jefe"), b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let salt: Vec<u8> = (0..=12).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        assert_eq!(
            hex::of(&hkdf(&salt, &[0x0b; 22], &info)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        );
    }
}
