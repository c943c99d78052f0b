//! The methods that the fake knows: what each takes, and of whom.

use super::wire::{Params, number};

/// One method: `name|kinds of token|scope of a user token|right of a community token|parameters`.
///
/// Kinds: `U` user, `G` community, `S` service. Parameters have a type: `i` integer, `u` integer that is not negative,
/// `n` number, `b` flag, `s` text, `a` list; `!` marks those that must be there.
///
/// From the JSON schema 5.199, with what the platform's documentation adds: `owner_id` of `wall.get` and `wall.search`,
/// the community's token for `wall.post`, `primary_attachments_mode`, `format_data`.
const TABLE: &str = "\
account.getAppPermissions|U|||user_id:u
ads.getAccounts|U|ads||
ads.getAds|U|ads||account_id:i! client_id:i include_deleted:b only_deleted:b campaign_ids:s ad_ids:s limit:i offset:i
ads.getCampaigns|U|ads||account_id:i! client_id:i include_deleted:b campaign_ids:s fields:a
ads.getStatistics|U|ads||account_id:i! ids_type:s! ids:s! period:s! date_from:s! date_to:s! stats_fields:a
board.addTopic|U|groups||group_id:u! title:s! text:s from_group:b attachments:a
board.closeTopic|U|groups||group_id:u! topic_id:u!
board.createComment|U|groups||group_id:u! topic_id:u! message:s attachments:a from_group:b sticker_id:u guid:s
board.deleteComment|UG|groups|wall|group_id:u! topic_id:u! comment_id:u!
board.deleteTopic|U|groups||group_id:u! topic_id:u!
board.editComment|U|groups||group_id:u! topic_id:u! comment_id:u! message:s attachments:a
board.getComments|US|||group_id:u! topic_id:u! need_likes:b start_comment_id:u offset:i count:u extended:b sort:s
board.getTopics|US|||group_id:u! topic_ids:a order:i offset:u count:u extended:b preview:i preview_length:u
board.openTopic|U|groups||group_id:u! topic_id:u!
board.restoreComment|UG|groups|wall|group_id:u! topic_id:u! comment_id:u!
docs.getMessagesUploadServer|UG|docs|docs|type:s peer_id:i
docs.getUploadServer|U|docs||group_id:u
docs.getWallUploadServer|UG|docs|docs|group_id:u
docs.save|UG|docs|docs|file:s! title:s tags:s return_tags:b
execute|UG|||code:s! func_v:i
groups.ban|U|groups||group_id:u! owner_id:i end_date:u reason:u comment:s comment_visible:b
groups.get|US|||user_id:u extended:b filter:a fields:a offset:u count:u
groups.getBanned|UG|groups|manage|group_id:u! offset:u count:u fields:a owner_id:i
groups.getById|UGS|||group_ids:a group_id:s fields:a
groups.getCallbackConfirmationCode|UG|groups|manage|group_id:u!
groups.getLongPollServer|UG|groups|manage|group_id:u!
groups.getLongPollSettings|UG|groups|manage|group_id:u!
groups.getMembers|UGS|||group_id:s sort:s offset:u count:u fields:a filter:s
groups.getTokenPermissions|G|||
groups.isMember|UGS|||group_id:s! user_id:u user_ids:a extended:b
groups.join|U|groups||group_id:u! not_sure:s
groups.leave|U|groups||group_id:u!
groups.setLongPollSettings|UG|groups|manage|group_id:u! enabled:b api_version:s message_new:b message_reply:b message_allow:b message_deny:b message_edit:b message_typing_state:b message_read:b photo_new:b audio_new:b video_new:b wall_reply_new:b wall_reply_edit:b wall_reply_delete:b wall_reply_restore:b wall_post_new:b wall_repost:b board_post_new:b board_post_edit:b board_post_restore:b board_post_delete:b photo_comment_new:b photo_comment_edit:b photo_comment_delete:b photo_comment_restore:b video_comment_new:b video_comment_edit:b video_comment_delete:b video_comment_restore:b market_comment_new:b market_comment_edit:b market_comment_delete:b market_comment_restore:b poll_vote_new:b group_join:b group_leave:b group_change_settings:b group_change_photo:b group_officers_edit:b user_block:b user_unblock:b like_add:b like_remove:b message_event:b message_reaction_event:b donut_subscription_create:b donut_subscription_prolonged:b donut_subscription_cancelled:b donut_subscription_price_changed:b donut_subscription_expired:b donut_money_withdraw:b donut_money_withdraw_error:b
groups.unban|U|groups||group_id:u! owner_id:i
likes.add|U|wall||type:s! owner_id:i item_id:u! access_key:s from_group:b
likes.delete|U|wall||type:s! owner_id:i item_id:u! access_key:s from_group:b
likes.getList|US|||type:s! owner_id:i item_id:i page_url:s filter:s friends_only:i extended:b offset:u count:u skip_own:b fields:a
likes.isLiked|U|||user_id:u type:s! owner_id:i item_id:u!
messages.delete|UG|messages|messages|message_ids:a spam:b reason:u group_id:u delete_for_all:b peer_id:i cmids:a
messages.edit|UG|messages|messages|peer_id:i! message:s lat:n long:n attachment:s keep_forward_messages:b keep_snippets:b group_id:u dont_parse_links:b disable_mentions:b message_id:u cmid:u template:s keyboard:s format_data:s
messages.getById|UG|messages|messages|message_ids:a preview_length:u extended:b fields:a group_id:u cmids:a peer_id:i
messages.getByConversationMessageId|UG|messages|messages|peer_id:i! conversation_message_ids:a! extended:b fields:a group_id:u
messages.getConversations|UG|messages|messages|offset:u count:u filter:s extended:b start_message_id:u fields:a group_id:u
messages.getConversationsById|UG|messages|messages|peer_ids:a! extended:b fields:a group_id:u
messages.getHistory|UG|messages|messages|offset:i count:u user_id:i peer_id:i start_message_id:i rev:i extended:b fields:a group_id:u
messages.isMessagesFromGroupAllowed|UG|||group_id:u! user_id:u!
messages.markAsRead|UG|messages|messages|message_ids:a peer_id:i start_message_id:u group_id:u mark_conversation_as_read:b up_to_cmid:u
messages.restore|UG|messages|messages|message_id:u group_id:u cmid:u peer_id:i
messages.send|UG|messages|messages|user_id:i random_id:i peer_id:i peer_ids:a domain:s chat_id:u message:s lat:n long:n attachment:s reply_to:i forward_messages:a forward:s sticker_id:u group_id:u keyboard:s template:s payload:s content_source:s dont_parse_links:b disable_mentions:b intent:s subscribe_id:u format_data:s
messages.setActivity|UG|messages|messages|user_id:i type:s peer_id:i group_id:u
newsfeed.getMentions|U|||owner_id:i start_time:u end_time:u offset:u count:u
newsfeed.search|US|||q:s extended:b count:u latitude:n longitude:n start_time:u end_time:u start_from:s fields:a
photos.getById|US|||photos:a! extended:b photo_sizes:b
photos.getMessagesUploadServer|UG|photos|photos|peer_id:i
photos.getWallUploadServer|U|photos||group_id:i
photos.saveMessagesPhoto|UG|photos|photos|photo:s! server:i hash:s
photos.saveWallPhoto|U|photos||user_id:u group_id:u photo:s! server:i hash:s latitude:n longitude:n caption:s
polls.addVote|U|||owner_id:i poll_id:u! answer_ids:a! is_board:b
polls.create|U|||question:s is_anonymous:b is_multiple:b end_date:u owner_id:i app_id:i add_answers:s photo_id:u background_id:s disable_unvote:b
polls.deleteVote|U|||owner_id:i poll_id:u! is_board:b
polls.getById|U|||owner_id:i is_board:b poll_id:u! extended:b friends_count:u fields:a name_case:s
polls.getVoters|U|||owner_id:i poll_id:u! answer_ids:a! is_board:b friends_only:b offset:u count:u fields:a name_case:s
stats.get|U|stats||group_id:u app_id:u timestamp_from:n timestamp_to:n interval:s intervals_count:u filters:a stats_groups:a extended:b
stats.getPostReach|U|stats||owner_id:i! post_ids:a!
stories.get|UG|stories|stories|owner_id:i extended:b fields:a
stories.getPhotoUploadServer|UG|stories|stories|add_to_news:b user_ids:a reply_to_story:s link_text:s link_url:s group_id:u clickable_stickers:s
stories.getVideoUploadServer|UG|stories|stories|add_to_news:b user_ids:a reply_to_story:s link_text:s link_url:s group_id:u clickable_stickers:s
stories.save|UG|stories|stories|upload_results:a upload_results_json:s extended:b fields:a
users.get|UGS|||user_ids:a fields:a name_case:s from_group_id:i
utils.getShortLink|UGS|||url:s! private:b
utils.resolveScreenName|UGS|||screen_name:s!
video.get|U|video||owner_id:i videos:a album_id:i count:u offset:u extended:b fields:a sort_album:i
video.save|U|video||name:s description:s is_private:b wallpost:b link:s group_id:u album_id:u privacy_view:a privacy_comment:a no_comments:b repeat:b compression:b ord_info:s auto_publish:b
wall.closeComments|UG|wall|wall|owner_id:i! post_id:u!
wall.createComment|UG|wall|wall|owner_id:i post_id:u! from_group:u message:s reply_to_comment:i attachments:a sticker_id:u guid:s
wall.delete|U|wall||owner_id:i post_id:u
wall.deleteComment|U|wall||owner_id:i post_id:u comment_id:u!
wall.edit|U|wall||owner_id:i post_id:u! friends_only:b message:s attachments:a services:s signed:b publish_date:u lat:n long:n place_id:u mark_as_ads:b close_comments:b donut_paid_duration:i poster_bkg_id:u poster_bkg_owner_id:i poster_bkg_access_hash:s copyright:s topic_id:u primary_attachments_mode:s
wall.editComment|U|wall||owner_id:i post_id:u comment_id:u! message:s attachments:a
wall.get|US|||domain:s offset:u count:u filter:s extended:b fields:a owner_id:i
wall.getById|US|||posts:a! extended:b copy_history_depth:i fields:a
wall.getComment|U|||owner_id:i comment_id:u! extended:b fields:a
wall.getComments|US|||owner_id:i post_id:u need_likes:b start_comment_id:u offset:i count:u sort:s preview_length:u extended:b fields:a comment_id:u thread_items_count:u
wall.getReposts|US|||owner_id:i post_id:u offset:u count:u
wall.openComments|UG|wall|wall|owner_id:i! post_id:u!
wall.pin|U|wall||owner_id:i post_id:u!
wall.post|UG|wall|wall|owner_id:i friends_only:b from_group:b message:s attachments:a services:s signed:b publish_date:u lat:n long:n place_id:u post_id:u guid:s mark_as_ads:b link_title:s link_photo_id:s close_comments:b donut_paid_duration:i mute_notifications:b copyright:s primary_attachments_mode:s
wall.repost|U|wall||object:s! message:s group_id:u mark_as_ads:b mute_notifications:b
wall.restore|U|wall||owner_id:i post_id:u
wall.restoreComment|U|wall||owner_id:i comment_id:i!
wall.search|US|||domain:s query:s owners_only:b count:u offset:u extended:b fields:a owner_id:i
wall.unpin|U|wall||owner_id:i post_id:u!
";

