//! The people of the town: what they ask, complain of and praise, and what they do when they are answered.

use std::time::Duration;

use sociable::adapters::memory::{Memory, World};
use sociable::client::{Clock, Random, SeededRandom, jitter};
use sociable::{
    AccountRef, Draft, Edit, EventKind, EventQuery, MessageDraft, Post, PostId, Recipient, Result,
    Since, SocialNetwork,
};

use crate::office::{OURS, SOLVED, minutes};

/// What somebody wants.
#[derive(Clone, Copy)]
enum Matter {
    /// A question that mentions us.
    Mention(&'static str),
    /// A question below a post of ours.
    Comment(&'static str),
    /// A question as a message.
    Message(&'static str),
    /// A complaint that mentions us.
    Complaint(&'static str),
    /// A complaint that names us, but is said to nobody.
    Unheard(&'static str),
    /// Kind words that mention us.
    Praise(&'static str),
    /// Something else altogether.
    Other(&'static str),
}

const MATTERS: [Matter; 25] = [
    Matter::Unheard(
        "Ordered from Daisy Tea two weeks ago and I am still waiting for the parcel. Nobody answers!",
    ),
    Matter::Unheard(
        "Daisy Tea charged my card twice and the parcel never arrived. I want my money back.",
    ),
    Matter::Complaint(
        "my tea was cold, the waiter was rude and nobody apologised. Terrible service!",
    ),
    Matter::Complaint("the tin arrived broken and the tea is all over the box. I want a refund."),
    Matter::Complaint("I have been waiting for my order for three weeks, you promised two days!"),
    Matter::Unheard(
        "Daisy Tea promised two days for my order, and it has been nine. Still waiting, no reply.",
    ),
    Matter::Complaint("you sent me the wrong tea again and nobody picks up the phone. Awful!"),
    Matter::Mention("when do you open on Sundays?"),
    Matter::Mention("which of your teas has no caffeine at all?"),
    Matter::Mention("can one book a table for twelve?"),
    Matter::Mention("how long does green tea keep?"),
    Matter::Mention("do you deliver to the islands?"),
    Matter::Comment("How much is it?"),
    Matter::Comment("Is there any left for tomorrow?"),
    Matter::Comment("Does it have caffeine?"),
    Matter::Comment("Until when can I come by?"),
    Matter::Comment("Where can I park near you?"),
    Matter::Message("Hello, can I change the address of my order?"),
    Matter::Message("Hello, which tea would you give to somebody who likes coffee?"),
    Matter::Message("Hello, is the invoice of my last order somewhere?"),
    Matter::Praise("the best tea in town, thank you so much!"),
    Matter::Praise("what a lovely place, I love it!"),
    Matter::Other("The children made a daisy chain in the park today."),
    Matter::Other("Snow! At last, snow."),
    Matter::Other("Who has seen my cat?"),
];

/// Everybody who has something to say during the day: each comes once, at a moment of chance.
pub(crate) struct Town {
    people: Vec<Person>,
}

struct Person {
    network: Memory,
    matter: Matter,
    /// Which of our accounts it is said to.
    to: &'static str,
    after: Duration,
    /// What is done when a complaint is solved, 0 to 9.
    heart: u64,
    /// How long that takes.
    thinks: Duration,
}

impl Town {
    /// Somebody for the first matter, and for most of the others.
    pub(crate) fn new(world: &World, seed: u64) -> Result<Self> {
        let random = SeededRandom::new(seed);
        let mut people = Vec::new();
        for (number, matter) in MATTERS.into_iter().enumerate() {
            if random.next().is_multiple_of(5) && number > 0 {
                continue;
            }
            let handle = format!("person_{number}");
            world.add_account(&handle);
            people.push(Person {
                network: world.network(&handle)?,
                matter,
                to: OURS[random.next() as usize % OURS.len()],
                // Whoever comments comes after the first posts.
                after: minutes(45) + jitter(&random, minutes(8 * 60)),
                heart: random.next() % 10,
                thinks: minutes(5) + jitter(&random, minutes(30)),
            });
        }
        Ok(Self { people })
    }

    /// Lets everybody live through the day.
    pub(crate) async fn live(&self, clock: &dyn Clock) -> Result<()> {
        let lives = self.people.iter().map(|person| person.live(clock));
        futures_util::future::try_join_all(lives).await.map(drop)
    }
}

impl Person {
    async fn live(&self, clock: &dyn Clock) -> Result<()> {
        sleep(clock, self.after).await;
        let to_us = |text: &str| self.says(format!("@{} {text}", self.to));
        let post = match self.matter {
            Matter::Mention(text) | Matter::Praise(text) => return to_us(text).await.map(drop),
            Matter::Other(text) => return self.says(text.to_owned()).await.map(drop),
            Matter::Comment(text) => return self.comment(text).await,
            Matter::Message(text) => {
                let to = Recipient::Account(AccountRef::Handle(self.to.to_owned()));
                self.network.send(&to, &MessageDraft::text(text)).await?;
                return Ok(());
            }
            Matter::Complaint(text) => to_us(text).await?,
            Matter::Unheard(text) => self.says(text.to_owned()).await?,
        };
        let Some(answer) = self.solved(clock).await? else {
            return Ok(());
        };
        sleep(clock, self.thinks).await;
        self.react(&post, &answer).await
    }

    async fn says(&self, text: String) -> Result<Post> {
        self.network.publish(&Draft::text(text)).await
    }

    /// Asks below the latest post of ours.
    async fn comment(&self, text: &str) -> Result<()> {
        let posts = self.network.world().published(self.to);
        let Some(post) = posts.last() else {
            return Ok(());
        };
        let comment = Draft::text(text).reply_to(post);
        self.network.publish(&comment).await.map(drop)
    }

    /// Waits for the answer that says that it is solved, and looks every few minutes.
    async fn solved(&self, clock: &dyn Clock) -> Result<Option<PostId>> {
        let mut query = EventQuery::now()
            .since(Since::Oldest)
            .kinds(EventKind::Reply);
        for _ in 0..100 {
            sleep(clock, minutes(5)).await;
            let events = self.network.events(&query).await?;
            for event in events.items {
                if let Some(post) = event.post
                    && post.text.as_str().contains(SOLVED)
                {
                    return Ok(Some(post.id));
                }
            }
            query = query.since(Since::Cursor(events.cursor));
        }
        Ok(None)
    }

    /// Most say thanks, and tell it in their complaint too or take it away; some are silent, and some write that it is not
    /// solved.
    async fn react(&self, post: &Post, answer: &PostId) -> Result<()> {
        let text = match self.heart {
            0..=5 => "Thank you so much, great help!",
            6..=7 => return Ok(()),
            _ => "It is still not here. Where is it?",
        };
        if self.heart <= 3 {
            let text = format!("{} Edit: solved, thank you!", post.text.as_str());
            self.network.edit(&post.id, &Edit::text(text)).await?;
        }
        let reply = Draft::text(text).reply_to(answer);
        self.network.publish(&reply).await?;
        if matches!(self.heart, 4..=5) {
            self.network.delete(&post.id).await?;
        }
        Ok(())
    }
}

/// Lets so much time pass.
pub(crate) async fn sleep(clock: &dyn Clock, time: Duration) {
    let until = clock.now().checked_add(time);
    clock.sleep_until(until.unwrap_or(clock.now())).await;
}
