//! What is computed of a line, each by a stated formula.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fact::Fact;
use crate::model::Unit;

/// One side of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// A fact.
    Of(Fact),
    /// A fact less another.
    Less(Fact, Fact),
    /// Followers times the days of the line's period.
    FollowerDays,
    /// The sum over rows of a fact divided by that row's followers.
    PerFollower(Fact),
    /// How many rows such a sum is of.
    Rows(Fact),
    /// One: the formula is no quotient.
    One,
}

impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Of(fact) => write!(f, "{fact}"),
            Self::Less(fact, other) => write!(f, "{fact} - {other}"),
            Self::FollowerDays => write!(f, "followers * days"),
            Self::PerFollower(fact) => write!(f, "sum of {fact} / followers of each row"),
            Self::Rows(fact) => write!(f, "rows that tell {fact} and followers"),
            Self::One => write!(f, "1"),
        }
    }
}

/// How a value is written for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// A part of one, shown as percent with two places.
    Percent,
    /// A ratio with two places.
    Times,
    /// A whole number.
    Whole,
    /// Money with so many places at most.
    Money(u32),
}

pub(super) struct Formula {
    pub(super) above: Term,
    pub(super) below: Term,
    /// By what the quotient is multiplied: 1000 where it speaks of a thousand.
    pub(super) per: u32,
    pub(super) style: Style,
}

/// Declares the measures, each with its word, its formula, its style and its title.
macro_rules! promo_measures {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $above:expr, $below:expr, $per:literal, $style:expr, $title:literal;)*) => {
        /// What a report shows of a line: a fact, or what is computed of facts.
        ///
        /// There is no bare `er` or `err`: the trade means different things by them (engagements by followers or by
        /// views; by reach, or views by followers), so that each name here says what is divided by what.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Measure {
            /// A fact itself, summed where it adds up.
            Fact(Fact),
            $($(#[$doc])* $name,)*
        }

        impl Measure {
            /// All that are computed, in the order in which tables show them.
            pub const DERIVED: &[Self] = &[$(Self::$name,)*];

            /// Its word in data and in headings.
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::Fact(fact) => fact.as_str(),
                    $(Self::$name => $word,)*
                }
            }

            /// Its heading for people.
            pub const fn title(self) -> &'static str {
                match self {
                    Self::Fact(fact) => fact.title(),
                    $(Self::$name => $title,)*
                }
            }

            pub(super) const fn formula(self) -> Formula {
                let (above, below, per, style) = match self {
                    Self::Fact(fact) => {
                        let style = if fact.is_money() { Style::Money(9) } else { Style::Whole };
                        (Term::Of(fact), Term::One, 1, style)
                    }
                    $(Self::$name => ($above, $below, $per, $style),)*
                };
                Formula { above, below, per, style }
            }
        }
    };
}

use Fact as F;
use Style::{Money, Percent, Times, Whole};
use Term::{FollowerDays, Less, Of, One, PerFollower, Rows};

