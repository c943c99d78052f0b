//! Whom the words of a text are about, where it names several.

use super::find::{Item, Whose};

/// Names that are spoken of together, by their items.
struct Group {
    first: usize,
    last: usize,
    sentence: u16,
    /// The target is among them.
    target: bool,
}

/// Where names stand, names in a row ("A, B and C") as one; none where a text does not speak of both the target and others.
pub(super) struct Names(Vec<Group>);

impl Names {
    pub(super) fn new(items: &[Item]) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let Some(whose) = item.brand else { continue };
            let target = whose == Whose::Target;
            match groups.last_mut() {
                Some(group) if at - group.last <= 2 && group.sentence == item.sentence => {
                    group.last = at;
                    group.target |= target;
                }
                _ => groups.push(Group {
                    first: at,
                    last: at,
                    sentence: item.sentence,
                    target,
                }),
            }
        }
        let both =
            groups.iter().any(|group| group.target) && groups.iter().any(|group| !group.target);
        Self(if both { groups } else { Vec::new() })
    }

    /// Whether what stands from `first` to `last` is about the target: about the nearest name in its clause, else about whom
    /// the text spoke of last.
    pub(super) fn are_of_target(&self, items: &[Item], first: usize, last: usize) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let clause = |at: usize| items.get(at).map(|item| (item.sentence, item.clause));
        let behind = self.0.partition_point(|group| group.first <= first);
        let before = behind.checked_sub(1).and_then(|at| self.0.get(at));
        let after = self.0.get(behind);
        let near = |group: &&Group| {
            clause(group.first) == clause(first) || clause(group.last) == clause(first)
        };
        let nearest = match (before.filter(near), after.filter(near)) {
            (Some(one), Some(other)) => {
                let to_other = other.first.saturating_sub(last);
                let to_one = first.saturating_sub(one.last);
                Some(if to_one <= to_other { one } else { other })
            }
            (one, other) => one.or(other),
        };
        nearest
            .or(before)
            .or(after)
            .is_none_or(|group| group.target)
    }
}
