//! Who belongs to whom, and who did what to a post.

use std::collections::HashMap;

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use futures_util::future::try_join_all;

use super::super::Vk;
use super::super::compose::known_person;
use super::super::convert::community;
use super::super::id::{self, Thing};
use super::super::rules::NETWORK;
use super::super::wire::{self, List, Obj};
use super::place::Place;
use super::posts::{AUTHOR_FIELDS, count, gone};
use super::{Params, invalid, listed, response};
use crate::client::Answer;
use crate::error::{Error, ErrorKind, Need, Result, Rule};
use crate::id::{AccountId, PostId};
use crate::model::{Account, AccountRef, Audience, AudienceQuery, Membership, Page, PageRequest};
use crate::operation::Operation;

/// How many accounts a page holds at most (schema, `groups.getMembers`, `likes.getList`).
const ACCOUNTS: u32 = 1000;
/// How many comments are asked for at once (docs, `wall.getComments`).
const COMMENTS: u32 = 100;
/// How many accounts are asked about in one call. The bound is not published; fewer are asked about where the network
/// calls it too many.
const ASKED_ABOUT: usize = 200;

impl Vk {
    pub(in super::super) async fn listed_accounts(
        &self,
        query: &AudienceQuery,
    ) -> Result<Page<Account>> {
        let operation = query.audience.operation();
        let page = &query.page;
        match &query.audience {
            Audience::Followers(account) | Audience::Members(account) => {
                let owner = self.owner_of(&operation, account).await?;
                if owner > 0 {
                    let message =
                        "followers and members are told of communities: name one, such as club1";
                    let error = invalid(Rule::Together, "account", message);
                    return Err(error.with_operation(operation));
                }
                self.members(&operation, owner, page).await
            }
            Audience::Liked(post) => self.likers(&operation, post, "likes", page).await,
            Audience::Reposted(post) => self.likers(&operation, post, "copies", page).await,
            Audience::Commented(post) => self.commenters(&operation, post, page).await,
            Audience::Voted(post, choice) => self.voters(&operation, post, *choice, page).await,
            Audience::Following(_) => Err(Error::unsupported(NETWORK, operation)),
        }
    }

    async fn members(
        &self,
        operation: &Operation,
        owner: i64,
        page: &PageRequest,
    ) -> Result<Page<Account>> {
        let place = Place::of(page, ACCOUNTS)?;
        let params = Params::new()
            .with("group_id", owner.unsigned_abs())
            .with("count", place.limit)
            .with("offset", place.offset)
            .with("fields", AUTHOR_FIELDS);
        let answer = self.ask(operation, "groups.getMembers", &params).await?;
        let told: wire::People<'_> = response(&answer)?;
        let total = count(told.count);
        let accounts = told.items.iter().filter_map(Obj::get);
        let accounts: Vec<Account> = accounts.filter_map(known_person).collect();
        let next = place.next(told.items.len(), total);
        Ok(Page::new(accounts)
            .total(total)
            .next(next)
            .raw(answer.raw()))
    }

    async fn likers(
        &self,
        operation: &Operation,
        post: &PostId,
        filter: &str,
        page: &PageRequest,
    ) -> Result<Page<Account>> {
        let thing = Thing::parse(post.as_str())?;
        if matches!(thing, Thing::Topic { .. }) {
            let message = "a topic has no likes, its comments have: name one of them";
            return Err(invalid(Rule::Together, "post", message).with_operation(operation.clone()));
        }
        let place = Place::of(page, ACCOUNTS)?;
        let params = Params::new()
            .with("type", thing.kind())
            .with("owner_id", thing.owner())
            .with("item_id", thing.number())
            .with("filter", filter)
            .flag("extended", true)
            .with("fields", AUTHOR_FIELDS)
            .with("count", place.limit)
            .with("offset", place.offset);
        let answer = self.ask(operation, "likes.getList", &params).await?;
        let told: wire::Likers<'_> = response(&answer)?;
        let total = count(told.count);
        let next = place.next(told.items.len(), total);
        let accounts = told
            .items
            .iter()
            .filter_map(|liker| liker.get().and_then(liked_by));
        Ok(Page::new(accounts.collect())
            .total(total)
            .next(next)
            .raw(answer.raw()))
    }

