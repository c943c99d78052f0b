//! Publishing: files first, then one record under a key that is fixed beforehand.

use futures_core::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::fault::Asked;
use super::super::id::{self, PostUri};
use super::super::rules::{self, NETWORK, POST};
use super::super::{Bluesky, convert, facets, wire};
use super::records::Put;
use super::{harmless, invalid, xrpc};
use crate::client::{Request, WriteSafety, upload_time};
use crate::error::{Error, ErrorKind, Result, Rule, Violation};
use crate::id::{AccountId, PostId};
use crate::model::{
    Account, Checked, Draft, LinkCard, Media, MediaKind, MediaSource, Post, PostRef, Prepared,
    Reconciled, Repeatable,
};
use crate::operation::Operation;
use crate::shared::table::Table;
use crate::shared::texts::Texts;
use crate::text::{Finder, Span, SpanKind, Text};

/// What a prepared post is, for `commit` and `reconcile`, in this process or another.
#[derive(Serialize, Deserialize)]
struct Ready {
    rkey: String,
    record: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handle: Option<String>,
    /// Whether the draft names no time of its own, so that the post bears the time at which it goes out: files may have
    /// been uploaded long before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    dated_when_sent: bool,
}

/// What a post answers or quotes, as a record names it.
struct Strong {
    uri: String,
    cid: String,
}

impl Strong {
    fn json(&self) -> Value {
        convert::strong_ref(&self.uri, &self.cid)
    }
}

impl Bluesky {
    pub(in super::super) async fn prepared(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        let operation = Operation::PUBLISH;
        let session = self.session().await?;
        let now = self.inner.client.clock().now();
        let created_at = draft.created_at.unwrap_or(now);
        let rkey = match &draft.key {
            Some(key) => id::keyed_rkey(key.as_str(), draft.created_at),
            None => id::fresh_rkey(created_at, self.inner.client.random().next()),
        };

        let mut record = Map::new();
        record.insert("$type".to_owned(), json!(POST));
        record.insert("text".to_owned(), json!(draft.text.as_str()));
        record.insert("createdAt".to_owned(), json!(stamp(created_at)));
        if !draft.languages.is_empty() {
            record.insert("langs".to_owned(), json!(draft.languages));
        }
        if !draft.warnings.is_empty() {
            let labels: Vec<Value> = draft
                .warnings
                .iter()
                .map(|warning| json!({"val": convert::label(warning)}))
                .collect();
            let labels = json!({"$type": "com.atproto.label.defs#selfLabels", "values": labels});
            record.insert("labels".to_owned(), labels);
        }
        if let Some(native) = draft.native.get(NETWORK) {
            add_native(&mut record, native)?;
        }
        // What is to be looked up comes before what is to be uploaded: a reply to nothing costs no upload.
        if let Some(parent) = &draft.reply_to {
            let (root, parent) = self.answered(&operation, parent).await?;
            let reply = json!({"root": root.json(), "parent": parent.json()});
            record.insert("reply".to_owned(), reply);
        }
        let quote = match &draft.quote {
            Some(quoted) => Some(self.strong(&operation, quoted).await?),
            None => None,
        };
        let facets = self.facets(&operation, &draft.text).await?;
        if !facets.is_empty() {
            record.insert("facets".to_owned(), facets.into());
        }
        let media = self.media_embed(&operation, draft).await?;
        if let Some(embed) = joined(quote.as_ref(), media) {
            record.insert("embed".to_owned(), embed);
        }

        let ready = Ready {
            rkey,
            record: record.into(),
            handle: session.tokens.handle().map(str::to_owned),
            dated_when_sent: draft.created_at.is_none(),
        };
        let key = match &draft.key {
            Some(key) => key.clone(),
            None => ready.rkey.as_str().into(),
        };
        let payload = serde_json::to_value(&ready).map_err(|e| {
            Error::new(
                ErrorKind::Invalid(Vec::new()),
                format!("the post cannot be written as JSON: {e}"),
            )
            .with_network(NETWORK)
        })?;
        let mut prepared = Prepared::new(NETWORK, key, payload);
        prepared.account = Some(AccountId::new(session.tokens.did()));
        // The record's key is ours, and a record is written over by itself.
        prepared.repeatable = Repeatable::Always;
        let uploads = !draft.media.is_empty()
            || draft
                .link
                .as_ref()
                .is_some_and(|link| link.thumbnail.is_some());
        if uploads {
            let hours = SignedDuration::from_hours(rules::UPLOAD_HOURS);
            prepared.expires_at = now.checked_add(hours).ok();
        }
        Ok(prepared)
    }

