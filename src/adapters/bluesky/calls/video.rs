//! The video service: a file goes to it with a token for that one call, and it hands the finished one to the server.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;
use url::Url;

use super::super::fault::{Asked, UNVERIFIED};
use super::super::rules::{self, NETWORK, Reach};
use super::super::{Bluesky, wire};
use super::publish::fits;
use super::{Voice, harmless, invalid, xrpc};
use crate::client::{Answer, Request, WriteSafety, upload_time};
use crate::error::{Error, ErrorKind, Need, Result, Rule};
use crate::model::Media;
use crate::operation::Operation;

/// How long to wait between two questions after a video (docs: one to two seconds).
const PAUSE: Duration = Duration::from_millis(1500);
/// How long a video may take to be worked on. Minutes are usual.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

impl Bluesky {
    /// Uploads a video by way of the service, and waits until it is ready.
    pub(super) async fn video_by_service(
        &self,
        operation: &Operation,
        service: &Url,
        media: &Media,
        field: &str,
    ) -> Result<Value> {
        if let Some(size) = media.size {
            fits(size, self.inner.video_bytes, field)?;
        }
        let session = self.session().await?;
        let server = self.holder(operation, &session.tokens).await?;
        let host = server.host_str().unwrap_or_default();
        let audience = format!("did:web:{host}");
        let token = self
            .service_token(operation, &audience, "com.atproto.repo.uploadBlob")
            .await?;
        let mut url = xrpc(service, "app.bsky.video.uploadVideo");
        let name = media.name.as_deref().unwrap_or("video.mp4");
        url.query_pairs_mut()
            .append_pair("did", session.tokens.did())
            .append_pair("name", name);
        // The service knows a file again by its content, so that it may be sent twice.
        let request = Request::post(operation.clone(), url)
            .safety(WriteSafety::Idempotent)
            .media(media.clone())
            .attempt_timeout(upload_time(media.size));
        let answer = self
            .speak_to_video(request, Some(&token))
            .await
            .map_err(harmless)?;
        self.finished(operation, service, answer)
            .await
            .map_err(|error| {
                if error.kind() == &ErrorKind::Rejected {
                    let message = error.message().to_owned();
                    return invalid(Rule::Other("video".to_owned()), field, message)
                        .with_operation(operation.clone());
                }
                error
            })
    }

    /// Follows a job until its file is there.
    async fn finished(&self, operation: &Operation, service: &Url, first: Answer) -> Result<Value> {
        let clock = self.inner.client.clock();
        let began = clock.now();
        let mut answer = first;
        let mut token = None;
        loop {
            let blob: wire::JobBlob = answer.json().map_err(harmless)?;
            let blob = blob.blob.or(blob.job_status.and_then(|job| job.blob));
            if let Some(blob) = blob.filter(Value::is_object) {
                return Ok(blob);
            }
            let id = {
                let told: wire::Job<'_> = wire::read(&answer).map_err(harmless)?;
                let job = match told.job_status.get() {
                    Some(job) => job,
                    None => &told,
                };
                if job.state.get() == Some("JOB_STATE_FAILED") {
                    return Err(failed(job));
                }
                match job.job_id.owned() {
                    Some(id) => id,
                    // No job began, and this is why.
                    None if job.error.get().is_some() => return Err(failed(job)),
                    None => return Err(harmless(answer.unreadable("it names no job"))),
                }
            };
            let now = clock.now();
            if now.duration_since(began) > PATIENCE {
                return Err(Error::new(
                    ErrorKind::Timeout,
                    "the video is still being worked on after ten minutes: publish it again later, the work goes on",
                )
                .with_network(NETWORK));
            }
            clock
                .sleep_until(now.checked_add(PAUSE).unwrap_or(jiff::Timestamp::MAX))
                .await;
            answer = self.job(operation, service, &id, &mut token).await?;
        }
    }

