//! Where pages begin and end.

use super::super::rules::PAGE;
use super::invalid;
use crate::error::{Result, Rule};
use crate::id::Cursor;
use crate::model::PageRequest;

/// How many items a page holds where the caller does not say (lexicons).
const USUAL_PAGE: u32 = 50;

/// Where a page begins: at a cursor of the server's, and so many items further on.
///
/// A server that has just written a post shows it at once, beside as many others as were asked for. What is more than
/// was asked for then belongs to the next page, which begins at the same cursor.
pub(super) struct Place {
    pub(super) skip: usize,
    pub(super) cursor: Option<String>,
    pub(super) limit: usize,
}

impl Place {
    pub(super) fn of(page: &PageRequest) -> Result<Self> {
        let limit = page.limit.unwrap_or(USUAL_PAGE).clamp(1, PAGE) as usize;
        let Some(cursor) = page.cursor.as_ref().map(Cursor::as_str) else {
            return Ok(Self {
                skip: 0,
                cursor: None,
                limit,
            });
        };
        let (skip, cursor) = match cursor.strip_prefix("skip:") {
            Some(rest) => {
                let parts = rest.split_once(':');
                let skip = parts.and_then(|(skip, _)| skip.parse().ok());
                let Some((skip, (_, cursor))) = skip.zip(parts) else {
                    let message = "it is not one that a page gave: begin again without it";
                    return Err(invalid(Rule::Malformed, "cursor", message));
                };
                (skip, cursor)
            }
            None => (0, cursor),
        };
        Ok(Self {
            skip,
            cursor: Some(cursor.to_owned()).filter(|c| !c.is_empty()),
            limit,
        })
    }

    /// How many items to ask the server for.
    pub(super) fn asked(&self) -> String {
        (self.skip + self.limit).min(PAGE as usize).to_string()
    }

    /// What of the server's items belongs to this page, and where the next one begins.
    pub(super) fn cut<'i, T>(
        &self,
        items: &'i [T],
        server_next: Option<&str>,
    ) -> (&'i [T], Option<Cursor>) {
        let rest = items.get(self.skip..).unwrap_or_default();
        if let Some(mine) = rest.get(..self.limit)
            && mine.len() < rest.len()
        {
            let skip = self.skip + self.limit;
            let cursor = self.cursor.as_deref().unwrap_or_default();
            return (mine, Some(Cursor::new(format!("skip:{skip}:{cursor}"))));
        }
        // What is not to be shown is taken out of a page after it was cut, so that one may come empty while others
        // follow: only a missing cursor is the end. One that leads back to an empty page would never end.
        let next = server_next
            .filter(|next| !items.is_empty() || Some(*next) != self.cursor.as_deref())
            .map(Cursor::new);
        (rest, next)
    }

    /// The parameters that name this place.
    pub(super) fn params<'p>(&'p self, asked: &'p str) -> impl Iterator<Item = (&'p str, &'p str)> {
        let cursor = self.cursor.as_deref().map(|cursor| ("cursor", cursor));
        [("limit", asked)].into_iter().chain(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(cursor: Option<&str>, limit: u32) -> Place {
        let mut page = PageRequest::first().limit(limit);
        page.cursor = cursor.map(Cursor::new);
        Place::of(&page).unwrap()
    }

    #[test]
    fn what_a_server_gives_beyond_the_limit_comes_with_the_next_page() {
        let items = [1, 2, 3];
        let first = place(None, 2);
        assert_eq!(first.asked(), "2");
        let (mine, next) = first.cut(&items, Some("later"));
        assert_eq!(mine, [1, 2]);
        let next = next.unwrap();
        let second = place(Some(next.as_str()), 2);
        assert_eq!(second.cursor, None);
        assert_eq!(second.asked(), "4");
        let (mine, next) = second.cut(&[1, 2, 3, 4, 5], Some("later"));
        assert_eq!(mine, [3, 4]);
        assert!(next.unwrap().as_str().starts_with("skip:4:"));
        let (mine, next) = second.cut(&[1, 2, 3, 4], Some("later"));
        assert_eq!(mine, [3, 4]);
        assert_eq!(next.unwrap().as_str(), "later");
    }

    #[test]
    fn an_empty_page_ends_a_listing_only_without_a_cursor_that_leads_on() {
        let there = place(Some("there"), 2);
        let (mine, next) = there.cut::<u8>(&[], Some("further"));
        assert!(mine.is_empty());
        assert_eq!(next.unwrap().as_str(), "further");
        let (_, next) = there.cut::<u8>(&[], Some("there"));
        assert!(next.is_none(), "it leads back to itself");
        let (_, next) = there.cut::<u8>(&[], None);
        assert!(next.is_none());
        let (_, next) = place(None, 2).cut(&[1, 2], None);
        assert!(next.is_none());
    }

    #[test]
    fn a_cursor_that_no_page_gave_is_refused() {
        let page = PageRequest::first().after("skip:many:");
        assert!(Place::of(&page).is_err());
        let page = PageRequest::first().after("skip:");
        assert!(Place::of(&page).is_err());
    }
}
