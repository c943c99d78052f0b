//! Work with a time.

use std::collections::HashMap;

use jiff::Timestamp;
use sociable::store::{Job, JobChange, JobQuery, Lease, LeaseChange, Queued};
use tokio::task::JoinSet;

use crate::suite::{Pair, at, ids, job, take};

pub(crate) async fn a_job_is_added_once(pair: Pair) {
    let Pair { one, other, .. } = pair;
    assert_eq!(one.job("a").await.unwrap(), None);
    assert!(one.add(&job("a", 5)).await.unwrap());
    let added = other.job("a").await.unwrap().unwrap();
    assert_eq!(added, Queued::new(job("a", 5), added.version));
    assert!(!other.add(&job("a", 9)).await.unwrap());
    assert!(!one.add(&Job::new("a", "b", "c")).await.unwrap());
    assert_eq!(one.job("a").await.unwrap(), Some(added));
}

pub(crate) async fn of_those_who_add_one_job_at_once_one_succeeds(pair: Pair) {
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let store = pair.turn(task);
        tasks.spawn(async move {
            let mut added = 0;
            for number in 0..20 {
                let added_here = store.add(&job(&format!("job {number}"), 0)).await;
                added += u32::from(added_here.unwrap());
            }
            added
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<u32>(), 20);
}

pub(crate) async fn what_is_due_goes_out_in_the_order_of_its_time(pair: Pair) {
    let Pair { one, other, .. } = pair;
    for (id, due) in [("d", 3), ("b", 1), ("é", 2), ("z", 2), ("a", 9), ("c", 2)] {
        one.add(&job(id, due)).await.unwrap();
    }
    let first = other.lease(&take("anna", 3, 2)).await.unwrap();
    assert_eq!(ids(&first), ["b", "c"]);
    let lease = Lease::new("anna", at(63));
    for queued in &first {
        assert_eq!(queued.lease.as_ref(), Some(&lease));
        let known = one.job(&queued.job.id).await.unwrap();
        assert_eq!(known.as_ref(), Some(queued));
        assert_eq!(queued.job.value, format!("the work of {}", queued.job.id));
    }
    let rest = one.lease(&take("boris", 3, 10)).await.unwrap();
    assert_eq!(ids(&rest), ["z", "é", "d"]);
    assert!(other.lease(&take("clio", 3, 10)).await.unwrap().is_empty());
}

pub(crate) async fn nothing_is_taken_before_its_time_or_without_one(pair: Pair) {
    let store = pair.one;
    store.add(&job("later", 10)).await.unwrap();
    store.add(&Job::new("never", "shop", "")).await.unwrap();
    assert!(store.lease(&take("w", 9, 9)).await.unwrap().is_empty());
    assert!(store.lease(&take("w", 10, 0)).await.unwrap().is_empty());
    let now = at(10) - jiff::SignedDuration::from_nanos(1);
    let mut request = take("w", 9, 9);
    request.now = now;
    assert!(store.lease(&request).await.unwrap().is_empty());
    assert_eq!(
        ids(&store.lease(&take("w", 10, 9)).await.unwrap()),
        ["later"]
    );
    // It is not to be done any more: not even when its lease has ended.
    let later = store.job("later").await.unwrap().unwrap();
    let change = JobChange::new(&later, "done", None);
    store.change(&change).await.unwrap().unwrap();
    assert!(store.lease(&take("w", 1000, 9)).await.unwrap().is_empty());
    assert_eq!(store.next_due(&[]).await.unwrap(), None);
}

pub(crate) async fn held_lanes_are_passed_over(pair: Pair) {
    let store = pair.one;
    for (id, lane) in [
        ("a", "red"),
        ("b", "blue"),
        ("c", "red"),
        ("d", "Red"),
        ("e", "green"),
    ] {
        let mut job = job(id, 0);
        job.lane = lane.to_owned();
        store.add(&job).await.unwrap();
    }
    let request = take("w", 0, 2).except("red").except("green");
    assert_eq!(ids(&pair.other.lease(&request).await.unwrap()), ["b", "d"]);
    assert!(store.lease(&request).await.unwrap().is_empty());
    let rest = store.lease(&take("w", 0, 9)).await.unwrap();
    assert_eq!(ids(&rest), ["a", "c", "e"]);
}

/// Eight workers take 200 jobs, three at once, and finish them.
pub(crate) async fn no_job_goes_to_two_workers_at_once(pair: Pair) {
    for number in 0..200 {
        let job = job(&format!("{number:03}"), number % 7);
        assert!(pair.turn(number as usize).add(&job).await.unwrap());
    }
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let store = pair.turn(task);
        tasks.spawn(async move {
            let worker = format!("worker {task}");
            let mut done = Vec::new();
            loop {
                let leased = store.lease(&take(&worker, 7, 3)).await.unwrap();
                if leased.is_empty() {
                    // Others may hold what was just being taken; whether all is done is told at the end.
                    let rest = store.lease(&take(&worker, 7, 3)).await.unwrap();
                    if rest.is_empty() {
                        return done;
                    }
                    done.extend(finish(&*store, rest).await);
                }
                done.extend(finish(&*store, leased).await);
            }
        });
    }
    let mut times: HashMap<String, u32> = HashMap::new();
    for id in tasks.join_all().await.into_iter().flatten() {
        *times.entry(id).or_default() += 1;
    }
    // What was locked while somebody looked for it is still there.
    for id in finish(
        &*pair.one,
        pair.one.lease(&take("last", 7, 300)).await.unwrap(),
    )
    .await
    {
        *times.entry(id).or_default() += 1;
    }
    assert_eq!(times.len(), 200);
    assert!(times.values().all(|times| *times == 1));
}

