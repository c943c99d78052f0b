//! The lexicons that the fake knows: records and the inputs of procedures (bluesky-social/atproto, lexicons/).

use super::shape::{Field, Shape, Text, format, may, may_be_null, need, text};
use super::syntax::Format;

const STRING: Shape = text(usize::MAX, usize::MAX);
const AT_IDENTIFIER: Shape = format(Format::AtIdentifier);
const AT_URI: Shape = format(Format::AtUri);
const CID: Shape = format(Format::Cid);
const DATETIME: Shape = format(Format::Datetime);
const DID: Shape = format(Format::Did);
const LANGUAGE: Shape = format(Format::Language);
const NSID: Shape = format(Format::Nsid);
const RECORD_KEY: Shape = format(Format::RecordKey);
const URI: Shape = format(Format::Uri);
const NOTHING: Shape = Shape::Fields(&[]);

const fn list(of: &'static Shape, max: usize) -> Shape {
    Shape::List { of, min: 0, max }
}

const STRONG_REF: Shape = Shape::Fields(&[need("uri", &AT_URI), need("cid", &CID)]);

const ASPECT_RATIO: Shape = Shape::Fields(&[need("width", &POSITIVE), need("height", &POSITIVE)]);
const POSITIVE: Shape = Shape::Int {
    min: 1,
    max: i64::MAX,
};
const NOT_NEGATIVE: Shape = Shape::Int {
    min: 0,
    max: i64::MAX,
};

const SELF_LABELS: Shape =
    Shape::Open(&[("com.atproto.label.defs#selfLabels", &SELF_LABEL_VALUES)]);
const SELF_LABEL_VALUES: Shape = Shape::Fields(&[need("values", &list(&SELF_LABEL, 10))]);
const SELF_LABEL: Shape = Shape::Fields(&[need("val", &text(128, usize::MAX))]);

/// app.bsky.richtext.facet
const FACET: Shape = Shape::Fields(&[
    need("index", &BYTE_SLICE),
    need("features", &list(&FEATURE, usize::MAX)),
]);
const BYTE_SLICE: Shape = Shape::Fields(&[
    need("byteStart", &NOT_NEGATIVE),
    need("byteEnd", &NOT_NEGATIVE),
]);
const FEATURE: Shape = Shape::Open(&[
    (
        "app.bsky.richtext.facet#mention",
        &Shape::Fields(&[need("did", &DID)]),
    ),
    (
        "app.bsky.richtext.facet#link",
        &Shape::Fields(&[need("uri", &URI)]),
    ),
    (
        "app.bsky.richtext.facet#tag",
        &Shape::Fields(&[need("tag", &TAG)]),
    ),
]);
const TAG: Shape = text(640, 64);

const IMAGE_BLOB: Shape = Shape::Blob {
    accept: &["image/*"],
    max: 2_000_000,
};
const THUMB_BLOB: Shape = Shape::Blob {
    accept: &["image/*"],
    max: 1_000_000,
};
const AVATAR_BLOB: Shape = Shape::Blob {
    accept: &["image/png", "image/jpeg"],
    max: 1_000_000,
};
const VIDEO_BLOB: Shape = Shape::Blob {
    accept: &["video/mp4"],
    max: 300_000_000,
};
const CAPTION_BLOB: Shape = Shape::Blob {
    accept: &["text/vtt"],
    max: 20_000,
};

