//! Signatures with a shared secret (RFC 2104).

#[cfg(any(feature = "webhook", test))]
use crate::secret::Secret;

/// HMAC-SHA1, for what still asks for it.
pub(crate) fn hmac_sha1(key: &str, message: &str) -> [u8; 20] {
    hmac_sha1_compact::HMAC::mac(message.as_bytes(), key.as_bytes())
}

/// HMAC-SHA256.
#[cfg(any(feature = "webhook", test))]
pub(crate) fn hmac_sha256(key: &Secret, message: &[u8]) -> [u8; 32] {
    hmac_sha256::HMAC::mac(message, key.expose())
}

/// Whether a signature is that of a message, in a time that does not tell how far it is.
#[cfg(any(feature = "webhook", test))]
pub(crate) fn is_hmac_sha256(key: &Secret, message: &[u8], signature: &[u8]) -> bool {
    <&[u8; 32]>::try_from(signature)
        .is_ok_and(|signature| hmac_sha256::HMAC::verify(message, key.expose(), signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn signatures_are_those_of_the_standards() {
        // RFC 2202, test cases 2 and 6; RFC 4231, test cases 2 and 6.
        let (key, message) = ("Jefe", "what do ya want for nothing?");
        assert_eq!(
            hex(&hmac_sha1(key, message)),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
        assert_eq!(
            hex(&hmac_sha256(&key.into(), message.as_bytes())),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_signature_of_something_else_is_none() {
        let (key, message) = (Secret::new("key"), b"message");
        let good = hmac_sha256(&key, message);
        assert!(is_hmac_sha256(&key, message, &good));
        for at in 0..good.len() {
            let mut bad = good;
            bad[at] ^= 1;
            assert!(!is_hmac_sha256(&key, message, &bad));
        }
        assert!(!is_hmac_sha256(&key, b"massage", &good));
        assert!(!is_hmac_sha256(&"kay".into(), message, &good));
        assert!(!is_hmac_sha256(&key, message, &good[..31]));
        assert!(!is_hmac_sha256(&key, message, &[]));
    }
}
