//! From a post to its terms.

use std::ops::Range;

use super::hashes::{hash, hash_of, mix};
use super::letters::{Form, Word, folded, is_joint, is_letter};
use super::lexicon::{Lexicon, Sign};
use super::topic::{Term, TermKind};
use crate::model::Post;
use crate::text::SpanKind;

/// No more of a text is read: what it is about is said by then, and the work stays bounded.
const MOST_BYTES: usize = 4 * 1024;
/// Hashtags and words of one post, each once.
const MOST_WORDS: usize = 24;
/// Hashtags and words that are paired: the first ones, hashtags before words.
const MOST_PAIRED: usize = 6;
/// Accounts and pages of one post.
const MOST_NAMED: usize = 12;
/// A shorter word says too little.
const FEWEST_LETTERS: usize = 3;
/// So many words' stems are remembered, and as many again. A power of two.
const REMEMBERED: usize = 65_536;
/// Who names fewer accounts nominates nobody.
pub(super) const FEWEST_NAMED: usize = 2;

/// A term as it stands in a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    /// What it is known by everywhere.
    pub(super) id: u64,
    /// Where it stands in the text; for pairs the places of both.
    place: (u32, u32),
    other: (u32, u32),
    /// The ids of a pair's terms.
    pub(super) parts: Option<(u64, u64)>,
}

/// What kind of term it is; small, since there are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Hashtag,
    Word,
    Pair,
    Chain,
    Account,
    Link,
}

impl Kind {
    fn code(self) -> u64 {
        match self {
            Self::Hashtag => 1,
            Self::Word => 2,
            Self::Pair => 3,
            Self::Chain => 4,
            Self::Account => 5,
            Self::Link => 6,
        }
    }

    pub(super) fn public(self) -> TermKind {
        match self {
            Self::Hashtag => TermKind::Hashtag,
            Self::Word => TermKind::Word,
            Self::Pair => TermKind::Pair,
            Self::Chain => TermKind::Chain,
            Self::Account => TermKind::Account,
            Self::Link => TermKind::Link,
        }
    }
}

/// What a post holds.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Its terms, each once, but for pairs: hashtags first, then words.
    pub(super) terms: Vec<Found>,
    /// How many of them, the first ones, are paired.
    paired: usize,
    /// Whom it mentions: hashes of names, and of ids where they are known.
    pub(super) named: Vec<(u64, Option<u64>)>,
    /// What its words tell together.
    pub(super) sign: Sign,
    /// The hashes of its words' forms, in order, besides hashtags, mentions and links.
    pub(super) words: Vec<u64>,
    /// The whole text in one form, links and names included.
    pub(super) print: u64,
    /// Whether it names a page on the web.
    pub(super) link: bool,
}

impl Reading {
    /// The pairs of its first terms, of those whose bits are set.
    #[inline]
    pub(super) fn pairs(&self, among: u64, mut take: impl FnMut(&Found)) {
        let terms = self.terms.get(..self.paired).unwrap_or_default();
        let set = |at: usize| among >> at & 1 == 1;
        for (at, first) in terms.iter().enumerate().filter(|(at, _)| set(*at)) {
            for (at, second) in terms.iter().enumerate().skip(at + 1) {
                if set(at) {
                    take(&first.paired(second));
                }
            }
        }
    }

    /// All its terms, pairs too.
    pub(super) fn each(&self, mut take: impl FnMut(&Found)) {
        self.terms.iter().for_each(&mut take);
        self.pairs(u64::MAX, take);
    }
}

/// The bits of an id that tell its kind.
const KINDS: u64 = 7;

/// An id of this kind.
fn of_kind(kind: Kind, id: u64) -> u64 {
    id & !KINDS | kind.code()
}

/// Whether an id is that of a pair.
pub(super) fn is_pair(id: u64) -> bool {
    id & KINDS == Kind::Pair.code()
}

/// The id of a hashtag, with or without its `#`.
pub(super) fn hashtag_id(tag: &str) -> u64 {
    let form = folded(tag.trim_start_matches(['#', '＃']));
    of_kind(Kind::Hashtag, hash_of(form.as_bytes()))
}

/// The id of a word, by its stem.
pub(super) fn word_id(word: &str) -> u64 {
    of_kind(Kind::Word, Lexicon::standard().stem_hash(&folded(word)))
}

/// What a chain of nominations is kept under.
pub(super) fn chain_id(anchor: u64) -> u64 {
    of_kind(Kind::Chain, mix(anchor))
}

