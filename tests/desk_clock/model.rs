//! The clocks of a case against a model that goes from minute to minute, and the fold against the whole.

use proptest::prelude::*;
use sociable::desk::clock::{
    Bots, CaseEvent, CaseEventKind as Kind, Ending, Fold, NextFrom, Policy, Pushed, Rules, Status,
    Target, TargetClock, TargetKind, evaluate,
};
use sociable::jiff::{SignedDuration, Timestamp};

use crate::calendars::{Plain, plain};
use crate::minutes;

/// What may happen, without names.
#[derive(Clone, Debug)]
enum Act {
    Message,
    Reply,
    Bot,
    Note,
    Status(Status),
    HandOff,
    /// Of the messages so far.
    Delete(usize),
    Policy(u32),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Message),
        4 => Just(Act::Reply),
        1 => Just(Act::Bot),
        1 => Just(Act::Note),
        1 => Just(Act::HandOff),
        2 => (0..8_usize).prop_map(Act::Delete),
        1 => (1..3_u32).prop_map(Act::Policy),
        6 => prop_oneof![
            Just(Status::Open),
            Just(Status::WaitingCustomer),
            Just(Status::WaitingThird),
            Just(Status::Resolved),
            Just(Status::Reopened),
        ].prop_map(Act::Status),
    ]
}

/// A clock of the model.
#[derive(Clone, Debug)]
struct Simple {
    target: TargetKind,
    started: i64,
    within: u64,
    used: u64,
    /// The minute at which it was used up while it ran.
    full: Option<i64>,
    broken: bool,
    ended: Option<(i64, Ending)>,
}

/// The model: every minute, whoever runs gets one more.
struct Model<'a> {
    calendars: &'a [Plain],
    policies: &'a [Policy],
    start: Timestamp,
    policy: usize,
    status: Status,
    /// Name and minute.
    waiting: Vec<(usize, i64)>,
    first_over: bool,
    we_began: bool,
    messages: usize,
    replied: bool,
    clocks: Vec<Simple>,
}

