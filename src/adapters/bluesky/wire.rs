//! What the network says, as far as the models need it. Everything borrows from the body where it can.
//!
//! The lexicons leave servers much freedom: what is optional may be missing, unions and lists of values may hold what
//! was named after this version, objects may hold more than is known here. So a member that is not in the form
//! expected reads as absent, and what cannot do without it says so where it is converted; only the lists that a whole
//! answer is made of have to be there.

pub(super) use crate::shared::lenient::{Few, Flag, List, Num, Obj, Str, read, read_text};
use crate::shared::lenient::{Members, Needed, Place, Placed, answers, views};

views! {
    /// An error, as every server of the network tells it.
    /// The video service puts it one level deeper, into the state of a job that never began.
    ErrorBody {
        error: Str<'a>,
        message: Str<'a>,
        job_status as "jobStatus": Obj<Box<ErrorBody<'a>>>,
    }

    /// A record by its address and content hash.
    #[derive(PartialEq)]
    StrongRef {
        uri: Str<'a>,
        cid: Str<'a>,
    }

    /// An account in a listing, or whole.
    #[derive(PartialEq)]
    Profile {
        did: Str<'a>,
        handle: Str<'a>,
        display_name as "displayName": Str<'a>,
        description: Str<'a>,
        avatar: Str<'a>,
        created_at as "createdAt": Str<'a>,
        viewer: Obj<ProfileViewer<'a>>,
        followers_count as "followersCount": Num,
        follows_count as "followsCount": Num,
        posts_count as "postsCount": Num,
        pinned_post as "pinnedPost": Obj<StrongRef<'a>>,
    }

    /// What this identity and an account are to each other.
    #[derive(PartialEq)]
    ProfileViewer {
        muted: Flag,
        blocking: Str<'a>,
        following: Str<'a>,
        followed_by as "followedBy": Str<'a>,
    }

    /// A post as the AppView shows it.
    PostView {
        uri: Str<'a>,
        cid: Str<'a>,
        author: Obj<Profile<'a>>,
        record: Obj<PostRecord<'a>>,
        embed: Obj<EmbedView<'a>>,
        like_count as "likeCount": Num,
        repost_count as "repostCount": Num,
        reply_count as "replyCount": Num,
        quote_count as "quoteCount": Num,
        bookmark_count as "bookmarkCount": Num,
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
        created_at as "createdAt": Str<'a>,
        facets: Few<Obj<Facet<'a>>>,
        langs: Few<Str<'a>>,
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
        values: Few<Obj<SelfLabel<'a>>>,
    }

    /// One warning.
    SelfLabel {
        val: Str<'a>,
    }

    /// A stretch of text and what it is.
    Facet {
        index: Obj<ByteSlice>,
        features: Few<Obj<Feature<'a>>>,
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
        images: Few<Obj<RecordImage<'a>>>,
        items: Few<Obj<RecordImage<'a>>>,
        video: Obj<Blob<'a>>,
        alt: Str<'a>,
        aspect_ratio as "aspectRatio": Obj<AspectRatio>,
        external: Obj<RecordExternal<'a>>,
        record: Obj<Embedded<'a>>,
        media: Obj<Box<RecordEmbed<'a>>>,
    }

    /// A picture in a record.
    RecordImage {
        image: Obj<Blob<'a>>,
        alt: Str<'a>,
        aspect_ratio as "aspectRatio": Obj<AspectRatio>,
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
        mime_type as "mimeType": Str<'a>,
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
        images: Few<Obj<ImageView<'a>>>,
        items: Few<Obj<ImageView<'a>>>,
        cid: Str<'a>,
        playlist: Str<'a>,
        thumbnail: Str<'a>,
        alt: Str<'a>,
        presentation: Str<'a>,
        aspect_ratio as "aspectRatio": Obj<AspectRatio>,
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
        aspect_ratio as "aspectRatio": Obj<AspectRatio>,
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
        not_found as "notFound": Flag,
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
        following: Str<'a>,
        followed_by as "followedBy": Str<'a>,
        blocking: Str<'a>,
        not_found as "notFound": Flag,
    }

    /// Something that happened to this identity.
    Notification {
        uri: Str<'a>,
        cid: Str<'a>,
        author: Obj<Profile<'a>>,
        reason: Str<'a>,
        reason_subject as "reasonSubject": Str<'a>,
        record: Obj<PostRecord<'a>>,
        is_read as "isRead": Flag,
        indexed_at as "indexedAt": Str<'a>,
    }

    /// A trend.
    Trend {
        display_name as "displayName": Str<'a>,
        topic: Str<'a>,
        link: Str<'a>,
        started_at as "startedAt": Str<'a>,
        post_count as "postCount": Num,
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
        last_message as "lastMessage": Obj<ChatMessage<'a>>,
        unread_count as "unreadCount": Num,
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
        facets: Few<Obj<Facet<'a>>>,
        sender: Obj<Sender<'a>>,
        sent_at as "sentAt": Str<'a>,
        reply_to as "replyTo": Obj<MessageRef<'a>>,
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
        convo_id as "convoId": Str<'a>,
        message: Obj<ChatMessage<'a>>,
        related_profiles as "relatedProfiles": List<Obj<Profile<'a>>>,
    }

    /// A login's tokens and whose they are.
    SessionBody {
        access_jwt as "accessJwt": Str<'a>,
        refresh_jwt as "refreshJwt": Str<'a>,
        did: Str<'a>,
        handle: Str<'a>,
        did_doc as "didDoc": Obj<DidDocument<'a>>,
        active: Flag,
        status: Str<'a>,
        email_confirmed as "emailConfirmed": Flag,
    }

    /// What a token says of itself: whose it is, when it ends in seconds since 1970, and what it allows.
    Claims {
        sub: Str<'a>,
        exp: Num,
        scope: Str<'a>,
    }

    /// What stands behind an account's DID.
    DidDocument {
        service: List<Obj<DidService<'a>>>,
    }

    /// A server of an account.
    DidService {
        id: Str<'a>,
        service_endpoint as "serviceEndpoint": Str<'a>,
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
        job_id as "jobId": Str<'a>,
        state: Str<'a>,
        progress: Num,
        failure_code as "failureCode": Str<'a>,
        error: Str<'a>,
        message: Str<'a>,
        blob: Obj<Blob<'a>>,
        job_status as "jobStatus": Obj<Box<Job<'a>>>,
    }

    /// What the video service allows today.
    UploadLimits {
        can_upload as "canUpload": Flag,
        remaining_daily_videos as "remainingDailyVideos": Num,
        remaining_daily_bytes as "remainingDailyBytes": Num,
        message: Str<'a>,
    }
}