/// Parameters that every method takes.
const COMMON: [&str; 10] = [
    "access_token",
    "v",
    "lang",
    "https",
    "test_mode",
    "captcha_sid",
    "captcha_key",
    "success_token",
    "remixstlid",
    "confirm",
];

#[derive(Clone, Copy, Debug)]
pub(super) struct Method {
    pub(super) name: &'static str,
    kinds: &'static str,
    pub(super) scope: &'static str,
    pub(super) right: &'static str,
    params: &'static str,
}

impl Method {
    pub(super) fn find(name: &str) -> Option<Self> {
        TABLE
            .lines()
            .filter_map(Self::read)
            .find(|method| method.name == name)
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        TABLE.lines().filter_map(Self::read)
    }

    fn read(line: &'static str) -> Option<Self> {
        let mut parts = line.split('|');
        Some(Self {
            name: parts.next()?,
            kinds: parts.next()?,
            scope: parts.next()?,
            right: parts.next()?,
            params: parts.next()?,
        })
    }

    pub(super) fn takes(&self, kind: char) -> bool {
        self.kinds.contains(kind)
    }

    fn params(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.params
            .split(' ')
            .filter_map(|param| param.split_once(':'))
    }

    /// The parameters, each with whether it must be there.
    pub(super) fn told(&self) -> Vec<(String, bool)> {
        self.params()
            .map(|(name, kind)| (name.to_owned(), kind.ends_with('!')))
            .collect()
    }

