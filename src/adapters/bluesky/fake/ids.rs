//! Identifiers as the network makes them: content ids, record keys, DIDs and tokens.

use serde_json::{Map, Value};

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const BASE32_SORTABLE: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The hash of these bytes.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    hmac_sha256::Hash::hash(bytes)
}

fn letter(alphabet: &[u8], at: u64) -> char {
    char::from(
        alphabet
            .get(at as usize % alphabet.len())
            .copied()
            .unwrap_or(b'a'),
    )
}

/// Bits in groups of `width`, the last group filled with zeros.
fn encode(bytes: &[u8], alphabet: &[u8], width: u32) -> String {
    let mut out = String::new();
    let (mut held, mut bits) = (0u64, 0u32);
    for byte in bytes {
        held = ((held << 8) | u64::from(*byte)) & 0xffff;
        bits += 8;
        while bits >= width {
            bits -= width;
            out.push(letter(alphabet, (held >> bits) & ((1 << width) - 1)));
        }
    }
    if bits > 0 {
        out.push(letter(
            alphabet,
            (held << (width - bits)) & ((1 << width) - 1),
        ));
    }
    out
}

fn decode(text: &str, alphabet: &[u8], width: u32) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut held, mut bits) = (0u64, 0u32);
    for byte in text.bytes() {
        let at = alphabet.iter().position(|letter| *letter == byte)? as u64;
        held = ((held << width) | at) & 0xffff;
        bits += width;
        if bits >= 8 {
            bits -= 8;
            out.push(((held >> bits) & 0xff) as u8);
        }
    }
    Some(out)
}

/// Base32, lower case, without padding (RFC 4648).
pub(super) fn base32(bytes: &[u8]) -> String {
    encode(bytes, BASE32, 5)
}

/// Base64 for URLs, without padding.
pub(super) fn base64url(bytes: &[u8]) -> String {
    encode(bytes, BASE64_URL, 6)
}

pub(super) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    decode(text, BASE64_URL, 6)
}

const CODEC_RAW: u8 = 0x55;
const CODEC_DAG_CBOR: u8 = 0x71;

fn cid(codec: u8, bytes: &[u8]) -> String {
    let mut whole = vec![0x01, codec, 0x12, 0x20];
    whole.extend_from_slice(&sha256(bytes));
    format!("b{}", base32(&whole))
}

/// The content id of a blob: CIDv1, raw, SHA-256.
pub(super) fn blob_cid(bytes: &[u8]) -> String {
    cid(CODEC_RAW, bytes)
}

/// The content id of a record: CIDv1, DAG-CBOR, SHA-256.
pub(super) fn record_cid(record: &Value) -> String {
    let mut bytes = Vec::new();
    dag_cbor(record, &mut bytes);
    cid(CODEC_DAG_CBOR, &bytes)
}

/// The bytes of a content id in base32, or nothing if it is none.
pub(super) fn cid_bytes(text: &str) -> Option<Vec<u8>> {
    let bytes = decode(text.strip_prefix('b')?, BASE32, 5)?;
    match bytes.as_slice() {
        [0x01, _, 0x12, 0x20, digest @ ..] if digest.len() == 32 => Some(bytes),
        _ => None,
    }
}

fn cbor_head(major: u8, value: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    if value < 24 {
        out.push(major | value as u8);
    } else if let Ok(byte) = u8::try_from(value) {
        out.extend_from_slice(&[major | 24, byte]);
    } else if let Ok(short) = u16::try_from(value) {
        out.push(major | 25);
        out.extend_from_slice(&short.to_be_bytes());
    } else if let Ok(word) = u32::try_from(value) {
        out.push(major | 26);
        out.extend_from_slice(&word.to_be_bytes());
    } else {
        out.push(major | 27);
        out.extend_from_slice(&value.to_be_bytes());
    }
}