async fn finish(store: &dyn crate::suite::Both, leased: Vec<Queued>) -> Vec<String> {
    let mut done = Vec::new();
    for queued in leased {
        let change = JobChange::new(&queued, "done", None).lease(LeaseChange::Release);
        let changed = store.change(&change).await.unwrap();
        assert!(changed.is_some(), "{} was taken away", queued.job.id);
        done.push(queued.job.id);
    }
    done
}

pub(crate) async fn a_lease_ends_by_itself_and_the_late_worker_is_fenced_off(pair: Pair) {
    let Pair { one, other, .. } = pair;
    one.add(&job("a", 0)).await.unwrap();
    let slow = one.lease(&take("slow", 0, 1)).await.unwrap().remove(0);
    assert!(other.lease(&take("quick", 59, 1)).await.unwrap().is_empty());
    // A lease that has ended and that nobody took goes on as if it had not.
    let change = JobChange::new(&slow, "begun", Some(at(0)));
    let version = one.change(&change).await.unwrap().unwrap();
    let quick = other.lease(&take("quick", 60, 1)).await.unwrap().remove(0);
    assert_eq!(quick.job.value, "begun");
    assert!(quick.version > version);
    let mut late = JobChange::new(&quick, "from the slow one", None);
    for stale in [slow.version, version] {
        late.expected = stale;
        assert_eq!(one.change(&late).await.unwrap(), None);
    }
    assert_eq!(one.job("a").await.unwrap(), Some(quick));
}

pub(crate) async fn a_change_keeps_extends_or_releases_the_lease(pair: Pair) {
    let Pair { one, other, .. } = pair;
    one.add(&job("a", 0)).await.unwrap();
    let mut queued = one.lease(&take("w", 0, 1)).await.unwrap().remove(0);
    let lease = |until| Some(Lease::new("w", at(until)));
    let steps = [
        (LeaseChange::Keep, lease(60)),
        (LeaseChange::Extend(at(90)), lease(90)),
        (LeaseChange::Keep, lease(90)),
        (LeaseChange::Extend(at(30)), lease(30)),
        (LeaseChange::Release, None),
        (LeaseChange::Keep, None),
        // There is none to be extended.
        (LeaseChange::Extend(at(90)), None),
        (LeaseChange::Release, None),
    ];
    for (number, (change, wanted)) in steps.into_iter().enumerate() {
        let due = Some(at(number as i64));
        let value = format!("step {number}");
        let change = JobChange::new(&queued, &value, due).lease(change);
        let version = one.change(&change).await.unwrap().unwrap();
        assert!(version > queued.version);
        queued = other.job("a").await.unwrap().unwrap();
        assert_eq!(queued.version, version);
        assert_eq!(queued.lease, wanted, "{number}");
        assert_eq!((queued.job.due, &queued.job.value), (due, &value));
        assert_eq!(
            (queued.job.id.as_str(), queued.job.lane.as_str()),
            ("a", "shop")
        );
    }
    let free = other.lease(&take("other", 7, 1)).await.unwrap();
    assert_eq!(ids(&free), ["a"]);
    let change = JobChange::new(&free[0], "again", Some(at(8)));
    one.change(&change.lease(LeaseChange::Release))
        .await
        .unwrap();
    assert!(one.lease(&take("w", 7, 1)).await.unwrap().is_empty());
    assert_eq!(ids(&one.lease(&take("w", 8, 1)).await.unwrap()), ["a"]);
}

