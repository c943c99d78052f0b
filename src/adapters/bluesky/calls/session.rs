//! Logins: made once, kept, renewed, and made anew only when nothing else helps.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_core::future::BoxFuture;
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use super::super::fault::Asked;
use super::super::rules::NETWORK;
use super::super::{Bluesky, id, wire};
use super::{Voice, harmless, xrpc};
use crate::client::{Answer, Held, Login, Request, WriteSafety, without};
use crate::error::{Error, ErrorKind, Result};
use crate::network::LoginStatus;
use crate::operation::Operation;
use crate::shared::texts::Texts;

/// How long before its end a token is renewed, so that no call meets its end on the way.
const EARLY: SignedDuration = SignedDuration::from_secs(60);

/// How long an account that is told to be inactive is taken to be so: then it is asked again, as its owner may have
/// woken it.
const REST: SignedDuration = SignedDuration::from_mins(5);

/// A login's tokens, and whose they are. `Debug` shows no token.
///
/// Made by a login, or from tokens that another program got; kept where
/// [`token_store`](crate::adapters::bluesky::BlueskyBuilder::token_store) says.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Session {
    did: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handle: Option<Box<str>>,
    access: Access,
    refresh: Box<str>,
    /// The server that holds the account, where a login at the entryway told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    server: Option<Box<str>>,
    /// When the access token ends, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends: Option<i64>,
    /// What the account was told to be, where it was not active when these tokens were given. They are good all the same,
    /// and it may come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rest: Option<Box<str>>,
    /// When that was told, in seconds since 1970; whoever reads the tokens anew asks anew.
    #[serde(skip)]
    told: Option<i64>,
}

/// An access token, kept as the header field that every call shows: once, as tokens are long and accounts are many.
#[derive(Clone, PartialEq, Eq)]
struct Access(HeaderValue);

impl Access {
    fn new(token: &str) -> Result<Self> {
        crate::client::bearer(token).map(Self)
    }

    /// The token alone.
    fn token(&self) -> &str {
        let shown = self.0.to_str().unwrap_or_default();
        shown
            .strip_prefix(crate::client::BEARER)
            .unwrap_or_default()
    }
}

impl Serialize for Access {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.token())
    }
}

/// By hand, since a derived one is compiled for each member of the struct: 5 kB more in every program.
impl<'de> Deserialize<'de> for Session {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Session", &MEMBERS, Stored)
    }
}

/// What a session is written as: texts, and last when its access token ends.
const MEMBERS: [&str; 7] = [
    "did", "handle", "access", "refresh", "server", "rest", "ends",
];

/// Reads a session as it is written.
struct Stored;

impl<'de> Visitor<'de> for Stored {
    type Value = Session;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a session")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Session, M::Error> {
        let mut texts = [const { None::<Box<str>> }; MEMBERS.len() - 1];
        let mut ends = None;
        while let Some(name) = members.next_key::<String>()? {
            match MEMBERS.iter().position(|known| *known == name) {
                Some(at) => match texts.get_mut(at) {
                    Some(text) => *text = members.next_value()?,
                    None => ends = members.next_value()?,
                },
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        let [did, handle, access, refresh, server, rest] = texts;
        let needed =
            |text: Option<Box<str>>, name| text.ok_or_else(|| M::Error::missing_field(name));
        let (did, access) = (needed(did, "did")?, needed(access, "access")?);
        let refresh = needed(refresh, "refresh")?;
        Ok(Session {
            did,
            handle,
            access: Access::new(&access).map_err(|error| M::Error::custom(error.message()))?,
            refresh,
            server,
            ends,
            rest,
            told: None,
        })
    }
}

impl Session {
    /// The session that these two tokens belong to. Whose it is stands in the access token.
    ///
    /// # Errors
    /// `Config` where the access token is not one of the AT Protocol's.
    pub fn new(access: impl Into<String>, refresh: impl Into<String>) -> Result<Self> {
        let access = access.into();
        let claims = claims(&access);
        let Some(did) = claims.sub.filter(|did| id::is_did(did)) else {
            return Err(Error::config(
                "the access token does not say whose it is: pass the accessJwt of createSession, or log in with an \
                 identifier and an app password",
            )
            .with_network(NETWORK));
        };
        Ok(Self {
            did: did.into(),
            handle: None,
            ends: claims.exp,
            access: Access::new(&access)
                .map_err(|error| Error::config(error.message()).with_network(NETWORK))?,
            refresh: refresh.into().into(),
            server: None,
            rest: None,
            told: None,
        })
    }

