//! Posts and comments that are there: changed without losing what they show, and taken away.

use super::super::id::{self, Thing};
use super::super::rules::{self, NETWORK, TokenKind};
use super::super::wire::{self, KeptFile, KeptPost};
use super::super::{Vk, convert, markup};
use super::draft::{ATTACH, edit_limit, native, written};
use super::{Params, invalid, response};
use crate::client::{Answer, WriteSafety};
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::model::{Attachment, Edit, LinkCard, MediaKind, Post, PostId};
use crate::operation::Operation;

/// An address among what is attached, which commas tell apart: its own are escaped.
pub(super) fn listed_address(url: &str) -> String {
    url.replace(',', "%2C")
}

/// What a post shows, as it is attached again.
pub(super) fn attached(file: &KeptFile<'_>) -> Option<String> {
    let kind = file.kind.get()?;
    let saved = match kind {
        "photo" => &file.photo,
        "posted_photo" => &file.posted_photo,
        "video" => &file.video,
        "audio" => &file.audio,
        "doc" => &file.doc,
        "page" => &file.page,
        "note" => &file.note,
        "album" => &file.album,
        "market" => &file.market,
        "market_album" => &file.market_album,
        "graffiti" => &file.graffiti,
        "poll" => {
            let poll = file.poll.get()?;
            return Some(id::attachment("poll", poll.owner_id.0?, poll.id.0?, None));
        }
        "link" => return file.link.get()?.url.get().map(listed_address),
        _ => return None,
    };
    let saved = saved.get()?;
    let key = saved.access_key.get();
    Some(id::attachment(kind, saved.owner_id.0?, saved.id.0?, key))
}

/// Whether an attachment is one of the files that an edit's media replace; links and polls stay.
fn is_file(kind: &str) -> bool {
    matches!(
        kind,
        "photo" | "posted_photo" | "video" | "audio" | "doc" | "graffiti"
    )
}

/// What a kind of attachment is for a reader.
fn media_kind(kind: &str) -> MediaKind {
    match kind {
        "photo" | "posted_photo" | "graffiti" => MediaKind::Image,
        "video" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        _ => MediaKind::Document,
    }
}

impl Vk {
    /// Changes a post or comment. The network takes away whatever is not said again, so that it is read first, and all that
    /// it shows is said again.
    pub(in super::super) async fn edited(&self, post: &PostId, edit: &Edit) -> Result<Post> {
        let operation = Operation::EDIT;
        let thing = Thing::parse(post.as_str())?;
        if edit.languages.is_some() {
            return Err(Error::unsupported(NETWORK, Operation::PUBLISH_LANGUAGE));
        }
        if edit.warnings.is_some() {
            return Err(Error::unsupported(NETWORK, Operation::PUBLISH_WARNING));
        }
        let comment = match thing {
            Thing::Post { .. } => false,
            Thing::Comment { .. } => true,
            Thing::Topic { .. } | Thing::TopicComment { .. } => {
                return Err(by_native_call(&operation));
            }
        };
        if comment && edit.link.is_some() {
            let message = "a comment has no card: put the address into its text";
            return Err(invalid(Rule::Together, "link", message));
        }
        let profile = self.inner.profile();
        let text = match &edit.text {
            Some(text) => Some(written(text, edit_limit(&profile, comment), "text")?),
            None => None,
        };
        let extra = native(edit.native.get(NETWORK), "native.vk")?;
        let answer = self.read_to_keep(&operation, thing).await?;
        let listed: wire::Kept<'_> = response(&answer)?;
        let kept = kept(&listed, thing).ok_or_else(|| gone(&operation))?;
        let mut shown = self.kept_files(kept, edit)?;
        if let Some(media) = &edit.media {
            let me = self.owner(&operation).await?;
            let goal = self.goal(me, thing.owner(), comment);
            let held = self.held(&operation, media, goal).await?;
            // Files stand before links and polls, as where they were published.
            let new = held.into_iter().map(|held| Shown {
                media: Some(held.kind),
                attachment: held.attachment,
                link: None,
            });
            shown.splice(0..0, new);
        }
        if let Some(link) = &edit.link {
            shown.push(Shown {
                media: None,
                attachment: listed_address(&link.url),
                link: Some(link.url.clone()),
            });
        }
        for (_, attachment) in extra.iter().filter(|(name, _)| name == ATTACH) {
            shown.push(Shown {
                media: None,
                attachment: attachment.clone(),
                link: None,
            });
        }
        let message = text.unwrap_or_else(|| kept.text.or_empty().to_owned());
        let attachments: Vec<&str> = shown.iter().map(|s| s.attachment.as_str()).collect();
        let mut params = Params::new()
            .with("owner_id", thing.owner())
            .with("message", &message)
            .with("attachments", attachments.join(","));
        for (name, value) in extra {
            if name != ATTACH {
                params = params.with(name, value);
            }
        }
        let method = if comment {
            params = params.with("comment_id", thing.number());
            "wall.editComment"
        } else {
            params = again(params.with("post_id", thing.number()), kept);
            "wall.edit"
        };
        self.tell(&operation, method, &params, WriteSafety::Idempotent)
            .await?;
        Ok(changed(thing, kept, &message, &shown))
    }