/// DAG-CBOR: keys by length, then by bytes; a lone `$link` is a tagged content id, a lone `$bytes` a byte string.
fn dag_cbor(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(flag) => out.push(if *flag { 0xf5 } else { 0xf4 }),
        Value::Number(number) => {
            if let Some(positive) = number.as_u64() {
                cbor_head(0, positive, out);
            } else {
                let negative = number.as_i64().unwrap_or(-1);
                cbor_head(1, negative.unsigned_abs().saturating_sub(1), out);
            }
        }
        Value::String(text) => {
            cbor_head(3, text.len() as u64, out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Array(items) => {
            cbor_head(4, items.len() as u64, out);
            for item in items {
                dag_cbor(item, out);
            }
        }
        Value::Object(fields) => dag_cbor_map(fields, out),
    }
}

fn dag_cbor_map(fields: &Map<String, Value>, out: &mut Vec<u8>) {
    if fields.len() == 1
        && let Some(link) = fields
            .get("$link")
            .and_then(Value::as_str)
            .and_then(cid_bytes)
    {
        out.extend_from_slice(&[0xd8, 0x2a]);
        cbor_head(2, link.len() as u64 + 1, out);
        out.push(0);
        out.extend_from_slice(&link);
        return;
    }
    let mut keys: Vec<&String> = fields.keys().collect();
    keys.sort_by(|a, b| {
        a.len()
            .cmp(&b.len())
            .then_with(|| a.as_bytes().cmp(b.as_bytes()))
    });
    cbor_head(5, fields.len() as u64, out);
    for key in keys {
        cbor_head(3, key.len() as u64, out);
        out.extend_from_slice(key.as_bytes());
        dag_cbor(fields.get(key).unwrap_or(&Value::Null), out);
    }
}

/// A TID: 53 bits of microseconds and 10 bits of clock id in 13 sortable characters.
pub(super) fn tid(micros: u64, clock: u64) -> String {
    let value = ((micros & ((1 << 53) - 1)) << 10) | (clock & 0x3ff);
    (0..13)
        .rev()
        .map(|at| letter(BASE32_SORTABLE, (value >> (at * 5)) & 31))
        .collect()
}

/// The DID of an account: always the same for the same handle.
pub(super) fn did_plc(handle: &str) -> String {
    let digest = sha256(handle.as_bytes());
    format!("did:plc:{}", base32(digest.get(..15).unwrap_or_default()))
}

/// A token that only this fake can have made. It looks like a JWT; its signature is a keyed hash.
pub(super) fn sign_token(kind: &str, algorithm: &str, claims: &Value) -> String {
    let header = serde_json::json!({ "typ": kind, "alg": algorithm });
    let signed = format!(
        "{}.{}",
        base64url(header.to_string().as_bytes()),
        base64url(claims.to_string().as_bytes())
    );
    let signature = base64url(&sha256(format!("{TOKEN_KEY}{signed}").as_bytes()));
    format!("{signed}.{signature}")
}

/// What a token says: its kind and claims, or nothing if this fake did not make it.
pub(super) fn read_token(token: &str) -> Option<(String, Value)> {
    let (signed, signature) = token.rsplit_once('.')?;
    if base64url(&sha256(format!("{TOKEN_KEY}{signed}").as_bytes())) != signature {
        return None;
    }
    let (header, claims) = signed.split_once('.')?;
    let header: Value = serde_json::from_slice(&from_base64url(header)?).ok()?;
    let claims: Value = serde_json::from_slice(&from_base64url(claims)?).ok()?;
    Some((header.get("typ")?.as_str()?.to_owned(), claims))
}

/// Not a secret: the fake guards nothing.
const TOKEN_KEY: &str = "sociable fake of bluesky|";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Both ids are what a real server answered for the same bytes.
    #[test]
    fn content_ids_are_those_of_a_real_server() {
        let png = [
            0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52,
            0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49,
            0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60, 0x60, 0x60, 0x60, 0, 0, 0, 5, 0, 1, 0xa5,
            0xf6, 0x45, 0x40, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
        ];
        assert_eq!(
            blob_cid(&png),
            "bafkreigccu7xpyiqq76la6fohbjh7kb354uxshrxadrqzsd75rcaljtnb4"
        );
        let post = json!({"$type": "app.bsky.feed.post", "text": "put", "createdAt": "2026-11-22T10:00:00.000Z"});
        assert_eq!(
            record_cid(&post),
            "bafyreiejd2k5r6kooqobaq3nhopjubnkweugq3fioptv4be5kidsaru3pa"
        );
    }

    #[test]
    fn tids_sort_as_their_times() {
        assert_eq!(tid(0, 0), "2222222222222");
        assert!(tid(1_000, 5) < tid(1_001, 0));
        assert_eq!(tid(1_700_000_000_000_000, 7).len(), 13);
    }

    #[test]
    fn a_token_that_was_touched_is_not_read() {
        let token = sign_token("at+jwt", "HS256", &json!({"sub": "did:plc:x", "exp": 5}));
        assert_eq!(read_token(&token).unwrap().1["exp"], 5);
        assert!(read_token(&token.replace('.', "..")).is_none());
        assert!(read_token(&format!("{token}A")).is_none());
        assert!(read_token("").is_none());
    }
}
