//! Posts and comments from the network's words. A page of posts is the answer that is read most, so what is said of one
//! post shares one allocation, and who wrote several posts of an answer is made once.

use std::sync::Arc;

use super::compose_files::{File, files, is_worked_on, poll};
use super::convert::{bare_account_on, community_on, person_on, time};
use super::id::{Thing, name_begins};
use super::markup;
use super::wire;
use super::wire::{Few, Int, List, Obj, Str};
use crate::error::ErrorKind;
use crate::id::{ConversationId, MessageId, PostId};
use crate::model::{
    Account, Figure, LinkCard, Metric, Metrics, Mine, Omitted, Place, PlaceKind, Post, PostState,
    Visibility,
};
use crate::shared::sheet::Sheet;
use crate::text::{Edges, Finder, HashtagShape, MentionShapes, Text};

/// A text with its mentions, links and hashtags: those in brackets, and those that the network's pages find in plain text.
pub(super) fn text(told: &Str<'_>) -> Text {
    found(markup::read(told.or_empty()))
}

/// As `text`, of a message.
pub(super) fn message_text(told: &Str<'_>) -> Text {
    found(markup::read_message(told.or_empty()))
}

fn found(text: Text) -> Text {
    if !may_hold_entities(text.as_str()) {
        return text;
    }
    let finder = Finder::none()
        .links(true)
        .mentions(MentionShapes::NAME)
        .hashtags(HashtagShape::Word)
        .edges(Edges::Loose);
    text.detect_with(&finder)
}

/// Whether there is a sign without which nothing is found: most texts have none, and are not looked through twice.
fn may_hold_entities(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| match byte {
        b'@' | b'#' => true,
        // A dot within a word.
        b'.' | b':' => bytes
            .get(at + 1)
            .is_some_and(|next| next.is_ascii_alphanumeric() || *next >= 0x80 || *next == b'/'),
        // The wide number sign begins so.
        0xEF => bytes.get(at + 1) == Some(&0xBC),
        _ => false,
    })
}

/// Who wrote the items of an answer: named beside them.
pub(super) struct Authors<'v, 'a> {
    users: &'v [Obj<wire::User<'a>>],
    groups: &'v [Obj<wire::Group<'a>>],
    made: Vec<(i64, Arc<Account>)>,
    sheet: Sheet,
}

impl<'v, 'a> Authors<'v, 'a> {
    pub(super) fn of(
        users: &'v List<Obj<wire::User<'a>>>,
        groups: &'v List<Obj<wire::Group<'a>>>,
    ) -> Self {
        Self {
            users: &users.0,
            groups: &groups.0,
            made: Vec::with_capacity(users.0.len() + groups.0.len()),
            sheet: Sheet::new(),
        }
    }

    /// Nobody is named.
    pub(super) const fn unnamed() -> Self {
        Self {
            users: &[],
            groups: &[],
            made: Vec::new(),
            sheet: Sheet::new(),
        }
    }

    /// The account with an owner id: as it is named, else as the id alone tells.
    pub(super) fn account(&mut self, owner: i64) -> Arc<Account> {
        if let Some((_, known)) = self.made.iter().rev().find(|(known, _)| *known == owner) {
            return Arc::clone(known);
        }
        let named = self.named(owner);
        let account = named.unwrap_or_else(|| bare_account_on(&mut self.sheet, owner));
        let account = Arc::new(account);
        self.made.push((owner, Arc::clone(&account)));
        account
    }

    /// The handles of a message, of its conversation, and of the message that it answers: they share one allocation.
    pub(super) fn handles(
        &mut self,
        peer: i64,
        number: i64,
        answered: Option<i64>,
    ) -> (MessageId, ConversationId, Option<MessageId>) {
        let sheet = &mut self.sheet;
        let conversation = sheet.format(format_args!("{peer}"));
        let rest = sheet.format(format_args!("_{number}"));
        let answered = answered.map(|number| sheet.format(format_args!("{peer}_{number}")));
        let written = sheet.finish();
        (
            written.cut(conversation.through(rest)).into(),
            written.cut(conversation).into(),
            answered.map(|place| written.cut(place).into()),
        )
    }

