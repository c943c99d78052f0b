//! Ids have 19 digits, which no double holds: they come out as they came, and go out as they were given.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::net::clock;
use crate::world::{ME, World, told_of};

/// The runs of digits in a text that are long enough to be ids.
fn long(text: &str) -> BTreeSet<String> {
    let runs = text.split(|c: char| !c.is_ascii_digit());
    let long = runs.filter(|run| run.len() > 15);
    long.map(str::to_owned).collect()
}

#[tokio::test]
async fn ids_beyond_what_a_double_holds_come_out_and_go_out_exactly() {
    assert_ne!(
        ME.parse::<f64>().unwrap() as u64,
        ME.parse::<u64>().unwrap()
    );
    let mut shown = Vec::new();
    for bare in [false, true] {
        let world = Arc::new(World {
            bare,
            ..World::default()
        });
        let all = told_of(&world, &clock(), None).await;
        let sent = world.sent.lock().unwrap().clone();
        for text in all.iter().chain(&sent) {
            for id in long(text) {
                // Every id of this world is odd and begins alike, which what was rounded does not; a cursor holds the
                // first number of a moment, whose last 22 bits are 0.
                let number: u64 = id.parse().unwrap();
                let of_this_world = id.starts_with("1777000000000000") && number % 2 == 1;
                let of_a_moment = number.trailing_zeros() >= 22;
                assert!(of_this_world || of_a_moment, "{id} in {text}");
            }
        }
        let ids: BTreeSet<String> = all.iter().flat_map(|text| long(text)).collect();
        assert!(ids.len() > 20, "{ids:?}");
        shown.push(all);
    }
    let (bare, quoted) = (shown.pop().unwrap(), shown.pop().unwrap());
    for (bare, quoted) in bare.iter().zip(&quoted) {
        assert_eq!(bare, quoted);
    }
}
