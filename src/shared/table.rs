//! A small map. A tree of the standard library is compiled anew for each type that it holds, some 10 kB every time,
//! which pays where there are thousands of entries.

use std::borrow::Borrow;

/// Entries in the order of their keys. Made for few of them, of which the newest mostly come last and the oldest go
/// first: what is found is found by halving, what is added or taken away in the middle moves the rest.
#[derive(Clone, Debug)]
pub(crate) struct Table<K, V>(Vec<(K, V)>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Table<K, V> {
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0
            .binary_search_by(|(known, _)| known.borrow().cmp(key))
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Sets the value of a key, and answers the one that it had.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => (self.0.get_mut(at)).map(|(_, old)| std::mem::replace(old, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(self.0.remove(at).1)
    }

    /// The entry of the lowest key.
    pub(crate) fn first(&self) -> Option<&(K, V)> {
        self.0.first()
    }

    /// The entries below a key.
    pub(crate) fn below(&self, key: &K) -> &[(K, V)] {
        let (Ok(end) | Err(end)) = self.find(key);
        self.0.get(..end).unwrap_or_default()
    }

    /// Takes out the entries below a key.
    pub(crate) fn take_below(&mut self, key: &K) -> Vec<(K, V)> {
        let (Ok(end) | Err(end)) = self.find(key);
        self.0.drain(..end).collect()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_table_holds_what_a_map_holds() {
        let (mut table, mut map) = (Table::default(), BTreeMap::new());
        let mut random = 7_u32;
        for step in 0..2_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let key = random >> 26;
            if random & 1 == 0 {
                assert_eq!(table.insert(key, step), map.insert(key, step));
            } else {
                assert_eq!(table.remove(&key), map.remove(&key));
            }
            assert_eq!(table.get(&key), map.get(&key));
            assert_eq!((table.len(), table.is_empty()), (map.len(), map.is_empty()));
            assert_eq!(table.first().map(|(key, _)| key), map.keys().next());
            let below: Vec<_> = map
                .range(..key)
                .map(|(key, value)| (*key, *value))
                .collect();
            assert_eq!(table.below(&key), below);
        }
    }
}