impl Model<'_> {
    fn within(&self, target: &TargetKind) -> u64 {
        let target = self.policies[self.policy].target(target).unwrap();
        target.within.as_secs() / 60
    }

    fn open(&mut self) -> impl Iterator<Item = &mut Simple> {
        self.clocks.iter_mut().filter(|clock| clock.ended.is_none())
    }

    fn answers(target: &TargetKind) -> bool {
        matches!(target, TargetKind::First | TargetKind::Next)
    }

    /// Begins a clock at a minute, now or before, and lets it catch up.
    fn begin(&mut self, target: TargetKind, started: i64, now: i64) {
        let within = self.within(&target);
        let mut clock = Simple {
            target,
            started,
            within,
            used: 0,
            full: None,
            broken: false,
            ended: None,
        };
        for minute in started..now {
            self.minute(&mut clock, minute);
        }
        self.clocks.push(clock);
    }

    fn minute(&self, clock: &mut Simple, minute: i64) {
        let held = self.policies[self.policy].pause_on.contains(&self.status);
        if held && clock.target == TargetKind::Resolution {
            clock.full = clock.full.filter(|_| clock.broken);
            return;
        }
        // Used up by the beginning of this minute, and not done: broken.
        if clock.full.is_none() && clock.used >= clock.within {
            clock.full = Some(minute);
        }
        if clock.full.is_some_and(|full| full <= minute) {
            clock.broken = true;
        }
        let moment = self.start + SignedDuration::from_mins(minute);
        if self.calendars[self.policy].is_open(moment) {
            clock.used += 1;
            if clock.used == clock.within && clock.full.is_none() {
                clock.full = Some(minute + 1);
            }
        }
    }

    fn end(&mut self, which: impl Fn(&Simple) -> bool, how: Ending, now: i64) {
        for clock in self.open().filter(|clock| which(clock)) {
            clock.ended = Some((now, how));
        }
    }

    fn begin_answer(&mut self, now: i64) {
        let next = self.first_over || self.we_began || self.messages == 0;
        let target = if next {
            TargetKind::Next
        } else {
            TargetKind::First
        };
        self.begin(target, now, now);
    }

    fn set(&mut self, status: Status, now: i64) {
        if self.status == status {
            return;
        }
        let before = std::mem::replace(&mut self.status, status.clone());
        if before == Status::Resolved {
            let mut solved = self.clocks.iter_mut();
            if let Some(clock) = solved.rfind(|clock| {
                clock.target == TargetKind::Resolution
                    && clock.ended.is_some_and(|(_, how)| how == Ending::Fulfilled)
            }) {
                clock.ended = None;
                if !clock.broken {
                    clock.full = None;
                }
            }
        }
        if status == Status::Resolved {
            self.first_over |= self.messages > 0;
            self.waiting.clear();
            self.end(|clock| Self::answers(&clock.target), Ending::Resolved, now);
            self.end(
                |clock| clock.target == TargetKind::Resolution,
                Ending::Fulfilled,
                now,
            );
        }
    }

    fn act(&mut self, act: &Act, now: i64) {
        match act {
            Act::Message => {
                self.messages += 1;
                if [
                    Status::Resolved,
                    Status::WaitingCustomer,
                    Status::WaitingThird,
                ]
                .contains(&self.status)
                {
                    self.set(Status::Open, now);
                }
                self.waiting.push((self.messages - 1, now));
                if !self
                    .open()
                    .any(|clock| clock.target == TargetKind::Resolution)
                {
                    self.begin(TargetKind::Resolution, now, now);
                }
                if self.policies[self.policy].next_from == NextFrom::Latest {
                    self.clocks.retain(|clock| {
                        clock.ended.is_some() || clock.target != TargetKind::Next || clock.broken
                    });
                }
                if !self.open().any(|clock| Self::answers(&clock.target)) {
                    self.begin_answer(now);
                }
            }
            Act::Reply => {
                self.replied = true;
                self.we_began |= self.messages == 0;
                self.first_over |= self.messages > 0;
                self.waiting.clear();
                self.end(|clock| Self::answers(&clock.target), Ending::Fulfilled, now);
                if self.status == Status::New {
                    self.status = Status::Open;
                }
            }
            Act::Bot => {
                if self.policies[self.policy].bots == Bots::Serve {
                    self.waiting.clear();
                    self.end(|clock| Self::answers(&clock.target), Ending::Bot, now);
                }
            }
            Act::Note => {}
            Act::Status(status) => self.set(status.clone(), now),
            Act::HandOff => {
                if self.status != Status::Resolved
                    && !self.open().any(|clock| Self::answers(&clock.target))
                {
                    self.begin_answer(now);
                }
            }
            Act::Delete(message) => self.delete(*message, now),
            Act::Policy(version) => {
                self.policy = *version as usize - 1;
                let policies = self.policies;
                for clock in self
                    .clocks
                    .iter_mut()
                    .filter(|clock| clock.ended.is_none() && !clock.broken)
                {
                    let target = policies[*version as usize - 1]
                        .target(&clock.target)
                        .unwrap();
                    clock.within = (target.within.as_secs() / 60).max(clock.used);
                    clock.full = None;
                }
            }
        }
    }

    fn delete(&mut self, message: usize, now: i64) {
        let Some(place) = self.waiting.iter().position(|(name, _)| *name == message) else {
            return;
        };
        self.waiting.remove(place);
        let Some(target) = self
            .open()
            .find(|clock| Self::answers(&clock.target))
            .map(|clock| clock.target.clone())
        else {
            return;
        };
        let latest =
            self.policies[self.policy].next_from == NextFrom::Latest && target == TargetKind::Next;
        let (counts, from) = if latest {
            (place == self.waiting.len(), self.waiting.last().copied())
        } else {
            (place == 0, self.waiting.first().copied())
        };
        if !counts {
            return;
        }
        self.end(|clock| Self::answers(&clock.target), Ending::Withdrawn, now);
        match from {
            Some((_, at)) => self.begin(target, at, now),
            None if !self.replied => self.end(
                |clock| clock.target == TargetKind::Resolution,
                Ending::Withdrawn,
                now,
            ),
            None => {}
        }
    }
}