    /// Whose session it is, as a DID.
    pub fn did(&self) -> &str {
        &self.did
    }

    /// The account's handle, where a login told it.
    pub fn handle(&self) -> Option<&str> {
        self.handle.as_deref()
    }

    /// What shows the access token to the server.
    pub(super) fn bearer(&self) -> HeaderValue {
        self.access.0.clone()
    }

    /// The server that holds the account, where a login at the entryway told it.
    pub(in super::super) fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// What the tokens tell of the login.
    pub(in super::super) fn status(&self) -> LoginStatus {
        let scope = claims(self.access.token()).scope;
        // The names are the server's (PDS, auth-scope).
        let kind = match scope.as_deref() {
            Some("com.atproto.appPass" | "com.atproto.appPassPrivileged") => "app password",
            Some("com.atproto.access") => "account password",
            _ => "session",
        };
        let mut status = LoginStatus::new(kind);
        if let Some(scope) = &scope {
            status = status.scopes(scope.split_whitespace());
        }
        status.expires_at = self.ends.and_then(|ends| Timestamp::from_second(ends).ok());
        status
    }

    fn read(answer: &Answer, before: Option<&Session>, now: Timestamp) -> Result<Self> {
        let body: wire::SessionBody<'_> = wire::read(answer)?;
        let (Some(access), Some(refresh)) = (body.access_jwt.get(), body.refresh_jwt.get()) else {
            return Err(answer.unreadable("it holds no tokens"));
        };
        let claims = claims(access);
        let did = body
            .did
            .owned()
            .or(claims.sub)
            .filter(|did| id::is_did(did));
        let Some(did) = did else {
            return Err(answer.unreadable("it does not say whose tokens they are"));
        };
        // The old tokens are used up, so the new ones are kept whatever the account may do with them now.
        let rests = body.active.0 == Some(false);
        let rest = rests.then(|| body.status.get().unwrap_or("not active").into());
        let server = body.did_doc.get().and_then(server_of);
        Ok(Self {
            did: did.into(),
            handle: (body.handle.get())
                .map(|handle| handle.to_ascii_lowercase().into())
                .or_else(|| before.and_then(|b| b.handle.clone())),
            access: Access::new(access)?,
            refresh: refresh.into(),
            server: (server.map(Into::into)).or_else(|| before.and_then(|b| b.server.clone())),
            ends: claims.exp,
            rest,
            told: rests.then(|| now.as_second()),
        })
    }

    /// Whether it was told just now that the account is not active, so that it need not be asked again.
    fn surely_rests(&self, now: Timestamp) -> bool {
        let passed = now.as_second().checked_sub(self.told.unwrap_or(i64::MIN));
        passed.is_some_and(|passed| (0..REST.as_secs()).contains(&passed))
    }

