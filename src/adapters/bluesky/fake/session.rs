//! Logins and tokens (com.atproto.server).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::faults::Rule;
use super::ids;
use super::limits::Limiter;
use super::state::{Account, Refresh, Standing, World};
use super::syntax::{Format, is_handle, iso};
use super::xrpc::{Answer, Call, Refusal, Reply};

pub(super) const SERVER_DID: &str = "did:web:pds.test";
const ACCESS: &str = "at+jwt";
const REFRESH: &str = "refresh+jwt";
const SERVICE: &str = "JWT";
const SCOPE_FULL: &str = "com.atproto.access";
const SCOPE_APP: &str = "com.atproto.appPass";
const SCOPE_APP_CHAT: &str = "com.atproto.appPassPrivileged";

/// Who speaks, and with which rights.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) did: String,
    pub(super) scope: String,
}

impl Session {
    pub(super) fn may_chat(&self) -> bool {
        self.scope != SCOPE_APP
    }
}

/// What a service token says.
#[derive(Clone, Debug)]
pub(super) struct ServiceToken {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) method: Option<String>,
}

fn text(claims: &Value, name: &str) -> String {
    claims
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn bearer<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    let header = call
        .header("authorization")
        .ok_or_else(Refusal::auth_missing)?;
    let (kind, token) = header.split_once(' ').unwrap_or((header, ""));
    if !kind.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::named(
            "InvalidToken",
            "Unexpected authorization type",
        ));
    }
    if token.trim().is_empty() {
        return Err(Refusal::named(
            "InvalidToken",
            "Malformed authorization header",
        ));
    }
    Ok(token.trim())
}

fn unverified() -> Refusal {
    Refusal::named("InvalidToken", "Token could not be verified")
}

fn expired(claims: &Value, now: Timestamp) -> bool {
    claims
        .get("exp")
        .and_then(Value::as_i64)
        .is_none_or(|exp| exp <= now.as_second())
}

impl World {
    /// The session of an access token.
    pub(super) fn session(&self, call: &Call<'_>) -> Result<Session, Refusal> {
        if call.header("authorization").is_none() && !self.keeps(Rule::AuthIsNeeded) {
            let did = self.first.clone().ok_or_else(Refusal::auth_missing)?;
            return Ok(Session {
                did,
                scope: SCOPE_FULL.to_owned(),
            });
        }
        let (kind, claims) = ids::read_token(bearer(call)?).ok_or_else(unverified)?;
        match kind.as_str() {
            ACCESS => {}
            REFRESH => return Err(Refusal::named("InvalidToken", "Invalid token type")),
            _ => return Err(unverified()),
        }
        let did = text(&claims, "sub");
        let account = self.accounts.get(&did).ok_or_else(unverified)?;
        if account.standing == Standing::TakenDown {
            return Err(taken_down());
        }
        let number = claims.get("n").and_then(Value::as_u64).unwrap_or(0);
        if expired(&claims, call.now) || number < account.access_floor {
            return Err(self.token_expired());
        }
        Ok(Session {
            did,
            scope: text(&claims, "scope"),
        })
    }

    fn token_expired(&self) -> Refusal {
        if self.keeps(Rule::TokenExpiryIs400) {
            Refusal::named("ExpiredToken", "Token has expired")
        } else {
            Refusal::auth_required()
        }
    }

    /// What a service token says, if it has not expired.
    pub(super) fn service_token(&self, call: &Call<'_>) -> Result<ServiceToken, Refusal> {
        let refused = || Refusal::new(401, "BadJwt", "could not verify jwt");
        let token = bearer(call)?;
        let (kind, claims) = ids::read_token(token).ok_or_else(refused)?;
        if kind != SERVICE {
            return Err(Refusal::new(401, "BadJwtType", "missing or bad jwt type"));
        }
        if expired(&claims, call.now) {
            return Err(Refusal::new(401, "JwtExpired", "jwt expired"));
        }
        let method = claims.get("lxm").and_then(Value::as_str).map(str::to_owned);
        Ok(ServiceToken {
            issuer: text(&claims, "iss"),
            audience: text(&claims, "aud"),
            method,
        })
    }

    fn access_token(&mut self, did: &str, scope: &str, now: Timestamp) -> String {
        self.serial += 1;
        let ends = now.checked_add(self.settings.access_life).unwrap_or(now);
        let claims = json!({
            "scope": scope, "aud": SERVER_DID, "sub": did,
            "iat": now.as_second(), "exp": ends.as_second(), "n": self.serial,
        });
        ids::sign_token(ACCESS, "HS256", &claims)
    }

