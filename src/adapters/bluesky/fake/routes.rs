//! From a request to the method that answers it.

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::faults::{Fault, Rule};
use super::limits::Limiter;
use super::state::World;
use super::xrpc::{Answer, Call, Refusal, Reply, ReplyBody};
use super::{chat, feed, lexicon, messages, notify, people, repo, search, session, video};

/// Which service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Area {
    /// The PDS, open to all.
    Open,
    /// The PDS, for the owner of a session.
    Own,
    /// The PDS, for a refresh token, without a body.
    Refresh,
    AppView,
    Chat,
    Video,
}

type Handler = fn(&mut World, &Call<'_>) -> Answer;

/// A method: whether it is a query, who answers it, and with what.
type Route = (&'static str, bool, Area, Handler);

const GET: bool = true;
const POST: bool = false;

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    ("com.atproto.server.createSession", POST, Area::Open, session::create_session),
    ("com.atproto.server.createAccount", POST, Area::Open, session::create_account),
    ("com.atproto.server.createAppPassword", POST, Area::Own, session::create_app_password),
    ("com.atproto.server.refreshSession", POST, Area::Refresh, session::refresh_session),
    ("com.atproto.server.deleteSession", POST, Area::Refresh, session::delete_session),
    ("com.atproto.server.getSession", GET, Area::Own, session::get_session),
    ("com.atproto.server.describeServer", GET, Area::Open, session::describe_server),
    ("com.atproto.server.getServiceAuth", GET, Area::Own, session::get_service_auth),
    ("com.atproto.identity.resolveHandle", GET, Area::Open, session::resolve_handle),
    ("com.atproto.repo.createRecord", POST, Area::Own, repo::create_record),
    ("com.atproto.repo.putRecord", POST, Area::Own, repo::put_record),
    ("com.atproto.repo.deleteRecord", POST, Area::Own, repo::delete_record),
    ("com.atproto.repo.applyWrites", POST, Area::Own, repo::apply_writes),
    ("com.atproto.repo.getRecord", GET, Area::Open, repo::get_record),
    ("com.atproto.repo.listRecords", GET, Area::Open, repo::list_records),
    ("com.atproto.repo.describeRepo", GET, Area::Open, repo::describe_repo),
    ("com.atproto.repo.uploadBlob", POST, Area::Own, repo::upload_blob),
    ("com.atproto.sync.getBlob", GET, Area::Open, repo::get_blob),
    ("com.atproto.moderation.createReport", POST, Area::AppView, repo::create_report),
    ("app.bsky.actor.getProfile", GET, Area::AppView, people::get_profile),
    ("app.bsky.actor.getProfiles", GET, Area::AppView, people::get_profiles),
    ("app.bsky.actor.searchActors", GET, Area::AppView, people::search_actors),
    ("app.bsky.actor.searchActorsTypeahead", GET, Area::AppView, people::search_actors_typeahead),
    ("app.bsky.actor.getPreferences", GET, Area::AppView, people::get_preferences),
    ("app.bsky.actor.putPreferences", POST, Area::AppView, people::put_preferences),
    ("app.bsky.feed.getAuthorFeed", GET, Area::AppView, feed::get_author_feed),
    ("app.bsky.feed.getTimeline", GET, Area::AppView, feed::get_timeline),
    ("app.bsky.feed.getPostThread", GET, Area::AppView, feed::get_post_thread),
    ("app.bsky.feed.getPosts", GET, Area::AppView, feed::get_posts),
    ("app.bsky.feed.getLikes", GET, Area::AppView, feed::get_likes),
    ("app.bsky.feed.getRepostedBy", GET, Area::AppView, feed::get_reposted_by),
    ("app.bsky.feed.getQuotes", GET, Area::AppView, feed::get_quotes),
    ("app.bsky.feed.getActorLikes", GET, Area::AppView, feed::get_actor_likes),
    ("app.bsky.feed.searchPosts", GET, Area::AppView, search::search_posts),
    ("app.bsky.graph.getFollowers", GET, Area::AppView, people::get_followers),
    ("app.bsky.graph.getFollows", GET, Area::AppView, people::get_follows),
    ("app.bsky.graph.getRelationships", GET, Area::AppView, people::get_relationships),
    ("app.bsky.graph.getBlocks", GET, Area::AppView, people::get_blocks),
    ("app.bsky.graph.getMutes", GET, Area::AppView, people::get_mutes),
    ("app.bsky.graph.muteActor", POST, Area::AppView, people::mute_actor),
    ("app.bsky.graph.unmuteActor", POST, Area::AppView, people::unmute_actor),
    ("app.bsky.graph.muteThread", POST, Area::AppView, people::mute_thread),
    ("app.bsky.graph.unmuteThread", POST, Area::AppView, people::unmute_thread),
    ("app.bsky.bookmark.createBookmark", POST, Area::AppView, people::create_bookmark),
    ("app.bsky.bookmark.deleteBookmark", POST, Area::AppView, people::delete_bookmark),
    ("app.bsky.bookmark.getBookmarks", GET, Area::AppView, people::get_bookmarks),
    ("app.bsky.notification.listNotifications", GET, Area::AppView, notify::list_notifications),
    ("app.bsky.notification.getUnreadCount", GET, Area::AppView, notify::get_unread_count),
    ("app.bsky.notification.putPreferences", POST, Area::AppView, notify::put_preferences),
    ("app.bsky.notification.updateSeen", POST, Area::AppView, notify::update_seen),
    ("app.bsky.unspecced.getTrends", GET, Area::AppView, search::get_trends),
    ("app.bsky.unspecced.getTrendingTopics", GET, Area::AppView, search::get_trending_topics),
    ("chat.bsky.convo.listConvos", GET, Area::Chat, chat::list_convos),
    ("chat.bsky.convo.listConvoRequests", GET, Area::Chat, chat::list_convo_requests),
    ("chat.bsky.convo.acceptConvo", POST, Area::Chat, chat::accept_convo),
    ("chat.bsky.convo.leaveConvo", POST, Area::Chat, chat::leave_convo),
    ("chat.bsky.convo.getConvoForMembers", GET, Area::Chat, chat::get_convo_for_members),
    ("chat.bsky.convo.getConvo", GET, Area::Chat, chat::get_convo),
    ("chat.bsky.convo.getConvoAvailability", GET, Area::Chat, chat::get_convo_availability),
    ("chat.bsky.convo.getMessages", GET, Area::Chat, messages::get_messages),
    ("chat.bsky.convo.sendMessage", POST, Area::Chat, messages::send_message),
    ("chat.bsky.convo.sendMessageBatch", POST, Area::Chat, messages::send_message_batch),
    ("chat.bsky.convo.updateRead", POST, Area::Chat, chat::update_read),
    ("chat.bsky.convo.updateAllRead", POST, Area::Chat, chat::update_all_read),
    ("chat.bsky.convo.addReaction", POST, Area::Chat, messages::add_reaction),
    ("chat.bsky.convo.removeReaction", POST, Area::Chat, messages::remove_reaction),
    ("chat.bsky.convo.getLog", GET, Area::Chat, messages::get_log),
    ("chat.bsky.convo.deleteMessageForSelf", POST, Area::Chat, messages::delete_message_for_self),
    ("chat.bsky.convo.muteConvo", POST, Area::Chat, chat::mute_convo),
    ("chat.bsky.convo.unmuteConvo", POST, Area::Chat, chat::unmute_convo),
    ("app.bsky.video.uploadVideo", POST, Area::Video, video::upload_video),
    ("app.bsky.video.getJobStatus", GET, Area::Video, video::get_job_status),
    ("app.bsky.video.getUploadLimits", GET, Area::Video, video::get_upload_limits),
];

/// Hosts of the AppView itself, which answers public reads without a login.
const APPVIEW_HOSTS: [&str; 2] = ["public.api.bsky.app", "api.bsky.app"];
const VIDEO_HOST: &str = "video.bsky.app";
const APPVIEW_SERVICE: &str = "did:web:api.bsky.app#bsky_appview";

fn host_of(request: &Request<Bytes>) -> String {
    let named = request
        .headers()
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok());
    request
        .uri()
        .authority()
        .map(http::uri::Authority::as_str)
        .or(named)
        .unwrap_or("pds.test")
        .to_owned()
}

