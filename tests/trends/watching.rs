//! What is told of a stream, and what is not.

use std::time::Duration;

use sociable::jiff::SignedDuration;
use sociable::text::Text;
use sociable::trends::{Flag, Pushed, TermKind, TriggerKind, Watch, WatchConfig};
use sociable::{Account, Post};

use crate::town::{HOUR, Town};

fn has(terms: &[sociable::trends::Term], text: &str) -> bool {
    terms.iter().any(|term| term.text.to_lowercase() == text)
}

#[test]
fn what_many_begin_to_speak_of_is_told_with_its_figures_within_the_hour() {
    let mut town = Town::new();
    let before = town.hours(72);
    assert!(before.is_empty(), "{before:#?}");
    town.everyday();
    let words = ["lovely", "warm", "old", "new", "red", "blue", "strange"];
    town.crowd(15, |n| format!("{} teapot #TeaDay", words[n as usize % 7]));
    let closed = town.hour();
    assert_eq!(closed.new.len(), 1, "{:#?}", closed.new);
    let topic = &closed.new[0];
    assert_eq!(topic.name, "#TeaDay");
    assert!(
        has(&topic.terms, "#teaday") && has(&topic.terms, "teapot"),
        "{:?}",
        topic.terms
    );
    assert_eq!((topic.authors, topic.uncertain), (15, 0));
    assert_eq!(topic.posts, 30);
    assert!(topic.strength.ratio >= 2.0 && topic.strength.q < 0.05);
    assert!(topic.why.contains("15 authors") && topic.why.contains("since 2026-11-05"));
    assert!(
        !topic.examples.is_empty() && topic.flags.is_empty(),
        "{:?}",
        topic.flags
    );
    assert_eq!(town.watch.topics().len(), 1);
    // It goes on, and then it is over.
    town.everyday();
    town.crowd(20, |n| format!("{} teapot #teaday", words[n as usize % 7]));
    let closed = town.hour();
    assert!(closed.new.is_empty());
    assert_eq!(closed.changed.len(), 1);
    let mut ended = Vec::new();
    for _ in 0..48 {
        town.everyday();
        ended.extend(town.hour().ended);
    }
    assert_eq!(ended.len(), 1, "{ended:#?}");
    assert!(ended[0].why.contains("over since"));
    assert!(town.watch.topics().is_empty());
    assert_eq!(town.watch.ended().len(), 1);
}

#[test]
fn a_challenge_that_grows_from_person_to_person_is_told_as_a_chain_of_nominations() {
    let mut town = Town::new();
    town.hours(48);
    // Each names three; of those two go on in the next hour.
    let mut wave = vec!["p0".to_owned()];
    let mut next = 1;
    let mut told = None;
    let mut reached = None;
    for hour in 0..6 {
        town.everyday();
        let mut following = Vec::new();
        for who in &wave {
            let named: Vec<String> = (next..next + 3).map(|n| format!("p{n}")).collect();
            next += 3;
            let text = format!(
                "I did it! #IceBucketChallenge now @{}, @{} and @{} have a day",
                named[0], named[1], named[2]
            );
            assert_eq!(town.say(who, &text), Pushed::Counted);
            assert_eq!(
                town.say(who, &format!("#icebucketchallenge my film, take {hour}")),
                Pushed::Counted
            );
            following.extend(named.into_iter().take(2));
        }
        let here = wave.len();
        wave = following;
        let closed = town.hour();
        if here >= 5 && reached.is_none() {
            reached = Some(hour);
        }
        let all = closed.new.iter().chain(&closed.changed);
        for topic in all {
            if told.is_none() && has(&topic.terms, "#icebucketchallenge") {
                told = Some(hour);
            }
            if topic.trigger.kind == TriggerKind::Nomination {
                let chain = topic.chain.unwrap();
                assert!(
                    chain.links >= 8 && chain.depth as usize == hour + 1,
                    "{chain:?} {hour}"
                );
            }
        }
    }
    let (told, reached) = (told.expect("it was told"), reached.unwrap());
    assert!(told <= reached + 2, "{told} {reached}");
    let topics = town.watch.topics();
    assert_eq!(
        topics[0].trigger.kind,
        TriggerKind::Nomination,
        "{:#?}",
        topics[0]
    );
    assert!(topics[0].trigger.why.contains("named"));
}

