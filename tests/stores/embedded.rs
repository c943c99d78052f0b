//! The suite on an embedded store, opened twice.

use std::sync::Arc;

use sociable::store::EmbeddedStore;

use crate::embedded_files::Folder;
use crate::suite::Pair;

async fn fresh(name: &str) -> Option<Pair> {
    let folder = Folder::new(name);
    let path = folder.file("a.store");
    let one = EmbeddedStore::open(&path).await.unwrap();
    let other = EmbeddedStore::open(&path).await.unwrap();
    Some(Pair {
        one: Arc::new(one),
        other: Arc::new(other),
        keeps_nul: true,
        place: Box::new(folder),
    })
}

prove! { fresh }
