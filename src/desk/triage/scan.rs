//! A text cut into words and signs, each in its one form and with its place in the original.

use std::ops::Range;

use crate::shared::fold::{Script, fold, look_alike, script};

/// No more of a text is looked at: whatever a customer wants is said by then, and the work stays bounded.
pub(super) const MOST_BYTES: usize = 16 * 1024;
/// A longer word is cut: no language has it, and links and keyboards do.
const MOST_LETTERS: usize = 64;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word(Script),
    /// A part of a hashtag.
    Tag(Script),
    /// A handle with its `@`.
    Mention,
    Link,
    /// A smiley, an emoji, `!` or `?`.
    Sign,
}

/// A piece of text.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Its place in the original.
    pub(super) span: Range<usize>,
    /// Its place among the forms.
    pub(super) form: Range<usize>,
    /// Which sentence and which clause it stands in, counted from the beginning.
    pub(super) sentence: u16,
    pub(super) clause: u16,
    /// Written in capitals, two letters or more.
    pub(super) loud: bool,
    /// Within quotation marks.
    pub(super) quoted: bool,
    /// Letters were drawn out, as in `sooo`.
    pub(super) drawn: bool,
}

/// A text in pieces.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) tokens: Vec<Token>,
    /// The forms, one behind the other.
    pub(super) forms: String,
    /// Sentences that end with a question mark.
    pub(super) asks: Vec<u16>,
    /// Sentences with a semicolon behind a word, which asks in Greek.
    pub(super) semicolons: Vec<u16>,
    /// How many bytes were looked at.
    pub(super) end: usize,
    /// Letters of each script.
    pub(super) cyrillic: usize,
    pub(super) greek: usize,
    pub(super) latin: usize,
    pub(super) foreign: usize,
    /// Letters that Russian does not have and its neighbours do.
    pub(super) other_cyrillic: usize,
}

impl Scan {
    /// The form of a token.
    pub(super) fn form(&self, token: &Token) -> &str {
        self.forms.get(token.form.clone()).unwrap_or_default()
    }

    pub(super) fn new(text: &str) -> Self {
        let mut end = text.len().min(MOST_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut scanner = Scanner {
            text: text.get(..end).unwrap_or_default(),
            at: 0,
            out: Self {
                end,
                forms: String::with_capacity(end + end / 8),
                tokens: Vec::with_capacity(end / 5 + 4),
                ..Self::default()
            },
            sentence: 0,
            clause: 0,
            quoted: false,
            open: 0,
            letters: Vec::with_capacity(32),
        };
        scanner.run();
        scanner.out
    }
}

pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) out: Scan,
    pub(super) sentence: u16,
    clause: u16,
    pub(super) quoted: bool,
    /// Brackets that were opened.
    pub(super) open: usize,
    /// The word that is being read.
    letters: Vec<char>,
}

fn is_letter(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric(),
        // Cyrillic and Greek, which need not be looked up.
        '\u{400}'..='\u{481}' | '\u{48a}'..='\u{52f}' | '\u{388}'..='\u{3ce}' => true,
        // And most of the pictures; others are letters and digits in frames.
        '\u{2600}'..='\u{2775}' | '\u{1f200}'..='\u{1faff}' => false,
        _ => c.is_alphanumeric(),
    }
}

/// A mark that belongs to the letter before it.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}')
}

/// A picture: emoji and the symbols that serve as such.
pub(super) fn is_picture(c: char) -> bool {
    matches!(c,
        '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2190}'..='\u{21ff}' | '\u{2b00}'..='\u{2bff}'
        | '\u{2300}'..='\u{23ff}' | '\u{2460}'..='\u{24ff}')
}

