//! The list's hash and its tree.
//!
//! A node is the hash of up to [`WIDTH`] children; the nodes of one level, sixteen by sixteen, make the next, until there
//! is one. How the tree looks follows from the number of entries alone, which the root holds too: there is nothing to be
//! filled up, and no list has the root of another.

use super::hash::{self, Commitment, Digest, LIST, NODE, ROOT};

/// How many children a node has at most.
pub(super) const WIDTH: usize = 16;

/// The hashes over a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hashes {
    /// Over the nodes next to the entries.
    pub(super) list: Digest,
    /// The tree's.
    pub(super) root: Digest,
}

/// What the hashes over a list are.
pub(super) fn hashes(entries: &[Commitment]) -> Hashes {
    let (mut nodes, count) = (above(entries), count(entries.len()));
    let mut list = Vec::with_capacity(9 + nodes.len() * 32);
    list.push(LIST);
    list.extend_from_slice(&count);
    list.extend(nodes.iter().flatten());
    let list = Digest::of(&list);
    while nodes.len() > 1 {
        nodes = nodes.chunks(WIDTH).map(node).collect();
    }
    let top = nodes.first().copied().unwrap_or_default();
    Hashes {
        list,
        root: root(entries.len(), &top),
    }
}

/// The nodes next to the entries.
pub(super) fn above(entries: &[Commitment]) -> Vec<[u8; 32]> {
    let groups = entries.chunks(WIDTH);
    groups
        .map(|group| node_of(group.iter().map(Commitment::bytes)))
        .collect()
}

/// The node over children.
pub(super) fn node(children: &[[u8; 32]]) -> [u8; 32] {
    node_of(children.iter())
}

fn node_of<'a>(children: impl Iterator<Item = &'a [u8; 32]>) -> [u8; 32] {
    let mut flat = [0; 1 + WIDTH * 32];
    flat[0] = NODE;
    let mut length = 1;
    for (to, child) in flat[1..].as_chunks_mut::<32>().0.iter_mut().zip(children) {
        *to = *child;
        length += 32;
    }
    hash::sha256(&[flat.get(..length).unwrap_or_default()])
}

/// The root over the last node.
pub(super) fn root(entries: usize, top: &[u8; 32]) -> Digest {
    Digest::new(hash::sha256(&[&[ROOT], &count(entries), top]))
}

fn count(entries: usize) -> [u8; 8] {
    (entries as u64).to_be_bytes()
}