    pub(in super::super) async fn committed(&self, prepared: &Prepared) -> Result<Post> {
        let operation = Operation::PUBLISH;
        let mut ready = self.ready(&operation, prepared).await?;
        // Sent once more at another time, it finds what stands under its key, and changes nothing there.
        if ready.dated_when_sent
            && let Some(record) = ready.record.as_object_mut()
        {
            let now = self.inner.client.clock().now();
            record.insert("createdAt".to_owned(), json!(stamp(now)));
        }
        match self.put_new(&operation, POST, &ready.rkey, &ready.record).await? {
            Put::Written(answer) => {
                let written: wire::StrongRef<'_> = wire::read(&answer)?;
                let did = self.session().await?.tokens.did().to_owned();
                let uri = id::record_uri(&did, POST, &ready.rkey);
                let Some(cid) = written.cid.get() else {
                    return Err(answer.unreadable("it does not tell the record's hash"));
                };
                let mut post = ready.post(&uri, Some(cid), &did)?;
                post.raw = answer.raw();
                Ok(post)
            }
            Put::There => match self.look(&operation, &ready).await? {
                Some(Found::Same(post)) => Ok(*post),
                Some(Found::Other) => Err(Error::new(
                    ErrorKind::Conflict,
                    "under this key another post was published: give each publication a key of its own",
                )
                .with_network(NETWORK)
                .with_operation(operation)),
                None => Err(Error::new(
                    ErrorKind::Conflict,
                    "the post under this key was deleted while it was looked at: publish it under another key",
                )
                .with_network(NETWORK)
                .with_operation(operation)),
            },
        }
    }

    pub(in super::super) async fn reconciled(&self, prepared: &Prepared) -> Result<Reconciled> {
        let operation = Operation::RECONCILE;
        let ready = self.ready(&operation, prepared).await?;
        Ok(match self.look(&operation, &ready).await? {
            Some(Found::Same(post)) => Reconciled::Published(post),
            // Whatever stands under the key, it is not this post.
            Some(Found::Other) | None => Reconciled::NotPublished,
        })
    }

    /// Deletes a post of this identity. What is gone already is no error.
    pub(in super::super) async fn deleted(&self, id: &PostId) -> Result<()> {
        let operation = Operation::DELETE;
        let uri = self.own(&operation, id.as_str()).await?;
        self.remove(&operation, POST, &uri.rkey).await.map(|_| ())
    }

