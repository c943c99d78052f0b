//! Numbers that other desks told wrong, by the thread in which their users reported them. What is asked for here is
//! what those users asked for.

use sociable::desk::clock::{
    Bots, Calendar, CaseEventKind as Kind, Ending, Policy, ReportQuery, Reported, Rules, Status,
    Target, TargetKind, report,
};
use sociable::jiff::civil::date;

use crate::{Log, at, hours, minutes, posted};

/// Monday to Friday, nine to five, in UTC.
fn office() -> Calendar {
    let office = Calendar::form("office").open("mon-fri", "09:00-17:00");
    office.build().unwrap()
}

fn within_hours(calendar: &Calendar) -> (Policy, Rules) {
    let policy = Policy::new("office", 1)
        .first(Target::minutes(60))
        .next(Target::minutes(60))
        .calendar(calendar.reference());
    let rules = Rules::new()
        .policy(policy.clone())
        .calendar(calendar.clone());
    rules.check().unwrap();
    (policy, rules)
}

/// A bot served the customer, who wrote anew two weeks later; the person's time was told as 14.7 days.
#[test]
fn chatwoot_13181_a_bot_that_served_the_customer_leaves_no_clock_running_for_two_weeks() {
    let policy = Policy::ten_minutes().version(2_u32).bots(Bots::Serve);
    let rules = Rules::new().policy(policy.clone());
    let log = Log::of("2025-12-26")
        .then("2025-12-12T16:20:14Z", Kind::message("m1"))
        .policy("2025-12-12T16:20:14Z", &policy)
        .then("2025-12-12T16:20:17Z", Kind::bot_reply("b1"))
        .then("22:25:45", Kind::message("m2"))
        .then("22:25:49", Kind::bot_reply("b2"))
        .then("2025-12-27T07:30:00Z", Kind::message("m3"))
        .then("2025-12-27T07:36:53Z", Kind::reply("r1"))
        .by("ann");
    let waits = log.standing(&rules, "2025-12-20T12:00:00Z");
    assert_eq!(waits.waiting, None, "the bot served, nobody waits");
    let standing = log.standing(&rules, "2025-12-28T00:00:00Z");
    let took = standing.first_response().unwrap();
    assert_eq!(took, minutes(6) + std::time::Duration::from_secs(53));
    let endings = posted(&standing, TargetKind::First);
    let endings: Vec<_> = endings
        .iter()
        .map(|clock| clock.ended.as_ref().unwrap().how)
        .collect();
    assert_eq!(endings, [Ending::Bot, Ending::Bot, Ending::Fulfilled]);
    // Under a policy in which machines count for nothing, the miss is told when it happens, not two weeks later.
    let strict = Log::of("2025-12-12")
        .then("16:20:14", Kind::message("m1"))
        .policy("16:20:14", &Policy::ten_minutes())
        .then("16:20:17", Kind::bot_reply("b1"));
    let late = strict.standing(&rules, "16:31");
    assert_eq!(
        late.open(TargetKind::First).unwrap().breached_at,
        Some(at("2025-12-12T16:30:14Z"))
    );
}

