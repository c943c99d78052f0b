//! Search: what a query says, and which posts it finds.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::faults::Rule;
use super::state::{Id, Post, World};
use super::wire::{Answer, Call, Refusal, Reply, moment};

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Word(String),
    From(String),
    To(String),
    Mention(String),
    Hashtag(String),
    Cashtag(String),
    Conversation(Id),
    ReplyTo(Id),
    Quotes(Id),
    Url(String),
    Is(String),
    Has(String),
    Lang(String),
    Not(Box<Term>),
    All(Vec<Term>),
    Any(Vec<Term>),
}

/// What keeps a query from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadQuery(pub(super) String);

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

const IS: [&str; 5] = ["retweet", "reply", "quote", "verified", "nullcast"];
const HAS: [&str; 7] = [
    "media", "images", "videos", "links", "mentions", "hashtags", "cashtags",
];

impl<'a> Reader<'a> {
    fn any(&mut self) -> Result<Term, BadQuery> {
        let mut all = vec![self.all()?];
        while let Some(rest) = self.rest.trim_start().strip_prefix("OR ") {
            self.rest = rest;
            all.push(self.all()?);
        }
        Ok(if all.len() == 1 {
            all.remove(0)
        } else {
            Term::Any(all)
        })
    }

    fn all(&mut self) -> Result<Term, BadQuery> {
        let mut terms = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with(')') || self.rest.starts_with("OR ") {
                break;
            }
            terms.push(self.term()?);
        }
        match terms.len() {
            0 => Err(BadQuery("no viable alternative at input".to_owned())),
            1 => Ok(terms.remove(0)),
            _ => Ok(Term::All(terms)),
        }
    }

    fn term(&mut self) -> Result<Term, BadQuery> {
        if let Some(rest) = self.rest.strip_prefix('-') {
            self.rest = rest;
            return Ok(Term::Not(Box::new(self.term()?)));
        }
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.depth += 1;
            if self.depth > 20 {
                return Err(BadQuery("the query is nested too deep".to_owned()));
            }
            self.rest = rest;
            let inner = self.any()?;
            let rest = self.rest.trim_start().strip_prefix(')');
            self.rest = rest.ok_or_else(|| BadQuery("missing ')'".to_owned()))?;
            return Ok(inner);
        }
        if self.rest.starts_with('"') {
            return Ok(Term::Word(self.quoted()?));
        }
        let word = self.word();
        if let Some((name, value)) = word.split_once(':')
            && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
            && !name.is_empty()
        {
            let value = if value.is_empty() && self.rest.starts_with('"') {
                self.quoted()?
            } else {
                value.to_owned()
            };
            return operator(name, &value);
        }
        let tail = |word: &str| word.get(1..).unwrap_or_default().to_owned();
        Ok(match word.chars().next() {
            Some('#') => Term::Hashtag(tail(word)),
            Some('$') => Term::Cashtag(tail(word)),
            Some('@') => Term::Mention(tail(word)),
            _ => Term::Word(word.to_owned()),
        })
    }

    fn word(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || "()\"".contains(c))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn quoted(&mut self) -> Result<String, BadQuery> {
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => text.extend(letters.next().map(|(_, letter)| letter)),
                '"' => {
                    self.rest = self.rest.get(at + 1..).unwrap_or_default();
                    return Ok(text);
                }
                _ => text.push(letter),
            }
        }
        Err(BadQuery("a quotation has no end".to_owned()))
    }
}

fn operator(name: &str, value: &str) -> Result<Term, BadQuery> {
    let bad = || BadQuery(format!("Reference to invalid operator '{name}:{value}'"));
    let id = || value.parse().map_err(|_| bad());
    let user = || {
        let name = value.strip_prefix('@').unwrap_or(value);
        if name.is_empty() {
            Err(bad())
        } else {
            Ok(name.to_owned())
        }
    };
    Ok(match name {
        "from" => Term::From(user()?),
        "to" => Term::To(user()?),
        "conversation_id" => Term::Conversation(id()?),
        "in_reply_to_tweet_id" | "in_reply_to_status_id" => Term::ReplyTo(id()?),
        "quotes_of_tweet_id" | "quoted_tweet_id" => Term::Quotes(id()?),
        "url" => Term::Url(value.to_owned()),
        "lang" => Term::Lang(value.to_owned()),
        "is" if IS.contains(&value) => Term::Is(value.to_owned()),
        "has" if HAS.contains(&value) => Term::Has(value.to_owned()),
        _ => return Err(bad()),
    })
}

