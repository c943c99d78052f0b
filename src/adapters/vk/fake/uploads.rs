//! Files: where they are sent, what is taken, and how they are saved.

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::access::Kind;
use super::attach;
use super::faults::Rule;
use super::routes::Call;
use super::state::{Attachment, Doc, Key, Photo, Story, Video, World};
use super::wall::Making;
use super::wire::{self, Answer, Part, Refusal};

/// The album of photos on walls.
const WALL_ALBUM: i64 = -14;
/// The album of photos in messages.
pub(super) const MESSAGES_ALBUM: i64 = -64;
/// How long an address takes a file, in seconds.
const GOOD_FOR: i64 = 3600;
/// The largest photo in bytes.
const LARGEST_PHOTO: usize = 50 * 1024 * 1024;
/// The most that width and height of a photo are together.
const LONGEST_SIDES: usize = 14_000;
/// How much longer one side of a photo may be than the other.
const STEEPEST: usize = 20;
/// The largest document in bytes.
const LARGEST_DOC: usize = 200 * 1024 * 1024;
/// The number of the server that took a photo.
const SERVER: i64 = 626_627;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Photo { album: i64 },
    Doc,
    Video(Key),
    Story { video: bool },
}

/// An address that takes one file.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    what: What,
    /// In whose name it was asked for.
    actor: i64,
    /// The community or conversation that it is for; 0: the caller's own.
    target: i64,
    ends: i64,
    used: bool,
    taken: Option<Taken>,
}

/// A file that was taken and waits to be saved.
#[derive(Clone, Debug)]
struct Taken {
    /// What a save must name.
    proof: String,
    /// What the address answered as the photo.
    list: String,
    name: String,
    size: (i64, i64),
    bytes: usize,
}

impl World {
    /// An address for one file.
    fn address(&mut self, what: What, actor: i64, target: i64, now: i64) -> String {
        let key = self.secret("upload");
        self.uploads.insert(
            key.clone(),
            Upload {
                what,
                actor,
                target,
                ends: now + GOOD_FOR,
                used: false,
                taken: None,
            },
        );
        format!("{}/upload/{key}", self.base)
    }

    pub(super) fn upload_server(&mut self, call: &Call<'_>) -> Answer {
        let (kind, now) = (call.kind(), call.second());
        let name = call.method.name;
        let group = match call.p.int("group_id").filter(|id| *id != 0) {
            Some(id) => self.managed(Some(id), kind)?,
            None => 0,
        };
        let peer = call.p.int("peer_id").unwrap_or(0);
        let what = match name {
            "photos.getWallUploadServer" => What::Photo { album: WALL_ALBUM },
            "photos.getMessagesUploadServer" => What::Photo {
                album: MESSAGES_ALBUM,
            },
            "stories.getPhotoUploadServer" => What::Story { video: false },
            "stories.getVideoUploadServer" => What::Story { video: true },
            _ => What::Doc,
        };
        if name.contains("Messages")
            && peer != 0
            && let Kind::Community(id) = kind
        {
            self.may_write(id, peer, call.now)?;
        }
        let target = if group == 0 { peer } else { group };
        let url = self.address(what, kind.actor(), target, now);
        Ok(match what {
            What::Photo { album } => {
                let mut answer = json!({
                    "album_id": album,
                    "upload_url": url,
                    "user_id": kind.user().unwrap_or(0),
                });
                if let (Some(fields), Kind::Community(id)) = (answer.as_object_mut(), kind) {
                    fields.insert("group_id".to_owned(), json!(id));
                }
                answer
            }
            What::Story { .. } => json!({ "upload_url": url, "user_ids": [] }),
            _ => json!({ "upload_url": url }),
        })
    }

