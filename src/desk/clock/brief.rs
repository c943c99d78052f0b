//! What the queue needs of a case's clocks, in so few bytes that the clocks of all cases are soon read.

use std::cmp::Ordering;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::calendar::Calendar;
use super::policy::{CalendarRef, PolicyRef, Rules};
use super::target::TargetClock;
use crate::error::Result;
use crate::model::SharedStr;

/// What of a [`Fold`](super::Fold) says how urgent its case is, until something happens to it or it is put aside no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Short", from = "Short")]
pub(in crate::desk) struct Brief {
    pub(super) policy: Option<PolicyRef>,
    pub(super) calendar: Option<CalendarRef>,
    /// Until when it is put aside.
    pub(super) asleep: Option<Moment>,
    /// Since when the customer waits, or the case exists.
    pub(super) since: Option<Moment>,
    /// The clocks on which something is promised that is not done.
    pub(super) clocks: Vec<Hand>,
}

/// A brief as it is written: names of fields would be the most of it.
type Short = (
    Option<(SharedStr, u32)>,
    Option<(SharedStr, u32)>,
    Option<Moment>,
    Option<Moment>,
    Vec<Hand>,
);

impl From<Brief> for Short {
    fn from(brief: Brief) -> Self {
        (
            brief.policy.map(|policy| (policy.id, policy.version)),
            brief
                .calendar
                .map(|calendar| (calendar.id, calendar.version)),
            brief.asleep,
            brief.since,
            brief.clocks,
        )
    }
}

impl From<Short> for Brief {
    fn from((policy, calendar, asleep, since, clocks): Short) -> Self {
        Self {
            policy: policy.map(|(id, version)| PolicyRef { id, version }),
            calendar: calendar.map(|(id, version)| CalendarRef { id, version }),
            asleep,
            since,
            clocks,
        }
    }
}

/// How urgent a case is at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::desk) struct Pressing {
    /// As [`Standing::remaining`](super::Standing::remaining).
    pub(in crate::desk) remaining: Option<SignedDuration>,
    /// When the most urgent of the clocks is due.
    pub(in crate::desk) due: Option<Timestamp>,
    /// Since when the customer waits, or the case exists.
    pub(in crate::desk) since: Option<Timestamp>,
}

/// A clock: how much time was left; at which moment, unless it stands still; and when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Hand(Left, Option<Moment>, Option<Moment>);

impl Hand {
    /// `None` where nothing is promised, or it has ended.
    pub(super) fn of(clock: &TargetClock) -> Option<Self> {
        let left = Left(clock.remaining()?);
        let counted = (!clock.still).then_some(Moment(clock.counted));
        Some(Self(left, counted, clock.due.map(Moment)))
    }

    fn remaining(self, now: Timestamp, calendar: &Calendar) -> SignedDuration {
        let Self(Left(left), counted, _) = self;
        match counted {
            Some(Moment(counted)) if now > counted => {
                let passed = calendar.open_time_between(counted, now);
                left.saturating_sub(SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX))
            }
            _ => left,
        }
    }
}

/// Much quicker to read than a date.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Parts", try_from = "Parts")]
pub(super) struct Moment(pub(super) Timestamp);

impl From<Moment> for Parts {
    fn from(Moment(at): Moment) -> Self {
        Self(at.as_second(), at.subsec_nanosecond())
    }
}

impl TryFrom<Parts> for Moment {
    type Error = jiff::Error;

    fn try_from(Parts(seconds, nanos): Parts) -> std::result::Result<Self, jiff::Error> {
        Timestamp::new(seconds, nanos).map(Self)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Parts", try_from = "Parts")]
struct Left(SignedDuration);

impl From<Left> for Parts {
    fn from(Left(left): Left) -> Self {
        Self(left.as_secs(), left.subsec_nanos())
    }
}

impl TryFrom<Parts> for Left {
    type Error = &'static str;

    fn try_from(Parts(seconds, nanos): Parts) -> std::result::Result<Self, &'static str> {
        let nanos = SignedDuration::from_nanos(nanos.into());
        let sum = SignedDuration::from_secs(seconds).checked_add(nanos);
        sum.map(Self).ok_or("it is longer than a length can be")
    }
}

/// Seconds and billionths of one: `600`, or `[600, 5]`.
struct Parts(i64, i32);

impl Serialize for Parts {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self(seconds, 0) => seconds.serialize(to),
            Self(seconds, nanos) => (seconds, nanos).serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        from.deserialize_any(PartsVisitor)
    }
}

struct PartsVisitor;

