//! Files: sent whole or in pieces, worked on for a while, described, and forgotten where nobody uses them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::faults::Rule;
use super::state::{Id, World};
use super::wire::{Answer, Call, Part, Refusal, Reply, bad_body, only, parts};

/// How far X is with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// Still sent in pieces.
    Open,
    /// Ready from this second on.
    Until(i64, i64),
}

#[derive(Clone, Debug)]
pub(super) struct Medium {
    pub(super) id: Id,
    pub(super) owner: Id,
    pub(super) category: String,
    pub(super) kind: String,
    total: usize,
    /// Pieces by their place.
    pieces: std::collections::BTreeMap<u64, Bytes>,
    size: (i64, i64),
    work: Work,
    /// Why it failed.
    failed: bool,
    ends: i64,
    pub(super) alt: Option<String>,
    pub(super) used: bool,
    pub(super) views: i64,
    /// Languages that it has subtitles in.
    pub(super) subtitles: std::collections::BTreeSet<String>,
}

impl Medium {
    pub(super) fn key(&self) -> String {
        let kind = match self.word() {
            "photo" => 3,
            "animated_gif" => 16,
            _ => 7,
        };
        format!("{kind}_{}", self.id)
    }

    /// What posts call it.
    pub(super) fn word(&self) -> &'static str {
        match self.category.rsplit('_').next() {
            Some("gif") => "animated_gif",
            Some("video") => "video",
            _ => "photo",
        }
    }

    /// `pending`, `in_progress`, `succeeded` or `failed`, with the part that is done; nothing where there is nothing to do.
    fn state(&self, now: i64, takes_time: bool) -> Option<(&'static str, i64, i64)> {
        if self.word() == "photo" {
            return None;
        }
        let Work::Until(began, ends) = self.work else {
            return Some(("pending", 0, 1));
        };
        if now < ends && takes_time {
            let part = (now - began) * 100 / (ends - began).max(1);
            let state = if part == 0 { "pending" } else { "in_progress" };
            return Some((state, part, (ends - now).clamp(1, 5)));
        }
        Some(if self.failed {
            ("failed", 100, 0)
        } else {
            ("succeeded", 100, 0)
        })
    }

    pub(super) fn view(&self, wanted: &dyn Fn(&str) -> bool) -> Value {
        let word = self.word();
        let mut told = json!({ "media_key": self.key(), "type": word });
        let mut put = |name: &str, value: Value| {
            if wanted(name) {
                told[name] = value;
            }
        };
        put("width", json!(self.size.0));
        put("height", json!(self.size.1));
        if let Some(alt) = &self.alt {
            put("alt_text", json!(alt));
        }
        let file = format!("https://pbs.twimg.com/media/{}.jpg", self.id);
        if word == "photo" {
            put("url", json!(file));
        } else {
            put("preview_image_url", json!(file));
            let address = format!("https://video.twimg.com/vid/{}.mp4?tag=12", self.id);
            put(
                "variants",
                json!([
                    { "bit_rate": 832_000, "content_type": "video/mp4", "url": address },
                    { "content_type": "application/x-mpegURL", "url": format!("https://video.twimg.com/pl/{}.m3u8", self.id) },
                ]),
            );
            if word == "video" {
                put("duration_ms", json!(5_000));
            }
            put("public_metrics", json!({ "view_count": self.views }));
        }
        told
    }
}

const CATEGORIES: [&str; 8] = [
    "amplify_video",
    "tweet_gif",
    "tweet_image",
    "tweet_video",
    "dm_gif",
    "dm_image",
    "dm_video",
    "subtitles",
];

fn problem(status: u16, detail: &str) -> Refusal {
    Refusal::problem(status, "invalid-request", "Invalid Request", detail)
}

