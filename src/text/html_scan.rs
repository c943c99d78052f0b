//! Looks through HTML eight bytes at a time: most of a post is not markup, and most of its markup is attributes.

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// The eight bytes from `at` on, the first lowest; `None` near the end.
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*eight))
}

/// A text of up to eight bytes as [`word`] reads it.
pub(super) const fn key(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut key = 0;
    let mut at = bytes.len();
    while at > 0 {
        at -= 1;
        key = key << 8 | bytes[at] as u64;
    }
    key
}

/// Whether a word begins with a text of up to eight bytes.
macro_rules! begins {
    ($word:expr, $text:literal) => {
        $word & const { u64::MAX >> (64 - 8 * $text.len()) }
            == const { $crate::text::html_scan::key($text) }
    };
}
pub(super) use begins;

/// Marks the high bit of each byte that is `byte`. Above the lowest, others may be marked too, and all other bits are
/// noise.
const fn is(word: u64, byte: u8) -> u64 {
    is_zero(word ^ (ONES * byte as u64))
}

/// The same of each byte that is 0.
const fn is_zero(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
}

/// The place of the lowest byte whose high bit is set.
const fn lowest(marks: u64) -> usize {
    marks.trailing_zeros() as usize / 8
}

/// The first `byte` from `at` on.
pub(super) fn find(bytes: &[u8], mut at: usize, byte: u8) -> Option<usize> {
    while let Some(word) = word(bytes, at) {
        let marks = is(word, byte) & HIGHS;
        if marks != 0 {
            return Some(at + lowest(marks));
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|b| *b == byte).map(|place| at + place)
}

/// Where a stretch of text from `at` on ends that may be taken over as it is: before the first `<`, `&`, control
/// character, or space that another space follows.
pub(super) fn stretch_end(bytes: &[u8], mut at: usize) -> usize {
    const SPACES: u64 = ONES * b' ' as u64;
    while let Some([first @ .., last]) = bytes.get(at..).and_then(<[u8]>::first_chunk::<9>) {
        let word = u64::from_le_bytes(*first);
        let next = word >> 8 | u64::from(*last) << 56;
        let controls = word.wrapping_sub(SPACES) & !word;
        let two = is_zero((word ^ SPACES) | (next ^ SPACES));
        let stops = (is(word, b'<') | is(word, b'&') | controls | two) & HIGHS;
        if stops != 0 {
            return at + lowest(stops);
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at) {
        let two = *byte == b' ' && bytes.get(at + 1) == Some(&b' ');
        if two || *byte < 0x20 || matches!(byte, b'<' | b'&') {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{find, stretch_end};

    #[test]
    fn a_stretch_ends_where_something_is_to_be_done_wherever_that_stands() {
        // Neighbours of what is looked for, which a careless comparison would take for it.
        let filled = |piece: &str, count| piece.chars().cycle().take(count).collect::<String>();
        for end in ["<", "&", "\n", "  ", " \t", ""] {
            for (before, after) in (0..30).flat_map(|n| [(n, 0), (n, 3), (n, 12)]) {
                let before = filled("é! %;=a ", before);
                let text = format!("{}{end}{}", before.trim_end(), filled("! ! ", after));
                let bytes = text.as_bytes();
                let naive = (0..bytes.len()).find(|at| {
                    let two = bytes[*at] == b' ' && bytes.get(at + 1) == Some(&b' ');
                    two || bytes[*at] < 0x20 || matches!(bytes[*at], b'<' | b'&')
                });
                let naive = naive.unwrap_or(bytes.len());
                assert_eq!(stretch_end(bytes, 0), naive, "{text:?}");
            }
        }
    }

    #[test]
    fn a_byte_is_found_wherever_it_stands() {
        for before in 0..20 {
            let text = format!("{}\"#\"!", "!#é".repeat(before));
            assert_eq!(find(text.as_bytes(), 0, b'"'), text.find('"'));
            assert_eq!(find(text.as_bytes(), 0, b'$'), None);
        }
    }
}
