//! Each rule is proved: a story that holds while the rule is kept fails when it is broken.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sociable::adapters::vk::fake::{Fake, Rule};

use crate::net::Net;

/// The stories, each with the rules that it proves.
const PROVES: &[(&str, &[Rule])] = &[
    (
        "a_call_needs_a_version_a_known_method_and_a_token",
        &[
            Rule::VersionIsNeeded,
            Rule::TokensAreChecked,
            Rule::UnknownMethodIsRefused,
        ],
    ),
    (
        "a_login_with_vk_id_proves_itself_and_is_refreshed",
        &[
            Rule::TokensExpire,
            Rule::RefreshRotates,
            Rule::DeviceIdIsChecked,
            Rule::PkceIsChecked,
            Rule::CodesAreSingleUse,
        ],
    ),
    (
        "each_kind_of_token_does_what_it_may",
        &[
            Rule::TokenKinds,
            Rule::UserTokenPosts,
            Rule::CommunityTokenPosts,
            Rule::ServiceTokenReads,
        ],
    ),
    (
        "a_token_without_the_scope_is_refused",
        &[Rule::ScopesAreChecked],
    ),
    (
        "only_those_who_manage_a_community_do_so",
        &[Rule::ManagersOnly, Rule::FromGroupNeedsAdmin],
    ),
    (
        "owners_below_zero_are_communities_and_group_ids_are_positive",
        &[Rule::OwnerSigns, Rule::GroupIdsArePositive],
    ),
    (
        "an_error_comes_inside_http_200_and_repeats_the_call",
        &[Rule::ErrorsAreEnvelopes],
    ),
    (
        "a_second_holds_so_many_calls_of_a_token",
        &[Rule::PerSecondRefuses, Rule::PerSecondRate],
    ),
    (
        "a_day_holds_so_many_calls_of_a_method",
        &[Rule::QuotaRefuses, Rule::QuotaSize],
    ),
    (
        "a_flooded_method_waits_and_repeats_are_flood",
        &[Rule::FloodRefuses],
    ),
    (
        "a_captcha_is_solved_and_the_call_repeated",
        &[Rule::CaptchaSolves, Rule::PostsADay],
    ),
    (
        "what_makes_no_post_is_refused",
        &[Rule::TextLimit, Rule::EmptyPostIsRefused, Rule::OneLink],
    ),
    ("eleven_photos_are_too_many", &[Rule::AttachmentCount]),
    (
        "a_photo_is_uploaded_saved_and_attached",
        &[
            Rule::KnownAttachmentsStay,
            Rule::AttachmentsAreShown,
            Rule::CaptionsAreKept,
        ],
    ),
    (
        "a_guid_publishes_once_an_hour",
        &[Rule::Guid, Rule::GuidHour],
    ),
    ("a_day_holds_so_many_posts", &[Rule::AdsMark]),
    (
        "a_post_of_the_community_stands_on_its_wall_and_is_counted",
        &[
            Rule::Signature,
            Rule::FromGroup,
            Rule::NewestFirst,
            Rule::ExtendedTells,
            Rule::CountsAreKept,
        ],
    ),
    (
        "an_edit_without_attachments_removes_them",
        &[
            Rule::EditDropsAttachments,
            Rule::EditWindow,
            Rule::EditIsTold,
        ],
    ),
    (
        "a_scheduled_post_is_published_by_hand_or_by_an_edit_without_a_date",
        &[Rule::EditWithoutDatePublishes],
    ),
    (
        "what_is_deleted_is_gone_until_it_is_restored",
        &[
            Rule::DeleteRemoves,
            Rule::MissingIsTold,
            Rule::RestoreBringsBack,
            Rule::MissingIsLeftOut,
        ],
    ),
    ("a_pinned_post_comes_first", &[Rule::PinsComeFirst]),
    (
        "a_repost_carries_the_first_post_and_is_counted",
        &[
            Rule::RepostCarries,
            Rule::RepostsAreCounted,
            Rule::RepostsAreListed,
        ],
    ),
    (
        "a_scheduled_post_waits_for_its_time_and_then_has_another_number",
        &[
            Rule::ScheduledWait,
            Rule::ScheduledAppear,
            Rule::ScheduledGetNewNumbers,
            Rule::PostponedOnlyToOwners,
            Rule::ScheduleConflict,
            Rule::ScheduleInFuture,
        ],
    ),
    (
        "a_wall_is_read_by_pages_and_filters",
        &[Rule::Offsets, Rule::CountIsKept, Rule::WallFilters],
    ),
    (
        "members_come_and_go",
        &[
            Rule::TotalsAreTold,
            Rule::MembersAreListed,
            Rule::MembershipIsTold,
        ],
    ),
    (
        "search_and_mentions_find_what_was_said",
        &[
            Rule::SearchMatches,
            Rule::SearchSpan,
            Rule::SearchBeginsADayAgo,
            Rule::MentionsAreListed,
        ],
    ),
    (
        "comments_stand_in_threads_of_one_level",
        &[Rule::CommentThreads, Rule::CommentFromGroup],
    ),
    (
        "closed_comments_and_banned_users_say_nothing_and_a_guid_says_it_once",
        &[Rule::ClosedComments, Rule::CommentGuid, Rule::BansBar],
    ),
    (
        "a_comment_is_changed_by_its_author_and_taken_away_by_the_wall_too",
        &[Rule::CommentDeletes, Rule::CommentEdits],
    ),
    (
        "a_like_counts_once_and_likers_are_listed",
        &[Rule::LikesOnce, Rule::LikersAreListed],
    ),
    (
        "a_poll_counts_votes_and_shows_voters_to_who_voted",
        &[Rule::VotesCount, Rule::VoteFirst, Rule::PollEnds],
    ),
    (
        "a_file_that_is_no_photo_gets_an_empty_list",
        &[Rule::EmptyPhoto],
    ),
    (
        "an_address_takes_one_file_in_its_field",
        &[Rule::UploadsAreSingleUse],
    ),
    (
        "what_was_uploaded_for_one_wall_is_saved_for_it_alone",
        &[Rule::UploadsKnowTheirWall, Rule::UploadHash],
    ),
    (
        "a_video_is_posted_at_once_and_encoded_later",
        &[Rule::VideosGetReady],
    ),
    (
        "a_ban_stands_until_it_ends_or_is_lifted",
        &[Rule::BansAreKept],
    ),
    ("people_are_found_by_number_and_name", &[Rule::NamesResolve]),
    (
        "a_community_writes_to_who_wrote_first_or_allowed_it",
        &[Rule::WriteFirst, Rule::RandomId],
    ),
    (
        "when_the_window_has_closed_nobody_answers",
        &[
            Rule::ReplyWindow,
            Rule::ReplyWindowIsTold,
            Rule::MessagesAreDelivered,
        ],
    ),
    (
        "a_message_that_cannot_be_is_refused",
        &[Rule::RandomIdIsNeeded, Rule::MessageLimit],
    ),
    (
        "messages_are_edited_and_deleted_for_a_day",
        &[Rule::MessageEdits, Rule::DeleteForAll],
    ),
    (
        "conversations_count_what_is_unread_until_it_is_marked",
        &[Rule::ReadIsMarked],
    ),
    (
        "a_community_counts_its_days_in_moscow",
        &[Rule::StatsAreTold],
    ),
    (
        "the_reach_of_posts_is_told_to_who_manages_them",
        &[Rule::PostReachIsTold],
    ),
    ("advertising_tells_what_it_cost", &[Rule::AdsAreTold]),
    ("a_script_answers_each_of_its_calls", &[Rule::ExecuteRuns]),
    (
        "a_call_that_fails_is_false_and_the_rest_stands",
        &[Rule::ExecuteKeepsTheRest],
    ),
    (
        "each_call_of_a_script_counts_for_its_quota",
        &[Rule::ExecuteCounts],
    ),
    (
        "everything_that_happens_is_told_in_order",
        &[
            Rule::EventsAreTold,
            Rule::EventsOfPosts,
            Rule::EventsOfComments,
            Rule::EventsOfMessages,
            Rule::EventsOfLikes,
            Rule::EventsOfPeople,
            Rule::TsGoesOn,
        ],
    ),
    (
        "events_have_ids_of_their_own_and_are_told_again_from_an_old_ts",
        &[Rule::EventIds],
    ),
    (
        "a_long_poll_that_fails_says_what_to_do",
        &[Rule::OldTsFails, Rule::OldKeyFails],
    ),
    (
        "deliveries_come_again_until_they_are_confirmed",
        &[Rule::SecretIsSent, Rule::Redelivery],
    ),
];

fn stories() -> impl Iterator<Item = (&'static str, fn(&Net))> {
    [
        crate::story_events::STORIES,
        crate::story_files::STORIES,
        crate::story_gate::STORIES,
        crate::story_people::STORIES,
        crate::story_script::STORIES,
        crate::story_talk::STORIES,
        crate::story_wall::STORIES,
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
