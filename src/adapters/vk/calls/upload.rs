//! Uploads: an address for the file, the file itself, and the word that it is to be kept. Nobody sees any of it before a
//! post or message names the file.

use serde_json::Value;

use super::super::fault::{self, Asked};
use super::super::id;
use super::super::rules::TokenKind;
use super::super::{Vk, wire};
use super::{Params, about, invalid, listed, response};
use crate::client::{Answer, Multipart, Request, WriteSafety, upload_time};
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::model::{Media, MediaKind, MediaSource};
use crate::operation::Operation;

/// Where a file is going to be shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    /// In a post or comment of this account's, whose the file is.
    Wall(i64),
    /// In a post elsewhere by the person whose token it is, whatever that one's number.
    Person,
    /// In a message to this peer.
    Peer(i64),
}

impl Goal {
    /// The positive id of the community whose wall it is.
    fn community(self) -> Option<u64> {
        match self {
            Self::Wall(owner) if owner < 0 => Some(owner.unsigned_abs()),
            _ => None,
        }
    }
}

/// A file that the network holds, as a post or message attaches it.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) kind: MediaKind,
    pub(super) attachment: String,
}

impl Vk {
    /// Whose the files of a post or comment are: whose words they go with. On another's wall one's own files are shown,
    /// and none can be uploaded there.
    pub(super) fn goal(&self, me: i64, wall: i64, comment: bool) -> Goal {
        // Away from its own wall a community only comments: posts there are the person's.
        if self.inner.community.is_some() && !comment && wall != me {
            Goal::Person
        } else {
            Goal::Wall(me)
        }
    }

    /// Uploads files in their order, unless the network holds them already.
    pub(super) async fn held(
        &self,
        operation: &Operation,
        media: &[Media],
        goal: Goal,
    ) -> Result<Vec<Held>> {
        let mut all = Vec::with_capacity(media.len());
        for (i, media) in media.iter().enumerate() {
            let field = format!("media[{i}]");
            all.push(self.held_one(operation, media, &field, goal).await?);
        }
        Ok(all)
    }

    /// Uploads one file. What goes wrong on the network's side is tried once more from the beginning, since an address for
    /// an upload is good once.
    pub(super) async fn held_one(
        &self,
        operation: &Operation,
        media: &Media,
        field: &str,
        goal: Goal,
    ) -> Result<Held> {
        let kind = media.effective_kind().unwrap_or(MediaKind::Document);
        if let MediaSource::Existing(held) = &media.source {
            let Some(attachment) = id::media(held) else {
                let message = format!(
                    "`{held}` is no file of this network: pass the id of a post's attachment, such as photo1_2"
                );
                return Err(invalid(Rule::Malformed, field, message));
            };
            return Ok(Held {
                kind,
                attachment: attachment.to_owned(),
            });
        }
        let mut tried = false;
        loop {
            let outcome = match kind {
                MediaKind::Image => self.photo(operation, media, goal).await,
                MediaKind::Video => self.video(operation, media, goal).await,
                _ => self.document(operation, media, goal).await,
            };
            match outcome {
                Ok(attachment) => return Ok(Held { kind, attachment }),
                Err(error) if !tried && is_passing(&error) => tried = true,
                Err(error) => return Err(about(error, field)),
            }
        }
    }

    async fn photo(&self, operation: &Operation, media: &Media, goal: Goal) -> Result<String> {
        let (server, save) = match goal {
            Goal::Wall(_) | Goal::Person => ("photos.getWallUploadServer", "photos.saveWallPhoto"),
            Goal::Peer(_) => ("photos.getMessagesUploadServer", "photos.saveMessagesPhoto"),
        };
        let mut params = Params::new().maybe("group_id", goal.community());
        if let Goal::Peer(peer) = goal {
            params = params.with("peer_id", peer);
        }
        let answer = self.ask(operation, server, &params).await?;
        let uploaded = self
            .put(operation, &answer, "photo", media, "photo.jpg")
            .await?;
        let told: wire::Uploaded<'_> = wire::read(&uploaded)?;
        // A file that it does not take is answered with a list of none.
        let Some(photo) = told.photo.get().filter(|photo| *photo != "[]") else {
            return Err(no_photo());
        };
        let mut params = Params::new()
            .with("photo", photo)
            .maybe("server", told.server.get())
            .maybe("hash", told.hash.get());
        if let Goal::Wall(owner) = goal {
            let whose = if owner < 0 { "group_id" } else { "user_id" };
            params = params.with(whose, owner.unsigned_abs());
        }
        let answer = self.ask(operation, save, &params).await?;
        let saved: wire::List<wire::Obj<wire::Saved<'_>>> = listed(&answer)?;
        // Nor does a list of none name one.
        let photo = saved.objects().next().ok_or_else(no_photo)?;
        attachment("photo", Some(photo), goal, &answer)
    }

    async fn video(&self, operation: &Operation, media: &Media, goal: Goal) -> Result<String> {
        let title = media.name.as_deref().filter(|name| !name.is_empty());
        let hidden = matches!(goal, Goal::Peer(_));
        let params = Params::new()
            .maybe("name", title.map(|name| cut(name, VIDEO_NAME)))
            .maybe("group_id", goal.community())
            .flag("is_private", hidden);
        let answer = self.ask(operation, "video.save", &params).await?;
        self.put(operation, &answer, "video_file", media, "video.mp4")
            .await?;
        let place: wire::VideoPlace<'_> = response(&answer)?;
        let saved = wire::Saved {
            id: place.video_id,
            owner_id: place.owner_id,
            access_key: place.access_key,
        };
        attachment("video", Some(&saved), goal, &answer)
    }