    fn named(&mut self, owner: i64) -> Option<Account> {
        if owner < 0 {
            let mut groups = self.groups.iter().filter_map(Obj::get);
            let group = groups.find(|group| group.id.0.is_some_and(|id| -id == owner))?;
            return community_on(&mut self.sheet, group);
        }
        let mut users = self.users.iter().filter_map(Obj::get);
        let user = users.find(|user| user.id.0 == Some(owner))?;
        known_person_on(&mut self.sheet, user)
    }
}

/// A person. Who deleted the account is called DELETED, which is nobody's name.
pub(super) fn known_person(user: &wire::User<'_>) -> Option<Account> {
    known_person_on(&mut Sheet::new(), user)
}

fn known_person_on(sheet: &mut Sheet, user: &wire::User<'_>) -> Option<Account> {
    let mut account = person_on(sheet, user)?;
    if user.deactivated.get() == Some("deleted") {
        account.name = None;
        account.avatar = None;
    }
    Some(account)
}

/// What a post, comment or topic's comment is called. A comment's post is the one that it is listed under, else the one
/// that it names.
pub(super) fn thing(view: &wire::WallItem<'_>, under: Option<Thing>) -> Option<Thing> {
    let positive = |id: Int| id.0.filter(|id| *id > 0);
    match under {
        Some(Thing::Topic { owner, id: topic } | Thing::TopicComment { owner, topic, .. }) => {
            Some(Thing::TopicComment {
                owner,
                topic,
                id: positive(view.id)?,
            })
        }
        Some(Thing::Post { owner, id: post } | Thing::Comment { owner, post, .. }) => {
            Some(Thing::Comment {
                owner,
                post,
                id: positive(view.id)?,
            })
        }
        None => {
            let owners = [view.owner_id, view.to_id];
            let owner = owners
                .into_iter()
                .find_map(|owner| owner.0.filter(|owner| *owner != 0))?;
            if view.post_type.get() == Some("reply") {
                return Some(Thing::Comment {
                    owner,
                    post: positive(view.post_id)?,
                    id: positive(view.id)?,
                });
            }
            Some(Thing::Post {
                owner,
                id: positive(view.id)?,
            })
        }
    }
}

/// What of an answer became posts, and what did not.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) posts: Vec<Post>,
    pub(super) omitted: Vec<Omitted>,
    /// Which of the posts is pinned, and so stands first whatever its time.
    pub(super) pinned: Option<usize>,
}

impl Listed {
    fn with_room(posts: usize) -> Self {
        Self {
            posts: Vec::with_capacity(posts),
            ..Self::default()
        }
    }

    fn lacks(&mut self, view: Option<&wire::WallItem<'_>>, under: Option<Thing>) {
        let named = view.and_then(|view| thing(view, under));
        let id = named.map_or_else(|| "?".to_owned(), |thing| thing.to_string());
        let gone = view.is_some_and(is_gone);
        self.omitted.push(if gone {
            Omitted::new(id, ErrorKind::NotFound, "it is gone")
        } else {
            let message = "the network tells it without its number or its wall";
            Omitted::new(id, ErrorKind::Decode, message)
        });
    }

    /// Puts the pinned post where its time belongs, so that the list is the newest first.
    pub(super) fn unpin(mut self) -> Self {
        let Some(at) = self.pinned.take().filter(|at| *at < self.posts.len()) else {
            return self;
        };
        let pinned = self.posts.remove(at);
        let older = |post: &Post| post.created_at < pinned.created_at;
        let place = self.posts.iter().position(older);
        self.posts.insert(place.unwrap_or(self.posts.len()), pinned);
        self
    }
}

/// Whether it was deleted, and only its place is left.
fn is_gone(view: &wire::WallItem<'_>) -> bool {
    view.is_deleted.0 == Some(true) || view.deleted.0 == Some(true)
}

