//! Changing and taking away. An edit makes a new post with a new id, which takes the old one's place.

use super::super::compose::{self, POST_FIELDS, POST_USER_FIELDS};
use super::super::compose_files::{MEDIA_FIELDS, POLL_FIELDS};
use super::super::convert::time;
use super::super::rules::beside::EXPANSIONS;
use super::super::rules::endpoints::{DELETE_POST, POST};
use super::super::rules::{EDIT_WINDOW, NETWORK, PAGES, POST_FIELDS_PARAM, Tier};
use super::super::wire::{self, CreatePost, EditOptions, MediaIds};
use super::super::{X, id};
use super::draft::{append, plain};
use super::publish::addresses;
use super::upload::Goal;
use super::{Call, invalid, told};
use crate::client::WriteSafety;
use crate::error::{Error, ErrorKind, Need, Result, Rule};
use crate::id::PostId;
use crate::model::{Edit, Post};
use crate::operation::Operation;

impl X {
    pub(in super::super) async fn edited(&self, post: &PostId, edit: &Edit) -> Result<Post> {
        let operation = Operation::EDIT;
        let number = id::post(post)?;
        if edit.is_empty() {
            let message = "it changes nothing: name a text or files";
            return Err(invalid(Rule::Empty, "edit", message).with_operation(operation));
        }
        for (wished, field) in [
            (edit.link.is_some(), "link"),
            (edit.languages.is_some(), "languages"),
            (edit.warnings.is_some(), "warnings"),
            (edit.native.contains_key(NETWORK), "native.x"),
        ] {
            if wished {
                let message = "of a post its text and its files are changed here: leave it out";
                return Err(invalid(Rule::Unsupported, field, message).with_operation(operation));
            }
        }
        let profile = self.inner.profile();
        let new_text = edit.text.as_ref().map(plain);
        if let Some(text) = &new_text {
            let has_media = edit.media.as_ref().is_some_and(|media| !media.is_empty());
            self.check_text(text, profile.text.for_draft(has_media, false))?;
        }
        let before = self.editable(&operation, number).await?;
        let held = match &edit.media {
            Some(media) => {
                let held = self.held(&operation, media, Goal::Post).await?;
                held.into_iter().map(|held| held.id).collect()
            }
            // What is not named stays: the files are the same files.
            None => before
                .media
                .iter()
                .filter_map(|file| file.id.as_ref().and_then(id::media))
                .map(str::to_owned)
                .collect::<Vec<String>>(),
        };
        let words = new_text.unwrap_or_else(|| before.text.as_str().to_owned());
        let mut quote = before.quote.as_ref().map(|quote| quote.as_str().to_owned());
        let mut text = words.clone();
        if self.inner.knows(|facts| facts.tier) == Tier::SelfServe
            && let Some(quoted) = quote.take()
        {
            // On this plan the address in the text is what quotes; the one that was there was read as the quote.
            if !addresses(&text, &quoted) {
                append(&mut text, &format!("{PAGES}/i/status/{quoted}"));
                self.check_text(&text, profile.text.for_draft(!held.is_empty(), false))?;
            }
        }
        let body = CreatePost {
            text,
            media: (!held.is_empty()).then(|| MediaIds {
                media_ids: held,
                tagged_user_ids: Vec::new(),
            }),
            quote_tweet_id: quote,
            edit_options: Some(EditOptions {
                previous_post_id: number.to_owned(),
            }),
            ..CreatePost::default()
        };
        if body.text.trim().is_empty() && body.media.is_none() {
            let message = "nothing would be left of the post: delete it instead";
            return Err(invalid(Rule::Empty, "text", message).with_operation(operation));
        }
        let (number, answer) = self.create(&operation, &body).await?;
        let mut after = before;
        let began = after.thread.is_none();
        after.id = PostId::new(number.as_str());
        after.url = Some(format!("{PAGES}/i/web/status/{number}").into());
        if let Some(text) = &edit.text {
            after.text = if words == text.as_str() {
                text.clone()
            } else {
                words.as_str().into()
            };
        }
        if edit.media.is_some() {
            // What the network made of the new files is not told.
            after.media = Vec::new();
        }
        after.edited_at = Some(self.now());
        after.created_at = None;
        if began {
            after.thread = None;
        }
        after.raw = answer.raw();
        Ok(after)
    }

    /// The post as it stands, if it can be edited still.
    async fn editable(&self, operation: &Operation, number: &str) -> Result<Post> {
        let fields = format!("{POST_FIELDS},edit_controls");
        let call = Call::of(POST, &[number])
            .with(POST_FIELDS_PARAM, fields)
            .expanding(EXPANSIONS)
            .with("media.fields", MEDIA_FIELDS)
            .with("poll.fields", POLL_FIELDS)
            .with("user.fields", POST_USER_FIELDS);
        let answer = self.ask(operation, call).await?;
        let found: wire::OnePost<'_> =
            told(&answer).map_err(|error| error.with_operation(operation.clone()))?;
        let Some(view) = found.data.get() else {
            return Err(answer.unreadable("it tells no post"));
        };
        let Some(post) = compose::one(view, found.includes.get()) else {
            return Err(answer.unreadable("it tells no post"));
        };
        let me = self.my_number(operation).await?;
        if post.author.as_ref().is_some_and(|author| author.id != me) {
            let need = Need::Permission("being the post's author".to_owned());
            return Err(Error::forbidden(need)
                .with_network(NETWORK)
                .with_operation(operation.clone()));
        }
        if post.reply_to.is_some()
            || post.poll.is_some()
            || post.place.is_some()
            || post.reposted_by.is_some()
        {
            let message = "answers, polls, reposts and posts in communities cannot be edited on X: delete it and publish anew";
            return Err(Error::new(ErrorKind::Rejected, message)
                .with_network(NETWORK)
                .with_operation(operation.clone()));
        }
        let over = |why: &str| {
            let message =
                format!("the post cannot be edited any more ({why}): delete it and publish anew");
            Err(Error::new(ErrorKind::WindowClosed, message)
                .with_network(NETWORK)
                .with_operation(operation.clone()))
        };
        let now = self.now();
        match view.edit_controls.get() {
            Some(controls) => {
                if controls.eligible.0 == Some(false) {
                    return over("X says that it is not to be edited");
                }
                if controls.remaining.0.is_some_and(|left| left <= 0) {
                    return over("its edits are used up");
                }
                if time(&controls.until).is_some_and(|until| until <= now) {
                    return over("its time is over");
                }
            }
            None => {
                let until = post
                    .created_at
                    .and_then(|at| at.checked_add(EDIT_WINDOW).ok());
                if until.is_some_and(|until| until <= now) {
                    return over("its time is over");
                }
            }
        }
        Ok(post)
    }

    /// Deletes a post of this account. What is gone already is no error.
    pub(in super::super) async fn deleted(&self, post: &PostId) -> Result<()> {
        let operation = Operation::DELETE;
        let call = Call::of(DELETE_POST, &[id::post(post)?]);
        let outcome = self
            .tell(&operation, call, None::<&()>, WriteSafety::Idempotent)
            .await;
        match outcome {
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(answer) => match told::<wire::Obj<wire::Outcome<'_>>>(&answer) {
                Err(error) if *error.kind() == ErrorKind::NotFound => Ok(()),
                outcome => outcome.map(drop),
            },
        }
    }
}