    /// The session, unless its account is not active.
    fn awake(held: Arc<Held<Self>>) -> Result<Arc<Held<Self>>> {
        match &held.tokens.rest {
            Some(status) => Err(Error::new(
                ErrorKind::Suspended,
                format!("the account is {status}: sign in at the app to see what can be done"),
            )
            .with_network(NETWORK)),
            None => Ok(held),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("did", &self.did)
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}

/// What a login shows.
#[derive(Serialize)]
struct Credentials<'a> {
    identifier: &'a str,
    password: &'a str,
}

/// What a token says of itself.
#[derive(Default)]
struct Claims {
    sub: Option<String>,
    exp: Option<i64>,
    scope: Option<String>,
}

/// The claims of a token, unchecked: only its server can check them, and only they tell when it ends.
fn claims(token: &str) -> Claims {
    let middle = token.split('.').nth(1).unwrap_or_default();
    let json = URL_SAFE_NO_PAD.decode(middle.trim_end_matches('=')).ok();
    let json = json.and_then(|json| String::from_utf8(json).ok());
    let told = json.and_then(|json| {
        let texts = Texts::default();
        let told: wire::Claims<'_> = wire::read_text(&json, &texts).ok()?;
        Some(Claims {
            sub: told.sub.owned(),
            exp: told.exp.0.and_then(|ends| i64::try_from(ends).ok()),
            scope: told.scope.owned(),
        })
    });
    told.unwrap_or_default()
}

/// The server that a DID's document names.
fn server_of(document: &wire::DidDocument<'_>) -> Option<String> {
    document
        .service
        .objects()
        .find(|service| service.id.or_empty().ends_with("#atproto_pds"))
        .and_then(|service| service.service_endpoint.owned())
}

/// Under which key an account's tokens are kept.
pub(in super::super) fn session_key(base: &Url, who: &str) -> String {
    let host = base.host_str().unwrap_or_default();
    match base.port() {
        Some(port) => format!("{NETWORK}:{who}@{host}:{port}"),
        None => format!("{NETWORK}:{who}@{host}"),
    }
}

impl Bluesky {
    /// The session in use; made if there is none yet.
    pub(super) async fn session(&self) -> Result<Arc<Held<Session>>> {
        match self.inner.keeper.peek() {
            Some(held) => Ok(held),
            None => self.first_session().await,
        }
    }

    /// Boxed, since it is awaited in many places and the compiler makes a copy of a future's code in each.
    fn first_session(&self) -> BoxFuture<'_, Result<Arc<Held<Session>>>> {
        Box::pin(self.begun())
    }

    async fn begun(&self) -> Result<Arc<Held<Session>>> {
        let this = self.clone();
        let held = self
            .inner
            .keeper
            .current(move || async move {
                let given = this.inner.given().clone();
                match given {
                    Some(session) => Ok(*session),
                    None => this.log_in().await,
                }
            })
            .await
            .map_err(named)?;
        // What is in use need not be held twice.
        *self.inner.given() = None;
        self.inner.speaks_anew();
        Ok(held)
    }

    /// The session in use, renewed when its token is about to end; `Suspended` while its account is not active.
    pub(super) async fn fresh_session(&self) -> Result<Arc<Held<Session>>> {
        let held = self.session().await?;
        let now = self.now();
        if held.tokens.rest.is_some() && !held.tokens.surely_rests(now) {
            // A login is dear and a renewal cheap, and it tells as well whether the account is back.
            return Session::awake(self.renew(held.login).await?);
        }
        let held = Session::awake(held)?;
        let ends = held
            .tokens
            .ends
            .and_then(|ends| Timestamp::from_second(ends).ok());
        let Some(ends) = ends.filter(|ends| now.duration_until(*ends) <= EARLY) else {
            return Ok(held);
        };
        match self.renew(held.login).await {
            // The old token still holds for a moment: a passing trouble must not cost this call.
            Err(error) if now < ends && error.kind() != &ErrorKind::Unauthorized => Ok(held),
            outcome => Session::awake(outcome?),
        }
    }

