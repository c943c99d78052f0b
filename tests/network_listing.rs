//! Following listings from page to page, and a stream of happenings from question to question.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/scripted.rs"]
mod scripted;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use scripted::Scripted;
use sociable::client::Clock;
use sociable::*;

fn page(ids: &[&str], next: Option<&str>) -> Result<Page<Post>> {
    let items = ids.iter().map(|id| Post::new(*id)).collect();
    Ok(Page::new(items).next(next.map(Cursor::new)))
}

/// Follows a listing of these pages; answers the ids, the requests, and how it ended.
async fn follow(
    answers: Vec<Result<Page<Post>>>,
) -> (Vec<String>, Vec<PageRequest>, Option<Error>) {
    let answers = RefCell::new(VecDeque::from(answers));
    let asked = RefCell::new(Vec::new());
    let stream = pages(PageRequest::first().limit(2), |request| {
        asked.borrow_mut().push(request);
        let answer = answers.borrow_mut().pop_front();
        std::future::ready(answer.expect("no page after the end is asked for"))
    });
    let mut stream = std::pin::pin!(stream);
    let (mut ids, mut ended) = (Vec::new(), None);
    while let Some(item) = stream.next().await {
        match item {
            Ok(post) => ids.push(post.id.into_string()),
            Err(error) => ended = Some(error),
        }
    }
    (ids, asked.take(), ended)
}

#[tokio::test]
async fn every_item_of_every_page_comes_once_in_order() {
    let (ids, asked, ended) = follow(vec![
        page(&["a", "b"], Some("1")),
        page(&["c", "d"], Some("2")),
        page(&["e"], None),
    ])
    .await;
    assert_eq!(ids, ["a", "b", "c", "d", "e"]);
    assert!(ended.is_none());
    let cursors: Vec<Option<&str>> = asked
        .iter()
        .map(|r| r.cursor.as_ref().map(Cursor::as_str))
        .collect();
    assert_eq!(cursors, [None, Some("1"), Some("2")]);
    assert!(asked.iter().all(|r| r.limit == Some(2)));
}

#[tokio::test]
async fn what_a_shifted_boundary_repeats_comes_once() {
    let (ids, ..) = follow(vec![
        page(&["a", "b", "c"], Some("1")),
        page(&["b", "c", "d"], Some("2")),
        page(&["d", "e"], None),
    ])
    .await;
    assert_eq!(ids, ["a", "b", "c", "d", "e"]);
}

#[tokio::test]
async fn a_repost_is_not_a_repeat_of_its_post() {
    let again = Post::new("a").reposted_by(Account::new("x"));
    let (ids, ..) = follow(vec![page(&["a"], Some("1")), Ok(Page::new(vec![again]))]).await;
    assert_eq!(ids, ["a", "a"]);
}

#[tokio::test]
async fn an_empty_page_in_the_middle_does_not_end_a_listing() {
    let (ids, _, ended) = follow(vec![
        page(&["a"], Some("1")),
        page(&[], Some("2")),
        page(&["b"], None),
    ])
    .await;
    assert_eq!(ids, ["a", "b"]);
    assert!(ended.is_none());
}

