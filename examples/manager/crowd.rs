//! The rest of the town: two weeks of ordinary talk, those who take part in the contest, and a chain of nominations that
//! nobody planned.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sociable::adapters::memory::{Memory, World};
use sociable::client::{Clock, Random, SeededRandom, jitter};
use sociable::jiff::Timestamp;
use sociable::jiff::tz::TimeZone;
use sociable::{AccountRef, Draft, Engagement, Error, Post, PostId, Result, SocialNetwork, Target};

use crate::office::minutes;
use crate::{CLUB, STAFF, hours};

/// The tag of the nominations.
pub(crate) const CHALLENGE: &str = "#ColdTeaChallenge";

/// Who lives there besides those who write to us.
const FIRST: [&str; 12] = [
    "mia", "leo", "zoe", "max", "eva", "tom", "ida", "sam", "lia", "ben", "amy", "jan",
];
const LAST: [&str; 5] = ["hill", "lake", "moor", "reed", "wood"];

/// Under which tags they talk, and from when to when.
const TAGS: [(u64, u64, &str); 4] = [
    (6, 10, " #coffee"),
    (11, 14, " #lunch"),
    (17, 21, " #football"),
    (20, 23, " #night"),
];

/// Parts of what they say, one of each column: what several people say in the same words is taken for a copy.
const TALK: [[&str; 10]; 4] = [
    [
        "My neighbour",
        "The baker",
        "Our choir",
        "The new teacher",
        "Somebody's uncle",
        "A tall stranger",
        "The postwoman",
        "Half my street",
        "The ferryman",
        "A very small dog",
    ],
    [
        "plays the trumpet",
        "has lost a red glove",
        "sells old maps",
        "found three keys",
        "waits for the bus",
        "repairs bicycles",
        "argues about the weather",
        "bakes with plums",
        "paints the fence again",
        "carries a ladder",
    ],
    [
        "by the river",
        "behind the station",
        "in front of the library",
        "on the old bridge",
        "at the corner shop",
        "under the chestnut trees",
        "next to the school",
        "on the market square",
        "near the lighthouse",
        "at the swimming pool",
    ],
    [
        "and nobody minds.",
        "which made my day.",
        "as every winter.",
        "while it snows.",
        "for the third time this week.",
        "with a big smile.",
        "and I only watched.",
        "until the lamps go out.",
        "before breakfast!",
        "just like last year.",
    ],
];

/// Parts of what they say when they are nominated.
const NOMINATED: [[&str; 8]; 3] = [
    [
        "Done: a whole bucket of cold tea over my head!",
        "So wet, so cold, I smell of mint.",
        "My turn! Brr, that was iced tea.",
        "Never again. Well, perhaps next year.",
        "The neighbours laughed when the tea came down.",
        "Camera on, bucket up, tea everywhere.",
        "I screamed like a kettle, it is on film.",
        "Two litres of earl grey, straight from the fridge.",
    ],
    [
        "For the children's hospital, where every euro counts.",
        "Ten euros went to the children's hospital as well.",
        "All for charity: the children's hospital needs beds.",
        "The children's hospital gets my donation tonight.",
        "It helps the children's hospital, so of course I did it.",
        "And a donation, for the little ones in hospital.",
        "I gave what I could to the hospital for children.",
        "A good cause: the hospital of our children.",
    ],
    [
        "You have a day:",
        "I nominate",
        "Now you,",
        "Who is next?",
        "Your turn:",
        "I pass the bucket to",
        "I challenge",
        "Twenty-four hours for",
    ],
];

const COMMENTS: [&str; 4] = [
    "Tea, please! The smoky one.",
    "A pot of winter tea would be lovely.",
    "I would share it: tea is for two.",
    "Green TEA for my grandmother.",
];

/// Something that somebody does at some moment.
struct Deed {
    at: Timestamp,
    who: usize,
    what: What,
}

enum What {
    Says(String),
    Likes,
    Follows,
    Reposts,
    TakesRepostBack,
    Comments(&'static str),
    TakesCommentBack,
}

/// All of them, and what they will do.
pub(crate) struct Crowd {
    people: Vec<Memory>,
    deeds: Vec<Deed>,
}

impl Crowd {
    /// Those who have lived there for long.
    pub(crate) fn settle(world: &World) -> Result<Self> {
        let names = LAST.iter().flat_map(|last| {
            let person = move |first: &&str| format!("{first}_{last}");
            FIRST.iter().map(person)
        });
        let mut crowd = Self {
            people: Vec::new(),
            deeds: Vec::new(),
        };
        for name in names.chain(STAFF.map(str::to_owned)) {
            crowd.join(world, &name)?;
        }
        Ok(crowd)
    }

    fn join(&mut self, world: &World, name: &str) -> Result<usize> {
        world.add_account(name);
        self.people.push(world.network(name)?);
        Ok(self.people.len() - 1)
    }

    /// How many have lived there for long and are not ours.
    const TOWNSPEOPLE: usize = FIRST.len() * LAST.len();