impl<'de> Visitor<'de> for PartsVisitor {
    type Value = Parts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds, or seconds and billionths")
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> std::result::Result<Parts, E> {
        Ok(Parts(seconds, 0))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> std::result::Result<Parts, E> {
        let seconds = i64::try_from(seconds).map_err(E::custom)?;
        Ok(Parts(seconds, 0))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> std::result::Result<Parts, A::Error> {
        let (seconds, nanos) = Deserialize::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Parts(seconds, nanos))
    }
}

impl Brief {
    /// How urgent the case is at a moment. `None` where it was put aside until then: what follows from that, the fold alone
    /// can tell.
    ///
    /// # Errors
    ///
    /// `Config`: the case stands under a policy or calendar that the rules lack.
    pub(in crate::desk) fn at(&self, now: Timestamp, rules: &Rules) -> Result<Option<Pressing>> {
        if self.asleep.is_some_and(|Moment(until)| until <= now) {
            return Ok(None);
        }
        let calendar = match &self.calendar {
            Some(calendar) => rules.find_calendar(calendar)?,
            None => Calendar::open_always(),
        };
        if let Some(policy) = &self.policy {
            rules.find_policy(policy)?;
        }
        let mut pressing = Pressing {
            remaining: None,
            due: None,
            since: self.since.map(|Moment(since)| since),
        };
        for hand in &self.clocks {
            let remaining = hand.remaining(now, calendar);
            let due = hand.2.map(|Moment(due)| due);
            let known = pressing.remaining.map(|known| remaining.cmp(&known));
            match known.unwrap_or(Ordering::Less) {
                Ordering::Less => (pressing.remaining, pressing.due) = (Some(remaining), due),
                // Two that are equally urgent: the one that is due first, and stands not still.
                Ordering::Equal => pressing.due = pressing.due.into_iter().chain(due).min(),
                Ordering::Greater => {}
            }
        }
        Ok(Some(pressing))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::desk::clock::{
        Calendar, CaseEvent, CaseEventKind as Kind, Fold, Policy, Status, Target,
    };

    fn rules() -> Rules {
        let shop = Calendar::form("shop")
            .zone("Europe/Athens")
            .open("mon-fri", "09:00-13:00")
            .open("mon-sat", "22:00-02:00");
        let mut service = Policy::new("service", 1)
            .first(Target::minutes(30).warn_at(50))
            .next(Target::minutes(90))
            .resolution(Target::minutes(600))
            .update(Target::minutes(240));
        service.calendar = CalendarRef::new("shop", 1);
        service.pause_on = vec![Status::WaitingCustomer, Status::Snoozed];
        Rules::new().calendar(shop.build().unwrap()).policy(service)
    }

    fn kind(seed: u8, number: u64, at: Timestamp) -> Kind {
        let recent = format!("m{}", number.saturating_sub(u64::from(seed % 3)));
        match seed % 16 {
            0..4 => Kind::message(format!("m{number}")),
            4 => Kind::detected(recent),
            5 => Kind::deleted(recent),
            6 | 7 => Kind::reply("r"),
            8 => Kind::status(Status::Resolved),
            9 => Kind::status(Status::WaitingCustomer),
            10 => Kind::status(Status::Open),
            11 | 12 => Kind::snoozed(at + SignedDuration::from_hours(i64::from(seed) - 40)),
            13 => Kind::handed_off(format!("h{number}"), "warehouse"),
            14 => Kind::policy("ten-minutes", 1),
            _ => Kind::policy("service", 1),
        }
    }

    proptest! {
        #[test]
        fn it_says_what_the_whole_says_until_the_case_wakes(
            acts in proptest::collection::vec((any::<u8>(), 0_i64..30_000_000), 0..14),
            now in -40_000_000..500_000_000_i64,
        ) {
            let rules = rules();
            let mut at: Timestamp = "2026-10-23T05:59:30.25Z".parse().unwrap();
            let mut log = Vec::new();
            for (number, (seed, pause)) in (1..).zip(acts) {
                // Some at once, some days later.
                at += SignedDuration::from_millis(if seed < 64 { 0 } else { pause });
                log.push(CaseEvent::new(number, at, kind(seed, number, at)));
            }
            let fold = Fold::of(&log, &rules).unwrap();
            let Some(brief) = fold.brief(at) else {
                return Ok(());
            };
            let text = serde_json::to_string(&brief).unwrap();
            let brief: Brief = serde_json::from_str(&text).unwrap();
            for now in [at, at + SignedDuration::from_millis(now)] {
                let whole = fold.standing(now, &rules).unwrap();
                let Some(pressing) = brief.at(now, &rules).unwrap() else {
                    prop_assert!(whole.status != fold.standing(at, &rules).unwrap().status);
                    continue;
                };
                let remaining = whole.remaining();
                let urgent = |clock: &&TargetClock| clock.remaining() == remaining;
                let urgent = whole.running.iter().filter(urgent);
                let due = urgent.filter_map(|clock| clock.due).min();
                prop_assert_eq!(pressing.remaining, remaining);
                prop_assert_eq!(pressing.due, remaining.and(due));
                prop_assert_eq!(pressing.since, whole.urgency(0.0).since);
                prop_assert_eq!(&whole.status, &fold.standing(at, &rules).unwrap().status);
            }
        }
    }

    #[test]
    fn moments_and_lengths_come_back_as_they_were_and_wrong_ones_are_refused() {
        for at in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            let text = serde_json::to_string(&Moment(at)).unwrap();
            assert_eq!(serde_json::from_str::<Moment>(&text).unwrap(), Moment(at));
        }
        for left in [
            SignedDuration::MIN,
            SignedDuration::ZERO,
            SignedDuration::MAX,
        ] {
            let text = serde_json::to_string(&Left(left)).unwrap();
            assert_eq!(serde_json::from_str::<Left>(&text).unwrap(), Left(left));
        }
        for text in [
            "9223372036854775807",
            "18446744073709551615",
            "[0]",
            "[0,3000000000]",
            "[0,0,0]",
            "0.5",
            "\"\"",
        ] {
            assert!(serde_json::from_str::<Moment>(text).is_err(), "{text}");
        }
        let text = "[9223372036854775807,1000000000]";
        assert!(serde_json::from_str::<Left>(text).is_err());
    }
}
