//! Each rule is proved: a story that holds while the rule is kept fails when it is broken.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sociable::adapters::x::fake::{Fake, Rule};

use crate::net::Net;

/// The stories, each with the rules that it proves.
const PROVES: &[(&str, &[Rule])] = &[
    (
        "a_call_needs_a_token_that_was_given_out",
        &[Rule::TokensAreChecked],
    ),
    ("an_access_token_lives_for_two_hours", &[Rule::TokensExpire]),
    ("each_kind_of_token_does_what_it_may", &[Rule::TokenKinds]),
    (
        "a_token_without_the_scope_is_refused",
        &[Rule::ScopesAreChecked],
    ),
    (
        "a_signature_is_checked_with_its_clock_and_its_nonce",
        &[
            Rule::SignaturesAreChecked,
            Rule::ClocksAreClose,
            Rule::NoncesAreSingleUse,
        ],
    ),
    (
        "a_code_dies_after_thirty_seconds_and_is_good_once",
        &[Rule::CodesDieSoon, Rule::CodesAreSingleUse],
    ),
    (
        "a_code_is_exchanged_for_who_has_its_verifier",
        &[Rule::PkceIsChecked],
    ),
    (
        "a_refresh_token_is_good_once_and_its_reuse_ends_the_login",
        &[Rule::RefreshIsSingleUse, Rule::ReuseRevokesAll],
    ),
    (
        "what_nobody_knows_is_refused_with_its_name",
        &[
            Rule::UnknownParametersAreRefused,
            Rule::UnknownFieldsAreRefused,
            Rule::LookUpsHoldSoMany,
            Rule::PageSizesHaveBounds,
            Rule::QueriesHaveALength,
        ],
    ),
    (
        "fifteen_minutes_hold_so_many_calls",
        &[Rule::WindowsRefuse, Rule::WindowsEnd, Rule::WindowsAreTold],
    ),
    (
        "a_user_and_the_app_have_windows_of_their_own",
        &[Rule::AppWindows, Rule::UserWindows],
    ),
    (
        "a_day_may_be_empty_while_its_quarter_has_room",
        &[Rule::DayWindows],
    ),
    (
        "credits_run_out_and_a_month_has_an_end",
        &[Rule::CreditsRunOut, Rule::MonthlyCap],
    ),
    (
        "what_is_read_and_written_is_billed",
        &[
            Rule::OwnedReadsCostLess,
            Rule::PaidOnceADay,
            Rule::LinksCostMore,
        ],
    ),
    (
        "the_same_text_again_is_a_duplicate",
        &[Rule::DuplicatesAreRefused, Rule::DuplicatesAreForgotten],
    ),
    (
        "one_replies_to_who_asked_and_to_oneself",
        &[Rule::RepliesNeedASummons],
    ),
    (
        "quotes_likes_and_follows_need_a_contract",
        &[
            Rule::QuotesAreEnterprise,
            Rule::LikesAreEnterprise,
            Rule::FollowsAreEnterprise,
        ],
    ),
    ("a_post_holds_one_cashtag", &[Rule::OneCashtag]),
    ("a_text_weighs_up_to_280", &[Rule::TextWeight]),
    (
        "what_makes_no_post_is_refused",
        &[Rule::EmptyPostIsRefused, Rule::AttachmentsExclude],
    ),
    ("a_poll_keeps_its_rules_and_is_counted", &[Rule::PollRules]),
    (
        "a_post_holds_four_photos_or_one_video",
        &[Rule::MediaCount, Rule::OneVideoAlone],
    ),
    ("who_may_reply_is_kept", &[Rule::ReplySettingsAreKept]),
    (
        "an_unverified_account_has_a_day_of_fifty_posts",
        &[Rule::UnverifiedDays],
    ),
    (
        "an_edit_has_a_new_id_and_a_window",
        &[Rule::EditMakesANewId, Rule::EditWindow],
    ),
    (
        "only_what_is_eligible_is_edited",
        &[Rule::EditNeedsEligibility],
    ),
    (
        "what_is_deleted_is_gone",
        &[Rule::OwnPostsOnly, Rule::DeleteRemoves],
    ),
    (
        "replies_are_hidden_in_own_conversations",
        &[Rule::HideInOwnConversations],
    ),
    (
        "what_is_missing_is_told_beside_the_rest",
        &[Rule::MissingIsAPartialError],
    ),
    (
        "a_timeline_goes_on_page_by_page",
        &[Rule::EmptyDataIsOmitted, Rule::NewestFirst, Rule::PagesGoOn],
    ),
    ("a_timeline_keeps_to_its_span", &[Rule::SpansAreKept]),
    (
        "a_timeline_leaves_out_what_is_excluded",
        &[Rule::ExcludeIsKept],
    ),
    ("a_search_finds_what_its_query_says", &[Rule::SearchMatches]),
    (
        "a_recent_search_looks_back_a_week",
        &[Rule::SearchLooksBackAWeek],
    ),
    (
        "a_search_for_words_finds_no_reposts",
        &[Rule::WordsFindNoReposts],
    ),
    ("mentions_are_listed", &[Rule::MentionsAreListed]),
    (
        "a_home_timeline_holds_whom_one_follows",
        &[Rule::HomeFollows],
    ),
    (
        "only_what_is_asked_for_is_told",
        &[Rule::FieldsAsAsked, Rule::ExpansionsAreTold],
    ),
    ("posts_are_counted", &[Rule::CountsAreKept]),
    (
        "figures_of_one_s_own_are_told_for_thirty_days",
        &[Rule::PrivateFiguresAreOwn, Rule::PrivateFiguresEnd],
    ),
    (
        "texts_are_escaped_and_links_shortened",
        &[Rule::TextIsEscaped, Rule::LinksAreShortened],
    ),
    ("a_like_counts_once_and_is_taken_back", &[Rule::LikesOnce]),
    (
        "who_likes_is_told_to_the_author_alone",
        &[Rule::LikesArePrivate],
    ),
    ("a_repost_is_made_once_and_taken_back", &[Rule::RepostsOnce]),
    (
        "followers_are_listed_page_by_page",
        &[Rule::FollowersAreListed],
    ),
    (
        "mutes_are_kept_and_blocks_are_listed",
        &[Rule::MutesAreKept],
    ),
    (
        "a_look_up_tells_how_one_stands_to_a_user",
        &[Rule::ConnectionsAreTold],
    ),
    (
        "a_piece_beyond_a_mebibyte_is_refused_by_the_edge",
        &[Rule::SegmentsAreSmall],
    ),
    (
        "a_video_comes_in_pieces_and_is_worked_on",
        &[
            Rule::PiecesMakeAWhole,
            Rule::ProcessingTakesTime,
            Rule::MediaMustBeReady,
        ],
    ),
    (
        "a_file_is_one_s_own_and_for_its_place",
        &[
            Rule::MediaMustBeKnown,
            Rule::CategoriesFit,
            Rule::FilesAreLookedAt,
        ],
    ),
    (
        "a_file_that_nobody_uses_is_gone_after_a_day",
        &[Rule::MediaExpire],
    ),
    (
        "a_photo_is_uploaded_described_and_shown",
        &[Rule::AltTextLimit, Rule::AltTextIsKept],
    ),
    (
        "a_full_search_takes_one_call_a_second",
        &[Rule::FullSearchIsSlow],
    ),
    (
        "a_reply_begins_with_whom_it_answers",
        &[Rule::RepliesAreAddressed],
    ),
    ("the_address_of_a_post_quotes_it", &[Rule::AddressesQuote]),
    (
        "a_message_reaches_the_other_side",
        &[Rule::MessagesAreDelivered],
    ),
    ("a_group_is_made_and_written_to", &[Rule::EventTypesAreKept]),
    (
        "a_message_that_cannot_be_is_refused",
        &[Rule::MessageLimit, Rule::MessagesCarryOne],
    ),
    (
        "who_takes_no_messages_gets_none",
        &[Rule::MessagesNeedConsent],
    ),
    (
        "messages_are_listed_for_a_month_page_by_page",
        &[Rule::MessagesAreListedAMonth],
    ),
    (
        "a_conversation_is_closed_to_others",
        &[Rule::ConversationsAreClosed],
    ),
    (
        "an_address_is_checked_before_it_is_taken",
        &[Rule::AddressesAreChecked, Rule::AddressesAreHttps],
    ),
    (
        "one_address_is_enough_and_can_be_given_up",
        &[Rule::OneWebhook],
    ),
    (
        "deliveries_are_signed_and_come_again",
        &[Rule::DeliveriesAreSigned, Rule::DeliveriesComeAgain],
    ),
    (
        "private_events_need_the_token_of_the_user",
        &[Rule::PrivateEventsNeedTheUser],
    ),
    (
        "subscriptions_are_kept_changed_and_ended",
        &[Rule::SubscriptionsAreUnique, Rule::SubscriptionsHaveAnEnd],
    ),
    (
        "everything_that_happens_is_told",
        &[Rule::EventsAreTold, Rule::EventIdsDiffer],
    ),
    (
        "rules_are_made_once_and_deleted",
        &[Rule::StreamRulesAreUnique, Rule::StreamRulesHaveAnEnd],
    ),
    (
        "a_stream_needs_rules_and_is_one",
        &[Rule::StreamsNeedRules, Rule::StreamsAreFew],
    ),
    (
        "a_stream_sends_what_its_rules_say_and_shows_that_it_lives",
        &[Rule::StreamsAreAlive],
    ),
    ("what_was_missed_comes_to_who_asks", &[Rule::BackfillIsTold]),
    ("trends_of_a_place_are_told", &[Rule::TrendsAreCounted]),
    ("advertising_tells_what_it_cost", &[Rule::AdsNeedAccess]),
    ("advertising_keeps_to_its_spans", &[Rule::AdsSpans]),
];

