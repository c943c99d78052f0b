//! What the town begins to speak of: noticed early, proposed to the manager, and left to her.

use std::sync::Arc;

use sociable::adapters::memory::{Memory, World};
use sociable::client::Clock;
use sociable::jiff::Timestamp;
use sociable::store::KeyValue;
use sociable::trends::{Feed, Proposal, Safety, Trends};
use sociable::{AccountRef, Engagement, MessageDraft, Recipient, Result, SocialNetwork, Target};

use crate::office::{OURS, minutes};
use crate::summary::Summary;
use crate::{CLUB, MANAGER, NEWS, hours};

pub(crate) struct Listening {
    trends: Trends,
    news: Arc<Memory>,
    /// From when on each hour counts.
    day: Timestamp,
    /// What was proposed, and when.
    proposed: Vec<(Timestamp, Proposal)>,
}

impl Listening {
    pub(crate) fn new(store: Arc<dyn KeyValue>, news: Arc<Memory>, day: Timestamp) -> Result<Self> {
        let trends = Trends::builder(store)
            .account(NEWS, news.clone())
            .clock(news.world().clock())
            .topics(["tea", "charity", "winter"])
            .feed(Feed::home())
            .build()?;
        Ok(Self {
            trends,
            news,
            day,
            proposed: Vec::new(),
        })
    }

    /// Follows everybody, reads what they write, and sends the manager what is worth a thought.
    pub(crate) async fn listen(&mut self, clock: &dyn Clock) -> Result<()> {
        for handle in self.news.world().accounts() {
            if OURS.contains(&handle.as_str()) || [CLUB, NEWS, MANAGER].contains(&handle.as_str()) {
                continue;
            }
            let person = Target::from(AccountRef::Handle(handle));
            self.news.engage(&person, &Engagement::follow()).await?;
        }
        // An hour is looked at a quarter of an hour after it is over. Before the day nobody waits for what came of it.
        let mut look = clock.now() + minutes(15);
        loop {
            clock.sleep_until(look).await;
            let step = self.trends.step().await?;
            for topic in step.new.iter().chain(&step.changed) {
                if self
                    .proposed
                    .iter()
                    .any(|(_, known)| known.topic.id == topic.id)
                {
                    continue;
                }
                for proposal in self.trends.propose().await? {
                    self.propose(proposal, clock.now()).await?;
                }
            }
            look += if clock.now() < self.day {
                hours(3)
            } else {
                hours(1)
            };
        }
    }

    async fn propose(&mut self, proposal: Proposal, now: Timestamp) -> Result<()> {
        let mut known = self.proposed.iter();
        let told = known.any(|(_, known)| known.topic.id == proposal.topic.id);
        if told || matches!(proposal.safety, Safety::Unsafe(_)) {
            return Ok(());
        }
        let text = format!(
            "{} rises: {} To begin with: {}",
            proposal.topic.name,
            proposal.why,
            proposal.draft.text.as_str()
        );
        let manager = Recipient::Account(AccountRef::handle(MANAGER));
        self.news.send(&manager, &MessageDraft::text(text)).await?;
        self.proposed.push((now, proposal));
        Ok(())
    }

    /// `began` is when it really began, which only the town knows.
    pub(crate) fn tell(&self, summary: &mut Summary, world: &World, began: Timestamp) {
        summary.words("What the town begins to speak of");
        summary.count(
            "trends.proposed",
            self.proposed.len() as u64,
            self.proposed.len() as u64,
        );
        let Some((at, proposal)) = self.proposed.first() else {
            return;
        };
        let topic = &proposal.topic;
        summary.fact("trend.name", &topic.name);
        summary.fact("trend.detected_at", at);
        let delay = at.duration_since(began).try_into().unwrap_or_default();
        summary.time("trend.delay", delay, 1);
        let safety = match &proposal.safety {
            Safety::Safe => "It seems safe.".to_owned(),
            Safety::Careful(why) | Safety::Unsafe(why) => why.join(" "),
            _ => String::new(),
        };
        summary.words(format!(
            "{} ({})\n{safety}\nDraft: {}",
            proposal.why,
            topic.trigger.kind.as_str(),
            proposal.draft.text.as_str()
        ));
        // It is proposed, and nobody but a person posts it.
        let mut ours = OURS.iter().chain(&[CLUB, NEWS]);
        let posted = ours.any(|name| {
            world
                .texts(name)
                .iter()
                .any(|text| text.contains(&topic.name))
        });
        summary.fact("trend.posted", if posted { "yes" } else { "no" });
    }
}