/// Posts, and what of them could not be read.
pub(super) fn posts<'v, 'a>(
    views: &'v [Obj<wire::WallItem<'a>>],
    authors: Authors<'v, 'a>,
) -> Listed {
    let mut maker = Maker::new(authors);
    let mut listed = Listed::with_room(views.len());
    for view in views {
        let made = view
            .get()
            .filter(|view| !is_gone(view))
            .and_then(|view| Some((view, maker.post(view, None)?)));
        match made {
            Some((view, post)) => {
                if view.is_pinned.0 == Some(true) {
                    listed.pinned = Some(listed.posts.len());
                }
                listed.posts.push(post);
            }
            None => listed.lacks(view.get(), None),
        }
    }
    listed
}

/// Comments under a post or topic: with those below each, as far as the answer holds them, or without.
pub(super) fn comments<'v, 'a>(
    views: &'v [Obj<wire::WallItem<'a>>],
    authors: Authors<'v, 'a>,
    under: Thing,
    nested: bool,
) -> Listed {
    let mut maker = Maker::new(authors);
    let mut listed = Listed::with_room(views.len());
    for view in views {
        take_comment(view, &mut maker, under, &mut listed);
        let thread = view.get().and_then(|view| view.thread.get());
        if let Some(thread) = thread.filter(|_| nested) {
            for view in &thread.items.0 {
                take_comment(view, &mut maker, under, &mut listed);
            }
        }
    }
    listed
}

fn take_comment<'v, 'a>(
    view: &'v Obj<wire::WallItem<'a>>,
    maker: &mut Maker<'v, 'a>,
    under: Thing,
    listed: &mut Listed,
) {
    let there = view.get().filter(|view| !is_gone(view));
    match there.and_then(|view| maker.post(view, Some(under))) {
        Some(post) => listed.posts.push(post),
        None => listed.lacks(view.get(), Some(under)),
    }
}

/// One post or comment; `None` where it is gone, or told without its number.
pub(super) fn one<'v, 'a>(
    view: &'v wire::WallItem<'a>,
    authors: Authors<'v, 'a>,
    under: Option<Thing>,
) -> Option<Post> {
    if is_gone(view) {
        return None;
    }
    Maker::new(authors).post(view, under)
}

/// A post's figures.
pub(super) fn metrics_of(view: &wire::WallItem<'_>) -> Metrics {
    let counted = |told: &Obj<wire::Counted>| told.get().map(|told| told.count);
    let replies = counted(&view.comments).or(view.thread.get().map(|thread| thread.count));
    let told = [
        (Metric::Likes, view.likes.get().map(|likes| likes.count)),
        (Metric::Reposts, view.reposts.get().map(|told| told.count)),
        (Metric::Replies, replies),
        (Metric::Impressions, counted(&view.views)),
    ];
    let known = |count: Option<Int>| count?.0.and_then(|count| u64::try_from(count).ok());
    let figures = told.iter().filter(|(_, told)| known(*told).is_some());
    let mut metrics = Metrics::with_capacity(figures.count());
    for (metric, told) in told {
        if let Some(count) = known(told) {
            metrics.insert(Figure::count(metric, count));
        }
    }
    metrics
}

/// Makes the posts of one answer.
struct Maker<'v, 'a> {
    sheet: Sheet,
    authors: Authors<'v, 'a>,
    /// The files of the post that is being made.
    files: Vec<File<'v>>,
}

impl<'v, 'a> Maker<'v, 'a> {
    fn new(authors: Authors<'v, 'a>) -> Self {
        Self {
            sheet: Sheet::roomy(),
            authors,
            files: Vec::with_capacity(4),
        }
    }

    /// Ids are kept longer than posts, so each stands alone.
    fn id(&mut self, thing: Thing) -> PostId {
        let place = self.sheet.format(format_args!("{thing}"));
        PostId::new(self.sheet.finish().cut(place))
    }