    /// Takes a file.
    pub(super) fn upload(&mut self, key: &str, request: &Request<Bytes>, now: Timestamp) -> Value {
        let failed = |why: &str| json!({ "error": why });
        let single = self.keeps(Rule::UploadsAreSingleUse);
        let Some(upload) = self.uploads.get(key).cloned() else {
            return failed("ERR_UPLOAD_BAD_KEY: no such address");
        };
        if (upload.used && single) || upload.ends <= now.as_second() {
            return failed("ERR_UPLOAD_BAD_KEY: the address is no longer good");
        }
        let field = match upload.what {
            What::Photo { .. } => "photo",
            What::Video(_) => "video_file",
            What::Doc | What::Story { .. } => "file",
        };
        let parts = wire::parts(request.headers(), request.body());
        let Some(part) = parts
            .iter()
            .find(|part| part.name == field && part.file.is_some())
        else {
            return failed("ERR_UPLOAD_FILE_NOT_UPLOADED: file not uploaded");
        };
        if let Some(upload) = self.uploads.get_mut(key) {
            upload.used = true;
        }
        match upload.what {
            What::Photo { .. } => self.take_photo(key, part),
            What::Doc => self.take_doc(key, part),
            What::Video(video) => self.take_video(video, part, now),
            What::Story { .. } => {
                let proof = self.take(key, part, String::new(), (720, 1280));
                json!({ "response": { "upload_result": proof }, "_sig": "fake" })
            }
        }
    }

    fn take(&mut self, key: &str, part: &Part, list: String, size: (i64, i64)) -> String {
        let proof = self.secret("proof");
        if let Some(upload) = self.uploads.get_mut(key) {
            upload.taken = Some(Taken {
                proof: proof.clone(),
                list,
                name: part.file.clone().unwrap_or_default(),
                size,
                bytes: part.bytes.len(),
            });
        }
        proof
    }

    fn take_photo(&mut self, key: &str, part: &Part) -> Value {
        let size = photo_size(&part.bytes)
            .or_else(|| (!self.keeps(Rule::EmptyPhoto)).then_some((100, 100)));
        let Some((width, height)) = size else {
            return json!({ "server": SERVER, "photo": "[]", "hash": "" });
        };
        let list = json!([{
            "markers_restarted": true,
            "photo": self.secret("photo"),
            "sizes": [["x", width, height]],
            "latitude": 0,
            "longitude": 0,
            "kid": "fake",
        }])
        .to_string();
        let hash = self.take(key, part, list.clone(), (width, height));
        json!({ "server": SERVER, "photo": list, "hash": hash })
    }

    fn take_doc(&mut self, key: &str, part: &Part) -> Value {
        let name = part.file.clone().unwrap_or_default().to_ascii_lowercase();
        let barred = ["mp3", "exe", "bat", "cmd", "apk"]
            .iter()
            .any(|ext| name.ends_with(&format!(".{ext}")));
        if barred || part.bytes.is_empty() || part.bytes.len() > LARGEST_DOC {
            return json!({
                "error": "ERR_UPLOAD_FILE_REJECTED: this type of file is not allowed",
            });
        }
        json!({ "file": self.take(key, part, String::new(), (0, 0)) })
    }

    fn take_video(&mut self, key: Key, part: &Part, now: Timestamp) -> Value {
        let ready = now.as_second() + self.settings.video_time;
        if part.bytes.is_empty() {
            return json!({ "error": "ERR_UPLOAD_FILE_REJECTED: the file is empty" });
        }
        if let Some(video) = self.videos.get_mut(&key) {
            video.empty = false;
            video.ready_at = ready;
        }
        let hash = self.secret("video");
        json!({
            "size": part.bytes.len(),
            "owner_id": key.0,
            "video_id": key.1,
            "video_hash": hash,
        })
    }

    /// The upload that this proof came from.
    fn taken(&mut self, proof: &str, wanted: impl Fn(What) -> bool) -> Option<(Upload, Taken)> {
        let (key, upload) = self.uploads.iter().find(|(_, upload)| {
            wanted(upload.what)
                && upload
                    .taken
                    .as_ref()
                    .is_some_and(|taken| taken.proof == proof)
        })?;
        let (key, upload) = (key.clone(), upload.clone());
        let taken = upload.taken.clone()?;
        self.uploads.remove(&key);
        Some((upload, taken))
    }