    /// Ordinary talk in a time: more by day than by night, under other tags at other hours.
    pub(crate) fn talk(&mut self, from: Timestamp, until: Timestamp, seed: u64) {
        let random = SeededRandom::new(seed);
        let mut hour = from;
        while hour < until {
            let of_day = hour.to_zoned(TimeZone::UTC).hour() as u64;
            let most = if (6..=23).contains(&of_day) { 10 } else { 2 };
            for _ in 0..random.next() % most {
                let mut text = said(&TALK, &random);
                let tags = TAGS.iter();
                let mut tags = tags.filter(|(first, last, _)| (*first..=*last).contains(&of_day));
                if let Some((.., tag)) = tags.next()
                    && random.next().is_multiple_of(3)
                {
                    text += tag;
                }
                self.deeds.push(Deed {
                    at: hour + jitter(&random, minutes(60)),
                    who: random.next() as usize % Self::TOWNSPEOPLE,
                    what: What::Says(text),
                });
            }
            hour += hours(1);
        }
    }

    /// Those who take part in the contest: most do all that is asked for, some forget a part of it, some take it back, some
    /// work for us, and two have joined for it alone.
    pub(crate) fn enter(
        &mut self,
        world: &World,
        from: Timestamp,
        until: Timestamp,
        seed: u64,
    ) -> Result<()> {
        let random = SeededRandom::new(seed);
        let mut entrants: Vec<usize> = (0..Self::TOWNSPEOPLE + STAFF.len())
            .filter(|who| *who >= Self::TOWNSPEOPLE || !random.next().is_multiple_of(3))
            .collect();
        for newcomer in ["quick_win", "lucky_day"] {
            entrants.push(self.join(world, newcomer)?);
        }
        let open = Duration::try_from(until.duration_since(from)).unwrap_or_default();
        for (number, who) in entrants.into_iter().enumerate() {
            let begin = from + jitter(&random, open.saturating_sub(minutes(60)));
            let mut does = |after: u64, what| {
                let at = begin + Duration::from_secs(after);
                self.deeds.push(Deed { at, who, what });
            };
            // One of each kind is there whatever the seed says.
            let kind = if number < 6 {
                number as u64
            } else {
                random.next() % 16
            };
            does(20, What::Likes);
            match kind {
                0 => does(70, What::Comments("Me, me, me!")),
                1 => {}
                _ => {
                    let words = COMMENTS[random.next() as usize % COMMENTS.len()];
                    does(70, What::Comments(words));
                }
            }
            if kind != 2 {
                does(40, What::Reposts);
            }
            if kind != 4 {
                does(50, What::Follows);
            }
            match kind {
                3 => does(900, What::TakesRepostBack),
                5 => does(900, What::TakesCommentBack),
                // Two comments are one entry.
                6 => does(600, What::Comments("Did I say tea?")),
                _ => {}
            }
        }
        Ok(())
    }

    /// Somebody pours cold tea over his head for the children's hospital and names three others; most of those do the same.
    pub(crate) fn nominate(&mut self, from: Timestamp, until: Timestamp, seed: u64) {
        let random = SeededRandom::new(seed);
        let first = random.next() as usize % Self::TOWNSPEOPLE;
        let mut named = BTreeSet::from([first]);
        let mut next = BTreeSet::from([(from, first)]);
        while let Some((at, who)) = next.pop_first() {
            if at >= until {
                break;
            }
            let mut text = said(&NOMINATED, &random);
            for _ in 0..3 {
                let other = random.next() as usize % Self::TOWNSPEOPLE;
                if other == who {
                    continue;
                }
                text += &format!(" @{}", self.people[other].handle());
                // Who was named before does not do it twice, and one in six does not do it at all.
                if named.insert(other) && !random.next().is_multiple_of(6) {
                    next.insert((at + minutes(8) + jitter(&random, minutes(40)), other));
                }
            }
            let what = What::Says(format!("{text} {CHALLENGE}"));
            self.deeds.push(Deed { at, who, what });
        }
    }

    /// Lets everything happen at its time.
    pub(crate) async fn live(&mut self, clock: &dyn Clock) -> Result<()> {
        self.deeds.sort_by_key(|deed| deed.at);
        let mut comments: BTreeMap<usize, Post> = BTreeMap::new();
        for deed in &self.deeds {
            clock.sleep_until(deed.at).await;
            let person = &self.people[deed.who];
            match &deed.what {
                What::Says(text) => {
                    person.publish(&Draft::text(text.as_str())).await?;
                }
                What::Comments(text) => {
                    let comment = Draft::text(*text).reply_to(contest_of(person)?);
                    comments.insert(deed.who, person.publish(&comment).await?);
                }
                What::TakesCommentBack => {
                    if let Some(comment) = comments.remove(&deed.who) {
                        person.delete(&comment.id).await?;
                    }
                }
                What::Follows => {
                    let club = Target::from(AccountRef::handle(CLUB));
                    person.engage(&club, &Engagement::follow()).await?;
                }
                What::Likes => engage(person, Engagement::like()).await?,
                What::Reposts => engage(person, Engagement::repost()).await?,
                What::TakesRepostBack => engage(person, Engagement::repost().off()).await?,
            }
        }
        Ok(())
    }
}

/// One part of each column.
fn said<const PARTS: usize>(columns: &[[&str; PARTS]], random: &SeededRandom) -> String {
    let parts = columns
        .iter()
        .map(|column| column[random.next() as usize % PARTS]);
    parts.collect::<Vec<_>>().join(" ")
}

/// The post that opened the contest.
fn contest_of(person: &Memory) -> Result<PostId> {
    let first = person.world().published(CLUB).into_iter().next();
    first.ok_or_else(|| Error::config("the contest is not open yet"))
}

async fn engage(person: &Memory, engagement: Engagement) -> Result<()> {
    let post = Target::from(contest_of(person)?);
    person.engage(&post, &engagement).await.map(drop)
}
