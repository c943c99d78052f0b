//! Posts from the network's words. A page of posts is the answer that is read most, so what is said of one post shares
//! one allocation, and who wrote several posts of an answer is made once.

use std::sync::Arc;

use super::compose_files::{File, poll};
use super::convert::{AUTHOR_FIELDS, account_on, bare_account, counts, time};
use super::fault;
use super::markup;
use super::rules::PAGES;
use super::wire::{self, Few, List, Obj, Str, Word};
use crate::error::ErrorKind;
use crate::id::PostId;
use crate::model::{Account, ContentWarning, LinkCard, Metric, Omitted, Place, Post, Visibility};
use crate::shared::sheet::Sheet;

/// What is asked of a post: what a [`Post`] is made of, and nothing else.
pub(super) const POST_FIELDS: &str = "attachments,author_id,community_id,conversation_id,created_at,entities,lang,note_tweet,possibly_sensitive,public_metrics,referenced_tweets";
/// What is told beside it.
pub(super) const EXPANSIONS: &str = "attachments.media_keys,attachments.poll_ids,author_id,referenced_tweets.id,referenced_tweets.id.author_id";
/// What is asked of those who wrote it.
pub(super) const POST_USER_FIELDS: &str = AUTHOR_FIELDS;

/// What of an answer became posts, and what did not.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) posts: Vec<Post>,
    pub(super) omitted: Vec<Omitted>,
}

/// The posts of an answer.
pub(super) fn posts(told: &wire::Posts<'_>) -> Listed {
    let views = &told.data;
    let mut maker = Maker::new(told.includes.get());
    let mut listed = Listed {
        posts: Vec::with_capacity(views.len()),
        omitted: omitted(&told.errors),
    };
    for view in views.iter() {
        match view.get().and_then(|view| maker.post(view)) {
            Some(post) => listed.posts.push(post),
            None => {
                let message = "the network tells it without its number";
                listed
                    .omitted
                    .push(Omitted::new("?", ErrorKind::Decode, message));
            }
        }
    }
    listed
}

/// One post; `None` where it is told without its number.
pub(super) fn one(view: &wire::Post<'_>, includes: Option<&wire::Includes<'_>>) -> Option<Post> {
    Maker::new(includes).post(view)
}

/// What a listing says that it could not give. What could not be told of a thing beside those that were asked for is
/// not missing from the listing, and neither is a field.
pub(super) fn omitted(errors: &List<Obj<wire::Problem<'_>>>) -> Vec<Omitted> {
    let mut all: Vec<Omitted> = Vec::new();
    for problem in errors.objects() {
        let Some(id) = problem.resource_id.get().or(problem.value.get()) else {
            continue;
        };
        let asked = matches!(
            problem.parameter.get(),
            None | Some("ids" | "id" | "usernames")
        );
        if !asked || fault::is_of_a_field(problem) || all.iter().any(|known| known.id == id) {
            continue;
        }
        let (kind, message) = fault::partial(problem);
        all.push(Omitted::new(id, kind, message));
    }
    all
}

/// Makes the posts of one answer.
struct Maker<'v, 'a> {
    sheet: Sheet,
    includes: Option<&'v wire::Includes<'a>>,
    /// Who was made already, by number.
    accounts: Vec<(&'v str, Arc<Account>)>,
    /// The files of the post that is being made.
    files: Vec<File<'v>>,
}

impl<'v, 'a> Maker<'v, 'a> {
    fn new(includes: Option<&'v wire::Includes<'a>>) -> Self {
        let users = includes.map_or(0, |includes| includes.users.len());
        Self {
            sheet: Sheet::roomy(),
            includes,
            accounts: Vec::with_capacity(users),
            files: Vec::with_capacity(4),
        }
    }

    /// Ids are kept longer than posts, so each stands alone.
    fn id(&mut self, number: &str) -> PostId {
        let place = self.sheet.add(&[number]);
        PostId::new(self.sheet.finish().cut(place))
    }

    /// Who is named by a number: as told beside the posts, else by that alone.
    fn account(&mut self, number: &'v str) -> Arc<Account> {
        if let Some((_, known)) = self
            .accounts
            .iter()
            .rev()
            .find(|(known, _)| *known == number)
        {
            return Arc::clone(known);
        }
        let users = self.includes.map(|includes| includes.users.objects());
        let told = users
            .into_iter()
            .flatten()
            .find(|user| user.id.get() == Some(number));
        let account = told.and_then(|user| account_on(&mut self.sheet, user));
        let account = Arc::new(account.unwrap_or_else(|| bare_account(number)));
        self.accounts.push((number, Arc::clone(&account)));
        account
    }

    fn is_protected(&self, number: &str) -> bool {
        let users = self.includes.map(|includes| includes.users.objects());
        let told = users
            .into_iter()
            .flatten()
            .find(|user| user.id.get() == Some(number));
        told.is_some_and(|user| user.protected.0 == Some(true))
    }

    /// The post beside the others with this number.
    fn beside(&self, number: &str) -> Option<&'v wire::Post<'a>> {
        let posts = self.includes?.posts.objects();
        posts.into_iter().find(|post| post.id.get() == Some(number))
    }

