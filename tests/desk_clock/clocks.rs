//! The clocks of a case: what begins, stops, holds and ends them.

use sociable::desk::clock::{
    Basis, Bots, Calendar, CaseEventKind as Kind, Ending, NextFrom, Policy, Reopen, Rules, Status,
    Target, TargetKind,
};

use crate::{Log, at, hours, minutes, posted};

fn service() -> Policy {
    Policy::new("service", 1)
        .first(Target::minutes(10))
        .next(Target::minutes(20))
        .resolution(Target::minutes(120))
}

fn begun(policy: &Policy) -> (Log, Rules) {
    let log = Log::of("2026-11-30")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", policy);
    (log, Rules::new().policy(policy.clone()))
}

#[test]
fn the_ready_made_policy_answers_within_ten_minutes_and_warns_at_half_and_at_four_fifths() {
    let (log, rules) = begun(&Policy::ten_minutes());
    let standing = log.standing(&rules, "09:04");
    let first = standing.open(TargetKind::First).unwrap();
    assert_eq!(first.due, Some(at("2026-11-30T09:10:00Z")));
    let warnings = [
        (50, at("2026-11-30T09:05:00Z")),
        (80, at("2026-11-30T09:08:00Z")),
    ];
    assert_eq!(*first.warnings, warnings);
    // What has no target is measured all the same.
    assert_eq!(
        standing.open(TargetKind::Resolution).unwrap().used,
        minutes(4)
    );
    assert_eq!(standing.open(TargetKind::Resolution).unwrap().due, None);
}

#[test]
fn a_promise_is_kept_at_its_due_time_and_broken_after_it() {
    let (log, rules) = begun(&service());
    let kept = |answer: &str| {
        let standing = log
            .clone()
            .then(answer, Kind::reply("r"))
            .standing(&rules, "12:00");
        posted(&standing, TargetKind::First)[0].kept()
    };
    assert_eq!(kept("09:10:00"), Some(true));
    assert_eq!(kept("09:10:01"), Some(false));
}

#[test]
fn putting_a_case_aside_stops_no_answer_and_ends_by_itself() {
    let policy = service().pause_on(vec![Status::Snoozed, Status::WaitingCustomer]);
    let (log, rules) = begun(&policy);
    let log = log.then("09:02", Kind::snoozed(at("2026-11-30T10:00:00Z")));
    let standing = log.standing(&rules, "09:30");
    assert_eq!(standing.status, Status::Snoozed);
    assert_eq!(
        standing.open(TargetKind::First).unwrap().breached_at,
        Some(at("2026-11-30T09:10:00Z"))
    );
    let solution = standing.open(TargetKind::Resolution).unwrap();
    assert!(solution.is_paused());
    assert_eq!(
        (solution.used, solution.paused, solution.due),
        (minutes(2), minutes(28), None)
    );
    let awake = log.standing(&rules, "10:10");
    assert_eq!(awake.status, Status::Open);
    let solution = awake.open(TargetKind::Resolution).unwrap();
    assert_eq!((solution.used, solution.paused), (minutes(12), minutes(58)));
    assert_eq!(solution.due, Some(at("2026-11-30T11:58:00Z")));
    // The same when the next event comes after that.
    let later = log.then("10:20", Kind::Note).standing(&rules, "10:10");
    assert_eq!(
        later.open(TargetKind::Resolution).unwrap().paused,
        minutes(58)
    );
}

#[test]
fn waiting_for_the_customer_holds_the_solution_until_the_customer_writes() {
    let (log, rules) = begun(&service());
    let log = log
        .then("09:05", Kind::reply("r1"))
        .then("09:06", Kind::status(Status::WaitingCustomer))
        .then("10:06", Kind::message("m2"));
    let standing = log.standing(&rules, "10:16");
    assert_eq!(standing.status, Status::Open);
    let solution = standing.open(TargetKind::Resolution).unwrap();
    assert_eq!((solution.used, solution.paused), (minutes(16), hours(1)));
    assert_eq!(standing.open(TargetKind::Next).unwrap().used, minutes(10));
    let solved = log
        .then("10:26", Kind::status(Status::Resolved))
        .standing(&rules, "12:00");
    assert_eq!(solved.first_resolution, Some(minutes(26)));
    assert_eq!(solved.handling, Some(minutes(81)));
}