    /// The server that holds the account, for whom its name matters. Tokens that another program got do not tell it; the
    /// entryway does where it is asked.
    pub(super) async fn holder(&self, operation: &Operation, session: &Session) -> Result<Url> {
        if self.inner.entryway && session.server.is_none() {
            let nsid = "com.atproto.server.getSession";
            let answer = self.ask(operation, nsid, &[]).await?;
            let told: wire::SessionBody<'_> = wire::read(&answer)?;
            let server = told.did_doc.get().and_then(server_of);
            if let Some(server) = self.inner.named(server.as_deref()) {
                return Ok(server);
            }
        }
        Ok(self.inner.server(session).into_owned())
    }

    /// Gets new tokens in place of a session that is called expired.
    pub(super) async fn renew(&self, stale: Login) -> Result<Arc<Held<Session>>> {
        let this = self.clone();
        let held = self
            .inner
            .keeper
            .renew(stale, move |old| async move { this.refreshed(old).await })
            .await
            .map_err(named)?;
        self.inner.speaks_anew();
        Ok(held)
    }

    /// New tokens for old ones; where the login has ended, one new login if there is a password.
    async fn refreshed(&self, old: Session) -> Result<Session> {
        let operation = Operation::named("com.atproto.server.refreshSession");
        let url = xrpc(&self.inner.base, operation.as_str());
        // The old token goes on giving the same new one for a while, so that a lost answer may be asked for again.
        let mut request = Request::post(operation, url).safety(WriteSafety::Idempotent);
        request.charges = self
            .spender(&old.did)
            .charges("com.atproto.server.refreshSession", 0);
        let voice = Voice {
            bluesky: self,
            asked: Asked::Refresh,
            token: Some(&old.refresh),
        };
        match self.inner.client.send(&voice, request).await {
            Ok(answer) => Session::read(&answer, Some(&old), self.now()).map_err(harmless),
            Err(error) if error.kind() == &ErrorKind::Unauthorized => {
                if self.inner.password.is_some() {
                    self.log_in().await
                } else {
                    Err(error)
                }
            }
            Err(error) => Err(harmless(error)),
        }
    }

    /// A new login. Servers allow few of them a day, so it is made only where no token helps.
    fn log_in<'a>(&'a self) -> BoxFuture<'a, Result<Session>> {
        Box::pin(async move {
            let (Some(identifier), Some(password)) = (&self.inner.identifier, &self.inner.password)
            else {
                return Err(Error::new(
                    ErrorKind::Unauthorized,
                    "there is no login: set an identifier and an app password, or the tokens of a session",
                ));
            };
            let nsid = "com.atproto.server.createSession";
            let operation = Operation::named(nsid);
            let url = xrpc(&self.inner.base, nsid);
            let body = Credentials {
                identifier,
                password: password.expose(),
            };
            // A login that is lost does no harm, and another costs no more than what the budget grants.
            let mut request = Request::post(operation, url)
                .safety(WriteSafety::Idempotent)
                .json(&body)?;
            request.charges = self.spender(identifier).charges(nsid, 0);
            let voice = Voice {
                bluesky: self,
                asked: Asked::Login,
                token: None,
            };
            let answer = self
                .inner
                .client
                .send(&voice, request)
                .await
                .map_err(|error| harmless(without(error, &[password.expose()])))?;
            Session::read(&answer, None, self.now()).map_err(harmless)
        })
    }

    fn now(&self) -> Timestamp {
        self.inner.client.clock().now()
    }
}

