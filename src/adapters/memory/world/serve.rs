//! Requests in, answers out.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::journal::RecordKind;
use super::state::{Ask, MediaRow, No, State};
use super::{ids, show};
use crate::adapters::memory::rules;
use crate::adapters::memory::wire::{
    AccountArgs, AccountsArgs, Done, EditArgs, EngageArgs, Failed, KeyArgs, LoginArgs, MaybePost,
    MessagesArgs, PostArgs, PostsArgs, Problem, PublishArgs, RefreshArgs, Rules, SendArgs,
    UploadArgs, Uploaded,
};
use crate::error::Rule;
use crate::model::{
    AudienceQuery, EventQuery, MediaKind, Moderation, PageRequest, Period, PostQuery,
    PromotionQuery, TrendScope,
};

impl No {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Suspended | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) | Self::Duplicate(_) => StatusCode::CONFLICT,
            Self::Invalid(_) | Self::Rejected(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Closed(_) => StatusCode::GONE,
            Self::Limited => StatusCode::TOO_MANY_REQUESTS,
            Self::Spent => StatusCode::PAYMENT_REQUIRED,
        }
    }

    pub(super) fn problem(&self) -> Problem {
        let say = |code: &str, message: &str| Problem {
            code: code.to_owned(),
            message: message.to_owned(),
            ..Problem::default()
        };
        match self {
            Self::Unauthorized(why) => say("unauthorized", why),
            Self::Suspended => say("suspended", "the account is suspended"),
            Self::Forbidden(need) => say("forbidden", need),
            Self::NotFound(what) => say("not_found", what),
            Self::Conflict(why) => say("conflict", why),
            Self::Invalid(violations) => Problem {
                violations: violations.clone(),
                ..say("invalid", "the request breaks rules")
            },
            Self::Duplicate(post) => Problem {
                post: Some(ids::post(*post).into()),
                ..say("duplicate", "the same text was published just before")
            },
            Self::Closed(why) => say("closed", why),
            Self::Rejected(word) => say(
                "rejected",
                &format!("`{word}` is not wanted here: leave it out"),
            ),
            Self::Limited => say("limited", "no more calls in this period"),
            Self::Spent => say("quota", "the quota is used up"),
        }
    }
}

/// Answers one request.
pub(super) fn answer(
    state: &mut State,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Response<Bytes> {
    state.tick(now);
    if let Some(file) = file(state, request.uri().path()) {
        return file;
    }
    let (outcome, told) = handle(state, request, now);
    let (status, body) = match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(no) => {
            let failed = Failed {
                error: no.problem(),
            };
            (no.status(), json(&failed).unwrap_or_default())
        }
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = told;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// A file that was uploaded, for everybody.
fn file(state: &State, path: &str) -> Option<Response<Bytes>> {
    let number = path.strip_prefix("/media/")?.parse().ok()?;
    let row = state
        .media
        .get(&number)
        .filter(|row| !row.body.is_empty())?;
    let mut response = Response::new(row.body.clone());
    let kind = HeaderValue::from_str(&row.media_type).ok()?;
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Some(response)
}

fn handle(
    state: &mut State,
    request: &Request<Bytes>,
    now: Timestamp,
) -> (Ask<Vec<u8>>, HeaderMap) {
    let path = request.uri().path();
    match path {
        "/session" => return (log_in(state, request.body(), now), HeaderMap::new()),
        "/session/refresh" => return (refresh(state, request.body(), now), HeaderMap::new()),
        _ => {}
    }
    let Some(operation) = path.strip_prefix("/v1/") else {
        return (Err(No::NotFound("there is no such page")), HeaderMap::new());
    };
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    let me = match token {
        Some(token) => state.who(token, now),
        None => Err(No::Unauthorized("there is no login: log in first")),
    };
    let me = match me {
        Ok(me) => me,
        Err(no) => return (Err(no), HeaderMap::new()),
    };
    let (counted, told) = state.count(&me, operation, now);
    let outcome = counted.and_then(|()| dispatch(state, &me, operation, request, now));
    if state.records.is_some() && outcome.is_ok() && request.method() == Method::GET {
        let asked = asked(request).into_owned();
        state.record(
            RecordKind::Read,
            &me,
            now,
            operation.to_owned(),
            None,
            asked,
        );
    }
    (outcome, told)
}

fn log_in(state: &mut State, body: &[u8], now: Timestamp) -> Ask<Vec<u8>> {
    let args: LoginArgs<'_> = serde_json::from_slice(body).map_err(unreadable)?;
    json(&state.log_in(&args.handle.0, &args.password.0, now)?)
}

fn refresh(state: &mut State, body: &[u8], now: Timestamp) -> Ask<Vec<u8>> {
    let args: RefreshArgs<'_> = serde_json::from_slice(body).map_err(unreadable)?;
    json(&state.refresh(&args.refresh.0, now)?)
}

fn unreadable(error: serde_json::Error) -> No {
    No::invalid(
        Rule::Malformed,
        "body",
        format!("the request cannot be read: {error}"),
    )
}

fn json(value: &impl Serialize) -> Ask<Vec<u8>> {
    serde_json::to_vec(value).map_err(unreadable)
}

/// What is asked: from the query of a question, from the body of a write.
fn args<T: DeserializeOwned>(request: &Request<Bytes>) -> Ask<T> {
    if request.method() != Method::GET {
        return serde_json::from_slice(request.body()).map_err(unreadable);
    }
    in_query(request)
}

fn in_query<T: DeserializeOwned>(request: &Request<Bytes>) -> Ask<T> {
    serde_json::from_str(&asked(request)).map_err(unreadable)
}

/// What a question asks, as JSON.
fn asked(request: &Request<Bytes>) -> Cow<'_, str> {
    let query = request.uri().query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "args")
        .map_or_else(|| "{}".into(), |(_, value)| value)
}