    fn author(&mut self, of: Int) -> Option<Arc<Account>> {
        let owner = of.0.filter(|owner| *owner != 0)?;
        Some(self.authors.account(owner))
    }

    fn post(&mut self, view: &'v wire::WallItem<'a>, under: Option<Thing>) -> Option<Post> {
        let thing = thing(view, under)?;
        let mut post = Post::new(self.id(thing));
        post.author = self.author(view.from_id);
        match view.post_type.get() {
            // Its time is the one at which it will be published.
            Some("postpone") => {
                if let Some(at) = time(view.date) {
                    post.state = PostState::Scheduled(at);
                }
            }
            Some("suggest") => {
                post.state = PostState::InReview;
                post.created_at = time(view.date);
            }
            _ => {
                post.created_at = time(view.date);
                if is_worked_on(&view.attachments) {
                    post.state = PostState::Processing;
                }
            }
        }
        post.edited_at = time(view.edited);
        if view.friends_only.0 == Some(true) {
            post.visibility = Some(Visibility::Followers);
        }
        self.answers(&mut post, view, thing);
        let mut shown = view;
        if let Some(original) = view.copy_history.objects().next() {
            post.quote = self::thing(original, None).map(|thing| self.id(thing));
            if view.text.get().is_none() && view.attachments.is_empty() {
                // Nothing of one's own: what is shown is the original.
                post.reposted_by = post.author.take();
                post.author = self.author(original.from_id);
                shown = original;
            }
        }
        post.text = text(&shown.text);
        files(&shown.attachments, &mut self.files);
        self.cards(&mut post, &shown.attachments);
        post.metrics = metrics_of(view);
        post.mine = mine(view);
        self.places(&mut post, thing);
        Some(post)
    }

    /// What it answers, of a comment.
    fn answers(&mut self, post: &mut Post, view: &wire::WallItem<'_>, thing: Thing) {
        if thing.root() == thing {
            return;
        }
        let root = self.id(thing.root());
        let parent = match (view.reply_to_comment.0, view.parents_stack.0.last()) {
            (Some(parent), _) if parent > 0 => Some(parent),
            (_, Some(Int(Some(parent)))) if *parent > 0 => Some(*parent),
            _ => None,
        };
        let parent = parent.map(|parent| self.id(beside(thing, parent)));
        post.reply_to = Some(parent.unwrap_or_else(|| root.clone()));
        post.thread = Some(root);
    }

    /// Its card and its poll.
    fn cards(&mut self, post: &mut Post, attached: &Few<Obj<wire::Attached<'_>>>) {
        for file in attached.objects() {
            if let Some(link) = file.link.get().filter(|_| post.link.is_none())
                && let Some(url) = link.url.get()
            {
                let mut card = LinkCard::new(url);
                card.title = link.title.owned();
                card.description = link.description.owned();
                let preview = link.photo.get().and_then(|photo| {
                    File::photo("photo", photo)
                        .best_address()
                        .map(str::to_owned)
                });
                card.preview = preview;
                post.link = Some(Box::new(card));
            }
            if let Some(told) = file.poll.get().filter(|_| post.poll.is_none()) {
                post.poll = Some(Box::new(poll(told)));
            }
        }
    }

    /// Writes what shares the post's one allocation: its addresses, its place and its files.
    fn places(&mut self, post: &mut Post, thing: Thing) {
        let url = match thing {
            Thing::Comment { owner, post, id } => self
                .sheet
                .format(format_args!("https://vk.com/wall{owner}_{post}?reply={id}")),
            Thing::TopicComment { owner, topic, id } => self.sheet.format(format_args!(
                "https://vk.com/topic{owner}_{topic}?post={id}"
            )),
            root => self.sheet.format(format_args!("https://vk.com/{root}")),
        };
        let owner = thing.owner();
        let (name, number) = (name_begins(owner), owner.unsigned_abs());
        let wall = self.sheet.format(format_args!("{name}{number}"));
        for file in &mut self.files {
            file.write(&mut self.sheet);
        }
        let written = self.sheet.finish();
        post.url = Some(written.cut(url));
        let kind = match thing {
            Thing::Post { .. } | Thing::Comment { .. } => PlaceKind::Wall,
            Thing::Topic { .. } | Thing::TopicComment { .. } => PlaceKind::Board,
        };
        post.place = Some(Place::new(written.cut(wall)).kind(kind));
        post.media.reserve_exact(self.files.len());
        for file in self.files.drain(..) {
            post.media.push(file.made(&written));
        }
    }
}

