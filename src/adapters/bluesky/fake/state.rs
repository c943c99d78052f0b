//! What the servers hold: accounts, repositories, blobs, and what is on its way to the index.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Exchange;
use super::chat::Chat;
use super::faults::{Fault, Rule};
use super::ids;
use super::index::{Index, Indexed};
use super::limits::Limits;
use super::syntax::is_did;
use super::video::Video;

/// How the servers are set up.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) index_lag: SignedDuration,
    /// Whether spaces at the end of a post's text are taken out.
    pub(super) trims: bool,
    pub(super) access_life: SignedDuration,
    pub(super) refresh_life: SignedDuration,
    pub(super) refresh_grace: SignedDuration,
    pub(super) blob_limit: usize,
    pub(super) video_limit: usize,
    pub(super) video_time: SignedDuration,
    pub(super) appview: bool,
    pub(super) chat: bool,
    pub(super) chat_open: bool,
    pub(super) public_reads: bool,
    pub(super) service_url: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            index_lag: SignedDuration::ZERO,
            trims: false,
            access_life: SignedDuration::from_hours(2),
            refresh_life: SignedDuration::from_hours(24 * 90),
            refresh_grace: SignedDuration::from_hours(2),
            blob_limit: 5_242_880,
            video_limit: 300_000_000,
            video_time: SignedDuration::from_secs(3),
            appview: true,
            chat: true,
            chat_open: false,
            public_reads: false,
            service_url: None,
        }
    }
}

/// A record in a repository.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) cid: String,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) struct Blob {
    pub(super) mime: String,
    pub(super) bytes: Bytes,
    /// Only what a record refers to can be fetched.
    pub(super) referred: bool,
}

/// A refresh token that was given out.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) ends: Timestamp,
    pub(super) issued: Timestamp,
    pub(super) scope: String,
    /// The id of the token that it was exchanged for.
    pub(super) next: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Bookmark {
    pub(super) key: String,
    pub(super) uri: String,
    pub(super) cid: String,
    pub(super) at: Timestamp,
}

/// Whether an account is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// It is.
    #[default]
    Active,
    /// Its owner has put it to rest: logins work, writes do not, nobody sees it.
    Deactivated,
    /// The network has taken it down: no logins, nobody sees it.
    TakenDown,
}

#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) did: String,
    pub(super) handle: String,
    pub(super) email: String,
    pub(super) password: String,
    /// App passwords and whether each may reach messages.
    pub(super) app_passwords: Vec<(String, bool)>,
    pub(super) created: Timestamp,
    pub(super) collections: BTreeMap<String, BTreeMap<String, Stored>>,
    pub(super) rev: String,
    pub(super) commit: String,
    pub(super) blobs: BTreeMap<String, Blob>,
    pub(super) refreshes: BTreeMap<String, Refresh>,
    /// Access tokens with a lower number have expired before their time.
    pub(super) access_floor: u64,
    pub(super) mutes: Vec<(Timestamp, String)>,
    pub(super) muted_threads: BTreeSet<String>,
    pub(super) bookmarks: Vec<Bookmark>,
    pub(super) seen: Option<Timestamp>,
    pub(super) preferences: Value,
    /// Whether notifications come only from those whom it follows.
    pub(super) priority: bool,
    pub(super) standing: Standing,
    /// The code that a login with the account's own password needs.
    pub(super) code: Option<String>,
}

impl Account {
    pub(super) fn new(handle: &str, password: &str) -> Self {
        Self {
            did: ids::did_plc(handle),
            handle: handle.to_owned(),
            email: format!("{}@mail.test", handle.split('.').next().unwrap_or(handle)),
            password: password.to_owned(),
            app_passwords: Vec::new(),
            created: FOUNDED,
            collections: BTreeMap::new(),
            rev: ids::tid(0, 0),
            commit: ids::record_cid(&json!({ "did": ids::did_plc(handle) })),
            blobs: BTreeMap::new(),
            refreshes: BTreeMap::new(),
            access_floor: 0,
            mutes: Vec::new(),
            muted_threads: BTreeSet::new(),
            bookmarks: Vec::new(),
            seen: None,
            preferences: json!([]),
            priority: false,
            standing: Standing::Active,
            code: None,
        }
    }

    pub(super) fn record(&self, collection: &str, key: &str) -> Option<&Stored> {
        self.collections.get(collection)?.get(key)
    }
}