    /// What stands under a prepared post's key.
    async fn look(&self, operation: &Operation, ready: &Ready) -> Result<Option<Found>> {
        let did = self.session().await?.tokens.did().to_owned();
        let answer = match self.record(operation, &did, POST, &ready.rkey).await {
            Ok(answer) => answer,
            Err(error) if error.kind() == &ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let there: wire::Record<'_> = wire::read(&answer)?;
        let Some(record) = there.value.get() else {
            return Err(answer.unreadable("it holds no record"));
        };
        if !ready.is(record) {
            return Ok(Some(Found::Other));
        }
        let uri = id::record_uri(&did, POST, &ready.rkey);
        let author = ready.author(&did);
        let post = convert::post_of_record(&uri, there.cid.get(), record, author);
        Ok(Some(Found::Same(Box::new(post))))
    }

    /// What was prepared, if it was prepared for this identity.
    async fn ready(&self, operation: &Operation, prepared: &Prepared) -> Result<Ready> {
        let session = self.session().await?;
        let wrong = |message: &str| {
            invalid(Rule::Malformed, "prepared", message).with_operation(operation.clone())
        };
        if prepared.network != NETWORK {
            return Err(wrong(
                "it was prepared for another network: pass it to that one",
            ));
        }
        let ours = prepared
            .account
            .as_ref()
            .is_none_or(|account| account.as_str() == session.tokens.did());
        if !ours {
            return Err(wrong(
                "it was prepared for another account: pass it to that one",
            ));
        }
        Ready::deserialize(&prepared.payload)
            .map_err(|_| wrong("its payload is not what this version prepares: prepare it anew"))
    }

    /// The thread's beginning and the post that is answered.
    async fn answered(&self, operation: &Operation, parent: &PostRef) -> Result<(Strong, Strong)> {
        let uri = self.settled(operation, parent.id.as_str()).await?;
        let root = match &parent.thread {
            Some(thread) => Some(self.settled(operation, thread.as_str()).await?),
            None => None,
        };
        if let (Some(cid), Some(root)) = (&uri.cid, &root)
            && let Some(root_cid) = &root.cid
        {
            let root = Strong {
                uri: root.uri(),
                cid: root_cid.clone(),
            };
            let parent = Strong {
                uri: uri.uri(),
                cid: cid.clone(),
            };
            return Ok((root, parent));
        }
        let answer = self.record(operation, &uri.repo, POST, &uri.rkey).await?;
        let record: wire::Record<'_> = wire::read(&answer)?;
        let Some(cid) = record.cid.get() else {
            return Err(answer.unreadable("it does not tell the record's hash"));
        };
        let parent = Strong {
            uri: uri.uri(),
            cid: cid.to_owned(),
        };
        let above = record
            .value
            .get()
            .and_then(|value| value.reply.get())
            .and_then(|reply| reply.root.get());
        let root = match above {
            Some(root) => match (root.uri.get(), root.cid.get()) {
                (Some(uri), Some(cid)) => Strong {
                    uri: uri.to_owned(),
                    cid: cid.to_owned(),
                },
                _ => return Err(answer.unreadable("its reply names no thread")),
            },
            None => Strong {
                uri: parent.uri.clone(),
                cid: parent.cid.clone(),
            },
        };
        Ok((root, parent))
    }

    /// A post's address and hash; the hash is looked up where it is not known.
    async fn strong(&self, operation: &Operation, post: &PostRef) -> Result<Strong> {
        let uri = self.settled(operation, post.id.as_str()).await?;
        self.strong_of(operation, uri)
            .await
            .map(|(uri, cid)| Strong { uri, cid })
    }

    /// As `strong`, for an address that is settled.
    pub(super) fn strong_of<'a>(
        &'a self,
        operation: &'a Operation,
        uri: PostUri,
    ) -> BoxFuture<'a, Result<(String, String)>> {
        Box::pin(async move {
            let address = uri.uri();
            if let Some(cid) = uri.cid {
                return Ok((address, cid));
            }
            let answer = self.record(operation, &uri.repo, POST, &uri.rkey).await?;
            let record: wire::StrongRef<'_> = wire::read(&answer)?;
            match record.cid.owned() {
                Some(cid) => Ok((address, cid)),
                None => Err(answer.unreadable("it does not tell the record's hash")),
            }
        })
    }

    /// The facets of a text, its links, mentions and hashtags found, and its mentions resolved. A handle that stands
    /// for nobody stays plain text.
    pub(super) async fn facets(&self, operation: &Operation, text: &Text) -> Result<Vec<Value>> {
        let text = text.clone().detect_with(&Finder::bluesky());
        let mut known: Table<String, Option<String>> = Table::default();
        let mut spans: Vec<Span> = Vec::with_capacity(text.spans().len());
        for span in text.spans() {
            let mut span = span.clone();
            if let SpanKind::Mention(mention) = &mut span.kind
                && !mention.id.as_deref().is_some_and(id::is_did)
            {
                let handle = mention.handle.to_ascii_lowercase();
                let did = match known.get(&handle) {
                    Some(did) => did.clone(),
                    None => {
                        let did = self.mentioned(operation, &handle).await?;
                        known.insert(handle, did.clone());
                        did
                    }
                };
                mention.id = did;
            }
            spans.push(span);
        }
        Ok(match Text::with_spans(text.as_str(), spans) {
            Ok(text) => facets::facets(&text),
            // The spans are those of a text, so that they fit it.
            Err(_) => Vec::new(),
        })
    }

    async fn mentioned(&self, operation: &Operation, handle: &str) -> Result<Option<String>> {
        if id::is_did(handle) {
            return Ok(Some(handle.to_owned()));
        }
        if !id::is_handle(handle) {
            return Ok(None);
        }
        match self.resolve(operation, handle).await {
            Ok(did) => Ok(Some(did)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Invalid(_)) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The embed of a draft's files or link card.
    async fn media_embed(&self, operation: &Operation, draft: &Draft) -> Result<Option<Value>> {
        if let Some(link) = &draft.link {
            return self.card(operation, link).await.map(Some);
        }
        let mut images = Vec::new();
        for (i, media) in draft.media.iter().enumerate() {
            let field = format!("media[{i}]");
            if media.effective_kind() == Some(MediaKind::Video) {
                let blob = self.video_blob(operation, media, &field).await?;
                let mut video = Map::new();
                video.insert("$type".to_owned(), json!("app.bsky.embed.video"));
                video.insert("video".to_owned(), blob);
                video.insert("alt".to_owned(), json!(media.alt));
                video.insert("aspectRatio".to_owned(), ratio(media));
                return Ok(Some(convert::without_null(video).into()));
            }
            let blob = self
                .blob(operation, media, &field, self.inner.image_bytes)
                .await?;
            let mut image = Map::new();
            image.insert("image".to_owned(), blob);
            image.insert(
                "alt".to_owned(),
                json!(media.alt.as_deref().unwrap_or_default()),
            );
            image.insert("aspectRatio".to_owned(), ratio(media));
            images.push(convert::without_null(image));
        }
        Ok((!images.is_empty())
            .then(|| json!({"$type": "app.bsky.embed.images", "images": images})))
    }

    async fn card(&self, operation: &Operation, link: &LinkCard) -> Result<Value> {
        let uri = facets::web_address(&link.url)
            .ok_or_else(|| invalid(Rule::Malformed, "link.url", "it is no web address"))?;
        let mut card = Map::new();
        // The network looks nothing up: without a title the address stands in its place.
        let title = link.title.as_deref().unwrap_or(&link.url);
        card.insert("title".to_owned(), json!(title));
        card.insert(
            "description".to_owned(),
            json!(link.description.as_deref().unwrap_or_default()),
        );
        card.insert("uri".to_owned(), json!(uri));
        if let Some(thumbnail) = &link.thumbnail {
            let blob = self
                .blob(operation, thumbnail, "link.thumbnail", rules::THUMB_BYTES)
                .await?;
            card.insert("thumb".to_owned(), blob);
        }
        Ok(json!({"$type": "app.bsky.embed.external", "external": card}))
    }

    async fn video_blob(&self, operation: &Operation, media: &Media, field: &str) -> Result<Value> {
        let uploaded = !matches!(media.source, MediaSource::Existing(_));
        if uploaded && let Some(service) = &self.inner.video {
            return self
                .video_by_service(operation, service, media, field)
                .await;
        }
        self.blob(operation, media, field, self.inner.video_bytes)
            .await
    }

    /// A file as a record holds it: uploaded, unless the network holds it already.
    async fn blob(
        &self,
        operation: &Operation,
        media: &Media,
        field: &str,
        max: u64,
    ) -> Result<Value> {
        if let MediaSource::Existing(id) = &media.source {
            return convert::blob_of_id(id).ok_or_else(|| {
                let message = format!(
                    "`{id}` is no file of this network: pass the id of a post's attachment"
                );
                invalid(Rule::Malformed, field, message)
            });
        }
        if let Some(size) = media.size {
            fits(size, max, field)?;
        }
        let nsid = "com.atproto.repo.uploadBlob";
        let session = self.session().await?;
        let url = xrpc(&self.inner.server(&session.tokens), nsid);
        // Uploaded twice it is the same file, and nobody sees it.
        let mut request = Request::post(operation.clone(), url)
            .safety(WriteSafety::Idempotent)
            .media(media.clone())
            .attempt_timeout(upload_time(media.size));
        request.charges = self.spender(session.tokens.did()).charges(nsid, 0);
        let answer = match self.speak(Asked::Server, request).await {
            Ok(answer) => answer,
            Err(error) if error.http_status() == Some(413) => {
                return Err(refused_size(error, media, field));
            }
            Err(error) => return Err(harmless(error)),
        };
        let uploaded: wire::Uploaded = answer.json().map_err(harmless)?;
        // Of a file from the web the size is known only now.
        if let Some(size) = uploaded.blob.get("size").and_then(Value::as_u64) {
            fits(size, max, field)?;
        }
        Ok(uploaded.blob)
    }
}

enum Found {
    Same(Box<Post>),
    Other,
}

impl Ready {
    /// Whether a record is this post: what it says, what it answers and what it quotes.
    fn is(&self, there: &wire::PostRecord<'_>) -> bool {
        let record = self.record.to_string();
        let texts = Texts::default();
        let Ok(ours) = wire::read_text::<wire::PostRecord<'_>>(&record, &texts) else {
            return false;
        };
        let reply = |record: &wire::PostRecord<'_>| {
            let reply = record.reply.get()?;
            reply.parent.get()?.uri.owned()
        };
        let embed = |record: &wire::PostRecord<'_>| {
            let embed = record.embed.get()?;
            let record = embed.record.get();
            let quoted = record.and_then(|r| {
                r.uri
                    .owned()
                    .or_else(|| r.record.get().and_then(|r| r.uri.owned()))
            });
            let link = embed.external.get().and_then(|e| e.uri.owned());
            Some((
                embed.kind.owned(),
                quoted,
                link,
                embed.images.as_slice().len(),
            ))
        };
        // A server may take out spaces that say nothing.
        ours.text.or_empty().trim() == there.text.or_empty().trim()
            && reply(&ours) == reply(there)
            && embed(&ours) == embed(there)
    }

    fn author(&self, did: &str) -> Account {
        let mut author = Account::new(did);
        author.handle = self.handle.as_deref().map(Into::into);
        author.url = Some(id::account_url(did).into());
        author
    }

    /// The post, from what was sent: all that is certain.
    fn post(&self, uri: &str, cid: Option<&str>, did: &str) -> Result<Post> {
        let record = self.record.to_string();
        let texts = Texts::default();
        let record = wire::read_text::<wire::PostRecord<'_>>(&record, &texts).map_err(|e| {
            Error::new(
                ErrorKind::Decode,
                format!("the post is published, but what was prepared cannot be read back: {e}"),
            )
            .with_network(NETWORK)
        })?;
        Ok(convert::post_of_record(uri, cid, &record, self.author(did)))
    }
}

