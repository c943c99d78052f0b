//! Where pages begin and end.

use super::invalid;
use crate::error::{Result, Rule};
use crate::id::Cursor;
use crate::model::PageRequest;

/// Where a page begins: at a token of the network's, and so many items further.
///
/// The network gives no fewer items at once than its least. Where fewer are wanted, the rest of them stand on the pages that
/// follow, which ask for the same again.
#[derive(Debug, PartialEq)]
pub(super) struct Place {
    pub(super) token: Option<String>,
    skip: usize,
    limit: usize,
    least: u32,
    most: u32,
}

/// Whether a text can be where the network's listings go on.
pub(super) fn is_token(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_=.".contains(&b))
}

/// How many items a page holds where the caller does not say.
const USUAL_PAGE: u32 = 50;

impl Place {
    /// Reads what is asked for, where the network gives from `least` to `most` items at once.
    pub(super) fn of(page: &PageRequest, least: u32, most: u32) -> Result<Self> {
        let limit = page.limit.unwrap_or(USUAL_PAGE.min(most)).clamp(1, most) as usize;
        let mut place = Self {
            token: None,
            skip: 0,
            limit,
            least,
            most,
        };
        let Some(cursor) = &page.cursor else {
            return Ok(place);
        };
        let read = cursor.as_str().split_once(':').and_then(|(skip, token)| {
            let skip: usize = skip.parse().ok().filter(|skip| *skip <= most as usize)?;
            (is_token(token) && (skip > 0 || !token.is_empty())).then_some((skip, token))
        });
        let Some((skip, token)) = read else {
            let message = "it is not one that a page gave: begin again without it";
            return Err(invalid(Rule::Malformed, "cursor", message));
        };
        place.skip = skip;
        place.token = Some(token.to_owned()).filter(|token| !token.is_empty());
        Ok(place)
    }

    /// How many items are asked for at once.
    pub(super) fn count(&self) -> u32 {
        let wanted = u32::try_from(self.skip + self.limit).unwrap_or(self.most);
        wanted.clamp(self.least, self.most)
    }

    /// Keeps the items that belong to this page, and tells where the next one begins.
    pub(super) fn cut<T>(&self, items: &mut Vec<T>, next_token: Option<&str>) -> Option<Cursor> {
        let came = items.len();
        items.drain(..self.skip.min(came));
        // A page may be shorter than was asked for.
        let skip = self.skip.saturating_sub(came);
        if items.len() > self.limit {
            items.truncate(self.limit);
            let token = self.token.as_deref().unwrap_or_default();
            return Some(Cursor::new(format!("{}:{token}", self.skip + self.limit)));
        }
        next_token
            .filter(|token| !token.is_empty())
            .map(|token| Cursor::new(format!("{skip}:{token}")))
    }

    /// The part of a list that is there whole which belongs to this page, and where the next one begins.
    pub(super) fn part<T: Clone>(
        page: &PageRequest,
        items: &[T],
    ) -> Result<(Vec<T>, Option<Cursor>)> {
        let wrong = || {
            invalid(
                Rule::Malformed,
                "cursor",
                "it is not one that a page gave: begin again without it",
            )
        };
        let skip = match &page.cursor {
            None => 0,
            Some(cursor) => {
                let skip = cursor
                    .as_str()
                    .strip_suffix(':')
                    .and_then(|skip| skip.parse().ok());
                skip.filter(|skip| *skip > 0).ok_or_else(wrong)?
            }
        };
        let limit = page
            .limit
            .map_or(items.len().max(1), |limit| limit.max(1) as usize);
        let rest = items.get(skip..).unwrap_or_default();
        let mine = rest.get(..limit).unwrap_or(rest);
        let next =
            (rest.len() > mine.len()).then(|| Cursor::new(format!("{}:", skip + mine.len())));
        Ok((mine.to_vec(), next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(cursor: Option<&str>, limit: u32) -> Result<Place> {
        let mut page = PageRequest::first().limit(limit);
        page.cursor = cursor.map(Cursor::new);
        Place::of(&page, 10, 100)
    }

    #[test]
    fn fewer_items_than_the_network_gives_come_page_by_page() {
        let mut read = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..20 {
            let place = place(cursor.as_deref(), 4).unwrap();
            // The network: 14 items in two answers.
            let (mut items, next): (Vec<u32>, _) = match place.token.as_deref() {
                None => ((0..10).collect(), Some("b1")),
                Some("b1") => ((10..14).collect(), None),
                other => panic!("{other:?}"),
            };
            assert!(place.count() >= 10);
            items.truncate(place.count() as usize);
            let next = place.cut(&mut items, next);
            assert!(items.len() <= 4);
            read.extend(items);
            match next {
                Some(next) => cursor = Some(next.as_str().to_owned()),
                None => break,
            }
        }
        assert_eq!(read, (0..14).collect::<Vec<u32>>());
        assert_eq!(place(None, 1000).unwrap().count(), 100);
    }

    #[test]
    fn a_page_that_came_shorter_than_it_was_asked_for_loses_and_repeats_nothing() {
        let place = place(Some("7:a"), 4).unwrap();
        let mut items = vec![1, 2, 3, 4, 5];
        let next = place.cut(&mut items, Some("b"));
        assert!(items.is_empty(), "{items:?}");
        assert_eq!(next.as_ref().map(Cursor::as_str), Some("2:b"));
    }

    #[test]
    fn a_cursor_that_no_page_gave_is_refused() {
        for bad in ["", "7", "x:y", "-1:a", "0:", "999:a", "0:a b", "offset:1"] {
            assert!(place(Some(bad), 2).is_err(), "{bad}");
        }
        assert_eq!(
            place(Some("3:abc"), 2).unwrap().token.as_deref(),
            Some("abc")
        );
    }

    #[test]
    fn a_list_that_is_there_whole_is_cut() {
        let page = PageRequest::first().limit(2);
        let (mine, next) = Place::part(&page, &[1, 2, 3]).unwrap();
        assert_eq!(
            (mine, next.as_ref().map(Cursor::as_str)),
            (vec![1, 2], Some("2:"))
        );
        let (mine, next) = Place::part(&page.after(next.unwrap()), &[1, 2, 3]).unwrap();
        assert_eq!((mine, next), (vec![3], None));
        assert!(Place::part(&PageRequest::first().after("x"), &[1]).is_err());
    }
}
