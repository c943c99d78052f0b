//! A small world in which every call finds something.

use std::time::Duration;

use jiff::Timestamp;

use super::ids;
use super::promotion::PromotionYield;
use super::state::{Ask, PromotionRow, State};
use crate::adapters::memory::wire::{NewPoll, NewPost, SendArgs};
use crate::model::{
    AccountKind, AccountRef, Currency, Engagement, Money, PostId, Recipient, Target, Trend,
};

/// The sample world as it stands at a moment.
pub(super) fn state(now: Timestamp) -> State {
    let mut state = State::default();
    // Every step names what an earlier one made, so that none is refused.
    if build(&mut state, now).is_err() {
        debug_assert!(false, "a step of the sample world was refused");
    }
    state
}

fn build(state: &mut State, now: Timestamp) -> Ask<()> {
    let hours = |hours: u64| {
        now.checked_sub(Duration::from_secs(hours * 3600))
            .unwrap_or(Timestamp::MIN)
    };
    for (handle, kind, about) in [
        ("shop", AccountKind::Person, "Tea and what belongs to it."),
        ("alice", AccountKind::Person, "Drinks tea. Asks questions."),
        ("bob", AccountKind::Person, "Coffee, mostly."),
        ("plaza", AccountKind::Community, "Where the town talks."),
    ] {
        state.add_account(handle, kind, hours(24 * 30));
        state.account_mut(handle)?.about = Some(about.to_owned());
    }
    for (who, whom, ago) in [
        ("alice", "shop", 200),
        ("bob", "shop", 180),
        ("shop", "alice", 170),
        ("alice", "bob", 160),
        ("shop", "plaza", 150),
        ("alice", "plaza", 149),
    ] {
        state.follow(who, whom, true, hours(ago))?;
    }
    let text = |text: &str| NewPost {
        text: text.into(),
        ..NewPost::default()
    };
    let id = |number: u64| Some(PostId::from(ids::post(number)));
    let welcome = text("We are open! New leaves every Friday. #tea");
    let welcome = state.publish("shop", "sample-1", &welcome, hours(72))?;
    let question = NewPost {
        reply_to: id(welcome),
        ..text("Do you have Darjeeling?")
    };
    let question = state.publish("alice", "sample-2", &question, hours(70))?;
    let mention = text("Had a fine cup at @shop today #tea");
    let mention = state.publish("alice", "sample-3", &mention, hours(20))?;
    let poll = NewPost {
        poll: Some(NewPoll {
            question: None,
            options: vec!["Green".to_owned(), "Black".to_owned()],
            multiple: false,
            open_for: Some(Duration::from_secs(7 * 24 * 3600)),
        }),
        ..text("Which one next? #tea")
    };
    let poll = state.publish("shop", "sample-4", &poll, hours(10))?;
    let talk = NewPost {
        place: Some(ids::account_id("plaza").into()),
        ..text("Market day on Saturday #town")
    };
    state.publish("alice", "sample-5", &talk, hours(8))?;
    let quote = NewPost {
        quote: id(welcome),
        ..text("Even I will try it.")
    };
    state.publish("bob", "sample-6", &quote, hours(6))?;
    let later = NewPost {
        publish_at: now.checked_add(Duration::from_secs(24 * 3600)).ok(),
        ..text("The first flush is here.")
    };
    state.publish("shop", "sample-7", &later, hours(5))?;
    for (who, post, engagement) in [
        ("alice", welcome, Engagement::like()),
        ("bob", welcome, Engagement::repost()),
        ("bob", welcome, Engagement::react("🍵")),
        ("shop", mention, Engagement::like()),
        ("shop", mention, Engagement::bookmark()),
        ("alice", poll, Engagement::vote([0])),
        ("bob", question, Engagement::like()),
    ] {
        let target = Target::from(PostId::from(ids::post(post)));
        state.engage(who, &target, &engagement, hours(4))?;
    }
    for (from, to, words, ago) in [
        ("alice", "shop", "Do you deliver?", 3),
        ("shop", "alice", "Within the town, yes.", 2),
        (
            "alice",
            "shop",
            "Lovely! Two tins of Darjeeling, please.",
            1,
        ),
    ] {
        let args = SendArgs {
            to: Recipient::Account(AccountRef::handle(to)),
            key: format!("sample-{ago}"),
            text: words.into(),
            media: Vec::new(),
            reply_to: None,
            share: None,
        };
        state.send(from, &args, hours(ago))?;
    }
    let promotion = state.number();
    state.promotions.insert(
        promotion,
        PromotionRow {
            owner: "shop".to_owned(),
            post: welcome,
            name: "Opening week".to_owned(),
            since: hours(72),
            until: hours(24),
            budget: Money::minor(50_00, Currency::EUR),
            brings: PromotionYield::new(),
        },
    );
    state.trends.push(Trend::new("First flush").posts(1200_u64));
    Ok(())
}