/// What a deletion answers: the commit is there only if there was something to delete.
#[derive(Default)]
pub(super) struct Deleted {
    pub(super) commit: Obj<Commit>,
}

impl<'de> Members<'de> for Deleted {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'de>> {
        (name == "commit").then(|| self.commit.place())
    }
}

/// That something was committed.
#[derive(Default)]
pub(super) struct Commit {}

impl<'de> Members<'de> for Commit {
    fn member(&mut self, _: &str) -> Option<Place<'_, 'de>> {
        None
    }
}

/// Where a facet stands, in UTF-8 bytes.
#[derive(Default)]
pub(super) struct ByteSlice {
    pub(super) byte_start: Num,
    pub(super) byte_end: Num,
}

impl<'de> Members<'de> for ByteSlice {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'de>> {
        match name {
            "byteStart" => Some(self.byte_start.place()),
            "byteEnd" => Some(self.byte_end.place()),
            _ => None,
        }
    }
}

/// A picture's proportion.
#[derive(Default)]
pub(super) struct AspectRatio {
    pub(super) width: Num,
    pub(super) height: Num,
}

impl<'de> Members<'de> for AspectRatio {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'de>> {
        match name {
            "width" => Some(self.width.place()),
            "height" => Some(self.height.place()),
            _ => None,
        }
    }
}

