//! Stand-in until the room is merged.
#![allow(missing_docs, dead_code, clippy::all)]
use jiff::Timestamp;
use std::time::Duration;
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum WriteSafety {
    Idempotent,
    Keyed { until: Option<Timestamp> },
    Reconcilable,
    Unsafe,
}
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RetryPolicy {
    pub attempts: u32,
}
#[derive(Clone, Copy, Debug)]
pub enum Failure {
    NotSent,
    Refused,
    Ambiguous,
    Final,
}
pub struct Hint {
    pub until: Option<Timestamp>,
    pub max_wait: Duration,
    pub deadline: Timestamp,
}
pub enum Verdict {
    Stop,
    Wait(Duration),
    Defer(Timestamp),
}
pub fn decide(
    attempt: u32,
    _elapsed: Duration,
    _now: Timestamp,
    safety: &WriteSafety,
    failure: Failure,
    _hint: &Hint,
    _policy: &RetryPolicy,
    _random: &dyn super::Random,
) -> Verdict {
    match failure {
        Failure::Final => Verdict::Stop,
        Failure::Ambiguous
            if !matches!(safety, WriteSafety::Idempotent | WriteSafety::Keyed { .. }) =>
        {
            Verdict::Stop
        }
        _ if attempt >= 4 => Verdict::Stop,
        _ => Verdict::Wait(Duration::from_millis(500)),
    }
}
