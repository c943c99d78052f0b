//! What the network says of figures: of posts, of a community, of advertising.

use super::{Int, List, Obj, Str, Word, numbers, views};

numbers! {
    /// Whom a post reached, and what they did then.
    PostReach {
        post_id: Int,
        reach_total: Int,
        reach_subscribers: Int,
        reach_viral: Int,
        reach_ads: Int,
        links: Int,
        to_group: Int,
        join_group: Int,
        unsubscribe: Int,
        hide: Int,
        report: Int,
    }

    /// The figures of a community in one interval.
    Interval {
        from as "period_from": Int,
        to as "period_to": Int,
        visitors: Obj<Visitors>,
        reach: Obj<Reached>,
        activity: Obj<Activity>,
    }

    /// Who came.
    Visitors {
        views: Int,
        visitors: Int,
    }

    /// Who saw something.
    Reached {
        reach: Int,
        reach_subscribers: Int,
    }

    /// What was done.
    Activity {
        likes: Int,
        comments: Int,
        copies: Int,
        hidden: Int,
        subscribed: Int,
        unsubscribed: Int,
    }
}

views! {
    /// A cabinet of advertising.
    AdAccount {
        id as "account_id": Word<'a>,
        kind as "account_type": Str<'a>,
    }

    /// A campaign or an ad.
    AdObject {
        id: Word<'a>,
        name: Str<'a>,
        campaign as "campaign_id": Word<'a>,
    }

    /// The figures of a campaign or an ad.
    AdFigures {
        id: Word<'a>,
        stats: List<Obj<AdDay<'a>>>,
    }

    /// Those of one day.
    AdDay {
        day: Str<'a>,
        spent: Word<'a>,
        impressions: Word<'a>,
        reach: Word<'a>,
        clicks: Word<'a>,
        link_clicks as "link_external_clicks": Word<'a>,
        joins as "join_rate": Word<'a>,
        conversions as "conversion_count": Word<'a>,
    }
}
