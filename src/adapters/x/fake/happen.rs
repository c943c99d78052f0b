//! What happens on the network, for whoever is told of it.

use jiff::Timestamp;

use super::state::{Id, World};

impl World {
    pub(super) fn happened_post(&mut self, _post: Id, _now: Timestamp) {}
    pub(super) fn happened_delete(&mut self, _post: Id, _now: Timestamp) {}
    pub(super) fn happened_like(&mut self, _user: Id, _post: Id, _now: Timestamp) {}
    pub(super) fn happened_follow(&mut self, _user: Id, _target: Id, _on: bool, _now: Timestamp) {}
}