#[test]
fn reopening_goes_on_with_the_solution_and_leaves_out_the_time_between() {
    let (log, rules) = begun(&service());
    let standing = log
        .then("09:05", Kind::reply("r1"))
        .then("09:30", Kind::status(Status::Resolved))
        .then("11:30", Kind::message("m2"))
        .then("11:31", Kind::status(Status::Reopened))
        .then("11:40", Kind::reply("r2"))
        .then("11:50", Kind::status(Status::Resolved))
        .standing(&rules, "12:00");
    assert_eq!(
        standing.reopenings.len(),
        1,
        "the word after the message is no second reopening"
    );
    assert!(standing.reopenings[0].by_message);
    assert_eq!(standing.first_resolution, Some(minutes(30)));
    assert_eq!(standing.full_resolution, Some(minutes(170)));
    let solutions = posted(&standing, TargetKind::Resolution);
    assert_eq!(solutions.len(), 1);
    assert_eq!(
        (solutions[0].used, solutions[0].kept()),
        (minutes(50), Some(true))
    );
    assert_eq!(posted(&standing, TargetKind::First).len(), 1);
    assert_eq!(standing.next_responses().collect::<Vec<_>>(), [minutes(10)]);
}

#[test]
fn thanks_after_the_solution_reopens_nothing_once_it_is_marked() {
    let (log, rules) = begun(&service());
    let thanks = log
        .then("09:05", Kind::reply("r1"))
        .then("09:30", Kind::status(Status::Resolved))
        .then("09:40", Kind::message("thanks"));
    assert_eq!(thanks.standing(&rules, "09:41").reopenings.len(), 1);
    let marked = thanks.then("09:45", Kind::status(Status::NoAnswerNeeded));
    let standing = marked.standing(&rules, "12:00");
    assert_eq!(standing.status, Status::Resolved);
    assert_eq!(standing.reopenings.len(), 0);
    assert_eq!(standing.no_answer_needed, 1);
    assert_eq!(standing.full_resolution, Some(minutes(30)));
    assert!(standing.clocks().all(|clock| !clock.is_open()));
    assert_eq!(
        posted(&standing, TargetKind::Next)[0]
            .ended
            .as_ref()
            .unwrap()
            .how,
        Ending::NotNeeded
    );
    // The next message reopens it, and is counted from itself.
    let again = marked
        .then("13:00", Kind::message("m3"))
        .standing(&rules, "13:05");
    assert_eq!(again.reopenings.len(), 1);
    assert_eq!(again.waiting.unwrap().time, minutes(5));
}

#[test]
fn what_was_taken_for_spam_by_mistake_has_waited_all_the_while() {
    let (log, rules) = begun(&service());
    let log = log
        .then("09:02", Kind::status(Status::Spam))
        .then("09:03", Kind::message("m2"));
    let spam = log.standing(&rules, "09:20");
    assert_eq!(
        (spam.waiting, spam.remaining(), spam.spam),
        (None, None, true)
    );
    let standing = log
        .then("09:30", Kind::status(Status::Open))
        .standing(&rules, "09:31");
    let first = standing.open(TargetKind::First).unwrap();
    assert_eq!(
        (first.started, first.used),
        (at("2026-11-30T09:00:00Z"), minutes(31))
    );
    assert!(first.is_breached());
    assert!(!standing.spam);
}

#[test]
fn a_question_taken_back_stops_its_clock_and_the_next_question_has_the_first_answer() {
    let (log, rules) = begun(&service());
    let gone = log.clone().then("09:05", Kind::deleted("m1"));
    let standing = gone.standing(&rules, "09:30");
    assert_eq!(standing.waiting, None);
    assert_eq!(
        posted(&standing, TargetKind::First)[0]
            .ended
            .as_ref()
            .unwrap()
            .how,
        Ending::Withdrawn
    );
    let standing = gone
        .then("10:00", Kind::message("m2"))
        .then("10:03", Kind::reply("r1"))
        .standing(&rules, "12:00");
    assert_eq!(standing.first_response(), Some(minutes(3)));
    // One of two: the clock counts from the one that is left.
    let left = log
        .clone()
        .then("09:04", Kind::message("m2"))
        .then("09:05", Kind::deleted("m1"));
    let standing = left.standing(&rules, "09:06");
    assert_eq!(
        standing.open(TargetKind::First).unwrap().due,
        Some(at("2026-11-30T09:14:00Z"))
    );
    // After the answer it changes nothing.
    let after = log
        .then("09:05", Kind::reply("r1"))
        .then("09:06", Kind::deleted("m1"))
        .standing(&rules, "12:00");
    assert_eq!(
        (after.first_response(), after.withdrawn),
        (Some(minutes(5)), 0)
    );
}

#[test]
fn a_case_that_we_began_owes_no_first_answer_unless_the_policy_says_so() {
    let log = |policy: &Policy| {
        Log::of("2026-11-30")
            .policy("08:00", policy)
            .then("08:00", Kind::reply("r0"))
            .then("09:00", Kind::message("m1"))
            .then("09:07", Kind::reply("r1"))
            .standing(&Rules::new().policy(policy.clone()), "12:00")
    };
    let standing = log(&service());
    assert!(standing.we_began);
    assert_eq!(standing.first_response(), None);
    assert_eq!(standing.next_responses().collect::<Vec<_>>(), [minutes(7)]);
    let standing = log(&service().first_if_we_began(true));
    assert_eq!(standing.first_response(), Some(minutes(7)));
}