pub(crate) async fn a_change_of_what_was_changed_since_is_refused(pair: Pair) {
    let Pair { one, other, .. } = pair;
    one.add(&job("a", 0)).await.unwrap();
    let read = one.job("a").await.unwrap().unwrap();
    let first = JobChange::new(&read, "first", Some(at(1)));
    assert!(one.change(&first).await.unwrap().is_some());
    let before = one.job("a").await.unwrap();
    assert_eq!(other.change(&first).await.unwrap(), None);
    let mut gone = first.clone();
    gone.id = "b".into();
    assert_eq!(other.change(&gone).await.unwrap(), None);
    let mut never = first;
    never.expected = u64::MAX;
    assert_eq!(other.change(&never).await.unwrap(), None);
    assert_eq!(other.job("a").await.unwrap(), before);
}

pub(crate) async fn of_changes_at_once_one_succeeds(pair: Pair) {
    pair.one.add(&job("a", 0)).await.unwrap();
    for _ in 0..10 {
        let read = pair.one.job("a").await.unwrap().unwrap();
        let mut tasks = JoinSet::new();
        for task in 0..8 {
            let (store, read) = (pair.turn(task), read.clone());
            tasks.spawn(async move {
                let change = JobChange::new(&read, task.to_string(), Some(at(0)));
                let changed = store.change(&change).await.unwrap();
                changed.map(|version| (version, task.to_string()))
            });
        }
        let done: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        let after = pair.other.job("a").await.unwrap().unwrap();
        assert_eq!(done, [(after.version, after.job.value)]);
    }
}

pub(crate) async fn the_next_moment_is_that_of_the_first_free_job(pair: Pair) {
    let Pair { one, other, .. } = pair;
    let next = async |except: &[&str]| {
        let except: Vec<String> = except.iter().map(|lane| (*lane).to_owned()).collect();
        other.next_due(&except).await.unwrap()
    };
    assert_eq!(next(&[]).await, None);
    one.add(&Job::new("never", "shop", "")).await.unwrap();
    assert_eq!(next(&[]).await, None);
    for (id, lane, due) in [
        ("a", "red", 10),
        ("b", "red", 20),
        ("c", "blue", 30),
        ("d", "blue", 200),
    ] {
        let mut job = job(id, due);
        job.lane = lane.to_owned();
        one.add(&job).await.unwrap();
    }
    assert_eq!(next(&[]).await, Some(at(10)));
    assert_eq!(next(&["red"]).await, Some(at(30)));
    assert_eq!(next(&["red", "blue"]).await, None);
    let leased = one.lease(&take("w", 25, 9)).await.unwrap();
    assert_eq!(ids(&leased), ["a", "b"]);
    assert_eq!(next(&[]).await, Some(at(30)));
    let leased = one.lease(&take("w", 30, 9)).await.unwrap();
    assert_eq!(ids(&leased), ["c"]);
    // The first two are free at 85, the third at 90, and the fourth has time.
    assert_eq!(next(&[]).await, Some(at(85)));
    assert_eq!(next(&["red"]).await, Some(at(90)));
    let change = JobChange::new(&leased[0], "later", Some(at(100)));
    one.change(&change).await.unwrap();
    assert_eq!(next(&["red"]).await, Some(at(100)));
    let first = one.job("a").await.unwrap().unwrap();
    let change = JobChange::new(&first, "", first.job.due).lease(LeaseChange::Release);
    one.change(&change).await.unwrap();
    assert_eq!(next(&[]).await, Some(at(10)));
    one.discard("a").await.unwrap();
    one.discard("b").await.unwrap();
    assert_eq!(next(&[]).await, Some(at(100)));
}

