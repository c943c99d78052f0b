//! Names as other people wrote them, made fit for a line of text.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

/// The text on one line, without what no reader can show: line breaks become spaces, other controls a mark of their own.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().map(|c| match c {
        '\n' | '\r' | '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    });
    Cow::Owned(shown.collect())
}

/// As much of the text as has room for so many letters of usual width.
pub(super) fn short(text: &str, room: usize) -> String {
    let text = plain(text);
    let width = |letter: &str| match letter.chars().next() {
        // Chinese, Japanese and Korean letters, and pictures, are twice as wide.
        Some(c) if c >= '\u{1100}' && !('\u{1e00}'..'\u{2e80}').contains(&c) => 2,
        _ => 1,
    };
    if text.graphemes(true).map(width).sum::<usize>() <= room {
        return text.into_owned();
    }
    let mut left = room.saturating_sub(1);
    let kept = text.graphemes(true).take_while(|letter| {
        let rest = left.checked_sub(width(letter));
        left = rest.unwrap_or(0);
        rest.is_some()
    });
    let mut kept: String = kept.collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_become_visible_and_lines_one() {
        assert_eq!(plain("a\nb\0c"), "a b\u{fffd}c");
        assert_eq!(plain("<b>"), "<b>");
    }

    #[test]
    fn a_long_name_is_cut_between_letters() {
        assert_eq!(short("Spring sale", 20), "Spring sale");
        assert_eq!(short("Spring sale of teapots", 12), "Spring sale…");
        assert_eq!(short("春の大売り出し", 6), "春の…");
        assert_eq!(short("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 4), "👨‍👩‍👧…");
    }
}