#[test]
fn one_author_who_posts_ten_thousand_times_raises_nothing() {
    let mut town = Town::new();
    town.hours(48);
    for hour in 0..4 {
        town.everyday();
        for n in 0..2_500 {
            town.say("loud", &format!("#BuyMe number {} of {hour}", n));
        }
        let closed = town.hour();
        assert!(closed.new.is_empty(), "{:#?}", closed.new);
        assert!(closed.authors <= 41);
    }
}

#[test]
fn a_text_that_thirty_accounts_copy_counts_once_and_is_told_as_a_storm() {
    let mut town = Town::new();
    town.hours(48);
    town.everyday();
    let text =
        "Only today everybody must see what the mayor said about our #OldBridge in the council";
    for n in 0..30 {
        let pushed = town.say(
            &format!("copier{n}"),
            &format!("{text} {}", ["!", "!!", "…"][n % 3]),
        );
        let expected = if n == 0 {
            Pushed::Counted
        } else {
            Pushed::Copy
        };
        assert_eq!(pushed, expected, "{n}");
    }
    let closed = town.hour();
    assert!(closed.new.is_empty(), "{:#?}", closed.new);
    assert_eq!(closed.storms.len(), 1);
    let storm = &closed.storms[0];
    assert_eq!((storm.authors, storm.posts), (29, 29));
    assert!(storm.example.text.starts_with("Only today"));
}

#[test]
fn copies_beside_real_posts_flag_the_topic() {
    let mut town = Town::new();
    town.hours(48);
    town.everyday();
    town.crowd(12, |n| format!("#OldBridge seen {n} times"));
    for n in 0..30 {
        let text =
            "Everybody must see what the mayor said about our #OldBridge in the council today";
        town.say(&format!("copier{n}"), text);
    }
    let closed = town.hour();
    assert_eq!(closed.new.len(), 1, "{:#?}", closed.new);
    let copied = |flag: &Flag| matches!(flag, Flag::Copied { share } if *share > 0.3);
    assert!(
        closed.new[0].flags.iter().any(copied),
        "{:?}",
        closed.new[0].flags
    );
    assert_eq!(closed.new[0].authors, 13);
}

#[test]
fn a_word_of_every_monday_raises_nothing_after_two_weeks() {
    let mut town = Town::new();
    let mut told = Vec::new();
    for day in 0..28 {
        for hour in 0..24 {
            town.everyday();
            if day % 7 == 0 && (8..12).contains(&hour) {
                town.crowd(12, |n| format!("#MondayMarket stall {n}"));
            }
            for topic in town.hour().new {
                told.push((day, topic.name));
            }
        }
    }
    let late: Vec<_> = told.iter().filter(|(day, _)| *day >= 21).collect();
    assert!(late.is_empty(), "{told:?}");
}

#[test]
fn greek_and_russian_inflections_are_one_term_and_hashtags_fold() {
    for (forms, stands) in [
        (["лавина", "лавины", "лавину", "лавиной", "лавине"], "лавин"),
        (
            ["σεισμός", "σεισμού", "σεισμοί", "ΣΕΙΣΜΟΣ", "σεισμό"],
            "σεισμ",
        ),
        (["#Ёлка", "#елка", "#ЁЛКА", "#елка", "#Ёлка"], "#"),
        (["#Καφές", "#καφες", "#ΚΑΦΈΣ", "#ΚΑΦΕΣ", "#καφές"], "#"),
    ] {
        let mut town = Town::new();
        town.hours(30);
        town.everyday();
        town.crowd(15, |n| format!("{} {n}", forms[n as usize % 5]));
        let closed = town.hour();
        assert_eq!(closed.new.len(), 1, "{stands}: {:#?}", closed.new);
        let topic = &closed.new[0];
        assert_eq!(topic.authors, 15, "{stands}");
        assert!(
            topic.name.to_lowercase().starts_with(stands),
            "{} {stands}",
            topic.name
        );
    }
}