promo_measures! {
    /// Impressions by reach: how often each account saw it.
    Frequency = "frequency", Of(F::Impressions), Of(F::Reach), 1, Times, "Frequency";
    /// Clicks of every sort by impressions. Meta's `ctr` and X's rate of `clicks` are of this kind.
    CtrAllClicks = "ctr_all_clicks", Of(F::Clicks), Of(F::Impressions), 1, Percent, "CTR (all clicks)";
    /// Clicks on links by impressions. Meta's `inline_link_click_ctr` is of this kind.
    CtrLinkClicks = "ctr_link_clicks", Of(F::LinkClicks), Of(F::Impressions), 1, Percent, "CTR (link clicks)";
    /// Spend by clicks of every sort.
    CostPerClick = "cost_per_click_all", Of(F::Spend), Of(F::Clicks), 1, Money(4), "CPC (all clicks)";
    /// Spend by clicks on links.
    CostPerLinkClick = "cost_per_link_click", Of(F::Spend), Of(F::LinkClicks), 1, Money(4), "CPC (link clicks)";
    /// Spend by a thousand impressions.
    Cpm = "cpm", Of(F::Spend), Of(F::Impressions), 1000, Money(4), "CPM";
    /// Spend by a thousand accounts reached.
    CostPerThousandReached = "cost_per_1000_reached", Of(F::Spend), Of(F::Reach), 1000, Money(4), "Cost per 1000 reached";
    /// Spend by engagements.
    CostPerEngagement = "cost_per_engagement", Of(F::Spend), Of(F::Engagements), 1, Money(4), "Cost per engagement";
    /// Spend by accounts that came to follow.
    CostPerJoin = "cost_per_join", Of(F::Spend), Of(F::Joins), 1, Money(4), "Cost per join";
    /// Conversions by clicks on links.
    ConversionsByLinkClicks = "conversions_by_link_clicks", Of(F::Conversions), Of(F::LinkClicks), 1, Percent, "Conversion rate (of link clicks)";
    /// Conversions by clicks of every sort.
    ConversionsByClicks = "conversions_by_clicks", Of(F::Conversions), Of(F::Clicks), 1, Percent, "Conversion rate (of all clicks)";
    /// Conversions by impressions, as X counts its rate.
    ConversionsByImpressions = "conversions_by_impressions", Of(F::Conversions), Of(F::Impressions), 1, Percent, "Conversion rate (of impressions)";
    /// Spend by conversions, as the network attributes them.
    CostPerConversion = "cost_per_conversion", Of(F::Spend), Of(F::Conversions), 1, Money(4), "CPA";
    /// Attributed revenue by spend: 1 is break-even on revenue.
    Roas = "roas", Of(F::AttributedRevenue), Of(F::Spend), 1, Times, "ROAS";
    /// Your shop's orders by clicks on links.
    OrdersByLinkClicks = "orders_by_link_clicks", Of(F::Orders), Of(F::LinkClicks), 1, Percent, "Order rate (of link clicks)";
    /// Spend by your shop's orders.
    CostPerOrder = "cost_per_order", Of(F::Spend), Of(F::Orders), 1, Money(4), "Cost per order";
    /// Your shop's revenue by spend.
    RevenueBySpend = "revenue_by_spend", Of(F::Revenue), Of(F::Spend), 1, Times, "Revenue by spend (shop)";
    /// Gross profit less spend, by spend: 0 is break-even.
    Romi = "romi", Less(F::Profit, F::Spend), Of(F::Spend), 1, Percent, "ROMI";
    /// Engagements by reach. English use calls it ERR, Russian use ERR too; Telegram's ERR is another.
    EngagementsByReach = "engagements_by_reach", Of(F::Engagements), Of(F::Reach), 1, Percent, "Engagements by reach";
    /// Engagements by impressions, all that X tells everybody of.
    EngagementsByImpressions = "engagements_by_impressions", Of(F::Engagements), Of(F::Impressions), 1, Percent, "Engagements by impressions";
    /// Engagements by views. Telegram's tools call it ER.
    EngagementsByViews = "engagements_by_views", Of(F::Engagements), Of(F::Views), 1, Percent, "Engagements by views";
    /// The mean over rows, which are posts, of engagements by followers: not all engagements by all followers.
    EngagementsByFollowers = "engagements_by_followers_per_post", PerFollower(F::Engagements), Rows(F::Engagements), 1, Percent, "Engagements by followers, per post";
    /// Engagements of a day, on average, by followers.
    EngagementsByFollowersDaily = "engagements_by_followers_per_day", Of(F::Engagements), FollowerDays, 1, Percent, "Engagements by followers, per day";
    /// The mean over posts of likes by followers.
    LoveRate = "love_rate_per_post", PerFollower(F::Likes), Rows(F::Likes), 1, Percent, "Love rate, per post";
    /// The mean over posts of comments by followers.
    TalkRate = "talk_rate_per_post", PerFollower(F::Replies), Rows(F::Replies), 1, Percent, "Talk rate, per post";
    /// The mean over posts of reposts by followers.
    AmplificationRate = "amplification_rate_per_post", PerFollower(F::Reposts), Rows(F::Reposts), 1, Percent, "Amplification rate, per post";
    /// The mean over posts of reach by followers.
    ReachRate = "reach_by_followers_per_post", PerFollower(F::Reach), Rows(F::Reach), 1, Percent, "Reach by followers, per post";
    /// The mean over posts of impressions by followers. Telegram's tools call it ERR, Russian ones VR post.
    ViewRate = "impressions_by_followers_per_post", PerFollower(F::Impressions), Rows(F::Impressions), 1, Percent, "Impressions by followers, per post";
    /// Reposts by impressions.
    Virality = "reposts_by_impressions", Of(F::Reposts), Of(F::Impressions), 1, Percent, "Virality (reposts by impressions)";
    /// Accounts that came less those that left.
    NetJoins = "net_joins", Less(F::Joins, F::Leaves), One, 1, Whole, "Net joins";
    /// Followers gained since the beginning of the period, by those of then.
    FollowerGrowth = "follower_growth", Less(F::Followers, F::FollowersBefore), Of(F::FollowersBefore), 1, Percent, "Follower growth";
    /// Mentions of the brand by those of all brands that are compared.
    ShareOfVoice = "share_of_voice_by_mentions", Of(F::Mentions), Of(F::MentionsOfAll), 1, Percent, "Share of voice (mentions)";
}

impl Measure {
    /// The measure of this word.
    pub fn named(word: &str) -> Option<Self> {
        let derived = Self::DERIVED.iter().copied();
        let mut all = Fact::ALL.iter().copied().map(Self::Fact).chain(derived);
        all.find(|measure| measure.as_str() == word)
    }

    /// The formula in words, such as `spend / impressions * 1000`.
    pub fn formula_text(self) -> String {
        let formula = self.formula();
        let mut text = formula.above.to_string();
        if formula.below != Term::One {
            if matches!(formula.above, Term::Less(..)) {
                text = format!("({text})");
            }
            text.push_str(&format!(" / {}", formula.below));
        }
        if formula.per != 1 {
            text.push_str(&format!(" * {}", formula.per));
        }
        text
    }

    /// What its values are measured in. A ratio is a part of one: 0.05 is five percent.
    pub const fn unit(self) -> Unit {
        match self.formula().style {
            Style::Percent | Style::Times => Unit::Ratio,
            Style::Whole => Unit::Count,
            Style::Money(_) => Unit::Money,
        }
    }

    /// Whether it is shown as percent.
    pub const fn is_percent(self) -> bool {
        matches!(self.formula().style, Style::Percent)
    }
}

impl From<Fact> for Measure {
    fn from(fact: Fact) -> Self {
        Self::Fact(fact)
    }
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Measure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::named(&word)
            .ok_or_else(|| serde::de::Error::custom(format!("there is no measure `{word}`")))
    }
}