impl World {
    /// Answers a request: limits, scripted faults, then the method.
    pub(super) fn answer(&mut self, request: &Request<Bytes>, now: Timestamp) -> Reply {
        self.catch_up(now);
        self.limits.begin();
        let path = request.uri().path();
        let Some(nsid) = path.strip_prefix("/xrpc/") else {
            return self.page_at(path, &host_of(request));
        };
        if nsid == "_health" {
            return Reply::json(json!({ "version": "0.0.0-fake" }));
        }
        let params = request.uri().query().unwrap_or_default();
        let call = Call {
            nsid,
            host: host_of(request),
            params: url::form_urlencoded::parse(params.as_bytes())
                .into_owned()
                .collect(),
            headers: request.headers(),
            body: request.body(),
            input: Value::Null,
            now,
            viewer: None,
        };
        let counted = self.limits.spend(Limiter::Everything, "", 1, now);
        if let Err(refusal) = counted
            && self.keeps(Rule::RateRefuses)
        {
            return self.refused(&refusal);
        }
        match self.next_fault(nsid) {
            Some(fault) => self.faulty(fault, request, call),
            None => self.reply(request, call),
        }
    }

    fn reply(&mut self, request: &Request<Bytes>, call: Call<'_>) -> Reply {
        let now = call.now;
        let reply = self
            .dispatch(request, call)
            .unwrap_or_else(|refusal| self.refused(&refusal));
        // What this call wrote is there for the next one, where nothing lags.
        self.catch_up(now);
        reply
    }

