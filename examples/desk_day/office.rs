//! Our accounts, with the outbox that publishes on them and the desk that answers for them; and a working day of both.

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::memory::Memory;
use sociable::client::Clock;
use sociable::desk::triage::{Intent, Lexicon};
use sociable::desk::{Desk, Route, SearchPlan};
use sociable::jiff::Timestamp;
use sociable::outbox::{Outbox, PlanReader};
use sociable::store::MemoryStore;
use sociable::{Error, Result};

use crate::staff;
use crate::town::Town;

/// The accounts that the plan is published on and the desk answers for.
pub(crate) const OURS: [&str; 3] = ["daisy", "daisy_shop", "daisy_cafe"];

/// What stands in an answer that brings the solution.
pub(crate) const SOLVED: &str = "solved";

pub(crate) fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// The outbox and the desk.
pub(crate) struct Office {
    pub(crate) outbox: Outbox,
    pub(crate) desk: Desk,
}

impl Office {
    /// Opens it in the morning, with the day's plan (CSV) in the outbox.
    pub(crate) async fn open(
        store: Arc<MemoryStore>,
        clock: &Arc<dyn Clock>,
        account: impl Fn(&str) -> Result<Arc<Memory>>,
        plan: &str,
        morning: Timestamp,
    ) -> Result<Self> {
        let mut outbox = Outbox::builder(store.clone())
            .clock(Arc::clone(clock))
            .worker("day");
        let mut desk = Desk::builder(store)
            .classifier(Arc::new(Lexicon::standard()))
            .clock(Arc::clone(clock))
            .search(
                SearchPlan::new("brand")
                    .terms("Daisy Tea")
                    .every(minutes(15)),
            )
            .route(Route::new("parcels", staff::WAREHOUSE).intents(Intent::Complaint))
            .service(staff::WAREHOUSE, minutes(60))
            // Complaints that are said to nobody: the network does not tell what becomes of them, so that the desk looks.
            .look_after((1..=24).map(|half| minutes(30 * half)));
        for name in OURS {
            let network = account(name)?;
            outbox = outbox.network(name, network.clone());
            desk = desk.account(name, network);
        }
        let (outbox, desk) = (outbox.build()?, desk.build()?);

        let reader = PlanReader::new(morning).accounts(OURS.map(|name| (name, "memory")));
        let added = outbox
            .add(&reader.csv(plan)?.entries(morning, &[])?)
            .await?;
        if !added.is_clean() {
            return Err(Error::config(format!("the plan is not clean: {added:?}")));
        }
        Ok(Self { outbox, desk })
    }

    /// Publishes until the evening, while the town writes and the staff answers; the staff goes on.
    pub(crate) async fn work(
        &self,
        town: &Town,
        time: &dyn Clock,
        evening: Timestamp,
        seed: u64,
    ) -> Result<()> {
        let publish = async {
            let run = self.outbox.run_until(time.sleep_until(evening));
            run.await.map(drop)
        };
        tokio::try_join!(
            publish,
            town.live(time),
            staff::watch(&self.desk, time),
            staff::agent(&self.desk, time, "ann", seed + 1),
            staff::agent(&self.desk, time, "bob", seed + 2),
            staff::warehouse(&self.desk, time, seed + 3),
        )
        .map(drop)
    }
}