/// Whether a query names something that it wants, and not only how it should be.
fn stands(term: &Term) -> bool {
    match term {
        Term::Is(_) | Term::Has(_) | Term::Lang(_) | Term::Not(_) => false,
        Term::All(terms) => terms.iter().any(stands),
        Term::Any(terms) => terms.iter().all(stands),
        _ => true,
    }
}

/// Whether a query asks for words, and not for what stands beside them.
fn has_words(term: &Term) -> bool {
    match term {
        Term::Word(_) | Term::Hashtag(_) | Term::Cashtag(_) => true,
        Term::All(terms) | Term::Any(terms) => terms.iter().any(has_words),
        _ => false,
    }
}

pub(super) fn read(query: &str) -> Result<Term, BadQuery> {
    let mut reader = Reader {
        rest: query,
        depth: 0,
    };
    let term = reader.any()?;
    if !reader.rest.trim().is_empty() {
        return Err(BadQuery("extraneous input ')'".to_owned()));
    }
    if !stands(&term) {
        return Err(BadQuery(
            "There must be at least one operator that stands alone.".to_owned(),
        ));
    }
    Ok(term)
}

/// A text as search compares it: words apart from each other.
fn words(text: &str) -> String {
    let mut out = String::from(" ");
    for c in text.to_lowercase().chars() {
        out.push(if c.is_alphanumeric() || c == '_' {
            c
        } else {
            ' '
        });
    }
    out.push(' ');
    out.split_whitespace()
        .fold(String::from(" "), |all, word| all + word + " ")
}

impl World {
    pub(super) fn finds(&self, term: &Term, post: &Post) -> bool {
        let named = |id: Id, name: &str| {
            self.users.get(&id).is_some_and(|user| {
                user.username.eq_ignore_ascii_case(name) || user.id.to_string() == name
            })
        };
        let tagged = |marks: &[super::text::Mark], tag: &str| {
            marks
                .iter()
                .any(|mark| mark.what.to_lowercase() == tag.to_lowercase())
        };
        match term {
            Term::Word(word) => {
                let links = post.entities.links.iter().map(|link| link.to.as_str());
                let all: Vec<&str> = std::iter::once(post.raw.as_str()).chain(links).collect();
                words(&all.join(" ")).contains(&words(word))
            }
            Term::From(name) => named(post.author, name),
            Term::To(name) => post
                .reply_to
                .and_then(|id| self.posts.get(&id))
                .is_some_and(|target| named(target.author, name)),
            Term::Mention(name) => {
                tagged(&post.entities.mentions, name)
                    || self
                        .user_named(name)
                        .is_some_and(|user| self.addresses(post, user.id))
            }
            Term::Hashtag(tag) => tagged(&post.entities.hashtags, tag),
            Term::Cashtag(tag) => tagged(&post.entities.cashtags, tag),
            Term::Conversation(id) => post.conversation == *id,
            Term::ReplyTo(id) => post.reply_to == Some(*id),
            Term::Quotes(id) => post.quote == Some(*id),
            Term::Url(part) => post
                .entities
                .links
                .iter()
                .any(|link| link.to.contains(part.as_str())),
            Term::Lang(lang) => lang == "en",
            Term::Is(kind) => match kind.as_str() {
                "retweet" => post.repost_of.is_some(),
                "reply" => post.is_reply(),
                "quote" => post.quote.is_some(),
                "nullcast" => post.nullcast,
                _ => self
                    .users
                    .get(&post.author)
                    .is_some_and(|user| user.verified),
            },
            Term::Has(kind) => match kind.as_str() {
                "links" => !post.entities.links.is_empty(),
                "mentions" => !post.entities.mentions.is_empty(),
                "hashtags" => !post.entities.hashtags.is_empty(),
                "cashtags" => !post.entities.cashtags.is_empty(),
                kind => post
                    .media
                    .iter()
                    .filter_map(|id| self.media.get(id))
                    .any(|medium| match kind {
                        "images" => medium.word() == "photo",
                        "videos" => medium.word() == "video",
                        _ => true,
                    }),
            },
            Term::Not(term) => !self.finds(term, post),
            Term::All(terms) => terms.iter().all(|term| self.finds(term, post)),
            Term::Any(terms) => terms.iter().any(|term| self.finds(term, post)),
        }
    }

