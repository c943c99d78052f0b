//! A contest from its rules to a proof that anyone can check, on the embedded network: opened, entered, closed, sealed in a
//! post before the randomness exists, drawn, announced. At the end a proof in which somebody changed one digit is refused.
//!
//! `cargo run --example contest --features full`
//!
//! The randomness is a round of a beacon that nobody can know beforehand. In earnest that is drand's, by
//! `Drand::new(&client, Chain::quicknet(), ["https://api.drand.sh"])`; here it is a chain of our own, on a clock that is set.

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::memory::World;
use sociable::client::{Clock, SetClock};
use sociable::contest::beacon::{Beacon, OwnChain};
use sociable::contest::draw::{Proof, Trust};
use sociable::contest::{Condition, Contests, Entrant, EntryWindow, Exclusion, Mode, OnUnknown};
use sociable::contest::{Rules, Subject};
use sociable::jiff::Timestamp;
use sociable::store::MemoryStore;
use sociable::{Draft, Engagement, Error, Result, SocialNetwork, Target};

const PEOPLE: [&str; 6] = ["anna", "boris", "clio", "dimitri", "elena", "fyodor"];

fn time(text: &str) -> Result<Timestamp> {
    text.parse()
        .map_err(|error| Error::config(format!("{text}: {error}")))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let clock = SetClock::at(time("2026-12-01T09:00:00Z")?);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let world = World::with_clock(Arc::clone(&shared));
    world.add_account("shop");
    world.add_account("anna_of_the_shop");
    let shop = Arc::new(world.network("shop")?);
    let beacon = OwnChain::new("example", clock.now(), 30, Arc::clone(&shared))?;
    let trusted = beacon.chain().hash();
    let contests = Contests::builder(Arc::new(MemoryStore::new()))
        .account("shop", shop.clone())
        .beacon(Arc::new(beacon))
        .build()?;

    // The rules are about a post, and are fixed when the contest is opened.
    let post = shop
        .publish(&Draft::text(
            "Like this, and tell us below which tea you like!",
        ))
        .await?;
    let window = EntryWindow::utc(clock.now(), time("2026-12-01T18:00:00Z")?);
    let rules = Rules::new("Three tins", window, Mode::chance())
        .about(Subject::post("shop", post.id.clone()))
        .conditions(Condition::liked())
        .conditions(Condition::commented_with("(?i)tea"))
        .exclusions(Exclusion::staff(["@anna_of_the_shop"]))
        .winners(2_u32)
        .reserves(2_u32)
        .unknown(OnUnknown::Reject);
    for violation in contests.check(&rules) {
        println!("{}: {}", violation.field, violation.message);
    }
    let contest = contests.open("tins", &rules).await?;

    for (number, name) in PEOPLE.iter().enumerate() {
        world.add_account(name);
        let person = world.network(name)?;
        let like = Engagement::like();
        person.engage(&Target::from(&post), &like).await?;
        // The last one forgets to say what was asked.
        let words = if number < 5 { "Green tea" } else { "Me!" };
        person.publish(&Draft::text(words).reply_to(&post)).await?;
        clock.advance(Duration::from_secs(600));
    }
    let ours = world.network("anna_of_the_shop")?;
    ours.engage(&Target::from(&post), &Engagement::like())
        .await?;
    let step = contest.step().await?;
    println!("{} people were seen", step.new);

    clock.set(time("2026-12-01T18:01:00Z")?);
    let frozen = contest.freeze().await?;
    println!(
        "{} take part, {} were rejected",
        frozen.entries, frozen.rejected
    );
    for (reason, count) in contest.report().await?.reasons {
        println!("  {count} × {reason}");
    }
    let committed = contest.commit().await?;
    println!("published: {}", committed.line);
    println!("decided by a round of {}", committed.round_at);
    clock.set(committed.round_at);
    contest.draw().await?;
    contest.announce().await?;
    for text in world.texts("shop").iter().skip(1) {
        println!("the shop said: {text}");
    }

    // Anyone can check it with the file alone, who trusts the beacon's chain.
    let file = contest.proof().await?.to_json();
    let trust = Trust::default().also(trusted);
    let verified = Proof::read(file.as_bytes())?.verify(&trust)?;
    println!(
        "verified: {} winners of {} entries",
        verified.winners.len(),
        verified.entries
    );
    // An entrant alone gets what shows that he is in the list.
    let anna = Entrant::new("memory", "memory:account:anna");
    let inclusion = contest.inclusion(&anna).await?;
    match inclusion.verify(&frozen.root) {
        Ok(_) => println!(
            "anna is in the list, in place {:?}",
            verified.place_of(inclusion.index)
        ),
        Err(fault) => println!("anna is not in the list: {fault}"),
    }
    // Somebody puts himself in another's place.
    let winner = verified.winners.first();
    let winner = winner.map(|place| place.commitment.to_string());
    let winner = winner.ok_or_else(|| Error::config("nobody won"))?;
    let other = winner.replace(['0', '1'], "2");
    let tampered = file.replace(&winner, &other);
    match Proof::read(tampered.as_bytes()).and_then(|proof| proof.verify(&trust)) {
        Ok(_) => return Err(Error::config("a changed proof was taken for a good one")),
        Err(fault) => println!("a changed proof is refused: {fault}"),
    }
    Ok(())
}