    async fn document(&self, operation: &Operation, media: &Media, goal: Goal) -> Result<String> {
        let (server, params) = match goal {
            Goal::Wall(_) | Goal::Person => (
                "docs.getWallUploadServer",
                Params::new().maybe("group_id", goal.community()),
            ),
            Goal::Peer(peer) => (
                "docs.getMessagesUploadServer",
                Params::new().with("type", "doc").with("peer_id", peer),
            ),
        };
        // What one token uploaded, another does not save.
        let kind = self.token_for(operation, server)?;
        let answer = self.ask_as(kind, operation, server, &params).await?;
        let name = match media.media_type.as_deref() {
            Some("image/gif") => "picture.gif",
            Some("application/pdf") => "file.pdf",
            Some("application/zip") => "file.zip",
            _ => "file.txt",
        };
        let uploaded = self.put(operation, &answer, "file", media, name).await?;
        let told: wire::Uploaded<'_> = wire::read(&uploaded)?;
        let Some(file) = told.file.get() else {
            return Err(uploaded.unreadable("it names no file"));
        };
        let title = media.name.as_deref().filter(|name| !name.is_empty());
        let params = Params::new().with("file", file).maybe("title", title);
        let answer = self.ask_as(kind, operation, "docs.save", &params).await?;
        let saved: wire::SavedDocument<'_> = response(&answer)?;
        let by_kind = match saved.kind.get() {
            Some("graffiti") => &saved.graffiti,
            Some("audio_message") => &saved.audio_message,
            _ => &saved.doc,
        };
        // The type may be missing or newer than this: then it is the one that is there.
        let there = [by_kind, &saved.doc, &saved.graffiti, &saved.audio_message];
        let held = there.into_iter().find_map(|one| one.get());
        attachment("doc", held, goal, &answer)
    }

    /// Sends a file to the address that an answer names.
    async fn put(
        &self,
        operation: &Operation,
        answer: &Answer,
        field: &str,
        media: &Media,
        or_called: &str,
    ) -> Result<Answer> {
        let url = {
            let place: wire::UploadServer<'_> = response(answer)?;
            self.answered_url(answer, place.upload_url.get())?
        };
        let form =
            Multipart::new(&**self.inner.client.random()).file(field, media.clone(), or_called);
        // The address is good once, so that after doubt another one is asked for.
        let request = Request::post(operation.clone(), url)
            .multipart(form)
            .changes_nothing()
            .safety(WriteSafety::Unsafe)
            .attempt_timeout(upload_time(media.size));
        self.speak(Asked::Upload, request).await
    }

    /// The file of a link's card, as its method wants it: without the word that it is a photo.
    pub(super) async fn card_photo(
        &self,
        operation: &Operation,
        media: &Media,
        goal: Goal,
    ) -> Result<String> {
        let held = self
            .held_one(operation, media, "link.thumbnail", goal)
            .await?;
        match held.attachment.strip_prefix("photo") {
            Some(photo) => Ok(photo.to_owned()),
            None => Err(invalid(
                Rule::WrongType,
                "link.thumbnail",
                "the picture of a card has to be a photo: a JPEG or PNG",
            )),
        }
    }

    /// Creates a poll, which nobody sees before a post shows it.
    pub(super) async fn created_poll(
        &self,
        operation: &Operation,
        params: &Params,
    ) -> Result<String> {
        let answer = self
            .ask_as(TokenKind::User, operation, "polls.create", params)
            .await?;
        let saved: wire::Saved<'_> = response(&answer)?;
        attachment("poll", Some(&saved), Goal::Person, &answer)
    }
}

/// How long the name of a video may be, in characters (vk.md).
const VIDEO_NAME: usize = 128;

fn no_photo() -> Error {
    let why = "it kept nothing of the picture";
    let fault = fault::rejected_file(why, Rule::Other("photo".to_owned()));
    Error::new(fault.kind, fault.message)
}

fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// A file that was saved, as it is attached. A message needs the key of a private one; a wall shows it by its number.
fn attachment(
    kind: &str,
    saved: Option<&wire::Saved<'_>>,
    goal: Goal,
    answer: &Answer,
) -> Result<String> {
    let found = saved.and_then(|saved| Some((saved.owner_id.0?, saved.id.0?, &saved.access_key)));
    let Some((owner, number, key)) = found else {
        return Err(answer.unreadable("it does not tell the number of what was saved"));
    };
    let key = key.get().filter(|_| matches!(goal, Goal::Peer(_)));
    Ok(id::attachment(kind, owner, number, key))
}

/// Whether an upload may go well from the beginning: an address that was used up, or a server that was out of order.
fn is_passing(error: &Error) -> bool {
    matches!(error.code(), Some("22" | "105"))
        || matches!(
            error.kind(),
            ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Transport | ErrorKind::Decode
        )
}

/// A list of texts as JSON, as some parameters want it.
pub(super) fn json_list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    Value::from_iter(texts).to_string()
}
