//! Records of repositories: the form in which everything is written on this network.

use futures_core::future::BoxFuture;
use serde_json::{Map, Value, json};

use super::super::rules::NETWORK;
use super::super::{Bluesky, id, wire};
use crate::client::{Answer, WriteSafety};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::Operation;

/// What a record that is to be written once was answered with.
pub(super) enum Put {
    /// It was written now.
    Written(Box<Answer>),
    /// There was one under its key already.
    There,
}

/// Changes a record's members, and answers whether anything has to be written.
pub(super) type Change<'a> = dyn Fn(&mut Map<String, Value>) -> Result<bool> + Sync + 'a;

impl Bluesky {
    /// A record, wherever the repository is.
    pub(super) async fn record(
        &self,
        operation: &Operation,
        repo: &str,
        collection: &str,
        rkey: &str,
    ) -> Result<Answer> {
        let params = [("repo", repo), ("collection", collection), ("rkey", rkey)];
        self.ask(operation, "com.atproto.repo.getRecord", &params)
            .await
    }

    /// Writes a record that must not be there yet. It may be sent again: the key keeps it from being there twice.
    pub(super) fn put_new<'a>(
        &'a self,
        operation: &'a Operation,
        collection: &'a str,
        rkey: &'a str,
        record: &'a Value,
    ) -> BoxFuture<'a, Result<Put>> {
        Box::pin(async move {
            let session = self.session().await?;
            let body = json!({
                "repo": session.tokens.did(),
                "collection": collection,
                "rkey": rkey,
                "record": record,
                "swapRecord": null,
            });
            let safety = WriteSafety::Keyed { until: None };
            match self
                .tell(operation, "com.atproto.repo.putRecord", &body, safety)
                .await
            {
                Ok(answer) => Ok(Put::Written(Box::new(answer))),
                Err(error) if error.code() == Some("InvalidSwap") => Ok(Put::There),
                Err(error) => Err(error),
            }
        })
    }

    /// Deletes a record of this identity, and tells whether there was one.
    pub(super) fn remove<'a>(
        &'a self,
        operation: &'a Operation,
        collection: &'a str,
        rkey: &'a str,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let session = self.session().await?;
            let body = json!({
                "repo": session.tokens.did(),
                "collection": collection,
                "rkey": rkey,
            });
            let nsid = "com.atproto.repo.deleteRecord";
            let answer = self
                .tell(operation, nsid, &body, WriteSafety::Idempotent)
                .await?;
            let deleted: wire::Deleted = wire::read(&answer)?;
            Ok(deleted.commit.get().is_some())
        })
    }

    /// Deletes the record at an address, if it is of this identity and collection.
    pub(super) async fn remove_at(
        &self,
        operation: &Operation,
        collection: &str,
        uri: &str,
    ) -> Result<bool> {
        match id::uri_parts(uri) {
            Some((repo, in_collection, rkey))
                if in_collection == collection && repo == self.session().await?.tokens.did() =>
            {
                self.remove(operation, collection, rkey).await
            }
            _ => Ok(false),
        }
    }

    /// Changes a record of this identity, whatever else it holds: read, changed, and written if nobody else wrote in
    /// between. `change` answers whether anything has to be written.
    pub(super) fn change<'a>(
        &'a self,
        operation: &'a Operation,
        collection: &'a str,
        rkey: &'a str,
        new: &'a (dyn Fn() -> Map<String, Value> + Sync),
        change: &'a Change<'a>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let session = self.session().await?;
            let did = session.tokens.did();
            // Somebody else may write in between, but not again and again.
            for _ in 0..4 {
                let (mut record, cid) = match self.record(operation, did, collection, rkey).await {
                    Ok(answer) => {
                        let record: wire::WholeRecord = answer.json()?;
                        (record.value, record.cid)
                    }
                    Err(error) if error.kind() == &ErrorKind::NotFound => (new(), None),
                    Err(error) => return Err(error),
                };
                if !change(&mut record)? {
                    return Ok(());
                }
                let body = json!({
                    "repo": did,
                    "collection": collection,
                    "rkey": rkey,
                    "record": record,
                    "swapRecord": cid,
                });
                // Written twice it is the same record; the second time its old hash does not fit any more.
                let safety = WriteSafety::Keyed { until: None };
                match self
                    .tell(operation, "com.atproto.repo.putRecord", &body, safety)
                    .await
                {
                    Ok(_) => return Ok(()),
                    Err(error) if error.code() == Some("InvalidSwap") => {}
                    Err(error) => return Err(error),
                }
            }
            Err(Error::new(
                ErrorKind::Conflict,
                "something else keeps changing the same record: try again when it is done",
            )
            .with_network(NETWORK)
            .with_operation(operation.clone()))
        })
    }
}
