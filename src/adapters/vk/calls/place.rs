//! Where pages begin and end.

use super::invalid;
use crate::error::{Result, Rule};
use crate::id::Cursor;
use crate::model::PageRequest;

/// How many items a page holds where the caller does not say.
const USUAL_PAGE: u32 = 50;

/// Where a page begins: after so many items, or where the network said.
#[derive(Debug, PartialEq)]
pub(super) struct Place {
    pub(super) offset: usize,
    /// Where to go on, in the network's words.
    pub(super) from: Option<String>,
    pub(super) limit: usize,
}

impl Place {
    /// Reads what is asked for, with at most so many items.
    pub(super) fn of(page: &PageRequest, most: u32) -> Result<Self> {
        let limit = page.limit.unwrap_or(USUAL_PAGE).clamp(1, most) as usize;
        let mut place = Self {
            offset: 0,
            from: None,
            limit,
        };
        let Some(cursor) = &page.cursor else {
            return Ok(place);
        };
        let offset = cursor.as_str().strip_prefix("offset:");
        match offset.and_then(|offset| offset.parse().ok()) {
            // Beyond this no list goes, and a sum could not be told from a cursor that was made up.
            Some(offset) if offset <= u32::MAX as usize => place.offset = offset,
            _ => match cursor.as_str().strip_prefix("from:") {
                Some(from) if !from.is_empty() => place.from = Some(from.to_owned()),
                _ => {
                    let message = "it is not one that a page gave: begin again without it";
                    return Err(invalid(Rule::Malformed, "cursor", message));
                }
            },
        }
        Ok(place)
    }

    /// Where the next page begins after one of so many items, of a list that holds `total` where that is told.
    pub(super) fn next(&self, came: usize, total: Option<u64>) -> Option<Cursor> {
        let next = self.offset.saturating_add(came);
        let more = match total {
            Some(total) => u64::try_from(next).is_ok_and(|next| next < total),
            None => came >= self.limit,
        };
        (came > 0 && more).then(|| Cursor::new(format!("offset:{next}")))
    }

    /// What of a list that is there whole belongs to this page, and where the next one begins.
    pub(super) fn cut<'i, T>(&self, items: &'i [T]) -> (&'i [T], Option<Cursor>) {
        let rest = items.get(self.offset..).unwrap_or_default();
        let mine = rest.get(..self.limit).unwrap_or(rest);
        let total = u64::try_from(items.len()).ok();
        (mine, self.next(mine.len(), total))
    }
}

/// Where the next page begins in the network's words.
pub(super) fn told(next: Option<&str>, came: usize) -> Option<Cursor> {
    let next = next.filter(|_| came > 0)?;
    Some(Cursor::new(format!("from:{next}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(cursor: Option<&str>, limit: u32) -> Result<Place> {
        let mut page = PageRequest::first().limit(limit);
        page.cursor = cursor.map(Cursor::new);
        Place::of(&page, 100)
    }

    #[test]
    fn a_list_ends_where_the_network_counts_its_end() {
        let first = place(None, 1000).unwrap();
        assert_eq!((first.offset, first.limit), (0, 100));
        let next = first.next(100, Some(101)).unwrap();
        let second = place(Some(next.as_str()), 10).unwrap();
        assert_eq!((second.offset, second.limit), (100, 10));
        assert_eq!(second.next(1, Some(101)), None);
        // Fewer than asked for, since some are hidden, and yet not all.
        assert!(first.next(97, Some(200)).is_some());
        assert_eq!(first.next(0, Some(200)), None);
        assert!(first.next(100, None).is_some());
        assert_eq!(first.next(99, None), None);
        let (mine, next) = place(Some("offset:2"), 2).unwrap().cut(&[1, 2, 3, 4, 5]);
        assert_eq!((mine, next.unwrap().as_str()), (&[3, 4][..], "offset:4"));
    }

    #[test]
    fn a_cursor_that_no_page_gave_is_refused() {
        for bad in [
            "",
            "7",
            "offset:",
            "offset:-1",
            "offset:x",
            "from:",
            "offset:99999999999999",
        ] {
            assert!(place(Some(bad), 2).is_err(), "{bad}");
        }
        let from = place(Some("from:a/b"), 2).unwrap();
        assert_eq!(from.from.as_deref(), Some("a/b"));
        assert_eq!(told(Some("a/b"), 1).unwrap().as_str(), "from:a/b");
        assert_eq!(told(Some("a/b"), 0), None);
    }
}
