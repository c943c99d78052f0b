//! What figures are called in Russian.

use crate::promo::{Fact, Measure};

/// A measure's heading.
pub(super) const fn russian(measure: Measure) -> &'static str {
    use Measure as M;
    match measure {
        M::Fact(fact) => fact_in_russian(fact),
        M::Frequency => "Частота",
        M::CtrAllClicks => "CTR (все клики)",
        M::CtrLinkClicks => "CTR (клики по ссылкам)",
        M::CostPerClick => "CPC (все клики)",
        M::CostPerLinkClick => "CPC (клики по ссылкам)",
        M::Cpm => "CPM",
        M::CostPerThousandReached => "Цена 1000 охваченных",
        M::CostPerEngagement => "Цена вовлечения",
        M::CostPerJoin => "Цена вступления",
        M::ConversionsByLinkClicks => "Конверсия (из кликов по ссылкам)",
        M::ConversionsByClicks => "Конверсия (из всех кликов)",
        M::ConversionsByImpressions => "Конверсия (из показов)",
        M::CostPerConversion => "CPA",
        M::Roas => "ROAS",
        M::OrdersByLinkClicks => "Доля заказов (из кликов по ссылкам)",
        M::CostPerOrder => "Цена заказа",
        M::RevenueBySpend => "Выручка на расходы (магазин)",
        M::Romi => "ROMI",
        M::EngagementsByReach => "Вовлечения на охват",
        M::EngagementsByImpressions => "Вовлечения на показы",
        M::EngagementsByViews => "Вовлечения на просмотры",
        M::EngagementsByFollowers => "Вовлечения на подписчиков, на пост",
        M::EngagementsByFollowersDaily => "Вовлечения на подписчиков, в день",
        M::LoveRate => "Лайки на подписчиков, на пост",
        M::TalkRate => "Комментарии на подписчиков, на пост",
        M::AmplificationRate => "Репосты на подписчиков, на пост",
        M::ReachRate => "Охват на подписчиков, на пост",
        M::ViewRate => "Показы на подписчиков, на пост",
        M::Virality => "Виральность (репосты на показы)",
        M::NetJoins => "Прирост вступлений",
        M::FollowerGrowth => "Рост подписчиков",
        M::ShareOfVoice => "Доля голоса (по упоминаниям)",
    }
}

const fn fact_in_russian(fact: Fact) -> &'static str {
    match fact {
        Fact::Spend => "Расходы",
        Fact::Impressions => "Показы",
        Fact::Reach => "Охват",
        Fact::Clicks => "Клики (все)",
        Fact::LinkClicks => "Клики по ссылкам",
        Fact::Views => "Просмотры",
        Fact::Engagements => "Вовлечения",
        Fact::Likes => "Лайки",
        Fact::Reactions => "Реакции",
        Fact::Replies => "Комментарии",
        Fact::Reposts => "Репосты",
        Fact::Quotes => "Цитаты",
        Fact::Bookmarks => "Сохранения",
        Fact::ProfileVisits => "Переходы в профиль",
        Fact::Joins => "Вступления",
        Fact::Leaves => "Выходы",
        Fact::Conversions => "Конверсии",
        Fact::AttributedRevenue => "Выручка по атрибуции",
        Fact::Orders => "Заказы",
        Fact::Revenue => "Выручка",
        Fact::Profit => "Валовая прибыль",
        Fact::Followers => "Подписчики",
        Fact::FollowersBefore => "Подписчики в начале",
        Fact::Mentions => "Упоминания",
        Fact::MentionsOfAll => "Упоминания всех марок",
    }
}