    /// A post or comment by its number, as far as it is to be kept.
    async fn read_to_keep(&self, operation: &Operation, thing: Thing) -> Result<Answer> {
        let answer = match thing {
            Thing::Comment { owner, id, .. } => {
                let params = Params::new().with("owner_id", owner).with("comment_id", id);
                self.ask_as(TokenKind::User, operation, "wall.getComment", &params)
                    .await
            }
            _ => {
                let number = format!("{}_{}", thing.owner(), thing.number());
                let params = Params::new().with("posts", number);
                self.ask_as(TokenKind::User, operation, "wall.getById", &params)
                    .await
            }
        };
        match answer {
            // Of what is gone it says no more than that the number is wrong.
            Err(error) if error.code() == Some("100") => Err(gone(operation)),
            answer => answer,
        }
    }

    /// Whether a post or comment is there.
    pub(super) async fn stands(&self, operation: &Operation, thing: Thing) -> Result<bool> {
        let answer = match self.read_to_keep(operation, thing).await {
            Err(error) if *error.kind() == ErrorKind::NotFound => return Ok(false),
            answer => answer?,
        };
        let listed: wire::Kept<'_> = response(&answer)?;
        Ok(kept(&listed, thing).is_some())
    }

    /// What stays of what a post shows.
    fn kept_files(&self, kept: &KeptPost<'_>, edit: &Edit) -> Result<Vec<Shown>> {
        let mut shown = Vec::new();
        for file in kept.attachments.objects() {
            let kind = file.kind.get().unwrap_or_default();
            let replaced =
                edit.media.is_some() && is_file(kind) || edit.link.is_some() && kind == "link";
            if replaced {
                continue;
            }
            let Some(attachment) = attached(file) else {
                let message = format!(
                    "the post shows something of kind `{kind}`, which would be lost, as it cannot be attached again: \
                     change it in the app"
                );
                return Err(invalid(
                    Rule::Other("attachment".to_owned()),
                    "post",
                    message,
                ));
            };
            shown.push(Shown {
                media: is_file(kind).then(|| media_kind(kind)),
                link: file
                    .link
                    .get()
                    .filter(|_| kind == "link")
                    .and_then(|link| link.url.owned()),
                attachment,
            });
        }
        Ok(shown)
    }