fn named(error: Error) -> Error {
    match error.network() {
        Some(_) => error,
        None => error.with_network(NETWORK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_session_knows_whose_it_is_and_shows_no_token() {
        let access = token(r#"{"sub":"did:plc:alice","exp":1795393741}"#);
        let session = Session::new(&access, "refresh-secret").unwrap();
        assert_eq!(session.did(), "did:plc:alice");
        assert_eq!(session.ends, Some(1_795_393_741));
        let shown = format!("{session:?}");
        assert!(
            !shown.contains("secret") && !shown.contains(&access),
            "{shown}"
        );
        let back: Session =
            serde_json::from_str(&serde_json::to_string(&session).unwrap()).unwrap();
        assert_eq!(back, session);
        assert_eq!(session.bearer(), format!("Bearer {access}").as_str());
        let stored = serde_json::to_value(&session).unwrap();
        assert_eq!(stored["access"], access.as_str());
    }

    #[test]
    fn what_is_told_of_an_inactive_account_holds_for_minutes_and_is_kept_with_its_tokens() {
        let access = token(r#"{"sub":"did:plc:alice","exp":1795393741}"#);
        let mut session = Session::new(&access, "r").unwrap();
        let stored = serde_json::to_value(&session).unwrap();
        assert_eq!(stored.get("rest"), None, "stored as before");
        session.rest = Some("deactivated".into());
        session.told = Some(1_795_000_000);
        let stored = serde_json::to_string(&session).unwrap();
        let mut back: Session = serde_json::from_str(&stored).unwrap();
        let at = |second: i64| Timestamp::from_second(1_795_000_000 + second).unwrap();
        assert_eq!(back.rest, session.rest);
        assert!(!back.surely_rests(at(0)), "it is asked once more");
        back.told = session.told;
        assert!(back.surely_rests(at(0)) && back.surely_rests(at(299)));
        assert!(!back.surely_rests(at(300)));
        assert!(!back.surely_rests(at(-1)), "by a clock that went wrong");
    }

    #[test]
    fn a_session_is_read_with_members_of_a_later_program_and_not_without_its_own() {
        let access = token(r#"{"sub":"did:plc:alice"}"#);
        let mut session = Session::new(&access, "r").unwrap();
        session.handle = Some("alice.example".into());
        session.server = Some("https://pds.example".into());
        session.ends = Some(-1);
        session.rest = Some("deactivated".into());
        let whole = serde_json::to_value(&session).unwrap();
        let read = |change: &dyn Fn(&mut serde_json::Map<String, serde_json::Value>)| {
            let mut stored = whole.clone();
            change(stored.as_object_mut().unwrap());
            serde_json::from_str::<Session>(&stored.to_string())
        };
        let later = read(&|stored| {
            stored.insert("later".into(), serde_json::json!({"a": [1]}));
        });
        assert!(later.unwrap() == session);
        for (name, bare) in [
            (
                "handle",
                Session {
                    handle: None,
                    ..session.clone()
                },
            ),
            (
                "server",
                Session {
                    server: None,
                    ..session.clone()
                },
            ),
            (
                "ends",
                Session {
                    ends: None,
                    ..session.clone()
                },
            ),
            (
                "rest",
                Session {
                    rest: None,
                    ..session.clone()
                },
            ),
        ] {
            let without = read(&|stored| {
                stored.remove(name);
            });
            assert!(without.unwrap() == bare, "{name}");
            let null = read(&|stored| {
                stored.insert(name.into(), serde_json::Value::Null);
            });
            assert!(null.unwrap() == bare, "{name}");
        }
        for name in ["did", "access", "refresh"] {
            let without = read(&|stored| {
                stored.remove(name);
            });
            let error = without.unwrap_err().to_string();
            assert!(
                error.contains(&format!("missing field `{name}`")),
                "{error}"
            );
            let wrong = read(&|stored| {
                stored.insert(name.into(), 1.into());
            });
            assert!(wrong.is_err(), "{name}");
        }
    }

    #[test]
    fn garbled_tokens_are_refused_without_showing_them() {
        for bad in [
            "",
            "abc",
            "a.b.c",
            &token("[]"),
            &token(r#"{"sub":"alice"}"#),
            &format!("{}\n", token(r#"{"sub":"did:plc:alice"}"#)),
            &format!("{}é", token(r#"{"sub":"did:plc:alice"}"#)),
        ] {
            let error = Session::new(bad, "r").unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Config);
            assert!(bad.is_empty() || !error.to_string().contains(bad));
        }
    }
}