pub(crate) async fn jobs_are_listed_by_lane_and_time_page_by_page(pair: Pair) {
    let Pair { one, other, .. } = pair;
    for number in 0..30 {
        let mut job = job(&format!("{number:02}"), number);
        job.lane = if number % 3 == 0 { "red" } else { "blue" }.to_owned();
        if number % 5 == 0 {
            job.due = None;
        }
        one.add(&job).await.unwrap();
    }
    one.lease(&take("w", 4, 2)).await.unwrap();
    let all = other.jobs(&JobQuery::new(u32::MAX)).await.unwrap();
    assert_eq!(all.len(), 30);
    assert_eq!(
        all.iter().filter(|queued| queued.lease.is_some()).count(),
        2
    );
    let queries = [
        JobQuery::new(7),
        JobQuery::new(7).lane("red"),
        JobQuery::new(7).lane("green"),
        JobQuery::new(7).due_before(at(16)),
        JobQuery::new(3).due_before(at(16)).lane("blue"),
        JobQuery::new(3).due_before(Timestamp::MIN),
        JobQuery::new(3).due_before(Timestamp::MAX),
        JobQuery::new(4).after("10"),
        JobQuery::new(4).after("101").lane("blue"),
    ];
    for query in queries {
        let mut wanted = all.clone();
        wanted.retain(|queued| {
            let after = query.after.as_ref();
            query.wants(&queued.job) && after.is_none_or(|after| queued.job.id > *after)
        });
        let (mut page, mut found) = (query.clone(), Vec::new());
        loop {
            let jobs = other.jobs(&page).await.unwrap();
            assert!(jobs.len() <= query.limit as usize);
            let Some(last) = jobs.last() else { break };
            page = page.after(&last.job.id);
            found.extend(jobs);
        }
        assert_eq!(found, wanted, "{query:?}");
    }
    assert!(other.jobs(&JobQuery::new(0)).await.unwrap().is_empty());
}

pub(crate) async fn a_clock_that_goes_back_loses_and_doubles_nothing(pair: Pair) {
    let Pair { one, other, .. } = pair;
    one.add(&job("a", 0)).await.unwrap();
    one.add(&job("b", 0)).await.unwrap();
    let taken = one.lease(&take("w", 100, 1)).await.unwrap();
    assert_eq!(ids(&taken), ["a"]);
    // Back by a day: nothing is due, and what is leased stays so until the moment that was said.
    let day = 86_400;
    assert!(
        other
            .lease(&take("x", 100 - day, 9))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(other.next_due(&[]).await.unwrap(), Some(at(0)));
    assert_eq!(ids(&other.lease(&take("x", 50, 9)).await.unwrap()), ["b"]);
    assert!(other.lease(&take("y", 90, 9)).await.unwrap().is_empty());
    // The worker whose clock it was goes on.
    let change = JobChange::new(&taken[0], "done", None);
    let version = one.change(&change).await.unwrap();
    assert!(version.is_some_and(|version| version > taken[0].version));
    assert_eq!(ids(&other.lease(&take("y", 110, 9)).await.unwrap()), ["b"]);
}

pub(crate) async fn a_discarded_job_is_gone_and_its_name_free(pair: Pair) {
    let Pair { one, other, .. } = pair;
    one.discard("a").await.unwrap();
    one.add(&job("a", 0)).await.unwrap();
    let leased = one.lease(&take("w", 0, 1)).await.unwrap().remove(0);
    other.discard("a").await.unwrap();
    assert_eq!(one.job("a").await.unwrap(), None);
    let change = JobChange::new(&leased, "late", None);
    assert_eq!(one.change(&change).await.unwrap(), None);
    assert_eq!(one.next_due(&[]).await.unwrap(), None);
    assert!(other.add(&job("a", 5)).await.unwrap());
    assert_eq!(one.change(&change).await.unwrap(), None);
    let anew = one.job("a").await.unwrap().unwrap();
    assert!(anew.version > leased.version && anew.lease.is_none());
}

pub(crate) async fn moments_are_kept_to_the_nanosecond(pair: Pair) {
    let store = pair.one;
    let moments = [
        "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999999Z",
        "2026-12-01T12:00:00.000000001Z",
        "2026-12-01T12:00:00.1Z",
        "9999-12-30T22:00:00.999999999Z",
    ];
    let moments = moments.map(|moment| moment.parse::<Timestamp>().unwrap());
    for (number, moment) in moments.iter().enumerate().rev() {
        let job = Job::new(number.to_string(), "shop", "").due(*moment);
        store.add(&job).await.unwrap();
    }
    let mut request = take("w", 0, 9);
    (request.now, request.until) = (Timestamp::MAX, Timestamp::MAX);
    let leased = pair.other.lease(&request).await.unwrap();
    let times: Vec<_> = leased.iter().filter_map(|queued| queued.job.due).collect();
    assert_eq!(times, moments);
    for queued in leased {
        assert_eq!(queued.lease.as_ref().unwrap().until, Timestamp::MAX);
        assert_eq!(store.job(&queued.job.id).await.unwrap(), Some(queued));
    }
    (request.now, request.until) = (Timestamp::MIN, at(0));
    assert!(store.lease(&request).await.unwrap().is_empty());
}