fn pair_id(a: u64, b: u64) -> u64 {
    let (low, high) = (a.min(b), a.max(b));
    of_kind(Kind::Pair, mix(low ^ mix(high)))
}

/// Who an account is: by its network and its name there.
pub(super) fn person(network: &str, handle: &str) -> u64 {
    let handle = handle.trim_start_matches('@').to_lowercase();
    hash(&[network, "@", &handle])
}

/// Who an account is: by its network and id.
pub(super) fn person_id(network: &str, id: &str) -> u64 {
    hash(&[network, "id", id])
}

/// A page without what differs from reader to reader: scheme, `www.`, query and fragment.
fn page(url: &str) -> &str {
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    let url = url.strip_prefix("www.").unwrap_or(url);
    let end = url.find(['?', '#']).unwrap_or(url.len());
    url.get(..end).unwrap_or(url).trim_end_matches('/')
}

/// What is known of a form.
#[derive(Clone, Copy, Default)]
struct Stem {
    /// The form's hash.
    form: u64,
    /// The id of its stem.
    id: u64,
    sign: Sign,
}

impl Stem {
    fn of(lexicon: &Lexicon, form: u64, word: &str) -> Self {
        if lexicon.is_stop(form) {
            return Self {
                form,
                id: 0,
                sign: Sign::STOP,
            };
        }
        let stem = lexicon.stem_hash(word);
        Self {
            form,
            id: of_kind(Kind::Word, stem),
            sign: lexicon.sign(stem),
        }
    }
}

/// Reads posts. What it remembers makes it faster, and changes no answer.
pub(super) struct Reader {
    lexicon: &'static Lexicon,
    /// By the last bits of the forms' hashes: the two that were asked for last.
    stems: Vec<[Stem; 2]>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            lexicon: Lexicon::standard(),
            stems: vec![[Stem::default(); 2]; REMEMBERED],
        }
    }
}

impl Reader {
    /// The terms of a post, but for its chains.
    pub(super) fn read(&mut self, network: &str, post: &Post, out: &mut Reading) {
        out.terms.clear();
        out.named.clear();
        out.words.clear();
        (out.sign, out.print, out.link) = (Sign::default(), 0, false);
        let text = post.text.as_str();
        let mut end = text.len().min(MOST_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = text.get(..end).unwrap_or_default();
        let mut at = 0;
        for span in post
            .text
            .spans()
            .iter()
            .filter(|span| span.kind.is_entity())
        {
            if span.start < at || span.end > end {
                continue;
            }
            self.plain(network, text, at..span.start, out);
            let label = text.get(span.range()).unwrap_or_default();
            match &span.kind {
                SpanKind::Hashtag(tag) => self.tag(tag, span.range(), out),
                SpanKind::Mention(mention) => {
                    let id = mention.id.as_deref().map(|id| person_id(network, id));
                    self.name(network, &mention.handle, id, span.range(), out);
                }
                SpanKind::Link(url) => {
                    self.link(url, span.range(), out);
                    // The words of a label are words; an address is none.
                    if !label.contains(['/', '.']) {
                        self.plain(network, text, span.range(), out);
                    }
                }
                _ => {}
            }
            at = span.end;
        }
        self.plain(network, text, at..end, out);
        if let Some(card) = &post.link {
            self.link(&card.url, 0..0, out);
        }
        // Hashtags say best what a post is about: they are paired first.
        let rank = |found: &Found| match found.kind {
            Kind::Hashtag => 0,
            Kind::Word => 1,
            _ => 2,
        };
        out.terms.sort_by_key(rank);
        let single = out.terms.iter().take_while(|found| rank(found) < 2).count();
        out.paired = single.min(MOST_PAIRED);
    }

    /// Reads a stretch in which nothing is named yet: networks that tell no entities have them in the text.
    fn plain(&mut self, network: &str, text: &str, range: Range<usize>, out: &mut Reading) {
        let stretch = text.get(range.clone()).unwrap_or_default();
        let mut form = Form::default();
        let mut at = 0;
        while let Some(byte) = stretch.as_bytes().get(at) {
            if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'#' | b'@') {
                at += 1;
                continue;
            }
            let rest = stretch.get(at..).unwrap_or_default();
            let Some(c) = rest.chars().next() else {
                return;
            };
            let place = |length: usize| range.start + at..range.start + at + length;
            let length = match c {
                '#' | '＃' => {
                    let tag = rest.get(c.len_utf8()..).unwrap_or_default();
                    let inner = |c: char| is_letter(c) || is_joint(c) || c == '_';
                    let length = tag.find(|c| !inner(c)).unwrap_or(tag.len());
                    let tag = tag.get(..length).unwrap_or_default();
                    let whole = c.len_utf8() + length;
                    if tag.chars().any(char::is_alphabetic) {
                        self.tag(tag, place(whole), out);
                    }
                    whole
                }
                '@' => {
                    let name = rest.get(1..).unwrap_or_default();
                    let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
                    let length = name.find(|c| !inner(c)).unwrap_or(name.len());
                    let name = name.get(..length).unwrap_or_default();
                    let name = name.trim_end_matches(['.', '-']);
                    if !name.is_empty() {
                        self.name(network, name, None, place(1 + name.len()), out);
                    }
                    1 + name.len()
                }
                'h' | 'H' if rest.starts_with("http://") || rest.starts_with("https://") => {
                    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
                    let url = rest.get(..length).unwrap_or_default();
                    let url = url.trim_end_matches(['.', ',', '!', '?', ')', ';', ':']);
                    self.link(url, place(url.len()), out);
                    length
                }
                _ if is_letter(c) => {
                    let word = form.read(rest);
                    self.word(&word, place(word.length), out);
                    word.length
                }
                _ => c.len_utf8(),
            };
            at += length.max(1);
        }
    }

