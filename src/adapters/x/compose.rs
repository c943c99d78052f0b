//! Posts from the network's words. A page of posts is the answer that is read most, so what is said of one post shares
//! one allocation, and who wrote several posts of an answer is made once.

use std::sync::Arc;

use super::compose_files::{File, card, is_language, poll};
use super::convert::{account_on, bare_account, counts, time};
use super::fault;
use super::markup::{self, Entity};
use super::rules::PAGES;
use super::wire::{self, List, Obj, Str, Word};
use crate::error::ErrorKind;
use crate::id::PostId;
use crate::model::{Account, ContentWarning, Metric, Omitted, Place, Post, Visibility};
use crate::shared::SharedStr;
use crate::shared::sheet::Sheet;

/// What is asked of a post: what a [`Post`] is made of, and nothing else.
pub(super) const POST_FIELDS: &str = "attachments,author_id,community_id,conversation_id,created_at,display_text_range,entities,lang,note_tweet,possibly_sensitive,public_metrics,referenced_tweets";
/// What is asked of those who wrote it, and whether all may see what they write.
pub(super) const POST_USER_FIELDS: &str = "name,profile_image_url,protected,username";

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
    users: Beside<'v, wire::User<'a>>,
    /// Who of them was made already, and who is not among them, by number.
    accounts: Vec<Option<Arc<Account>>>,
    strangers: Vec<(&'v str, Arc<Account>)>,
    posts: Beside<'v, wire::Post<'a>>,
    media: Beside<'v, wire::Media<'a>>,
    polls: Beside<'v, wire::Poll<'a>>,
    /// Room for the files and the entities of the post that is being made.
    files: Vec<File<'v>>,
    entities: Vec<Entity<'v>>,
}

/// What stands beside the posts of an answer, mostly in the order in which they name it: so it is looked for from where
/// the last one was.
struct Beside<'v, T> {
    all: &'v [Obj<T>],
    at: usize,
}

impl<'v, T> Beside<'v, T> {
    fn of(list: Option<&'v List<Obj<T>>>) -> Self {
        Self {
            all: list.map_or(&[], |list| &list.0),
            at: 0,
        }
    }

    /// The place of the one that is it.
    fn find(&mut self, is_it: impl Fn(&T) -> bool) -> Option<usize> {
        let it = |one: &Obj<T>| one.get().is_some_and(&is_it);
        let (before, from) = self.all.split_at_checked(self.at)?;
        let found = from.iter().position(it).map(|at| self.at + at);
        let found = found.or_else(|| before.iter().position(it))?;
        self.at = found;
        Some(found)
    }

    fn get(&mut self, is_it: impl Fn(&T) -> bool) -> Option<&'v T> {
        let at = self.find(is_it)?;
        self.all.get(at)?.get()
    }
}

impl<'v, 'a> Maker<'v, 'a> {
    fn new(includes: Option<&'v wire::Includes<'a>>) -> Self {
        let users = Beside::of(includes.map(|includes| &includes.users));
        Self {
            sheet: Sheet::roomy(),
            accounts: vec![None; users.all.len()],
            users,
            strangers: Vec::new(),
            posts: Beside::of(includes.map(|includes| &includes.posts)),
            media: Beside::of(includes.map(|includes| &includes.media)),
            polls: Beside::of(includes.map(|includes| &includes.polls)),
            files: Vec::with_capacity(4),
            entities: Vec::with_capacity(8),
        }
    }

    /// The id of another post, which stands alone.
    fn id(&mut self, number: &str) -> PostId {
        let place = self.sheet.add(&[number]);
        PostId::new(self.sheet.finish().cut(place))
    }

    /// Who is named by a number, and whether the account is protected: as told beside the posts, else by that alone.
    fn account(&mut self, number: &'v str) -> (Arc<Account>, bool) {
        let Some(at) = self.users.find(|user| user.id.get() == Some(number)) else {
            let known = self.strangers.iter().find(|(known, _)| *known == number);
            if let Some((_, known)) = known {
                return (Arc::clone(known), false);
            }
            let account = Arc::new(bare_account(number));
            self.strangers.push((number, Arc::clone(&account)));
            return (account, false);
        };
        let user = self.users.all.get(at).and_then(Obj::get);
        let protected = user.is_some_and(|user| user.protected.0 == Some(true));
        let Some(place) = self.accounts.get_mut(at) else {
            return (Arc::new(bare_account(number)), protected);
        };
        if let Some(known) = place {
            return (Arc::clone(known), protected);
        }
        let account = user.and_then(|user| account_on(&mut self.sheet, user));
        let account = Arc::new(account.unwrap_or_else(|| bare_account(number)));
        *place = Some(Arc::clone(&account));
        (account, protected)
    }

