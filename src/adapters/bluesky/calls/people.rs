//! What accounts do to posts and to each other, and who they are.

use futures_core::future::BoxFuture;
use serde_json::{Map, Value, json};

use super::super::id;
use super::super::rules::{
    BLOCK, FOLLOW, HIDDEN_REPLIES, LIKE, NETWORK, POST, PROFILE, RELATIONSHIPS_AT_ONCE, REPOST,
    THREADGATE,
};
use super::super::wire::Obj;
use super::super::{Bluesky, convert, wire};
use super::place::Place;
use super::posts::gone;
use super::publish::stamp;
use super::records::{Change, Put};
use super::{actor, invalid};
use crate::client::WriteSafety;
use crate::error::{Error, ErrorKind, Need, Result, Rule};
use crate::id::{AccountId, ConversationId};
use crate::model::{
    Account, AccountRef, Action, Audience, AudienceQuery, Engaged, Engagement, Membership,
    Moderation, ModerationAction, Page, PageRequest, PostRef, Target,
};
use crate::operation::Operation;

impl Bluesky {
    pub(in super::super) async fn myself(&self) -> Result<Account> {
        self.whole_account(&Operation::ME, &AccountRef::Me).await
    }

    pub(in super::super) fn whole_account<'a>(
        &'a self,
        operation: &'a Operation,
        account: &'a AccountRef,
    ) -> BoxFuture<'a, Result<Account>> {
        Box::pin(async move {
            let name = match account {
                AccountRef::Me => self.session().await?.tokens.did().to_owned(),
                AccountRef::Id(id) => actor(id.as_str())?.to_owned(),
                AccountRef::Handle(handle) => actor(handle)?.to_owned(),
            };
            if self.has_appview() {
                let answer = self
                    .ask(operation, "app.bsky.actor.getProfile", &[("actor", &name)])
                    .await;
                match answer {
                    Ok(answer) => {
                        let view: wire::Profile<'_> = wire::read(&answer)?;
                        return convert::account(&view)
                            .ok_or_else(|| answer.unreadable("it names no DID"));
                    }
                    Err(_) if !self.has_appview() => {}
                    Err(error) => return Err(error),
                }
            }
            let nsid = "com.atproto.repo.describeRepo";
            let answer = self.ask(operation, nsid, &[("repo", &name)]).await?;
            let found: wire::Identity<'_> = wire::read(&answer)?;
            let view = wire::Profile {
                did: found.did,
                handle: found.handle,
                ..Default::default()
            };
            convert::account(&view).ok_or_else(|| answer.unreadable("it names no DID"))
        })
    }

    pub(in super::super) async fn engaged(
        &self,
        target: &Target,
        engagement: &Engagement,
    ) -> Result<Engaged> {
        let operation = engagement.operation();
        match (&engagement.action, target) {
            (Action::Like, Target::Post(post)) => {
                self.mark(&operation, LIKE, post, engagement.on).await
            }
            (Action::Repost, Target::Post(post)) => {
                self.mark(&operation, REPOST, post, engagement.on).await
            }
            (Action::Bookmark, Target::Post(post)) => {
                self.bookmark(&operation, post, engagement.on).await
            }
            (Action::Follow, Target::Account(account)) => {
                self.relate(&operation, FOLLOW, account, engagement.on)
                    .await
            }
            (Action::MarkRead, target) => self.mark_read(&operation, target, engagement.on).await,
            (Action::Like | Action::Repost | Action::Bookmark | Action::Follow, _) => {
                let message = "this is not done to such a target: likes, reposts and bookmarks go to posts, follows to accounts";
                Err(invalid(Rule::Together, "target", message).with_operation(operation))
            }
            _ => Err(Error::unsupported(NETWORK, operation)),
        }
    }

    /// Likes or reposts, or takes it back.
    ///
    /// The record's key follows from the post, so that a repetition finds the first; what another program did stands
    /// under a key of its own, which only the AppView tells.
    async fn mark(
        &self,
        operation: &Operation,
        collection: &'static str,
        post: &PostRef,
        on: bool,
    ) -> Result<Engaged> {
        let uri = self.settled(operation, post.id.as_str()).await?;
        let address = uri.uri();
        let (mut seen, mut cid) = (None, uri.cid.clone());
        if self.has_appview() {
            let view = self
                .with_view(operation, &address, |view| {
                    let viewer = view.viewer.get();
                    let mark = viewer.and_then(|viewer| match collection {
                        LIKE => viewer.like.owned(),
                        _ => viewer.repost.owned(),
                    });
                    (mark, view.cid.owned())
                })
                .await;
            match view {
                Ok(Some((mark, current))) => {
                    seen = mark;
                    cid = current.or(cid);
                }
                // What the AppView does not show, the author's server may have all the same: it is newer.
                Ok(None) if on => cid = None,
                Ok(None) => {}
                Err(_) if !self.has_appview() => {}
                Err(error) => return Err(error),
            }
        }
        let rkey = id::subject_rkey(collection, &address);
        if !on {
            return self.unmark(operation, collection, &rkey, seen).await;
        }
        if let Some(seen) = self.stands(operation, seen, &rkey).await? {
            return Ok(Engaged::new(true).changed(false).id(seen));
        }
        let plain = id::PostUri { cid, ..uri };
        let (address, cid) = self.strong_of(operation, plain).await?;
        let subject = convert::strong_ref(&address, &cid);
        self.put_mark(operation, collection, &rkey, subject).await
    }

    /// What the AppView shows under another key than ours, if it still stands: the AppView lags behind. What it shows
    /// under our key need not be asked for, since writing there finds it.
    async fn stands(
        &self,
        operation: &Operation,
        seen: Option<String>,
        rkey: &str,
    ) -> Result<Option<String>> {
        let Some(seen) = seen else { return Ok(None) };
        let Some((repo, collection, key)) = id::uri_parts(&seen).filter(|parts| parts.2 != rkey)
        else {
            return Ok(None);
        };
        match self.record(operation, repo, collection, key).await {
            Ok(_) => Ok(Some(seen)),
            Err(error) if error.kind() == &ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a record about a subject under its key.
    fn put_mark<'a>(
        &'a self,
        operation: &'a Operation,
        collection: &'a str,
        rkey: &'a str,
        subject: Value,
    ) -> BoxFuture<'a, Result<Engaged>> {
        Box::pin(async move {
            let now = self.inner.client.clock().now();
            let record = json!({"$type": collection, "subject": subject, "createdAt": stamp(now)});
            let changed = match self.put_new(operation, collection, rkey, &record).await? {
                Put::Written(_) => true,
                Put::There => false,
            };
            let did = self.session().await?.tokens.did().to_owned();
            let uri = id::record_uri(&did, collection, rkey);
            Ok(Engaged::new(true).changed(changed).id(uri))
        })
    }

    /// Takes back what stands under our key, and what the AppView shows beside it.
    fn unmark<'a>(
        &'a self,
        operation: &'a Operation,
        collection: &'a str,
        rkey: &'a str,
        seen: Option<String>,
    ) -> BoxFuture<'a, Result<Engaged>> {
        Box::pin(async move {
            let mut changed = self.remove(operation, collection, rkey).await?;
            if let Some(seen) = seen.filter(|seen| !seen.ends_with(rkey)) {
                changed |= self.remove_at(operation, collection, &seen).await?;
            }
            Ok(Engaged::new(false).changed(changed))
        })
    }

    /// Follows or blocks, or takes it back.
    async fn relate(
        &self,
        operation: &Operation,
        collection: &'static str,
        account: &AccountRef,
        on: bool,
    ) -> Result<Engaged> {
        let did = self.did(operation, account).await?;
        if did == self.session().await?.tokens.did() {
            let message = "that is this identity itself: name another account";
            return Err(
                invalid(Rule::Together, "target", message).with_operation(operation.clone())
            );
        }
        let mut seen = None;
        if self.has_appview() {
            let answer = self
                .ask(operation, "app.bsky.actor.getProfile", &[("actor", &did)])
                .await;
            match answer {
                Ok(answer) => {
                    let view: wire::Profile<'_> = wire::read(&answer)?;
                    seen = view.viewer.get().and_then(|viewer| match collection {
                        FOLLOW => viewer.following.owned(),
                        _ => viewer.blocking.owned(),
                    });
                }
                Err(_) if !self.has_appview() => {}
                // An account that is gone can be let go of.
                Err(error) if error.kind() == &ErrorKind::NotFound && !on => {}
                // So can one that is not shown since it is not active; what binds it is told all the same.
                Err(error) if error.kind() == &ErrorKind::Suspended && !on => {
                    seen = self.bond(operation, collection, &did).await?;
                }
                Err(error) => return Err(error),
            }
        }
        let rkey = id::subject_rkey(collection, &did);
        if !on {
            return self.unmark(operation, collection, &rkey, seen).await;
        }
        if let Some(seen) = self.stands(operation, seen, &rkey).await? {
            return Ok(Engaged::new(true).changed(false).id(seen));
        }
        self.put_mark(operation, collection, &rkey, json!(did))
            .await
    }

    /// The record by which this identity follows or blocks an account, whether or not that is shown.
    async fn bond(
        &self,
        operation: &Operation,
        collection: &str,
        did: &str,
    ) -> Result<Option<String>> {
        let me = self.session().await?.tokens.did().to_owned();
        let nsid = "app.bsky.graph.getRelationships";
        let params = [("actor", me.as_str()), ("others", did)];
        let answer = self.ask(operation, nsid, &params).await?;
        let page: wire::Relationships<'_> = wire::read(&answer)?;
        let told = page.relationships.iter().find_map(Obj::get);
        Ok(told.and_then(|told| match collection {
            FOLLOW => told.following.owned(),
            _ => told.blocking.owned(),
        }))
    }

    async fn bookmark(&self, operation: &Operation, post: &PostRef, on: bool) -> Result<Engaged> {
        let uri = self.settled(operation, post.id.as_str()).await?;
        if on {
            let (uri, cid) = self.strong_of(operation, uri).await?;
            let body = convert::strong_ref(&uri, &cid);
            let nsid = "app.bsky.bookmark.createBookmark";
            self.tell(operation, nsid, &body, WriteSafety::Idempotent)
                .await?;
        } else {
            let body = json!({"uri": uri.uri()});
            let nsid = "app.bsky.bookmark.deleteBookmark";
            self.tell(operation, nsid, &body, WriteSafety::Idempotent)
                .await?;
        }
        Ok(Engaged::new(on))
    }

    async fn mark_read(&self, operation: &Operation, target: &Target, on: bool) -> Result<Engaged> {
        if !on {
            let message = "what is read cannot be made unread here";
            return Err(invalid(Rule::Unsupported, "on", message).with_operation(operation.clone()));
        }
        match target {
            Target::Conversation(conversation) => {
                let body = json!({"convoId": conversation.as_str()});
                let nsid = "chat.bsky.convo.updateRead";
                self.tell(operation, nsid, &body, WriteSafety::Idempotent)
                    .await?;
            }
            Target::Notifications => {
                let now = self.inner.client.clock().now();
                let body = json!({"seenAt": stamp(now)});
                let nsid = "app.bsky.notification.updateSeen";
                self.tell(operation, nsid, &body, WriteSafety::Idempotent)
                    .await?;
            }
            _ => {
                let message = "only a conversation or the notifications can be marked as read";
                return Err(
                    invalid(Rule::Together, "target", message).with_operation(operation.clone())
                );
            }
        }
        Ok(Engaged::new(true))
    }

    pub(in super::super) async fn listed_accounts(
        &self,
        query: &AudienceQuery,
    ) -> Result<Page<Account>> {
        let operation = query.audience.operation();
        let page = &query.page;
        match &query.audience {
            Audience::Followers(account) => {
                let did = self.did(&operation, account).await?;
                self.accounts::<wire::Followers<'_>>(
                    &operation,
                    "app.bsky.graph.getFollowers",
                    ("actor", &did),
                    page,
                )
                .await
            }
            Audience::Following(account) => {
                let did = self.did(&operation, account).await?;
                self.accounts::<wire::Follows<'_>>(
                    &operation,
                    "app.bsky.graph.getFollows",
                    ("actor", &did),
                    page,
                )
                .await
            }
            Audience::Liked(post) => {
                let uri = self.settled(&operation, post.as_str()).await?.uri();
                self.accounts::<wire::Likes<'_>>(
                    &operation,
                    "app.bsky.feed.getLikes",
                    ("uri", &uri),
                    page,
                )
                .await
            }
            Audience::Reposted(post) => {
                let uri = self.settled(&operation, post.as_str()).await?.uri();
                self.accounts::<wire::RepostedBy<'_>>(
                    &operation,
                    "app.bsky.feed.getRepostedBy",
                    ("uri", &uri),
                    page,
                )
                .await
            }
            Audience::Commented(post) => {
                let all = self.commenters(&operation, post).await?;
                let mut place = Place::of(page)?;
                place.limit = page.limit.map_or(all.len().max(1), |limit| limit as usize);
                let (mine, next) = place.cut(&all, None);
                Ok(Page::new(mine.to_vec()).next(next))
            }
            _ => Err(Error::unsupported(NETWORK, operation)),
        }
    }

    async fn accounts<L: Listing>(
        &self,
        operation: &Operation,
        nsid: &str,
        of: (&str, &str),
        page: &PageRequest,
    ) -> Result<Page<Account>> {
        let place = Place::of(page)?;
        let asked = place.asked();
        let params: Vec<_> = std::iter::once(of).chain(place.params(&asked)).collect();
        let answer = self.ask(operation, nsid, &params).await?;
        let (accounts, cursor) = L::read(&answer)?;
        let (mine, next) = place.cut(&accounts, cursor.as_deref());
        Ok(Page::new(mine.to_vec()).next(next).raw(answer.raw()))
    }

    pub(in super::super) async fn memberships(
        &self,
        accounts: &[AccountId],
    ) -> Result<Vec<Membership>> {
        let operation = Operation::MEMBERSHIP;
        let me = self.session().await?.tokens.did().to_owned();
        let mut dids = Vec::with_capacity(accounts.len());
        for account in accounts {
            match self.did(&operation, &account.into()).await {
                Ok(did) => dids.push(Some(did)),
                Err(error) if error.kind() == &ErrorKind::NotFound => dids.push(None),
                Err(error) => return Err(error),
            }
        }
        let known: Vec<&str> = dids.iter().flatten().map(String::as_str).collect();
        let nsid = "app.bsky.graph.getRelationships";
        let actor = [("actor", me.as_str())];
        let each = ("others", &known[..], RELATIONSHIPS_AT_ONCE);
        let mut told: Vec<(String, bool)> = Vec::with_capacity(known.len());
        for (answer, _) in self.ask_each(&operation, nsid, &actor, each).await? {
            let page: wire::Relationships<'_> = wire::read(&answer)?;
            let views = page.relationships.iter().filter_map(Obj::get);
            told.extend(
                views.filter_map(|r| Some((r.did.owned()?, r.followed_by.get().is_some()))),
            );
        }
        let answer = |did: &Option<String>| {
            let did = did.as_deref()?;
            let (_, follows) = told.iter().find(|(known, _)| known == did)?;
            Some(if *follows {
                Membership::Yes
            } else {
                Membership::No
            })
        };
        Ok(dids
            .iter()
            .map(|did| answer(did).unwrap_or(Membership::Unknown))
            .collect())
    }

    pub(in super::super) async fn moderated(&self, moderation: &Moderation) -> Result<()> {
        let operation = moderation.operation();
        match (&moderation.action, &moderation.target) {
            (ModerationAction::Hide, Target::Post(post)) => {
                self.hide(&operation, post, moderation.on).await
            }
            (ModerationAction::CloseComments, Target::Post(post)) => {
                self.close(&operation, post, moderation.on).await
            }
            (ModerationAction::Pin, Target::Post(post)) => {
                self.pin(&operation, post, moderation.on).await
            }
            (ModerationAction::Block, Target::Account(account)) => self
                .relate(&operation, BLOCK, account, moderation.on)
                .await
                .map(|_| ()),
            (ModerationAction::Mute, Target::Account(account)) => {
                let did = self.did(&operation, account).await?;
                let nsid = if moderation.on {
                    "app.bsky.graph.muteActor"
                } else {
                    "app.bsky.graph.unmuteActor"
                };
                let body = json!({"actor": did});
                self.tell(&operation, nsid, &body, WriteSafety::Idempotent)
                    .await?;
                Ok(())
            }
            (
                ModerationAction::Hide
                | ModerationAction::CloseComments
                | ModerationAction::Pin
                | ModerationAction::Block
                | ModerationAction::Mute,
                _,
            ) => {
                let message = "this is not done to such a target: posts are hidden, closed and pinned, accounts blocked and muted";
                Err(invalid(Rule::Together, "target", message).with_operation(operation))
            }
            _ => Err(Error::unsupported(NETWORK, operation)),
        }
    }

    /// Hides an answer in a thread that this identity began, or shows it again.
    async fn hide(&self, operation: &Operation, post: &PostRef, on: bool) -> Result<()> {
        let uri = self.settled(operation, post.id.as_str()).await?;
        let address = uri.uri();
        let root = self.thread_of(operation, post, &uri).await?;
        if root == address {
            let message = "it begins the thread: only answers can be hidden";
            return Err(
                invalid(Rule::Together, "target", message).with_operation(operation.clone())
            );
        }
        let change = |gate: &mut Map<String, Value>| {
            let mut hidden: Vec<Value> = match gate.get("hiddenReplies") {
                Some(Value::Array(hidden)) => hidden.clone(),
                _ => Vec::new(),
            };
            let there = hidden.iter().any(|uri| uri.as_str() == Some(&address));
            if there == on {
                return Ok(false);
            }
            if on && hidden.len() >= HIDDEN_REPLIES {
                let message = format!(
                    "{HIDDEN_REPLIES} answers are hidden in this thread, which is all that it can hold"
                );
                return Err(invalid(Rule::TooMany, "target", message));
            }
            if on {
                hidden.push(json!(address));
            } else {
                hidden.retain(|uri| uri.as_str() != Some(&address));
            }
            gate.insert("hiddenReplies".to_owned(), hidden.into());
            Ok(true)
        };
        self.change_gate(operation, &root, &change).await
    }

    /// Lets nobody else answer in a thread that this identity began, or lets all who are not kept out otherwise.
    async fn close(&self, operation: &Operation, post: &PostRef, on: bool) -> Result<()> {
        let uri = self.settled(operation, post.id.as_str()).await?;
        let address = uri.uri();
        let root = self.thread_of(operation, post, &uri).await?;
        if root != address {
            let message = "it is an answer: comments are closed at the post that begins the thread";
            return Err(
                invalid(Rule::Together, "target", message).with_operation(operation.clone())
            );
        }
        let change = |gate: &mut Map<String, Value>| {
            // A list without a rule lets nobody in; without a list everybody may answer.
            let closed = matches!(gate.get("allow"), Some(Value::Array(allow)) if allow.is_empty());
            if closed == on {
                return Ok(false);
            }
            if on {
                gate.insert("allow".to_owned(), json!([]));
            } else {
                gate.remove("allow");
            }
            Ok(true)
        };
        self.change_gate(operation, &root, &change).await
    }

    /// Changes the gate of a thread that this identity began.
    async fn change_gate(
        &self,
        operation: &Operation,
        root: &str,
        change: &Change<'_>,
    ) -> Result<()> {
        let Some((repo, POST, rkey)) = id::uri_parts(root) else {
            return Err(gone(operation));
        };
        if repo != self.session().await?.tokens.did() {
            let need = Need::Permission("having begun the thread".to_owned());
            return Err(Error::forbidden(need)
                .with_network(NETWORK)
                .with_operation(operation.clone()));
        }
        let now = self.inner.client.clock().now();
        let new = || {
            let mut gate = Map::new();
            gate.insert("$type".to_owned(), json!(THREADGATE));
            gate.insert("post".to_owned(), json!(root));
            gate.insert("createdAt".to_owned(), json!(stamp(now)));
            gate
        };
        self.change(operation, THREADGATE, rkey, &new, change).await
    }

    /// The address of the post that began a thread, told by the post or looked up.
    async fn thread_of(
        &self,
        operation: &Operation,
        post: &PostRef,
        uri: &id::PostUri,
    ) -> Result<String> {
        match &post.thread {
            Some(thread) => Ok(self.settled(operation, thread.as_str()).await?.uri()),
            None => self.root_of(operation, uri).await,
        }
    }

    /// The address of the post that began the thread of another.
    async fn root_of(&self, operation: &Operation, uri: &id::PostUri) -> Result<String> {
        let answer = self.record(operation, &uri.repo, POST, &uri.rkey).await?;
        let record: wire::Record<'_> = wire::read(&answer)?;
        let root = record
            .value
            .get()
            .and_then(|value| value.reply.get())
            .and_then(|reply| reply.root.get())
            .and_then(|root| root.uri.owned());
        Ok(root.unwrap_or_else(|| uri.uri()))
    }

    /// Pins a post of this identity to its profile, or takes it off.
    async fn pin(&self, operation: &Operation, post: &PostRef, on: bool) -> Result<()> {
        let uri = self.own(operation, post.id.as_str()).await?;
        let address = uri.uri();
        let strong = if on {
            let (uri, cid) = self.strong_of(operation, uri).await?;
            convert::strong_ref(&uri, &cid)
        } else {
            Value::Null
        };
        let new = || {
            let mut profile = Map::new();
            profile.insert("$type".to_owned(), json!(PROFILE));
            profile
        };
        let change = |profile: &mut Map<String, Value>| {
            let pinned = profile
                .get("pinnedPost")
                .and_then(|pinned| pinned.get("uri"))
                .and_then(Value::as_str)
                == Some(&address);
            if pinned == on {
                return Ok(false);
            }
            if on {
                profile.insert("pinnedPost".to_owned(), strong.clone());
            } else {
                profile.remove("pinnedPost");
            }
            Ok(true)
        };
        self.change(operation, PROFILE, "self", &new, &change).await
    }

    /// The conversation with an account, begun where there is none.
    pub(super) async fn conversation_with(
        &self,
        operation: &Operation,
        did: &str,
    ) -> Result<ConversationId> {
        let nsid = "chat.bsky.convo.getConvoForMembers";
        let answer = self.ask(operation, nsid, &[("members", did)]).await?;
        let found: wire::OneConvo<'_> = wire::read(&answer)?;
        match found.convo.id.get() {
            Some(id) => Ok(ConversationId::new(id)),
            None => Err(answer.unreadable("it names no conversation")),
        }
    }
}

/// A listing of accounts.
trait Listing {
    /// The accounts, and the server's cursor.
    fn read(answer: &crate::client::Answer) -> Result<(Vec<Account>, Option<String>)>;
}

macro_rules! listings {
    ($($answer:ident: |$page:ident| $profiles:expr;)*) => {$(
        impl Listing for wire::$answer<'_> {
            fn read(answer: &crate::client::Answer) -> Result<(Vec<Account>, Option<String>)> {
                let $page: wire::$answer<'_> = wire::read(answer)?;
                let accounts = $profiles.filter_map(convert::account).collect();
                Ok((accounts, $page.cursor.owned()))
            }
        }
    )*};
}

listings! {
    Followers: |page| page.followers.iter().filter_map(Obj::get);
    Follows: |page| page.follows.iter().filter_map(Obj::get);
    RepostedBy: |page| page.reposted_by.iter().filter_map(Obj::get);
    Likes: |page| page.likes.iter().filter_map(Obj::get).filter_map(|like| like.actor.get());
}