    fn word(&mut self, word: &Word<'_>, place: Range<usize>, out: &mut Reading) {
        let form = hash_of(word.form.as_bytes());
        out.words.push(form);
        out.print = mix(out.print ^ form);
        if !word.named {
            return;
        }
        let stem = self.stem(form, word.form);
        if stem.sign.has(Sign::STOP) {
            return;
        }
        out.sign = out.sign.and(stem.sign);
        if word.letters >= FEWEST_LETTERS {
            add(Kind::Word, stem.id, place, MOST_WORDS, &mut out.terms);
        }
    }

    /// What is known of a form with this hash.
    #[inline]
    fn stem(&mut self, hash: u64, form: &str) -> Stem {
        let at = hash as usize & (REMEMBERED - 1);
        let Some([last, before]) = self.stems.get_mut(at) else {
            return Stem::default();
        };
        if last.form != hash {
            std::mem::swap(last, before);
        }
        if last.form != hash {
            *last = Stem::of(self.lexicon, hash, form);
        }
        *last
    }

    fn tag(&mut self, tag: &str, place: Range<usize>, out: &mut Reading) {
        let mut form = Form::default();
        let word = form.read(tag);
        // An underscore joins words.
        let joined = (word.length < tag.len()).then(|| folded(tag));
        let tag = joined.as_deref().unwrap_or(word.form);
        if tag.is_empty() {
            return;
        }
        let form = hash_of(tag.as_bytes());
        out.print = mix(out.print ^ form ^ 1);
        let sign = self.stem(form, tag).sign;
        if !sign.has(Sign::STOP) {
            out.sign = out.sign.and(sign);
        }
        let tag = of_kind(Kind::Hashtag, form);
        add(Kind::Hashtag, tag, place, MOST_WORDS, &mut out.terms);
    }

    fn name(
        &mut self,
        network: &str,
        handle: &str,
        id: Option<u64>,
        place: Range<usize>,
        out: &mut Reading,
    ) {
        let person = person(network, handle);
        out.print = mix(out.print ^ person);
        if out.named.len() < MOST_NAMED && out.named.iter().all(|(known, _)| *known != person) {
            out.named.push((person, id));
            let account = of_kind(Kind::Account, mix(person));
            add(Kind::Account, account, place, usize::MAX, &mut out.terms);
        }
    }

    fn link(&mut self, url: &str, place: Range<usize>, out: &mut Reading) {
        let page = page(url);
        let page = of_kind(Kind::Link, hash_of(page.as_bytes()));
        out.link = true;
        out.print = mix(out.print ^ page);
        let links = out.terms.iter().filter(|found| found.kind == Kind::Link);
        if links.count() < MOST_NAMED {
            add(Kind::Link, page, place, usize::MAX, &mut out.terms);
        }
    }
}

fn add(kind: Kind, id: u64, place: Range<usize>, most: usize, terms: &mut Vec<Found>) {
    if terms.len() >= most || terms.iter().any(|found| found.id == id) {
        return;
    }
    let short = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    terms.push(Found {
        kind,
        id,
        place: (short(place.start), short(place.end)),
        other: (0, 0),
        parts: None,
    });
}