    fn refresh_token(did: &str, jti: &str, refresh: &Refresh) -> String {
        let claims = json!({
            "scope": "com.atproto.refresh", "aud": SERVER_DID, "sub": did, "jti": jti,
            "iat": refresh.issued.as_second(), "exp": refresh.ends.as_second(),
        });
        ids::sign_token(REFRESH, "HS256", &claims)
    }

    fn new_refresh(&mut self, scope: &str, now: Timestamp) -> (String, Refresh) {
        self.serial += 1;
        let jti = ids::base64url(&ids::sha256(format!("refresh {}", self.serial).as_bytes()));
        let ends = now.checked_add(self.settings.refresh_life).unwrap_or(now);
        (
            jti,
            Refresh {
                ends,
                issued: now,
                scope: scope.to_owned(),
                next: None,
            },
        )
    }

    fn open_session(&mut self, did: &str, scope: &str, now: Timestamp) -> (String, String) {
        let (jti, refresh) = self.new_refresh(scope, now);
        let token = Self::refresh_token(did, &jti, &refresh);
        if let Some(account) = self.accounts.get_mut(did) {
            account.refreshes.insert(jti, refresh);
        }
        (self.access_token(did, scope, now), token)
    }

    /// The account as `getSession` tells it.
    fn account_facts(&self, account: &Account) -> Value {
        let mut facts = json!({
            "did": account.did, "handle": account.handle, "email": account.email,
            "emailConfirmed": true, "active": account.standing == Standing::Active,
        });
        if let (Some(fields), Standing::Deactivated) = (facts.as_object_mut(), account.standing) {
            fields.insert("status".to_owned(), json!("deactivated"));
        }
        if let (Some(fields), Some(endpoint)) = (facts.as_object_mut(), &self.settings.service_url)
        {
            let document = Self::did_document(account, endpoint);
            fields.insert("didDoc".to_owned(), document);
        }
        facts
    }

    /// The DID document of an account whose server has this address.
    pub(super) fn did_document(account: &Account, endpoint: &str) -> Value {
        json!({
            "@context": [
                "https://www.w3.org/ns/did/v1",
                "https://w3id.org/security/multikey/v1",
                "https://w3id.org/security/suites/secp256k1-2019/v1",
            ],
            "id": account.did,
            "alsoKnownAs": [format!("at://{}", account.handle)],
            "verificationMethod": [{
                "id": format!("{}#atproto", account.did),
                "type": "Multikey",
                "controller": account.did,
                "publicKeyMultibase": format!("z{}", ids::base32(&ids::sha256(account.did.as_bytes()))),
            }],
            "service": [{
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": endpoint,
            }],
        })
    }

    fn session_answer(&self, did: &str, access: &str, refresh: &str) -> Answer {
        let account = self.accounts.get(did).ok_or_else(Refusal::internal)?;
        let mut facts = self.account_facts(account);
        if let Some(fields) = facts.as_object_mut() {
            fields.insert("accessJwt".to_owned(), json!(access));
            fields.insert("refreshJwt".to_owned(), json!(refresh));
        }
        Ok(Reply::json(facts))
    }
}

pub(super) fn create_session(world: &mut World, call: &Call<'_>) -> Answer {
    let identifier = call.need_field("identifier")?.to_ascii_lowercase();
    let password = call.need_field("password")?;
    world
        .limits
        .spend(Limiter::SessionsDay, &identifier, 1, call.now)?;
    world
        .limits
        .spend(Limiter::Sessions, &identifier, 1, call.now)?;
    let refused = || {
        Refusal::new(
            401,
            "AuthenticationRequired",
            "Invalid identifier or password",
        )
    };
    let account = match world.find(&identifier) {
        Some(account) => account,
        None => world
            .accounts
            .values()
            .find(|account| account.email == identifier)
            .ok_or_else(refused)?,
    };
    let scope = if account.password == password || !world.keeps(Rule::PasswordIsChecked) {
        SCOPE_FULL
    } else {
        match account
            .app_passwords
            .iter()
            .find(|(known, _)| known == password)
        {
            Some((_, true)) => SCOPE_APP_CHAT,
            Some((_, false)) => SCOPE_APP,
            None => return Err(refused()),
        }
    };
    if account.standing == Standing::TakenDown {
        return Err(taken_down());
    }
    // App passwords are made for programs, which read no mail.
    if let Some(code) = account.code.as_deref().filter(|_| scope == SCOPE_FULL) {
        match call.field("authFactorToken") {
            Some(given) if given == code => {}
            Some(_) => return Err(Refusal::named("InvalidToken", "Token is invalid")),
            None => {
                return Err(Refusal::new(
                    401,
                    "AuthFactorTokenRequired",
                    "A sign in code has been sent to your email address",
                ));
            }
        }
    }
    let did = account.did.clone();
    let (access, refresh) = world.open_session(&did, scope, call.now);
    world.session_answer(&did, &access, &refresh)
}

