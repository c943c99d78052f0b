use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Step;
use super::builder::{Outbox, escaped};
use super::post::{FORMAT, read_value};
use crate::error::{Error, ErrorKind, Result};

const ALL: &str = "outbox/hold";
const OF_ACCOUNTS: &str = "outbox/hold/";
/// How many holds are read at once.
const PAGE: u32 = 200;

/// What is paused or goes on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scope {
    /// The whole outbox.
    All,
    /// One account, by its name.
    Account(String),
    /// One planned post, by its id.
    Post(String),
}

/// Why nothing is sent on an account, or on all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hold {
    /// What is held.
    pub scope: Scope,
    /// Since when.
    pub since: Timestamp,
    /// Who paused it; `None` when it was the outbox, since the network asks for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, in words for a person.
    pub why: String,
    /// The kind of the error after which the outbox held it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A hold as it is stored.
#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    #[serde(flatten)]
    hold: Hold,
}

impl Hold {
    fn key(scope: &Scope) -> Option<String> {
        match scope {
            Scope::All => Some(ALL.to_owned()),
            Scope::Account(account) => Some(format!("{OF_ACCOUNTS}{}", escaped(account, '/'))),
            Scope::Post(_) => None,
        }
    }
}

impl Outbox {
    /// What is held: the whole outbox, and accounts. Paused posts are in the list.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn holds(&self) -> Result<Vec<Hold>> {
        let mut holds = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.inner.store.list(ALL, after.as_deref(), PAGE).await?;
            for (key, value) in &page {
                let kept: Kept = read_value(&value.value, &format!("the pause `{key}`"))?;
                holds.push(kept.hold);
            }
            match page.last() {
                Some((key, _)) if page.len() >= PAGE as usize => after = Some(key.clone()),
                _ => return Ok(holds),
            }
        }
    }

    /// Pauses one post, one account or all. What the network is being asked at this moment goes on to its answer, and no
    /// more is sent after that: neither what is prepared by then, nor the next part of a thread.
    ///
    /// # Errors
    /// `NotFound` for a post that is not there, `Config` for an account that is not known, `Conflict` for a post that is
    /// done already.
    pub async fn pause(&self, scope: Scope, by: &str, why: &str) -> Result<()> {
        match &scope {
            Scope::Post(id) => return self.pause_post(id, by, why).await,
            Scope::Account(account) => self.known(account)?,
            Scope::All => {}
        }
        self.hold(&Hold {
            scope,
            since: self.inner.clock.now(),
            by: Some(by.to_owned()),
            why: why.to_owned(),
            error: None,
        })
        .await
    }

    /// Lets one post, one account or all go on. What has become too late by then is missed. Each pause is ended by itself:
    /// an account that is paused stays so when all go on.
    ///
    /// # Errors
    /// `NotFound` for a post that is not there, `Config` for an account that is not known.
    pub async fn resume(&self, scope: Scope, by: &str) -> Result<()> {
        if let Scope::Post(id) = &scope {
            return self.resume_post(id, by).await;
        }
        if let Some(key) = Hold::key(&scope) {
            if let Scope::Account(account) = &scope
                && self.inner.store.get(&key).await?.is_none()
            {
                // What is not paused goes on already; a name that nobody knows is a slip.
                return self.known(account);
            }
            self.inner.reached(Step::BeforeHold, "");
            self.inner.store.remove(&key).await?;
            self.inner.reached(Step::AfterHold, "");
            self.inner.changed.notify_waiters();
        }
        Ok(())
    }

    /// Writes a hold, in the place of one that stands there. The first reason is kept as long as it holds.
    pub(crate) async fn hold(&self, hold: &Hold) -> Result<()> {
        let Some(key) = Hold::key(&hold.scope) else {
            return Ok(());
        };
        let kept = Kept {
            format: FORMAT,
            hold: hold.clone(),
        };
        let value = serde_json::to_string(&kept)
            .map_err(|e| Error::config(format!("the pause cannot be stored: {e}")))?;
        if self.inner.store.get(&key).await?.is_some() {
            return Ok(());
        }
        self.inner.reached(Step::BeforeHold, "");
        // Somebody who was faster has held it, which is what was wanted.
        self.inner.store.put(&key, &value, None).await?;
        self.inner.reached(Step::AfterHold, "");
        Ok(())
    }

    /// Passes the name of an account that is known here.
    pub(crate) fn known(&self, account: &str) -> Result<()> {
        if self.inner.networks.contains_key(account) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, self.unknown(account)))
    }

    /// Says that an account is not known, and which are.
    pub(crate) fn unknown(&self, account: &str) -> String {
        let there: Vec<&str> = self.accounts().collect();
        format!(
            "there is no account `{account}`; there are: {}",
            there.join(", ")
        )
    }
}
