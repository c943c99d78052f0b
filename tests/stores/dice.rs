//! Thrown dice choose what is done; a plain model says what must come of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sociable::store::{Job, JobChange, JobQuery, Lease, LeaseChange, LeaseRequest, Queued};

use crate::suite::{Pair, at};

struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn name(&mut self) -> String {
        format!(
            "{}{}",
            ["a", "b", "c/"][self.throw(3) as usize],
            self.throw(4)
        )
    }

    fn lane(&mut self) -> String {
        ["red", "blue", "green"][self.throw(3) as usize].to_owned()
    }

    fn moment(&mut self) -> Timestamp {
        at(self.throw(20) as i64)
    }

    fn due(&mut self) -> Option<Timestamp> {
        (self.throw(5) > 0).then(|| self.moment())
    }
}

/// What must be there, by rules written down once more and without any index.
#[derive(Default)]
struct Model {
    values: BTreeMap<String, (String, u64)>,
    jobs: BTreeMap<String, Queued>,
    last: u64,
}

impl Model {
    /// Every write has a higher version than all before.
    fn newer(&mut self, version: u64) {
        assert!(version > self.last, "{version} after {}", self.last);
        self.last = version;
    }

    fn due(&self, request: &LeaseRequest) -> Vec<String> {
        let mut due: Vec<_> = self
            .jobs
            .values()
            .filter_map(|queued| {
                let at = queued.job.due.filter(|due| *due <= request.now)?;
                let free = queued
                    .lease
                    .as_ref()
                    .is_none_or(|lease| lease.until <= request.now);
                let held = request.except.contains(&queued.job.lane);
                (free && !held).then(|| (at, queued.job.id.clone()))
            })
            .collect();
        due.sort();
        due.truncate(request.limit as usize);
        due.into_iter().map(|(_, id)| id).collect()
    }

    fn next(&self, except: &[String]) -> Option<Timestamp> {
        let wanted = self
            .jobs
            .values()
            .filter(|queued| !except.contains(&queued.job.lane));
        wanted.filter_map(Queued::free_at).min()
    }
}

pub(crate) async fn it_answers_as_a_plain_model_does(pair: Pair) {
    let mut dice = Dice(20_261_123);
    let mut model = Model::default();
    for turn in 0..1500 {
        let store = pair.turn(dice.throw(2) as usize);
        let name = dice.name();
        let value = format!("turn {turn}");
        match dice.throw(10) {
            0 | 1 => {
                let known = model.values.get(&name).map(|(_, version)| *version);
                let expected = if dice.throw(4) > 0 {
                    known
                } else {
                    Some(dice.throw(model.last + 1))
                };
                let put = store.put(&name, &value, expected).await.unwrap();
                assert_eq!(put.is_some(), known == expected, "turn {turn}");
                if let Some(version) = put {
                    model.newer(version);
                    model.values.insert(name, (value, version));
                }
            }
            2 => {
                if dice.throw(2) == 0 {
                    store.remove(&name).await.unwrap();
                    model.values.remove(&name);
                } else {
                    store.discard(&name).await.unwrap();
                    model.jobs.remove(&name);
                }
            }
            3..=5 => {
                let mut job = Job::new(&name, dice.lane(), value);
                job.due = dice.due();
                let added = store.add(&job).await.unwrap();
                assert_eq!(added, !model.jobs.contains_key(&name), "turn {turn}");
                if added {
                    let version = store.job(&name).await.unwrap().unwrap().version;
                    model.newer(version);
                    model.jobs.insert(name, Queued::new(job, version));
                }
            }
            6 | 7 => {
                let (now, until) = (dice.moment(), dice.moment());
                let mut request = LeaseRequest::new(&name, now, until).limit(dice.throw(4) as u32);
                if dice.throw(2) == 0 {
                    request = request.except(dice.lane());
                }
                let due = model.due(&request);
                let leased = store.lease(&request).await.unwrap();
                let ids: Vec<_> = leased.iter().map(|queued| queued.job.id.clone()).collect();
                assert_eq!(ids, due, "turn {turn}");
                let mut versions: Vec<u64> = leased.iter().map(|queued| queued.version).collect();
                versions.sort_unstable();
                versions
                    .into_iter()
                    .for_each(|version| model.newer(version));
                for queued in leased {
                    let known = model.jobs.get_mut(&queued.job.id).unwrap();
                    known.version = queued.version;
                    known.lease = Some(Lease::new(&name, until));
                    assert_eq!(*known, queued, "turn {turn}");
                }
            }
            _ => {
                let Some(known) = model.jobs.get(&name).cloned() else {
                    continue;
                };
                let lease = match dice.throw(3) {
                    0 => LeaseChange::Keep,
                    1 => LeaseChange::Release,
                    _ => LeaseChange::Extend(dice.moment()),
                };
                let mut change = JobChange::new(&known, &value, dice.due()).lease(lease);
                if dice.throw(4) == 0 {
                    change.expected = dice.throw(model.last + 1);
                }
                let changed = store.change(&change).await.unwrap();
                assert_eq!(
                    changed.is_some(),
                    change.expected == known.version,
                    "turn {turn}"
                );
                let Some(version) = changed else { continue };
                model.newer(version);
                let mut queued = known;
                queued.version = version;
                (queued.job.value, queued.job.due) = (value, change.due);
                match lease {
                    LeaseChange::Release => queued.lease = None,
                    LeaseChange::Extend(until) => queued
                        .lease
                        .iter_mut()
                        .for_each(|lease| lease.until = until),
                    _ => {}
                }
                model.jobs.insert(name, queued);
            }
        }
        let other = pair.turn(dice.throw(2) as usize);
        let except = [dice.lane()];
        let except = &except[..dice.throw(2) as usize];
        assert_eq!(
            other.next_due(except).await.unwrap(),
            model.next(except),
            "turn {turn}"
        );
        if turn % 10 == 0 {
            let values = other.list("", None, 100).await.unwrap();
            let values = values
                .into_iter()
                .map(|(key, value)| (key, (value.value, value.version)));
            assert!(values.eq(model.values.clone()), "turn {turn}");
            let jobs = other.jobs(&JobQuery::new(100)).await.unwrap();
            assert!(jobs.iter().eq(model.jobs.values()), "turn {turn}");
        }
    }
}
