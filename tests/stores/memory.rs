use std::sync::Arc;

use sociable::store::MemoryStore;

use crate::suite::{Pair, Store};

async fn fresh(_: &str) -> Option<Pair> {
    let one: Store = Arc::new(MemoryStore::new());
    let other = Arc::clone(&one);
    Some(Pair {
        one,
        other,
        keeps_nul: true,
        place: Box::new(()),
    })
}

prove! { fresh }