    /// The parameters that nobody reads: a mistake of the caller, which VK passes over.
    pub(super) fn unknown<'p>(&self, given: &'p Params) -> Vec<&'p str> {
        given
            .names()
            .filter(|name| {
                !COMMON.contains(name) && !self.params().any(|(known, _)| known == *name)
            })
            .collect()
    }

    /// What is wrong with the parameters, in the words of error 100.
    pub(super) fn wrong(&self, given: &Params) -> Option<String> {
        for (name, kind) in self.params() {
            let Some(value) = given.text(name) else {
                if kind.ends_with('!') {
                    return Some(format!("{name} is undefined"));
                }
                continue;
            };
            let integer = number(value);
            match kind.as_bytes().first() {
                Some(b'i') if integer.is_none() => return Some(format!("{name} not integer")),
                Some(b'u') => match integer {
                    Some(n) if n >= 0 => {}
                    Some(_) => return Some(format!("{name} should be positive")),
                    None => return Some(format!("{name} not integer")),
                },
                Some(b'n') if value.parse::<f64>().is_err() => {
                    return Some(format!("{name} not a number"));
                }
                Some(b'b') if !matches!(value, "0" | "1" | "true" | "false") => {
                    return Some(format!("{name} should be 0 or 1"));
                }
                _ => {}
            }
        }
        None
    }
}