/// What the first bytes say.
fn kind_of(bytes: &[u8]) -> Option<(&'static str, (i64, i64))> {
    let short = |at: usize| -> Option<i64> {
        Some(i64::from(*bytes.get(at)?) * 256 + i64::from(*bytes.get(at + 1)?))
    };
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some((
            "image/png",
            (short(18).unwrap_or(1), short(22).unwrap_or(1)),
        ));
    }
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Some(("image/jpeg", (640, 480)));
    }
    if bytes.starts_with(b"GIF8") {
        let low = |at: usize| bytes.get(at).map_or(1, |b| i64::from(*b));
        return Some(("image/gif", (low(6), low(8))));
    }
    if bytes.get(8..12) == Some(b"WEBP") {
        return Some(("image/webp", (640, 480)));
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Some(("video/mp4", (1280, 720)));
    }
    None
}

fn fits(category: &str, kind: &str) -> bool {
    match category.rsplit('_').next() {
        Some("image") => kind.starts_with("image/"),
        Some("gif") => kind == "image/gif" || kind == "video/mp4",
        Some("video") => kind.starts_with("video/"),
        _ => true,
    }
}

/// How many bytes a category takes.
fn most(category: &str) -> usize {
    match category.rsplit('_').next() {
        Some("image") => 5 * 1024 * 1024,
        Some("gif") => 15 * 1024 * 1024,
        _ => 512 * 1024 * 1024,
    }
}

impl World {
    fn media_part(call: &Call<'_>) -> Vec<Part> {
        parts(call.headers, call.bytes)
    }

    /// A text field of a form or of a JSON body.
    fn field(call: &Call<'_>, form: &[Part], name: &str) -> Option<String> {
        let part = form.iter().find(|part| part.name == name);
        part.map(|part| String::from_utf8_lossy(&part.bytes).into_owned())
            .or_else(|| match call.body.get(name)? {
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            })
    }

    fn file(call: &Call<'_>, form: &[Part]) -> Option<Bytes> {
        if let Some(part) = form.iter().find(|part| part.name == "media") {
            return Some(part.bytes.clone());
        }
        let text = call.body.get("media")?.as_str()?;
        STANDARD.decode(text).ok().map(Bytes::from)
    }

    fn known_fields(form: &[Part], call: &Call<'_>, known: &[&str]) -> Result<(), Refusal> {
        if let Some(part) = form
            .iter()
            .find(|part| !known.contains(&part.name.as_str()))
        {
            return Err(bad_body(&part.name));
        }
        if form.is_empty() {
            only("", &call.body, known)?;
        }
        Ok(())
    }

    fn new_medium(
        &mut self,
        owner: Id,
        category: &str,
        kind: &str,
        total: usize,
        now: Timestamp,
    ) -> Id {
        let id = self.new_id(now);
        let ends = now.as_second() + self.settings.media_life;
        self.media.insert(
            id,
            Medium {
                id,
                owner,
                category: category.to_owned(),
                kind: kind.to_owned(),
                total,
                pieces: std::collections::BTreeMap::new(),
                size: (1, 1),
                work: Work::Open,
                failed: false,
                ends,
                alt: None,
                used: false,
                views: 0,
                subtitles: std::collections::BTreeSet::new(),
            },
        );
        id
    }

    /// What an upload answers that is complete.
    fn uploaded(&self, id: Id, now: i64) -> Value {
        let Some(medium) = self.media.get(&id) else {
            return json!({});
        };
        let mut told = json!({
            "id": id.to_string(),
            "media_key": medium.key(),
            "size": medium.total,
            "expires_after_secs": (medium.ends - now).max(0),
        });
        if medium.word() == "photo" {
            told["image"] =
                json!({ "image_type": medium.kind, "w": medium.size.0, "h": medium.size.1 });
        } else {
            told["video"] = json!({ "video_type": medium.kind });
        }
        if let Some((state, part, wait)) = medium.state(now, self.keeps(Rule::ProcessingTakesTime))
        {
            let mut info = json!({ "state": state, "progress_percent": part });
            if wait > 0 {
                info["check_after_secs"] = json!(wait);
            }
            told["processing_info"] = info;
        }
        told
    }

