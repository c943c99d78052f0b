//! A home timeline as Bluesky's AppView answers it, made up but in its proportions: half of the posts with pictures or a
//! card, a quarter of them answers, every eighth a repost, all with links, mentions or hashtags, and people who write
//! more than once.

use std::fmt::Write;

/// How many posts the page has.
pub(crate) const POSTS: usize = 50;

/// How many people write them.
const PEOPLE: usize = 32;

const NAMES: [&str; 8] = [
    "Anna Lindqvist",
    "Борис Чайкин ☕",
    "carmen 🌻",
    "Dr. Devika Rao",
    "Émile D.",
    "Fumiko 文子",
    "the gardener",
    "Hal",
];

const TEXTS: [&str; 6] = [
    "The first snow of the year fell on the harbour tonight. Nobody was out but the gulls and me, and the gulls were not \
     impressed.",
    "Сегодня на рынке впервые за месяц были хорошие груши. Взяла два кило, половину уже съела по дороге домой.",
    "Small release today: the importer reads a whole archive in one pass and says \\\"line 7, column 3\\\" where it used to \
     say nothing.\\n\\nThanks to everybody who sent a file that broke it.",
    "Reading the minutes of a town council of 1911. They argued about noise from motor cars; there were four in the town.",
    "今日は駅まで歩いた。桜はまだだけれど、空気がもう春のにおいだった。",
    "Tea, bread, a book, rain on the roof. That is all I wanted of this Sunday 🌧️",
];

/// Letters of a hash or key that follow from a number, as many as wanted.
fn letters(mut seed: u64, count: usize) -> String {
    const ALPHABET: &[u8] = b"234567abcdefghijklmnopqrstuvwxyz";
    (0..count)
        .map(|_| {
            // Knuth's MMIX constants: any stream does that is the same on every machine.
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(ALPHABET[(seed >> 59) as usize])
        })
        .collect()
}

fn cid(seed: usize) -> String {
    format!("bafyrei{}", letters(seed as u64 + 7000, 52))
}

fn blob(seed: usize) -> String {
    format!("bafkrei{}", letters(seed as u64 + 9000, 52))
}

fn did(person: usize) -> String {
    format!("did:plc:{}", letters(person as u64 + 1, 24))
}

fn uri(person: usize, post: usize) -> String {
    let key = letters(post as u64 + 500, 11);
    format!("at://{}/app.bsky.feed.post/3m{key}", did(person))
}

fn handle(person: usize) -> String {
    let name = letters(person as u64 + 300, 5 + person % 7);
    match person % 4 {
        0 => format!("{name}.example.com"),
        _ => format!("u{name}.bsky.social"),
    }
}

fn account(person: usize) -> String {
    let (did, handle) = (did(person), handle(person));
    let name = NAMES[person % NAMES.len()];
    let avatar = blob(person + 400);
    let following = match person % 3 {
        0 => String::new(),
        _ => format!(
            r#","following":"at://{}/app.bsky.graph.follow/3k{}""#,
            did,
            letters(person as u64 + 40, 11)
        ),
    };
    format!(
        r#"{{"did":"{did}","handle":"{handle}","displayName":"{name}","avatar":"https://cdn.bsky.app/img/avatar/plain/{did}/{avatar}","viewer":{{"muted":false,"blockedBy":false{following}}},"labels":[],"createdAt":"2024-0{}-1{}T0{}:11:59.118Z"}}"#,
        1 + person % 9,
        person % 10,
        person % 10,
    )
}

