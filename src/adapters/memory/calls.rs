//! The network's calls.

use serde::Serialize;

use super::wire::{MediaUse, SendArgs, UploadArgs, Uploaded};
use super::{Memory, rules};
use crate::client::{Answer, Body, Request, WriteSafety};
use crate::error::{Error, Result};
use crate::model::{Media, MediaFactory, MediaSource};
use crate::operation::Operation;

impl Memory {
    /// Asks a question.
    pub(super) async fn ask(&self, operation: Operation, args: &impl Serialize) -> Result<Answer> {
        let mut url = self.address(operation.as_str());
        let args = serde_json::to_string(args).map_err(|e| unwritable(&e))?;
        url.query_pairs_mut().append_pair("args", &args);
        let path = operation.as_str().to_owned();
        let request = Request::get(operation, url);
        let request = self.charged(request, &path);
        self.road.send(&self.session, request).await
    }

    /// Changes something.
    pub(super) async fn tell(
        &self,
        operation: Operation,
        safety: WriteSafety,
        args: &impl Serialize,
    ) -> Result<Answer> {
        let name = operation.as_str();
        // An answer to a post, or one with files, is a publication like any other.
        let path = if name.starts_with("publish") {
            "publish".to_owned()
        } else {
            name.to_owned()
        };
        let url = self.address(&path);
        let request = Request::post(operation, url).safety(safety).json(args)?;
        let request = self.charged(request, &path);
        self.road.send(&self.session, request).await
    }

    /// Sends a message.
    pub(super) async fn send_message(
        &self,
        operation: Operation,
        args: &SendArgs,
    ) -> Result<Answer> {
        let keyed = WriteSafety::Keyed { until: None };
        self.tell(operation, keyed, args).await
    }

    /// Uploads files, and answers how a post or message uses them. What the network holds already is only named.
    pub(super) async fn upload_all(&self, files: &[Media]) -> Result<Vec<MediaUse>> {
        let mut uses = Vec::with_capacity(files.len());
        for file in files {
            uses.push(MediaUse {
                id: self.upload(file).await?,
                alt: file.alt.clone(),
            });
        }
        Ok(uses)
    }

    pub(super) async fn upload(&self, file: &Media) -> Result<crate::model::MediaId> {
        let mut file = file.clone();
        if let MediaSource::Existing(id) = &file.source {
            return Ok(id.clone());
        }
        // A file on the web is fetched over the program's own road, not over the one into the world.
        if let MediaSource::Url(_) = &file.source {
            let opened = self.outside.open(&file).await?;
            file.media_type = file.media_type.or(opened.media_type);
            let (client, from) = (self.outside.clone(), file.clone());
            let open = move || {
                let (client, from) = (client.clone(), from.clone());
                async move { Ok(client.open(&from).await?.stream) }
            };
            file.source = MediaSource::Factory(MediaFactory::new(opened.len, open));
        }
        let args = UploadArgs {
            kind: file.effective_kind(),
            dimensions: file.dimensions,
            duration: file.duration,
        };
        let mut url = self.address("upload");
        let args = serde_json::to_string(&args).map_err(|e| unwritable(&e))?;
        url.query_pairs_mut().append_pair("args", &args);
        // The same file is one file at the network, however often it comes.
        let mut request =
            Request::post(Operation::named("upload"), url).safety(WriteSafety::Idempotent);
        request = match &file.source {
            MediaSource::Bytes(bytes) => {
                let bytes = bytes.clone();
                let mut request = request.media(file);
                request.body = Body::Bytes(bytes);
                request
            }
            _ => request.media(file),
        };
        let request = self.charged(request, "upload");
        let answer = self.road.send(&self.session, request).await?;
        let uploaded: Uploaded<'_> = answer.json()?;
        Ok(uploaded.id.into_string().into())
    }

    fn address(&self, path: &str) -> url::Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/v1/{path}"));
        url
    }

    /// Adds what the network's limits charge for a call.
    fn charged(&self, request: Request, path: &str) -> Request {
        rules::charged(request, &self.world.limits_on(path), self.subject)
    }
}

fn unwritable(error: &serde_json::Error) -> Error {
    Error::invalid(vec![crate::error::Violation::error(
        crate::error::Rule::Malformed,
        "args",
        format!("the request cannot be written as JSON: {error}"),
    )])
}