#[test]
fn terms_of_other_people_are_another_topic() {
    let mut town = Town::new();
    town.hours(48);
    town.everyday();
    town.crowd(15, |n| format!("#LostCat near the church {n}"));
    for n in 0..15 {
        town.say(&format!("runner{n}"), &format!("#CityRun kilometre {n}"));
        town.say(&format!("runner{n}"), &format!("#CityRun over at {n}"));
    }
    let closed = town.hour();
    let mut names: Vec<&str> = closed.new.iter().map(|topic| topic.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["#CityRun", "#LostCat"], "{:#?}", closed.new);
    assert!(
        closed.new[0]
            .terms
            .iter()
            .any(|term| term.kind == TermKind::Word)
    );
}

#[test]
fn young_accounts_contests_and_paid_posts_are_flagged() {
    let mut town = Town::new();
    town.hours(48);
    town.everyday();
    for n in 0..30 {
        let mut post = town.post(
            &format!("new{}", n % 20),
            &format!("Repost and win a prize {n} #GreatGiveaway #ad"),
        );
        let account = Account::new(format!("new{}", n % 20).as_str())
            .created_at(town.now - SignedDuration::from_hours(24 * 3));
        post = post.author(account);
        town.watch.push("memory", &post);
    }
    let closed = town.hour();
    let flags = &closed.new[0].flags;
    let any = |wanted: fn(&Flag) -> bool| flags.iter().any(wanted);
    assert!(
        any(|flag| matches!(flag, Flag::YoungAccounts { share } if *share > 0.9)),
        "{flags:?}"
    );
    assert!(
        any(|flag| matches!(flag, Flag::ContestSpam { .. })),
        "{flags:?}"
    );
    assert!(
        any(|flag| matches!(flag, Flag::Promoted { .. })),
        "{flags:?}"
    );
    // Twenty young accounts weigh as ten.
    assert!((closed.new[0].strength.observed - 10.0).abs() < 1e-9);
    assert_eq!(closed.new[0].authors, 20);
}

#[test]
fn few_who_write_most_are_told_as_concentrated() {
    let mut town = Town::new();
    town.hours(48);
    town.everyday();
    town.crowd(12, |n| format!("#Festival stage {n}"));
    for n in 0..300 {
        town.say("fan3", &format!("#Festival again and {n}"));
    }
    let closed = town.hour();
    let festival = closed.new.iter().find(|topic| topic.name == "#Festival");
    let flags = &festival.unwrap().flags;
    let top =
        |flag: &Flag| matches!(flag, Flag::Concentrated { top_share, .. } if *top_share > 0.9);
    assert!(flags.iter().any(top), "{flags:?}");
}

#[test]
fn our_own_campaign_is_flagged_by_its_terms_and_by_our_posts() {
    let config = WatchConfig::new()
        .lateness(Duration::ZERO)
        .own_terms("#ShopSale");
    let mut town = Town::with(config);
    town.watch.own("memory", &"shop".into());
    town.hours(48);
    town.everyday();
    assert_eq!(town.say("shop", "Come to our #TeaFest"), Pushed::Own);
    town.crowd(15, |n| format!("#shopsale bargain {n}"));
    for n in 0..15 {
        town.say(&format!("guest{n}"), &format!("#TeaFest cup {n}"));
        town.say(&format!("guest{n}"), &format!("#TeaFest pot {n}"));
    }
    let closed = town.hour();
    assert_eq!(closed.new.len(), 2, "{:#?}", closed.new);
    for topic in &closed.new {
        let own = |flag: &Flag| matches!(flag, Flag::OwnCampaign { .. });
        assert!(topic.flags.iter().any(own), "{topic:#?}");
    }
}