answers! {
    /// A page of a feed.
    Feed { feed: FeedItem<'a>, cursor: Str<'a> }
    /// Posts.
    Posts { posts: PostView<'a>, cursor: Str<'a>, hits_total as "hitsTotal": Num }
    /// Who likes a post.
    Likes { likes: Liker<'a>, cursor: Str<'a> }
    /// Who reposted a post.
    RepostedBy { reposted_by as "repostedBy": Profile<'a>, cursor: Str<'a> }
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
#[derive(Default)]
pub(super) struct Thread<'a> {
    pub(super) thread: Needed<ThreadNode<'a>>,
}

impl<'a> Members<'a> for Thread<'a> {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'a>> {
        (name == "thread").then(|| self.thread.place())
    }

    fn missing(&self) -> Option<&'static str> {
        (!self.thread.told).then_some("thread")
    }
}

/// A single conversation.
#[derive(Default)]
pub(super) struct OneConvo<'a> {
    pub(super) convo: Needed<Convo<'a>>,
}

impl<'a> Members<'a> for OneConvo<'a> {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'a>> {
        (name == "convo").then(|| self.convo.place())
    }

    fn missing(&self) -> Option<&'static str> {
        (!self.convo.told).then_some("convo")
    }
}

/// A file as the server took it, to be embedded word for word.
#[derive(serde::Deserialize)]
pub(super) struct Uploaded {
    pub(super) blob: serde_json::Value,
}

/// The video service's word on a job, with the file as the server took it.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobBlob {
    #[serde(default)]
    pub(super) blob: Option<serde_json::Value>,
    #[serde(default)]
    pub(super) job_status: Option<Box<JobBlob>>,
}

/// A record whose members have to be kept, known or not.
#[derive(serde::Deserialize)]
pub(super) struct WholeRecord {
    #[serde(default)]
    pub(super) cid: Option<String>,
    pub(super) value: serde_json::Map<String, serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::texts::Texts;

    #[test]
    fn texts_borrow_unless_they_hold_escapes() {
        let body = r#"{"uri":"at://a","cid":"b\u00e9"}"#;
        let texts = Texts::default();
        let strong: StrongRef<'_> = read_text(body, &texts).unwrap();
        assert_eq!(
            strong.uri.get().map(str::as_ptr),
            body.get(8..).map(str::as_ptr)
        );
        assert_eq!(
            (strong.uri.get(), strong.cid.get()),
            (Some("at://a"), Some("b\u{e9}"))
        );
    }

    #[test]
    fn what_has_another_form_reads_as_absent() {
        let body = r#"{"posts":[7,{"uri":{"x":[1]},"likeCount":-3,"record":[{}],"embed":"no","viewer":null,
            "author":{"did":"did:web:a","viewer":{"muted":"perhaps"}},"unheard":{"of":[1,2,{"y":null}]}}]}"#;
        let texts = Texts::default();
        let page: Posts<'_> = read_text(body, &texts).unwrap();
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
        let texts = Texts::default();
        assert!(read_text::<Posts<'_>>("{}", &texts).is_err());
        assert!(read_text::<Posts<'_>>(r#"{"posts":7}"#, &texts).is_err());
        assert!(read_text::<Posts<'_>>(r#"[{"posts":[]}]"#, &texts).is_err());
        assert!(read_text::<Posts<'_>>(r#"{"posts":[]}"#, &texts).is_ok());
        assert!(read_text::<Thread<'_>>(r#"{"error":"x"}"#, &texts).is_err());
        assert!(read_text::<Thread<'_>>(r#"{"thread":"x"}"#, &texts).is_err());
    }
}