fn taken_down() -> Refusal {
    Refusal::new(401, "AccountTakedown", "Account has been taken down")
}

pub(super) fn create_account(world: &mut World, call: &Call<'_>) -> Answer {
    let handle = call.need_field("handle")?.to_ascii_lowercase();
    let password = call.field("password").unwrap_or_default().to_owned();
    if !is_handle(&handle) {
        return Err(Refusal::named(
            "InvalidHandle",
            "Input/handle must be a valid handle",
        ));
    }
    if !handle.ends_with(".test") {
        return Err(Refusal::named(
            "UnsupportedDomain",
            "Not a supported handle domain",
        ));
    }
    if world.find(&handle).is_some() {
        return Err(Refusal::invalid(format!("Handle already taken: {handle}")));
    }
    let mut account = Account::new(&handle, &password);
    account.created = call.now;
    if let Some(email) = call.field("email") {
        account.email = email.to_owned();
    }
    let document = World::did_document(&account, &format!("http://{}", call.host));
    let did = world.add(account);
    let (access, refresh) = world.open_session(&did, SCOPE_FULL, call.now);
    Ok(Reply::json(json!({
        "handle": handle, "did": did, "didDoc": document, "accessJwt": access, "refreshJwt": refresh,
    })))
}

pub(super) fn create_app_password(world: &mut World, call: &Call<'_>) -> Answer {
    let session = world.session(call)?;
    if session.scope != SCOPE_FULL {
        return Err(Refusal::named("InvalidToken", "Bad token scope"));
    }
    let name = call.need_field("name")?.to_owned();
    let privileged = call
        .input
        .get("privileged")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    world.serial += 1;
    let letters = ids::base32(&ids::sha256(
        format!("password {}", world.serial).as_bytes(),
    ));
    let parts: Vec<&str> = (0..4)
        .filter_map(|part| letters.get(part * 4..part * 4 + 4))
        .collect();
    let password = parts.join("-");
    if let Some(account) = world.accounts.get_mut(&session.did) {
        account.app_passwords.push((password.clone(), privileged));
    }
    Ok(Reply::json(json!({
        "name": name, "password": password, "createdAt": iso(call.now), "privileged": privileged,
    })))
}

/// The id, the owner and the state of the refresh token of a call.
fn refresh_of(
    world: &World,
    call: &Call<'_>,
) -> Result<(String, String, Option<Refresh>), Refusal> {
    let (kind, claims) = ids::read_token(bearer(call)?).ok_or_else(unverified)?;
    if kind != REFRESH {
        return Err(Refusal::named("InvalidToken", "Invalid token type"));
    }
    let (did, jti) = (text(&claims, "sub"), text(&claims, "jti"));
    let refresh = world
        .accounts
        .get(&did)
        .and_then(|account| account.refreshes.get(&jti))
        .cloned();
    if expired(&claims, call.now) {
        return Err(Refusal::named("ExpiredToken", "Token has expired"));
    }
    Ok((did, jti, refresh))
}

