//! The string formats of the AT Protocol (<https://atproto.com/specs/lexicon#string-formats>).

/// Tells whether `text` is of the named format; `None` for a format that is not known.
pub fn is(format: &str, text: &str) -> Option<bool> {
    Some(match format {
        "did" => did(text),
        "handle" => handle(text),
        "at-identifier" => did(text) || handle(text),
        "at-uri" => at_uri(text),
        "nsid" => nsid(text),
        "tid" => tid(text),
        "record-key" => record_key(text),
        "cid" => cid(text),
        "datetime" => datetime(text),
        "language" => language(text),
        "uri" => uri(text),
        _ => return None,
    })
}

pub fn did(text: &str) -> bool {
    let Some((method, id)) = text
        .strip_prefix("did:")
        .and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    text.len() <= 2048
        && !method.is_empty()
        && method.bytes().all(|b| b.is_ascii_lowercase())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._:%-".contains(&b))
        && id.bytes().last().is_some_and(|b| b != b':' && b != b'%')
}

/// A label of a domain name: 1 to 63 letters, digits and inner hyphens.
fn label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn starts_with_letter(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
}

pub fn handle(text: &str) -> bool {
    let top = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253 && text.contains('.') && text.split('.').all(label) && starts_with_letter(top)
}

pub fn nsid(text: &str) -> bool {
    let Some((authority, name)) = text.rsplit_once('.') else {
        return false;
    };
    text.len() <= 317
        && authority.contains('.')
        && authority.split('.').all(label)
        && starts_with_letter(authority)
        && name.len() <= 63
        && starts_with_letter(name)
        && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

pub fn record_key(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text != "."
        && text != ".."
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_~.:-".contains(&b))
}

pub fn tid(text: &str) -> bool {
    // The first digit is below 16, for the highest bit of the 64 is always 0.
    text.len() == 13
        && text.bytes().all(|b| matches!(b, b'2'..=b'7' | b'a'..=b'z'))
        && text
            .bytes()
            .next()
            .is_some_and(|b| matches!(b, b'2'..=b'7' | b'a'..=b'j'))
}

pub fn at_uri(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("at://") else {
        return false;
    };
    let mut parts = rest.split('/');
    text.len() <= 8192
        && parts
            .next()
            .is_some_and(|authority| did(authority) || handle(authority))
        && parts.next().is_none_or(nsid)
        && parts.next().is_none_or(record_key)
        && parts.next().is_none()
}

/// A CID in the form that the protocol prescribes: version 1, base32, DAG-CBOR or raw, SHA-256.
pub fn cid(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('b') else {
        return false;
    };
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for b in digits.bytes() {
        let value = match b {
            b'a'..=b'z' => b - b'a',
            b'2'..=b'7' => b - b'2' + 26,
            _ => return false,
        };
        held = (held << 5 | u32::from(value)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    let padding_is_zero = held & ((1 << bits) - 1) == 0;
    padding_is_zero
        && digits.len() == 58
        && bytes.len() == 36
        && matches!(bytes[..4], [1, 0x55 | 0x71, 0x12, 0x20])
}

pub fn datetime(text: &str) -> bool {
    fn number(text: &str, from: usize, digits: usize) -> Option<u32> {
        let part = text.get(from..from + digits)?;
        if part.bytes().all(|b| b.is_ascii_digit()) {
            part.parse().ok()
        } else {
            None
        }
    }
    fn parse(text: &str) -> Option<bool> {
        if text.len() > 64 || !text.is_ascii() {
            return None;
        }
        for (at, mark) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")] {
            if text.get(at..=at)? != mark {
                return None;
            }
        }
        let (year, month, day) = (
            number(text, 0, 4)?,
            number(text, 5, 2)?,
            number(text, 8, 2)?,
        );
        let (hour, minute, second) = (
            number(text, 11, 2)?,
            number(text, 14, 2)?,
            number(text, 17, 2)?,
        );
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        if year < 10 {
            return None; // a zone could lead before the year 0, which the protocol refuses
        }
        let mut zone = text.get(19..)?;
        if let Some(fraction) = zone.strip_prefix('.') {
            let end = fraction.find(|c: char| !c.is_ascii_digit())?;
            if end == 0 {
                return None;
            }
            zone = fraction.get(end..)?;
        }
        let zone_holds = zone == "Z"
            || zone.len() == 6
                && zone.starts_with(['+', '-'])
                && zone.get(3..4)? == ":"
                && number(zone, 1, 2)? <= 23
                && number(zone, 4, 2)? <= 59
                && zone != "-00:00";
        Some(zone_holds && (1..=days).contains(&day) && hour <= 23 && minute <= 59 && second <= 59)
    }
    parse(text).unwrap_or(false)
}

/// A well-formed language tag (RFC 5646 section 2.1), registered or not.
pub fn language(text: &str) -> bool {
    const IRREGULAR: &[&str] = &[
        "en-gb-oed",
        "i-ami",
        "i-bnn",
        "i-default",
        "i-enochian",
        "i-hak",
        "i-klingon",
        "i-lux",
        "i-mingo",
        "i-navajo",
        "i-pwn",
        "i-tao",
        "i-tay",
        "i-tsu",
        "sgn-be-fr",
        "sgn-be-nl",
        "sgn-ch-de",
    ];
    let lower = text.to_ascii_lowercase();
    if IRREGULAR.contains(&lower.as_str()) {
        return true;
    }
    let alpha = |s: &str| s.bytes().all(|b| b.is_ascii_alphabetic());
    let alnum = |s: &str, sizes: std::ops::RangeInclusive<usize>| {
        sizes.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let mut parts = lower.split('-').peekable();
    fn private<'a>(mut parts: impl Iterator<Item = &'a str>) -> bool {
        let mut any = false;
        let whole = parts.all(|p| {
            any = true;
            (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        whole && any
    }
    let Some(first) = parts.next() else {
        return false;
    };
    if first == "x" {
        return private(parts);
    }
    if !((2..=8).contains(&first.len()) && alpha(first)) {
        return false;
    }
    if first.len() <= 3 {
        for _ in 0..3 {
            parts.next_if(|p| p.len() == 3 && alpha(p));
        }
    }
    parts.next_if(|p| p.len() == 4 && alpha(p));
    parts.next_if(|p| {
        p.len() == 2 && alpha(p) || p.len() == 3 && p.bytes().all(|b| b.is_ascii_digit())
    });
    while parts
        .next_if(|p| {
            alnum(p, 5..=8) || alnum(p, 4..=4) && p.starts_with(|c: char| c.is_ascii_digit())
        })
        .is_some()
    {}
    while let Some(part) = parts.next() {
        if part == "x" {
            return private(parts);
        }
        if !alnum(part, 1..=1) || parts.next_if(|p| alnum(p, 2..=8)).is_none() {
            return false;
        }
        while parts.next_if(|p| alnum(p, 2..=8)).is_some() {}
    }
    true
}

pub fn uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    text.len() <= 8192
        && starts_with_letter(scheme)
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b))
        && !rest.is_empty()
        && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
}