    /// Takes a post or comment away. What is gone already is no error.
    pub(in super::super) async fn deleted(&self, post: &PostId) -> Result<()> {
        let operation = Operation::DELETE;
        let thing = Thing::parse(post.as_str())?;
        let params = Params::new().with("owner_id", thing.owner());
        let outcome = match thing {
            Thing::Post { id, .. } => {
                let params = params.with("post_id", id);
                self.tell(&operation, "wall.delete", &params, WriteSafety::Idempotent)
                    .await
            }
            Thing::Comment { id, .. } => {
                let params = params.with("comment_id", id);
                self.tell(
                    &operation,
                    "wall.deleteComment",
                    &params,
                    WriteSafety::Idempotent,
                )
                .await
            }
            Thing::Topic { .. } | Thing::TopicComment { .. } => {
                return Err(by_native_call(&operation));
            }
        };
        match outcome {
            Err(error) if *error.kind() == ErrorKind::NotFound => {
                self.deleted_since_published(&operation, thing).await
            }
            outcome => outcome.map(drop),
        }
    }

    /// Takes away what a post has become that is not there any more: one that was scheduled stands under another number
    /// since its time came.
    async fn deleted_since_published(&self, operation: &Operation, thing: Thing) -> Result<()> {
        let Thing::Post { owner, id } = thing else {
            return Ok(());
        };
        let Some(number) = self.published_since(operation, owner, id).await? else {
            return Ok(());
        };
        let params = Params::new()
            .with("owner_id", owner)
            .with("post_id", number);
        let outcome = self
            .tell(operation, "wall.delete", &params, WriteSafety::Idempotent)
            .await;
        match outcome {
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// The number under which a scheduled post stands since it was published, if it does, as far as a wall is looked
    /// through.
    async fn published_since(
        &self,
        operation: &Operation,
        owner: i64,
        waited: i64,
    ) -> Result<Option<i64>> {
        for page in 0..rules::LOOK_PAGES {
            let params = Params::new()
                .with("owner_id", owner)
                .with("count", rules::LOOK_BACK)
                .with("offset", page * rules::LOOK_BACK);
            let answer = self
                .ask_as(TokenKind::User, operation, "wall.get", &params)
                .await;
            let answer = match answer {
                // A wall that is closed or gone shows nothing that could be taken away.
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Forbidden(_)) =>
                {
                    return Ok(None);
                }
                answer => answer?,
            };
            let wall: wire::Kept<'_> = response(&answer)?;
            let posts = || wall.items.objects();
            let found = posts().find(|post| post.postponed_id.0 == Some(waited));
            if let Some(found) = found {
                return Ok(found.id.0);
            }
            // Numbers only grow: further down stands what is older than the post that waited.
            let last = posts().last().and_then(|post| post.id.0);
            let older = last.is_some_and(|last| last < waited);
            let whole = u32::try_from(wall.items.0.len()).unwrap_or(u32::MAX) < rules::LOOK_BACK;
            if older || whole {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

/// The post or comment that was asked for, unless only its place is left.
fn kept<'l, 'a>(listed: &'l wire::Kept<'a>, thing: Thing) -> Option<&'l KeptPost<'a>> {
    let mut all = listed.items.objects();
    all.find(|kept| kept.id.0 == Some(thing.number()))
        .filter(|kept| kept.is_deleted.0 != Some(true) && kept.deleted.0 != Some(true))
}

/// Something that a post shows.
struct Shown {
    /// What it is, where it is a file.
    media: Option<MediaKind>,
    attachment: String,
    link: Option<String>,
}

/// What else a post has to be told again, since an edit takes it away otherwise.
fn again(mut params: Params, kept: &KeptPost<'_>) -> Params {
    let scheduled = kept.post_type.get() == Some("postpone");
    let unsaid = |name: &str, params: &Params| !params.holds(name);
    if unsaid("signed", &params) {
        params = params.flag("signed", kept.signer_id.0.is_some_and(|id| id != 0));
    }
    if unsaid("mark_as_ads", &params) {
        params = params.flag("mark_as_ads", kept.marked_as_ads.0 == Some(true));
    }
    if unsaid("copyright", &params) {
        let source = kept.copyright.get().and_then(|source| source.link.get());
        params = params.maybe("copyright", source);
    }
    if unsaid("topic_id", &params) {
        params = params.maybe("topic_id", kept.topic_id.0.filter(|id| *id != 0));
    }
    let place = kept
        .geo
        .get()
        .and_then(|geo| geo.coordinates.get())
        .and_then(|text| text.split_once(' '));
    if let Some((lat, long)) = place
        && unsaid("lat", &params)
    {
        params = params.with("lat", lat).with("long", long);
    }
    if unsaid("donut_paid_duration", &params) {
        let paid = kept
            .donut
            .get()
            .filter(|paid| paid.is_donut.0 == Some(true));
        params = params.maybe(
            "donut_paid_duration",
            paid.and_then(|paid| paid.paid_duration.0),
        );
    }
    params
        .flag("friends_only", kept.friends_only.0 == Some(true))
        .maybe("publish_date", kept.date.0.filter(|_| scheduled))
}

/// The post after the change: what was read of it, and what was said anew.
fn changed(thing: Thing, kept: &KeptPost<'_>, message: &str, shown: &[Shown]) -> Post {
    let mut post = Post::new(thing.post_id());
    post.url = Some(thing.url().into());
    post.author = kept
        .from_id
        .0
        .filter(|id| *id != 0)
        .map(|id| convert::bare_account(id).into());
    post.text = markup::read(message);
    if kept.post_type.get() == Some("postpone")
        && let Some(at) = convert::time(kept.date)
    {
        post.state = crate::model::PostState::Scheduled(at);
    } else {
        post.created_at = convert::time(kept.date);
    }
    post.media = shown
        .iter()
        .filter_map(|shown| {
            let kind = shown.media.clone()?;
            Some(Attachment::new(kind).id(shown.attachment.as_str()))
        })
        .collect();
    let link = shown.iter().rev().find_map(|shown| shown.link.as_deref());
    post.link = link.map(|url| Box::new(LinkCard::new(url)));
    if let Thing::Comment {
        owner, post: under, ..
    } = thing
    {
        let root = thing.root();
        let answers = kept.reply_to_comment.0.filter(|id| *id > 0);
        let parent = answers.map_or(root, |id| Thing::Comment {
            owner,
            post: under,
            id,
        });
        post.reply_to = Some(parent.post_id());
        post.thread = Some(root.post_id());
    }
    let copied = kept.copy_history.objects().next();
    post.quote = copied.and_then(|copied| {
        let (owner, id) = (copied.owner_id.0?, copied.id.0?);
        Some(Thing::Post { owner, id }.post_id())
    });
    post
}

fn gone(operation: &Operation) -> Error {
    Error::new(
        ErrorKind::NotFound,
        "the post is gone, or was never there: check the id",
    )
    .with_network(NETWORK)
    .with_operation(operation.clone())
}

/// Topics of boards are not posts here.
pub(super) fn by_native_call(operation: &Operation) -> Error {
    Error::unsupported(NETWORK, operation.clone())
        .with_message("topics of a board go by native calls: vk.call(\"board.…\", …)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(json: &str) -> Vec<String> {
        let post: KeptPost<'_> = crate::adapters::vk::wire::told(json);
        post.attachments.objects().filter_map(attached).collect()
    }

    #[test]
    fn all_that_a_post_shows_is_attached_again() {
        let files = kept(
            r#"{"attachments":[
                {"type":"photo","photo":{"id":2,"owner_id":1,"access_key":"k"}},
                {"type":"video","video":{"id":3,"owner_id":-1}},
                {"type":"doc","doc":{"id":4,"owner_id":1}},
                {"type":"poll","poll":{"id":5,"owner_id":-1,"answers":[]}},
                {"type":"link","link":{"url":"https://example.com/"}},
                {"type":"article","article":{}}
            ]}"#,
        );
        assert_eq!(
            files,
            [
                "photo1_2_k",
                "video-1_3",
                "doc1_4",
                "poll-1_5",
                "https://example.com/"
            ]
        );
    }
}
