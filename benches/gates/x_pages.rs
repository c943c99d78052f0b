//! A page of X's recent search as it answers when it is asked for what a post is made of: made up, but in its proportions.
//! Who wrote the posts stands beside them, with their files and polls, and with what they answer, quote or repeat.

use serde_json::{Value, json};
use sociable::text::{Mention, Span, SpanKind};
use sociable::{Account, Attachment, MediaKind, Metric, Page, Post};

/// How many posts the page has: as many as the network gives at once.
pub(crate) const POSTS: usize = 100;

/// Where the listing goes on.
const NEXT: &str = "b26v89c19zqg8o3fr5p3mlk5sodp7nd8a0xnr2kdl1o3h";
/// When the newest post was written.
const NEWEST: i64 = 1_795_000_000;
/// How many people write.
const PEOPLE: usize = 64;
/// How many posts come and go before their kinds are the same again.
const ROUND: usize = 10;

const NAMES: [&str; 8] = [
    "Ada Lindqvist",
    "tea & paper",
    "Noor Haddad 🌿",
    "鈴木さくら",
    "Río de la Plata",
    "Werkstatt Süd",
    "M. Okafor",
    "the quiet press",
];

const TEXTS: [(&str, &str); 6] = [
    (
        "en",
        "The kiln is open again: forty cups, no two alike, and the glaze of the northern sea came out as we hoped. Tea is \
         on us until Sunday & so is the cake, which is plum this time. See you.",
    ),
    (
        "de",
        "Kurze Frage an alle, die mit Holz brennen: Wie lange lasst ihr den Ofen abkühlen, bevor ihr ihn öffnet? Bei uns \
         sind es > 20 Stunden, und das ist wohl zu wenig. Danke!",
    ),
    (
        "ja",
        "新しい釉薬の試し焼きが終わりました。北の海の色に近づいています。次の窯出しは日曜日の朝九時からです。お茶をどうぞ。",
    ),
    (
        "es",
        "Mañana abrimos a las diez. Traigan sus tazas rotas: vamos a aprender a repararlas con laca y un poco de paciencia, que nunca sobra. Gracias.",
    ),
    (
        "en",
        "Read the letters on clay last night. A small book about patience, about failure, about why one breaks what did \
         not work and begins again in the morning.",
    ),
    (
        "pt",
        "Sobraram sete lugares na oficina de sábado. Crianças a partir de seis anos são bem-vindas ❤ é só escrever para nós até sexta.",
    ),
];

/// Letters of an address that follow from a number, as many as wanted.
fn letters(mut seed: u64, count: usize) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    (0..count)
        .map(|_| {
            // Knuth's MMIX constants: any stream does that is the same on every machine.
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(ALPHABET[(seed >> 33) as usize % ALPHABET.len()])
        })
        .collect()
}

/// What stands on the page, and beside it: by its place, and what it is to the post of that place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// A post of the page.
    Found,
    /// What it answers, quotes or repeats.
    Other,
}

fn number(i: usize, which: Which) -> String {
    let at = i as u64 * 7_340_033;
    let number = match which {
        Which::Found => 1_992_000_000_000_000_000 - at,
        Which::Other => 1_991_000_000_000_000_000 - at,
    };
    number.to_string()
}

/// The post that began the thread of an answer.
fn root(i: usize) -> String {
    if i % (2 * ROUND) == 8 {
        number(i, Which::Other)
    } else {
        (1_990_000_000_000_000_000 - i as u64 * 1_048_583).to_string()
    }
}

fn person(n: usize) -> String {
    (2_244_994_945 + (n % PEOPLE) as u64 * 10_000_019).to_string()
}

fn handle(n: usize) -> String {
    let n = n % PEOPLE;
    format!("{}_{n}", letters(n as u64, 4 + n % 7))
}

