//! What stands between words: emoji, ends of sentences and clauses, quotes, brackets and faces made of them.

use std::ops::Range;

use super::scan::{Kind, Scanner, is_picture};

impl Scanner<'_> {
    /// An emoji with what is joined to it.
    pub(super) fn picture(&mut self, c: char) {
        let start = self.at;
        self.at += c.len_utf8();
        let mut joined = false;
        while let Some(next) = self.rest().chars().next() {
            match next {
                '\u{200d}' => joined = true,
                '\u{fe0e}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' => {}
                _ if joined && is_picture(next) => joined = false,
                _ => break,
            }
            self.at += next.len_utf8();
        }
        let forms = self.out.forms.len();
        self.out.forms.push(c);
        self.push(Kind::Sign, start..self.at, forms..self.out.forms.len());
    }

    fn sign(&mut self, span: Range<usize>, form: &str) {
        let forms = self.out.forms.len();
        self.out.forms.push_str(form);
        self.push(Kind::Sign, span, forms..forms + form.len());
    }

    /// What HTML writes for a character: its length, and the character.
    fn entity(&self) -> Option<(usize, char)> {
        const NAMES: [(&str, char); 5] = [
            ("&lt;", '<'),
            ("&gt;", '>'),
            ("&amp;", '&'),
            ("&quot;", '"'),
            ("&#39;", '\''),
        ];
        let rest = self.rest();
        (NAMES.iter())
            .find(|(name, _)| rest.starts_with(name))
            .map(|(name, c)| (name.len(), *c))
    }

    /// Everything else: ends of sentences and clauses, quotes, brackets and faces made of them.
    pub(super) fn punctuation(&mut self, c: char) {
        let start = self.at;
        let (length, c) = (c == '&')
            .then(|| self.entity())
            .flatten()
            .unwrap_or((c.len_utf8(), c));
        self.at += length;
        let next = self.rest().chars().next().unwrap_or(' ');
        match c {
            '<' if next == '3' => {
                self.at += 1;
                self.sign(start..self.at, "<3");
            }
            ':' | ';' | '=' => self.face(start),
            '(' if next == '(' || next.is_whitespace() => {
                self.take_all('(');
                self.sign(start..self.at, ":(");
            }
            '(' => {
                self.open += 1;
                self.end_clause();
            }
            ')' if self.open > 0 => {
                self.open -= 1;
                self.end_clause();
            }
            ')' => {
                // Held down with the key beside it, as in `)))00)`.
                self.take_all(')');
                self.sign(start..self.at, ":)");
                self.end_sentence();
            }
            '?' | '\u{37e}' => {
                self.take_marks();
                self.out.asks.push(self.sentence);
                self.sign(start..self.at, "?");
                self.end_sentence();
            }
            '!' => {
                let asks = self.take_marks();
                if asks {
                    self.out.asks.push(self.sentence);
                }
                let many = self.at - start > 1;
                self.sign(start..self.at, if many { "!!" } else { "!" });
                self.end_sentence();
            }
            '.' if next == '.' => {
                self.take_all('.');
                self.end_clause();
            }
            '.' if next.is_whitespace() || next.is_uppercase() => self.end_sentence(),
            '…' | ',' | '—' | '–' => self.end_clause(),
            '-' if next.is_whitespace() => self.end_clause(),
            '«' | '“' | '„' => self.quoted = true,
            '»' | '”' => self.quoted = false,
            '"' => self.quoted = !self.quoted,
            _ => {}
        }
    }

    fn take_all(&mut self, c: char) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(c).len();
    }

    /// Takes further marks of a sentence's end; whether it asks.
    fn take_marks(&mut self) -> bool {
        let rest = self.rest();
        let after = rest.trim_start_matches(['!', '?', '1', '‼', '⁉']);
        let marks = rest.get(..rest.len() - after.len()).unwrap_or_default();
        self.at += marks.len();
        marks.contains('?')
    }

    /// A face behind its eyes, or a clause's end.
    fn face(&mut self, start: usize) {
        let rest = self.rest();
        let is_semicolon = self.text.get(start..self.at) == Some(";");
        let nose = rest.trim_start_matches(['-', '\'', '^', ',']);
        let mut mouth = nose.chars();
        let form = match (mouth.next().unwrap_or(' '), mouth.next()) {
            (')' | ']' | '}', _) => ":)",
            ('(' | '[' | '{', _) => ":(",
            ('/' | '\\' | '|', next) if next.is_none_or(char::is_whitespace) => ":/",
            ('D' | 'P' | 'p' | '3' | '*', next) if !next.is_some_and(char::is_alphanumeric) => ":)",
            _ => {
                // The Greek question mark.
                let ends = rest.chars().next().is_none_or(char::is_whitespace);
                if !is_semicolon || !ends {
                    self.end_clause();
                } else if self.out.greek > self.out.cyrillic + self.out.latin {
                    self.out.asks.push(self.sentence);
                    self.sign(start..self.at, "?");
                    self.end_sentence();
                } else {
                    self.out.semicolons.push(self.sentence);
                    self.end_clause();
                }
                return;
            }
        };
        let sign = nose.chars().next().unwrap_or(' ');
        self.at += rest.len() - nose.len();
        self.take_all(sign);
        self.sign(start..self.at, form);
    }
}