impl Found {
    /// The chain of a hashtag or word.
    pub(super) fn chain(&self) -> Self {
        Self {
            kind: Kind::Chain,
            id: chain_id(self.id),
            ..*self
        }
    }

    /// The pair of two terms.
    fn paired(&self, other: &Self) -> Self {
        Self {
            kind: Kind::Pair,
            id: pair_id(self.id, other.id),
            place: self.place,
            other: other.place,
            parts: Some((self.id, other.id)),
        }
    }

    /// How it reads in this post.
    pub(super) fn term(&self, post: &Post) -> Term {
        let text = post.text.as_str();
        let part = |(start, end): (u32, u32)| {
            let part = text.get(start as usize..end as usize).unwrap_or_default();
            let part = part.trim_matches(|c: char| c.is_whitespace());
            match part.starts_with(['#', '＃', '@']) {
                true => part.to_owned(),
                false => part.to_lowercase(),
            }
        };
        let text = match self.kind {
            Kind::Pair => format!("{} + {}", part(self.place), part(self.other)),
            Kind::Link if self.place == (0, 0) => {
                let card = post.link.as_ref().map(|card| page(&card.url).to_owned());
                card.unwrap_or_default()
            }
            Kind::Link => page(&part(self.place)).to_owned(),
            _ => part(self.place),
        };
        let mut text = text;
        if text.len() > 120 {
            let mut end = 117;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push('…');
        }
        Term::new(self.kind.public(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    fn read(text: Text) -> (Post, Reading) {
        let post = Post::new("1").text(text);
        let mut out = Reading::default();
        Reader::default().read("memory", &post, &mut out);
        (post, out)
    }

    fn all(out: &Reading, kind: Kind) -> impl Iterator<Item = Found> {
        let mut all = Vec::new();
        out.each(|found| all.push(*found));
        all.into_iter().filter(move |found| found.kind == kind)
    }

    fn texts(text: &str, kind: Kind) -> Vec<String> {
        let (post, out) = read(Text::plain(text));
        all(&out, kind)
            .map(|found| found.term(&post).text)
            .collect()
    }

    fn ids(text: &str, kind: Kind) -> Vec<u64> {
        let (_, out) = read(Text::plain(text));
        all(&out, kind).map(|found| found.id).collect()
    }

    #[test]
    fn a_post_names_hashtags_words_pairs_accounts_and_pages() {
        let text = "Market day! #Tea_Time with @alice.test, see https://www.example.com/day?x=1.";
        assert_eq!(texts(text, Kind::Hashtag), ["#Tea_Time"]);
        assert_eq!(texts(text, Kind::Word), ["market"]);
        assert_eq!(texts(text, Kind::Pair), ["#Tea_Time + market"]);
        assert_eq!(texts(text, Kind::Account), ["@alice.test"]);
        assert_eq!(texts(text, Kind::Link), ["example.com/day"]);
    }

    #[test]
    fn a_hashtag_is_one_however_it_is_written() {
        let one = ids("#ЁлкаГода", Kind::Hashtag);
        assert_eq!(one, ids("#ёлкагода", Kind::Hashtag));
        assert_eq!(one, ids("＃Елка_Года", Kind::Hashtag));
        assert_eq!(ids("#Καφές", Kind::Hashtag), ids("#ΚΑΦΕΣ", Kind::Hashtag));
        assert!(ids("#100", Kind::Hashtag).is_empty());
        assert_eq!(ids("#a #a #A", Kind::Hashtag).len(), 1);
    }

    #[test]
    fn what_the_network_tells_of_a_text_is_what_the_text_would_tell() {
        let spans = Text::plain("See ")
            .hashtag("tea")
            .push(" with ")
            .mention("alice");
        let plain = Text::plain(spans.as_str());
        let (_, told) = read(spans);
        let (_, found) = read(plain);
        let ids = |reading: &Reading| {
            let mut ids = Vec::new();
            reading.each(|found| ids.push(found.id));
            ids.sort_unstable();
            ids
        };
        assert_eq!(ids(&told), ids(&found));
        assert_eq!(told.named.len(), 1);
    }

    #[test]
    fn a_texts_terms_are_bounded() {
        let words: Vec<String> = (0..5000).map(|n| format!("слово{n}")).collect();
        let (_, out) = read(Text::plain(words.join(" ")));
        let mut count = 0;
        out.each(|_| count += 1);
        assert!(count <= MOST_WORDS + MOST_PAIRED * MOST_PAIRED / 2);
    }
}