    pub(super) fn save_photo(&mut self, call: &Call<'_>) -> Answer {
        let list = call.p.text("photo").unwrap_or_default();
        if list.is_empty() || list == "[]" {
            return Err(Refusal::param("photos_list is invalid"));
        }
        let bad_hash = || Refusal::new(121, "Invalid hash");
        let album = if call.method.name == "photos.saveWallPhoto" {
            WALL_ALBUM
        } else {
            MESSAGES_ALBUM
        };
        let actor = call.kind().actor();
        let group = match call.p.int("group_id").filter(|id| *id != 0) {
            Some(id) => self.community(Some(id))?,
            None => 0,
        };
        let hash = call.p.text("hash").unwrap_or_default();
        let checks = self.keeps(Rule::UploadHash);
        let list_owned = list.to_owned();
        let proof = if checks {
            hash.to_owned()
        } else {
            // Broken: whatever was uploaded under this list is taken.
            self.uploads
                .values()
                .filter_map(|upload| upload.taken.as_ref())
                .find(|taken| taken.list == list_owned)
                .map_or_else(String::new, |taken| taken.proof.clone())
        };
        let known = self.uploads.values().find(|upload| {
            upload.what == What::Photo { album }
                && upload
                    .taken
                    .as_ref()
                    .is_some_and(|taken| taken.proof == proof && taken.list == list)
        });
        let known = known.ok_or_else(bad_hash)?;
        let fits = known.actor == actor && (album != WALL_ALBUM || known.target == group);
        if call.p.int("server") != Some(SERVER) {
            return Err(Refusal::new(118, "Invalid server"));
        }
        if !fits && self.keeps(Rule::UploadsKnowTheirWall) {
            return Err(bad_hash());
        }
        let (_, taken) = self
            .taken(&proof, |what| what == What::Photo { album })
            .ok_or_else(bad_hash)?;
        let id = 457_239_000 + self.next();
        let photo = Photo {
            owner: actor,
            id,
            access: self.secret("key"),
            size: taken.size,
            text: call
                .p
                .text("caption")
                .filter(|_| self.keeps(Rule::CaptionsAreKept))
                .unwrap_or_default()
                .to_owned(),
            date: call.second(),
            album,
        };
        let view = self.photo_view(&photo);
        // Broken: what was saved for another wall is lost, as it was on real walls.
        if fits {
            self.photos.insert((actor, id), photo);
        }
        Ok(json!([view]))
    }

    pub(super) fn save_doc(&mut self, call: &Call<'_>) -> Answer {
        let file = call.p.text("file").unwrap_or_default();
        let (upload, taken) = self
            .taken(file, |what| what == What::Doc)
            .ok_or_else(|| Refusal::new(105, "Couldn't save file"))?;
        let id = 457_239_000 + self.next();
        let title = call.p.text("title").unwrap_or(&taken.name).to_owned();
        let ext = taken
            .name
            .rsplit_once('.')
            .map_or_else(|| "bin".to_owned(), |(_, ext)| ext.to_ascii_lowercase());
        let doc = Doc {
            owner: upload.actor,
            id,
            access: self.secret("key"),
            title,
            ext,
            size: i64::try_from(taken.bytes).unwrap_or(i64::MAX),
            date: call.second(),
        };
        let view = self.doc_view(&doc);
        self.docs.insert((doc.owner, id), doc);
        Ok(json!({ "type": "doc", "doc": view }))
    }

    pub(super) fn save_video(&mut self, call: &Call<'_>) -> Answer {
        let kind = call.kind();
        let owner = match call.p.int("group_id").filter(|id| *id != 0) {
            Some(id) => -self.managed(Some(id), kind)?,
            None => kind.actor(),
        };
        let now = call.second();
        let id = 456_239_000 + self.next();
        let video = Video {
            owner,
            id,
            access: self.secret("key"),
            title: call.p.text("name").unwrap_or("No name").to_owned(),
            description: call.p.text("description").unwrap_or_default().to_owned(),
            private: call.p.flag("is_private"),
            date: now,
            empty: true,
            ready_at: now,
        };
        let url = self.address(What::Video((owner, id)), kind.actor(), 0, now);
        let answer = json!({
            "access_key": video.access,
            "description": video.description,
            "owner_id": owner,
            "title": video.title,
            "upload_url": url,
            "video_id": id,
        });
        self.videos.insert((owner, id), video);
        if call.p.flag("wallpost") {
            let attachment = Attachment::Media {
                kind: "video".to_owned(),
                key: (owner, id),
                access: None,
            };
            let making = Making {
                owner,
                from: owner,
                by: kind.actor(),
                text: String::new(),
                attachments: vec![attachment],
                date: now,
            };
            let key = self.add_post(making, now).key();
            self.tell_post("wall_post_new", key, now);
        }
        Ok(answer)
    }

