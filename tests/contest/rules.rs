//! Rules as data, and what is wrong with them.

use sociable::contest::{
    Condition, EntryWindow, Exclusion, Mode, OnUnknown, Randomness, Rules, Subject, Ties,
};
use sociable::{Metric, Operation, Profile, Support, Violation};

const WHOLE: &str = r#"
title = "Autumn tea"
winners = 2
reserves = 3
unknown = "reject"
changed = "falls"
vanished = "stands"
late_minutes = 15
dispute_hours = 48
terms = "https://shop.example/terms"

[window]
open = "2026-12-01T10:00"
close = "2026-12-08T10:00"
zone = "Europe/Athens"

[[about]]
kind = "post"
account = "shop"
post = "17"

[[about]]
kind = "hashtag"
account = "shop"
tag = "autumntea"

[[conditions]]
kind = "member"

[[conditions]]
kind = "liked"
still = false
unknown = "accept"

[[conditions]]
kind = "commented"
pattern = '(?i)tea .*{handle:-3}'

[[conditions]]
kind = "reposted"
unknown = "ask"

[[conditions]]
kind = "tagged"
friends = 2

[[exclusions]]
kind = "staff"
accounts = ["@ann", "bluesky/did:plc:abc"]

[[exclusions]]
kind = "listed"
accounts = ["vk/id1"]

[[exclusions]]
kind = "earlier_winners"
days = 90

[[exclusions]]
kind = "younger_than"
days = 30

[[exclusions]]
kind = "empty"
no_avatar = true
min_posts = 3

[[exclusions]]
kind = "deactivated"

[[exclusions]]
kind = "not_persons"

[mode]
kind = "chance"
randomness = { lead_minutes = 20, wait_hours = 24, fallback = "new_draw" }
"#;

fn window() -> EntryWindow {
    let at = |time: &str| time.parse().unwrap();
    EntryWindow::utc(at("2026-12-01T10:00:00Z"), at("2026-12-08T10:00:00Z"))
}

fn simple() -> Rules {
    Rules::new("Tea", window(), Mode::chance())
        .about(Subject::post("shop", "17"))
        .conditions(Condition::liked())
}

fn errors(rules: &Rules) -> Vec<(String, String)> {
    let found = rules.check().into_iter().filter(Violation::is_error);
    found.map(|one| (one.field, one.message)).collect()
}

/// That this, and nothing else, is wrong with rules.
fn only(rules: &Rules, field: &str, word: &str) {
    let found = errors(rules);
    let told = found
        .iter()
        .any(|(at, what)| at == field && what.contains(word));
    assert!(told && found.len() == 1, "{field} {word}: {found:#?}");
}

#[test]
fn rules_say_the_same_in_toml_and_json_and_have_one_hash() {
    let rules = Rules::from_toml(WHOLE).unwrap();
    assert_eq!(errors(&rules), []);
    let json = serde_json::to_string(&rules).unwrap();
    let again = Rules::from_json(&json).unwrap();
    assert_eq!(again, rules);
    assert_eq!(again.hash().unwrap(), rules.hash().unwrap());
    let toml = toml_of(&rules);
    assert_eq!(Rules::from_toml(&toml).unwrap(), rules);
    // Every word counts.
    let other = Rules::from_toml(&WHOLE.replace("days = 30", "days = 31")).unwrap();
    assert_ne!(other.hash().unwrap(), rules.hash().unwrap());
    let written: sociable::contest::draw::Digest =
        sociable::contest::draw::Digest::of(rules.canonical().unwrap().as_bytes());
    assert_eq!(rules.hash().unwrap(), written);
}

fn toml_of(rules: &Rules) -> String {
    toml::to_string(rules).unwrap()
}

#[test]
fn the_published_form_names_nobody_and_changes_with_whom_it_names() {
    let rules = Rules::from_toml(WHOLE).unwrap();
    let text = rules.canonical().unwrap();
    for name in ["@ann", "did:plc:abc", "id1"] {
        assert!(!text.contains(name), "{text}");
    }
    let other = Rules::from_toml(&WHOLE.replace("@ann", "@dan")).unwrap();
    assert_ne!(other.hash().unwrap(), rules.hash().unwrap());
    let turned = WHOLE.replace(
        r#"["@ann", "bluesky/did:plc:abc"]"#,
        r#"["bluesky/did:plc:abc", "@ann"]"#,
    );
    let turned = Rules::from_toml(&turned).unwrap();
    assert_eq!(turned.hash().unwrap(), rules.hash().unwrap());
}