    fn post(&mut self, view: &'v wire::Post<'a>) -> Option<Post> {
        let number = view.id.get()?;
        // What it is called is written down with its page.
        let mut post = Post::new(SharedStr::default());
        let mut protected = false;
        if let Some(number) = view.author_id.get() {
            let (author, hidden) = self.account(number);
            post.author = Some(author);
            protected = hidden;
        }
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
                    if let Some(original) = self.posts.get(|post| post.id.get() == Some(other)) {
                        shown = original;
                        let author = original.author_id.get().map(|author| self.account(author));
                        (post.author, protected) = match author {
                            Some((author, hidden)) => (Some(author), hidden),
                            None => (None, false),
                        };
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
        let from = shown.shown_from.number.0.map_or(0, |from| from as usize);
        // It counts in the short text; a long one begins alike, or nothing is known of it.
        let alike = words
            .or_empty()
            .chars()
            .zip(shown.text.or_empty().chars())
            .take(from);
        let from =
            if alike.clone().count() == from && alike.clone().all(|(one, other)| one == other) {
                from
            } else {
                0
            };
        let of = (shown.id.get(), quoted);
        post.text = markup::text(words.or_empty(), from, entities, of, &mut self.entities);
        // That it began its thread a post need not say; a direct answer shares its parent's id.
        post.thread = match view
            .conversation_id
            .get()
            .filter(|thread| *thread != number)
        {
            Some(thread)
                if post
                    .reply_to
                    .as_ref()
                    .is_some_and(|parent| parent.as_str() == thread) =>
            {
                post.reply_to.clone()
            }
            Some(thread) => Some(self.id(thread)),
            None => None,
        };
        if shown.possibly_sensitive.0 == Some(true) {
            post.warnings = vec![ContentWarning::from("sensitive")];
        }
        if let Some(community) = shown.community_id.get() {
            post.place = Some(Place::new(community));
        }
        if protected {
            post.visibility = Some(Visibility::Followers);
        }
        post.metrics = metrics_of(shown);
        self.attached(&mut post, shown);
        self.texts(
            &mut post,
            number,
            shown.lang.get().filter(|lang| is_language(lang)),
        );
        Some(post)
    }

    /// Its files, its poll and its card.
    fn attached(&mut self, post: &mut Post, shown: &'v wire::Post<'a>) {
        if let Some(attached) = shown.attachments.get() {
            for key in attached.media_keys.as_slice().iter().filter_map(Str::get) {
                let file = self.media.get(|file| file.media_key.get() == Some(key));
                self.files.extend(file.map(File::of));
            }
            for number in attached.poll_ids.as_slice().iter().filter_map(Word::get) {
                let told = self.polls.get(|poll| poll.id.get() == Some(number));
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

    /// Its id, its page and its language, which share one small allocation: ids are kept longer than posts. What its files
    /// say shares another.
    fn texts(&mut self, post: &mut Post, number: &str, language: Option<&str>) {
        let author = post.reposted_by.as_ref().or(post.author.as_ref());
        let name = author
            .and_then(|author| author.handle.as_deref())
            .unwrap_or("i/web");
        let page = self.sheet.add(&[PAGES, "/", name, "/status/"]);
        let id = self.sheet.add(&[number]);
        let language = language.map(|language| self.sheet.add(&[language]));
        let written = self.sheet.finish();
        post.id = PostId::new(written.cut(id));
        post.url = Some(written.cut(page.through(id)));
        if let Some(language) = language {
            post.languages = vec![written.cut(language)];
        }
        if self.files.is_empty() {
            return;
        }
        for file in &mut self.files {
            file.write(&mut self.sheet);
        }
        let written = self.sheet.finish();
        post.media.reserve_exact(self.files.len());
        for file in self.files.drain(..) {
            post.media.push(file.made(&written));
        }
    }
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::compose_files::{MEDIA_FIELDS, POLL_FIELDS};
    use super::super::convert::{USER_FIELDS_OF_USERS, account};
    use super::*;
    use crate::model::MediaKind;

    fn read(told: &Value) -> Post {
        let text: &'static str = Box::leak(told.to_string().into_boxed_str());
        let told: wire::OnePost<'static> = wire::told(text);
        one(told.data.get().unwrap(), told.includes.get()).unwrap()
    }

    /// A post with every field that the contract knows.
    fn whole() -> Value {
        json!({
            "data": {
                "id": "7", "text": "@bob a &amp; b #x https://t.co/a", "author_id": "5", "created_at": "2026-03-14T09:00:00.000Z",
                "conversation_id": "3", "referenced_tweets": [{"type": "replied_to", "id": "4"}, {"type": "quoted", "id": "6"}],
                "attachments": {"media_keys": ["7_1"], "poll_ids": ["9"]},
                "entities": {"hashtags": [{"start": 15, "end": 17, "tag": "x"}]},
                "note_tweet": {"text": "@bob a &amp; b and more"}, "lang": "de", "possibly_sensitive": true, "community_id": "55",
                "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4, "bookmark_count": 5, "impression_count": 6},
                "article": {}, "article_title": {}, "card_uri": "card://1", "context_annotations": [], "display_text_range": [5, 9],
                "edit_controls": {"is_edit_eligible": true}, "edit_history_tweet_ids": ["7"], "geo": {"place_id": "1"}, "in_reply_to_user_id": "8",
                "matched_media_notes": [], "media_metadata": [], "non_public_metrics": {}, "organic_metrics": {}, "promoted_metrics": {},
                "paid_partnership": true, "reply_settings": "everyone", "scopes": {}, "source": "web", "withheld": {}
            },
            "includes": {
                "users": [{
                    "id": "5", "username": "ann", "name": "Ann", "profile_image_url": "https://pbs.twimg.com/a.jpg", "protected": true,
                    "description": "Hi", "created_at": "2020-01-01T00:00:00.000Z", "public_metrics": {"followers_count": 1}, "connection_status": ["following"],
                    "location": "Here", "url": "https://t.co/x", "verified": true, "verified_type": "blue", "entities": {}, "withheld": {}
                }],
                "media": [{
                    "media_key": "7_1", "type": "video", "url": "https://video.twimg.com/a", "preview_image_url": "https://pbs.twimg.com/p.jpg",
                    "alt_text": "A film", "width": 10, "height": 20, "duration_ms": 1500,
                    "variants": [{"content_type": "video/mp4", "bit_rate": 100, "url": "https://video.twimg.com/1.mp4"}, {"content_type": "video/mp4", "bit_rate": 900, "url": "https://video.twimg.com/9.mp4"},
                        {"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/a.m3u8"}],
                    "public_metrics": {"view_count": 3}, "non_public_metrics": {}, "organic_metrics": {}, "promoted_metrics": {}
                }],
                "polls": [{"id": "9", "options": [{"position": 2, "label": "no", "votes": 1}, {"position": 1, "label": "yes", "votes": 4}], "end_datetime": "2026-03-15T09:00:00.000Z",
                    "duration_minutes": 1440, "voting_status": "open"}]
            }
        })
    }

    /// The members of an object without which a reading is another one.
    fn matter(object: &Value, reads: impl Fn(&Value) -> Post) -> Vec<String> {
        let before = reads(object);
        let members = object.as_object().unwrap();
        let mut names: Vec<String> = Vec::new();
        for name in members.keys() {
            let mut without = members.clone();
            without.remove(name);
            // Without its number there is nothing to be read.
            if name != "id" && name != "media_key" && reads(&Value::Object(without)) != before {
                names.push(name.clone());
            }
        }
        names.sort_unstable();
        names
    }

    fn asked(fields: &str) -> Vec<String> {
        fields.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn what_is_asked_for_is_what_a_post_is_made_of_and_nothing_else() {
        let place = |pointer: &'static str| {
            move |object: &Value| {
                let mut told = whole();
                *told.pointer_mut(pointer).unwrap() = object.clone();
                read(&told)
            }
        };
        let whole = whole();
        let mut post = matter(&whole["data"], place("/data"));
        // The text is told unasked; a longer one beside it hides what stands in it.
        post.retain(|name| name != "text");
        let short = {
            let mut short = whole["data"].clone();
            short.as_object_mut().unwrap().remove("note_tweet");
            matter(&short, place("/data"))
        };
        assert!(short.contains(&"text".to_owned()));
        post.extend(short.into_iter().filter(|name| name == "entities"));
        post.sort_unstable();
        assert_eq!(post, asked(POST_FIELDS));
        let user = matter(&whole["includes"]["users"][0], place("/includes/users/0"));
        let mut of_accounts = asked(USER_FIELDS_OF_USERS);
        // That an account is protected bounds who sees its posts, and is asked of their authors.
        of_accounts.push("protected".to_owned());
        // Of an author less is asked than the reader could use; nothing that it could not.
        assert!(
            asked(POST_USER_FIELDS)
                .iter()
                .all(|name| user.contains(name)),
            "{user:?}"
        );
        of_accounts.sort_unstable();
        assert_eq!(user, of_accounts);
        let media = matter(&whole["includes"]["media"][0], place("/includes/media/0"));
        // A video's address is that of its best form, a picture's its own.
        let asked_of_media: Vec<String> = asked(MEDIA_FIELDS)
            .into_iter()
            .filter(|name| name != "url")
            .collect();
        assert_eq!(media, asked_of_media);
        assert_eq!(
            matter(&whole["includes"]["polls"][0], place("/includes/polls/0")),
            asked(POLL_FIELDS)
        );
    }

    #[test]
    fn a_whole_post_reads_as_it_was_told() {
        let post = read(&whole());
        assert_eq!(post.text.as_str(), "a & b and more");
        assert_eq!(post.url.as_deref(), Some("https://x.com/ann/status/7"));
        assert_eq!(post.visibility, Some(Visibility::Followers));
        assert_eq!(post.metrics.count(Metric::Impressions), Some(6));
        let film = &post.media[0];
        assert_eq!(
            (film.kind.clone(), film.url.as_deref()),
            (MediaKind::Video, Some("https://video.twimg.com/9.mp4"))
        );
        assert_eq!(
            (film.id.as_ref().unwrap().as_str(), film.dimensions),
            ("7_1", Some((10, 20)))
        );
        let poll = post.poll.unwrap();
        let answers: Vec<(&str, Option<u64>)> = poll
            .options
            .iter()
            .map(|option| (option.text.as_str(), option.votes))
            .collect();
        assert_eq!(
            (answers, poll.voters),
            (vec![("yes", Some(4)), ("no", Some(1))], Some(5))
        );
        assert_eq!(post.languages, ["de"]);
    }

    #[test]
    fn words_for_no_language_are_none_and_a_card_is_the_first_that_x_knows() {
        let told = |lang: &str| {
            read(
                &json!({"data": {"id": "7", "text": "see https://t.co/a", "lang": lang, "entities": {"urls": [
                {"start": 4, "end": 18, "url": "https://t.co/a", "expanded_url": "https://example.com/a", "title": "A &amp; B", "description": "It",
                    "images": [{"url": "https://pbs.twimg.com/c.jpg", "width": 1, "height": 1}]}]}}}),
            )
        };
        for lang in ["und", "zxx", "qme", "qht"] {
            assert!(told(lang).languages.is_empty(), "{lang}");
        }
        let card = told("en").link.unwrap();
        assert_eq!(
            (card.url.as_str(), card.title.as_deref()),
            ("https://example.com/a", Some("A & B"))
        );
        assert_eq!(card.preview.as_deref(), Some("https://pbs.twimg.com/c.jpg"));
    }

    #[test]
    fn an_author_who_is_not_told_is_known_by_the_number() {
        let post = read(
            &json!({"data": {"id": "7", "text": "x", "author_id": "5", "conversation_id": "7"}}),
        );
        assert_eq!(post.author.unwrap().id.as_str(), "5");
        assert_eq!(
            (post.thread, post.url.as_deref()),
            (None, Some("https://x.com/i/web/status/7"))
        );
        assert!(account(&wire::User::default()).is_none());
    }
}
