//! Repositories and blobs (com.atproto.repo, com.atproto.sync, com.atproto.moderation).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::faults::Rule;
use super::ids;
use super::index::{BLOCK, FOLLOW, Indexed, LIKE, REPOST};
use super::limits::Limiter;
use super::records::Asked;
use super::shape::BlobRef;
use super::state::{Account, Blob, Change, Standing, Stored, World, Write};
use super::syntax::{Format, is_record_key, iso};
use super::xrpc::{Answer, Call, Refusal, Reply, ReplyBody};

const MOST_WRITES: usize = 200;

/// Points for one write (docs.bsky.app, rate limits).
const CREATE_POINTS: u64 = 3;
const UPDATE_POINTS: u64 = 2;
const DELETE_POINTS: u64 = 1;

/// A change of a repository that was checked.
#[derive(Debug)]
enum Op {
    Put {
        collection: String,
        key: String,
        cid: String,
        value: Value,
    },
    Delete {
        collection: String,
        key: String,
    },
}

impl World {
    fn spend_points(
        &mut self,
        did: &str,
        points: u64,
        writes: u64,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let points = if self.keeps(Rule::WritePoints) {
            points
        } else {
            writes * 100
        };
        let day = self.limits.spend(Limiter::WritesDay, did, points, now);
        self.limits
            .spend(Limiter::WritesHour, did, points, now)
            .and(day)
    }

    /// The repository that a write names, if the caller may write there.
    fn own_repo(&self, call: &Call<'_>) -> Result<String, Refusal> {
        let repo = call.need_field("repo")?;
        let account = self
            .find(repo)
            .ok_or_else(|| Refusal::new(403, "AccountNotFound", "Account not found"))?;
        if account.did != call.me()? && self.keeps(Rule::OwnRepoOnly) {
            return Err(Refusal::auth_required());
        }
        if account.standing == Standing::Deactivated {
            return Err(Refusal::invalid("Account is deactivated"));
        }
        Ok(account.did.clone())
    }

    fn check_swap_commit(&self, did: &str, call: &Call<'_>) -> Result<(), Refusal> {
        let present = self
            .accounts
            .get(did)
            .map(|account| account.commit.as_str())
            .unwrap_or_default();
        match call.field("swapCommit") {
            Some(wanted) if wanted != present => Err(Refusal::named(
                "InvalidSwap",
                format!("Commit was at {present}"),
            )),
            _ => Ok(()),
        }
    }

    fn stored(&self, did: &str, collection: &str, key: &str) -> Option<&Stored> {
        self.accounts.get(did)?.record(collection, key)
    }

    /// Carries writes out as one commit and sends them on to the index.
    fn commit(&mut self, did: &str, ops: Vec<Op>, now: Timestamp) -> Value {
        let rev = self.next_tid(now);
        let due = now.checked_add(self.settings.index_lag).unwrap_or(now);
        let mut changes = Vec::new();
        let Some(account) = self.accounts.get_mut(did) else {
            return Value::Null;
        };
        for op in ops {
            let what = match op {
                Op::Put {
                    collection,
                    key,
                    cid,
                    value,
                } => put(account, &collection, &key, cid, value, now),
                Op::Delete { collection, key } => {
                    if let Some(records) = account.collections.get_mut(&collection) {
                        records.remove(&key);
                    }
                    account.collections.retain(|_, records| !records.is_empty());
                    Some(Write::Delete(format!("at://{did}/{collection}/{key}")))
                }
            };
            changes.extend(what.map(|what| Change {
                due,
                at: now,
                did: did.to_owned(),
                rev: rev.clone(),
                what,
            }));
        }
        account.commit =
            ids::record_cid(&json!({ "did": did, "rev": rev, "prev": account.commit }));
        account.rev.clone_from(&rev);
        let commit = json!({ "cid": account.commit, "rev": rev });
        self.pending.extend(changes);
        commit
    }

    /// Writes a record past the wire, as the tests' own conveniences do.
    pub(super) fn write_unchecked(
        &mut self,
        did: &str,
        collection: &str,
        value: Value,
        now: Timestamp,
    ) -> (String, String) {
        let (key, cid) = (self.next_tid(now), ids::record_cid(&value));
        let uri = format!("at://{did}/{collection}/{key}");
        self.commit(
            did,
            vec![Op::Put {
                collection: collection.to_owned(),
                key,
                cid: cid.clone(),
                value,
            }],
            now,
        );
        (uri, cid)
    }

