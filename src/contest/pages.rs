//! What looks through listings keep: who or what stood on each page, and what was told of whom.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Contest;
use super::judge::View;
use super::keys;
use super::look::Look;
use crate::error::Result;

/// A page that was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LookPage {
    before: Option<String>,
    seen: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    untold: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    none: Vec<String>,
}

/// What was told of those who were asked about: who belongs, of whom nothing is told, and who does not.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) seen: Vec<String>,
    pub(super) untold: Vec<String>,
    pub(super) none: Vec<String>,
}

impl Contest {
    pub(super) async fn keep_page(&self, before: Option<String>, asked: Asked) -> Result<String> {
        let parts = [&asked.seen, &asked.untold, &asked.none].map(|part| part.join(","));
        let [seen, untold, none] = &parts;
        let first = before.as_deref().unwrap_or_default();
        let hash = keys::print(&["page", first, seen, untold, none]);
        let page = LookPage {
            before,
            seen: asked.seen,
            untold: asked.untold,
            none: asked.none,
        };
        self.keeper()
            .put(&keys::page(&self.id, &hash), &page)
            .await?;
        Ok(hash)
    }

    /// Who stood in a listing, as a look through it kept it.
    pub(super) async fn view(&self, look: &Look) -> Result<View> {
        let mut view = View {
            began: look.began,
            ..View::default()
        };
        let mut page = look.page.clone();
        let read = |marks: &[String], into: &mut HashSet<u128>| {
            let marks = marks.iter();
            into.extend(marks.filter_map(|mark| u128::from_str_radix(mark, 16).ok()));
        };
        while let Some(hash) = page {
            let key = keys::page(&self.id, &hash);
            let kept = self.keeper().value::<LookPage>(&key).await?;
            let Some((kept, _)) = kept else {
                view.lacks = Some("a page of what was read is gone from the store".to_owned());
                break;
            };
            read(&kept.seen, &mut view.seen);
            read(&kept.untold, &mut view.untold);
            read(&kept.none, &mut view.none);
            page = kept.before;
        }
        let seen = view.seen.len() as u64;
        if look.omitted > 0 {
            let what = format!("{} of the listing could not be had", look.omitted);
            view.lacks = view.lacks.or(Some(what));
        }
        if let Some(total) = look.total.filter(|total| *total > seen) {
            let what = format!("the network counts {total}, and lists {seen}");
            view.lacks = view.lacks.or(Some(what));
        }
        Ok(view)
    }

    /// A look that is asked entry by entry: how far it came, and at which write that stands.
    pub(super) async fn asked(&self, key: &str) -> Result<(Look, Option<u64>)> {
        Ok(match self.keeper().value::<Look>(key).await? {
            Some((look, version)) => (look, Some(version)),
            None => (Look::default(), None),
        })
    }

    /// Writes how far a look came that is asked entry by entry, with what it brought; false where somebody was faster.
    pub(super) async fn note_asked(
        &self,
        key: &str,
        (mut look, version): (Look, Option<u64>),
        asked: Asked,
        to: Option<String>,
    ) -> Result<bool> {
        let now = self.now();
        look.began = look.began.or(Some(now));
        look.page = Some(self.keep_page(look.page.take(), asked).await?);
        look.pages += 1;
        if to.is_none() {
            look.ended = Some(now);
        }
        look.after = to;
        self.keeper().set(key, &look, version).await
    }
}
