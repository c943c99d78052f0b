//! Logins, limits, and what stands before the network.

use sociable::adapters::x::XLogin;
use sociable::oauth::{Keeper, OAuth, Session};
use sociable::store::MemoryStore;

use super::*;

#[tokio::test]
async fn a_refresh_token_that_was_used_already_wants_a_person_and_is_not_tried_again() {
    let desk = Desk::new("a_refresh_token_that_was_used_already");
    let scopes = ["tweet.read", "users.read", "tweet.write", "offline.access"];
    let login = desk.fake.login(Fake::ANNA, &scopes, desk.clock.now());
    let refresh = login.refresh.unwrap();
    let keeper = || {
        let provider = XLogin::provider(Fake::CLIENT_ID).redirect_uri(Fake::REDIRECT);
        let oauth = OAuth::new(provider, &desk.client).unwrap();
        let given = Some(Session::renewable(refresh.as_str()));
        Keeper::new(oauth, Arc::new(MemoryStore::new()), "x:anna", given)
    };
    let by = |keeper| desk.builder().user_login(keeper).build().unwrap();
    let (first, second) = (by(keeper()), by(keeper()));
    desk.run(first.me()).await.unwrap();
    // Somebody else has a copy of it.
    let error = desk.refused(second.me()).await;
    assert_eq!(*error.kind(), ErrorKind::Unauthorized, "{error}");
    assert_eq!(error.retry(), Retry::Never);
    desk.says(&error, "log in");
    let asked = desk.asked("POST /2/oauth2/token");
    assert!(
        desk.run(second.publish(&Draft::text("Hello")))
            .await
            .is_err()
    );
    // Of the one that was used twice all tokens end: the first owner is told, too.
    let error = desk.refused(first.publish(&Draft::text("Hello"))).await;
    assert_eq!(*error.kind(), ErrorKind::Unauthorized, "{error}");
    desk.says(&error, "log in");
    assert!(!format!("{error:?}").contains(&refresh));
    assert!(desk.asked("POST /2/oauth2/token") <= asked + 2);
    assert_eq!(desk.fake.posts(), 0);
}

#[tokio::test]
async fn a_429_whose_quarter_of_an_hour_has_room_rests_the_day_and_nothing_else() {
    let desk = Desk::new("a_429_whose_quarter_has_room");
    let now = desk.clock.now();
    // Other programs of the application used its day up.
    desk.fake.use_up(PUBLISHES, None, true, 10_000, now);
    let draft = Draft::text("Today");
    let error = desk.refused(desk.x.publish(&draft)).await;
    assert_eq!(*error.kind(), ErrorKind::RateLimited, "{error}");
    let at = error.retry_at().unwrap();
    assert!(at > now, "{error:?}");
    desk.says(&error, "");
    let asked = desk.asked(PUBLISHES);
    // It is known: the next call is refused without being sent, and other endpoints have their own days.
    let error = desk
        .refused(desk.x.publish(&Draft::text("Once more")))
        .await;
    assert_eq!(*error.kind(), ErrorKind::RateLimited, "{error}");
    assert_eq!((desk.asked(PUBLISHES), desk.fake.posts()), (asked, 0));
    desk.run(desk.x.me()).await.unwrap();
    // The next day there is room.
    desk.clock.advance(Duration::from_secs(25 * 3600));
    desk.run(desk.x.publish(&draft)).await.unwrap();
    assert_eq!(desk.fake.posts(), 1);
}

#[tokio::test]
async fn a_page_of_the_edge_is_a_passing_trouble_and_nothing_stands_twice() {
    for status in [502, 503] {
        let desk = Desk::new("a_page_of_the_edge");
        let page = || Fault::Html { status };
        desk.fake.fail_next("GET /2/users/me", page());
        desk.run(desk.x.me()).await.unwrap();
        for _ in 0..20 {
            desk.fake.fail_next("GET /2/users/me", page());
        }
        let error = desk.refused(desk.x.me()).await;
        assert_eq!(*error.kind(), ErrorKind::Unavailable, "{error}");
        desk.says(&error, "");
    }
    // A page in place of a good answer is nothing that can be read.
    let desk = Desk::new("a_page_of_the_edge");
    desk.fake
        .fail_next("GET /2/users/me", Fault::Html { status: 200 });
    let error = desk.refused(desk.x.me()).await;
    assert_eq!(*error.kind(), ErrorKind::Decode, "{error}");
    desk.says(&error, "is the address right?");
    // And one after a post that was made: it is found, or said to be in doubt, and stands once.
    for status in [200, 502, 503, 504] {
        let desk = Desk::new("a_page_of_the_edge");
        let lost = Fault::DoneThenHtml { status };
        desk.fake.fail_next(PUBLISHES, lost);
        let draft = Draft::text("Once");
        let told = desk.run(desk.x.publish(&draft)).await;
        if let Err(error) = &told {
            assert!(error.is_unconfirmed(), "{status}: {error:?}");
            desk.says(error, "");
        }
        assert_eq!(
            (desk.fake.posts(), desk.asked(PUBLISHES)),
            (1, 1),
            "{status}"
        );
    }
}
