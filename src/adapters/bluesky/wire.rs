//! What the network says, as far as the models need it. Everything borrows from the body where it can.
//!
//! The lexicons leave servers much freedom: what is optional may be missing, unions and lists of values may hold what
//! was named after this version, objects may hold more than is known here. So a member that is not in the form
//! expected reads as absent, and what cannot do without it says so where it is converted; only the lists that a whole
//! answer is made of have to be there.

pub(super) use super::lenient::{Flag, List, Num, Obj, Str};

/// Declares objects of which every member may be missing, and which borrow from the body.
macro_rules! views {
    ($($(#[$doc:meta])* $name:ident { $($field:ident $(as $key:literal)?: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
        pub(super) struct $name<'a> {
            $($(#[serde(rename = $key)])? pub(super) $field: $type,)*
        }
    )*};
}

/// Declares whole answers: the list that they are made of has to be there, lest garbage reads as an empty page.
macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident { $list:ident: $item:ty $(, $field:ident: $type:ty)* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
        pub(super) struct $name<'a> {
            pub(super) $list: Vec<Obj<$item>>,
            $(#[serde(default)] pub(super) $field: $type,)*
        }
    )*};
}

views! {
    /// An error, as every server of the network tells it.
    ErrorBody {
        error: Str<'a>,
        message: Str<'a>,
    }

    /// A record by its address and content hash.
    StrongRef {
        uri: Str<'a>,
        cid: Str<'a>,
    }

    /// An account in a listing, or whole.
    Profile {
        did: Str<'a>,
        handle: Str<'a>,
        display_name: Str<'a>,
        description: Str<'a>,
        avatar: Str<'a>,
        created_at: Str<'a>,
        viewer: Obj<ProfileViewer<'a>>,
        followers_count: Num,
        follows_count: Num,
        posts_count: Num,
        pinned_post: Obj<StrongRef<'a>>,
    }

    /// What this identity and an account are to each other.
    ProfileViewer {
        muted: Flag,
        blocking: Str<'a>,
        following: Str<'a>,
        followed_by: Str<'a>,
    }

    /// A post as the AppView shows it.
    PostView {
        uri: Str<'a>,
        cid: Str<'a>,
        author: Obj<Profile<'a>>,
        record: Obj<PostRecord<'a>>,
        embed: Obj<EmbedView<'a>>,
        like_count: Num,
        repost_count: Num,
        reply_count: Num,
        quote_count: Num,
        bookmark_count: Num,
        viewer: Obj<PostViewer<'a>>,
    }

    /// What this identity has done to a post.
    PostViewer {
        like: Str<'a>,
        repost: Str<'a>,
        bookmarked: Flag,
    }

    /// A post as its author wrote it. `subject` is there when it is a like or a repost instead.
    PostRecord {
        text: Str<'a>,
        created_at: Str<'a>,
        facets: List<Obj<Facet<'a>>>,
        langs: List<Str<'a>>,
        labels: Obj<SelfLabels<'a>>,
        reply: Obj<ReplyRef<'a>>,
        embed: Obj<RecordEmbed<'a>>,
        subject: Obj<StrongRef<'a>>,
    }

    /// What a post answers.
    ReplyRef {
        root: Obj<StrongRef<'a>>,
        parent: Obj<StrongRef<'a>>,
    }

    /// What an author warns of.
    SelfLabels {
        values: List<Obj<SelfLabel<'a>>>,
    }

    /// One warning.
    SelfLabel {
        val: Str<'a>,
    }

    /// A stretch of text and what it is.
    Facet {
        index: Obj<ByteSlice>,
        features: List<Obj<Feature<'a>>>,
    }

    /// What a stretch of text is: a link, a mention or a hashtag.
    Feature {
        kind as "$type": Str<'a>,
        uri: Str<'a>,
        did: Str<'a>,
        tag: Str<'a>,
    }

    /// What a record embeds, in the author's words.
    RecordEmbed {
        kind as "$type": Str<'a>,
        images: List<Obj<RecordImage<'a>>>,
        items: List<Obj<RecordImage<'a>>>,
        video: Obj<Blob<'a>>,
        alt: Str<'a>,
        aspect_ratio: Obj<AspectRatio>,
        external: Obj<RecordExternal<'a>>,
        record: Obj<Embedded<'a>>,
        media: Obj<Box<RecordEmbed<'a>>>,
    }

    /// A picture in a record.
    RecordImage {
        image: Obj<Blob<'a>>,
        alt: Str<'a>,
        aspect_ratio: Obj<AspectRatio>,
    }

    /// A link card in a record.
    RecordExternal {
        uri: Str<'a>,
        title: Str<'a>,
        description: Str<'a>,
    }

    /// A file that the server holds.
    Blob {
        link as "ref": Obj<Link<'a>>,
        mime_type: Str<'a>,
        size: Num,
    }

    /// A file's content hash.
    Link {
        cid as "$link": Str<'a>,
    }

    /// A record within a record or view; beside media it stands one level deeper.
    Embedded {
        uri: Str<'a>,
        cid: Str<'a>,
        record: Obj<StrongRef<'a>>,
    }

    /// What a post embeds, as the AppView shows it.
    EmbedView {
        kind as "$type": Str<'a>,
        images: List<Obj<ImageView<'a>>>,
        items: List<Obj<ImageView<'a>>>,
        cid: Str<'a>,
        playlist: Str<'a>,
        thumbnail: Str<'a>,
        alt: Str<'a>,
        presentation: Str<'a>,
        aspect_ratio: Obj<AspectRatio>,
        external: Obj<ExternalView<'a>>,
        record: Obj<Embedded<'a>>,
        media: Obj<Box<EmbedView<'a>>>,
    }

    /// A picture as the AppView shows it; galleries call the small one `thumbnail`.
    ImageView {
        thumb: Str<'a>,
        thumbnail: Str<'a>,
        fullsize: Str<'a>,
        alt: Str<'a>,
        aspect_ratio: Obj<AspectRatio>,
    }

    /// A link card as the AppView shows it.
    ExternalView {
        uri: Str<'a>,
        title: Str<'a>,
        description: Str<'a>,
        thumb: Str<'a>,
    }

    /// A place in a feed.
    FeedItem {
        post: Obj<PostView<'a>>,
        reason: Obj<Reason<'a>>,
    }

    /// Why a post stands in a feed: `by` is there for a repost.
    Reason {
        by: Obj<Profile<'a>>,
    }

    /// A post within its thread, or what stands in its place.
    ThreadNode {
        post: Obj<PostView<'a>>,
        parent: Obj<Box<ThreadNode<'a>>>,
        replies: List<Obj<ThreadNode<'a>>>,
        uri: Str<'a>,
        not_found: Flag,
        blocked: Flag,
    }

    /// Somebody who liked a post.
    Liker {
        actor: Obj<Profile<'a>>,
    }

    /// How two accounts stand to each other.
    Relationship {
        did: Str<'a>,
        actor: Str<'a>,
        followed_by: Str<'a>,
        not_found: Flag,
    }

    /// Something that happened to this identity.
    Notification {
        uri: Str<'a>,
        cid: Str<'a>,
        author: Obj<Profile<'a>>,
        reason: Str<'a>,
        reason_subject: Str<'a>,
        record: Obj<PostRecord<'a>>,
        is_read: Flag,
        indexed_at: Str<'a>,
    }

    /// A trend.
    Trend {
        display_name: Str<'a>,
        topic: Str<'a>,
        link: Str<'a>,
        started_at: Str<'a>,
        post_count: Num,
        category: Str<'a>,
    }

    /// A record of a repository.
    Record {
        uri: Str<'a>,
        cid: Str<'a>,
        value: Obj<PostRecord<'a>>,
    }

    /// A conversation.
    Convo {
        id: Str<'a>,
        rev: Str<'a>,
        members: List<Obj<Profile<'a>>>,
        last_message: Obj<ChatMessage<'a>>,
        unread_count: Num,
        status: Str<'a>,
        kind: Obj<ConvoKind<'a>>,
    }

    /// What kind of conversation it is; a group's has a name.
    ConvoKind {
        name: Str<'a>,
    }

    /// A message, or what is left of one: then there is no text.
    ChatMessage {
        kind as "$type": Str<'a>,
        id: Str<'a>,
        rev: Str<'a>,
        text: Str<'a>,
        facets: List<Obj<Facet<'a>>>,
        sender: Obj<Sender<'a>>,
        sent_at: Str<'a>,
        reply_to: Obj<MessageRef<'a>>,
    }

    /// Who sent a message.
    Sender {
        did: Str<'a>,
    }

    /// A message that another answers.
    MessageRef {
        id: Str<'a>,
    }

    /// An entry in the log of conversations.
    LogEntry {
        kind as "$type": Str<'a>,
        rev: Str<'a>,
        convo_id: Str<'a>,
        message: Obj<ChatMessage<'a>>,
        related_profiles: List<Obj<Profile<'a>>>,
    }

    /// A login's tokens and whose they are.
    SessionBody {
        access_jwt: Str<'a>,
        refresh_jwt: Str<'a>,
        did: Str<'a>,
        handle: Str<'a>,
        did_doc: Obj<DidDocument<'a>>,
        active: Flag,
        status: Str<'a>,
        email_confirmed: Flag,
    }

    /// What stands behind an account's DID.
    DidDocument {
        service: List<Obj<DidService<'a>>>,
    }

    /// A server of an account.
    DidService {
        id: Str<'a>,
        service_endpoint: Str<'a>,
    }

    /// A token for one call of another service.
    ServiceAuth {
        token: Str<'a>,
    }

    /// An account's DID, or whose repository it is.
    Identity {
        did: Str<'a>,
        handle: Str<'a>,
    }

    /// How far the video service has come; by itself or within `jobStatus`.
    Job {
        job_id: Str<'a>,
        state: Str<'a>,
        progress: Num,
        failure_code: Str<'a>,
        error: Str<'a>,
        message: Str<'a>,
        blob: Obj<Blob<'a>>,
        job_status: Obj<Box<Job<'a>>>,
    }

    /// What the video service allows today.
    UploadLimits {
        can_upload: Flag,
        remaining_daily_videos: Num,
        remaining_daily_bytes: Num,
        message: Str<'a>,
    }
}