    /// Who commented, each once a page. How many they are the network does not count: its total is that of the comments.
    async fn commenters(
        &self,
        operation: &Operation,
        post: &PostId,
        page: &PageRequest,
    ) -> Result<Page<Account>> {
        let root = Thing::parse(post.as_str())?.root();
        let place = Place::of(page, COMMENTS)?;
        let (comments, next) = self.comments_of(operation, root, &place).await?;
        let mut accounts: Vec<Account> = Vec::new();
        for author in comments.into_iter().filter_map(|comment| comment.author) {
            if !accounts.iter().any(|known| known.id == author.id) {
                accounts.push((*author).clone());
            }
        }
        Ok(Page::new(accounts).next(next))
    }

    async fn voters(
        &self,
        operation: &Operation,
        post: &PostId,
        choice: Option<u32>,
        page: &PageRequest,
    ) -> Result<Page<Account>> {
        let thing = Thing::parse(post.as_str())?;
        let place = Place::of(page, ACCOUNTS)?;
        let poll = self.poll_of(operation, thing).await?;
        let answers: Vec<i64> = match choice {
            None => poll.answers,
            Some(choice) => {
                let of = usize::try_from(choice)
                    .ok()
                    .and_then(|at| poll.answers.get(at));
                let Some(answer) = of else {
                    let message = format!("the poll has no answer {choice}: they count from 0");
                    return Err(invalid(Rule::Malformed, "choice", message)
                        .with_operation(operation.clone()));
                };
                vec![*answer]
            }
        };
        let answer = self
            .voters_answer(operation, poll.owner, poll.id, &answers, &place)
            .await?;
        let told: List<Obj<wire::Voters<'_>>> = listed(&answer)?;
        let (mut accounts, mut came, mut total, mut more) = (Vec::<Account>::new(), 0, 0, false);
        for users in told.objects().filter_map(|voters| voters.users.get()) {
            let all = count(users.count).unwrap_or_default();
            total += all;
            came = came.max(users.items.0.len());
            more |= place.next(users.items.0.len(), Some(all)).is_some();
            for account in users.items.objects().filter_map(known_person) {
                if !accounts.iter().any(|known| known.id == account.id) {
                    accounts.push(account);
                }
            }
        }
        let next = place.next(came, Some(u64::MAX)).filter(|_| more);
        // Who may choose several answers stands under each.
        let total = Some(total).filter(|_| !poll.multiple || choice.is_some());
        Ok(Page::new(accounts)
            .total(total)
            .next(next)
            .raw(answer.raw()))
    }

    async fn voters_answer(
        &self,
        operation: &Operation,
        owner: i64,
        poll: i64,
        answers: &[i64],
        place: &Place,
    ) -> Result<Answer> {
        let answers: Vec<String> = answers.iter().map(i64::to_string).collect();
        let params = Params::new()
            .with("owner_id", owner)
            .with("poll_id", poll)
            .with("answer_ids", answers.join(","))
            .with("count", place.limit)
            .with("offset", place.offset)
            .with("fields", AUTHOR_FIELDS);
        self.ask(operation, "polls.getVoters", &params).await
    }

    /// The poll in a post.
    pub(super) async fn poll_of(&self, operation: &Operation, thing: Thing) -> Result<PollRef> {
        let found = self
            .each_thing(operation, std::iter::once(thing), |view, _, _| {
                Some(poll_in(view))
            })
            .await?;
        let poll = found.into_values().next();
        let poll = poll.ok_or_else(|| gone(operation))??;
        let poll = poll.ok_or_else(|| {
            let message = "there is no poll in it: name a post that has one";
            invalid(Rule::Together, "post", message).with_operation(operation.clone())
        })?;
        if poll.anonymous {
            let need = Need::Permission("a poll whose votes are open".to_owned());
            let message = "who voted is not told of an anonymous poll";
            return Err(Error::new(ErrorKind::Forbidden(need), message)
                .with_network(NETWORK)
                .with_operation(operation.clone()));
        }
        Ok(poll)
    }

