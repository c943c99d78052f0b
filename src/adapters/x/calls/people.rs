//! Who follows whom, and who did what to a post.

use std::collections::HashMap;

use futures_util::future::try_join_all;

use super::super::convert;
use super::super::rules::endpoints::{
    Endpoint, FOLLOWERS, FOLLOWING, LIKERS, REPOSTERS, USERS_BY_ID,
};
use super::super::rules::{ACCOUNTS_PAGE, IDS_AT_ONCE, NETWORK, PAGE, TokenKind};
use super::super::{X, compose, fault, id, wire};
use super::place::Place;
use super::{Call, told};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::model::{Account, Audience, AudienceQuery, Membership, Page, PageRequest, PostQuery};
use crate::operation::Operation;

impl X {
    pub(in super::super) async fn listed_accounts(
        &self,
        query: &AudienceQuery,
    ) -> Result<Page<Account>> {
        let operation = query.audience.operation();
        let page = &query.page;
        match &query.audience {
            Audience::Followers(account) => {
                let number = self.number_of(&operation, account).await?;
                self.accounts(&operation, FOLLOWERS, number.as_str(), page, ACCOUNTS_PAGE)
                    .await
            }
            Audience::Following(account) => {
                let number = self.number_of(&operation, account).await?;
                self.accounts(&operation, FOLLOWING, number.as_str(), page, ACCOUNTS_PAGE)
                    .await
            }
            Audience::Liked(post) => {
                self.accounts(&operation, LIKERS, id::post(post)?, page, PAGE)
                    .await
            }
            Audience::Reposted(post) => {
                self.accounts(&operation, REPOSTERS, id::post(post)?, page, PAGE)
                    .await
            }
            Audience::Commented(post) => {
                let query = PostQuery::replies(post.clone()).page(page.clone());
                let answers = self.replies(&operation, post, &query).await?;
                let mut accounts: Vec<Account> = Vec::new();
                for author in answers.items.into_iter().filter_map(|post| post.author) {
                    if !accounts.iter().any(|known| known.id == author.id) {
                        accounts.push((*author).clone());
                    }
                }
                Ok(Page::new(accounts)
                    .omitted(answers.omitted)
                    .next(answers.next))
            }
            // Communities' members and who voted are told nowhere.
            Audience::Members(_) | Audience::Voted(..) => {
                Err(Error::unsupported(NETWORK, operation))
            }
        }
    }

    async fn accounts(
        &self,
        operation: &Operation,
        endpoint: &'static Endpoint,
        of: &str,
        page: &PageRequest,
        most: u32,
    ) -> Result<Page<Account>> {
        let place = Place::of(page, 1, most)?;
        let call = Call::of(endpoint, &[of])
            .listing(place.count(), 1)
            .maybe("pagination_token", place.token.as_deref())
            .with("user.fields", self.user_fields(endpoint));
        let answer = self.ask(operation, call).await?;
        let found: wire::Users<'_> = told(&answer)?;
        let token = found.meta.get().and_then(|meta| meta.next_token.get());
        let mut accounts: Vec<Account> =
            found.data.objects().filter_map(convert::account).collect();
        let next = place.cut(&mut accounts, token);
        let omitted = compose::omitted(&found.errors);
        Ok(Page::new(accounts)
            .omitted(omitted)
            .next(next)
            .raw(answer.raw()))
    }

    pub(in super::super) async fn memberships(
        &self,
        accounts: &[AccountId],
    ) -> Result<Vec<Membership>> {
        let operation = Operation::MEMBERSHIP;
        let numbers: Vec<&str> = accounts.iter().map(id::account).collect::<Result<_>>()?;
        let mut wanted = numbers.clone();
        wanted.sort_unstable();
        wanted.dedup();
        // How somebody stands to this account is told to this account alone.
        let has = self.inner.tokens.has();
        let kind = if has.oauth2 {
            TokenKind::OAuth2
        } else {
            TokenKind::OAuth1
        };
        let asked = wanted.chunks(IDS_AT_ONCE).map(|batch| {
            let call = Call::of(USERS_BY_ID, &[])
                .with("ids", batch.join(","))
                .with("user.fields", "connection_status")
                .most(batch.len() as u64)
                .by(kind);
            self.ask(&operation, call)
        });
        let mut known: HashMap<String, bool> = HashMap::new();
        for answer in try_join_all(asked).await? {
            let found: wire::Users<'_> = wire::read(&answer)?;
            // Nothing is written where two have nothing to do with each other; that it may not be told is.
            let hidden: Vec<&str> = (found.errors.objects())
                .filter(|problem| fault::is_of_a_field(problem))
                .filter_map(|problem| problem.resource_id.get())
                .collect();
            for number in found.data.objects().filter_map(|user| user.id.get()) {
                if !hidden.contains(&number) {
                    known.insert(number.to_owned(), false);
                }
            }
            for user in found.data.objects() {
                if let (Some(number), Some(connections)) =
                    (user.id.get(), convert::connections(user))
                {
                    known.insert(number.to_owned(), connections.follows);
                }
            }
        }
        let membership = |number: &&str| match known.get(*number) {
            Some(true) => Membership::Yes,
            Some(false) => Membership::No,
            None => Membership::Unknown,
        };
        Ok(numbers.iter().map(membership).collect())
    }
}