/// Who wrote a post.
fn author(i: usize, which: Which) -> usize {
    match which {
        Which::Found => i * 5 % PEOPLE,
        Which::Other => (i * 3 + 7) % PEOPLE,
    }
}

fn user(n: usize) -> Value {
    json!({
        "id": person(n),
        "username": handle(n),
        "name": NAMES[n % NAMES.len()],
        "profile_image_url": avatar(n),
        "protected": false,
    })
}

fn avatar(n: usize) -> String {
    format!(
        "https://pbs.twimg.com/profile_images/{}/{}_normal.jpg",
        1_683_000_000_000_000_000 + n as u64 * 104_729,
        letters(n as u64 + 60, 8)
    )
}

/// A text as X tells it, and as its author wrote it.
#[derive(Default)]
struct Words {
    told: String,
    urls: Vec<Value>,
    mentions: Vec<Value>,
    hashtags: Vec<Value>,
    annotations: Vec<Value>,
    plain: String,
    spans: Vec<Span>,
}

impl Words {
    fn here(&self) -> usize {
        self.told.chars().count()
    }

    fn say(&mut self, text: &str) {
        let text_told = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        self.told.push_str(&text_told);
        self.plain.push_str(text);
    }

    fn is(&mut self, shown: &str, kind: SpanKind) {
        let from = self.plain.len();
        self.plain.push_str(shown);
        self.spans.push(Span::new(from..self.plain.len(), kind));
    }

    fn mention(&mut self, n: usize) {
        let (start, name) = (self.here(), handle(n));
        self.told.push('@');
        self.told.push_str(&name);
        let end = self.here();
        self.mentions
            .push(json!({ "start": start, "end": end, "username": name, "id": person(n) }));
        let mention = Mention::new(&name).id(person(n));
        self.is(&format!("@{name}"), SpanKind::Mention(mention));
    }

    fn tag(&mut self, tag: &str) {
        let start = self.here();
        self.told.push('#');
        self.told.push_str(tag);
        let end = self.here();
        self.hashtags
            .push(json!({ "start": start, "end": end, "tag": tag }));
        self.is(&format!("#{tag}"), SpanKind::Hashtag(tag.to_owned()));
    }

    /// A shortened address; what else is known of it comes on top.
    fn address(&mut self, seed: usize, leads: &str, more: &Value) {
        let (start, short) = (
            self.here(),
            format!("https://t.co/{}", letters(seed as u64, 10)),
        );
        self.told.push_str(&short);
        let shown = leads.trim_start_matches("https://");
        let shown = format!("{}…", shown.get(..26).unwrap_or(shown));
        let mut url = json!({
            "start": start,
            "end": self.here(),
            "url": short,
            "expanded_url": leads,
            "display_url": shown,
        });
        let members = url.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        self.urls.push(url);
    }

    fn link(&mut self, seed: usize, leads: &str, more: &Value) {
        self.address(seed, leads, more);
        self.is(leads, SpanKind::Link(leads.to_owned()));
    }

    /// An address that X writes behind the text, which its author did not.
    fn added(&mut self, seed: usize, leads: &str, more: &Value) {
        self.told.push(' ');
        self.address(seed, leads, more);
    }

    fn entities(&self) -> Value {
        let mut all = serde_json::Map::new();
        for (name, list) in [
            ("urls", &self.urls),
            ("mentions", &self.mentions),
            ("hashtags", &self.hashtags),
            ("annotations", &self.annotations),
        ] {
            if !list.is_empty() {
                all.insert(name.to_owned(), json!(list));
            }
        }
        Value::Object(all)
    }
}

fn media_key(i: usize, n: usize) -> String {
    let kind = if i % ROUND == 4 { 7 } else { 3 };
    format!(
        "{kind}_{}",
        1_991_900_000_000_000_000 + (i * 4 + n) as u64 * 8_191
    )
}

fn poll_id(i: usize) -> String {
    (1_991_800_000_000_000_000 + i as u64 * 65_537).to_string()
}