/// The embed of a quote, of files or a card, or of both.
fn joined(quote: Option<&Strong>, media: Option<Value>) -> Option<Value> {
    let record =
        quote.map(|quote| json!({"$type": "app.bsky.embed.record", "record": quote.json()}));
    match (record, media) {
        (Some(record), Some(media)) => Some(json!({
            "$type": "app.bsky.embed.recordWithMedia",
            "record": record,
            "media": media,
        })),
        (record, media) => record.or(media),
    }
}

/// Members of the record that have no common name, such as `tags`. What the draft itself says is not replaced.
fn add_native(record: &mut Map<String, Value>, native: &Value) -> Result<()> {
    const OURS: [&str; 8] = [
        "$type",
        "text",
        "createdAt",
        "langs",
        "labels",
        "reply",
        "facets",
        "embed",
    ];
    let Value::Object(members) = native else {
        let message = "pass an object with members of the record, such as {\"tags\": […]}";
        return Err(invalid(Rule::Malformed, "native.bluesky", message));
    };
    for (name, value) in members {
        if OURS.contains(&name.as_str()) {
            let message = format!("`{name}` is what the draft itself says: set it there");
            return Err(invalid(Rule::Together, "native.bluesky", message));
        }
        record.insert(name.clone(), value.clone());
    }
    Ok(())
}