/// After a bot's answer and a hand-off to people no time was told at all.
#[test]
fn chatwoot_13417_a_hand_off_begins_the_clock_that_a_bot_had_stopped() {
    let policy = Policy::new("bots", 1)
        .bots(Bots::Serve)
        .first(Target::minutes(10))
        .next(Target::minutes(10));
    let rules = Rules::new().policy(policy.clone());
    let begun = Log::of("2026-02-02")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &policy)
        .then("09:00:03", Kind::bot_reply("b1"));
    let handed = begun
        .clone()
        .then("09:05", Kind::handed_off("h1", "people"));
    let standing = handed
        .clone()
        .then("09:09", Kind::reply("r1"))
        .standing(&rules, "12:00");
    assert_eq!(
        standing.first_response(),
        Some(minutes(4)),
        "from the hand-off"
    );
    // What the customer wrote before the hand-off keeps its earlier start.
    let standing = begun
        .then("09:03", Kind::message("m2"))
        .then("09:05", Kind::handed_off("h1", "people"))
        .then("09:09", Kind::reply("r1"))
        .standing(&rules, "12:00");
    assert_eq!(
        standing.first_response(),
        Some(minutes(6)),
        "a running clock is not begun anew"
    );
    // After people have answered, the hand-off asks for a next answer.
    let standing = handed
        .then("09:09", Kind::reply("r1"))
        .then("09:10", Kind::handed_off("h2", "warehouse"))
        .then("09:30", Kind::reply("r2"))
        .standing(&rules, "12:00");
    assert_eq!(standing.next_responses().collect::<Vec<_>>(), [minutes(20)]);
}

/// The bot's three seconds were told as the time of the first answer.
#[test]
fn chatwoot_6409_a_bot_that_answers_first_is_not_the_first_response() {
    let policy = Policy::ten_minutes();
    let standing = Log::of("2023-02-07")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &policy)
        .then("09:00:03", Kind::bot_reply("b1"))
        .then("09:01", Kind::Note)
        .then("09:08", Kind::reply("r1"))
        .then("09:09", Kind::reply("r2"))
        .standing(&Rules::new(), "12:00");
    assert_eq!(standing.first_response(), Some(minutes(8)));
    assert_eq!((standing.replies, standing.bot_replies), (2, 1));
    assert_eq!(
        standing.next_responses().count(),
        0,
        "two answers to one message count once"
    );
}

/// After a solved conversation was taken up again, its next answer was told as eleven days.
#[test]
fn chatwoot_11787_the_answer_after_reopening_counts_from_the_new_message() {
    let policy = Policy::new("p", 1)
        .first(Target::minutes(10))
        .next(Target::minutes(10));
    let rules = Rules::new().policy(policy.clone());
    let standing = Log::of("2025-06-12")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &policy)
        .then("09:01", Kind::reply("r1"))
        .then("16:00", Kind::status(Status::Resolved))
        .then("2025-06-14T09:00:00Z", Kind::message("m2"))
        .then("2025-06-14T09:02:00Z", Kind::reply("r2"))
        .standing(&rules, "2025-06-14T12:00:00Z");
    assert_eq!(standing.first_response(), Some(minutes(1)));
    assert_eq!(standing.next_responses().collect::<Vec<_>>(), [minutes(2)]);
    assert_eq!(standing.reopenings.len(), 1);
    assert_eq!(
        posted(&standing, TargetKind::First).len(),
        1,
        "no second first response"
    );
}

/// A bot had solved it without a person; five days later it was taken up and answered within ten minutes. Told: five days.
#[test]
fn chatwoot_12058_what_a_bot_had_solved_counts_from_when_it_is_taken_up_again() {
    let policy = Policy::new("p", 1)
        .first(Target::minutes(15))
        .next(Target::minutes(15));
    let rules = Rules::new().policy(policy.clone());
    let standing = Log::of("2025-07-28")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &policy)
        .then("09:00:10", Kind::bot_reply("b1"))
        .then("09:05", Kind::status(Status::Resolved))
        .then("2025-08-01T14:00:00Z", Kind::message("m2"))
        .then("2025-08-01T14:10:00Z", Kind::reply("r1"))
        .by("ann")
        .standing(&rules, "2025-08-01T15:00:00Z");
    assert_eq!(
        standing.first_response(),
        None,
        "its time was over when it was solved"
    );
    assert_eq!(standing.next_responses().collect::<Vec<_>>(), [minutes(10)]);
    let told = report([Reported::new(&standing)], &ReportQuery::new())
        .unwrap()
        .all;
    assert_eq!(told.next_response.longest, Some(minutes(10)));
    assert_eq!(told.first_response.longest, None);
    assert_eq!(told.answered.value(), Some(1.0));
}