#[test]
fn a_spelling_mistake_is_refused_and_not_left_out() {
    for (right, wrong) in [
        ("winners = 2", "winers = 2"),
        ("still = false", "stil = false"),
        ("kind = \"liked\"", "kind = \"likd\""),
        ("unknown = \"ask\"", "unknown = \"maybe\""),
        ("min_posts = 3", "min_post = 3"),
        ("wait_hours = 24", "wait = 24"),
        ("zone =", "tz ="),
    ] {
        let error = Rules::from_toml(&WHOLE.replace(right, wrong)).unwrap_err();
        assert!(
            error.to_string().contains("cannot be read"),
            "{wrong}: {error}"
        );
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let at = |time: &str| time.parse().unwrap();
    let backwards = EntryWindow::utc(at("2026-12-08T10:00:00Z"), at("2026-12-01T10:00:00Z"));
    let mode = Mode::jury(["ann", "ann"], (5, 1), Ties::Shared);
    let rules = Rules::new(" ", backwards, mode)
        .winners(0_u32)
        .about(Subject::hashtag("shop", "#two words"))
        .conditions(Condition::liked())
        .conditions(Condition::commented_with("("))
        .conditions(Condition::tagged(0))
        .exclusions(Exclusion::younger_than(20_000))
        .exclusions(Exclusion::staff(["@"]))
        .exclusions(Exclusion::empty(false, None, None));
    let fields: Vec<String> = errors(&rules).into_iter().map(|(field, _)| field).collect();
    for field in [
        "title",
        "window.close",
        "winners",
        "about[0]",
        "conditions[0]",
        "conditions[1].pattern",
        "conditions[2].friends",
        "exclusions[0].days",
        "exclusions[1]",
        "exclusions[2]",
        "mode.jurors",
        "mode.lowest",
    ] {
        assert!(fields.iter().any(|one| one == field), "{field}: {fields:?}");
    }
}

#[test]
fn each_wrong_rule_has_a_message_of_its_own() {
    assert_eq!(errors(&simple()), []);
    only(&simple().winners(0_u32), "winners", "nobody would win");
    only(&simple().reserves(20_000_u32), "winners", "too many");
    let nothing = Rules::new("Tea", window(), Mode::chance()).about(Subject::post("shop", "1"));
    only(&nothing, "conditions", "nobody takes part");
    let members = nothing.clone().conditions(Condition::member());
    only(&members, "conditions", "nobody takes part");
    let nowhere = Rules::new("Tea", window(), Mode::chance()).conditions(Condition::liked());
    only(&nowhere, "about", "about nothing");
    only(
        &simple().conditions(Condition::liked().once()),
        "conditions[1]",
        "twice, each time otherwise",
    );
    only(
        &simple().about(Subject::post("shop", "17")),
        "about[1]",
        "twice",
    );
    only(
        &simple().exclusions(Exclusion::younger_than(30_000)),
        "exclusions[0].days",
        "everybody would be excluded",
    );
    let twice = simple()
        .exclusions(Exclusion::younger_than(30))
        .exclusions(Exclusion::younger_than(60));
    only(&twice, "exclusions[1]", "twice");
    let hurried = Randomness::default().lead_minutes(5_u32);
    let mode = Mode::Chance {
        randomness: hurried,
    };
    let rules = Rules::new("Tea", window(), mode)
        .about(Subject::post("shop", "17"))
        .conditions(Condition::liked());
    only(&rules, "mode.randomness.lead_minutes", "10 minutes");
    let merit = |measure| {
        Rules::new("Tea", window(), Mode::merit(measure, Ties::Earliest))
            .about(Subject::post("shop", "17"))
            .conditions(Condition::commented())
    };
    assert_eq!(errors(&merit(Metric::Likes)), []);
    only(&merit(Metric::Spend), "mode.measure", "merit");
}

#[test]
fn times_that_clocks_pass_over_or_show_twice_are_refused() {
    let of = |open: &str, close: &str, zone: &str| {
        let window = EntryWindow::new(open.parse().unwrap(), close.parse().unwrap(), zone);
        let mut rules = simple();
        rules.window = window;
        rules
    };
    // Athens puts its clocks forward on 29 March 2026 at 3, and back on 25 October at 4.
    let gap = of("2026-03-29T03:30", "2026-04-02T10:00", "Europe/Athens");
    only(&gap, "window.open", "does not exist");
    let fold = of("2026-10-20T10:00", "2026-10-25T03:30", "Europe/Athens");
    only(&fold, "window.close", "comes twice");
    let nowhere = of("2026-10-20T10:00", "2026-10-25T03:30", "Europe/Atlantis");
    only(&nowhere, "window.zone", "no time zone");
    let good = of("2026-12-01T10:00", "2026-12-08T10:00", "Europe/Athens");
    assert_eq!(errors(&good), []);
    let opens = good.window.opens_at().unwrap();
    assert_eq!(opens.to_string(), "2026-12-01T08:00:00Z");
}

#[test]
fn what_a_network_cannot_tell_is_an_error_or_unknown_by_a_stated_rule() {
    let blind = Profile::new("blind").offers([Operation::PUBLISH]);
    let on = |rules: &Rules, profile: &Profile| {
        let found = rules.check_on([("shop", profile)]);
        let found = found.into_iter().find(|one| one.field == "conditions[0]");
        found.map(|one| (one.is_error(), one.message))
    };
    let (wrong, why) = on(&simple(), &blind).unwrap();
    assert!(wrong && why.contains("say with `unknown`"), "{why}");
    let rejecting = simple().unknown(OnUnknown::Reject);
    let (wrong, why) = on(&rejecting, &blind).unwrap();
    assert!(wrong && why.contains("exclude everybody"), "{why}");
    let (wrong, why) = on(&simple().unknown(OnUnknown::Ask), &blind).unwrap();
    assert!(!wrong && why.contains("unknown of everybody"), "{why}");
    let telling = blind.clone().offers([Operation::EVENTS]);
    let (wrong, why) = on(&rejecting, &telling).unwrap();
    assert!(!wrong && why.contains("as it happens"), "{why}");
    let seeing = blind.clone().offers([Operation::AUDIENCE_LIKED]);
    assert_eq!(on(&simple(), &seeing), None);
    let price = sociable::Money::micros(5_000, sociable::Currency::USD);
    let billing = blind.with(Operation::AUDIENCE_LIKED, Support::yes().price(price));
    let (wrong, why) = on(&simple(), &billing).unwrap();
    assert!(!wrong && why.contains("max_cost"), "{why}");
    let other = simple().check_on([("cafe", &seeing)]);
    assert!(other.iter().any(|one| one.field == "about[0].account"));
}