/// What is compared of a clock.
type Told = (
    TargetKind,
    Timestamp,
    u64,
    Option<(Timestamp, Ending)>,
    bool,
);

fn told(clock: &TargetClock) -> Told {
    let ended = clock.ended.as_ref().map(|ended| (ended.at, ended.how));
    assert_eq!(clock.used.as_secs() % 60, 0);
    (
        clock.target.clone(),
        clock.started,
        clock.used.as_secs() / 60,
        ended,
        clock.is_breached(),
    )
}

fn policies() -> impl Strategy<Value = Vec<Policy>> {
    let one = (
        1..90_u32,
        1..90_u32,
        1..300_u32,
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    prop::collection::vec(one, 2).prop_map(|all| {
        let made = all.into_iter().zip(1..).map(
            |((first, next, solution, latest, serve, third), version)| {
                let mut policy = Policy::new("p", version)
                    .first(Target::minutes(first))
                    .next(Target::minutes(next))
                    .resolution(Target::minutes(solution))
                    .calendar(sociable::desk::clock::CalendarRef::new("c", version));
                if latest {
                    policy = policy.next_from(NextFrom::Latest);
                }
                if serve {
                    policy = policy.bots(Bots::Serve);
                }
                if third {
                    policy = policy.pause_on(vec![Status::WaitingCustomer, Status::WaitingThird]);
                }
                policy
            },
        );
        made.collect()
    })
}

/// The log of these acts, each so many minutes after the one before; the first policy holds from the beginning.
fn log_of(acts: &[(i64, Act)], start: Timestamp) -> Vec<CaseEvent> {
    let mut log = vec![CaseEvent::new(1, start, Kind::policy("p", 1))];
    let (mut minute, mut messages) = (0, 0);
    for (after, act) in acts {
        minute += after;
        let kind = match act {
            Act::Message => {
                messages += 1;
                Kind::message((messages - 1).to_string())
            }
            Act::Reply => Kind::reply("r"),
            Act::Bot => Kind::bot_reply("b"),
            Act::Note => Kind::Note,
            Act::Status(status) => Kind::status(status.clone()),
            Act::HandOff => Kind::handed_off("h", "service"),
            Act::Delete(message) => Kind::deleted(message.to_string()),
            Act::Policy(version) => Kind::policy("p", *version),
        };
        let at = start + SignedDuration::from_mins(minute);
        log.push(CaseEvent::new(log.len() as u64 + 1, at, kind));
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn clocks_are_those_of_a_model_that_goes_from_minute_to_minute(
        (one, day) in plain(),
        (other, _) in plain(),
        policies in policies(),
        from in -3000..1000_i64,
        acts in prop::collection::vec((0..120_i64, act()), 0..24),
        rest in 0..200_i64,
    ) {
        let midnight = day.at(0, 0, 0, 0).to_zoned(sociable::jiff::tz::TimeZone::UTC).unwrap();
        let start = midnight.timestamp() + SignedDuration::from_mins(from);
        let calendars = [one, other];
        let mut rules = Rules::new();
        for (plain, policy) in calendars.iter().zip(&policies) {
            rules = rules.policy(policy.clone()).calendar(plain.calendar("c", policy.version));
        }
        rules.check().unwrap();
        let mut model = Model {
            calendars: &calendars,
            policies: &policies,
            start,
            policy: 0,
            status: Status::New,
            waiting: Vec::new(),
            first_over: false,
            we_began: false,
            messages: 0,
            replied: false,
            clocks: Vec::new(),
        };
        let mut minute = 0;
        let stop = Act::Note;
        for (after, act) in acts.iter().map(|(after, act)| (*after, act)).chain([(rest, &stop)]) {
            for now in minute..minute + after {
                let mut clocks = std::mem::take(&mut model.clocks);
                for clock in clocks.iter_mut().filter(|clock| clock.ended.is_none()) {
                    model.minute(clock, now);
                }
                model.clocks = clocks;
            }
            minute += after;
            model.act(act, minute);
        }
        let log = log_of(&acts, start);
        let now = start + SignedDuration::from_mins(minute);
        let standing = evaluate(&log, &rules, now).unwrap();
        let hand_off = |clock: &&TargetClock| clock.target != TargetKind::HandOff;
        let mut ours: Vec<Told> = standing.clocks().filter(hand_off).map(told).collect();
        let moment = |minute: i64| start + SignedDuration::from_mins(minute);
        let mut theirs: Vec<Told> = model.clocks.iter().map(|clock| {
            let ended = clock.ended.map(|(at, how)| (moment(at), how));
            (clock.target.clone(), moment(clock.started), clock.used, ended, clock.broken)
        }).collect();
        let order = |told: &Told| (told.0.clone(), told.1, told.3.map(|(at, _)| at), told.2);
        ours.sort_by_key(order);
        theirs.sort_by_key(order);
        prop_assert_eq!(ours, theirs);
        let waiting = model.waiting.first().map(|(_, at)| moment(*at));
        if let Some(since) = waiting {
            prop_assert_eq!(standing.waiting.map(|waiting| waiting.since), Some(since));
        }
        // What is due is when a model without an end would find it used up.
        for clock in standing.clocks().filter(|clock| clock.is_open() && !clock.is_breached()) {
            if let (Some(due), Some(left)) = (clock.due, clock.remaining()) {
                prop_assert!(due >= now);
                prop_assert!(left >= SignedDuration::ZERO);
            }
        }
    }

    #[test]
    fn the_fold_is_the_whole_in_whatever_order_events_are_told(
        (plain, day) in plain(),
        policies in policies(),
        acts in prop::collection::vec((0..90_i64, act()), 0..24),
        late in prop::collection::vec((0..24_usize, -200..40_i64), 0..6),
        now in 0..3000_i64,
    ) {
        let start = day.at(9, 0, 0, 0).to_zoned(sociable::jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let mut rules = Rules::new();
        for policy in &policies {
            rules = rules.policy(policy.clone()).calendar(plain.calendar("c", policy.version));
        }
        let mut log = log_of(&acts, start);
        // Clocks that go wrong, networks that tell late.
        for (entry, by) in late {
            if let Some(event) = log.get_mut(entry) {
                event.at += SignedDuration::from_mins(by);
            }
        }
        let now = start + SignedDuration::from_mins(now);
        let mut fold = Fold::default();
        for (count, event) in log.iter().enumerate() {
            if fold.push(event, &rules).unwrap() == Pushed::Late {
                fold = Fold::of(&log[..=count], &rules).unwrap();
            }
            // Stored and read again between any two events.
            let stored = sociable::serde_json::to_vec(&fold).unwrap();
            fold = sociable::serde_json::from_slice(&stored).unwrap();
            prop_assert_eq!(fold.push(event, &rules).unwrap(), Pushed::Repeated);
        }
        log.reverse();
        prop_assert_eq!(&fold, &Fold::of(&log, &rules).unwrap());
        let standing = fold.standing(now, &rules).unwrap();
        prop_assert_eq!(&standing, &evaluate(&log, &rules, now).unwrap());
        for clock in standing.clocks() {
            if let Some(ended) = &clock.ended {
                prop_assert!(ended.at >= clock.started);
            }
        }
        prop_assert!(standing.waiting.is_none_or(|waiting| waiting.time <= minutes(60 * 24 * 30)));
    }
}
