//! What a character is to the rules of this room.

/// Whitespace where a line may break: all of Unicode's but the no-break spaces.
pub(super) fn is_breaking_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}')
}

/// How many lines a whitespace character ends.
pub(super) fn line_ends(c: char) -> usize {
    match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' => 1,
        '\u{2029}' => 2,
        _ => 0,
    }
}

/// Ends a sentence where whitespace follows.
pub(super) fn ends_sentence(c: char) -> bool {
    matches!(
        c,
        '.' | '!' | '?' | '…' | '‼' | '⁇' | '⁈' | '⁉' | '؟' | '۔' | '।' | '॥' | '։' | '።'
    ) || ends_sentence_unspaced(c)
}

/// Ends a sentence in scripts that put no space between sentences.
pub(super) fn ends_sentence_unspaced(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡' | '．')
}

/// A quote or bracket that closes, and so belongs to the sentence before it.
pub(super) fn is_closer(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '}' | '»' | '”' | '’' | '›')
        || matches!(
            c,
            '」' | '』' | '）' | '】' | '》' | '〉' | '］' | '｝' | '｣'
        )
}

/// Punctuation as a hashtag's end is stripped of it: Unicode's category P within ASCII, Latin-1, the punctuation blocks and the
/// scripts in wide use. Symbols (`+`, `$`, `<`, `~`) are not punctuation there.
pub(super) fn is_punctuation(c: char) -> bool {
    match c {
        '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~' => false,
        _ if c.is_ascii() => c.is_ascii_punctuation(),
        '¡'
        | '§'
        | '«'
        | '¶'
        | '·'
        | '»'
        | '¿'
        | '՚'..='՟'
        | '։'
        | '־'
        | '׀'
        | '׃'
        | '׳'
        | '״'
        | '،'
        | '؍'
        | '؛'
        | '؟' => true,
        '٪'..='٭' | '۔' | '।' | '॥' | '๏' | '။' | '၊' | '።'..='፨' | '។'..='៖' => {
            true
        }
        '\u{2010}'..='\u{2027}'
        | '\u{2030}'..='\u{2043}'
        | '\u{2045}'..='\u{2051}'
        | '\u{2053}'..='\u{205e}' => true,
        '\u{3001}'..='\u{3003}'
        | '\u{3008}'..='\u{3011}'
        | '\u{3014}'..='\u{301f}'
        | '\u{3030}'
        | '・' => true,
        '！'..='＃'
        | '％'..='＊'
        | '，'..='／'
        | '：'
        | '；'
        | '？'
        | '＠'
        | '［'..='］'
        | '＿'
        | '｛'
        | '｝'
        | '｟'..='･' => true,
        '\u{fe10}'..='\u{fe19}' | '\u{fe30}'..='\u{fe4f}' => true,
        _ => false,
    }
}

/// Controls of writing direction, which stand against nothing and join nothing.
pub(super) fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The character that begins at byte `at`, `None` at the end.
pub(super) fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// The character that ends at byte `at`, `None` at the start.
pub(super) fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}