const EMBED_IMAGES: Shape = Shape::Fields(&[need(
    "images",
    &list(
        &Shape::Fields(&[
            need("image", &IMAGE_BLOB),
            need("alt", &STRING),
            may("aspectRatio", &ASPECT_RATIO),
        ]),
        4,
    ),
)]);
const EMBED_GALLERY: Shape = Shape::Fields(&[need(
    "items",
    &list(
        &Shape::Open(&[(
            "app.bsky.embed.gallery#image",
            &Shape::Fields(&[
                need("image", &IMAGE_BLOB),
                need("alt", &STRING),
                need("aspectRatio", &ASPECT_RATIO),
            ]),
        )]),
        20,
    ),
)]);
const EMBED_VIDEO: Shape = Shape::Fields(&[
    need("video", &VIDEO_BLOB),
    may(
        "captions",
        &list(
            &Shape::Fields(&[need("lang", &LANGUAGE), need("file", &CAPTION_BLOB)]),
            20,
        ),
    ),
    may("alt", &STRING),
    may("aspectRatio", &ASPECT_RATIO),
    may("presentation", &STRING),
]);
const EMBED_EXTERNAL: Shape = Shape::Fields(&[need(
    "external",
    &Shape::Fields(&[
        need("uri", &URI),
        need("title", &STRING),
        need("description", &STRING),
        may("thumb", &THUMB_BLOB),
        may("associatedRefs", &list(&STRONG_REF, usize::MAX)),
    ]),
)]);
const EMBED_RECORD: Shape = Shape::Fields(&[need("record", &STRONG_REF)]);
const EMBED_RECORD_WITH_MEDIA: Shape = Shape::Fields(&[
    need("record", &EMBED_RECORD),
    need(
        "media",
        &Shape::Open(&[
            ("app.bsky.embed.images", &EMBED_IMAGES),
            ("app.bsky.embed.video", &EMBED_VIDEO),
            ("app.bsky.embed.gallery", &EMBED_GALLERY),
            ("app.bsky.embed.external", &EMBED_EXTERNAL),
        ]),
    ),
]);

const POST: Shape = Shape::Fields(&[
    need("text", &text(3000, 300)),
    may("facets", &list(&FACET, usize::MAX)),
    may(
        "reply",
        &Shape::Fields(&[need("root", &STRONG_REF), need("parent", &STRONG_REF)]),
    ),
    may(
        "embed",
        &Shape::Open(&[
            ("app.bsky.embed.images", &EMBED_IMAGES),
            ("app.bsky.embed.video", &EMBED_VIDEO),
            ("app.bsky.embed.gallery", &EMBED_GALLERY),
            ("app.bsky.embed.external", &EMBED_EXTERNAL),
            ("app.bsky.embed.record", &EMBED_RECORD),
            ("app.bsky.embed.recordWithMedia", &EMBED_RECORD_WITH_MEDIA),
        ]),
    ),
    may("langs", &list(&LANGUAGE, 3)),
    may("labels", &SELF_LABELS),
    may("tags", &list(&TAG, 8)),
    need("createdAt", &DATETIME),
]);

/// A like and a repost are alike.
const OF_A_POST: Shape = Shape::Fields(&[
    need("subject", &STRONG_REF),
    need("createdAt", &DATETIME),
    may("via", &STRONG_REF),
]);
const FOLLOW: Shape = Shape::Fields(&[
    need("subject", &DID),
    need("createdAt", &DATETIME),
    may("via", &STRONG_REF),
]);
const BLOCK: Shape = Shape::Fields(&[need("subject", &DID), need("createdAt", &DATETIME)]);
const THREADGATE: Shape = Shape::Fields(&[
    need("post", &AT_URI),
    may(
        "allow",
        &list(
            &Shape::Open(&[
                ("app.bsky.feed.threadgate#mentionRule", &NOTHING),
                ("app.bsky.feed.threadgate#followerRule", &NOTHING),
                ("app.bsky.feed.threadgate#followingRule", &NOTHING),
                (
                    "app.bsky.feed.threadgate#listRule",
                    &Shape::Fields(&[need("list", &AT_URI)]),
                ),
            ]),
            5,
        ),
    ),
    need("createdAt", &DATETIME),
    may("hiddenReplies", &list(&AT_URI, 300)),
]);
const POSTGATE: Shape = Shape::Fields(&[
    need("createdAt", &DATETIME),
    need("post", &AT_URI),
    may("detachedEmbeddingUris", &list(&AT_URI, 50)),
    may(
        "embeddingRules",
        &list(
            &Shape::Open(&[("app.bsky.feed.postgate#disableRule", &NOTHING)]),
            5,
        ),
    ),
]);
const PROFILE: Shape = Shape::Fields(&[
    may("displayName", &text(640, 64)),
    may("description", &text(2560, 256)),
    may("pronouns", &text(200, 20)),
    may("website", &URI),
    may("avatar", &AVATAR_BLOB),
    may("banner", &AVATAR_BLOB),
    may("labels", &SELF_LABELS),
    may("joinedViaStarterPack", &STRONG_REF),
    may("pinnedPost", &STRONG_REF),
    may("createdAt", &DATETIME),
]);
const CHAT_DECLARATION: Shape = Shape::Fields(&[
    need("allowIncoming", &STRING),
    may("allowGroupInvites", &STRING),
]);