#[test]
fn deleted_posts_stay_counted_and_mark_the_topic() {
    let mut town = Town::new();
    town.hours(48);
    town.everyday();
    let mut ids = Vec::new();
    for n in 0..30 {
        let post = town.post(&format!("ghost{}", n % 15), &format!("#Ghosts seen {n}"));
        ids.push(post.id.clone());
        town.watch.push("memory", &post);
    }
    for id in ids.iter().skip(10) {
        town.watch.deleted("memory", id);
    }
    let closed = town.hour();
    let topic = &closed.new[0];
    let deleted = |flag: &Flag| matches!(flag, Flag::DeletedAfter { share } if *share > 0.3);
    assert!(topic.flags.iter().any(deleted), "{:?}", topic.flags);
    assert_eq!(topic.authors, 15);
}

#[test]
fn what_stands_on_several_networks_says_so() {
    let mut town = Town::new();
    town.hours(48);
    town.everyday();
    for n in 0..30 {
        let post = town.post(&format!("fan{}", n % 15), &format!("#Everywhere {n}"));
        town.watch.push(["memory", "elsewhere"][n % 2], &post);
    }
    let closed = town.hour();
    let cross =
        |flag: &Flag| matches!(flag, Flag::CrossNetwork { networks } if networks.len() == 2);
    assert!(
        closed.new[0].flags.iter().any(cross),
        "{:?}",
        closed.new[0].flags
    );
}

#[test]
fn what_rose_a_week_ago_at_the_same_time_is_commemorative_when_it_is_told_again() {
    let mut town = Town::new();
    town.hours(48);
    let crowd = |town: &mut Town, tag: &str| {
        town.everyday();
        for n in 0..25 {
            town.say(&format!("fan{n}"), &format!("{tag} moment {n}"));
            town.say(&format!("fan{n}"), &format!("{tag} and once more {n}"));
        }
        town.hour().new
    };
    assert_eq!(crowd(&mut town, "#RemembranceRun").len(), 1);
    town.hours(24 * 7 - 1);
    let again = crowd(&mut town, "#RemembranceRun");
    if let Some(topic) = again.first() {
        assert_eq!(topic.trigger.kind, TriggerKind::Commemorative, "{topic:#?}");
    }
    assert!(HOUR.is_positive());
}

#[test]
fn a_watch_that_was_kept_in_the_middle_tells_the_same() {
    let tell = |kept: bool| {
        let mut town = Town::new();
        let mut told = town.hours(40);
        town.everyday();
        town.crowd(6, |n| format!("#Halfway there {n}"));
        if kept {
            let text = serde_json::to_string(&town.watch).unwrap();
            town.watch = serde_json::from_str::<Watch>(&text).unwrap();
        }
        town.crowd(14, |n| format!("#Halfway there again {n}"));
        told.extend(town.hour().new);
        for _ in 0..5 {
            if kept {
                let text = serde_json::to_string(&town.watch).unwrap();
                town.watch = serde_json::from_str::<Watch>(&text).unwrap();
            }
            town.everyday();
            let closed = town.hour();
            told.extend(
                closed
                    .new
                    .into_iter()
                    .chain(closed.changed)
                    .chain(closed.ended),
            );
        }
        told
    };
    let told = tell(false);
    assert!(!told.is_empty());
    assert_eq!(told, tell(true));
}

#[test]
fn reposts_are_not_counted() {
    let mut town = Town::new();
    let original = town.post("alice", "#Once only");
    assert_eq!(town.watch.push("memory", &original), Pushed::Counted);
    for n in 0..20 {
        let repost = Post::new(original.id.clone())
            .author(Account::new("alice"))
            .text(Text::plain("#Once only"))
            .created_at(original.created_at.unwrap())
            .reposted_by(Account::new(format!("fan{n}").as_str()));
        assert_eq!(town.watch.push("memory", &repost), Pushed::Repost);
    }
    let closed = town.hour();
    assert_eq!((closed.posts, closed.dropped, closed.busiest), (1, 20, 1));
}