    fn post(&mut self, view: &'v wire::Post<'a>) -> Option<Post> {
        let number = view.id.get()?;
        let mut post = Post::new(self.id(number));
        post.author = view.author_id.get().map(|author| self.account(author));
        post.created_at = time(&view.created_at);
        let mut shown = view;
        let mut quoted = None;
        for reference in view.referenced.objects() {
            let Some(other) = reference.id.get() else {
                continue;
            };
            match reference.kind.or_empty() {
                "replied_to" => post.reply_to = Some(self.id(other)),
                "quoted" => {
                    quoted = Some(other);
                    post.quote = Some(self.id(other));
                }
                // A repost is its own post on X, and shows the original.
                "retweeted" => {
                    post.reposted_by = post.author.take();
                    post.quote = None;
                    if let Some(original) = self.beside(other) {
                        shown = original;
                        post.author = original.author_id.get().map(|author| self.account(author));
                    }
                }
                _ => {}
            }
        }
        if post.reposted_by.is_some() {
            let original = shown.id.get().filter(|_| !std::ptr::eq(shown, view));
            let references = shown.referenced.objects();
            quoted = references
                .filter(|reference| reference.kind.get() == Some("quoted"))
                .find_map(|reference| reference.id.get())
                .filter(|_| original.is_some());
        }
        let (words, entities) = match shown.note.get() {
            Some(note) if note.text.get().is_some() => (&note.text, note.entities.get()),
            _ => (&shown.text, shown.entities.get()),
        };
        post.text = markup::text(words.or_empty(), entities, quoted);
        post.thread = match view.conversation_id.get() {
            Some(thread) if thread == number => Some(post.id.clone()),
            Some(thread) => Some(self.id(thread)),
            None => None,
        };
        if post.thread.as_ref() == Some(&post.id) {
            // It began its thread, which it need not say.
            post.thread = None;
        }
        if shown.possibly_sensitive.0 == Some(true) {
            post.warnings = vec![ContentWarning::from("sensitive")];
        }
        if let Some(community) = shown.community_id.get() {
            post.place = Some(Place::new(community));
        }
        if shown
            .author_id
            .get()
            .is_some_and(|author| self.is_protected(author))
        {
            post.visibility = Some(Visibility::Followers);
        }
        post.metrics = metrics_of(shown);
        self.attached(&mut post, shown);
        self.texts(
            &mut post,
            view,
            shown.lang.get().filter(|lang| is_language(lang)),
        );
        Some(post)
    }

    /// Its files, its poll and its card.
    fn attached(&mut self, post: &mut Post, shown: &'v wire::Post<'a>) {
        if let (Some(attached), Some(includes)) = (shown.attachments.get(), self.includes) {
            for key in attached.media_keys.as_slice().iter().filter_map(Str::get) {
                let files = includes.media.objects();
                if let Some(file) = files
                    .into_iter()
                    .find(|file| file.media_key.get() == Some(key))
                {
                    self.files.push(File::of(file));
                }
            }
            for number in attached.poll_ids.as_slice().iter().filter_map(Word::get) {
                let polls = includes.polls.objects();
                let told = polls.into_iter().find(|poll| poll.id.get() == Some(number));
                post.poll = post
                    .poll
                    .take()
                    .or_else(|| told.map(|told| Box::new(poll(told))));
            }
        }
        if self.files.is_empty() && post.poll.is_none() {
            post.link = shown
                .entities
                .get()
                .and_then(|entities| card(&entities.urls))
                .map(Box::new);
        }
    }

    /// Its page, its language and what its files say: they share one allocation.
    fn texts(&mut self, post: &mut Post, view: &wire::Post<'_>, language: Option<&str>) {
        let number = view.id.get().unwrap_or_default();
        let author = post.reposted_by.as_ref().or(post.author.as_ref());
        let name = author
            .and_then(|author| author.handle.as_deref())
            .unwrap_or("i/web");
        let url = self.sheet.add(&[PAGES, "/", name, "/status/", number]);
        let language = language.map(|language| self.sheet.add(&[language]));
        for file in &mut self.files {
            file.write(&mut self.sheet);
        }
        let written = self.sheet.finish();
        post.url = Some(written.cut(url));
        if let Some(language) = language {
            post.languages = vec![written.cut(language)];
        }
        post.media.reserve_exact(self.files.len());
        for file in self.files.drain(..) {
            post.media.push(file.made(&written));
        }
    }
}

/// Whether a word is a language: X has words for what holds none (`und`, `zxx`, `qme`, `qht` and others).
fn is_language(word: &str) -> bool {
    !matches!(word, "und" | "zxx") && !(word.len() == 3 && word.starts_with('q'))
}

/// The card of the first link whose page X knows.
fn card(urls: &Few<Obj<wire::UrlEntity<'_>>>) -> Option<LinkCard> {
    let known =
        |url: &&wire::UrlEntity<'_>| url.title.get().is_some() || !url.images.as_slice().is_empty();
    let url = urls
        .objects()
        .filter(|url| url.media_key.get().is_none())
        .find(known)?;
    let leads = url.expanded_url.get().or(url.unwound_url.get())?;
    let mut card = LinkCard::new(markup::unescaped(leads));
    card.title = url
        .title
        .get()
        .map(|title| markup::unescaped(title).into_owned());
    card.description = url
        .description
        .get()
        .map(|text| markup::unescaped(text).into_owned());
    card.preview = url.images.objects().find_map(|image| image.url.owned());
    Some(card)
}

/// A post's public figures.
pub(super) fn metrics_of(view: &wire::Post<'_>) -> crate::model::Metrics {
    let Some(told) = view.public_metrics.get() else {
        return crate::model::Metrics::default();
    };
    counts([
        (Metric::Likes, told.likes),
        (Metric::Reposts, told.reposts),
        (Metric::Replies, told.replies),
        (Metric::Quotes, told.quotes),
        (Metric::Bookmarks, told.bookmarks),
        (Metric::Impressions, told.impressions),
    ])
}