/// How the keys of a collection look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    Tid,
    Literal(&'static str),
}

/// A record type that the fake can check; others pass as `unknown`, as they do on a real server.
pub(super) fn record(collection: &str) -> Option<(KeyKind, &'static Shape)> {
    let known: (KeyKind, &'static Shape) = match collection {
        "app.bsky.feed.post" => (KeyKind::Tid, &POST),
        "app.bsky.feed.like" | "app.bsky.feed.repost" => (KeyKind::Tid, &OF_A_POST),
        "app.bsky.feed.threadgate" => (KeyKind::Tid, &THREADGATE),
        "app.bsky.feed.postgate" => (KeyKind::Tid, &POSTGATE),
        "app.bsky.graph.follow" => (KeyKind::Tid, &FOLLOW),
        "app.bsky.graph.block" => (KeyKind::Tid, &BLOCK),
        "app.bsky.actor.profile" => (KeyKind::Literal("self"), &PROFILE),
        "chat.bsky.actor.declaration" => (KeyKind::Literal("self"), &CHAT_DECLARATION),
        _ => return None,
    };
    Some(known)
}

const WRITE_KEY: Shape = Shape::Text(Text {
    min_bytes: 0,
    max_bytes: 512,
    max_graphemes: usize::MAX,
    format: Format::RecordKey,
});
const REACTION: Shape = Shape::Text(Text {
    min_bytes: 1,
    max_bytes: 64,
    max_graphemes: 1,
    format: Format::Any,
});
const CONVO: Field = need("convoId", &STRING);

/// chat.bsky.convo.defs#messageInput
const MESSAGE_INPUT: Shape = Shape::Fields(&[
    need("text", &text(10_000, 1_000)),
    may("facets", &list(&FACET, usize::MAX)),
    may(
        "embed",
        &Shape::Open(&[
            ("app.bsky.embed.record", &EMBED_RECORD),
            (
                "chat.bsky.embed.joinLink",
                &Shape::Fields(&[need("code", &STRING)]),
            ),
        ]),
    ),
    may("replyTo", &Shape::Fields(&[need("messageId", &STRING)])),
]);