/// What a deletion answers: the commit is there only if there was something to delete.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default)]
pub(super) struct Deleted {
    pub(super) commit: Obj<Commit>,
}

/// That something was committed.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
pub(super) struct Commit {}

/// Where a facet stands, in UTF-8 bytes.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ByteSlice {
    pub(super) byte_start: Num,
    pub(super) byte_end: Num,
}

/// A picture's proportion.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default)]
pub(super) struct AspectRatio {
    pub(super) width: Num,
    pub(super) height: Num,
}

answers! {
    /// A page of a feed.
    Feed { feed: FeedItem<'a>, cursor: Str<'a> }
    /// Posts.
    Posts { posts: PostView<'a>, cursor: Str<'a>, hits_total: Num }
    /// Who likes a post.
    Likes { likes: Liker<'a>, cursor: Str<'a> }
    /// Who reposted a post.
    RepostedBy { reposted_by: Profile<'a>, cursor: Str<'a> }
    /// Who follows an account.
    Followers { followers: Profile<'a>, cursor: Str<'a> }
    /// Whom an account follows.
    Follows { follows: Profile<'a>, cursor: Str<'a> }
    /// How accounts stand to one.
    Relationships { relationships: Relationship<'a> }
    /// What happened to this identity.
    Notifications { notifications: Notification<'a>, cursor: Str<'a> }
    /// Trends.
    Trends { trends: Trend<'a> }
    /// Records of a repository.
    Records { records: Record<'a>, cursor: Str<'a> }
    /// Conversations.
    Convos { convos: Convo<'a>, cursor: Str<'a> }
    /// Messages of a conversation.
    Messages { messages: ChatMessage<'a>, cursor: Str<'a> }
    /// The log of conversations.
    Log { logs: LogEntry<'a>, cursor: Str<'a> }
}

/// A thread.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct Thread<'a> {
    pub(super) thread: ThreadNode<'a>,
}

/// A single conversation.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct OneConvo<'a> {
    pub(super) convo: Convo<'a>,
}

