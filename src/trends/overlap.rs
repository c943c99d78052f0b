//! Which terms have the same authors or posts: from the least hashes of each (Broder, 1997).

use super::count::{Hot, LEAST};

/// From which share of common authors or posts two terms belong together.
const SAME: f64 = 0.4;
/// Or where the smaller one stands within the larger, and is no mere splinter of it.
const WITHIN: f64 = 0.7;
const SPLINTER: f64 = 0.15;
/// What posts must have in common where it is the authors who are the same.
const SOME: f64 = 0.05;
/// Fewer remembered posts tell nothing.
const FEWEST: usize = 4;

/// What a term is compared by.
pub(super) struct Parts {
    authors: Vec<u32>,
    len: f64,
    posts: Vec<u32>,
    seen: f64,
}

impl Parts {
    pub(super) fn of(hot: &Hot) -> Self {
        Self {
            authors: hot.authors.least(),
            len: hot.authors.len() as f64,
            posts: hot.sample.posts.clone(),
            seen: hot.sample.seen as f64,
        }
    }

    fn belongs_to(&self, other: &Self) -> bool {
        let near = |share: f64, a: f64, b: f64| {
            if share >= SAME {
                return true;
            }
            // |A ∩ B| = J/(1 + J) · (|A| + |B|).
            let within = share / (1.0 + share) * (a + b) / a.min(b).max(1.0);
            share >= SPLINTER && within >= WITHIN
        };
        let posts = jaccard(&self.posts, &other.posts);
        // The same people may speak of two things: some of their posts must hold both.
        near(posts, self.seen, other.seen)
            || (posts >= SOME && near(jaccard(&self.authors, &other.authors), self.len, other.len))
    }
}

/// The share of what two sets have in common of all that they have, from the least hashes of both, in order.
fn jaccard(a: &[u32], b: &[u32]) -> f64 {
    if a.len() < FEWEST || b.len() < FEWEST {
        return 0.0;
    }
    let (mut at, mut bt, mut all, mut both) = (0, 0, 0_usize, 0_usize);
    while all < LEAST
        && let (Some(x), Some(y)) = (a.get(at), b.get(bt))
    {
        at += usize::from(x <= y);
        bt += usize::from(y <= x);
        both += usize::from(x == y);
        all += 1;
    }
    // What is left of one of them is only its own.
    let left = (a.len() - at).max(b.len() - bt);
    let all = (all + left).min(LEAST);
    both as f64 / all.max(1) as f64
}

/// Groups of those that belong together, each with another (single link): their places, in order.
pub(super) fn together(parts: &[Parts]) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..parts.len()).collect();
    for (at, one) in parts.iter().enumerate() {
        for (bt, other) in parts.iter().enumerate().skip(at + 1) {
            let (Some(a), Some(b)) = (group.get(at).copied(), group.get(bt).copied()) else {
                continue;
            };
            if a != b && one.belongs_to(other) {
                let (low, high) = (a.min(b), a.max(b));
                group
                    .iter_mut()
                    .filter(|name| **name == high)
                    .for_each(|name| *name = low);
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut names: Vec<usize> = Vec::new();
    for (at, name) in group.into_iter().enumerate() {
        match names.iter().position(|known| *known == name) {
            Some(place) => {
                if let Some(group) = groups.get_mut(place) {
                    group.push(at);
                }
            }
            None => {
                names.push(name);
                groups.push(vec![at]);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(authors: &[u32]) -> Parts {
        let mut authors = authors.to_vec();
        authors.sort_unstable();
        Parts {
            len: authors.len() as f64,
            // Each wrote one post.
            posts: authors.clone(),
            seen: authors.len() as f64,
            authors,
        }
    }

    #[test]
    fn who_shares_authors_belongs_together_also_by_way_of_a_third() {
        let all: Vec<u32> = (0..30).collect();
        let groups = together(&[
            parts(&all[..20]),
            parts(&all[5..25]),
            parts(&all[12..]),
            parts(&[100, 101, 102, 103, 104]),
        ]);
        assert_eq!(groups, [vec![0, 1, 2], vec![3]]);
    }

    #[test]
    fn the_same_people_may_speak_of_two_things() {
        let (mut one, mut other) = (parts(&[1, 2, 3, 4, 5, 6]), parts(&[1, 2, 3, 4, 5, 6]));
        one.posts = vec![10, 11, 12, 13, 14, 15];
        other.posts = vec![20, 21, 22, 23, 24, 25];
        assert_eq!(together(&[one, other]).len(), 2);
    }

    #[test]
    fn a_part_belongs_to_the_whole_unless_it_is_a_splinter() {
        let all: Vec<u32> = (0..30).collect();
        assert_eq!(together(&[parts(&all), parts(&all[..9])]).len(), 1);
        assert_eq!(together(&[parts(&all), parts(&all[..4])]).len(), 2);
    }
}