pub(super) fn refresh_session(world: &mut World, call: &Call<'_>) -> Answer {
    let (did, jti, held) = refresh_of(world, call)?;
    if world
        .accounts
        .get(&did)
        .is_some_and(|account| account.standing == Standing::TakenDown)
    {
        return Err(taken_down());
    }
    let revoked = || Refusal::named("ExpiredToken", "Token has been revoked");
    let held = held
        .filter(|refresh| refresh.ends > call.now)
        .ok_or_else(revoked)?;
    let known = held.next.as_ref().and_then(|next| {
        let refresh = world.accounts.get(&did)?.refreshes.get(next)?.clone();
        Some((next.clone(), refresh))
    });
    let (next, refresh) = match known {
        Some(known) => known,
        None if held.next.is_some() => return Err(revoked()),
        None => world.new_refresh(&held.scope, call.now),
    };
    let grace = if world.keeps(Rule::RefreshGrace) {
        world.settings.refresh_grace
    } else {
        SignedDuration::ZERO
    };
    let rotates = world.keeps(Rule::RefreshRotates);
    if let Some(account) = world.accounts.get_mut(&did) {
        if let Some(old) = account
            .refreshes
            .get_mut(&jti)
            .filter(|old| old.next.is_none())
        {
            old.next = Some(next.clone());
            old.ends = old
                .ends
                .min(call.now.checked_add(grace).unwrap_or(call.now));
        }
        if rotates {
            account.refreshes.insert(next.clone(), refresh.clone());
        }
    }
    let access = world.access_token(&did, &held.scope, call.now);
    world.session_answer(&did, &access, &World::refresh_token(&did, &next, &refresh))
}

pub(super) fn delete_session(world: &mut World, call: &Call<'_>) -> Answer {
    let (kind, claims) = ids::read_token(bearer(call)?).ok_or_else(unverified)?;
    if kind != REFRESH {
        return Err(Refusal::named("InvalidToken", "Invalid token type"));
    }
    if let Some(account) = world.accounts.get_mut(&text(&claims, "sub")) {
        account.refreshes.remove(&text(&claims, "jti"));
    }
    Ok(Reply::empty())
}

pub(super) fn get_session(world: &mut World, call: &Call<'_>) -> Answer {
    let session = world.session(call)?;
    let account = world
        .accounts
        .get(&session.did)
        .ok_or_else(Refusal::internal)?;
    Ok(Reply::json(world.account_facts(account)))
}

pub(super) fn describe_server(_: &mut World, _: &Call<'_>) -> Answer {
    Ok(Reply::json(json!({
        "did": SERVER_DID, "availableUserDomains": [".test"], "inviteCodeRequired": false,
        "links": {}, "contact": {},
    })))
}

/// The longest life of a service token, and of one that names no method.
const SERVICE_TOKEN_LIFE: i64 = 3_600;
const OPEN_SERVICE_TOKEN_LIFE: i64 = 60;

pub(super) fn get_service_auth(world: &mut World, call: &Call<'_>) -> Answer {
    let session = world.session(call)?;
    let audience = call.need_format("aud", Format::Did)?;
    let method = call.param_format("lxm", Format::Nsid)?;
    let now = call.now.as_second();
    let ends = call.number("exp", now + OPEN_SERVICE_TOKEN_LIFE, i64::MIN, i64::MAX)?;
    let refused = |message: &str| Refusal::named("BadExpiration", message);
    if ends <= now {
        return Err(refused("expiration is in past"));
    }
    if ends.saturating_sub(now) > SERVICE_TOKEN_LIFE {
        return Err(refused(
            "cannot request a token with an expiration more than an hour in the future",
        ));
    }
    if method.is_none() && ends.saturating_sub(now) > OPEN_SERVICE_TOKEN_LIFE {
        return Err(refused(
            "cannot request a method-less token with an expiration more than a minute in the future",
        ));
    }
    if let Some(method) = method.filter(|method| method.starts_with("chat.bsky."))
        && !session.may_chat()
        && world.keeps(Rule::ChatNeedsPrivilege)
    {
        return Err(Refusal::invalid(format!(
            "insufficient access to request a service auth token for the following method: {method}"
        )));
    }
    world.serial += 1;
    let mut claims = json!({
        "iss": session.did, "aud": audience, "iat": now, "exp": ends, "jti": format!("{:032x}", world.serial),
    });
    if let (Some(fields), Some(method)) = (claims.as_object_mut(), method) {
        fields.insert("lxm".to_owned(), json!(method));
    }
    Ok(Reply::json(
        json!({ "token": ids::sign_token(SERVICE, "ES256K", &claims) }),
    ))
}

pub(super) fn resolve_handle(world: &mut World, call: &Call<'_>) -> Answer {
    let handle = call.need_format("handle", Format::AtIdentifier)?;
    match world
        .find(handle)
        .filter(|_| world.keeps(Rule::HandlesResolve))
    {
        Some(account) => Ok(Reply::json(json!({ "did": account.did }))),
        None => Err(Refusal::invalid("Unable to resolve handle")),
    }
}