/// The answer: about 90 kB.
pub(crate) fn page() -> Vec<u8> {
    let mut out = String::from(r#"{"feed":["#);
    for i in 0..POSTS {
        if i > 0 {
            out.push(',');
        }
        item(&mut out, i);
    }
    out.push_str(r#"],"cursor":"2026-11-22T21:17:03.52Z"}"#);
    out.into_bytes()
}

fn item(out: &mut String, i: usize) {
    let person = (i * 7) % PEOPLE;
    let (uri, cid) = (uri(person, i), cid(i));
    let author = account(person);
    let minute = 59 - i;
    write!(
        out,
        r#"{{"post":{{"uri":"{uri}","cid":"{cid}","author":{author},"record":{{"$type":"app.bsky.feed.post","createdAt":"2026-11-22T22:{minute:02}:07.{:03}Z""#,
        i * 13,
    )
    .unwrap();
    let embeds = embeds(i, person);
    if let Some((record, _)) = &embeds {
        write!(out, r#","embed":{record}"#).unwrap();
    }
    words(out, i);
    let langs = match i % TEXTS.len() {
        1 => r#"["ru","en"]"#,
        4 => r#"["ja"]"#,
        _ => r#"["en"]"#,
    };
    write!(out, r#","langs":{langs}"#).unwrap();
    if i % 4 == 1 {
        let root = (self::uri((i + 3) % PEOPLE, i + 100), self::cid(i + 100));
        let parent = match i % 8 {
            1 => root.clone(),
            _ => (self::uri((i + 5) % PEOPLE, i + 200), self::cid(i + 200)),
        };
        write!(
            out,
            r#","reply":{{"parent":{{"cid":"{}","uri":"{}"}},"root":{{"cid":"{}","uri":"{}"}}}}"#,
            parent.1, parent.0, root.1, root.0
        )
        .unwrap();
    }
    out.push('}');
    if let Some((_, view)) = &embeds {
        write!(out, r#","embed":{view}"#).unwrap();
    }
    let liked = match i % 5 {
        0 => format!(
            r#""like":"at://{}/app.bsky.feed.like/3m{}","#,
            did(90),
            letters(i as u64, 11)
        ),
        _ => String::new(),
    };
    write!(
        out,
        r#","bookmarkCount":{},"replyCount":{},"repostCount":{},"likeCount":{},"quoteCount":{},"indexedAt":"2026-11-22T22:{minute:02}:08.{:03}Z","viewer":{{{liked}"bookmarked":false,"threadMuted":false,"embeddingDisabled":false}},"labels":[]}}"#,
        i % 3,
        i % 7,
        i * 2,
        i * 31 % 977,
        i % 2,
        i * 17,
    )
    .unwrap();
    if i % 8 == 2 {
        let by = account((i + 11) % PEOPLE);
        let (uri, cid) = (self::uri(person, i + 300), self::cid(i + 300));
        write!(
            out,
            r#","reason":{{"$type":"app.bsky.feed.defs#reasonRepost","by":{by},"uri":"{uri}","cid":"{cid}","indexedAt":"2026-11-22T22:{minute:02}:59.001Z"}}"#
        )
        .unwrap();
    }
    out.push('}');
}

/// The text with its facets: every post names something.
fn words(out: &mut String, i: usize) {
    let mut text = TEXTS[i % TEXTS.len()].to_owned();
    let mut facets = Vec::new();
    let mut add = |label: &str, feature: String| {
        text.push(' ');
        // Offsets count the text without its escapes, of which each stands for one byte.
        let start = text.len() - text.matches('\\').count();
        text.push_str(label);
        let end = start + label.len();
        facets.push(format!(
            r#"{{"features":[{{"$type":"app.bsky.richtext.facet#{feature}}}],"index":{{"byteEnd":{end},"byteStart":{start}}}}}"#
        ));
    };
    match i % 3 {
        0 => add("#notes", r#"tag","tag":"notes""#.to_owned()),
        1 => add(
            "example.com/notes/2026/11...",
            format!(r#"link","uri":"https://example.com/notes/2026/11/{i}?from=feed""#),
        ),
        _ => {
            let person = (i + 9) % PEOPLE;
            add(
                &format!("@{}", handle(person)),
                format!(r#"mention","did":"{}""#, did(person)),
            );
            add("#сад", r#"tag","tag":"сад""#.to_owned());
        }
    }
    write!(out, r#","facets":[{}],"text":"{text}""#, facets.join(",")).unwrap();
}

/// What a post embeds: in its record, and as it is shown.
fn embeds(i: usize, person: usize) -> Option<(String, String)> {
    match i % 8 {
        0 | 5 => Some(images(i, person, 1)),
        6 => Some(images(i, person, 2)),
        3 => {
            let thumb = blob(i + 50);
            let card = format!(
                r#""uri":"https://example.com/notes/2026/11/{i}","title":"What the council of 1911 said of motor cars","description":"Four cars, forty complaints: the minutes of a small town, read a hundred years later.","#
            );
            let record = format!(
                r#"{{"$type":"app.bsky.embed.external","external":{{{card}"thumb":{{"$type":"blob","ref":{{"$link":"{thumb}"}},"mimeType":"image/jpeg","size":{}}}}}}}"#,
                300_000 + i
            );
            let view = format!(
                r#"{{"$type":"app.bsky.embed.external#view","external":{{{card}"thumb":"https://cdn.bsky.app/img/feed_thumbnail/plain/{}/{thumb}"}}}}"#,
                did(person)
            );
            Some((record, view))
        }
        _ => None,
    }
}

fn images(i: usize, person: usize, count: usize) -> (String, String) {
    let did = did(person);
    let (mut records, mut views) = (Vec::new(), Vec::new());
    for n in 0..count {
        let cid = blob(i * 2 + n);
        let alt = "A harbour at night under fresh snow, three gulls on a railing";
        let ratio = r#""aspectRatio":{"width":2000,"height":1500}"#;
        records.push(format!(
            r#"{{"alt":"{alt}",{ratio},"image":{{"$type":"blob","ref":{{"$link":"{cid}"}},"mimeType":"image/jpeg","size":{}}}}}"#,
            700_000 + i
        ));
        views.push(format!(
            r#"{{"thumb":"https://cdn.bsky.app/img/feed_thumbnail/plain/{did}/{cid}","fullsize":"https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{cid}","alt":"{alt}",{ratio}}}"#
        ));
    }
    let record = format!(
        r#"{{"$type":"app.bsky.embed.images","images":[{}]}}"#,
        records.join(",")
    );
    let view = format!(
        r#"{{"$type":"app.bsky.embed.images#view","images":[{}]}}"#,
        views.join(",")
    );
    (record, view)
}