    fn refused(&self, refusal: &Refusal) -> Reply {
        let body = if self.keeps(Rule::ErrorsAreJson) {
            ReplyBody::Json(refusal.body())
        } else {
            html(refusal.status)
        };
        Reply {
            status: refusal.status,
            body,
            headers: Vec::new(),
        }
    }

    fn next_fault(&mut self, nsid: &str) -> Option<Fault> {
        let at = self
            .faults
            .iter()
            .position(|(pattern, _)| match pattern.strip_suffix('*') {
                Some(start) => nsid.starts_with(start),
                None => nsid == pattern,
            })?;
        Some(self.faults.remove(at).1)
    }

    fn faulty(&mut self, fault: Fault, request: &Request<Bytes>, call: Call<'_>) -> Reply {
        match fault {
            Fault::Refuse {
                status,
                name,
                message,
            } => {
                let refusal = Refusal {
                    status,
                    name,
                    message,
                };
                Reply {
                    status,
                    body: ReplyBody::Json(refusal.body()),
                    headers: Vec::new(),
                }
            }
            Fault::DoneThenRefuse { status, name } => {
                self.reply(request, call);
                let body = json!({ "error": name, "message": name });
                Reply {
                    status,
                    body: ReplyBody::Json(body),
                    headers: Vec::new(),
                }
            }
            Fault::Html { status } => Reply {
                status,
                body: html(status),
                headers: Vec::new(),
            },
            Fault::DoneThenTruncated => {
                let mut reply = self.reply(request, call);
                if let ReplyBody::Json(body) = &reply.body {
                    let whole = body.to_string();
                    let half = Bytes::copy_from_slice(
                        whole.as_bytes().get(..whole.len() / 2).unwrap_or_default(),
                    );
                    reply.body = ReplyBody::File {
                        bytes: half,
                        mime: JSON.to_owned(),
                    };
                }
                reply
            }
            Fault::Answer(bytes) => Reply {
                status: 200,
                body: ReplyBody::File {
                    bytes,
                    mime: JSON.to_owned(),
                },
                headers: Vec::new(),
            },
        }
    }

    /// What the servers show outside of `/xrpc/`.
    fn page_at(&self, path: &str, host: &str) -> Reply {
        let text = |status, text: String| Reply {
            status,
            body: ReplyBody::File {
                bytes: Bytes::from(text),
                mime: "text/plain; charset=utf-8".to_owned(),
            },
            headers: Vec::new(),
        };
        match path {
            "/" => text(
                200,
                "This is a fake of an AT Protocol server, for tests.".to_owned(),
            ),
            "/.well-known/atproto-did" => match self.find(host.split(':').next().unwrap_or(host)) {
                Some(account) => text(200, account.did.clone()),
                None => text(404, "User not found".to_owned()),
            },
            _ => Reply {
                status: 404,
                body: html(404),
                headers: Vec::new(),
            },
        }
    }

    fn dispatch(&mut self, request: &Request<Bytes>, mut call: Call<'_>) -> Answer {
        let nsid = call.nsid;
        if nsid.is_empty() || nsid.contains('/') {
            return Err(Refusal::invalid("invalid xrpc path"));
        }
        let route = ROUTES.iter().find(|(name, ..)| *name == nsid);
        self.check_service(&call, route.map(|(_, _, area, _)| *area))?;
        let Some((_, query, area, handler)) = route else {
            return self.unknown(nsid);
        };
        let wanted = if *query {
            http::Method::GET
        } else {
            http::Method::POST
        };
        if request.method() != wanted {
            return Err(Refusal::invalid(format!(
                "Incorrect HTTP method ({}) expected {wanted}",
                request.method()
            )));
        }
        self.authorise(&mut call, *area)?;
        if !query {
            call.input = read_input(&call, *area)?;
        } else if matches!(area, Area::Open | Area::Own) && !call.body.is_empty() {
            // What is passed on to another service loses its body on the way instead.
            return Err(Refusal::unwanted_body());
        }
        match handler(self, &call) {
            Err(refusal) if refusal.status == 429 && !self.keeps(Rule::RateRefuses) => {
                Err(Refusal::internal())
            }
            answer => answer,
        }
    }

