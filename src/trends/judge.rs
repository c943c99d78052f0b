//! What to be careful about, what seems to drive a topic, and why it is told, in words for a person.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::count::Hot;
use super::topic::{Flag, Topic, Trigger, TriggerKind};
use super::topics::{Live, Scene};

/// From which share one author is too many of them.
const TOP_SHARE: f64 = 0.5;
/// From which Gini coefficient on a topic hangs on few, where there are enough authors to tell.
const GINI: f64 = 0.8;
/// From which share on young accounts, contests, paid posts, copies and deleted ones are told.
const YOUNG: f64 = 0.5;
const CONTEST: f64 = 0.3;
const PAID: f64 = 0.3;
const COPIED: f64 = 0.3;
const DELETED: f64 = 0.3;
/// From which share of nominating posts on a topic is one of nominations.
const NOMINATING: f64 = 0.25;
/// From which share of posts with a link on it is news.
const LINKED: f64 = 0.5;
/// From so many reposts for each post on few begin what many pass on.
const REPOSTED: f64 = 2.0;
/// An event goes on for at least so many buckets.
const LASTS: u32 = 6;

fn share(part: u64, all: u64) -> f64 {
    if all == 0 {
        0.0
    } else {
        part as f64 / all as f64
    }
}

/// What to be careful about in a term's posts.
pub(super) fn flags(hot: &Hot) -> Vec<Flag> {
    let mut flags = Vec::new();
    let (spread, sample) = (hot.authors.spread(), &hot.sample);
    if spread.top_share > TOP_SHARE || spread.gini > GINI {
        flags.push(Flag::Concentrated {
            top_share: spread.top_share,
            gini: spread.gini,
        });
    }
    let young = share(hot.authors.young(), hot.authors.len());
    if young >= YOUNG {
        flags.push(Flag::YoungAccounts { share: young });
    }
    let contest = share(sample.contest, sample.seen);
    if contest >= CONTEST {
        flags.push(Flag::ContestSpam { share: contest });
    }
    let paid = share(sample.paid, sample.seen);
    if paid >= PAID {
        flags.push(Flag::Promoted { share: paid });
    }
    let copied = share(sample.copies, sample.copies + sample.seen);
    if copied >= COPIED {
        flags.push(Flag::Copied { share: copied });
    }
    flags
}

/// Judges a topic by what is known of it at the end of a bucket.
pub(super) fn topic(live: &mut Live, before: Option<Timestamp>, scene: &Scene<'_>) {
    let deleted = live.deleted_share();
    live.topic
        .flags
        .retain(|flag| !matches!(flag, Flag::DeletedAfter { .. }));
    if deleted >= DELETED {
        live.topic.flags.push(Flag::DeletedAfter { share: deleted });
    }
    if live.topic.is_rising() {
        live.topic.trigger = trigger(live, before, scene);
    }
    live.topic.why = why(&live.topic, scene.config.bucket.as_secs());
}

fn trigger(live: &Live, before: Option<Timestamp>, scene: &Scene<'_>) -> Trigger {
    let topic = &live.topic;
    if let Some(before) = before {
        let when = moment(before);
        let why = format!("it rose before, at the same time of the week or year: {when}");
        return Trigger::new(TriggerKind::Commemorative, why);
    }
    let lead = live.lead(scene);
    let of_lead = |part: fn(&Hot) -> u64| lead.map_or(0.0, |hot| share(part(hot), hot.sample.seen));
    let nominating = of_lead(|hot| hot.sample.nominating);
    let chain = topic.chain.filter(|chain| chain.links > 0);
    if let Some(chain) = chain
        && (nominating >= NOMINATING || share(chain.links, topic.authors) >= NOMINATING / 2.0)
    {
        let why = format!(
            "{} authors who had been named went on and named others; the longest chain has {} links",
            chain.links, chain.depth
        );
        return Trigger::new(TriggerKind::Nomination, why);
    }
    if nominating >= NOMINATING * 2.0 {
        let why = format!(
            "{} of its posts name two people or more",
            percent(nominating)
        );
        return Trigger::new(TriggerKind::Nomination, why);
    }
    let linked = of_lead(|hot| hot.sample.linked);
    if linked >= LINKED {
        let why = format!("{} of its posts pass on a page", percent(linked));
        return Trigger::new(TriggerKind::News, why);
    }
    let reposts = of_lead(|hot| hot.sample.reposts);
    if reposts >= REPOSTED {
        let why =
            format!("for each post there are {reposts:.1} reposts: few begin what many pass on");
        return Trigger::new(TriggerKind::Meme, why);
    }
    if live.buckets >= LASTS {
        let why = format!("it has been above the usual for {} buckets", live.buckets);
        return Trigger::new(TriggerKind::Event, why);
    }
    let media = of_lead(|hot| hot.sample.media);
    if media >= LINKED {
        let why = format!(
            "{} of its posts have a picture or film of their own",
            percent(media)
        );
        return Trigger::new(TriggerKind::Meme, why);
    }
    Trigger::new(TriggerKind::Unclear, "its posts have no sign in common")
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A moment for people, to the minute, in UTC.
pub(super) fn moment(at: Timestamp) -> String {
    let at = TimeZone::UTC.to_datetime(at);
    format!(
        "{} {:02}:{:02} UTC",
        at.date(),
        at.time().hour(),
        at.time().minute()
    )
}

/// A length of time for people.
pub(super) fn length(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..7_200 if seconds != 3_600 => (seconds / 60, "minute"),
        0..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// A number as people write it: few digits.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        ..0.001 if value != 0.0 => format!("{value:.0e}"),
        ..0.1 => format!("{value:.3}"),
        ..10.0 if value.fract() != 0.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn why(topic: &Topic, bucket: u64) -> String {
    let strength = &topic.strength;
    if !topic.is_rising() {
        return format!(
            "{}: over since {}; it began {} and was {} times the usual at its height",
            topic.name,
            moment(topic.updated),
            moment(topic.started),
            number(strength.peak)
        );
    }
    let span = length(bucket * u64::from(strength.buckets.max(1)));
    let lasts = match topic.ends {
        Some(ends) => match ends.latest {
            Some(latest) => format!(
                "it may last until {}, {} at the latest",
                moment(ends.likely),
                moment(latest)
            ),
            None => format!("it may last until {} or longer", moment(ends.likely)),
        },
        None => "how long it lasts cannot be told yet".to_owned(),
    };
    format!(
        "{}: {} authors (weighted) within {span}, where {} are usual: {} times as many; chance of that at the usual level {}, \
         over all terms {}; since {}; {lasts}",
        topic.name,
        number(strength.observed),
        number(strength.expected),
        number(strength.ratio),
        number(strength.p),
        number(strength.q),
        moment(topic.started)
    )
}