/// How many files a post of the page has.
const fn files(i: usize) -> usize {
    match i % ROUND {
        0 | 4 => 1,
        2 => 2,
        _ => 0,
    }
}

fn journal(i: usize) -> String {
    format!("https://example.com/journal/2026/11/what-the-potters-argued-about-{i}")
}

/// What a post of the page says; of a long one the beginning.
fn words(i: usize) -> Words {
    let mut words = Words::default();
    let text = TEXTS[i % TEXTS.len()].1;
    match i % ROUND {
        5 => {
            let first = original(i);
            words.say("RT ");
            words.mention(author(i, Which::Other));
            let cut: String = first.told.chars().take(110).collect();
            words.told.push_str(&format!(": {cut}…"));
        }
        8 => {
            words.mention(author(i, Which::Other));
            words.say(" ");
            words.say(text);
        }
        9 => {
            let cut: String = text.chars().take(60).collect();
            words.say(&cut);
            words.told.push_str("… ");
            words.address(i, &page_of(i, Which::Found), &json!({}));
        }
        _ => words.say(text),
    }
    let page = page_of(i, Which::Found);
    match i % ROUND {
        0 | 2 => {
            words.say(" ");
            words.tag("keramik");
            // X tells the same address once for each file.
            let place = words.here();
            for n in 0..files(i) {
                let more = json!({ "media_key": media_key(i, n) });
                if n == 0 {
                    words.added(i, &format!("{page}/photo/1"), &more);
                } else {
                    let mut again = words.urls[0].clone();
                    again["media_key"] = json!(media_key(i, n));
                    words.urls.push(again);
                }
            }
            assert!(words.here() > place);
        }
        1 => {
            words.say(" ");
            let image = |side: u32| {
                let name = letters(i as u64 + 9, 15);
                let url = format!(
                    "https://pbs.twimg.com/news_img/19917/{name}?format=jpg&name={side}x{side}"
                );
                json!({ "url": url, "width": side, "height": side })
            };
            words.link(
                i,
                &journal(i),
                &json!({
                    "images": [image(1200), image(150)],
                    "status": 200,
                    "title": "What the potters argued about in 1911",
                    "description": "Four kilns, forty complaints: the minutes of a small guild, read a hundred years later.",
                    "unwound_url": journal(i),
                }),
            );
        }
        3 => {
            words.say(" ");
            words.mention(i + 11);
            words.say(" ");
            words.tag("oficina");
            words
                .annotations
                .push(json!({ "start": 4, "end": 7, "probability": 0.7342, "type": "Other", "normalized_text": "kiln" }));
        }
        4 => {
            let more = json!({ "media_key": media_key(i, 0) });
            words.added(i, &format!("{page}/video/1"), &more);
        }
        7 => words.added(i, &page_of(i, Which::Other), &json!({})),
        _ => {}
    }
    words
}

/// The whole of a long post.
fn note(i: usize) -> Words {
    let mut words = Words::default();
    words.say(TEXTS[i % TEXTS.len()].1);
    words.say("\n\n");
    words.say(TEXTS[(i + 1) % TEXTS.len()].1);
    words.say("\n\n");
    words.link(i + 50, &journal(i), &json!({}));
    words.say("\n\n");
    words.tag("lettersonclay");
    words
}

/// What the post says that is answered, quoted or repeated.
fn original(i: usize) -> Words {
    let mut words = Words::default();
    words.say(TEXTS[(i + 2) % TEXTS.len()].1);
    words.say(" ");
    words.tag("studio");
    if i.is_multiple_of(3) {
        words.say(" ");
        words.mention(i + 3);
    }
    words
}

fn page_of(i: usize, which: Which) -> String {
    let name = handle(author(i, which));
    format!("https://x.com/{name}/status/{}", number(i, which))
}