/// Another comment under the same post or topic.
pub(super) const fn beside(thing: Thing, id: i64) -> Thing {
    match thing {
        Thing::Post { owner, id: post } | Thing::Comment { owner, post, .. } => {
            Thing::Comment { owner, post, id }
        }
        Thing::Topic { owner, id: topic } | Thing::TopicComment { owner, topic, .. } => {
            Thing::TopicComment { owner, topic, id }
        }
    }
}

/// What whoever asks has done to it.
fn mine(view: &wire::WallItem<'_>) -> Mine {
    Mine {
        liked: view.likes.get().and_then(|likes| likes.user_likes.0),
        reposted: view.reposts.get().and_then(|told| told.user_reposted.0),
        bookmarked: view.is_favorite.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MediaKind;
    use crate::text::SpanKind;

    fn page(json: &str) -> Listed {
        let wall: wire::Wall<'_> = crate::adapters::vk::wire::told(json);
        posts(&wall.items, Authors::of(&wall.profiles, &wall.groups))
    }

    fn single(json: &str) -> Post {
        let view: wire::WallItem<'_> = crate::adapters::vk::wire::told(json);
        one(&view, Authors::unnamed(), None).unwrap()
    }

    #[test]
    fn a_post_tells_all_that_the_network_says_of_it() {
        let listed = page(
            r#"{"count":1,"items":[{"id":2,"owner_id":-1,"from_id":-1,"date":1700000000,"edited":1700000100,"text":"Hi [id7|Anna] #sale",
                "post_type":"post","likes":{"count":3,"user_likes":1},"reposts":{"count":0,"user_reposted":0},
                "comments":{"count":4},"views":{"count":50},"attachments":[
                {"type":"photo","photo":{"id":5,"owner_id":7,"access_key":"k","sizes":[{"type":"s","url":"https://x/s","width":75,"height":50},
                    {"type":"w","url":"https://x/w","width":1200,"height":800},{"type":"x","url":"https://x/x","width":604,"height":403}]}},
                {"type":"link","link":{"url":"https://example.com","title":"T"}},
                {"type":"poll","poll":{"id":9,"owner_id":-1,"question":"Q?","votes":2,"multiple":false,"end_date":0,"answer_ids":[11],
                    "answers":[{"id":10,"text":"a","votes":0},{"id":11,"text":"b","votes":2}]}}]}],
                "profiles":[],"groups":[{"id":1,"name":"Shop","screen_name":"shop"}]}"#,
        );
        let post = &listed.posts[0];
        assert_eq!(post.id.as_str(), "wall-1_2");
        assert_eq!(post.url.as_deref(), Some("https://vk.com/wall-1_2"));
        assert_eq!(post.author.as_ref().unwrap().name.as_deref(), Some("Shop"));
        assert_eq!(post.place.as_ref().unwrap().id.as_str(), "club1");
        assert_eq!(post.text.as_str(), "Hi Anna #sale");
        let kinds: Vec<_> = post.text.spans().iter().map(|span| &span.kind).collect();
        assert!(matches!(kinds[0], SpanKind::Mention(m) if m.id.as_deref() == Some("id7")));
        assert_eq!(kinds[1], &SpanKind::Hashtag("sale".to_owned()));
        assert_eq!(post.created_at, time(Int(Some(1_700_000_000))));
        assert_eq!(post.edited_at, time(Int(Some(1_700_000_100))));
        assert_eq!(
            (post.mine.liked, post.mine.reposted),
            (Some(true), Some(false))
        );
        for (metric, count) in [
            (Metric::Likes, 3),
            (Metric::Reposts, 0),
            (Metric::Replies, 4),
            (Metric::Impressions, 50),
        ] {
            assert_eq!(post.metrics.count(metric), Some(count));
        }
        let photo = &post.media[0];
        assert_eq!(photo.kind, MediaKind::Image);
        assert_eq!(photo.id.as_ref().unwrap().as_str(), "photo7_5_k");
        assert_eq!(photo.url.as_deref(), Some("https://x/w"));
        assert_eq!(photo.preview.as_deref(), Some("https://x/x"));
        assert_eq!(photo.dimensions, Some((1200, 800)));
        assert_eq!(post.link.as_ref().unwrap().title.as_deref(), Some("T"));
        let poll = post.poll.as_ref().unwrap();
        assert_eq!(
            (poll.voters, poll.mine.as_deref()),
            (Some(2), Some(&[1][..]))
        );
        assert_eq!(poll.options[0].votes, Some(0));
    }

    #[test]
    fn what_is_not_told_is_not_nought() {
        let post = single(
            r#"{"id":2,"owner_id":5,"likes":{"count":null},"views":7,"attachments":{"a":1}}"#,
        );
        assert!(post.metrics.is_empty() && post.media.is_empty());
        assert_eq!((post.mine.liked, post.created_at), (None, None));
        assert!(post.author.is_none() && post.visibility.is_none());
    }

    #[test]
    fn a_repost_without_words_shows_the_original_under_its_own_id() {
        let original = r#"{"id":9,"owner_id":-3,"from_id":-3,"date":1600000000,"text":"Old","attachments":[
            {"type":"doc","doc":{"id":4,"owner_id":-3,"ext":"gif","url":"https://x/g"}}]}"#;
        let plain = single(&format!(
            r#"{{"id":2,"owner_id":7,"from_id":7,"date":1700000000,"text":"","likes":{{"count":1}},"copy_history":[{original}]}}"#
        ));
        assert_eq!(plain.id.as_str(), "wall7_2");
        assert_eq!(plain.reposted_by.as_ref().unwrap().id.as_str(), "id7");
        assert_eq!(plain.author.as_ref().unwrap().id.as_str(), "club3");
        assert_eq!(plain.text.as_str(), "Old");
        assert_eq!(plain.media[0].kind, MediaKind::Gif);
        assert_eq!(plain.quote.as_ref().unwrap().as_str(), "wall-3_9");
        assert_eq!(plain.metrics.count(Metric::Likes), Some(1));
        let quote = single(&format!(
            r#"{{"id":3,"owner_id":7,"from_id":7,"text":"Look","copy_history":[{original}]}}"#
        ));
        assert!(quote.reposted_by.is_none());
        assert_eq!(quote.text.as_str(), "Look");
        assert_eq!(quote.quote, plain.quote);
    }

    #[test]
    fn comments_know_what_they_answer_and_keep_the_places_of_the_deleted() {
        let told: wire::Comments<'_> = crate::adapters::vk::wire::told(
            r#"{"count":4,"current_level_count":2,"items":[
                {"id":10,"from_id":7,"date":1700000000,"text":"first","thread":{"count":2,"items":[
                    {"id":12,"from_id":8,"text":"below","parents_stack":[10]},
                    {"id":13,"from_id":9,"text":"deeper","parents_stack":[10],"reply_to_comment":12}]}},
                {"id":11,"from_id":0,"text":"","deleted":true}],
                "profiles":[{"id":9,"first_name":"DELETED","last_name":"","deactivated":"deleted"}]}"#,
        );
        let root = Thing::Post { owner: -1, id: 2 };
        let authors = || Authors::of(&told.profiles, &told.groups);
        let all = comments(&told.items.0, authors(), root, true);
        let ids: Vec<_> = all.posts.iter().map(|post| post.id.as_str()).collect();
        assert_eq!(ids, ["wall-1_2_r10", "wall-1_2_r12", "wall-1_2_r13"]);
        let parents: Vec<_> = all
            .posts
            .iter()
            .map(|post| post.reply_to.as_ref().unwrap().as_str())
            .collect();
        assert_eq!(parents, ["wall-1_2", "wall-1_2_r10", "wall-1_2_r12"]);
        assert!(
            all.posts
                .iter()
                .all(|post| post.thread.as_ref().unwrap().as_str() == "wall-1_2")
        );
        let left = all.posts[2].author.as_ref().unwrap();
        assert_eq!((left.id.as_str(), left.name.as_deref()), ("id9", None));
        assert_eq!(all.omitted[0].id, "wall-1_2_r11");
        assert_eq!(all.omitted[0].reason, ErrorKind::NotFound);
        assert_eq!(all.posts[0].metrics.count(Metric::Replies), Some(2));
        let top = comments(&told.items.0, authors(), root, false);
        assert_eq!(top.posts.len(), 1);
    }

    #[test]
    fn a_pinned_post_stands_where_its_time_belongs() {
        let items = |pinned: i64| {
            format!(
                r#"{{"items":[{{"id":1,"owner_id":-1,"date":{pinned},"is_pinned":1}},{{"id":3,"owner_id":-1,"date":300}},{{"id":2,"owner_id":-1,"date":200}},{{"id":1000,"owner_id":null}}]}}"#
            )
        };
        let order = |listed: Listed| -> Vec<String> {
            listed
                .unpin()
                .posts
                .iter()
                .map(|post| post.id.to_string())
                .collect()
        };
        assert_eq!(
            order(page(&items(250))),
            ["wall-1_3", "wall-1_1", "wall-1_2"]
        );
        assert_eq!(
            order(page(&items(100))),
            ["wall-1_3", "wall-1_2", "wall-1_1"]
        );
        assert_eq!(page(&items(100)).omitted.len(), 1);
    }

    #[test]
    fn a_scheduled_post_says_when_and_a_suggested_one_waits() {
        let post = single(r#"{"id":2,"owner_id":-1,"date":1900000000,"post_type":"postpone"}"#);
        assert!(matches!(post.state, PostState::Scheduled(at) if at.as_second() == 1_900_000_000));
        assert_eq!(post.created_at, None);
        let post = single(r#"{"id":2,"owner_id":-1,"date":1700000000,"post_type":"suggest"}"#);
        assert_eq!(post.state, PostState::InReview);
    }

    #[test]
    fn a_post_whose_video_is_worked_on_is_not_ready() {
        let with = |flags: &str| {
            let video = format!(r#"{{"type":"video","video":{{"id":3,"owner_id":-1{flags}}}}}"#);
            let post = format!(r#"{{"id":2,"owner_id":-1,"attachments":[{video}]}}"#);
            single(&post).state
        };
        assert_eq!(with(r#","processing":1"#), PostState::Processing);
        assert_eq!(with(r#","converting":1"#), PostState::Processing);
        assert_eq!(with(r#","converting":0"#), PostState::Live);
        assert_eq!(with(""), PostState::Live);
    }

    #[test]
    fn entities_are_found_in_plain_text_and_ends_of_sentences_are_not() {
        let text = |plain: &'static str| super::text(&Str(Some(plain)));
        let found = text("See vk.com/x, @durov and #тег@club. Да. Нет: 10.5");
        let values: Vec<String> = found
            .spans()
            .iter()
            .map(|span| format!("{:?}", span.kind))
            .collect();
        assert_eq!(values.len(), 3, "{values:?}");
        assert!(text("Да. Нет: да").spans().is_empty());
        assert!(!may_hold_entities("Да. Нет! Да, 5: 6"));
        // What stands in brackets is not looked through again.
        let linked = text("[https://vk.com/a|see vk.com/b]");
        assert_eq!(linked.spans().len(), 1);
    }
}
