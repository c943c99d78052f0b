//! What rows tell.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use crate::model::{Absent, Metric};

/// How the values of several rows make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole things, which add up.
    Count,
    /// Money, which adds up within its currency.
    Money,
    /// Distinct accounts, which do not add up: one may stand in several rows.
    Distinct,
    /// How many followers there were at a moment.
    Standing,
}

/// Declares the facts, each with its word in data and in headings, its kind, and its title.
macro_rules! promo_facts {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $kind:ident, $title:literal;)*) => {
        /// What a row of a report may tell.
        ///
        /// Conversions and attributed revenue are the network's word, by its attribution; orders, revenue and profit
        /// are your shop's. They are never added to each other.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Fact {
            $($(#[$doc])* $name,)*
        }

        impl Fact {
            /// All of them, in the order in which tables show them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its word in data and in the headings of files.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Its heading for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            pub(super) const fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)* }
            }
        }
    };
}

promo_facts! {
    /// Money spent on advertising.
    Spend = "spend", Money, "Spend";
    /// How often it was shown; one account may count more than once.
    Impressions = "impressions", Count, "Impressions";
    /// To how many distinct accounts it was shown. It does not add up.
    Reach = "reach", Distinct, "Reach";
    /// Clicks of every sort, as the network counts them; on some networks likes are among them.
    Clicks = "clicks", Count, "Clicks (all)";
    /// Clicks on links alone.
    LinkClicks = "link_clicks", Count, "Link clicks";
    /// How often a video was watched, by the network's own rule.
    Views = "views", Count, "Views";
    /// Engagements as the network sums them.
    Engagements = "engagements", Count, "Engagements";
    /// Likes.
    Likes = "likes", Count, "Likes";
    /// Reactions of every sign together.
    Reactions = "reactions", Count, "Reactions";
    /// Answers or comments.
    Replies = "replies", Count, "Replies";
    /// Reposts without a comment of one's own.
    Reposts = "reposts", Count, "Reposts";
    /// Quotes: reposts with a comment.
    Quotes = "quotes", Count, "Quotes";
    /// Bookmarks or saves.
    Bookmarks = "bookmarks", Count, "Bookmarks";
    /// Visits to the profile.
    ProfileVisits = "profile_visits", Count, "Profile visits";
    /// Accounts that came to follow.
    Joins = "joins", Count, "Joins";
    /// Accounts that left.
    Leaves = "leaves", Count, "Leaves";
    /// Conversions as the network attributes them.
    Conversions = "conversions", Count, "Conversions";
    /// Revenue as the network attributes it.
    AttributedRevenue = "attributed_revenue", Money, "Attributed revenue";
    /// Orders as your own shop counts them.
    Orders = "orders", Count, "Orders";
    /// Revenue as your own shop counts it.
    Revenue = "revenue", Money, "Revenue";
    /// Gross profit as your own shop counts it: revenue less the cost of what was sold, before the advertising.
    Profit = "profit", Money, "Gross profit";
    /// Followers at a moment: that of publication, else that of measuring. They do not add up.
    Followers = "followers", Standing, "Followers";
    /// Followers at the beginning of the period. They do not add up.
    FollowersBefore = "followers_before", Standing, "Followers before";
    /// Mentions of the brand.
    Mentions = "mentions", Count, "Mentions";
    /// Mentions of all brands that are compared, the own one among them.
    MentionsOfAll = "mentions_of_all", Count, "Mentions of all brands";
}

impl Fact {
    /// The fact of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fact| fact.as_str() == word)
    }

    /// The fact that a network's metric tells, where a report has a place for it.
    pub fn of(metric: &Metric) -> Option<Self> {
        Self::named(metric.as_str())
    }

    /// Whether it is money.
    pub const fn is_money(self) -> bool {
        matches!(self.kind(), Kind::Money)
    }

    /// Whether the values of several rows add up.
    pub const fn adds_up(self) -> bool {
        matches!(self.kind(), Kind::Money | Kind::Count)
    }
}

impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a row tells of a fact. Of facts that it does not name it says nothing, as a file of orders says nothing of
/// reach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Told {
    /// So many.
    Count(u64),
    /// So much.
    Money(Amount),
    /// It should tell it and does not, for this reason: what is summed over it is not whole.
    Absent(Absent),
}