fn written(i: usize, which: Which) -> i64 {
    match which {
        Which::Found => NEWEST - i as i64 * 97,
        Which::Other => NEWEST - 86_400 - i as i64 * 431,
    }
}

/// A post's figures, in the order of the names below.
fn figures(i: usize, which: Which) -> [u64; 6] {
    let i = i as u64 + u64::from(which == Which::Other) * 1_000;
    [i % 41, i % 17, i * 31 % 977, i % 5, i % 23, 100 + i * 397]
}

const METRICS: [Metric; 6] = [
    Metric::Reposts,
    Metric::Replies,
    Metric::Likes,
    Metric::Quotes,
    Metric::Bookmarks,
    Metric::Impressions,
];

fn language(i: usize, which: Which) -> &'static str {
    match which {
        Which::Found if i % ROUND == 5 => language(i, Which::Other),
        Which::Found => TEXTS[i % TEXTS.len()].0,
        Which::Other => TEXTS[(i + 2) % TEXTS.len()].0,
    }
}

/// What a post is to the other one of its place.
fn kind_of_reference(i: usize) -> Option<&'static str> {
    match i % ROUND {
        5 => Some("retweeted"),
        7 => Some("quoted"),
        8 => Some("replied_to"),
        _ => None,
    }
}

fn is_sensitive(i: usize, which: Which) -> bool {
    which == Which::Found && i % 33 == 1
}

fn post(i: usize, which: Which) -> Value {
    let words = match which {
        Which::Found => words(i),
        Which::Other => original(i),
    };
    let (id, [reposts, replies, likes, quotes, bookmarks, impressions]) =
        (number(i, which), figures(i, which));
    let at = sociable::jiff::Timestamp::from_second(written(i, which)).unwrap();
    let mut view = json!({
        "id": id,
        "text": words.told,
        "author_id": person(author(i, which)),
        "conversation_id": id,
        "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(),
        "edit_history_tweet_ids": [id],
        "lang": language(i, which),
        "possibly_sensitive": is_sensitive(i, which),
        "public_metrics": {
            "retweet_count": reposts,
            "reply_count": replies,
            "like_count": likes,
            "quote_count": quotes,
            "bookmark_count": bookmarks,
            "impression_count": impressions,
        },
    });
    let entities = words.entities();
    if entities != json!({}) {
        view["entities"] = entities;
    }
    if which == Which::Other {
        if i % ROUND == 8 {
            view["conversation_id"] = json!(root(i));
        }
        return view;
    }
    if let Some(kind) = kind_of_reference(i) {
        view["referenced_tweets"] = json!([{ "type": kind, "id": number(i, Which::Other) }]);
    }
    let keys: Vec<String> = (0..files(i)).map(|n| media_key(i, n)).collect();
    if !keys.is_empty() {
        view["attachments"] = json!({ "media_keys": keys });
    }
    match i % ROUND {
        6 => view["attachments"] = json!({ "poll_ids": [poll_id(i)] }),
        8 => view["conversation_id"] = json!(root(i)),
        9 => {
            let note = note(i);
            view["note_tweet"] = json!({ "text": note.told, "entities": note.entities() });
        }
        _ => {}
    }
    view
}

fn picture(i: usize, n: usize) -> String {
    format!(
        "https://pbs.twimg.com/media/{}.jpg",
        letters((i * 4 + n) as u64 + 900, 15)
    )
}

const RATES: [u64; 3] = [256_000, 832_000, 2_176_000];

fn film(i: usize, rate: u64) -> String {
    format!(
        "https://video.twimg.com/ext_tw_video/{}/pu/vid/avc1/1280x720/{}.mp4?tag=12",
        1_991_900_000_000_000_000 + i as u64,
        letters(rate + i as u64, 16)
    )
}

