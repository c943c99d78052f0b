//! Where a request goes, and what stands before every method.

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::access::{Kind, Token};
use super::faults::{Fault, Rule};
use super::methods::Method;
use super::state::{Challenge, World};
use super::wire::{self, Answer, Params, Refusal};

pub(super) const JSON: &str = "application/json; charset=utf-8";

/// One call of a method.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) p: &'a Params,
    pub(super) now: Timestamp,
    pub(super) token: &'a str,
    pub(super) access: &'a Token,
}

impl Call<'_> {
    pub(super) fn kind(&self) -> Kind {
        self.access.kind
    }

    pub(super) fn second(&self) -> i64 {
        self.now.as_second()
    }

    pub(super) fn place(&self) -> Option<(f64, f64)> {
        let read = |name| self.p.text(name).and_then(|text| text.parse().ok());
        Some((read("lat")?, read("long")?))
    }
}

fn answer(status: u16, kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}

pub(super) fn page(status: u16) -> Response<Bytes> {
    answer(
        status,
        "text/html; charset=utf-8",
        format!("<html><body><h1>{status}</h1></body></html>"),
    )
}

pub(super) fn json_answer(status: u16, value: &Value) -> Response<Bytes> {
    answer(status, JSON, value.to_string())
}

/// A redirect, as a browser follows it.
pub(super) fn redirect(to: &str) -> Response<Bytes> {
    let mut response = answer(302, "text/html; charset=utf-8", "");
    if let Ok(to) = header::HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

impl World {
    pub(super) fn answer(&mut self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        self.base = wire::base(request);
        self.catch_up(now.as_second());
        let path = request.uri().path();
        if let Some(name) = path.strip_prefix("/method/") {
            return self.api(name, request, now);
        }
        if let Some(fault) = self.fault(path) {
            return match fault {
                Fault::Html { status } => page(status),
                Fault::Answer(bytes) => answer(200, JSON, bytes),
                Fault::Refuse { message, .. } | Fault::DoneThenRefuse { message, .. } => {
                    json_answer(200, &json!({ "error": message }))
                }
                Fault::DoneThenTruncated => {
                    let whole = self.elsewhere(path, request, now);
                    let half = whole.body().len() / 2;
                    whole.map(|body| body.slice(..half))
                }
            };
        }
        self.elsewhere(path, request, now)
    }

    /// What is not the API: uploads, long polls, logins.
    fn elsewhere(
        &mut self,
        path: &str,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Response<Bytes> {
        if let Some(key) = path.strip_prefix("/upload/") {
            let value = self.upload(key, request, now);
            return json_answer(200, &value);
        }
        if let Some(group) = path.strip_prefix("/whp/") {
            let value = self.long_poll(group, &wire::params(request));
            return value.map_or_else(|| page(400), |value| json_answer(200, &value));
        }
        self.login(path, request, now).unwrap_or_else(|| page(404))
    }

    /// The next fault that is set for a method or a path.
    fn fault(&mut self, name: &str) -> Option<Fault> {
        let at = self.faults.iter().position(|(wanted, _)| {
            wanted == name
                || wanted
                    .strip_suffix('*')
                    .is_some_and(|start| name.starts_with(start))
        })?;
        Some(self.faults.remove(at).1)
    }

    fn api(&mut self, name: &str, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let params = wire::params(request);
        let in_url = url::form_urlencoded::parse(request.uri().query().unwrap_or("").as_bytes())
            .any(|(name, _)| name == "access_token");
        if in_url {
            self.complain(format!("{name}: the token stands in the URL"));
        }
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        if kind.contains("json") && !request.body().is_empty() {
            self.complain(format!("{name}: the body is JSON, which VK does not read"));
        }
        let token = wire::bearer(request.headers())
            .or_else(|| params.text("access_token"))
            .map(str::to_owned);
        let fault = self.fault(name);
        let refused = match &fault {
            Some(Fault::Html { status }) => return page(*status),
            Some(Fault::Answer(bytes)) => return answer(200, JSON, bytes.clone()),
            Some(Fault::Refuse {
                code,
                message,
                extra,
            }) => {
                let mut refusal = Refusal::new(*code, message.clone());
                refusal.extra = extra.clone();
                Some(refusal)
            }
            _ => None,
        };
        let done = match refused {
            Some(refusal) => Err(refusal),
            None => self.called(name, &params, token.as_deref(), now),
        };
        let done = match &fault {
            Some(Fault::DoneThenRefuse { code, message }) => {
                Err(Refusal::new(*code, message.clone()))
            }
            _ => done,
        };
        let body = match &done {
            // A script that ran answers its errors beside the response.
            Ok(value) if name == "execute" => value.clone(),
            Ok(value) => json!({ "response": value }),
            Err(_) if !self.keeps(Rule::ErrorsAreEnvelopes) => return page(500),
            Err(refusal) => refusal.body(name, &params),
        };
        if fault == Some(Fault::DoneThenTruncated) {
            let text = body.to_string();
            let half = text.len() / 2;
            return answer(200, JSON, Bytes::from(text).slice(..half));
        }
        json_answer(200, &body)
    }

    /// Notes that a caller did what no caller should.
    pub(super) fn complain(&mut self, what: String) {
        if !self.complaints.contains(&what) {
            self.complaints.push(what);
        }
    }

    /// What stands before every method, then the method.
    fn called(
        &mut self,
        name: &str,
        params: &Params,
        token: Option<&str>,
        now: Timestamp,
    ) -> Answer {
        let Some(method) = Method::find(name) else {
            self.complain(format!("{name}: the fake knows no such method"));
            return if self.keeps(Rule::UnknownMethodIsRefused) {
                Err(Refusal::new(3, "Unknown method passed"))
            } else {
                Ok(json!(1))
            };
        };
        for unknown in method.unknown(params) {
            self.complain(format!("{name}: VK reads no parameter {unknown}"));
        }
        if params.text("v").is_none() && self.keeps(Rule::VersionIsNeeded) {
            return Err(Refusal::new(8, "Invalid request: v (version) is required"));
        }
        let access = self.who(token, now.as_second())?;
        let token = token.unwrap_or_default();
        self.may_call(&access, &method)?;
        self.per_second(token, access.kind, now)?;
        self.challenged(name, params)?;
        let call = Call {
            method,
            p: params,
            now,
            token,
            access: &access,
        };
        self.run(&call, true)
    }

    /// Runs a method that its caller may call; `counts` tells whether it uses the day's quota.
    pub(super) fn run(&mut self, call: &Call<'_>, counts: bool) -> Answer {
        if counts {
            self.quota(call.token, call.method.name, call.now)?;
        }
        if let Some(wrong) = call.method.wrong(call.p) {
            return Err(Refusal::param(wrong));
        }
        self.dispatch(call)
    }

    /// Refuses while a challenge stands before the method and this call does not solve it.
    pub(super) fn challenged(&mut self, name: &str, params: &Params) -> Result<(), Refusal> {
        let Some(at) = self
            .challenges
            .iter()
            .position(|challenge| challenge.method == name || challenge.method == "*")
        else {
            return Ok(());
        };
        let solved = {
            let by_token = params
                .text("success_token")
                .is_some_and(|token| self.solutions.contains(token));
            let by_picture = self.challenges.get(at).is_some_and(|challenge| {
                !challenge.modern
                    && challenge.code == 14
                    && params.text("captcha_sid") == Some(challenge.sid.as_str())
                    && params.text("captcha_key") == Some(super::Fake::CAPTCHA_KEY)
            });
            by_token || by_picture
        };
        if solved && self.keeps(Rule::CaptchaSolves) {
            if let Some(token) = params.text("success_token") {
                self.solutions.remove(token);
            }
            self.challenges.remove(at);
            return Ok(());
        }
        let tried = params.text("success_token").is_some() || params.text("captcha_key").is_some();
        let sid = if tried {
            self.secret("captcha")
        } else {
            String::new()
        };
        let Some(challenge) = self.challenges.get_mut(at) else {
            return Ok(());
        };
        if tried {
            challenge.sid = sid;
        }
        let challenge = challenge.clone();
        Err(self.challenge(&challenge))
    }

    fn challenge(&self, challenge: &Challenge) -> Refusal {
        let Challenge { code, sid, .. } = challenge;
        if *code == 17 {
            return Refusal::new(
                17,
                "Validation required: please open redirect_uri in browser",
            )
            .with("redirect_uri", format!("{}/validate?sid={sid}", self.base));
        }
        let refusal = Refusal::new(14, "Captcha needed")
            .with("captcha_sid", sid.clone())
            .with("captcha_img", format!("{}/captcha?sid={sid}", self.base));
        if !challenge.modern {
            return refusal;
        }
        // Beyond 2^53, as real ones are.
        refusal
            .with(
                "redirect_uri",
                format!(
                    "{}/not_robot_captcha?domain=vk.com&session_token={sid}",
                    self.base
                ),
            )
            .with("remixstlid", 9_007_199_254_740_993_i64)
            .with("captcha_ts", 1_700_000_000.25)
            .with("captcha_attempt", 1)
            .with("is_sound_captcha_available", false)
    }

    fn dispatch(&mut self, call: &Call<'_>) -> Answer {
        match call.method.name {
            "account.getAppPermissions" => Ok(self.app_permissions(call)),
            "ads.getAccounts" => Ok(self.ads_accounts()),
            "ads.getAds" => self.ads_ads(call),
            "ads.getCampaigns" => self.ads_campaigns(call),
            "ads.getStatistics" => self.ads_statistics(call),
            "board.addTopic" => self.add_topic(call),
            "board.closeTopic" => self.close_topic(call, true),
            "board.createComment" => self.topic_comment(call),
            "board.deleteComment" => self.delete_topic_comment(call, true),
            "board.deleteTopic" => self.delete_topic(call),
            "board.editComment" => self.edit_topic_comment(call),
            "board.getComments" => self.topic_comments(call),
            "board.getTopics" => self.topics(call),
            "board.openTopic" => self.close_topic(call, false),
            "board.restoreComment" => self.delete_topic_comment(call, false),
            "docs.getMessagesUploadServer"
            | "docs.getUploadServer"
            | "docs.getWallUploadServer"
            | "photos.getMessagesUploadServer"
            | "photos.getWallUploadServer"
            | "stories.getPhotoUploadServer"
            | "stories.getVideoUploadServer" => self.upload_server(call),
            "docs.save" => self.save_doc(call),
            "execute" => self.execute(call),
            "groups.ban" => self.ban(call),
            "groups.get" => self.groups_of(call),
            "groups.getBanned" => self.banned(call),
            "groups.getById" => self.groups_by_id(call),
            "groups.getCallbackConfirmationCode" => self.confirmation_code(call),
            "groups.getLongPollServer" => self.long_poll_server(call),
            "groups.getLongPollSettings" => self.long_poll_settings(call),
            "groups.getMembers" => self.members(call),
            "groups.getTokenPermissions" => Ok(self.token_permissions(call)),
            "groups.isMember" => self.is_member(call),
            "groups.join" => self.joins(call, true),
            "groups.leave" => self.joins(call, false),
            "groups.setLongPollSettings" => self.set_long_poll_settings(call),
            "groups.unban" => self.unban(call),
            "likes.add" => self.like(call, true),
            "likes.delete" => self.like(call, false),
            "likes.getList" => self.like_list_of(call),
            "likes.isLiked" => self.is_liked(call),
            "messages.delete" => self.delete_messages(call),
            "messages.edit" => self.edit_message(call),
            "messages.getById" | "messages.getByConversationMessageId" => self.messages_by_id(call),
            "messages.getConversations" => self.conversations(call),
            "messages.getConversationsById" => self.conversations_by_id(call),
            "messages.getHistory" => self.history(call),
            "messages.isMessagesFromGroupAllowed" => self.is_allowed(call),
            "messages.markAsRead" => self.mark_as_read(call),
            "messages.restore" => self.restore_message(call),
            "messages.send" => self.send(call),
            "messages.setActivity" => Ok(json!(1)),
            "newsfeed.getMentions" => self.newsfeed_mentions(call),
            "newsfeed.search" => self.newsfeed_search(call),
            "photos.getById" => self.photos_by_id(call),
            "photos.saveMessagesPhoto" | "photos.saveWallPhoto" => self.save_photo(call),
            "polls.addVote" => self.vote(call),
            "polls.create" => self.create_poll(call),
            "polls.deleteVote" => self.unvote(call),
            "polls.getById" => self.get_poll(call),
            "polls.getVoters" => self.voters(call),
            "stats.get" => self.stats(call),
            "stats.getPostReach" => self.post_reach(call),
            "stories.get" => self.get_stories(call),
            "stories.save" => self.save_stories(call),
            "users.get" => self.users_get(call),
            "utils.getShortLink" => self.short_link(call),
            "utils.resolveScreenName" => self.resolve_name(call),
            "video.get" => self.videos_get(call),
            "video.save" => self.save_video(call),
            "wall.closeComments" => self.open_comments(call, false),
            "wall.createComment" => self.create_comment(call),
            "wall.delete" => self.wall_delete(call),
            "wall.deleteComment" => self.delete_comment(call),
            "wall.edit" => self.wall_edit(call),
            "wall.editComment" => self.edit_comment(call),
            "wall.get" => self.wall_get(call),
            "wall.getById" => self.wall_get_by_id(call),
            "wall.getComment" => self.get_comment(call),
            "wall.getComments" => self.get_comments(call),
            "wall.getReposts" => self.wall_reposts(call),
            "wall.openComments" => self.open_comments(call, true),
            "wall.pin" => self.wall_pin(call, true),
            "wall.post" => self.wall_post(call),
            "wall.repost" => self.wall_repost(call),
            "wall.restore" => self.wall_restore(call),
            "wall.restoreComment" => self.restore_comment(call),
            "wall.search" => self.wall_search(call),
            "wall.unpin" => self.wall_pin(call, false),
            _ => Err(Refusal::new(3, "Unknown method passed")),
        }
    }
}
