//! Accounts and who follows, blocks and mutes whom (app.bsky.actor, app.bsky.graph).

use serde_json::{Value, json};

use super::faults::Rule;
use super::index::{Indexed, Link, PROFILE};
use super::state::{Standing, World};
use super::syntax::{Format, at_uri_parts, is_did};
use super::views::{Key, key, with_cursor};
use super::xrpc::{Answer, Call, Refusal, Reply};

pub(super) fn get_profile(world: &mut World, call: &Call<'_>) -> Answer {
    let did = world.actor(call, "actor")?;
    let viewer = call.viewer.as_deref();
    let view = world
        .profile_detailed(&did, viewer)
        .ok_or_else(Refusal::internal)?;
    Ok(patched(world, view, &did, call))
}

/// A profile for its owner: patched by the PDS where the owner changed it and the index lacks that.
fn patched(world: &World, mut view: Value, did: &str, call: &Call<'_>) -> Reply {
    let me = call.viewer.as_deref().unwrap_or_default();
    let local = if me == did {
        world.unseen(me)
    } else {
        Vec::new()
    };
    if local.is_empty() {
        return world.with_rev(Reply::json(view), me);
    }
    let profile = local
        .iter()
        .rev()
        .find(|record| record.collection == PROFILE);
    if let (Some(profile), Some(fields)) = (profile, view.as_object_mut()) {
        for name in ["displayName", "description"] {
            match profile.value.get(name) {
                Some(value) => drop(fields.insert(name.to_owned(), value.clone())),
                None => drop(fields.remove(name)),
            }
        }
    }
    Reply::json(view).with("atproto-upstream-lag", world.lag(me, call.now).to_string())
}

pub(super) fn get_profiles(world: &mut World, call: &Call<'_>) -> Answer {
    let actors = call.need_many("actors", 25, Format::AtIdentifier)?;
    let viewer = call.viewer.as_deref();
    let profiles: Vec<Value> = actors
        .into_iter()
        .filter_map(|actor| world.profile_detailed(&world.find(actor)?.did, viewer))
        .collect();
    Ok(Reply::json(json!({ "profiles": profiles })))
}

impl World {
    fn search_people(
        &self,
        call: &Call<'_>,
        limit: usize,
    ) -> Result<(Vec<Value>, Option<String>), Refusal> {
        let words = call
            .param("q")
            .or_else(|| call.param("term"))
            .unwrap_or_default();
        let words = words.trim().trim_start_matches('@').to_lowercase();
        let viewer = call.viewer.as_deref();
        let matches = |did: &str, handle: &str| {
            let name = self
                .index
                .profile(did)
                .and_then(|profile| profile.value.get("displayName"));
            handle.contains(&words)
                || name
                    .and_then(Value::as_str)
                    .is_some_and(|name| name.to_lowercase().contains(&words))
        };
        let items: Vec<(Key, String)> = self
            .accounts
            .values()
            .filter(|account| matches(&account.did, &account.handle))
            .map(|account| {
                (
                    (account.created.as_millisecond(), account.did.clone()),
                    account.did.clone(),
                )
            })
            .collect();
        let (page, cursor) = self.page(items, limit, call.param("cursor"))?;
        let people = page
            .iter()
            .filter(|did| !self.hidden_by_block(viewer, did))
            .filter_map(|did| self.profile_view(did, viewer))
            .collect();
        Ok((people, cursor))
    }
}

pub(super) fn search_actors(world: &mut World, call: &Call<'_>) -> Answer {
    let (actors, cursor) = world.search_people(call, call.limit(25)?)?;
    Ok(Reply::json(with_cursor(
        json!({ "actors": actors }),
        cursor,
    )))
}

pub(super) fn search_actors_typeahead(world: &mut World, call: &Call<'_>) -> Answer {
    let (actors, _) = world.search_people(call, call.limit(10)?)?;
    Ok(Reply::json(json!({ "actors": actors })))
}

pub(super) fn get_preferences(world: &mut World, call: &Call<'_>) -> Answer {
    let account = world
        .accounts
        .get(call.me()?)
        .ok_or_else(Refusal::internal)?;
    Ok(Reply::json(json!({ "preferences": account.preferences })))
}

pub(super) fn put_preferences(world: &mut World, call: &Call<'_>) -> Answer {
    let preferences = call
        .input
        .get("preferences")
        .cloned()
        .unwrap_or_else(|| json!([]));
    if let Some(account) = world.find_mut(call.me()?) {
        account.preferences = preferences;
    }
    Ok(Reply::empty())
}

