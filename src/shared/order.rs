//! Sorting. A sort of the standard library is compiled anew for each type and each order, some 10 kB every time; here
//! only a comparison and a swap are.

use std::cmp::Ordering;

/// Up to how many items are sorted by moving each to its place, which needs no memory.
const FEW: usize = 16;

/// What is sorted.
trait List {
    /// Whether the one item goes before the other.
    fn precedes(&mut self, a: usize, b: usize) -> bool;
    fn swap(&mut self, a: usize, b: usize);
}

struct By<'a, T, F> {
    items: &'a mut [T],
    order: F,
}

impl<T, F: FnMut(&T, &T) -> Ordering> List for By<'_, T, F> {
    fn precedes(&mut self, a: usize, b: usize) -> bool {
        match (self.items.get(a), self.items.get(b)) {
            (Some(a), Some(b)) => (self.order)(a, b).is_lt(),
            _ => false,
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.items.swap(a, b);
    }
}

/// Sorts by an order; what is equal in it keeps its place.
pub(crate) fn sort_by<T>(items: &mut [T], order: impl FnMut(&T, &T) -> Ordering) {
    let length = items.len();
    sort_list(length, &mut By { items, order });
}

/// Sorts from the least to the greatest.
pub(crate) fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

fn sort_list(length: usize, list: &mut dyn List) {
    if length > FEW {
        let mut places = sorted(length, list);
        arrange(&mut places, list);
        return;
    }
    for item in 1..length {
        for at in (1..=item).rev() {
            if !list.precedes(at, at - 1) {
                break;
            }
            list.swap(at, at - 1);
        }
    }
}

/// Which of `length` items comes first, second, and so on: runs in order, each twice as long as those before.
fn sorted(length: usize, list: &mut dyn List) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).collect();
    let mut merged = Vec::with_capacity(length);
    let mut run = 1;
    while run < length {
        merged.clear();
        for two in places.chunks(2 * run) {
            let (mut a, mut b) = two.split_at(run.min(two.len()));
            // Mostly much is in order already.
            if let (Some(last), Some(first)) = (a.last(), b.first())
                && list.precedes(*first, *last)
            {
                while let (Some((first, others)), Some((second, more))) =
                    (a.split_first(), b.split_first())
                {
                    if list.precedes(*second, *first) {
                        merged.push(*second);
                        b = more;
                    } else {
                        merged.push(*first);
                        a = others;
                    }
                }
            }
            merged.extend_from_slice(a);
            merged.extend_from_slice(b);
        }
        std::mem::swap(&mut places, &mut merged);
        run *= 2;
    }
    places
}

/// Swaps until each place holds the item that `places` names for it; every swap puts one where it belongs.
fn arrange(places: &mut [usize], list: &mut dyn List) {
    for first in 0..places.len() {
        let mut at = first;
        while let Some(from) = places.get_mut(at).map(|place| std::mem::replace(place, at)) {
            if from == first || from == at {
                break;
            }
            list.swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does_and_keeps_the_order_of_equals(
            numbers in proptest::collection::vec(0_u8..20, 0..80),
        ) {
            let mut ours: Vec<(u8, usize)> = numbers.into_iter().zip(0..).collect();
            let mut theirs = ours.clone();
            sort_by(&mut ours, |a, b| b.0.cmp(&a.0));
            theirs.sort_by_key(|one| std::cmp::Reverse(one.0));
            prop_assert_eq!(&ours, &theirs);
            sort(&mut ours);
            theirs.sort();
            prop_assert_eq!(ours, theirs);
        }
    }
}