/// When the accounts of the fake were made: 2024-01-01T00:00:00Z.
const FOUNDED: Timestamp = Timestamp::constant(1_704_067_200, 0);

/// A write that the index has not taken in yet.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) due: Timestamp,
    pub(super) at: Timestamp,
    pub(super) did: String,
    pub(super) rev: String,
    pub(super) what: Write,
}

#[derive(Clone, Debug)]
pub(super) enum Write {
    Put(Box<Indexed>),
    Delete(String),
}

/// Everything. One lock guards it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) settings: Settings,
    pub(super) broken: BTreeSet<Rule>,
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) handles: BTreeMap<String, String>,
    pub(super) first: Option<String>,
    pub(super) index: Index,
    pub(super) pending: VecDeque<Change>,
    pub(super) limits: Limits,
    pub(super) chat: Chat,
    pub(super) video: Video,
    pub(super) faults: Vec<(String, Fault)>,
    pub(super) log: VecDeque<Exchange>,
    pub(super) reports: i64,
    /// Numbers tokens, in the order in which they were given out.
    pub(super) serial: u64,
    last_micros: u64,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            settings: Settings::default(),
            broken: BTreeSet::new(),
            accounts: BTreeMap::new(),
            handles: BTreeMap::new(),
            first: None,
            index: Index::default(),
            pending: VecDeque::new(),
            limits: Limits::new(),
            chat: Chat::default(),
            video: Video::default(),
            faults: Vec::new(),
            log: VecDeque::new(),
            reports: 0,
            serial: 0,
            last_micros: 0,
        }
    }

    pub(super) fn keeps(&self, rule: Rule) -> bool {
        !self.broken.contains(&rule)
    }

    pub(super) fn add(&mut self, account: Account) -> String {
        let did = account.did.clone();
        self.first.get_or_insert_with(|| did.clone());
        self.handles.insert(account.handle.clone(), did.clone());
        self.accounts.insert(did.clone(), account);
        did
    }

    /// An account by DID or handle.
    pub(super) fn find(&self, actor: &str) -> Option<&Account> {
        if is_did(actor) {
            self.accounts.get(actor)
        } else {
            self.accounts
                .get(self.handles.get(&actor.to_ascii_lowercase())?)
        }
    }

    pub(super) fn find_mut(&mut self, actor: &str) -> Option<&mut Account> {
        let did = self.find(actor)?.did.clone();
        self.accounts.get_mut(&did)
    }

    /// A time id that is later than all before.
    pub(super) fn next_tid(&mut self, now: Timestamp) -> String {
        let micros = u64::try_from(now.as_microsecond()).unwrap_or(0);
        self.last_micros = micros.max(self.last_micros + 1);
        ids::tid(self.last_micros, 21)
    }

    /// Takes in what is due.
    pub(super) fn catch_up(&mut self, now: Timestamp) {
        if !self.keeps(Rule::PostsAreIndexed) {
            return;
        }
        while self.pending.front().is_some_and(|change| change.due <= now) {
            let Some(change) = self.pending.pop_front() else {
                return;
            };
            self.index.revs.insert(change.did, change.rev);
            match change.what {
                Write::Put(record) => self.index.put(*record, &self.broken),
                Write::Delete(uri) if self.broken.contains(&Rule::DeleteRemoves) => drop(uri),
                Write::Delete(uri) => self.index.remove(&uri),
            }
        }
    }

    /// Records of an account that the index has not taken in yet, oldest first.
    pub(super) fn unseen(&self, did: &str) -> Vec<&Indexed> {
        if !self.keeps(Rule::ReadAfterWrite) {
            return Vec::new();
        }
        let gone: BTreeSet<&str> = self
            .pending
            .iter()
            .filter_map(|change| match &change.what {
                Write::Delete(uri) => Some(uri.as_str()),
                Write::Put(_) => None,
            })
            .collect();
        self.pending
            .iter()
            .filter(|change| change.did == did)
            .filter_map(|change| match &change.what {
                Write::Put(record) if !gone.contains(record.uri.as_str()) => Some(record.as_ref()),
                _ => None,
            })
            .collect()
    }

    /// How far the index is behind an account's repository.
    pub(super) fn lag(&self, did: &str, now: Timestamp) -> i64 {
        let oldest = self.pending.iter().find(|change| change.did == did);
        oldest
            .map_or(0, |change| {
                now.as_millisecond() - change.at.as_millisecond()
            })
            .max(0)
    }
}
