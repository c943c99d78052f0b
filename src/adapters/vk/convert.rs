//! Between the network's words and the models. Nothing here does I/O, and nothing is invented: what a view does not say
//! stays `None`.

use jiff::Timestamp;

use super::id::{account_id, account_url};
use super::wire;
use super::wire::Int;
use crate::model::{Account, AccountKind, Figure, Metric, Metrics};

/// A moment as the network writes it, in seconds since 1970; 0 says that there is none.
pub(super) fn time(seconds: Int) -> Option<Timestamp> {
    let seconds = seconds.0.filter(|seconds| *seconds > 0)?;
    Timestamp::from_second(seconds).ok()
}

/// An account of which only the owner id is known.
pub(super) fn bare_account(owner: i64) -> Account {
    let mut account = Account::new(account_id(owner));
    account.url = Some(account_url(owner).into());
    account.kind = Some(if owner < 0 {
        AccountKind::Community
    } else {
        AccountKind::Person
    });
    account
}

/// A person; `None` without an id.
pub(super) fn person(user: &wire::User<'_>) -> Option<Account> {
    let mut account = bare_account(user.id.0.filter(|id| *id > 0)?);
    account.handle = user.screen_name.get().or(user.domain.get()).map(Into::into);
    let names = [user.first_name.get(), user.last_name.get()];
    let name: Vec<&str> = names.into_iter().flatten().collect();
    if !name.is_empty() {
        account.name = Some(name.join(" ").into());
    }
    account.about = user.about.get().map(Into::into);
    account.avatar = user
        .photo_200
        .get()
        .or(user.photo_100.get())
        .map(Into::into);
    account.blocked = user.blacklisted_by_me.0;
    account.metrics = count(Metric::Followers, user.followers_count);
    Some(account)
}

/// A community; `None` without an id.
pub(super) fn community(group: &wire::Group<'_>) -> Option<Account> {
    let mut account = bare_account(-group.id.0.filter(|id| *id > 0)?);
    account.handle = group.screen_name.get().map(Into::into);
    account.name = group.name.get().map(Into::into);
    account.about = group.description.get().map(Into::into);
    account.avatar = group
        .photo_200
        .get()
        .or(group.photo_100.get())
        .map(Into::into);
    account.followed = group.is_member.0;
    account.metrics = count(Metric::Followers, group.members_count);
    Some(account)
}

/// A figure where it is told.
pub(super) fn count(metric: Metric, told: Int) -> Metrics {
    let mut metrics = Metrics::default();
    if let Some(count) = told.0.and_then(|count| u64::try_from(count).ok()) {
        metrics.insert(Figure::count(metric, count));
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_told_with_what_is_known_of_them() {
        let user: wire::User<'_> = crate::adapters::vk::wire::told(
            r#"{"id":7,"first_name":"Анна","last_name":"","screen_name":"anna","photo_100":"https://x/p","followers_count":3,"blacklisted_by_me":1}"#,
        );
        let account = person(&user).unwrap();
        assert_eq!(
            (account.id.as_str(), account.name.as_deref()),
            ("id7", Some("Анна"))
        );
        assert_eq!(account.metrics.count(Metric::Followers), Some(3));
        assert_eq!(account.blocked, Some(true));
        assert_eq!(account.kind, Some(AccountKind::Person));
        let group: wire::Group<'_> =
            crate::adapters::vk::wire::told(r#"{"id":5,"name":"Shop","is_member":0}"#);
        let account = community(&group).unwrap();
        assert_eq!(
            (account.id.as_str(), account.url.as_deref()),
            ("club5", Some("https://vk.com/club5"))
        );
        assert_eq!(account.followed, Some(false));
        assert_eq!(account.metrics.count(Metric::Followers), None);
        assert!(person(&wire::User::default()).is_none());
        assert_eq!(time(Int(Some(0))), None);
    }
}
