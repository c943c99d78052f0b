//! What watching a stream costs: instructions a post, and the heap that a million terms take.

use std::hint::black_box;
use std::time::Duration;

use sociable::jiff::{SignedDuration, Timestamp};
use sociable::text::Text;
use sociable::trends::detect::DetectorConfig;
use sociable::trends::{Watch, WatchConfig};
use sociable::{Account, Post};

use crate::counted::{Work, instructions};
use crate::figures::{Bound, Report};
use crate::memory::live;

pub(crate) const POSTS: Work = ("trends.post", posts);
pub(crate) const MADE: Work = ("trends.made", made);

/// For each post, with its share of the bucket's end (issue 7).
const POST: f64 = 40_000.0;
/// A day of the stream: in its first hours every word is new and must be stemmed, in its second half alarms are looked for.
const STREAM: u64 = 24 * 1_800;
/// For a million distinct terms, the statistics among them (issue 7).
const HEAP: f64 = 64.0;
/// What four more weeks may add to what four weeks left: nothing, but for the chance of what they hold.
const GROWTH: f64 = 1.05;

const MIB: f64 = 1024.0 * 1024.0;

fn start() -> Timestamp {
    "2026-11-02T00:00:00Z".parse().unwrap()
}

fn mixed(number: u64) -> u64 {
    let z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 29)
}

/// A frequent word is drawn often, a rare one seldom, as in a language.
fn drawn(random: u64, words: f64) -> u64 {
    let share = (random >> 11) as f64 / (1_u64 << 53) as f64;
    words.powf(share) as u64
}

/// A word of syllables, in one of three scripts.
fn word(number: u64, script: u64) -> String {
    let syllables: [&str; 8] = match script {
        0 => ["ka", "ro", "mi", "ten", "sol", "va", "dor", "lin"],
        1 => ["ка", "ро", "ми", "тен", "сол", "ва", "дор", "лин"],
        _ => ["κα", "ρο", "μι", "τεν", "σολ", "βα", "δορ", "λιν"],
    };
    let mut word = String::new();
    let mut rest = number + 64;
    while rest > 0 {
        word.push_str(syllables[(rest % 8) as usize]);
        rest /= 8;
    }
    word
}

/// A post as people write it: twelve words, a hashtag, now and then a name and a page.
fn post(number: u64, at: Timestamp, words: f64) -> Post {
    let author = format!("author{}", mixed(number ^ 1) % 5_000);
    let script = mixed(number ^ 2) % 3;
    let mut text = String::new();
    for n in 0..12 {
        text.push_str(&word(drawn(mixed(number * 16 + n), words), script));
        text.push(' ');
    }
    text.push('#');
    text.push_str(&word(drawn(mixed(number ^ 3), 500.0), 0));
    if number.is_multiple_of(4) {
        text.push_str(&format!(" @author{}", mixed(number ^ 4) % 5_000));
    }
    if number.is_multiple_of(7) {
        text.push_str(&format!(
            " https://example.com/{}",
            mixed(number ^ 5) % 1_000
        ));
    }
    Post::new(format!("p{number}").as_str())
        .author(Account::new(author.as_str()).handle(author.as_str()))
        .text(Text::plain(text))
        .created_at(at)
}

fn watch() -> Watch {
    Watch::new(WatchConfig::new().lateness(Duration::ZERO)).unwrap()
}

/// A busy stream, each post another: one every two seconds.
fn stream(turns: u64) -> impl Iterator<Item = Post> {
    (0..turns).map(|number| {
        let at = start() + SignedDuration::from_secs(number as i64 * 2);
        post(number, at, 20_000.0)
    })
}

/// What it costs to make the posts, to be taken off.
fn made(turns: u64, _: &[String]) {
    for one in stream(turns) {
        black_box(one);
    }
}

/// Takes the stream in, the end of each hour too.
fn posts(turns: u64, _: &[String]) {
    let detector = DetectorConfig::default().warm_up(Duration::from_secs(12 * 3_600));
    let config = WatchConfig::new().lateness(Duration::ZERO);
    let mut watch = Watch::new(config.detector(detector)).unwrap();
    for (number, one) in stream(turns).enumerate() {
        black_box(watch.push("memory", black_box(&one)));
        if number % 1_800 == 1_799 {
            let now = start() + SignedDuration::from_secs(number as i64 * 2 + 2);
            black_box(watch.close(now));
        }
    }
}

/// The heap in MiB that four weeks of a stream left, and then four more; and the most that it took meanwhile.
fn weeks() -> [f64; 3] {
    const HOURS: u64 = 4 * 7 * 24;
    const HOURLY: u64 = 800;
    let before = live();
    let mut watch = watch();
    let (mut half, mut most) = (0, 0);
    for hour in 0..2 * HOURS {
        let from = start() + SignedDuration::from_hours(hour as i64);
        for n in 0..HOURLY {
            let at = from + SignedDuration::from_secs((n * 3_600 / HOURLY) as i64);
            watch.push("memory", &post(hour * HOURLY + n, at, 50_000.0));
        }
        most = most.max(live() - before);
        drop(watch.close(from + SignedDuration::from_hours(1)));
        most = most.max(live() - before);
        if hour + 1 == HOURS {
            half = live() - before;
        }
    }
    let left = live() - before;
    [half, left, most].map(|bytes| bytes as f64 / MIB)
}

/// A million distinct hashtags and words in one hour, each of one author or two, after days that taught what is usual.
fn million() -> f64 {
    let before = live();
    let mut watch = watch();
    let mut most = 0;
    for hour in 0..30_u64 {
        let from = start() + SignedDuration::from_hours(hour as i64);
        for n in 0..3_000 {
            watch.push("memory", &post(hour * 3_000 + n, from, 20_000.0));
        }
        drop(watch.close(from + SignedDuration::from_hours(1)));
    }
    let from = start() + SignedDuration::from_hours(30);
    for n in 0..250_000_u64 {
        let text = format!("#q{n}a #q{n}b q{n}c q{n}d");
        let author = format!("author{}", n % 5_000);
        let one = Post::new(format!("m{n}").as_str())
            .author(Account::new(author.as_str()))
            .text(Text::plain(text))
            .created_at(from + SignedDuration::from_secs((n / 100) as i64));
        watch.push("memory", &one);
        if n % 1_000 == 0 {
            most = most.max(live() - before);
        }
    }
    let closed = watch.close(from + SignedDuration::from_hours(1));
    most = most.max(live() - before);
    assert!(closed.iter().any(|bucket| bucket.terms >= 1_000_000));
    most as f64 / MIB
}

pub(crate) fn post_gates(report: &mut Report) {
    let name = "trends.post.instructions";
    let both = instructions(POSTS.0, STREAM, &[])
        .and_then(|all| Ok(all - instructions(MADE.0, STREAM, &[])?));
    match both {
        Ok(count) => report.figure(name, count.round(), Bound::AtMost(POST)),
        Err(why) => report.unmeasured(name, &why),
    }
}

pub(crate) fn heap_gates(report: &mut Report) {
    report.figure("trends.heap_mib", million(), Bound::AtMost(HEAP));
    let [four, eight, most] = weeks();
    report.figure("trends.heap_growth", eight / four, Bound::AtMost(GROWTH));
    report.figure("trends.heap_weeks_mib", most, Bound::AtMost(HEAP));
}