    fn query(&self, call: &Call<'_>, longest: usize) -> Result<Term, Refusal> {
        let text = call.text("query").unwrap_or_default();
        if text.chars().count() > longest && self.keeps(Rule::QueriesHaveALength) {
            return Err(Refusal::invalid(
                "query",
                text,
                format!(
                    "There were errors processing your request: query length exceeds {longest}"
                ),
            ));
        }
        read(text).map_err(|BadQuery(why)| {
            Refusal::invalid(
                "query",
                text,
                format!("There were errors processing your request: {why}"),
            )
        })
    }

    fn searched(&self, call: &Call<'_>, term: &Term, recent: bool) -> Vec<&Post> {
        let first = if recent && self.keeps(Rule::SearchLooksBackAWeek) {
            self.recent(call)
        } else {
            0
        };
        // The index of May 2026 no longer finds reposts by their words.
        let words = has_words(term) && self.keeps(Rule::WordsFindNoReposts);
        let all = !self.keeps(Rule::SearchMatches);
        self.listed(call.me())
            .into_iter()
            .filter(|post| post.id >= first && !(words && post.repost_of.is_some()))
            .filter(|post| all || self.finds(term, post))
            .collect()
    }

    /// Refuses a span that a search does not look at.
    fn span(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let week = call.now.checked_sub(SignedDuration::from_hours(7 * 24));
        let early = week.unwrap_or(Timestamp::MIN);
        for name in ["start_time", "end_time"] {
            let Some(at) = call.time(name) else { continue };
            if at < early && self.keeps(Rule::SearchLooksBackAWeek) {
                let text = call.text(name).unwrap_or_default();
                return Err(Refusal::invalid(
                    name,
                    text,
                    format!(
                        "Invalid '{name}':'{text}'. '{name}' must be on or after '{}'.",
                        moment(early)
                    ),
                ));
            }
        }
        let since = call.text("since_id").and_then(super::wire::number);
        if let Some(since) = since
            && since < self.recent(call)
            && self.keeps(Rule::SearchLooksBackAWeek)
        {
            return Err(Refusal::invalid(
                "since_id",
                &since.to_string(),
                format!(
                    "Invalid 'since_id':'{since}'. 'since_id' must be a tweet id created after '{}'.",
                    moment(early)
                ),
            ));
        }
        Ok(())
    }

    pub(super) fn search_recent(&mut self, call: &Call<'_>) -> Answer {
        let term = self.query(call, 512)?;
        self.span(call)?;
        let posts = self.searched(call, &term, true);
        self.timeline(call, 10, posts, true)
    }

    pub(super) fn search_all(&mut self, call: &Call<'_>) -> Answer {
        let term = self.query(call, 1024)?;
        let posts = self.searched(call, &term, false);
        self.timeline(call, 10, posts, true)
    }

    pub(super) fn counts_recent(&mut self, call: &Call<'_>) -> Answer {
        let term = self.query(call, 512)?;
        self.span(call)?;
        self.counts(call, &term, true)
    }

    pub(super) fn counts_all(&mut self, call: &Call<'_>) -> Answer {
        let term = self.query(call, 1024)?;
        self.counts(call, &term, false)
    }

    fn counts(&self, call: &Call<'_>, term: &Term, recent: bool) -> Answer {
        let step = match call.text("granularity") {
            Some("minute") => 60,
            Some("day") => 86_400,
            _ => 3600,
        };
        let posts: Vec<i64> = self
            .searched(call, term, recent)
            .into_iter()
            .filter(|post| self.within(call, post))
            .map(|post| post.at.as_second())
            .collect();
        let start = posts.iter().min().copied().unwrap_or(call.now.as_second());
        let mut from = start.div_euclid(step) * step;
        let mut data: Vec<Value> = Vec::new();
        let told = |second: i64| {
            Timestamp::from_second(second)
                .map(moment)
                .unwrap_or_default()
        };
        while from <= call.now.as_second() && data.len() < 10_080 {
            let count = posts
                .iter()
                .filter(|at| (from..from + step).contains(*at))
                .count();
            data.push(
                json!({ "start": told(from), "end": told(from + step), "post_count": count }),
            );
            from += step;
        }
        Ok(Reply::ok(json!({
            "data": data,
            "meta": { "total_post_count": posts.len() },
        })))
    }
}
