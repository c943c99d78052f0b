//! Accounts and times from the network's words. Nothing here does I/O, and nothing is invented: what a view does not say
//! stays `None`.

use std::time::Duration;

use jiff::Timestamp;

use super::rules::PAGES;
use super::wire::{self, Num, Str};
use crate::model::{Account, Figure, Metric, Metrics};
use crate::shared::moment::written;
use crate::shared::sheet::{Place, Sheet};

/// What is asked of whoever wrote something.
pub(super) const AUTHOR_FIELDS: &str = "name,profile_image_url,username";
/// What is asked of an account.
pub(super) const USER_FIELDS: &str =
    "created_at,description,name,profile_image_url,public_metrics,username";
/// The same, and how it stands to whose the token is.
pub(super) const USER_FIELDS_OF_USERS: &str =
    "connection_status,created_at,description,name,profile_image_url,public_metrics,username";

/// A moment as the network writes it.
pub(super) fn time(told: &Str<'_>) -> Option<Timestamp> {
    written(told.get()?).map(|written| written.at)
}

/// How long something plays.
pub(super) fn millis(told: Num) -> Option<Duration> {
    told.0.map(Duration::from_millis)
}

/// Figures that are told, in one allocation; none where nothing is.
pub(super) fn counts<const N: usize>(told: [(Metric, Num); N]) -> Metrics {
    let known = told.iter().filter(|(_, count)| count.0.is_some()).count();
    let mut metrics = Metrics::with_capacity(known);
    for (metric, count) in told {
        if let Some(count) = count.0 {
            metrics.insert(Figure::count(metric, count));
        }
    }
    metrics
}

/// An account of which only the number is known.
pub(super) fn bare_account(number: &str) -> Account {
    Account::new(number)
}

/// An account; `None` without its number.
pub(super) fn account(user: &wire::User<'_>) -> Option<Account> {
    account_on(&mut Sheet::default(), user)
}

/// As `account`, on a sheet that was used before.
pub(super) fn account_on(sheet: &mut Sheet, user: &wire::User<'_>) -> Option<Account> {
    let id = sheet.add(&[user.id.get()?]);
    let mut add = |text: Option<&str>| text.map(|text| sheet.add(&[text]));
    let name = add(user.name.get());
    let about = add(user.description.get());
    let avatar = add(user.profile_image_url.get());
    let page = user.username.get().map(|name| {
        let page = sheet.add(&[PAGES, "/"]);
        (page, sheet.add(&[name]))
    });
    let written = sheet.finish();
    let cut = |place: Option<Place>| place.map(|place| written.cut(place));
    let mut account = Account::new(written.cut(id));
    account.name = cut(name);
    account.about = cut(about);
    account.avatar = cut(avatar);
    if let Some((page, handle)) = page {
        account.url = Some(written.cut(page.through(handle)));
        account.handle = Some(written.cut(handle));
    }
    account.created_at = time(&user.created_at);
    if let Some(metrics) = user.public_metrics.get() {
        account.metrics = counts([
            (Metric::Followers, metrics.followers),
            (Metric::Following, metrics.following),
            (Metric::Posts, metrics.posts),
        ]);
    }
    if let Some(connections) = connections(user) {
        account.followed = Some(connections.followed);
        account.follows = Some(connections.follows);
        account.blocked = Some(connections.blocked);
        account.muted = Some(connections.muted);
    }
    Some(account)
}

/// How an account stands to whose the token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Connections {
    pub(super) followed: bool,
    pub(super) follows: bool,
    pub(super) blocked: bool,
    pub(super) muted: bool,
}

/// How an account stands to whose the token is, where it tells.
pub(super) fn connections(user: &wire::User<'_>) -> Option<Connections> {
    if !user.connection_status.told {
        return None;
    }
    let has = |word: &str| {
        user.connection_status
            .iter()
            .any(|told| told.get() == Some(word))
    };
    Some(Connections {
        followed: has("following"),
        follows: has("followed_by"),
        blocked: has("blocking"),
        muted: has("muting"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_told_with_what_is_known_of_it() {
        let user: wire::User<'_> = wire::told(
            r#"{"id":"2244994945","username":"XDevelopers","name":"Developers","description":"","created_at":"2013-12-14T04:35:55.000Z",
                "public_metrics":{"followers_count":3,"following_count":0,"post_count":9,"listed_count":1},"connection_status":["followed_by","muting"]}"#,
        );
        let account = account(&user).unwrap();
        assert_eq!(account.id.as_str(), "2244994945");
        assert_eq!(account.handle.as_deref(), Some("XDevelopers"));
        assert_eq!(account.url.as_deref(), Some("https://x.com/XDevelopers"));
        assert_eq!(account.about, None);
        assert_eq!(
            account.created_at.unwrap().to_string(),
            "2013-12-14T04:35:55Z"
        );
        assert_eq!(account.metrics.count(Metric::Posts), Some(9));
        assert_eq!(
            (
                account.follows,
                account.followed,
                account.muted,
                account.blocked
            ),
            (Some(true), Some(false), Some(true), Some(false))
        );
        // The older name of the same figure.
        let user: wire::User<'_> = wire::told(r#"{"id":7,"public_metrics":{"tweet_count":4}}"#);
        let account = super::account(&user).unwrap();
        assert_eq!(
            (account.id.as_str(), account.metrics.count(Metric::Posts)),
            ("7", Some(4))
        );
        assert_eq!((account.follows, account.handle), (None, None));
        assert!(super::account(&wire::User::default()).is_none());
    }
}