    pub(super) fn videos_get(&self, call: &Call<'_>) -> Answer {
        let now = call.second();
        let (offset, count) = call.p.page(100, 200);
        let wanted = call.p.list("videos");
        let found: Vec<&Video> = if wanted.is_empty() {
            let owner = self.owner(call.p.int("owner_id"), call.kind())?;
            let mut found: Vec<&Video> = self
                .videos
                .values()
                .filter(|video| video.owner == owner)
                .collect();
            found.reverse();
            found
        } else {
            wanted
                .into_iter()
                .filter_map(attach::key)
                .filter_map(|(key, _)| self.videos.get(&key))
                .collect()
        };
        let (total, page) = self.cut(found, offset, count);
        let items: Vec<Value> = page
            .into_iter()
            .map(|video| self.video_view(video, now))
            .collect();
        Ok(json!({ "count": total, "items": items }))
    }

    pub(super) fn photos_by_id(&self, call: &Call<'_>) -> Answer {
        let views: Vec<Value> = call
            .p
            .list("photos")
            .into_iter()
            .filter_map(attach::key)
            .filter_map(|(key, _)| self.photos.get(&key))
            .map(|photo| self.photo_view(photo))
            .collect();
        Ok(json!(views))
    }

    fn story_view(story: &Story) -> Value {
        let mut view = json!({
            "id": story.id,
            "owner_id": story.owner,
            "access_key": story.access,
            "date": story.date,
            "expires_at": story.date + 24 * 3600,
            "type": if story.video { "video" } else { "photo" },
            "can_see": 1,
            "views": 0,
        });
        if let (Some(fields), Some(url)) = (view.as_object_mut(), &story.link) {
            fields.insert("link".to_owned(), json!({ "text": "open", "url": url }));
        }
        view
    }

    pub(super) fn save_stories(&mut self, call: &Call<'_>) -> Answer {
        let mut items = Vec::new();
        for proof in call.p.list("upload_results") {
            let (upload, _) = self
                .taken(proof, |what| matches!(what, What::Story { .. }))
                .ok_or_else(|| Refusal::param("upload_results is invalid"))?;
            let owner = if upload.target > 0 {
                -upload.target
            } else {
                upload.actor
            };
            let id = 456_239_000 + self.next();
            let story = Story {
                owner,
                id,
                access: self.secret("key"),
                video: upload.what == What::Story { video: true },
                date: call.second(),
                link: None,
            };
            items.push(Self::story_view(&story));
            self.stories.insert((owner, id), story);
        }
        Ok(json!({ "count": items.len(), "items": items }))
    }

    pub(super) fn get_stories(&self, call: &Call<'_>) -> Answer {
        let owner = self.owner(call.p.int("owner_id"), call.kind())?;
        let now = call.second();
        let stories: Vec<Value> = self
            .stories
            .values()
            .filter(|story| story.owner == owner && story.date + 24 * 3600 > now)
            .map(Self::story_view)
            .collect();
        let mut items = Vec::new();
        if !stories.is_empty() {
            items.push(json!({ "type": "stories", "stories": stories }));
        }
        Ok(json!({ "count": items.len(), "items": items, "need_upload_screen": false }))
    }
}

/// Width and height of a photo that VK takes.
fn photo_size(bytes: &[u8]) -> Option<(i64, i64)> {
    use imagesize::ImageType;
    let known = matches!(
        imagesize::image_type(bytes),
        Ok(ImageType::Jpeg | ImageType::Png | ImageType::Gif)
    );
    let size = imagesize::blob_size(bytes).ok().filter(|_| known)?;
    let (long, short) = (
        size.width.max(size.height),
        size.width.min(size.height).max(1),
    );
    let fits = bytes.len() <= LARGEST_PHOTO
        && size.width + size.height <= LONGEST_SIDES
        && long <= short * STEEPEST;
    fits.then_some((
        i64::try_from(size.width).ok()?,
        i64::try_from(size.height).ok()?,
    ))
}
