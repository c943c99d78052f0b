//! Between the network's words and the models. Nothing here does I/O, and nothing is invented: what a view does not say
//! stays `None`.

use jiff::Timestamp;

use super::id::{PAGES, name_begins};
use super::wire;
use super::wire::Int;
use crate::model::{Account, AccountKind, Figure, Metric, Metrics};
use crate::shared::sheet::{Place, Sheet};

/// A moment as the network writes it, in seconds since 1970; 0 says that there is none.
pub(super) fn time(seconds: Int) -> Option<Timestamp> {
    let seconds = seconds.0.filter(|seconds| *seconds > 0)?;
    Timestamp::from_second(seconds).ok()
}

/// What is told of an account, before it is written down.
#[derive(Default)]
struct Told<'a> {
    handle: Option<&'a str>,
    /// In parts.
    name: [Option<&'a str>; 2],
    about: Option<&'a str>,
    avatar: Option<&'a str>,
}

/// An account whose texts stand on one sheet.
fn account_on(sheet: &mut Sheet, owner: i64, told: &Told<'_>) -> Account {
    let page = sheet.add(&[PAGES]);
    let number = owner.unsigned_abs();
    let id = sheet.format(format_args!("{}{number}", name_begins(owner)));
    let mut add = |text: Option<&str>| text.map(|text| sheet.add(&[text]));
    let handle = add(told.handle);
    let about = add(told.about);
    let avatar = add(told.avatar);
    let name = match told.name {
        [Some(first), Some(last)] => Some(sheet.add(&[first, " ", last])),
        [one, other] => one.or(other).map(|name| sheet.add(&[name])),
    };
    let written = sheet.finish();
    let cut = |place: Option<Place>| place.map(|place| written.cut(place));
    let mut account = Account::new(written.cut(id));
    account.url = Some(written.cut(page.through(id)));
    account.handle = cut(handle);
    account.name = cut(name);
    account.about = cut(about);
    account.avatar = cut(avatar);
    account.kind = Some(if owner < 0 {
        AccountKind::Community
    } else {
        AccountKind::Person
    });
    account
}

/// An account of which only the owner id is known.
pub(super) fn bare_account(owner: i64) -> Account {
    bare_account_on(&mut Sheet::new(), owner)
}

/// As `bare_account`, on a sheet that was used before.
pub(super) fn bare_account_on(sheet: &mut Sheet, owner: i64) -> Account {
    account_on(sheet, owner, &Told::default())
}

/// A person, on a sheet that was used before; `None` without an id.
pub(super) fn person_on(sheet: &mut Sheet, user: &wire::User<'_>) -> Option<Account> {
    let id = user.id.0.filter(|id| *id > 0)?;
    let told = Told {
        handle: user.screen_name.get().or(user.domain.get()),
        name: [user.first_name.get(), user.last_name.get()],
        about: user.about.get(),
        avatar: user.photo_200.get().or(user.photo_100.get()),
    };
    let mut account = account_on(sheet, id, &told);
    account.blocked = user.blacklisted_by_me.0;
    account.metrics = count(Metric::Followers, user.followers_count);
    Some(account)
}

/// A community; `None` without an id.
pub(super) fn community(group: &wire::Group<'_>) -> Option<Account> {
    community_on(&mut Sheet::new(), group)
}

/// As `community`, on a sheet that was used before.
pub(super) fn community_on(sheet: &mut Sheet, group: &wire::Group<'_>) -> Option<Account> {
    let id = group.id.0.filter(|id| *id > 0)?;
    let told = Told {
        handle: group.screen_name.get(),
        name: [group.name.get(), None],
        about: group.description.get(),
        avatar: group.photo_200.get().or(group.photo_100.get()),
    };
    let mut account = account_on(sheet, -id, &told);
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
        let account = person_on(&mut Sheet::new(), &user).unwrap();
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
        assert!(person_on(&mut Sheet::new(), &wire::User::default()).is_none());
        assert_eq!(time(Int(Some(0))), None);
    }
}