    /// Whether the service that the call goes to is there.
    fn check_service(&self, call: &Call<'_>, area: Option<Area>) -> Result<(), Refusal> {
        let nsid = call.nsid;
        let proxied = call.header("atproto-proxy");
        if let Some(service) = proxied {
            if !service.contains('#') {
                return Err(Refusal::invalid("no service id specified in proxy header"));
            }
            let known = [APPVIEW_SERVICE, chat::CHAT_SERVICE].contains(&service);
            if !known || (service == chat::CHAT_SERVICE && !self.settings.chat) {
                return Err(Refusal::internal());
            }
        }
        let to_chat = proxied == Some(chat::CHAT_SERVICE);
        match area {
            Some(Area::Open | Area::Own | Area::Refresh) => Ok(()),
            Some(Area::Video) if self.is_video_call(call) => Ok(()),
            Some(Area::Chat) if to_chat && self.keeps(Rule::ChatNeedsProxyHeader) => Ok(()),
            _ if !self.settings.appview => Err(Refusal::invalid(format!(
                "No service configured for {nsid}"
            ))),
            Some(Area::AppView) if !to_chat => Ok(()),
            None => Ok(()),
            _ => Err(Refusal::not_supported()),
        }
    }

    /// The video service has its own host; on one address for all, its tokens tell it from the PDS.
    fn is_video_call(&self, call: &Call<'_>) -> bool {
        call.host == VIDEO_HOST
            || call.nsid == "app.bsky.video.getJobStatus"
            || self.service_token(call).is_ok()
            || self
                .service_token(call)
                .is_err_and(|refusal| refusal.name == "JwtExpired")
    }

    fn unknown(&self, nsid: &str) -> Answer {
        if !self.keeps(Rule::UnknownMethodIsRefused) {
            return Ok(Reply::json(json!({})));
        }
        if nsid.starts_with("chat.bsky.") || nsid.starts_with("app.bsky.video.") {
            return Err(Refusal::not_supported());
        }
        Err(Refusal::not_implemented())
    }

    fn authorise(&self, call: &mut Call<'_>, area: Area) -> Result<(), Refusal> {
        match area {
            Area::Open | Area::Refresh | Area::Video => {}
            Area::AppView => {
                let host = call.host.as_str();
                let public = self.settings.public_reads || APPVIEW_HOSTS.contains(&host);
                if !public || call.header("authorization").is_some() {
                    call.viewer = Some(self.session(call)?.did);
                }
            }
            Area::Own => call.viewer = Some(self.session(call)?.did),
            Area::Chat => {
                let session = self.session(call)?;
                if !session.may_chat() && self.keeps(Rule::ChatNeedsPrivilege) {
                    return Err(Refusal::named("InvalidToken", "Bad token method"));
                }
                call.viewer = Some(session.did);
            }
        }
        Ok(())
    }
}

pub(super) const JSON: &str = "application/json; charset=utf-8";

fn html(status: u16) -> ReplyBody {
    let page = format!(
        "<!DOCTYPE html><html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    );
    ReplyBody::File {
        bytes: Bytes::from(page),
        mime: "text/html; charset=utf-8".to_owned(),
    }
}

/// The JSON input of a procedure, checked against its lexicon.
fn read_input(call: &Call<'_>, area: Area) -> Result<Value, Refusal> {
    let Some(shape) = lexicon::input(call.nsid) else {
        if area == Area::Refresh && !call.body.is_empty() {
            return Err(Refusal::unwanted_body());
        }
        return Ok(Value::Null);
    };
    let kind = call.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.is_empty() {
        return Err(Refusal::invalid(
            "Request encoding (Content-Type) required but not provided",
        ));
    }
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::invalid(format!(
            "Wrong request encoding (Content-Type): {kind}"
        )));
    }
    let input = if call.body.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(call.body)
            .map_err(|error| Refusal::named("SyntaxError", error.to_string()))?
    };
    if !input.is_object() && !input.is_array() {
        return Err(Refusal::named(
            "SyntaxError",
            "The JSON is neither an object nor an array",
        ));
    }
    shape.check(&input, "$").map_err(Refusal::invalid)?;
    Ok(input)
}