    pub(super) fn upload(&mut self, call: &Call<'_>) -> Answer {
        let form = Self::media_part(call);
        Self::known_fields(
            &form,
            call,
            &["media", "media_category", "additional_owners"],
        )?;
        let category = Self::field(call, &form, "media_category").unwrap_or_default();
        if !CATEGORIES.contains(&category.as_str()) || category == "amplify_video" {
            return Err(bad_body("media_category"));
        }
        let bytes = Self::file(call, &form).ok_or_else(|| bad_body("media"))?;
        let owner = call.me().unwrap_or_default();
        let (kind, size) = self.looked_at(&category, &bytes)?;
        let id = self.new_medium(owner, &category, kind, bytes.len(), call.now);
        self.finish(id, size, call.now);
        Ok(Reply::data(self.uploaded(id, call.now.as_second())))
    }

    fn looked_at(
        &self,
        category: &str,
        bytes: &Bytes,
    ) -> Result<(&'static str, (i64, i64)), Refusal> {
        let found = kind_of(bytes);
        if !self.keeps(Rule::FilesAreLookedAt) {
            return Ok(found.unwrap_or(("image/png", (1, 1))));
        }
        if category == "subtitles" && std::str::from_utf8(bytes).is_ok() {
            return Ok(("text/srt", (0, 0)));
        }
        let (kind, size) = found.ok_or_else(|| problem(400, "media type unrecognized."))?;
        if !fits(category, kind) {
            return Err(problem(
                400,
                "media_category does not match the media type.",
            ));
        }
        if bytes.len() > most(category) {
            return Err(problem(400, "File size exceeds the limit of its category."));
        }
        Ok((kind, size))
    }

    fn finish(&mut self, id: Id, size: (i64, i64), now: Timestamp) {
        let began = now.as_second();
        let ends = began + self.settings.processing;
        if let Some(medium) = self.media.get_mut(&id) {
            medium.size = size;
            medium.work = Work::Until(began, ends);
        }
    }