    /// Records of the same kind about the same subject, which a new one replaces.
    fn twins(&self, did: &str, collection: &str, value: &Value) -> Vec<Op> {
        if ![LIKE, REPOST, FOLLOW, BLOCK].contains(&collection) || !self.keeps(Rule::LikeReplaces) {
            return Vec::new();
        }
        let subject = |value: &Value| match value.get("subject") {
            Some(Value::String(did)) => Some(did.clone()),
            Some(subject) => subject
                .get("uri")
                .and_then(Value::as_str)
                .map(str::to_owned),
            None => None,
        };
        let Some(wanted) = subject(value) else {
            return Vec::new();
        };
        let records = self
            .accounts
            .get(did)
            .and_then(|account| account.collections.get(collection));
        records
            .into_iter()
            .flatten()
            .filter(|(_, stored)| subject(&stored.value).as_ref() == Some(&wanted))
            .map(|(key, _)| Op::Delete {
                collection: collection.to_owned(),
                key: key.clone(),
            })
            .collect()
    }
}

fn put(
    account: &mut Account,
    collection: &str,
    key: &str,
    cid: String,
    value: Value,
    now: Timestamp,
) -> Option<Write> {
    for blob in BlobRef::all(&value) {
        if let Some(held) = account.blobs.get_mut(&blob.cid) {
            held.referred = true;
        }
    }
    let uri = format!("at://{}/{collection}/{key}", account.did);
    let record = Indexed::new(&uri, &cid, value.clone(), now);
    let records = account
        .collections
        .entry(collection.to_owned())
        .or_default();
    records.insert(key.to_owned(), Stored { cid, value });
    record.map(|record| Write::Put(Box::new(record)))
}

fn written(uri: String, cid: &str, commit: Option<Value>, status: Option<&str>) -> Reply {
    let mut body = Map::new();
    body.insert("uri".to_owned(), json!(uri));
    body.insert("cid".to_owned(), json!(cid));
    if let Some(commit) = commit {
        body.insert("commit".to_owned(), commit);
    }
    if let Some(status) = status {
        body.insert("validationStatus".to_owned(), json!(status));
    }
    Reply::json(Value::Object(body))
}

fn validate(call: &Call<'_>) -> Option<bool> {
    call.input.get("validate").and_then(Value::as_bool)
}

pub(super) fn create_record(world: &mut World, call: &Call<'_>) -> Answer {
    world.spend_points(call.me()?, CREATE_POINTS, 1, call.now)?;
    let did = world.own_repo(call)?;
    let collection = call.need_field("collection")?;
    let value = call.input.get("record").unwrap_or(&Value::Null);
    let given = call.field("rkey");
    let asked = Asked {
        did: &did,
        collection,
        key: given,
        value,
        validate: validate(call),
        path: "$.record",
    };
    let checked = world.check_record(asked)?;
    world.check_swap_commit(&did, call)?;
    let key = match given {
        Some(key) => key.to_owned(),
        None => world.next_tid(call.now),
    };
    // A real server does not look before it writes, and fails inside.
    if world.stored(&did, collection, &key).is_some() {
        return Err(Refusal::internal());
    }
    let mut ops = if validate(call) == Some(false) {
        Vec::new()
    } else {
        world.twins(&did, collection, &checked.value)
    };
    let cid = ids::record_cid(&checked.value);
    let uri = format!("at://{did}/{collection}/{key}");
    ops.push(Op::Put {
        collection: collection.to_owned(),
        key,
        cid: cid.clone(),
        value: checked.value,
    });
    let commit = world.commit(&did, ops, call.now);
    Ok(written(uri, &cid, Some(commit), checked.status))
}