fn dispatch(
    state: &mut State,
    me: &str,
    operation: &str,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Ask<Vec<u8>> {
    const NO_ACCOUNT: No = No::NotFound("there is no such account");
    const NO_POST: No = No::NotFound("there is no such post");
    match operation {
        "profile.refresh" => json(&Rules {
            text: state.settings.text.clone(),
            media: state.settings.media.clone(),
            poll_options: rules::POLL_OPTIONS,
        }),
        "me" => json(&show::account(state, me, me).ok_or(NO_ACCOUNT)?),
        "account" => {
            let args: AccountArgs = args(request)?;
            let handle = state.handle_of(me, &args.account)?;
            json(&show::account(state, me, &handle).ok_or(NO_ACCOUNT)?)
        }
        "upload" => {
            let id = ids::media(upload(state, me, request)?);
            json(&Uploaded { id: id.into() })
        }
        "publish" => {
            let args: PublishArgs<'_> =
                serde_json::from_slice(request.body()).map_err(unreadable)?;
            let number = state.publish(me, &args.key.0, &args.post, now)?;
            json(&show::post(state, me, number).ok_or(NO_POST)?)
        }
        "reconcile" => {
            let args: KeyArgs = args(request)?;
            let number = state.published_as(me, args.key.as_str());
            let post = number.and_then(|n| show::post(state, me, n));
            json(&MaybePost { post })
        }
        "edit" => {
            let args: EditArgs = args(request)?;
            let number = ids::post_number(args.post.as_str())?;
            state.edit(me, number, args.change, now)?;
            json(&show::post(state, me, number).ok_or(NO_POST)?)
        }
        "delete" => {
            let args: PostArgs = args(request)?;
            let number = ids::post_number(args.post.as_str())?;
            let done = state.delete(me, number, now)?;
            json(&Done { done })
        }
        "post" => {
            let args: PostArgs = args(request)?;
            let number = ids::post_number(args.post.as_str())?;
            state.visible(me, number)?;
            json(&show::post(state, me, number).ok_or(NO_POST)?)
        }
        "membership" => {
            let args: AccountsArgs = args(request)?;
            json(&state.members(me, &args.accounts))
        }
        "conversations" => {
            let page: PageRequest = args(request)?;
            json(&state.conversations_for(me, &page, now)?)
        }
        "messages" => {
            let args: MessagesArgs = args(request)?;
            json(&state.messages_for(me, &args, now)?)
        }
        "metrics.post" => {
            let args: PostsArgs = args(request)?;
            json(&state.measured(me, &args.posts, now))
        }
        "metrics.account" => {
            let period: Period = args(request)?;
            json(&state.account_figures(me, &period, now))
        }
        "promotions" => {
            let query: PromotionQuery = args(request)?;
            json(&state.promotions_for(me, &query, now)?)
        }
        "trending" => {
            let scope: TrendScope = args(request)?;
            json(&state.trends_for(&scope, now)?)
        }
        "events" => {
            let query: EventQuery = args(request)?;
            json(&state.events_for(me, &query, now)?)
        }
        _ if operation.starts_with("posts.") => {
            let query: PostQuery = args(request)?;
            json(&state.posts_for(me, &query, now)?)
        }
        _ if operation.starts_with("engage.") => {
            let args: EngageArgs<'_> = args(request)?;
            json(&state.engage(me, &args.target, &args.engagement, now)?)
        }
        _ if operation.starts_with("audience.") => {
            let query: AudienceQuery = args(request)?;
            json(&state.audience_for(me, &query, now)?)
        }
        _ if operation.starts_with("moderate.") => {
            let moderation: Moderation = args(request)?;
            state.moderate(me, &moderation, now)?;
            json(&Done { done: true })
        }
        _ if operation.starts_with("send") => {
            let args: SendArgs = args(request)?;
            let number = state.send(me, &args, now)?;
            json(
                &show::message(state, me, number)
                    .ok_or(No::NotFound("there is no such message"))?,
            )
        }
        _ => Err(No::NotFound("there is no such operation")),
    }
}

/// Takes a file. The same file of the same account is one file, however often it comes.
fn upload(state: &mut State, me: &str, request: &Request<Bytes>) -> Ask<u64> {
    let args: UploadArgs = in_query(request)?;
    let body = request.body();
    if body.is_empty() {
        return Err(No::invalid(Rule::Empty, "media", "the file is empty"));
    }
    let media_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream")
        .to_owned();
    let kind = args.kind.unwrap_or_else(|| MediaKind::of_type(&media_type));
    let bytes = body.len() as u64;
    let most = state.settings.media.kinds.get(&kind);
    if let Some(most) = most.and_then(|limit| limit.max_bytes)
        && bytes > most
    {
        let message = format!("the file has {bytes} bytes, {most} are allowed");
        return Err(No::invalid(Rule::TooLarge, "media", message));
    }
    use std::hash::Hasher;
    let mut hasher = siphasher::sip::SipHasher13::new();
    hasher.write(body);
    let fingerprint = hasher.finish();
    let same = |row: &MediaRow| {
        row.fingerprint == fingerprint
            && row.bytes == bytes
            && row.owner == me
            && row.media_type == media_type
            && row.kind == kind
    };
    if let Some((number, _)) = state.media.iter().find(|(_, row)| same(row)) {
        return Ok(*number);
    }
    let row = MediaRow {
        owner: me.to_owned(),
        kind,
        media_type,
        bytes,
        body: body.clone(),
        fingerprint,
        dimensions: args.dimensions,
        duration: args.duration,
    };
    let number = state.number();
    state.media.insert(number, row);
    Ok(number)
}