/// A file as the server took it, to be embedded word for word.
#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct Uploaded {
    pub(super) blob: serde_json::Value,
}

/// The video service's word on a job, with the file as the server took it.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobBlob {
    #[serde(default)]
    pub(super) blob: Option<serde_json::Value>,
    #[serde(default)]
    pub(super) job_status: Option<Box<JobBlob>>,
}

/// A record whose members have to be kept, known or not.
#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct WholeRecord {
    #[serde(default)]
    pub(super) cid: Option<String>,
    pub(super) value: serde_json::Map<String, serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn texts_borrow_unless_they_hold_escapes() {
        let body = br#"{"uri":"at://a","cid":"b\u00e9"}"#;
        let strong: StrongRef<'_> = serde_json::from_slice(body).unwrap();
        assert!(matches!(strong.uri.0, Some(Cow::Borrowed("at://a"))));
        assert!(matches!(strong.cid.0, Some(Cow::Owned(_))));
    }

    #[test]
    fn what_has_another_form_reads_as_absent() {
        let body = br#"{"posts":[7,{"uri":{"x":[1]},"likeCount":-3,"record":[{}],"embed":"no","viewer":null,
            "author":{"did":"did:web:a","viewer":{"muted":"perhaps"}},"unheard":{"of":[1,2,{"y":null}]}}]}"#;
        let page: Posts<'_> = serde_json::from_slice(body).unwrap();
        let posts: Vec<_> = page.posts.iter().filter_map(Obj::get).collect();
        assert_eq!(posts.len(), 1);
        assert_eq!(posts[0].uri.get(), None);
        assert_eq!(posts[0].like_count, Num(None));
        let author = posts[0].author.get().unwrap();
        assert_eq!(author.did.get(), Some("did:web:a"));
        assert_eq!(author.viewer.get().unwrap().muted, Flag(None));
    }

    #[test]
    fn an_answer_without_its_list_is_not_an_empty_page() {
        assert!(serde_json::from_slice::<Posts<'_>>(b"{}").is_err());
        assert!(serde_json::from_slice::<Posts<'_>>(br#"{"posts":7}"#).is_err());
        assert!(serde_json::from_slice::<Thread<'_>>(br#"{"error":"x"}"#).is_err());
    }
}
