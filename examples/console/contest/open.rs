//! Rules from a file, and people by their names.

use std::path::PathBuf;

use clap::Args;
use sociable::contest::{Contest, Entrant, EntryQuery, Rules};
use sociable::{Error, ErrorKind, Result};
use toml::Value;

use crate::console::reach::Reach;

#[derive(Debug, Args)]
pub(super) struct OpenArgs {
    /// The rules (TOML): title, winners, reserves, unknown, [window], [[about]], [[conditions]], [[exclusions]] and [mode]
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    /// What the contest is called from then on; by default as the file
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The account that looks who takes part, where the rules name none
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
    /// The post that it is about, where the rules name none
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    post: Option<String>,
}

impl OpenArgs {
    pub(super) fn id(&self) -> Result<String> {
        let stem = || self.rules.file_stem()?.to_str().map(str::to_owned);
        let name = self.name.clone().or_else(stem);
        name.ok_or_else(|| Error::config("give the contest a name: add --name"))
    }

    /// The rules, with the account and the post that are named here where the file leaves them out.
    pub(super) fn rules(&self, reach: &Reach) -> Result<Rules> {
        let path = self.rules.display();
        let cannot = |e: &dyn std::fmt::Display| Error::config(format!("{path}: {e}"));
        let text = std::fs::read_to_string(&self.rules).map_err(|e| cannot(&e))?;
        let mut table: toml::Table = toml::from_str(&text).map_err(|e| cannot(&e))?;
        let mut filled = false;
        let about = table.get_mut("about").and_then(Value::as_array_mut);
        for subject in about.into_iter().flatten() {
            let Some(subject) = subject.as_table_mut() else {
                continue;
            };
            if !subject.contains_key("account") {
                let name = reach.names(self.from.as_slice())?.join("");
                subject.insert("account".to_owned(), Value::String(name));
                filled = true;
            }
            let of_post = subject.get("kind").and_then(Value::as_str) == Some("post");
            if of_post && let (false, Some(post)) = (subject.contains_key("post"), &self.post) {
                subject.insert("post".to_owned(), Value::String(post.clone()));
                filled = true;
            }
        }
        // Where nothing was filled in, lines in messages are those of the file.
        let text = if filled {
            toml::to_string(&table).map_err(|e| cannot(&e))?
        } else {
            text
        };
        Rules::from_toml(&text).map_err(|e| cannot(&e.message()))
    }
}

/// The person that is meant: `@handle`, an id, either behind a network's name.
pub(super) async fn entrant(contest: &Contest, person: &str) -> Result<Entrant> {
    let (network, name) = match person.split_once('/') {
        Some((network, name)) if !network.contains(':') => (Some(network), name),
        _ => (None, person),
    };
    let entries = contest
        .entries(&EntryQuery::new().limit(usize::MAX))
        .await?;
    let accounts = entries.iter().flat_map(|entry| &entry.accounts);
    let mut found = accounts.filter(|account| {
        let same = match name.strip_prefix('@') {
            Some(handle) => account
                .handle
                .as_ref()
                .is_some_and(|own| own.eq_ignore_ascii_case(handle)),
            None => account.id.as_str() == name,
        };
        same && network.is_none_or(|network| network == account.network)
    });
    match (found.next(), found.next()) {
        (Some(account), None) => Ok(Entrant::new(account.network.as_str(), account.id.as_str())),
        (Some(_), Some(_)) => Err(Error::config(format!(
            "several accounts are called {person}: name the network too, as NETWORK/{name}"
        ))),
        _ => Err(Error::new(
            ErrorKind::NotFound,
            format!("nobody who took part is called {person}: `contest entries` lists everybody"),
        )),
    }
}
