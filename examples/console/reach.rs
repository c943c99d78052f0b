//! The accounts within reach: those of the file, or those of the embedded world.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use sociable::adapters::memory::{self, World};
use sociable::client::Budget;
use sociable::client::limits::Spending;
use sociable::store::{FileStore, KeyValue};
use sociable::{
    AccountConfig, Accounts, Client, Error, Event, EventQuery, Registry, Result, Since,
    SocialNetwork,
};

use super::args::Common;
use super::out::Out;

/// The sample world's own account: the one that is meant where none is named. It answers to the network's name too.
const OWN: &str = "shop";
const EMBEDDED: &str = "memory";

/// The name under which the state holds the world.
const WORLD: &str = "world";

/// How long to wait before a state that other processes change is looked at again.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a verb does with the embedded world's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Changes it, so that no other process may work on it meanwhile.
    Own,
    /// Asks it who there is and what they may do, while another process may work on it.
    Look,
}

pub(crate) struct Reach {
    client: Client,
    registry: Registry,
    accounts: Vec<AccountConfig>,
    world: World,
    state: Option<State>,
    /// The accounts file, for messages.
    file: Option<PathBuf>,
}

/// A state file. While it is locked it belongs to this process.
struct State {
    store: FileStore,
    version: Mutex<Option<u64>>,
    lock: Option<File>,
}

impl State {
    /// Waits until no other process works on the file, if it is to be changed.
    fn open(path: &Path, access: Access) -> Result<Self> {
        let lock = match access {
            Access::Own => Some(Self::lock(path)?),
            Access::Look => None,
        };
        Ok(Self {
            store: FileStore::new(path),
            version: Mutex::default(),
            lock,
        })
    }

    fn lock(path: &Path) -> Result<File> {
        let beside = with_suffix(path, ".busy");
        let cannot = |e| {
            Error::config(format!(
                "{} cannot be used for the state: {e}",
                path.display()
            ))
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(cannot)?;
        }
        let lock = File::create(&beside).map_err(cannot)?;
        lock.lock().map_err(cannot)?;
        Ok(lock)
    }

    async fn world(&self) -> Result<World> {
        match self.store.get(WORLD).await? {
            Some(kept) => {
                self.set_version(Some(kept.version));
                World::restore(&kept.value)
            }
            None => Ok(World::sample()),
        }
    }

    fn version(&self) -> Option<u64> {
        *self.version.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_version(&self, version: Option<u64>) {
        *self.version.lock().unwrap_or_else(PoisonError::into_inner) = version;
    }
}

/// The file of this name with something behind it, in the same folder.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

impl Reach {
    pub(crate) async fn new(common: &Common, out: &Out, access: Access) -> Result<Self> {
        Self::by(None, common, out, access).await
    }

    /// The same accounts and the world as they stand now, by the client of this one: so that limits, and what is told of
    /// them at the end, are of one run.
    #[cfg(all(feature = "outbox", feature = "embedded"))]
    pub(crate) async fn anew(&self, common: &Common, out: &Out, access: Access) -> Result<Self> {
        Self::by(Some(self.client.clone()), common, out, access).await
    }

    async fn by(
        client: Option<Client>,
        common: &Common,
        out: &Out,
        access: Access,
    ) -> Result<Self> {
        let file = common.accounts.as_ref().map(Accounts::read).transpose()?;
        // Without an account of its own the embedded world, and with it the state, is out of play.
        let embedded = |file: &Accounts| file.account.iter().any(|a| a.network == EMBEDDED);
        let state = common.state.as_deref();
        let state = state.filter(|_| file.as_ref().is_none_or(embedded));
        let state = state.map(|path| State::open(path, access)).transpose()?;
        let world = match &state {
            Some(state) => state.world().await?,
            None => World::sample(),
        };
        let client = match client {
            Some(client) => client,
            None => {
                let settings = file.as_ref().map(|f| f.client.clone()).unwrap_or_default();
                Client::builder()
                    .config(settings)
                    .observer(Arc::new(out.clone()))
                    .build()?
            }
        };
        let mut registry = Registry::default();
        memory::register(&mut registry, world.clone());
        let accounts = match file {
            Some(file) => file.account,
            None => accounts_of(&world),
        };
        Ok(Self {
            client,
            registry,
            accounts,
            world,
            state,
            file: common.accounts.clone(),
        })
    }

