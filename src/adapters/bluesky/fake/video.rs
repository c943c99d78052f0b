//! The video service (app.bsky.video), reached with a token that was made for it.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::faults::Rule;
use super::ids;
use super::state::World;
use super::xrpc::{Answer, Call, Refusal, Reply};

/// What an account may upload in a day (announced with the feature).
const DAILY_VIDEOS: u64 = 25;
const DAILY_BYTES: u64 = 10_000_000_000;

#[derive(Clone, Debug)]
struct Job {
    did: String,
    cid: String,
    bytes: Bytes,
    started: Timestamp,
    /// What `uploadBlob` of the PDS answered when the job was done.
    blob: Option<Value>,
}

#[derive(Debug, Default)]
pub(super) struct Video {
    jobs: BTreeMap<String, Job>,
}

impl World {
    /// Whose token it is, if it was made for a method and an audience that fits.
    fn video_caller(
        &self,
        call: &Call<'_>,
        method: &str,
        fits: fn(&str, &str) -> bool,
    ) -> Result<String, Refusal> {
        let token = self.service_token(call)?;
        if !self.keeps(Rule::VideoNeedsServiceToken) {
            return Err(Refusal::new(401, "BadJwt", "could not verify jwt"));
        }
        if token.method.as_deref().is_some_and(|named| named != method) || token.method.is_none() {
            return Err(Refusal::new(
                401,
                "BadJwtLexiconMethod",
                "bad jwt lexicon method (\"lxm\")",
            ));
        }
        if !fits(&token.audience, &call.host) {
            return Err(Refusal::new(
                401,
                "BadJwtAudience",
                "jwt audience does not match service did",
            ));
        }
        Ok(token.issuer)
    }

    fn uploaded_today(&self, did: &str, now: Timestamp) -> (u64, u64) {
        let day = now
            .checked_sub(SignedDuration::from_hours(24))
            .unwrap_or(Timestamp::MIN);
        let jobs = self
            .video
            .jobs
            .values()
            .filter(|job| job.did == did && job.started > day);
        jobs.fold((0, 0), |(count, bytes), job| {
            (count + 1, bytes + job.bytes.len() as u64)
        })
    }

    /// Moves a job on to `now`: what is done is kept as a blob of the account.
    fn work(&mut self, id: &str, now: Timestamp) -> Option<Value> {
        let job = self.video.jobs.get(id)?.clone();
        let passed = now.duration_since(job.started);
        let whole = self.settings.video_time;
        let mut status = json!({ "jobId": id, "did": job.did });
        let fields = status.as_object_mut()?;
        if passed < whole {
            let share = (passed.as_millis().max(0) * 100) / whole.as_millis().max(1);
            let state = match share {
                0..20 => "JOB_STATE_CREATED",
                20..60 => "JOB_STATE_ENCODING",
                60..80 => "JOB_STATE_SCANNING",
                _ => "JOB_STATE_UPLOADING",
            };
            fields.insert("state".to_owned(), json!(state));
            fields.insert(
                "progress".to_owned(),
                json!(i64::try_from(share).unwrap_or(0)),
            );
            return Some(status);
        }
        if !self.keeps(Rule::VideoIsProcessed) {
            fields.insert("state".to_owned(), json!("JOB_STATE_FAILED"));
            fields.insert("failureCode".to_owned(), json!("encoding_failure"));
            fields.insert("error".to_owned(), json!("encoding_failure"));
            fields.insert(
                "message".to_owned(),
                json!("The video could not be encoded"),
            );
            return Some(status);
        }
        let blob = match job.blob {
            Some(blob) => blob,
            None => self.keep_blob(&job.did, job.bytes.clone(), "video/mp4"),
        };
        fields.insert("state".to_owned(), json!("JOB_STATE_COMPLETED"));
        fields.insert("progress".to_owned(), json!(100));
        fields.insert("blob".to_owned(), blob.clone());
        if let Some(job) = self.video.jobs.get_mut(id) {
            job.blob = Some(blob);
        }
        Some(status)
    }
}

