//! What the network counts: of posts, of what is spoken of, of advertising.

use super::{List, Needed, Num, Obj, PostMetrics, Str, Told, Word, numbers, views};
use crate::shared::lenient::{Members, Place, Placed};

views! {
    /// A post as far as its figures go.
    Measured {
        id: Word<'a>,
        author_id: Word<'a>,
        created_at: Str<'a>,
        public as "public_metrics": Obj<PostMetrics>,
        private as "non_public_metrics": Obj<Private>,
        organic as "organic_metrics": Obj<Private>,
        promoted as "promoted_metrics": Obj<Private>,
    }

    /// What is spoken of.
    Trending {
        name as "trend_name": Str<'a>,
        posts as "tweet_count" | "post_count": Num,
    }

    /// A campaign, or a post that is promoted.
    AdsObject {
        id: Word<'a>,
        name: Str<'a>,
        currency: Str<'a>,
        post as "tweet_id": Word<'a>,
    }

    /// What one of them brought.
    AdsStats {
        id: Word<'a>,
        parts as "id_data": List<Obj<AdsPart>>,
    }
}

numbers! {
    /// What the author of a post alone is told, of all its readers or of a part of them.
    Private {
        impressions as "impression_count": Num,
        link_clicks as "url_link_clicks": Num,
        profile_visits as "user_profile_clicks": Num,
        engagements: Num,
        reposts as "retweet_count" | "repost_count": Num,
        replies as "reply_count": Num,
        likes as "like_count": Num,
    }

    /// A part of what a promotion brought.
    AdsPart {
        metrics: Obj<AdsFigures>,
    }

    /// Each is a list of one number for the whole span, or null where it is nothing.
    AdsFigures {
        impressions: List<Num>,
        clicks: List<Num>,
        link_clicks as "url_clicks": List<Num>,
        engagements: List<Num>,
        likes: List<Num>,
        reposts as "retweets": List<Num>,
        replies: List<Num>,
        follows: List<Num>,
        charged as "billed_charge_local_micro": List<Num>,
    }
}

/// A list of posts with their figures.
pub(crate) type MeasuredPosts<'a> = Told<'a, Needed<List<Obj<Measured<'a>>>>>;
/// What is spoken of in a place.
pub(crate) type Trends<'a> = Told<'a, Needed<List<Obj<Trending<'a>>>>>;

/// A list of advertising.
#[derive(Default)]
pub(crate) struct AdsList<T> {
    pub(crate) data: Needed<List<Obj<T>>>,
}

/// Where a list of advertising goes on, which stands beside it.
#[derive(Default)]
pub(crate) struct AdsPage<'a> {
    pub(crate) list: AdsList<AdsObject<'a>>,
    pub(crate) next_cursor: Str<'a>,
}

impl<'a> Members<'a> for AdsPage<'a> {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'a>> {
        match name {
            "next_cursor" => Some(self.next_cursor.place()),
            _ => self.list.member(name),
        }
    }

    fn missing(&self) -> Option<&'static str> {
        self.list.missing()
    }
}

impl<'a, T: Members<'a> + Default> Members<'a> for AdsList<T> {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'a>> {
        (name == "data").then(|| self.data.place())
    }

    fn missing(&self) -> Option<&'static str> {
        (!self.data.told).then_some("data")
    }
}