pub(super) fn put_record(world: &mut World, call: &Call<'_>) -> Answer {
    world.spend_points(call.me()?, UPDATE_POINTS, 1, call.now)?;
    let did = world.own_repo(call)?;
    let collection = call.need_field("collection")?;
    let mut key = call.need_field("rkey")?.to_owned();
    let value = call.input.get("record").unwrap_or(&Value::Null);
    let asked = Asked {
        did: &did,
        collection,
        key: Some(&key),
        value,
        validate: validate(call),
        path: "$.record",
    };
    let checked = world.check_record(asked)?;
    let cid = ids::record_cid(&checked.value);
    let present = world
        .stored(&did, collection, &key)
        .map(|stored| stored.cid.clone());
    let swap = call.input.get("swapRecord");
    let second =
        present.is_some() && swap == Some(&Value::Null) && !world.keeps(Rule::SwapRecordNull);
    if second {
        key = world.next_tid(call.now);
    } else {
        // What stands there already is not written again, whatever `swapRecord` says.
        if present.as_ref() == Some(&cid) {
            return Ok(written(
                format!("at://{did}/{collection}/{key}"),
                &cid,
                None,
                checked.status,
            ));
        }
        check_swap(world, swap, present.as_deref())?;
    }
    world.check_swap_commit(&did, call)?;
    let uri = format!("at://{did}/{collection}/{key}");
    let op = Op::Put {
        collection: collection.to_owned(),
        key,
        cid: cid.clone(),
        value: checked.value,
    };
    let commit = world.commit(&did, vec![op], call.now);
    Ok(written(uri, &cid, Some(commit), checked.status))
}

/// `swapRecord` names the cid that must stand there; null says that nothing must.
fn check_swap(world: &World, swap: Option<&Value>, present: Option<&str>) -> Result<(), Refusal> {
    let fits = match swap {
        None => true,
        Some(Value::Null) => present.is_none(),
        Some(wanted) => wanted.as_str() == present || !world.keeps(Rule::SwapRecordCid),
    };
    if fits {
        return Ok(());
    }
    Err(Refusal::named(
        "InvalidSwap",
        format!("Record was at {}", present.unwrap_or("null")),
    ))
}

pub(super) fn delete_record(world: &mut World, call: &Call<'_>) -> Answer {
    world.spend_points(call.me()?, DELETE_POINTS, 1, call.now)?;
    let did = world.own_repo(call)?;
    let (collection, key) = (call.need_field("collection")?, call.need_field("rkey")?);
    let Some(present) = world
        .stored(&did, collection, key)
        .map(|stored| stored.cid.clone())
    else {
        if !world.keeps(Rule::DeleteIsIdempotent) {
            return Err(Refusal::invalid(format!(
                "Could not locate record: at://{did}/{collection}/{key}"
            )));
        }
        return Ok(Reply::json(json!({})));
    };
    check_swap(world, call.input.get("swapRecord"), Some(&present))?;
    world.check_swap_commit(&did, call)?;
    let op = Op::Delete {
        collection: collection.to_owned(),
        key: key.to_owned(),
    };
    let commit = world.commit(&did, vec![op], call.now);
    Ok(Reply::json(json!({ "commit": commit })))
}