/// By its own name, or by that of the host where the fake is served.
fn is_video_service(audience: &str, host: &str) -> bool {
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    audience == "did:web:video.bsky.app" || audience.strip_prefix("did:web:") == Some(host)
}

/// The upload is made in the name of the account's own server.
fn is_server(audience: &str, _host: &str) -> bool {
    audience.starts_with("did:web:") && audience != "did:web:video.bsky.app"
}

pub(super) fn get_upload_limits(world: &mut World, call: &Call<'_>) -> Answer {
    let did = world.video_caller(call, "app.bsky.video.getUploadLimits", is_video_service)?;
    let (videos, bytes) = world.uploaded_today(&did, call.now);
    let (videos, bytes) = (
        DAILY_VIDEOS.saturating_sub(videos),
        DAILY_BYTES.saturating_sub(bytes),
    );
    let can = videos > 0 && bytes > 0;
    let mut body =
        json!({ "canUpload": can, "remainingDailyVideos": videos, "remainingDailyBytes": bytes });
    if let Some(fields) = body.as_object_mut().filter(|_| !can) {
        fields.insert("error".to_owned(), json!("DailyLimitExceeded"));
        fields.insert(
            "message".to_owned(),
            json!("User has exceeded daily upload limit"),
        );
    }
    Ok(Reply::json(body))
}

pub(super) fn upload_video(world: &mut World, call: &Call<'_>) -> Answer {
    let issuer = world.video_caller(call, "com.atproto.repo.uploadBlob", is_server)?;
    if call.param("did").is_some_and(|did| did != issuer) {
        return Err(Refusal::new(
            401,
            "Unauthorized",
            "token is not of the account that is named",
        ));
    }
    if !world.accounts.contains_key(&issuer) {
        return Err(Refusal::new(401, "Unauthorized", "unknown account"));
    }
    let mime = call.header("content-type").unwrap_or_default();
    if mime.split(';').next().unwrap_or_default().trim() != "video/mp4" {
        return Err(Refusal::named(
            "UnsupportedContentType",
            "Only video/mp4 is taken",
        ));
    }
    if call.body.is_empty() {
        return Err(Refusal::invalid("The video is empty"));
    }
    if call.body.len() > world.settings.video_limit {
        return Err(Refusal::named(
            "VideoTooLarge",
            format!("The limit is {} bytes", world.settings.video_limit),
        ));
    }
    let cid = ids::blob_cid(call.body);
    let known = world
        .video
        .jobs
        .iter()
        .find(|(_, job)| job.did == issuer && job.cid == cid)
        .map(|(id, _)| id.clone());
    if let Some(id) = known {
        let status = world.work(&id, call.now).ok_or_else(Refusal::internal)?;
        let done = status.get("blob").is_some();
        let mut body = json!({ "jobStatus": status });
        if let (Some(fields), true) = (body.as_object_mut(), done) {
            fields.insert("error".to_owned(), json!("already_exists"));
            fields.insert("message".to_owned(), json!("Video already processed"));
        }
        let mut reply = Reply::json(body);
        reply.status = if done { 409 } else { 200 };
        return Ok(reply);
    }
    let (videos, bytes) = world.uploaded_today(&issuer, call.now);
    if videos >= DAILY_VIDEOS || bytes + call.body.len() as u64 > DAILY_BYTES {
        return Err(Refusal::named(
            "DailyLimitExceeded",
            "User has exceeded daily upload limit",
        ));
    }
    let id = world.next_tid(call.now);
    let job = Job {
        did: issuer,
        cid,
        bytes: call.body.clone(),
        started: call.now,
        blob: None,
    };
    world.video.jobs.insert(id.clone(), job);
    let status = world.work(&id, call.now).ok_or_else(Refusal::internal)?;
    Ok(Reply::json(json!({ "jobStatus": status })))
}

pub(super) fn get_job_status(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.need("jobId")?;
    let status = world
        .work(id, call.now)
        .ok_or_else(|| Refusal::invalid("Job not found"))?;
    Ok(Reply::json(json!({ "jobStatus": status })))
}