#[tokio::test]
async fn a_page_that_cannot_be_had_ends_it_with_its_error() {
    let error = Error::new(ErrorKind::Unavailable, "out of order");
    let (ids, _, ended) = follow(vec![page(&["a"], Some("1")), Err(error)]).await;
    assert_eq!(ids, ["a"]);
    assert_eq!(*ended.unwrap().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_cursor_that_does_not_move_ends_it_with_an_error() {
    let (ids, _, ended) = follow(vec![page(&["a"], Some("1")), page(&["b"], Some("1"))]).await;
    assert_eq!(ids[0], "a");
    assert!(ended.is_some());
}

#[tokio::test]
async fn cursors_that_go_in_a_circle_end_it_with_an_error() {
    for (lead, length) in [(0, 2), (0, 3), (1, 3), (5, 7), (40, 100)] {
        let (mut asked, mut items) = (0, 0);
        let mut next = 0;
        let stream = pages(PageRequest::first(), |_| {
            asked += 1;
            let cursor = next.to_string();
            next = if next + 1 == lead + length {
                lead
            } else {
                next + 1
            };
            std::future::ready(page(&[&cursor], Some(&cursor)))
        });
        let mut stream = std::pin::pin!(stream);
        let mut ended = None;
        while let Some(item) = stream.next().await {
            items += 1;
            assert!(items <= 4 * (lead + length), "{length} after {lead}");
            if let Err(error) = item {
                ended = Some(error);
            }
        }
        assert_eq!(*ended.unwrap().kind(), ErrorKind::Decode);
    }
}

fn event(id: &str) -> Event {
    Event::new(id, id, EventKind::Like)
}

fn events(ids: &[&str], cursor: &str) -> Result<Events> {
    Ok(Events::new(
        ids.iter().map(|id| event(id)).collect(),
        cursor,
    ))
}

#[tokio::test]
async fn listening_loses_nothing_and_goes_on_from_the_cursor() {
    let network = Scripted::new("one");
    network.events.lock().unwrap().extend([
        events(&["1", "2"], "2").map(|e| e.more(true)),
        events(&[], "2"),
        events(&["3"], "3"),
    ]);
    let clock = network.clock.clone();
    let began = clock.now();
    let stream = network.listen(EventQuery::after("0"));
    let heard: Vec<Event> = clock.drive(stream.take(3).try_collect()).await.unwrap();
    let ids: Vec<&str> = heard.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    let asked = network.asked.lock().unwrap();
    let since: Vec<&Since> = asked.iter().map(|(_, q)| &q.since).collect();
    let after = |c: &str| Since::Cursor(c.into());
    assert_eq!(since, [&after("0"), &after("2"), &after("2")]);
    // More was waiting: asked again at once. Nothing was: asked again after the pause.
    let waits: Vec<i64> = asked
        .iter()
        .map(|(at, _)| at.duration_since(began).as_secs())
        .collect();
    assert_eq!(waits, [0, 0, 30]);
}

#[tokio::test]
async fn a_network_that_always_says_more_and_never_moves_is_not_asked_without_a_pause() {
    let network = Scripted::new("one");
    let stuck = || Ok(Events::new(Vec::new(), EventCursor::new("0")).more(true));
    *network.events.lock().unwrap() = vec![
        stuck(),
        stuck(),
        Err(Error::unsupported("one", Operation::EVENTS)),
    ]
    .into();
    let mut stream = network.listen(EventQuery::after("0"));
    network
        .clock
        .drive(stream.next())
        .await
        .unwrap()
        .unwrap_err();
    let asked = network.asked.lock().unwrap();
    let pause = (asked[2].0 - asked[0].0).get_seconds();
    assert!(pause >= 2, "three questions within {pause} s");
}

#[tokio::test]
async fn listening_waits_as_long_as_the_profile_says() {
    let network = Scripted::new("one").with_profile(|p| p.poll_seconds(7));
    network
        .events
        .lock()
        .unwrap()
        .extend([events(&[], "0"), events(&["1"], "1")]);
    let clock = network.clock.clone();
    let began = clock.now();
    let mut stream = network.listen(EventQuery::now());
    clock.drive(stream.next()).await.unwrap().unwrap();
    assert_eq!(clock.now().duration_since(began).as_secs(), 7);
}

#[tokio::test]
async fn listening_waits_passing_troubles_out_ever_longer_and_not_before_the_named_moment() {
    let network = Scripted::new("one");
    let clock = network.clock.clone();
    let began = clock.now();
    let far = began.checked_add(Duration::from_secs(5000)).unwrap();
    let refused = Error::new(ErrorKind::RateLimited, "too many").with_retry_at(far);
    let broken = || Err(Error::new(ErrorKind::Unavailable, "out of order"));
    network
        .events
        .lock()
        .unwrap()
        .extend([broken(), broken(), Err(refused), events(&["1"], "1")]);
    let mut stream = network.listen(EventQuery::now());
    let heard = clock.drive(stream.next()).await.unwrap().unwrap();
    assert_eq!(heard.id.as_str(), "1");
    let asked = network.asked.lock().unwrap();
    let at: Vec<i64> = asked
        .iter()
        .map(|(at, _)| at.duration_since(began).as_secs())
        .collect();
    assert_eq!(at, [0, 30, 90, 5000]);
}

#[tokio::test]
async fn listening_ends_after_what_waiting_does_not_mend() {
    let network = Scripted::new("one");
    network.events.lock().unwrap().extend([
        events(&["1"], "1"),
        Err(Error::new(ErrorKind::Unauthorized, "log in again")),
    ]);
    let clock = network.clock.clone();
    let stream = network.listen(EventQuery::now());
    let heard: Vec<Result<Event>> = clock.drive(stream.collect()).await;
    assert_eq!(heard.len(), 2);
    assert!(heard[0].is_ok());
    let error = heard[1].as_ref().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unauthorized);
    assert_eq!(error.ended(), Some(Ended::Unauthorized));
}

#[tokio::test]
async fn the_end_of_listening_tells_its_reason_typed() {
    let kinds = [
        (ErrorKind::Unauthorized, Ended::Unauthorized),
        (ErrorKind::Forbidden(Need::Login), Ended::Forbidden),
        (ErrorKind::Suspended, Ended::Suspended),
        (
            ErrorKind::Challenge(Challenge::new(ChallengeKind::Captcha)),
            Ended::Challenged,
        ),
        (ErrorKind::Invalid(Vec::new()), Ended::Invalid),
        (ErrorKind::NotFound, Ended::Invalid),
        (ErrorKind::Unsupported, Ended::Unsupported),
        (ErrorKind::Conflict, Ended::Replaced),
        (ErrorKind::Decode, Ended::Failed),
    ];
    for (kind, why) in kinds {
        let network = Scripted::new("one");
        let error = Error::new(kind.clone(), "it is over");
        assert_eq!(error.ended(), None, "an error of a call ends no stream");
        network.events.lock().unwrap().push_back(Err(error));
        let stream = network.listen(EventQuery::now());
        let heard: Vec<Result<Event>> = stream.collect().await;
        let [Err(error)] = heard.as_slice() else {
            panic!("{kind:?}: {heard:?}");
        };
        assert_eq!((error.kind(), error.ended()), (&kind, Some(why)));
    }
    // What the adapter knows better stays.
    let network = Scripted::new("one");
    let error = Error::new(ErrorKind::Conflict, "it is over").with_ended(Ended::Closed);
    network.events.lock().unwrap().push_back(Err(error));
    let heard = network.listen(EventQuery::now()).next().await.unwrap();
    assert_eq!(heard.unwrap_err().ended(), Some(Ended::Closed));
}

#[tokio::test]
async fn what_comes_again_is_dropped_once_and_errors_pass() {
    let network = Scripted::new("one");
    network.events.lock().unwrap().extend([
        events(&["1", "2", "1", "2"], "2").map(|e| e.more(true)),
        events(&["2", "3", "3", "1", "4"], "4").map(|e| e.more(true)),
        Err(Error::new(ErrorKind::Suspended, "it is over")),
    ]);
    let stream = deduplicated(network.listen(EventQuery::now()), 10);
    let heard: Vec<Result<Event>> = stream.collect().await;
    let ids: Vec<&str> = heard.iter().flatten().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "4"]);
    let last = heard.last().unwrap().as_ref().unwrap_err();
    assert_eq!(last.ended(), Some(Ended::Suspended));
}