#[test]
fn the_next_answer_may_be_counted_from_the_latest_message() {
    let (log, rules) = begun(&service().next_from(NextFrom::Latest));
    let log = log
        .then("09:05", Kind::reply("r1"))
        .then("10:00", Kind::message("m2"))
        .then("10:15", Kind::message("m3"));
    let standing = log.standing(&rules, "10:16");
    assert_eq!(
        standing.open(TargetKind::Next).unwrap().due,
        Some(at("2026-11-30T10:35:00Z"))
    );
    assert_eq!(
        standing.waiting.unwrap().time,
        minutes(16),
        "the customer has waited from the first on"
    );
    // The latest is taken back: the one before it counts again.
    let standing = log
        .clone()
        .then("10:17", Kind::deleted("m3"))
        .standing(&rules, "10:18");
    assert_eq!(
        standing.open(TargetKind::Next).unwrap().due,
        Some(at("2026-11-30T10:20:00Z"))
    );
    // What is late already is not begun anew by one more message.
    let standing = log
        .then("10:40", Kind::message("m4"))
        .standing(&rules, "10:41");
    assert_eq!(
        standing.open(TargetKind::Next).unwrap().breached_at,
        Some(at("2026-11-30T10:35:00Z"))
    );
}

#[test]
fn machines_may_count_like_people() {
    let (log, rules) = begun(&service().bots(Bots::Count));
    let standing = log
        .then("09:00:30", Kind::bot_reply("b1"))
        .standing(&rules, "12:00");
    assert_eq!(
        standing.first_response().map(|took| took.as_secs()),
        Some(30)
    );
}

#[test]
fn a_word_in_between_is_owed_again_and_again_until_the_solution() {
    let (log, rules) = begun(&service().update(Target::minutes(60)));
    let standing = log
        .then("09:05", Kind::reply("r1"))
        .then("09:55", Kind::reply("r2"))
        .then("11:00", Kind::reply("r3"))
        .then("11:10", Kind::status(Status::Resolved))
        .standing(&rules, "15:00");
    let kept: Vec<_> = posted(&standing, TargetKind::Update)
        .iter()
        .map(|clock| clock.kept())
        .collect();
    assert_eq!(kept, [Some(true), Some(false), None]);
}

#[test]
fn a_hand_off_has_a_clock_of_its_own() {
    let (log, rules) = begun(&service());
    let handed = Kind::HandedOff {
        hand_off: "h1".into(),
        service: "warehouse".into(),
        within: Some(minutes(30)),
    };
    let log = log.then("09:05", Kind::reply("r1")).then("09:10", handed);
    let open = log.standing(&rules, "09:20");
    assert_eq!(
        open.open(TargetKind::HandOff).unwrap().due,
        Some(at("2026-11-30T09:40:00Z"))
    );
    let standing = log
        .clone()
        .then("09:50", Kind::hand_off_answered("h1"))
        .by("warehouse")
        .then("10:00", Kind::reply("r2"))
        .standing(&rules, "12:00");
    let hand_off = posted(&standing, TargetKind::HandOff)[0];
    assert_eq!(
        (hand_off.kept(), hand_off.over()),
        (Some(false), minutes(10))
    );
    assert_eq!(standing.next_responses().collect::<Vec<_>>(), [minutes(50)]);
    // Taken back, it is neither kept nor broken.
    let back = log
        .then("09:20", Kind::hand_off_withdrawn("h1"))
        .standing(&rules, "12:00");
    assert_eq!(posted(&back, TargetKind::HandOff)[0].kept(), None);
}

#[test]
fn what_is_found_late_has_a_second_clock_from_when_it_was_found() {
    let rules = Rules::new();
    let standing = Log::of("2026-11-30")
        .then("09:00", Kind::message("m1"))
        .then("09:40", Kind::detected("m1"))
        .policy("09:40", &Policy::ten_minutes())
        .standing(&rules, "09:45");
    let due: Vec<_> = standing
        .of(TargetKind::First)
        .map(|clock| (clock.basis, clock.due.unwrap()))
        .collect();
    let expected = [
        (Basis::Posted, at("2026-11-30T09:10:00Z")),
        (Basis::Detected, at("2026-11-30T09:50:00Z")),
    ];
    assert_eq!(due, expected, "the first policy holds from the beginning");
    assert_eq!(
        standing.remaining().unwrap().as_mins(),
        -35,
        "the queue goes by the older one"
    );
}