    pub(in super::super) async fn memberships(
        &self,
        accounts: &[AccountId],
    ) -> Result<Vec<Membership>> {
        let operation = Operation::MEMBERSHIP;
        let owner = self.owner_of(&operation, &AccountRef::Me).await?;
        let owners: Vec<i64> = accounts.iter().map(id::account).collect::<Result<_>>()?;
        // Communities are members of none.
        let mut people: Vec<i64> = owners.iter().copied().filter(|owner| *owner > 0).collect();
        people.sort_unstable();
        people.dedup();
        let group = owner.unsigned_abs();
        let batches = people.chunks(ASKED_ABOUT);
        let told = batches.map(|batch| self.members_among(&operation, group, batch));
        let told: HashMap<i64, bool> = try_join_all(told).await?.into_iter().flatten().collect();
        let membership = |owner: &i64| match told.get(owner) {
            _ if *owner < 0 => Membership::No,
            Some(true) => Membership::Yes,
            Some(false) => Membership::No,
            None => Membership::Unknown,
        };
        Ok(owners.iter().map(membership).collect())
    }

    /// Which of these people are members; in halves where the network calls them too many, or one of them wrong.
    fn members_among<'a>(
        &'a self,
        operation: &'a Operation,
        group: u64,
        people: &'a [i64],
    ) -> BoxFuture<'a, Result<Vec<(i64, bool)>>> {
        async move {
            let ids: Vec<String> = people.iter().map(i64::to_string).collect();
            let params = Params::new()
                .with("group_id", group)
                .with("user_ids", ids.join(","));
            match self.ask(operation, "groups.isMember", &params).await {
                Ok(answer) => {
                    let told: List<Obj<wire::MemberStatus>> = listed(&answer)?;
                    let statuses = told.objects();
                    Ok(statuses
                        .filter_map(|status| status.user_id.0.zip(status.member.0))
                        .collect())
                }
                Err(error) if error.code() == Some("100") && people.len() > 1 => {
                    let (one, other) = people.split_at(people.len() / 2);
                    let mut told = self.members_among(operation, group, one).await?;
                    told.extend(self.members_among(operation, group, other).await?);
                    Ok(told)
                }
                // Of one alone that the network does not know, it tells nothing.
                Err(error) if error.code() == Some("100") => Ok(Vec::new()),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }
}

/// A poll as it is asked about.
pub(super) struct PollRef {
    pub(super) owner: i64,
    pub(super) id: i64,
    /// The numbers of its answers, in their order.
    pub(super) answers: Vec<i64>,
    pub(super) multiple: bool,
    anonymous: bool,
}

fn poll_in(view: &wire::WallItem<'_>) -> Option<PollRef> {
    let polls = view
        .attachments
        .objects()
        .filter_map(|file| file.poll.get());
    let poll = polls.into_iter().next()?;
    Some(PollRef {
        owner: poll.owner_id.0?,
        id: poll.id.0?,
        answers: poll
            .answers
            .objects()
            .filter_map(|answer| answer.id.0)
            .collect(),
        multiple: poll.multiple.0 == Some(true),
        anonymous: poll.anonymous.0 == Some(true),
    })
}

/// Who liked or reposted something: a person, unless the type says otherwise.
fn liked_by(liker: &wire::Liker<'_>) -> Option<Account> {
    let id = liker.id.0?;
    let is_group = matches!(liker.kind.get(), Some("group" | "page" | "event"));
    if is_group || id < 0 {
        return community(&wire::Group {
            id: wire::Int(Some(id.checked_abs()?)),
            name: liker.name,
            screen_name: liker.screen_name,
            photo_200: liker.photo_200,
            photo_100: liker.photo_100,
            ..wire::Group::default()
        });
    }
    known_person(&wire::User {
        id: liker.id,
        first_name: liker.first_name,
        last_name: liker.last_name,
        screen_name: liker.screen_name,
        photo_200: liker.photo_200,
        photo_100: liker.photo_100,
        deactivated: liker.deactivated,
        ..wire::User::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_communities_stand_among_those_who_like() {
        let told: wire::Likers<'_> = crate::adapters::vk::wire::told(
            r#"{"count":4,"items":[{"id":7,"type":"profile","first_name":"Anna","last_name":"B"},{"id":3,"type":"page","name":"Shop"},
                {"id":-4},{"id":null},{"id":9,"first_name":"DELETED","deactivated":"deleted"}]}"#,
        );
        let accounts = told
            .items
            .iter()
            .filter_map(|liker| liker.get().and_then(liked_by));
        let names: Vec<(String, Option<String>)> = accounts
            .map(|a| (a.id.to_string(), a.name.map(String::from)))
            .collect();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            names,
            [
                ("id7".to_owned(), name("Anna B")),
                ("club3".to_owned(), name("Shop")),
                ("club4".to_owned(), None),
                ("id9".to_owned(), None),
            ]
        );
    }
}
