//! Streams that are torn, late, double or wrong, and settings that cannot work.

use std::time::Duration;

use sociable::jiff::{SignedDuration, Timestamp};
use sociable::text::Text;
use sociable::trends::{Pushed, Watch, WatchConfig};
use sociable::{Account, ErrorKind, Post};

use crate::town::{HOUR, Town, start};

fn post(id: &str, author: &str, text: &str, at: Timestamp) -> Post {
    Post::new(id)
        .author(Account::new(author))
        .text(Text::plain(text))
        .created_at(at)
}

#[test]
fn what_comes_twice_counts_once() {
    let mut watch = Watch::new(WatchConfig::new()).unwrap();
    let one = post("1", "a", "tea", start());
    assert_eq!(watch.push("memory", &one), Pushed::Counted);
    assert_eq!(watch.push("memory", &one), Pushed::Known);
    // Another network may have the same id.
    assert_eq!(watch.push("elsewhere", &one), Pushed::Counted);
}

#[test]
fn late_posts_count_while_their_bucket_waits_and_not_after() {
    let mut watch = Watch::new(WatchConfig::new()).unwrap();
    let at = |minute: i64| start() + SignedDuration::from_mins(minute);
    watch.push("memory", &post("1", "a", "tea", at(30)));
    watch.push("memory", &post("2", "a", "tea", at(62)));
    assert!(watch.close(at(65)).is_empty(), "it waits ten minutes");
    assert_eq!(
        watch.push("memory", &post("3", "b", "tea", at(59))),
        Pushed::Counted
    );
    let closed = watch.close(at(70));
    assert_eq!((closed[0].posts, closed[0].authors), (2, 2));
    assert_eq!(
        watch.push("memory", &post("4", "c", "tea", at(58))),
        Pushed::Late
    );
    assert_eq!(watch.late(), 1);
}

#[test]
fn the_order_in_which_posts_come_changes_nothing() {
    let posts: Vec<Post> = (0..200)
        .map(|n| {
            let at = start() + SignedDuration::from_secs(n * 17);
            let text = format!("word{} #tag{}", n % 13, n % 7);
            post(&n.to_string(), &format!("a{}", n % 23), &text, at)
        })
        .collect();
    let tell = |posts: Vec<Post>| {
        let mut watch = Watch::new(WatchConfig::new()).unwrap();
        for post in &posts {
            assert_eq!(watch.push("memory", post), Pushed::Counted);
        }
        let closed = watch.close(start() + HOUR + HOUR);
        (
            closed[0].posts,
            closed[0].authors,
            closed[0].terms,
            closed[0].busiest,
        )
    };
    let mut back = posts.clone();
    back.reverse();
    assert_eq!(tell(posts), tell(back));
}

#[test]
fn a_clock_that_goes_back_opens_nothing_again() {
    let mut town = Town::new();
    town.hours(5);
    assert!(town.watch.close(start()).is_empty());
    let late = post("old", "a", "tea", start() + HOUR);
    assert_eq!(town.watch.push("memory", &late), Pushed::Late);
    town.hours(2);
}

#[test]
fn a_day_that_is_missing_is_told_as_incomplete_and_raises_nothing() {
    let mut town = Town::new();
    assert!(town.hours(72).is_empty());
    let from = town.now;
    town.now += SignedDuration::from_hours(24);
    town.watch.gap(from, town.now);
    let closed = town.watch.close(town.now);
    assert_eq!(closed.len(), 24);
    assert!(
        closed
            .iter()
            .all(|bucket| !bucket.complete && bucket.posts == 0)
    );
    let told = town.hours(48);
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn silence_where_many_used_to_speak_is_a_gap_without_being_told() {
    let mut town = Town::new();
    town.hours(30);
    let silent = town.hour();
    assert!(!silent.complete);
    town.everyday();
    assert!(town.hour().complete);
}

#[test]
fn a_post_from_far_ahead_is_refused_and_the_time_goes_on() {
    let mut town = Town::new();
    town.hours(3);
    let ahead = post("ahead", "a", "tea", "2099-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(town.watch.push("memory", &ahead), Pushed::Ahead);
    // A week of silence and more is no reason to stop.
    town.watch
        .close(town.now + SignedDuration::from_hours(24 * 40));
    let later = town.now + SignedDuration::from_hours(24 * 40 + 1);
    assert_eq!(
        town.watch.push("memory", &post("later", "a", "tea", later)),
        Pushed::Counted
    );
}

#[test]
fn posts_without_author_time_or_text_do_no_harm() {
    let mut watch = Watch::new(WatchConfig::new()).unwrap();
    assert_eq!(
        watch.push("memory", &Post::new("1")),
        Pushed::Late,
        "no time is known"
    );
    watch.push("memory", &post("2", "a", "tea", start()));
    for (n, text) in [
        "",
        "#",
        "@",
        "#_",
        "🎉🎉🎉",
        "\u{0}\u{301}",
        "https://",
        "####",
        "@@@ ### ",
    ]
    .iter()
    .enumerate()
    {
        let bare = Post::new(format!("bare{n}").as_str()).text(Text::plain(*text));
        assert_eq!(watch.push("memory", &bare), Pushed::Counted, "{text:?}");
    }
    // Nobody is one author, however many posts he has.
    let closed = watch.close(start() + HOUR + HOUR);
    assert_eq!((closed[0].posts, closed[0].authors), (10, 2));
}

#[test]
fn long_texts_cost_no_more_than_their_beginning() {
    let mut watch = Watch::new(WatchConfig::new()).unwrap();
    let long: String = (0..200_000).map(|n| format!("word{n} ")).collect();
    watch.push("memory", &post("1", "a", &long, start()));
    let closed = watch.close(start() + HOUR + HOUR);
    assert!(closed[0].terms < 100, "{}", closed[0].terms);
}

#[test]
fn settings_that_cannot_work_are_refused_in_words() {
    for (config, word) in [
        (WatchConfig::new().bucket(Duration::ZERO), "divide the day"),
        (
            WatchConfig::new().bucket(Duration::from_secs(7 * 60)),
            "divide the day",
        ),
        (
            WatchConfig::new().bucket(Duration::from_secs(2 * 86_400)),
            "divide the day",
        ),
        (
            WatchConfig::new().lateness(Duration::from_secs(7200)),
            "no longer than one bucket",
        ),
        (WatchConfig::new().young_weight(1.5), "young_weight"),
        (WatchConfig::new().young_weight(f64::NAN), "young_weight"),
        (WatchConfig::new().own_terms("#"), "take it out"),
    ] {
        let error = Watch::new(config).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Config);
        assert!(error.message().contains(word), "{error}");
    }
}

#[test]
fn a_state_that_was_torn_is_refused_and_not_read_as_another() {
    let mut town = Town::new();
    town.hours(2);
    town.everyday();
    let text = serde_json::to_string(&town.watch).unwrap();
    let torn = text.replacen("\"parts\":\"", "\"parts\":\"AAAA", 1);
    assert_ne!(torn, text);
    assert!(serde_json::from_str::<Watch>(&torn).is_err());
    assert!(serde_json::from_str::<Watch>(&text[..text.len() / 2]).is_err());
}