/// The times of agents had the bots' answers in them.
#[test]
fn chatwoot_13312_the_times_of_agents_are_theirs_alone() {
    let policy = Policy::ten_minutes();
    let rules = Rules::new();
    let one = |agent: &str, answered: &str| {
        Log::of("2026-01-16")
            .then("09:00", Kind::message("m1"))
            .policy("09:00", &policy)
            .then("09:00:01", Kind::bot_reply("b1"))
            .by("bot")
            .then(answered, Kind::reply("r1"))
            .by(agent)
            .standing(&rules, "12:00")
    };
    let cases = [
        one("ann", "09:04"),
        one("ann", "09:06"),
        one("bob", "09:30"),
    ];
    let told = report(cases.iter().map(Reported::new), &ReportQuery::new()).unwrap();
    assert_eq!(told.agents["ann"].first_response.median, Some(minutes(5)));
    assert_eq!(told.agents["bob"].first_response.median, Some(minutes(30)));
    assert!(!told.agents.contains_key("bot"));
}

/// One conversation that was forgotten made a mean of three hours of answers within minutes.
#[test]
fn chatwoot_6548_one_forgotten_case_does_not_hide_the_others() {
    let policy = Policy::ten_minutes();
    let rules = Rules::new();
    let one = |answered: &str| {
        Log::of("2023-02-20")
            .then("09:00", Kind::message("m1"))
            .policy("09:00", &policy)
            .then(answered, Kind::reply("r1"))
            .standing(&rules, "2023-02-26T00:00:00Z")
    };
    let mut cases = vec![one("09:02"); 20];
    cases.push(one("2023-02-23T00:00:00Z"));
    let told = report(cases.iter().map(Reported::new), &ReportQuery::new())
        .unwrap()
        .all;
    assert_eq!(told.first_response.median, Some(minutes(2)));
    assert_eq!(told.first_response.p90, Some(minutes(2)));
    assert!(
        told.first_response.mean > Some(hours(2)),
        "the mean stands beside them"
    );
    assert_eq!(told.first_response.longest, Some(hours(63)));
}

/// Of several messages in a row the first is the one that the next answer is counted from.
#[test]
fn chatwoot_4043_the_next_response_counts_from_the_first_unanswered_message() {
    let policy = Policy::new("p", 1).next(Target::minutes(10));
    let rules = Rules::new().policy(policy.clone());
    let log = Log::of("2022-02-22")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &policy)
        .then("09:01", Kind::reply("r1"))
        .then("10:00", Kind::message("m2"))
        .then("10:05", Kind::message("m3"))
        .then("10:08", Kind::message("m4"));
    let waits = log.standing(&rules, "10:09");
    assert_eq!(waits.waiting.unwrap().since, at("2022-02-22T10:00:00Z"));
    let standing = log
        .then("10:09", Kind::reply("r2"))
        .standing(&rules, "12:00");
    assert_eq!(standing.next_responses().collect::<Vec<_>>(), [minutes(9)]);
}

