//! What the suite works with.

use std::any::Any;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sociable::store::{Job, KeyValue, LeaseRequest, Queue, Queued};

pub(crate) trait Both: KeyValue + Queue {}

impl<T: KeyValue + Queue> Both for T {}

pub(crate) type Store = Arc<dyn Both>;

/// One store with nothing in it, opened twice where its engine has several users.
pub(crate) struct Pair {
    pub(crate) one: Store,
    pub(crate) other: Store,
    /// Whether U+0000 can be kept.
    pub(crate) keeps_nul: bool,
    /// Where it lies, removed after it.
    pub(crate) place: Box<dyn Any + Send + Sync>,
}

impl Pair {
    /// One of the two, in turn.
    pub(crate) fn turn(&self, turn: usize) -> Store {
        Arc::clone(if turn.is_multiple_of(2) {
            &self.one
        } else {
            &self.other
        })
    }
}

/// A moment, in seconds after noon of a day.
pub(crate) fn at(seconds: i64) -> Timestamp {
    let noon: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
    noon + SignedDuration::from_secs(seconds)
}

pub(crate) fn job(id: &str, due: i64) -> Job {
    Job::new(id, "shop", format!("the work of {id}")).due(at(due))
}

/// A worker takes what is due, for a minute.
pub(crate) fn take(worker: &str, now: i64, limit: u32) -> LeaseRequest {
    LeaseRequest::new(worker, at(now), at(now + 60)).limit(limit)
}

pub(crate) fn ids(jobs: &[Queued]) -> Vec<&str> {
    jobs.iter().map(|queued| queued.job.id.as_str()).collect()
}

/// Every case of the suite on an engine: `$fresh` answers a fresh pair, or `None` where the engine is not there.
macro_rules! prove {
    ($fresh:path) => {
        prove! { $fresh, values:
            a_value_is_written_only_over_the_version_that_was_read
            writers_at_once_lose_no_write
            no_version_comes_twice
            keys_are_listed_by_prefix_in_the_order_of_their_bytes
            keys_are_listed_page_by_page
            first_lines_are_listed_without_the_rest
            what_is_removed_is_gone_and_can_be_written_anew
            texts_come_back_as_they_were
            a_call_that_nobody_polls_holds_nobody_up
            what_an_engine_cannot_keep_is_refused
        }
        prove! { $fresh, leases:
            a_job_is_added_once
            of_those_who_add_one_job_at_once_one_succeeds
            what_is_due_goes_out_in_the_order_of_its_time
            nothing_is_taken_before_its_time_or_without_one
            held_lanes_are_passed_over
            no_job_goes_to_two_workers_at_once
            a_lease_ends_by_itself_and_the_late_worker_is_fenced_off
            a_change_keeps_extends_or_releases_the_lease
            a_change_of_what_was_changed_since_is_refused
            of_changes_at_once_one_succeeds
            the_next_moment_is_that_of_the_first_free_job
            jobs_are_listed_by_lane_and_time_page_by_page
            a_clock_that_goes_back_loses_and_doubles_nothing
            a_discarded_job_is_gone_and_its_name_free
            moments_are_kept_to_the_nanosecond
        }
        prove! { $fresh, dice:
            it_answers_as_a_plain_model_does
        }
    };
    ($fresh:path, $module:ident: $($case:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $case() {
            if let Some(pair) = $fresh(stringify!($case)).await {
                $crate::$module::$case(pair).await;
            }
        }
    )*};
}