fn file(i: usize, n: usize) -> Value {
    if i % ROUND != 4 {
        return json!({
            "media_key": media_key(i, n),
            "type": "photo",
            "url": picture(i, n),
            "width": 2048,
            "height": 1536,
            "alt_text": "Two cups on a board, glazed blue",
        });
    }
    let mut variants: Vec<Value> = RATES
        .iter()
        .map(|rate| json!({ "bit_rate": rate, "content_type": "video/mp4", "url": film(i, *rate) }))
        .collect();
    let playlist = film(i, 0).replace(".mp4", ".m3u8");
    variants.push(json!({ "content_type": "application/x-mpegURL", "url": playlist }));
    json!({
        "media_key": media_key(i, n),
        "type": "video",
        "preview_image_url": picture(i, n),
        "width": 1280,
        "height": 720,
        "duration_ms": 12_345 + i,
        "variants": variants,
    })
}

const OPTIONS: [&str; 4] = ["Saturday morning", "Sunday", "In the evening", "Not at all"];

fn poll(i: usize) -> Value {
    let option =
        |(n, label): (usize, &&str)| json!({ "position": n + 1, "label": label, "votes": i + n });
    let options: Vec<Value> = OPTIONS.iter().enumerate().map(option).collect();
    json!({ "id": poll_id(i), "options": options, "end_datetime": "2026-11-25T09:00:00.000Z" })
}

/// The answer to `GET /2/tweets/search/recent`.
pub(crate) fn page() -> Vec<u8> {
    let posts: Vec<Value> = (0..POSTS).map(|i| post(i, Which::Found)).collect();
    let others: Vec<usize> = (0..POSTS)
        .filter(|i| kind_of_reference(*i).is_some())
        .collect();
    // Whoever is named first stands first.
    let mut people: Vec<usize> = Vec::new();
    let wrote = (0..POSTS).flat_map(|i| {
        let other = kind_of_reference(i).map(|_| author(i, Which::Other));
        std::iter::once(author(i, Which::Found)).chain(other)
    });
    for n in wrote {
        if !people.contains(&n) {
            people.push(n);
        }
    }
    let media = (0..POSTS).flat_map(|i| (0..files(i)).map(move |n| file(i, n)));
    let media: Vec<Value> = media.collect();
    let polls = (0..POSTS).filter(|i| i % ROUND == 6).map(poll);
    let polls: Vec<Value> = polls.collect();
    let page = json!({
        "data": posts,
        "includes": {
            "media": media,
            "polls": polls,
            "tweets": others.iter().map(|i| post(*i, Which::Other)).collect::<Vec<Value>>(),
            "users": people.iter().map(|n| user(*n)).collect::<Vec<Value>>(),
        },
        "meta": {
            "newest_id": number(0, Which::Found),
            "oldest_id": number(POSTS - 1, Which::Found),
            "result_count": POSTS,
            "next_token": NEXT,
        },
    });
    page.to_string().into_bytes()
}