pub(super) fn apply_writes(world: &mut World, call: &Call<'_>) -> Answer {
    let writes = call
        .input
        .get("writes")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let kind = |write: &Value| {
        write
            .get("$type")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let points = writes
        .iter()
        .map(|write| match kind(write).as_str() {
            "com.atproto.repo.applyWrites#create" => CREATE_POINTS,
            "com.atproto.repo.applyWrites#update" => UPDATE_POINTS,
            _ => DELETE_POINTS,
        })
        .sum();
    world.spend_points(call.me()?, points, writes.len() as u64, call.now)?;
    let did = world.own_repo(call)?;
    if writes.len() > MOST_WRITES {
        return Err(Refusal::invalid(format!(
            "Too many writes. Max: {MOST_WRITES}"
        )));
    }
    // All or nothing: the keys that stand are followed through the list before anything is written.
    let mut standing = std::collections::BTreeMap::new();
    let (mut ops, mut results) = (Vec::new(), Vec::new());
    for (at, write) in writes.iter().enumerate() {
        let field = |name: &str| write.get(name).and_then(Value::as_str);
        let collection = field("collection").unwrap_or_default().to_owned();
        let key = match field("rkey") {
            Some(key) => key.to_owned(),
            None => world.next_tid(call.now),
        };
        let place = (collection.clone(), key.clone());
        let exists = *standing
            .entry(place.clone())
            .or_insert_with(|| world.stored(&did, &collection, &key).is_some());
        let kind = kind(write);
        let (verb, deletes) = match kind.rsplit_once('#') {
            Some((_, "create")) => ("create", false),
            Some((_, "update")) => ("update", false),
            _ => ("delete", true),
        };
        if exists == (verb == "create") {
            return Err(Refusal::internal());
        }
        standing.insert(place, !deletes);
        let result = format!("com.atproto.repo.applyWrites#{verb}Result");
        if deletes {
            results.push(json!({ "$type": result }));
            ops.push(Op::Delete { collection, key });
            continue;
        }
        let path = format!("$.writes[{at}].record");
        let value = write.get("value").unwrap_or(&Value::Null);
        let asked = Asked {
            did: &did,
            collection: &collection,
            key: Some(&key),
            value,
            validate: validate(call),
            path: &path,
        };
        let checked = world.check_record(asked)?;
        let cid = ids::record_cid(&checked.value);
        let mut told =
            json!({ "$type": result, "uri": format!("at://{did}/{collection}/{key}"), "cid": cid });
        if let (Some(fields), Some(status)) = (told.as_object_mut(), checked.status) {
            fields.insert("validationStatus".to_owned(), json!(status));
        }
        results.push(told);
        ops.push(Op::Put {
            collection,
            key,
            cid,
            value: checked.value,
        });
    }
    world.check_swap_commit(&did, call)?;
    let commit = world.commit(&did, ops, call.now);
    Ok(Reply::json(json!({ "commit": commit, "results": results })))
}

fn repo_of<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Account, Refusal> {
    let repo = call.need_format("repo", Format::AtIdentifier)?;
    world
        .find(repo)
        .ok_or_else(|| Refusal::invalid(format!("Could not find repo: {repo}")))
}

pub(super) fn get_record(world: &mut World, call: &Call<'_>) -> Answer {
    let account = repo_of(world, call)?;
    let collection = call.need_format("collection", Format::Nsid)?;
    let key = call.need("rkey")?;
    if !is_record_key(key) {
        return Err(Refusal::invalid("Error: rkey must be a valid record key"));
    }
    let uri = format!("at://{}/{collection}/{key}", account.did);
    let wanted = call.param_format("cid", Format::Cid)?;
    let found = account
        .record(collection, key)
        .filter(|stored| wanted.is_none_or(|cid| stored.cid == cid));
    match found {
        Some(stored) => Ok(Reply::json(
            json!({ "uri": uri, "cid": stored.cid, "value": stored.value }),
        )),
        None if !world.keeps(Rule::MissingRecordIsTold) => Ok(Reply::json(
            json!({ "uri": uri, "cid": ids::record_cid(&json!({})), "value": {} }),
        )),
        None => Err(Refusal::named(
            "RecordNotFound",
            format!("Could not locate record: {uri}"),
        )),
    }
}

pub(super) fn list_records(world: &mut World, call: &Call<'_>) -> Answer {
    let account = repo_of(world, call)?;
    let collection = call.need_format("collection", Format::Nsid)?;
    let limit = call.limit(50)?;
    let cursor = call.param("cursor");
    let oldest_first = call.flag("reverse")?.unwrap_or(false) == world.keeps(Rule::NewestFirst);
    let mut records: Vec<(&String, &Stored)> = account
        .collections
        .get(collection)
        .into_iter()
        .flatten()
        .collect();
    if !oldest_first {
        records.reverse();
    }
    let after = |key: &str| {
        cursor.is_none_or(|cursor| {
            if oldest_first {
                key > cursor
            } else {
                key < cursor
            }
        })
    };
    let limit = if world.keeps(Rule::LimitIsKept) {
        limit
    } else {
        1
    };
    let page: Vec<(&String, &Stored)> = records
        .into_iter()
        .filter(|(key, _)| after(key))
        .take(limit)
        .collect();
    let listed: Vec<Value> = page
        .iter()
        .map(|(key, stored)| {
            json!({ "uri": format!("at://{}/{collection}/{key}", account.did), "cid": stored.cid, "value": stored.value })
        })
        .collect();
    let mut body = json!({ "records": listed });
    if let (Some(fields), Some((last, _))) = (body.as_object_mut(), page.last())
        && world.keeps(Rule::CursorEndsWithoutCursor)
    {
        fields.insert("cursor".to_owned(), json!(last));
    }
    Ok(Reply::json(body))
}

pub(super) fn describe_repo(world: &mut World, call: &Call<'_>) -> Answer {
    let account = repo_of(world, call)?;
    let collections: Vec<&String> = account.collections.keys().collect();
    let endpoint = world.settings.service_url.clone();
    let endpoint = endpoint.unwrap_or_else(|| format!("http://{}", call.host));
    Ok(Reply::json(json!({
        "handle": account.handle, "did": account.did, "collections": collections, "handleIsCorrect": true,
        "didDoc": World::did_document(account, &endpoint),
    })))
}

/// The type that the first bytes of a file tell.
fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    match bytes {
        _ if starts(b"\x89PNG\r\n\x1a\n") => Some("image/png"),
        _ if starts(b"\xff\xd8\xff") => Some("image/jpeg"),
        _ if starts(b"GIF8") => Some("image/gif"),
        _ if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => Some("image/webp"),
        _ if bytes.get(4..12) == Some(b"ftypavif") => Some("image/avif"),
        _ if bytes.get(4..8) == Some(b"ftyp") => Some("video/mp4"),
        _ if starts(b"%PDF-") => Some("application/pdf"),
        _ => None,
    }
}