impl<'a> Scanner<'a> {
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn run(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            match c {
                // Most emoji, which need not be looked up either.
                '\u{1f200}'..='\u{1faff}' => self.picture(c),
                '\n' | '\r' => {
                    self.end_sentence();
                    self.at += 1;
                }
                _ if c.is_whitespace() => self.at += c.len_utf8(),
                'h' | 'H' | 'w' | 'W' if self.link() => {}
                '@' => self.mention(),
                '#' | '＃' => self.hashtag(c.len_utf8()),
                _ if is_letter(c) => self.word(),
                _ if is_picture(c) => self.picture(c),
                _ => self.punctuation(c),
            }
        }
    }

    pub(super) fn push(&mut self, kind: Kind, span: Range<usize>, form: Range<usize>) {
        self.out.tokens.push(Token {
            kind,
            span,
            form,
            sentence: self.sentence,
            clause: self.clause,
            loud: false,
            quoted: self.quoted,
            drawn: false,
        });
    }

    pub(super) fn end_clause(&mut self) {
        self.clause = self.clause.saturating_add(1);
    }

    pub(super) fn end_sentence(&mut self) {
        self.end_clause();
        self.sentence = self.sentence.saturating_add(1);
    }

    /// A web address, to its end.
    fn link(&mut self) -> bool {
        let rest = self.rest();
        let begins = |start: &str| {
            (rest.get(..start.len())).is_some_and(|head| head.eq_ignore_ascii_case(start))
        };
        if !(begins("http://") || begins("https://") || begins("www.")) {
            return false;
        }
        self.link_from(self.at);
        true
    }

    /// Takes everything from `start` to the next blank for a link.
    fn link_from(&mut self, start: usize) {
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let forms = self.out.forms.len();
        self.push(Kind::Link, start..start + length, forms..forms);
        self.at = start + length;
    }

    /// A handle: `@name`, `@name.example.com`, `@name@host`.
    fn mention(&mut self) {
        let start = self.at;
        let mut end = start + 1;
        let mut letters = self.text.get(end..).unwrap_or_default().chars().peekable();
        while let Some(c) = letters.next() {
            let inner =
                matches!(c, '.' | '-' | '@') && letters.peek().is_some_and(|c| is_letter(*c));
            if !(is_letter(c) || c == '_' || inner) {
                break;
            }
            end += c.len_utf8();
        }
        if end == start + 1 {
            self.at = end;
            return;
        }
        let forms = self.out.forms.len();
        self.push(Kind::Mention, start..end, forms..forms);
        self.at = end;
    }

    /// A hashtag, in its parts: `#LostLuggage`, `#lost_luggage`.
    fn hashtag(&mut self, sign: usize) {
        let mut at = self.at + sign;
        let mut start = at;
        let mut before = ' ';
        let rest = self.text.get(at..).unwrap_or_default();
        for c in rest.chars() {
            let goes_on = is_letter(c) || is_mark(c);
            let parts = (before.is_lowercase() && c.is_uppercase())
                || (before.is_numeric() != c.is_numeric() && before != ' ');
            if !goes_on || parts {
                self.tag(start..at);
                start = if goes_on { at } else { at + c.len_utf8() };
            }
            if !goes_on && c != '_' {
                break;
            }
            before = if goes_on { c } else { ' ' };
            at += c.len_utf8();
        }
        self.tag(start..at);
        self.at = at;
    }

    fn tag(&mut self, span: Range<usize>) {
        let mut start = span.start;
        while start < span.end {
            let Some((script, end)) = self.letters(start, span.end) else {
                return;
            };
            if let Some(token) = self.out.tokens.last_mut() {
                token.kind = Kind::Tag(script);
            }
            start = end;
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let Some((_, end)) = self.letters(start, self.text.len()) else {
            self.at += self.rest().chars().next().map_or(1, char::len_utf8);
            return;
        };
        self.at = end;
        // `bit.ly/x` and `name@host.example` are addresses.
        let rest = self.rest();
        let address = match rest.as_bytes() {
            [b'@', next, ..] => next.is_ascii_alphanumeric(),
            [b'.', ..] => {
                let domain = rest.get(1..).unwrap_or_default();
                let letters = domain.bytes().take_while(u8::is_ascii_alphabetic).count();
                letters >= 2 && domain.as_bytes().get(letters) == Some(&b'/')
            }
            _ => false,
        };
        if address {
            if let Some(token) = self.out.tokens.pop() {
                self.out.forms.truncate(token.form.start);
            }
            self.link_from(start);
        }
    }

    /// Reads a word that begins at `start` and pushes it; its script and its end. Without a letter: nothing.
    fn letters(&mut self, start: usize, limit: usize) -> Option<(Script, usize)> {
        self.letters.clear();
        let (mut at, mut large, mut drawn) = (start, 0, false);
        let mut counts = [0_usize; 4];
        let rest = self.text.get(start..limit)?;
        let mut chars = rest.chars().peekable();
        while let Some(c) = chars.next() {
            let inner = || chars.clone().next().is_some_and(is_letter);
            if !is_letter(c) && !is_mark(c) {
                match c {
                    '\'' | '’' | 'ʼ' | '`' | '´' if !self.letters.is_empty() && inner() => {
                        at += c.len_utf8();
                        continue;
                    }
                    '*' if !self.letters.is_empty()
                        && rest
                            .get(at - start..)
                            .unwrap_or_default()
                            .trim_start_matches('*')
                            .starts_with(char::is_alphabetic) =>
                    {
                        if self.letters.last() != Some(&'*') {
                            self.letters.push('*');
                        }
                        at += 1;
                        continue;
                    }
                    // `сволоч@` as people write who fear a filter.
                    '@' if counts[0] > 0 && inner() => {
                        self.letters.push('а');
                        at += 1;
                        continue;
                    }
                    _ => break,
                }
            }
            if self.letters.len() >= MOST_LETTERS {
                break;
            }
            at += c.len_utf8();
            let Some(letter) = fold(c) else {
                // й and ё may be written as two.
                if c == '\u{306}' && self.letters.last() == Some(&'и') {
                    self.letters.pop();
                    self.letters.push('й');
                }
                continue;
            };
            large += usize::from(c.is_uppercase());
            match script(letter) {
                Some(Script::Cyrillic) => counts[0] += 1,
                Some(Script::Greek) => counts[1] += 1,
                Some(Script::Latin) => counts[2] += 1,
                Some(_) => counts[3] += 1,
                None => {}
            }
            if let [.., a, b] = self.letters[..]
                && a == letter
                && b == letter
                && !letter.is_ascii_digit()
            {
                drawn = true;
                continue;
            }
            self.letters.push(letter);
        }
        if self.letters.is_empty() {
            return None;
        }
        let script = self.settle(counts);
        let forms = self.out.forms.len();
        self.out.forms.extend(&self.letters);
        let form = forms..self.out.forms.len();
        let loud = large > 1 && large * 2 > self.letters.len();
        self.push(Kind::Word(script), start..at, form);
        if let Some(token) = self.out.tokens.last_mut() {
            (token.loud, token.drawn) = (loud, drawn);
        }
        Some((script, at))
    }

    /// Whose word it is; look-alikes of another script become its letters.
    fn settle(&mut self, [cyrillic, greek, latin, foreign]: [usize; 4]) -> Script {
        let letters = cyrillic + greek + latin + foreign;
        // Who dresses up a word takes letters that look like its own.
        let disguised = |of: Script, like: Script| {
            (self.letters.iter())
                .filter(|letter| script(**letter) == Some(of))
                .all(|letter| look_alike(*letter, like) != *letter)
        };
        let mixed = cyrillic > 0 && latin > 0;
        let script = match letters {
            0 => Script::Digits,
            _ if mixed && disguised(Script::Latin, Script::Cyrillic) => Script::Cyrillic,
            _ if mixed && disguised(Script::Cyrillic, Script::Latin) => Script::Latin,
            _ if foreign * 2 > letters => Script::Foreign,
            _ if cyrillic >= latin.max(greek).max(1) => Script::Cyrillic,
            _ if greek >= latin.max(1) => Script::Greek,
            _ => Script::Latin,
        };
        match script {
            Script::Cyrillic => self.out.cyrillic += letters,
            Script::Greek => self.out.greek += letters,
            Script::Latin => self.out.latin += letters,
            Script::Digits | Script::Foreign => self.out.foreign += letters,
        }
        if script == Script::Cyrillic {
            let others =
                |c: &&char| matches!(c, 'і' | 'ї' | 'є' | 'ґ' | 'ў' | 'ј' | 'љ' | 'њ' | 'ћ' | 'ђ');
            self.out.other_cyrillic += self.letters.iter().filter(others).count();
        }
        let own = [cyrillic, greek, latin]
            .into_iter()
            .max()
            .unwrap_or_default();
        if own < letters {
            for letter in &mut self.letters {
                *letter = look_alike(*letter, script);
            }
        }
        script
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> Vec<String> {
        let scan = Scan::new(text);
        (scan.tokens.iter())
            .map(|token| match token.kind {
                Kind::Mention | Kind::Link => text[token.span.clone()].to_owned(),
                _ => scan.form(token).to_owned(),
            })
            .collect()
    }

    #[test]
    fn no_picture_that_is_not_looked_up_is_a_letter() {
        for c in ('\u{2600}'..='\u{2775}').chain('\u{1f200}'..='\u{1faff}') {
            assert_eq!(is_letter(c), c.is_alphanumeric(), "{c:?}");
        }
    }

    #[test]
    fn words_come_in_one_form() {
        assert_eq!(
            forms("Ёлка СТОИТ, don’t Ευχαριστώ πολύΣ"),
            ["елка", "стоит", "dont", "ευχαριστω", "πολυσ"]
        );
        // Latin letters in a Russian word, a Cyrillic one in an English word.
        assert_eq!(forms("нe pаботaет, gооd"), ["не", "работает", "good"]);
        assert_eq!(forms("жеееееесть sooooo 10000"), ["жеесть", "soo", "10000"]);
        assert_eq!(
            forms("ｆｒｅｅ 𝗠𝗢𝗡𝗘𝗬 cafe\u{301}"),
            ["free", "money", "cafe"]
        );
        assert_eq!(forms("f**k с@ки"), ["f*k", "саки"]);
    }

    #[test]
    fn handles_links_and_hashtags_stand_aside() {
        assert_eq!(
            forms("@ru_mts: https://t.co/x #LostLuggage #не_работает me@x.org bit.ly/q"),
            [
                "@ru_mts",
                "https://t.co/x",
                "lost",
                "luggage",
                "не",
                "работает",
                "me@x.org",
                "bit.ly/q"
            ]
        );
    }

    #[test]
    fn faces_and_marks_are_signs() {
        assert_eq!(
            forms("да))) нет((( ну (вот) :-( :D &lt;3 😡!!! а?!"),
            [
                "да", ":)", "нет", ":(", "ну", "вот", ":(", ":)", "<3", "😡", "!!", "а", "?"
            ]
        );
    }
}