#[tokio::test]
async fn as_many_as_were_asked_for_are_known_again() {
    let number = |n: usize| Ok(event(&n.to_string()));
    // Each comes again after ten others, and then after many.
    let events = (0..1000).flat_map(|n| [number(n), number(n.saturating_sub(10)), number(n)]);
    let again = (0..10).map(number);
    let stream = futures_util::stream::iter(events.chain(again));
    let heard: Vec<Event> = deduplicated(stream, 11).try_collect().await.unwrap();
    let ids: Vec<String> = heard.iter().map(|e| e.id.to_string()).collect();
    let wanted: Vec<String> = (0..1000).chain(0..10).map(|n| n.to_string()).collect();
    assert_eq!(ids, wanted, "what was forgotten is told again");
}

#[test]
fn a_gap_is_wanted_whatever_is_asked_for() {
    let query = EventQuery::now().kinds(EventKind::Reply);
    assert!(query.wants(&EventKind::Reply) && query.wants(&EventKind::Gap));
    assert!(!query.wants(&EventKind::Like));
    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    let gap = Event::gap("gap", "1", at(5), at(9));
    assert_eq!((gap.lost_since, gap.at), (Some(at(5)), Some(at(9))));
    // A span is never the wrong way round.
    let gap = Event::gap("gap", "1", at(9), at(5));
    assert_eq!((gap.lost_since, gap.at), (Some(at(9)), Some(at(9))));
}