impl World {
    /// Keeps a blob of an account and tells of it as `uploadBlob` does.
    pub(super) fn keep_blob(&mut self, did: &str, bytes: bytes::Bytes, declared: &str) -> Value {
        let mime = if self.keeps(Rule::BlobTypeIsSniffed) {
            sniff(&bytes)
                .unwrap_or(if declared == "*/*" {
                    "application/octet-stream"
                } else {
                    declared
                })
                .to_owned()
        } else {
            "application/octet-stream".to_owned()
        };
        let cid = ids::blob_cid(&bytes);
        let blob = json!({
            "$type": "blob", "ref": { "$link": cid }, "mimeType": mime, "size": bytes.len(),
        });
        if let Some(account) = self.accounts.get_mut(did) {
            account.blobs.entry(cid).or_insert(Blob {
                mime,
                bytes,
                referred: false,
            });
        }
        blob
    }
}

pub(super) fn upload_blob(world: &mut World, call: &Call<'_>) -> Answer {
    let declared = call.header("content-type").unwrap_or_default();
    let mime = declared
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let mime_shaped = mime
        .split_once('/')
        .is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty());
    if !mime_shaped {
        return Err(Refusal::invalid(
            "Request encoding (Content-Type) required but not provided",
        ));
    }
    if call.body.is_empty() {
        return Err(Refusal::invalid(
            "A request body is expected but none was provided",
        ));
    }
    let limit = if world.keeps(Rule::BlobSizeLimit) {
        world.settings.blob_limit
    } else {
        16
    };
    if call.body.len() > limit {
        return Err(Refusal::new(
            413,
            "PayloadTooLarge",
            "request entity too large",
        ));
    }
    let did = call.me()?.to_owned();
    world.limits.spend(Limiter::Blobs, &did, 1, call.now)?;
    let blob = world.keep_blob(&did, call.body.clone(), &mime);
    Ok(Reply::json(json!({ "blob": blob })))
}

pub(super) fn get_blob(world: &mut World, call: &Call<'_>) -> Answer {
    let did = call.need_format("did", Format::Did)?;
    let cid = call.need_format("cid", Format::Cid)?;
    let account = world.accounts.get(did).ok_or_else(|| {
        Refusal::named(
            "RepoNotFound",
            format!("Could not find repo for DID: {did}"),
        )
    })?;
    let blob = account.blobs.get(cid).filter(|blob| blob.referred);
    let blob = blob.ok_or_else(|| Refusal::invalid("Blob not found"))?;
    let body = ReplyBody::File {
        bytes: blob.bytes.clone(),
        mime: blob.mime.clone(),
    };
    let reply = Reply {
        status: 200,
        body,
        headers: Vec::new(),
    };
    Ok(reply
        .with("x-content-type-options", "nosniff")
        .with(
            "content-disposition",
            format!("attachment; filename=\"{cid}\""),
        )
        .with("content-security-policy", "default-src 'none'; sandbox"))
}

pub(super) fn create_report(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?.to_owned();
    let subject = call.input.get("subject").cloned().unwrap_or(Value::Null);
    world.reports += 1;
    let mut body = json!({
        "id": world.reports, "reasonType": call.need_field("reasonType")?, "subject": subject,
        "reportedBy": me, "createdAt": iso(call.now),
    });
    if let (Some(fields), Some(reason)) = (body.as_object_mut(), call.field("reason")) {
        fields.insert("reason".to_owned(), json!(reason));
    }
    Ok(Reply::json(body))
}