/// A moment as the network's records write it: with milliseconds.
pub(super) fn stamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn ratio(media: &Media) -> Value {
    match media.dimensions {
        Some((width, height)) if width > 0 && height > 0 => {
            json!({"width": width, "height": height})
        }
        _ => Value::Null,
    }
}

pub(super) fn fits(size: u64, max: u64, field: &str) -> Result<()> {
    if size <= max {
        return Ok(());
    }
    let message = format!(
        "{size} bytes are {} too many: {max} are allowed; make the file smaller, since files are never altered for you",
        size - max
    );
    let violation = Violation::error(Rule::TooLarge, field, message).measured(max, size, "bytes");
    Err(Error::invalid(vec![violation]).with_network(NETWORK))
}

/// How large a file a server takes that was set up without a bound of its own, in bytes (PDS).
const USUAL_UPLOAD_BYTES: u64 = 5_242_880;

/// The server's own bound is lower than the network's. It does not tell it, but most keep the one that they come with.
fn refused_size(error: Error, media: &Media, field: &str) -> Error {
    let mut message = String::from("the file is larger than this server takes");
    let mut violation = match media.size {
        Some(size) if size > USUAL_UPLOAD_BYTES => {
            message.push_str(&format!(
                ": {size} bytes, {} more than the {USUAL_UPLOAD_BYTES} that a server takes unless it is set otherwise",
                size - USUAL_UPLOAD_BYTES
            ));
            Violation::error(Rule::TooLarge, field, "").measured(USUAL_UPLOAD_BYTES, size, "bytes")
        }
        Some(size) => {
            message.push_str(&format!(": {size} bytes"));
            Violation::error(Rule::TooLarge, field, "")
        }
        None => Violation::error(Rule::TooLarge, field, ""),
    };
    message.push_str("; make it smaller, since files are never altered for you");
    violation.message = message.clone();
    error
        .with_kind(ErrorKind::Invalid(vec![violation]))
        .with_message(message)
}