fn stories() -> impl Iterator<Item = (&'static str, fn(&Net))> {
    [
        crate::story_activity::STORIES,
        crate::story_dm::STORIES,
        crate::story_engage::STORIES,
        crate::story_gate::STORIES,
        crate::story_login::STORIES,
        crate::story_measure::STORIES,
        crate::story_media::STORIES,
        crate::story_people::STORIES,
        crate::story_read::STORIES,
        crate::story_stream::STORIES,
        crate::story_write::STORIES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

fn holds(fake: Fake, story: fn(&Net)) -> bool {
    let net = Net::broken(fake);
    catch_unwind(AssertUnwindSafe(|| story(&net))).is_ok()
}

/// Tells every story, each exchange held to the contract.
pub(crate) fn tell_all() {
    for (_, story) in stories() {
        story(&Net::new());
    }
}

#[test]
fn every_rule_holds_until_it_is_broken() {
    let mut wrong = Vec::new();
    for rule in Rule::ALL {
        let named = PROVES.iter().find(|(_, rules)| rules.contains(rule));
        let Some((name, story)) =
            named.and_then(|(name, _)| stories().find(|(story, _)| story == name))
        else {
            wrong.push(format!("{rule:?} has no story"));
            continue;
        };
        let fake = Fake::new();
        fake.break_rule(*rule);
        if holds(fake, story) {
            wrong.push(format!("{name} holds although {rule:?} is broken"));
        }
        let fake = Fake::new();
        fake.break_rule(*rule);
        fake.mend_rule(*rule);
        if !holds(fake, story) {
            wrong.push(format!("{name} fails although {rule:?} is mended"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
