use serde::{Deserialize, Serialize};

use super::metrics::Metrics;
use super::query::Period;
use crate::id::{PostId, PromotionId};

words! {
    /// What a promotion is of. A network that tells of campaigns and of their parts tells the same money twice.
    PromotionKind {
        /// A whole campaign.
        Campaign = "campaign",
        /// A part of a campaign: an ad, a promoted post.
        Creative = "creative",
    }
}

/// What one paid promotion brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Promotion {
    /// Its handle.
    pub id: PromotionId,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is of, where the network tells of several kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PromotionKind>,
    /// The campaign that it is a part of, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<PromotionId>,
    /// By which attribution its conversions were counted, such as `7d click`, where the network tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// The post that is promoted, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<PostId>,
    /// The span that the figures speak of.
    pub period: Period,
    /// Its figures: impressions, clicks, spend and more.
    pub metrics: Metrics,
}

impl Promotion {
    /// A promotion's figures in a span.
    pub fn new(id: impl Into<PromotionId>, period: Period) -> Self {
        Self {
            id: id.into(),
            name: None,
            kind: None,
            campaign: None,
            attribution: None,
            post: None,
            period,
            metrics: Metrics::default(),
        }
    }
}

setters!(Promotion {
    some name: String, "Sets what it is called.";
    some kind: PromotionKind, "Sets what it is of.";
    some campaign: PromotionId, "Sets the campaign that it is a part of.";
    some attribution: String, "Sets by which attribution its conversions were counted.";
    some post: PostId, "Sets the post that is promoted.";
    set metrics: Metrics, "Sets its figures.";
});

/// Something that many speak of now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trend {
    /// What it is called: a hashtag with its `#`, a word or a headline.
    pub name: String,
    /// Its place in the network's list, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// Its page on the web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How many posts it has, where the network tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posts: Option<u64>,
    /// Since when it trends, where the network tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<jiff::Timestamp>,
    /// The network's own class of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

impl Trend {
    /// A trend of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            rank: None,
            url: None,
            posts: None,
            since: None,
            category: None,
        }
    }
}

setters!(Trend {
    some rank: u32, "Sets its place in the list, from 1.";
    some url: String, "Sets its page on the web.";
    some posts: u64, "Sets how many posts it has.";
    some since: jiff::Timestamp, "Sets since when it trends.";
    some category: String, "Sets the network's own class of it.";
});
