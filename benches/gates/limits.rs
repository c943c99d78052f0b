//! Limits kept in simulated time, against servers that know the truth.

#[path = "../../tests/limits_support/mod.rs"]
pub(crate) mod limits_support;

use limits_support::{Dialect, MS, SEC, START, World, pace_share, run, secs, storm};
use sociable::client::limits::{Limits, Window};

use crate::figures::{Bound, Report};

const TRIPS: [i64; 3] = [0, 50, 200];

fn kinds() -> [(&'static str, Window); 3] {
    [
        ("fixed", Window::fixed(300, secs(3))),
        ("first_call", Window::from_first_call(300, secs(3))),
        ("rolling", Window::rolling(300, secs(3))),
    ]
}

pub(crate) fn gates(report: &mut Report) {
    for client in [false, true] {
        for known in [true, false] {
            for (kind, window) in kinds() {
                for trip in TRIPS {
                    let dialects: &[Dialect] = if known {
                        &Dialect::KNOWN
                    } else {
                        &Dialect::TELLING
                    };
                    for dialect in dialects {
                        let mut world = World::told(window.clone(), *dialect, trip * MS);
                        if !known {
                            world = world.unknown();
                        }
                        let (answers, refusals, early, shares, journeys);
                        if client {
                            let s = storm(&world);
                            (answers, refusals, early, shares, journeys) =
                                (s.answers, s.refusals, s.early, s.shares, s.journeys);
                        } else {
                            let told = run(&mut world, &mut Limits::new());
                            shares = world.shares(&told);
                            (answers, refusals, early, journeys) =
                                (told.answers, told.refusals, told.early, told.journeys);
                        }
                        let pace = pace_share(&journeys, 300, 3 * SEC, (16, trip * MS));
                        println!(
                            "{client} {known} {kind} {trip} {dialect:?}: {answers} {refusals} {early} {:?} pace {pace:.1}",
                            shares
                                .iter()
                                .map(|s| format!("{}/{}", s.used, s.bound))
                                .collect::<Vec<_>>()
                        );
                    }
                }
            }
        }
    }
    let _ = (report, START, Bound::Free);
}