#[test]
fn a_new_version_of_a_policy_holds_from_when_it_is_applied() {
    let first = Policy::new("p", 1).first(Target::minutes(60));
    let strict = Policy::new("p", 2).first(Target::minutes(10));
    let rules = Rules::new().policy(first.clone()).policy(strict.clone());
    let log = Log::of("2026-11-30")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &first);
    let changed = log.clone().policy("09:30", &strict);
    let standing = changed.standing(&rules, "09:31");
    let clock = standing.open(TargetKind::First).unwrap();
    assert_eq!(
        clock.due,
        Some(at("2026-11-30T09:30:00Z")),
        "it is not late before the new version came"
    );
    assert_eq!(clock.over(), minutes(1));
    // What was late stays late under a milder one.
    let mild = log.policy("10:10", &Policy::new("p", 3).first(Target::minutes(600)));
    let rules = rules.policy(Policy::new("p", 3).first(Target::minutes(600)));
    let clock = mild.standing(&rules, "10:11");
    let clock = clock.open(TargetKind::First).unwrap();
    assert_eq!(
        (clock.breached_at, clock.over()),
        (Some(at("2026-11-30T10:00:00Z")), minutes(11))
    );
}

#[test]
fn a_new_version_of_a_calendar_holds_from_when_it_comes() {
    let old = Calendar::form("shop")
        .open("mon-fri", "09:00-17:00")
        .build()
        .unwrap();
    let new = Calendar::form("shop")
        .version(2)
        .open("mon-fri", "12:00-20:00")
        .build()
        .unwrap();
    let policy = Policy::new("p", 1)
        .first(Target::minutes(180))
        .calendar(old.reference());
    let rules = Rules::new()
        .policy(policy.clone())
        .calendar(old)
        .calendar(new);
    let log = Log::of("2026-11-30")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &policy);
    let log = log.then("10:00", Kind::calendar("shop", 2));
    let standing = log.standing(&rules, "12:30");
    let clock = standing.open(TargetKind::First).unwrap();
    assert_eq!(
        clock.used,
        minutes(90),
        "an hour of the old hours, half of one of the new"
    );
    assert_eq!(clock.due, Some(at("2026-11-30T14:00:00Z")));
}

#[test]
fn a_solved_case_goes_on_within_its_window_by_the_clock_on_the_wall() {
    let solved = at("2026-11-30T09:00:00Z");
    let policy = Policy::ten_minutes();
    assert!(policy.continues(solved, at("2026-12-03T09:00:00Z")));
    assert!(!policy.continues(solved, at("2026-12-03T09:00:01Z")));
    assert!(!policy.reopen(Reopen::NewCase).continues(solved, solved));
}

#[test]
fn the_queue_is_ordered_by_time_left_then_severity_then_age() {
    let (log, rules) = begun(&service());
    let urgent = log.standing(&rules, "09:09").urgency(0.1);
    let fresh = Log::of("2026-11-30")
        .then("09:08", Kind::message("m"))
        .policy("09:08", &service());
    let calm = fresh.standing(&rules, "09:09");
    let free = Log::of("2026-11-30")
        .then("08:00", Kind::message("m"))
        .standing(&rules, "09:09");
    let mut queue = [
        free.urgency(1.0),
        calm.urgency(0.1),
        calm.urgency(0.9),
        urgent,
    ];
    queue.sort();
    assert_eq!(
        queue,
        [
            urgent,
            calm.urgency(0.9),
            calm.urgency(0.1),
            free.urgency(1.0)
        ]
    );
    // Late ones come first, the latest of them at the head.
    let late = log.standing(&rules, "09:30").urgency(0.0);
    assert!(late < urgent);
    let mut older = calm.urgency(0.1);
    older.since = Some(at("2026-11-30T09:07:00Z"));
    assert!(older < calm.urgency(0.1));
}

#[test]
fn policies_are_written_in_files_with_lengths_that_people_write() {
    let text = r#"{
        "id": "service", "version": 3,
        "targets": {"first": {"within": "10m", "warn_at": [50, 80]}, "resolution": {"within": "1h 30m"}},
        "calendar": {"id": "shop", "version": 2},
        "pause_on": ["waiting_customer", "snoozed"],
        "bots": "serve", "next_from": "latest", "reopen": {"continue": "24h"}
    }"#;
    let read: Policy = sociable::serde_json::from_str(text).unwrap();
    let code = Policy::new("service", 3)
        .first(Target::minutes(10).warn_at(50).warn_at(80))
        .resolution(Target::minutes(90))
        .calendar(sociable::desk::clock::CalendarRef::new("shop", 2))
        .pause_on(vec![Status::WaitingCustomer, Status::Snoozed])
        .bots(Bots::Serve)
        .next_from(NextFrom::Latest)
        .reopen(Reopen::Continue(hours(24)));
    assert_eq!(read, code);
    let again = sociable::serde_json::to_string(&code).unwrap();
    assert_eq!(
        sociable::serde_json::from_str::<Policy>(&again).unwrap(),
        code
    );
}