/// What nobody would want to see lost: each field that the page tells is in the posts.
pub(crate) fn assert_whole(page: &Page<Post>) {
    assert_eq!(page.items.len(), POSTS);
    assert!(page.next.is_some() && page.omitted.is_empty());
    for (i, post) in page.items.iter().enumerate() {
        let id = number(i, Which::Found);
        assert_eq!(post.id.as_str(), id);
        assert_eq!(post.url.as_deref(), Some(page_of(i, Which::Found).as_str()));
        let at = post.created_at.unwrap().as_second();
        assert_eq!(at, written(i, Which::Found));
        // A repost shows what it repeats.
        let shown = if i % ROUND == 5 {
            Which::Other
        } else {
            Which::Found
        };
        assert_account(post.author.as_ref().unwrap(), author(i, shown));
        assert_eq!(post.reposted_by.is_some(), shown == Which::Other);
        if let Some(by) = &post.reposted_by {
            assert_account(by, author(i, Which::Found));
        }
        assert_words(i, post);
        for (metric, count) in METRICS.into_iter().zip(figures(i, shown)) {
            assert_eq!(post.metrics.count(metric), Some(count));
        }
        assert_eq!(post.languages, [language(i, shown)]);
        assert_eq!(post.warnings.len(), usize::from(is_sensitive(i, shown)));
        let other = number(i, Which::Other);
        let is = |kind: &str| (kind_of_reference(i) == Some(kind)).then_some(other.as_str());
        let told = |id: &Option<sociable::PostId>| id.as_ref().map(|id| id.as_str().to_owned());
        assert_eq!(told(&post.quote).as_deref(), is("quoted"));
        assert_eq!(told(&post.reply_to).as_deref(), is("replied_to"));
        let thread = (i % ROUND == 8).then(|| root(i));
        assert_eq!(told(&post.thread), thread);
        assert_eq!(post.media.len(), files(i));
        for (n, file) in post.media.iter().enumerate() {
            assert_file(i, n, file);
        }
        assert_eq!(post.link.is_some(), i % ROUND == 1);
        if let Some(link) = &post.link {
            assert_eq!(link.url, journal(i));
            assert!(link.title.is_some() && link.description.is_some());
            let preview = link.preview.as_deref().unwrap();
            assert!(preview.ends_with("name=1200x1200"), "{preview}");
        }
        assert_eq!(post.poll.is_some(), i % ROUND == 6);
        if let Some(poll) = &post.poll {
            let told: Vec<(&str, Option<u64>)> = poll
                .options
                .iter()
                .map(|option| (option.text.as_str(), option.votes))
                .collect();
            let wanted: Vec<(&str, Option<u64>)> = OPTIONS
                .iter()
                .enumerate()
                .map(|(n, label)| (*label, Some((i + n) as u64)))
                .collect();
            assert_eq!(told, wanted);
            assert_eq!(poll.voters, Some(4 * i as u64 + 6));
            assert_eq!(poll.closes_at.unwrap().to_string(), "2026-11-25T09:00:00Z");
        }
    }
}

fn assert_words(i: usize, post: &Post) {
    let words = match i % ROUND {
        5 => original(i),
        9 => note(i),
        _ => words(i),
    };
    assert_eq!(post.text.as_str(), words.plain, "{i}");
    assert_eq!(post.text.spans(), words.spans, "{i}");
    assert_eq!(words.spans.is_empty(), matches!(i % ROUND, 4 | 6 | 7));
}

fn assert_account(account: &Account, n: usize) {
    assert_eq!(account.id.as_str(), person(n));
    assert_eq!(account.handle.as_deref(), Some(handle(n).as_str()));
    assert_eq!(account.name.as_deref(), Some(NAMES[n % NAMES.len()]));
    assert_eq!(account.avatar.as_deref(), Some(avatar(n).as_str()));
    let url = format!("https://x.com/{}", handle(n));
    assert_eq!(account.url.as_deref(), Some(url.as_str()));
}

fn assert_file(i: usize, n: usize, file: &Attachment) {
    assert_eq!(file.id.as_ref().unwrap().as_str(), media_key(i, n));
    if i % ROUND == 4 {
        let best = film(i, RATES[2]);
        assert_eq!(
            (&file.kind, file.url.as_deref()),
            (&MediaKind::Video, Some(best.as_str()))
        );
        assert_eq!(file.media_type.as_deref(), Some("video/mp4"));
        assert_eq!(file.preview.as_deref(), Some(picture(i, n).as_str()));
        assert_eq!(file.dimensions, Some((1280, 720)));
        let plays = file.duration.unwrap().as_millis();
        assert_eq!(plays, 12_345 + i as u128);
    } else {
        assert_eq!(
            (&file.kind, file.url.as_deref()),
            (&MediaKind::Image, Some(picture(i, n).as_str()))
        );
        assert_eq!(
            file.alt.as_deref(),
            Some("Two cups on a board, glazed blue")
        );
        assert_eq!(file.dimensions, Some((2048, 1536)));
    }
}