/// Promises kept, in per cent: of first and next answers and of solutions apart, and by agent.
#[test]
fn chatwoot_9747_the_share_of_kept_promises_by_kind_and_agent() {
    let policy = Policy::new("p", 1)
        .first(Target::minutes(10))
        .next(Target::minutes(10))
        .resolution(Target::minutes(60));
    let rules = Rules::new().policy(policy.clone());
    let begun = || {
        Log::of("2024-07-10")
            .then("09:00", Kind::message("m1"))
            .policy("09:00", &policy)
    };
    let good = begun()
        .then("09:05", Kind::reply("r1"))
        .by("ann")
        .then("09:10", Kind::message("m2"))
        .then("09:25", Kind::reply("r2"))
        .by("bob")
        .then("09:30", Kind::status(Status::Resolved))
        .by("bob")
        .standing(&rules, "12:00");
    let bad = begun()
        .then("09:20", Kind::reply("r1"))
        .by("ann")
        .then("11:00", Kind::status(Status::Resolved))
        .by("ann")
        .standing(&rules, "12:00");
    let told = report([&good, &bad].map(Reported::new), &ReportQuery::new()).unwrap();
    let kept = |told: &sociable::desk::clock::Summary, target: TargetKind| {
        let kept = told.targets[&target].kept;
        (kept.numerator, kept.denominator)
    };
    assert_eq!(kept(&told.all, TargetKind::First), (1, 2));
    assert_eq!(kept(&told.all, TargetKind::Next), (0, 1));
    assert_eq!(kept(&told.all, TargetKind::Resolution), (1, 2));
    assert_eq!(kept(&told.agents["ann"], TargetKind::First), (1, 2));
    assert_eq!(kept(&told.agents["bob"], TargetKind::Next), (0, 1));
    assert_eq!(kept(&told.agents["bob"], TargetKind::Resolution), (1, 1));
}

/// The promise ran on through the night: half past four on Friday and one hour was told as half past five.
#[test]
fn chatwoot_13392_a_promise_runs_in_business_hours() {
    let (policy, rules) = within_hours(&office());
    let log = Log::of("2026-01-30")
        .then("16:30", Kind::message("m1"))
        .policy("16:30", &policy);
    let open = log.standing(&rules, "18:00");
    let first = open.open(TargetKind::First).unwrap();
    assert_eq!(first.due, Some(at("2026-02-02T09:30:00Z")), "on Monday");
    assert_eq!(first.breached_at, None);
    // Before the hours begin: nothing passes until then.
    let early = Log::of("2026-01-28")
        .then("07:00", Kind::message("m1"))
        .policy("07:00", &policy);
    let due = early
        .standing(&rules, "07:00")
        .open(TargetKind::First)
        .unwrap()
        .due;
    assert_eq!(due, Some(at("2026-01-28T10:00:00Z")));
    // A late answer stays late after it was given.
    let late = log
        .then("2026-02-02T10:00:00Z", Kind::reply("r1"))
        .standing(&rules, "2026-02-03T00:00:00Z");
    let first = posted(&late, TargetKind::First)[0];
    assert_eq!(first.kept(), Some(false));
    assert_eq!(first.over(), minutes(30));
}

/// Several hours a day: a question in the lunch break waits for its end.
#[test]
fn chatwoot_14009_a_lunch_break_is_no_business_time() {
    let split = Calendar::form("split")
        .open("mon-fri", "08:00-12:00")
        .open("mon-fri", "13:30-18:00")
        .build()
        .unwrap();
    let (policy, rules) = within_hours(&split);
    let log = Log::of("2026-04-06")
        .then("12:30", Kind::message("m1"))
        .policy("12:30", &policy);
    assert_eq!(
        log.standing(&rules, "13:00").waiting.unwrap().time,
        minutes(0)
    );
    let standing = log
        .then("13:40", Kind::reply("r1"))
        .standing(&rules, "18:00");
    assert_eq!(standing.first_response(), Some(minutes(10)));
}

/// Public holidays, and days with other hours.
#[test]
fn chatwoot_6467_a_holiday_is_no_business_time() {
    let calendar = Calendar::form("shop")
        .zone("Europe/Bucharest")
        .open("mon-fri", "09:00-17:00")
        .closed_on(date(2026, 12, 25))
        .open_on(date(2026, 12, 24), "09:00-12:00")
        .build()
        .unwrap();
    let (policy, rules) = within_hours(&calendar);
    // Thursday 24 December, 11:30 in Bucharest: half an hour is left of that day, the rest is Monday's.
    let log = Log::of("2026-12-24")
        .then("09:30", Kind::message("m1"))
        .policy("09:30", &policy);
    let due = log
        .standing(&rules, "09:30")
        .open(TargetKind::First)
        .unwrap()
        .due;
    assert_eq!(due, Some(at("2026-12-28T07:30:00Z")));
}

