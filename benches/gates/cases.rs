//! A desk's cases, opened again after a restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::memory::World;
use sociable::client::{Clock, SetClock};
use sociable::desk::{Desk, QueueQuery, SearchPlan};
use sociable::store::{EmbeddedStore, KeyValue, MemoryStore};
use sociable::{AccountRef, Draft, MessageDraft, Recipient, SocialNetwork};

use crate::counted::{self, Work};
use crate::figures::{Bound, Report};

pub(crate) const REOPEN: Work = ("desk.reopen", reopen);

/// How many cases the promise speaks of.
const PROMISED: f64 = 100_000.0;
/// How many are counted: twice as many take twice as long, which is shown beside it.
const FEW: u64 = 5_000;
const MANY: u64 = 10_000;

const START: &str = "2026-11-20T10:00:00Z";

/// What is written, in three languages; some of it twice, and some answered.
const TEXTS: [&str; 8] = [
    "@shop Заказал чайник три недели назад, до сих пор не привезли, поддержка молчит. Верните деньги!",
    "@shop Подскажите, пожалуйста, работаете ли вы в воскресенье и можно ли забрать заказ самому?",
    "@shop Ακόμα περιμένω την παραγγελία μου, κανείς δεν απαντάει στο τηλέφωνο εδώ και μια εβδομάδα",
    "@shop I was promised a refund two weeks ago and am still waiting. Nobody answers my letters, this is awful.",
    "@shop Do you deliver to the islands, and how long does it take?",
    "@shop пришла разбитая чашка, хотя на коробке было написано «хрупкое». Очень расстроена, это был подарок",
    "Acme sold me a kettle that leaks from the first day on, and the branch refuses to take it back",
    "@shop η τσαγιέρα που αγόρασα έφτασε σπασμένη, τι μπορώ να κάνω;",
];

async fn write(path: &Path, cases: u64) -> sociable::Result<()> {
    let clock = SetClock::at(START.parse().unwrap());
    let world = World::with_clock(Arc::new(clock.clone()));
    world.add_account("shop");
    let memory: Arc<dyn KeyValue> = Arc::new(MemoryStore::new());
    let desk = Desk::builder(Arc::clone(&memory))
        .account("shop", Arc::new(world.network("shop")?))
        .search(SearchPlan::new("brand").terms("Acme"))
        .build()?;
    for (n, text) in TEXTS.iter().enumerate() {
        let name = format!("person{n}");
        world.add_account(&name);
        let person = world.network(&name)?;
        person.publish(&Draft::text(*text)).await?;
        let shop = Recipient::Account(AccountRef::handle("shop"));
        person.send(&shop, &MessageDraft::text(*text)).await?;
        clock.advance(Duration::from_secs(60));
    }
    desk.step().await?;
    for (n, entry) in desk.queue(&QueueQuery::new()).await?.iter().enumerate() {
        match n % 4 {
            0 => drop(desk.claim(&entry.id, "ann").await?),
            1 => drop(
                desk.handoff(&entry.id, "ann", "warehouse", "Is there another one?")
                    .await?,
            ),
            2 => drop(
                desk.answer(&entry.id, "ann", "We look into it and write tomorrow.")
                    .await?,
            ),
            _ => {}
        }
    }
    let made = memory.list("desk/case/", None, 1000).await?;
    let store = EmbeddedStore::open(path).await?;
    for n in 0..cases {
        let (key, kept) = &made[usize::try_from(n).unwrap() % made.len()];
        let id = key.trim_start_matches("desk/case/");
        let new = format!("{n:016x}");
        let value = kept.value.replace(id, &new);
        store.put(&format!("desk/case/{new}"), &value, None).await?;
    }
    Ok(())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Opens the store and the desk, and lists all cases in their order.
fn reopen(turns: u64, more: &[String]) {
    let path = PathBuf::from(&more[0]);
    let cases: usize = more[1].parse().unwrap();
    for _ in 0..turns {
        runtime().block_on(async {
            let clock = SetClock::at(START.parse().unwrap());
            clock.advance(Duration::from_secs(3600));
            let world = World::with_clock(Arc::new(clock.clone()));
            world.add_account("shop");
            let store = EmbeddedStore::open(&path).await.unwrap();
            let desk = Desk::builder(Arc::new(store))
                .account("shop", Arc::new(world.network("shop").unwrap()))
                .build()
                .unwrap();
            let queue = desk.queue(&QueueQuery::new()).await.unwrap();
            assert_eq!(queue.len(), cases);
            assert!(clock.now() > START.parse().unwrap());
        });
    }
}

pub(crate) fn gates(report: &mut Report) {
    let folder = std::env::temp_dir().join(format!("sociable-gates-desk-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut each = Vec::new();
    for cases in [FEW, MANY] {
        let path = folder.join(cases.to_string());
        runtime().block_on(write(&path, cases)).unwrap();
        let more = [path.display().to_string(), cases.to_string()];
        match counted::instructions(REOPEN.0, 1, &more) {
            Ok(instructions) => each.push(instructions / cases as f64),
            Err(why) => report.unmeasured("desk.reopen.instructions", &why),
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let [few, many] = each[..] else { return };
    // More cases must not cost more each, or the promise could not be told from so few.
    report.figure("desk.reopen.growth", many / few, Bound::AtMost(1.05));
    report.figure(
        "desk.reopen.instructions",
        many * PROMISED,
        Bound::AtMost(2e9),
    );
}