    /// The client that all accounts share.
    #[cfg(all(feature = "contest", feature = "embedded"))]
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether all accounts are of the embedded network.
    #[cfg(all(feature = "contest", feature = "embedded"))]
    pub(crate) fn is_embedded(&self) -> bool {
        self.accounts
            .iter()
            .all(|account| account.network == EMBEDDED)
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The account of this name; where none is named, the only one.
    pub(crate) fn one(&self, name: &Option<String>) -> Result<(String, Arc<dyn SocialNetwork>)> {
        let account = self.find(name.as_deref())?;
        let network = self.connect(account)?;
        Ok((
            name.clone().unwrap_or_else(|| account.name.clone()),
            network,
        ))
    }

    /// What an account logs in with by OAuth, where its network does.
    #[cfg(feature = "oauth")]
    pub(crate) fn keeper(&self, name: &str) -> Result<(String, Option<sociable::oauth::Keeper>)> {
        let account = self.find(Some(name))?;
        let keeper = self.registry.oauth(account, &self.client);
        Ok((name.to_owned(), keeper.map_err(|e| self.in_file(e))?))
    }

    /// The accounts of these names, in this order; where none is named, the only one.
    pub(crate) fn some(&self, names: &[String]) -> Result<Vec<(String, Arc<dyn SocialNetwork>)>> {
        if names.is_empty() {
            return Ok(vec![self.one(&None)?]);
        }
        let mut found: Vec<(String, Arc<dyn SocialNetwork>)> = Vec::new();
        for name in names {
            if found.iter().any(|(earlier, _)| earlier == name) {
                return Err(Error::config(format!("`{name}` is named twice")));
            }
            found.push(self.one(&Some(name.clone()))?);
        }
        Ok(found)
    }

    /// Every account, connected or not.
    pub(crate) fn every(&self) -> Vec<(String, Result<Arc<dyn SocialNetwork>>)> {
        self.accounts
            .iter()
            .map(|account| (account.name.clone(), self.connect(account)))
            .collect()
    }

    /// Without I/O to the network. What is wrong with the accounts file names the file and the line.
    fn connect(&self, account: &AccountConfig) -> Result<Arc<dyn SocialNetwork>> {
        let network = self.registry.connect(account, &self.client);
        network.map_err(|e| self.in_file(e))
    }

    fn in_file(&self, error: Error) -> Error {
        match &self.file {
            Some(file) => {
                let message = format!("{}: {}", file.display(), error.message());
                error.with_message(message)
            }
            None => error,
        }
    }

    fn find(&self, name: Option<&str>) -> Result<&AccountConfig> {
        let names: Vec<&str> = self.accounts.iter().map(|a| a.name.as_str()).collect();
        let wanted = match name {
            Some(EMBEDDED) | None if self.file.is_none() => OWN,
            Some(name) => name,
            None => match names.as_slice() {
                [only] => only,
                [] => return Err(Error::config("the accounts file holds no [[account]]")),
                many => {
                    return Err(Error::config(format!(
                        "say for which account: {}",
                        many.join(", ")
                    )));
                }
            },
        };
        self.accounts
            .iter()
            .find(|a| a.name == wanted)
            .ok_or_else(|| {
                Error::config(format!(
                    "there is no account `{wanted}`; there are: {}",
                    names.join(", ")
                ))
            })
    }

    /// Listens, until the network gives up.
    pub(crate) async fn follow(
        &self,
        name: &Option<String>,
        since: Since,
        show: impl Fn(&Event),
    ) -> Result<()> {
        let (_, network) = self.one(name)?;
        let query = EventQuery::now().since(since);
        let (Some(state), EMBEDDED) = (&self.state, network.profile().network.as_str()) else {
            let mut happening = network.listen(query);
            while let Some(event) = happening.next().await {
                show(&event?);
            }
            return Ok(());
        };
        self.follow_state(state, name, query, show).await
    }

    /// The embedded world changes when another process changes its file: it is read again and again.
    async fn follow_state(
        &self,
        state: &State,
        name: &Option<String>,
        mut query: EventQuery,
        show: impl Fn(&Event),
    ) -> Result<()> {
        let account = self.find(name.as_deref())?;
        loop {
            let world = match state.store.get(WORLD).await? {
                Some(kept) => World::restore(&kept.value)?,
                None => self.world.clone(),
            };
            let mut registry = Registry::empty();
            memory::register(&mut registry, world);
            let network = registry.connect(account, &self.client)?;
            loop {
                let found = network.events(&query).await?;
                found.items.iter().for_each(&show);
                query.since = Since::Cursor(found.cursor);
                if !found.more {
                    break;
                }
            }
            // Others may work on the file meanwhile.
            if let Some(lock) = &state.lock {
                let _ = lock.unlock();
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Keeps the world for the next run.
    pub(crate) async fn keep(&self) -> Result<()> {
        let Some(state) = self.state.as_ref().filter(|state| state.lock.is_some()) else {
            return Ok(());
        };
        let snapshot = self.world.snapshot()?;
        match state.store.put(WORLD, &snapshot, state.version()).await? {
            Some(version) => {
                state.set_version(Some(version));
                Ok(())
            }
            None => Err(Error::config(format!(
                "{}: another program has changed the world meanwhile; what this run did there is lost",
                state.store.path().display()
            ))),
        }
    }

    /// What is left of every limit that the run met.
    pub(crate) async fn budgets(&self) -> Result<Vec<Budget>> {
        self.client.shared_budgets().await
    }

    /// What was spent, where calls cost money.
    pub(crate) async fn spending(&self) -> Result<Spending> {
        self.client.spending().await
    }
}

/// What only jobs ask.
#[cfg(all(
    any(
        feature = "outbox",
        feature = "desk",
        feature = "contest",
        feature = "promo",
        feature = "trends"
    ),
    feature = "embedded"
))]
impl Reach {
    /// Whether the embedded world is kept between runs.
    #[cfg(feature = "outbox")]
    pub(crate) fn is_kept(&self) -> bool {
        self.state.is_some()
    }

    /// Whether the accounts are those of the embedded world alone, not those of a file.
    pub(crate) fn is_sample(&self) -> bool {
        self.file.is_none()
    }

    /// The names of these accounts as they stand in the file or the world; where none is named, the only one's.
    pub(crate) fn names(&self, names: &[String]) -> Result<Vec<String>> {
        if names.is_empty() {
            return Ok(vec![self.find(None)?.name.clone()]);
        }
        let found = names.iter().map(|name| self.find(Some(name)));
        found.map(|account| Ok(account?.name.clone())).collect()
    }
}

/// Every account of a world, under its handle.
fn accounts_of(world: &World) -> Vec<AccountConfig> {
    let account =
        |handle: String| AccountConfig::new(handle.clone(), EMBEDDED).set("account", handle);
    world.accounts().into_iter().map(account).collect()
}