/// Promises were broken during lunch, while nobody was there.
#[test]
fn frappe_2212_nothing_is_broken_during_lunch() {
    let split = Calendar::form("split")
        .open("mon-fri", "09:00-13:00")
        .open("mon-fri", "14:00-18:00")
        .build()
        .unwrap();
    let policy = Policy::ten_minutes()
        .version(2_u32)
        .calendar(split.reference());
    let rules = Rules::new().policy(policy.clone()).calendar(split);
    let log = Log::of("2025-03-07")
        .then("12:55", Kind::message("m1"))
        .policy("12:55", &policy);
    let lunch = log.standing(&rules, "13:59");
    let first = lunch.open(TargetKind::First).unwrap();
    assert!(!first.is_breached());
    assert_eq!(first.remaining().unwrap().as_secs(), 5 * 60);
    assert_eq!(first.due, Some(at("2025-03-07T14:05:00Z")));
}

/// From eight to five: the clock stops at five, and a promise is broken only between eight and five.
#[test]
fn osticket_2131_the_clock_stops_after_hours() {
    let calendar = Calendar::form("work")
        .open("mon-sun", "08:00-17:00")
        .build()
        .unwrap();
    let (policy, rules) = within_hours(&calendar);
    let log = Log::of("2015-06-02")
        .then("16:45", Kind::message("m1"))
        .policy("16:45", &policy);
    for now in ["17:00", "23:59", "2015-06-03T07:59:00Z"] {
        let standing = log.standing(&rules, now);
        assert_eq!(standing.remaining().unwrap().as_secs(), 45 * 60, "{now}");
    }
    let broken = log.standing(&rules, "2015-06-03T08:45:01Z");
    assert_eq!(
        broken.open(TargetKind::First).unwrap().breached_at,
        Some(at("2015-06-03T08:45:00Z"))
    );
}

/// Working hours, the client's holidays, no Saturdays and Sundays.
#[test]
fn osticket_4969_weekends_and_holidays_are_no_business_time() {
    let calendar = Calendar::form("client")
        .zone("Asia/Kolkata")
        .open("mon-fri", "10:00-18:00")
        .closed_on(date(2019, 8, 15))
        .build()
        .unwrap();
    let from = at("2019-08-14T11:30:00Z"); // Wednesday, 17:00 in India.
    let due = calendar.add(from, hours(2));
    assert_eq!(
        due,
        at("2019-08-16T05:30:00Z"),
        "an hour of Wednesday, and one of Friday"
    );
    assert_eq!(
        calendar.open_time_between(from, at("2019-08-19T04:30:00Z")),
        hours(1 + 8)
    );
}

/// The last word is the customer's goodbye: the clock ran on in the solved conversation and was told as missed.
#[test]
fn chatwoot_10178_a_solved_case_has_no_running_next_response() {
    let policy = Policy::new("p", 1).next(Target::minutes(10));
    let rules = Rules::new().policy(policy.clone());
    let log = Log::of("2024-09-27")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &policy)
        .then("09:01", Kind::reply("r1"))
        .then("09:02", Kind::message("bye"))
        .then("09:05", Kind::status(Status::Resolved));
    let standing = log.standing(&rules, "2024-09-30T00:00:00Z");
    assert_eq!(standing.open(TargetKind::Next), None);
    assert_eq!(posted(&standing, TargetKind::Next)[0].kept(), None);
    // Solving it does not unmake what was late already.
    let late = Log::of("2024-09-27")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &policy)
        .then("09:01", Kind::reply("r1"))
        .then("09:02", Kind::message("and?"))
        .then("09:30", Kind::status(Status::Resolved))
        .standing(&rules, "12:00");
    assert_eq!(posted(&late, TargetKind::Next)[0].kept(), Some(false));
}