/// A page of accounts that stand at the other end of follows or blocks.
fn people_page(
    world: &World,
    call: &Call<'_>,
    link: Link,
    did: &str,
    other: fn(&Indexed) -> Option<&str>,
) -> Result<(Vec<Value>, Option<String>), Refusal> {
    let viewer = call.viewer.as_deref();
    let items: Vec<(Key, String)> = world
        .index
        .linked(link, did)
        .filter_map(|record| Some((key(record), other(record)?.to_owned())))
        .collect();
    let (page, cursor) = world.page(items, call.limit(50)?, call.param("cursor"))?;
    let hides_blocked = link != Link::BlocksBy;
    let people = page
        .iter()
        .filter(|did| !(hides_blocked && world.hidden_by_block(viewer, did)))
        .filter_map(|did| world.profile_view(did, viewer))
        .collect();
    Ok((people, cursor))
}

fn author(record: &Indexed) -> Option<&str> {
    Some(record.did.as_str())
}

fn known_actor(world: &World, call: &Call<'_>) -> Result<String, Refusal> {
    let actor = call.need_format("actor", Format::AtIdentifier)?;
    let account = world
        .find(actor)
        .filter(|account| account.standing == Standing::Active)
        .ok_or_else(|| Refusal::invalid(format!("Actor not found: {actor}")))?;
    Ok(account.did.clone())
}

pub(super) fn get_followers(world: &mut World, call: &Call<'_>) -> Answer {
    let did = known_actor(world, call)?;
    let (people, cursor) = people_page(world, call, Link::FollowersOf, &did, author)?;
    let people = if world.keeps(Rule::FollowersAreListed) {
        people
    } else {
        Vec::new()
    };
    let subject = world.profile_view(&did, call.viewer.as_deref());
    Ok(Reply::json(with_cursor(
        json!({ "subject": subject, "followers": people }),
        cursor,
    )))
}

pub(super) fn get_follows(world: &mut World, call: &Call<'_>) -> Answer {
    let did = known_actor(world, call)?;
    let (people, cursor) = people_page(world, call, Link::FollowsBy, &did, Indexed::subject)?;
    let people = if world.keeps(Rule::FollowersAreListed) {
        people
    } else {
        Vec::new()
    };
    let subject = world.profile_view(&did, call.viewer.as_deref());
    Ok(Reply::json(with_cursor(
        json!({ "subject": subject, "follows": people }),
        cursor,
    )))
}

pub(super) fn get_relationships(world: &mut World, call: &Call<'_>) -> Answer {
    let actor = call.need_format("actor", Format::AtIdentifier)?;
    let others = call.many("others", 30, Format::AtIdentifier)?;
    let Some(did) = world.find(actor).map(|account| account.did.clone()) else {
        return Err(Refusal::named(
            "ActorNotFound",
            format!("Actor not found: {actor}"),
        ));
    };
    let told = world.keeps(Rule::RelationshipsAreTold);
    let relationships: Vec<Value> = others
        .into_iter()
        .map(|other| {
            // A DID is taken as it is, known or not; a handle has to lead to one.
            let known = world.find(other).map(|account| account.did.as_str());
            let Some(other) = known.or(Some(other).filter(|other| is_did(other))) else {
                return json!({
                    "$type": "app.bsky.graph.defs#notFoundActor", "actor": other, "notFound": true,
                });
            };
            let facts = [
                ("following", world.index.follow(&did, other)),
                ("followedBy", world.index.follow(other, &did)),
                ("blocking", world.index.block(&did, other)),
                ("blockedBy", world.index.block(other, &did)),
            ];
            let mut view = json!({ "$type": "app.bsky.graph.defs#relationship", "did": other });
            if let Some(fields) = view.as_object_mut() {
                fields.extend(
                    facts
                        .into_iter()
                        .filter(|_| told)
                        .filter_map(|(name, uri)| Some((name.to_owned(), json!(uri?)))),
                );
            }
            view
        })
        .collect();
    Ok(Reply::json(
        json!({ "actor": did, "relationships": relationships }),
    ))
}

pub(super) fn get_blocks(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let (people, cursor) = people_page(world, call, Link::BlocksBy, me, Indexed::subject)?;
    Ok(Reply::json(with_cursor(
        json!({ "blocks": people }),
        cursor,
    )))
}