const CREATE: Shape = Shape::Fields(&[
    need("collection", &NSID),
    may("rkey", &WRITE_KEY),
    need("value", &Shape::Object),
]);
const UPDATE: Shape = Shape::Fields(&[
    need("collection", &NSID),
    need("rkey", &RECORD_KEY),
    need("value", &Shape::Object),
]);
const DELETE: Shape = Shape::Fields(&[need("collection", &NSID), need("rkey", &RECORD_KEY)]);
/// The inputs of the procedures that take JSON.
const INPUTS: &[(&str, &Shape)] = &[
    (
        "com.atproto.server.createSession",
        &Shape::Fields(&[
            need("identifier", &STRING),
            need("password", &STRING),
            may("authFactorToken", &STRING),
            may("allowTakendown", &Shape::Bool),
        ]),
    ),
    (
        "com.atproto.server.createAccount",
        &Shape::Fields(&[
            may("email", &STRING),
            need("handle", &format(Format::Any)),
            may("did", &DID),
            may("password", &STRING),
        ]),
    ),
    (
        "com.atproto.server.createAppPassword",
        &Shape::Fields(&[need("name", &STRING), may("privileged", &Shape::Bool)]),
    ),
    (
        "com.atproto.repo.createRecord",
        &Shape::Fields(&[
            need("repo", &AT_IDENTIFIER),
            need("collection", &NSID),
            may("rkey", &WRITE_KEY),
            may("validate", &Shape::Bool),
            need("record", &Shape::Object),
            may("swapCommit", &CID),
        ]),
    ),
    (
        "com.atproto.repo.putRecord",
        &Shape::Fields(&[
            need("repo", &AT_IDENTIFIER),
            need("collection", &NSID),
            need("rkey", &WRITE_KEY),
            may("validate", &Shape::Bool),
            need("record", &Shape::Object),
            may_be_null("swapRecord", &CID),
            may("swapCommit", &CID),
        ]),
    ),
    (
        "com.atproto.repo.deleteRecord",
        &Shape::Fields(&[
            need("repo", &AT_IDENTIFIER),
            need("collection", &NSID),
            need("rkey", &RECORD_KEY),
            may("swapRecord", &CID),
            may("swapCommit", &CID),
        ]),
    ),
    (
        "com.atproto.repo.applyWrites",
        &Shape::Fields(&[
            need("repo", &AT_IDENTIFIER),
            may("validate", &Shape::Bool),
            need(
                "writes",
                &list(
                    &Shape::Closed(&[
                        ("com.atproto.repo.applyWrites#create", &CREATE),
                        ("com.atproto.repo.applyWrites#update", &UPDATE),
                        ("com.atproto.repo.applyWrites#delete", &DELETE),
                    ]),
                    usize::MAX,
                ),
            ),
            may("swapCommit", &CID),
        ]),
    ),
    (
        "com.atproto.moderation.createReport",
        &Shape::Fields(&[
            need("reasonType", &STRING),
            may("reason", &text(20_000, 2_000)),
            need(
                "subject",
                &Shape::Open(&[
                    (
                        "com.atproto.admin.defs#repoRef",
                        &Shape::Fields(&[need("did", &DID)]),
                    ),
                    ("com.atproto.repo.strongRef", &STRONG_REF),
                ]),
            ),
        ]),
    ),
    (
        "app.bsky.graph.muteActor",
        &Shape::Fields(&[
            need("actor", &AT_IDENTIFIER),
            may("onlyReposts", &Shape::Bool),
            may("onlyQuoteposts", &Shape::Bool),
        ]),
    ),
    (
        "app.bsky.graph.unmuteActor",
        &Shape::Fields(&[need("actor", &AT_IDENTIFIER)]),
    ),
    (
        "app.bsky.graph.muteThread",
        &Shape::Fields(&[need("root", &AT_URI)]),
    ),
    (
        "app.bsky.graph.unmuteThread",
        &Shape::Fields(&[need("root", &AT_URI)]),
    ),
    ("app.bsky.bookmark.createBookmark", &STRONG_REF),
    (
        "app.bsky.bookmark.deleteBookmark",
        &Shape::Fields(&[need("uri", &AT_URI)]),
    ),
    (
        "app.bsky.notification.updateSeen",
        &Shape::Fields(&[need("seenAt", &DATETIME)]),
    ),
    (
        "app.bsky.notification.putPreferences",
        &Shape::Fields(&[need("priority", &Shape::Bool)]),
    ),
    (
        "app.bsky.actor.putPreferences",
        &Shape::Fields(&[need("preferences", &list(&Shape::Open(&[]), usize::MAX))]),
    ),
    ("chat.bsky.convo.acceptConvo", &Shape::Fields(&[CONVO])),
    ("chat.bsky.convo.leaveConvo", &Shape::Fields(&[CONVO])),
    ("chat.bsky.convo.muteConvo", &Shape::Fields(&[CONVO])),
    ("chat.bsky.convo.unmuteConvo", &Shape::Fields(&[CONVO])),
    (
        "chat.bsky.convo.updateAllRead",
        &Shape::Fields(&[may("status", &STRING)]),
    ),
    (
        "chat.bsky.convo.updateRead",
        &Shape::Fields(&[CONVO, may("messageId", &STRING)]),
    ),
    (
        "chat.bsky.convo.sendMessage",
        &Shape::Fields(&[CONVO, need("message", &MESSAGE_INPUT)]),
    ),
    (
        "chat.bsky.convo.sendMessageBatch",
        &Shape::Fields(&[need(
            "items",
            &list(
                &Shape::Fields(&[CONVO, need("message", &MESSAGE_INPUT)]),
                100,
            ),
        )]),
    ),
    (
        "chat.bsky.convo.deleteMessageForSelf",
        &Shape::Fields(&[CONVO, need("messageId", &STRING)]),
    ),
    (
        "chat.bsky.convo.addReaction",
        &Shape::Fields(&[CONVO, need("messageId", &STRING), need("value", &REACTION)]),
    ),
    (
        "chat.bsky.convo.removeReaction",
        &Shape::Fields(&[CONVO, need("messageId", &STRING), need("value", &REACTION)]),
    ),
];

/// The JSON input of a procedure; nothing where it takes none.
pub(super) fn input(nsid: &str) -> Option<&'static Shape> {
    INPUTS
        .iter()
        .find(|(name, _)| *name == nsid)
        .map(|(_, shape)| *shape)
}