    /// The state of a job. The service asks for no token; where one does, it gets one.
    async fn job(
        &self,
        operation: &Operation,
        service: &Url,
        id: &str,
        token: &mut Option<String>,
    ) -> Result<Answer> {
        let nsid = "app.bsky.video.getJobStatus";
        let ask = |token: Option<String>| async move {
            let mut url = xrpc(service, nsid);
            url.query_pairs_mut().append_pair("jobId", id);
            self.speak_to_video(Request::get(operation.clone(), url), token.as_deref())
                .await
        };
        match ask(token.clone()).await {
            Err(error) if error.kind() == &ErrorKind::Unauthorized && token.is_none() => {
                let audience = service_did(service);
                let fresh = self.service_token(operation, &audience, nsid).await?;
                *token = Some(fresh.clone());
                ask(Some(fresh)).await
            }
            answer => answer,
        }
    }

    /// Why the service takes no video of this identity today, if it takes none.
    pub(super) async fn video_refusal(
        &self,
        operation: &Operation,
        service: &Url,
    ) -> Result<Option<String>> {
        let nsid = "app.bsky.video.getUploadLimits";
        let token = self
            .service_token(operation, &service_did(service), nsid)
            .await?;
        let request = Request::get(operation.clone(), xrpc(service, nsid));
        let answer = self.speak_to_video(request, Some(&token)).await?;
        let limits: wire::UploadLimits<'_> = wire::read(&answer)?;
        Ok((limits.can_upload.0 == Some(false)).then(|| {
            limits
                .message
                .get()
                .unwrap_or("a right to upload videos: verify the account's mail address, or wait until tomorrow")
                .to_owned()
        }))
    }

    async fn speak_to_video(&self, request: Request, token: Option<&str>) -> Result<Answer> {
        let voice = Voice {
            bluesky: self,
            asked: Asked::Video,
            token,
        };
        // It counts by itself, so that none of the server's budgets is spent here.
        self.inner.client.send(&voice, request).await
    }

    /// A token for one method of another service.
    async fn service_token(
        &self,
        operation: &Operation,
        audience: &str,
        method: &str,
    ) -> Result<String> {
        let ends = self.inner.client.clock().now().as_second() + rules::SERVICE_TOKEN_SECONDS;
        let ends = ends.to_string();
        let params = [("aud", audience), ("lxm", method), ("exp", &ends)];
        let answer = self
            .ask(operation, "com.atproto.server.getServiceAuth", &params)
            .await?;
        let auth: wire::ServiceAuth<'_> = wire::read(&answer)?;
        match auth.token.owned() {
            Some(token) => Ok(token),
            None => Err(answer.unreadable("it holds no token")),
        }
    }

    /// What is known once the service was asked.
    pub(super) async fn video_facts(&self, operation: &Operation) -> Option<String> {
        let service = self.inner.video.as_ref()?;
        if self.inner.knows(|facts| facts.appview == Reach::No) {
            return None;
        }
        // A service that does not answer now may do so when a video comes.
        self.video_refusal(operation, service).await.ok().flatten()
    }
}

fn service_did(service: &Url) -> String {
    format!("did:web:{}", service.host_str().unwrap_or_default())
}

fn failed(job: &wire::Job<'_>) -> Error {
    let why = job
        .failure_code
        .get()
        .or(job.error.get())
        .unwrap_or("no reason told");
    let said = job.message.get().or(job.error.get()).unwrap_or_default();
    let (kind, advice) = match why {
        "validation_failure" => (
            ErrorKind::Rejected,
            "mend the video: mp4, not too long (three minutes for most accounts)",
        ),
        "pds_upload_unsupported_blob_size" => (
            ErrorKind::Rejected,
            "the account's server takes no file of that size: make the video smaller",
        ),
        "unconfirmed_email" => {
            let need = Need::Permission(UNVERIFIED.to_owned());
            (ErrorKind::Forbidden(need), UNVERIFIED)
        }
        // It was not taken in at all: the same file would be refused again.
        _ if job.job_id.get().is_none() => (ErrorKind::Rejected, "mend what it names"),
        _ => (ErrorKind::Unavailable, "upload it again later"),
    };
    Error::new(
        kind,
        format!("the video service gave up on the video ({why}: {said}): {advice}"),
    )
    .with_network(NETWORK)
}