    pub(super) fn upload_begin(&mut self, call: &Call<'_>) -> Answer {
        only(
            "",
            &call.body,
            &[
                "media_type",
                "total_bytes",
                "media_category",
                "additional_owners",
                "shared",
            ],
        )?;
        let text = |name: &str| {
            call.body
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (category, kind) = (text("media_category"), text("media_type"));
        let total = call.body.get("total_bytes").and_then(Value::as_u64);
        let total = total.and_then(|total| usize::try_from(total).ok());
        let total = total.ok_or_else(|| bad_body("total_bytes"))?;
        if !CATEGORIES.contains(&category) {
            return Err(bad_body("media_category"));
        }
        if !fits(category, kind) || kind.is_empty() {
            return Err(bad_body("media_type"));
        }
        if total > most(category) && self.keeps(Rule::FilesAreLookedAt) {
            return Err(problem(400, "File size exceeds the limit of its category."));
        }
        let owner = call.me().unwrap_or_default();
        let id = self.new_medium(owner, category, kind, total, call.now);
        let life = self.settings.media_life;
        let key = self.media.get(&id).map(Medium::key);
        Ok(Reply::data(json!({
            "id": id.to_string(),
            "media_key": key,
            "expires_after_secs": life,
        })))
    }

    /// A file of one's own that is still there.
    pub(super) fn own(&self, id: Id, call: &Call<'_>) -> Result<&Medium, Refusal> {
        let expires = self.keeps(Rule::MediaExpire);
        self.media
            .get(&id)
            .filter(|medium| Some(medium.owner) == call.me())
            .filter(|medium| medium.used || !expires || call.now.as_second() < medium.ends)
            .ok_or_else(|| super::change::missing("media", "id", id))
    }

    pub(super) fn upload_append(&mut self, call: &Call<'_>) -> Answer {
        let form = Self::media_part(call);
        Self::known_fields(&form, call, &["media", "segment_index"])?;
        let id = call.id("id")?;
        if self.own(id, call)?.work != Work::Open {
            return Err(problem(400, "The media was finalized already."));
        }
        let place = Self::field(call, &form, "segment_index").and_then(|text| text.parse().ok());
        let place: u64 = place
            .filter(|place| *place <= 999)
            .ok_or_else(|| bad_body("segment_index"))?;
        let bytes = Self::file(call, &form).ok_or_else(|| bad_body("media"))?;
        let mut ends = 0;
        if let Some(medium) = self.media.get_mut(&id) {
            medium.pieces.insert(place, bytes);
            ends = medium.ends;
        }
        Ok(Reply::data(json!({ "expires_at": ends })))
    }

    pub(super) fn upload_end(&mut self, call: &Call<'_>) -> Answer {
        let id = call.id("id")?;
        let medium = self.own(id, call)?;
        if medium.work == Work::Open {
            let whole: Vec<u8> = medium.pieces.values().flatten().copied().collect();
            let places = medium
                .pieces
                .keys()
                .copied()
                .eq(0..medium.pieces.len() as u64);
            let (category, total) = (medium.category.clone(), medium.total);
            if (!places || whole.len() != total) && self.keeps(Rule::PiecesMakeAWhole) {
                return Err(problem(
                    400,
                    "Segments do not add up to provided total file size.",
                ));
            }
            let (_, size) = self.looked_at(&category, &Bytes::from(whole))?;
            self.finish(id, size, call.now);
        }
        Ok(Reply::data(self.uploaded(id, call.now.as_second())))
    }

    pub(super) fn upload_status(&mut self, call: &Call<'_>) -> Answer {
        let id = call.number("media_id").unwrap_or_default();
        self.own(id, call)?;
        Ok(Reply::data(self.uploaded(id, call.now.as_second())))
    }

    pub(super) fn media_metadata(&mut self, call: &Call<'_>) -> Answer {
        only("", &call.body, &["id", "metadata"])?;
        let id = call.body_id("id")?;
        self.own(id, call)?;
        let alt = call
            .body
            .pointer("/metadata/alt_text/text")
            .and_then(Value::as_str);
        let alt = alt.ok_or_else(|| bad_body("metadata.alt_text.text"))?;
        if alt.chars().count() > 1000 && self.keeps(Rule::AltTextLimit) {
            return Err(bad_body("metadata.alt_text.text"));
        }
        let kept = self.keeps(Rule::AltTextIsKept);
        if let Some(medium) = self.media.get_mut(&id)
            && kept
        {
            medium.alt = Some(alt.to_owned());
        }
        Ok(Reply::data(json!({
            "id": id.to_string(),
            "associated_metadata": { "alt_text": { "text": alt } },
        })))
    }

    /// Whether these files can stand in one post, or in one message.
    pub(super) fn media_fits(
        &self,
        owner: Id,
        media: &[Id],
        place: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let bad = || problem(400, "Your media IDs are invalid.");
        let mut words = Vec::new();
        for id in media {
            let medium = self.media.get(id).filter(|medium| medium.owner == owner);
            let alive = medium.is_some_and(|medium| {
                medium.used || now.as_second() < medium.ends || !self.keeps(Rule::MediaExpire)
            });
            let (Some(medium), true) = (medium, alive) else {
                if self.keeps(Rule::MediaMustBeKnown) {
                    return Err(bad());
                }
                continue;
            };
            let state = medium.state(now.as_second(), self.keeps(Rule::ProcessingTakesTime));
            let ready =
                medium.work != Work::Open && state.is_none_or(|(state, ..)| state == "succeeded");
            if !ready && self.keeps(Rule::MediaMustBeReady) {
                return Err(bad());
            }
            let category = medium.category.as_str();
            let fits =
                category.starts_with(place) || (place == "tweet" && category == "amplify_video");
            if !fits && self.keeps(Rule::CategoriesFit) {
                return Err(bad());
            }
            words.push(medium.word());
        }
        let mixed = words.len() > 1 && words.iter().any(|word| *word != "photo");
        if mixed && self.keeps(Rule::OneVideoAlone) {
            return Err(problem(
                400,
                "A post holds up to four photos, or one video, or one GIF.",
            ));
        }
        Ok(())
    }

    pub(super) fn fail_processing(&mut self, id: Id) {
        if let Some(medium) = self.media.get_mut(&id) {
            medium.failed = true;
        }
    }

    pub(super) fn fail_processing_of_all(&mut self) {
        for medium in self.media.values_mut() {
            medium.failed = true;
        }
    }
}
