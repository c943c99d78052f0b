//! Figures, trends, and what the server allows.

use futures_util::future::join;

use super::super::id::PostUri;
use super::super::rules::{Facts, POSTS_AT_ONCE, Reach, TRENDS};
use super::super::wire::Obj;
use super::super::{Bluesky, convert, wire};
use super::posts::{gone, is_about_the_post};
use crate::error::{Error, ErrorKind, Result};
use crate::id::PostId;
use crate::model::{AccountRef, Metrics, Trend, TrendScope};
use crate::operation::Operation;
use crate::shared::order;

impl Bluesky {
    pub(in super::super) async fn measured_posts(
        &self,
        ids: &[PostId],
    ) -> Result<Vec<(PostId, Result<Metrics>)>> {
        let operation = Operation::METRICS_POST;
        let mut uris = Vec::with_capacity(ids.len());
        for id in ids {
            match self.settled(&operation, id.as_str()).await {
                Err(error) if !is_about_the_post(&error) => return Err(error),
                uri => uris.push(uri),
            }
        }
        let addresses: Vec<String> = uris.iter().flatten().map(PostUri::uri).collect();
        let mut wanted: Vec<&str> = addresses.iter().map(String::as_str).collect();
        order::sort(&mut wanted);
        wanted.dedup();
        let nsid = "app.bsky.feed.getPosts";
        let each = ("uris", &wanted[..], POSTS_AT_ONCE);
        let mut found: Vec<(String, Metrics)> = Vec::with_capacity(wanted.len());
        for (answer, at) in self.ask_each(&operation, nsid, &[], each).await? {
            let page: wire::Posts<'_> = wire::read(&answer)?;
            let views = page.posts.iter().filter_map(Obj::get);
            found.extend(views.filter_map(|view| {
                Some((view.uri.owned()?, convert::metrics_of(view).taken_at(at)))
            }));
        }
        let figures = |uri: PostUri| {
            let uri = uri.uri();
            let known = found.iter().find(|(known, _)| *known == uri);
            known
                .map(|(_, metrics)| metrics.clone())
                .ok_or_else(|| gone(&operation))
        };
        Ok(ids
            .iter()
            .cloned()
            .zip(uris.into_iter().map(|uri| uri.and_then(figures)))
            .collect())
    }

    /// The account's totals: the network knows no figures for a span.
    pub(in super::super) async fn measured_account(&self) -> Result<Metrics> {
        let operation = Operation::METRICS_ACCOUNT;
        let account = self.whole_account(&operation, &AccountRef::Me).await?;
        Ok(account.metrics.taken_at(self.inner.client.clock().now()))
    }

    pub(in super::super) async fn trends(&self, scope: &TrendScope) -> Result<Vec<Trend>> {
        let operation = Operation::TRENDING;
        if scope.place.is_some() {
            let message = "trends are told for the whole network only: leave the place out";
            return Err(
                super::invalid(crate::error::Rule::Unsupported, "place", message)
                    .with_operation(operation),
            );
        }
        let limit = scope.limit.unwrap_or(10).clamp(1, TRENDS).to_string();
        let params = [("limit", limit.as_str())];
        let answer = self
            .ask(&operation, "app.bsky.unspecced.getTrends", &params)
            .await?;
        let trends: wire::Trends<'_> = wire::read(&answer)?;
        let views = trends.trends.iter().filter_map(Obj::get);
        Ok(views
            .zip(1..)
            .filter_map(|(view, rank)| convert::trend(view, rank))
            .collect())
    }

    /// Asks the server what it allows, a handful of questions at once.
    pub(in super::super) async fn asked_facts(&self) -> Result<Facts> {
        let operation = Operation::REFRESH_PROFILE;
        let did = self.session().await?.tokens.did().to_owned();
        let actor = [("actor", did.as_str())];
        let profile = self
            .ask(&operation, "app.bsky.actor.getProfile", &actor)
            .await;
        let appview = match profile {
            Ok(_) => Reach::Yes,
            // The AppView answers; it only has not seen the account yet.
            Err(error) if error.kind() == &ErrorKind::NotFound => Reach::Yes,
            Err(error) if error.is_unsupported() => Reach::No,
            Err(error) => return Err(error),
        };
        let one = [("limit", "1")];
        let chat = async {
            if self.inner.chat.is_none() {
                return Ok(Reach::No);
            }
            let known = self.inner.knows(|facts| facts.chat);
            let convos = self
                .ask(&operation, "chat.bsky.convo.listConvos", &one)
                .await;
            reach(convos, known)
        };
        let extras = async {
            if appview == Reach::No {
                return Ok((Reach::No, Reach::No, None));
            }
            let trends = self.ask(&operation, "app.bsky.unspecced.getTrends", &one);
            let bookmarks = self.ask(&operation, "app.bsky.bookmark.getBookmarks", &one);
            let (trends, bookmarks) = join(trends, bookmarks).await;
            let video = self.video_facts(&operation).await;
            let known = self.inner.knows(|facts| (facts.trends, facts.bookmarks));
            let trends = reach(trends, known.0)?;
            Ok::<_, Error>((trends, reach(bookmarks, known.1)?, video))
        };
        let (chat, extras) = join(chat, extras).await;
        let (trends, bookmarks, video_refused) = extras?;
        Ok(Facts {
            appview,
            chat: chat?,
            trends,
            bookmarks,
            video_refused,
            image_bytes: self.inner.image_bytes,
            video_bytes: self.inner.video_bytes,
        })
    }
}

/// What an answer, or its lack, says of whether a service is there; what was known of it before stands where it says
/// nothing.
fn reach<T>(answer: Result<T>, known: Reach) -> Result<Reach> {
    match answer {
        Ok(_) => Ok(Reach::Yes),
        Err(error) => match error.kind() {
            ErrorKind::Forbidden(_) => Ok(Reach::NotAllowed),
            ErrorKind::Unsupported | ErrorKind::NotFound => Ok(Reach::No),
            ErrorKind::Unavailable if known != Reach::Yes && is_lacking(&error) => Ok(Reach::No),
            ErrorKind::Invalid(_) => Ok(Reach::Yes),
            // It is there or on its way; one service that rests must not cost the whole profile.
            ErrorKind::Unavailable | ErrorKind::RateLimited | ErrorKind::Timeout => Ok(known),
            _ => Err(error),
        },
    }
}

/// Whether a server's failure says that the service which it is to ask does not exist. The AppView answers 500 then, and
/// a data server that passes this on makes 502 of it under the same name; a gateway in trouble has no such name.
fn is_lacking(error: &Error) -> bool {
    match error.http_status() {
        Some(500) => true,
        Some(502) => error.code() == Some("InternalServerError"),
        _ => false,
    }
}