pub(super) fn get_mutes(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let account = world.accounts.get(me).ok_or_else(Refusal::internal)?;
    let items: Vec<(Key, String)> = account
        .mutes
        .iter()
        .map(|(at, did)| ((at.as_millisecond(), did.clone()), did.clone()))
        .collect();
    let (page, cursor) = world.page(items, call.limit(50)?, call.param("cursor"))?;
    let people: Vec<Value> = page
        .iter()
        .filter_map(|did| world.profile_view(did, Some(me)))
        .collect();
    Ok(Reply::json(with_cursor(json!({ "mutes": people }), cursor)))
}

fn target(world: &World, call: &Call<'_>) -> Result<String, Refusal> {
    let actor = call.need_field("actor")?;
    let account = world
        .find(actor)
        .ok_or_else(|| Refusal::invalid("Actor not found"))?;
    Ok(account.did.clone())
}

pub(super) fn mute_actor(world: &mut World, call: &Call<'_>) -> Answer {
    let did = target(world, call)?;
    let me = call.me()?;
    if did == me {
        return Err(Refusal::invalid("Cannot mute oneself"));
    }
    if let Some(account) = world.accounts.get_mut(me)
        && account.mutes.iter().all(|(_, muted)| *muted != did)
    {
        account.mutes.push((call.now, did));
    }
    Ok(Reply::empty())
}

pub(super) fn unmute_actor(world: &mut World, call: &Call<'_>) -> Answer {
    let did = target(world, call)?;
    if let Some(account) = world.accounts.get_mut(call.me()?) {
        account.mutes.retain(|(_, muted)| *muted != did);
    }
    Ok(Reply::empty())
}

pub(super) fn mute_thread(world: &mut World, call: &Call<'_>) -> Answer {
    let root = call.need_field("root")?.to_owned();
    if let Some(account) = world.accounts.get_mut(call.me()?) {
        account.muted_threads.insert(root);
    }
    Ok(Reply::empty())
}

pub(super) fn unmute_thread(world: &mut World, call: &Call<'_>) -> Answer {
    let root = call.need_field("root")?;
    if let Some(account) = world.accounts.get_mut(call.me()?) {
        account.muted_threads.remove(root);
    }
    Ok(Reply::empty())
}

fn bookmarkable(uri: &str) -> Result<(), Refusal> {
    match at_uri_parts(uri) {
        Some((_, Some(super::index::POST), _)) => Ok(()),
        _ => Err(Refusal::named(
            "UnsupportedCollection",
            "Only 'app.bsky.feed.post' records can be bookmarked",
        )),
    }
}

pub(super) fn create_bookmark(world: &mut World, call: &Call<'_>) -> Answer {
    let (uri, cid) = (
        call.need_field("uri")?.to_owned(),
        call.need_field("cid")?.to_owned(),
    );
    bookmarkable(&uri)?;
    let key = world.next_tid(call.now);
    let kept = world.keeps(Rule::BookmarksAreKept);
    if let Some(account) = world.accounts.get_mut(call.me()?).filter(|_| kept)
        && account.bookmarks.iter().all(|bookmark| bookmark.uri != uri)
    {
        account.bookmarks.push(super::state::Bookmark {
            key,
            uri,
            cid,
            at: call.now,
        });
    }
    Ok(Reply::empty())
}

pub(super) fn delete_bookmark(world: &mut World, call: &Call<'_>) -> Answer {
    let uri = call.need_field("uri")?;
    bookmarkable(uri)?;
    if let Some(account) = world.accounts.get_mut(call.me()?) {
        account.bookmarks.retain(|bookmark| bookmark.uri != uri);
    }
    Ok(Reply::empty())
}

pub(super) fn get_bookmarks(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let account = world.accounts.get(me).ok_or_else(Refusal::internal)?;
    let items = account
        .bookmarks
        .iter()
        .map(|bookmark| {
            (
                (bookmark.at.as_millisecond(), bookmark.key.clone()),
                bookmark,
            )
        })
        .collect();
    let (page, cursor) = world.page(items, call.limit(50)?, call.param("cursor"))?;
    let bookmarks: Vec<Value> = page
        .into_iter()
        .map(|bookmark| {
            json!({
                "createdAt": super::syntax::iso(bookmark.at),
                "subject": { "uri": bookmark.uri, "cid": bookmark.cid },
                "item": world.maybe_post(&bookmark.uri, Some(me)),
            })
        })
        .collect();
    Ok(Reply::json(with_cursor(
        json!({ "bookmarks": bookmarks }),
        cursor,
    )))
}
