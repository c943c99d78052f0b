//! A community's wall and a conversation as VK answers them, made up but in their proportions: every photo in all of its
//! sizes, slashes written as VK's PHP writes them, who wrote and whose posts are passed on beside the items.

use std::fmt::Write;

use serde_json::{Value, json};
use sociable::{MediaKind, Message, Metric, Page, Post};

/// How many posts and messages the pages have: as many as the network gives at once.
pub(crate) const POSTS: usize = 100;
pub(crate) const MESSAGES: usize = 200;

/// The community whose wall it is, and which talks with its customers.
pub(crate) const GROUP: i64 = 217_004_518;
/// Whom it talks with.
pub(crate) const PEER: i64 = 318_115_026;

/// When the newest post and message were written.
const NEWEST: i64 = 1_763_900_000;
const PEOPLE: usize = 24;
const GROUPS: usize = 12;
/// Of the posts, how many come and go before their kinds are the same again.
const ROUND: usize = 10;

const FIRST_NAMES: [&str; 8] = [
    "Анна",
    "Борис",
    "Светлана",
    "Дмитрий",
    "Екатерина",
    "Фёдор",
    "Галина",
    "Илья",
];

const LAST_NAMES: [&str; 6] = [
    "Линдквист",
    "Чайкин",
    "Воскресенская",
    "Ким",
    "Ахмедова",
    "Орлов",
];

const GROUP_NAMES: [&str; 4] = [
    "Книжная лавка на Садовой",
    "Мастерская «Глина»",
    "Чай & травы | доставка",
    "Типографика",
];

const TEXTS: [&str; 6] = [
    "Сегодня открыли весеннюю выставку: сорок чашек, ни одной одинаковой. Приходите до воскресенья, вход свободный, чай \
     с нас.",
    "Расписание на неделю:\n\nПн — гончарный круг, 19:00\nСр — роспись, 18:30\nСб — дети от 6 лет, 11:00\n\nЗапись в \
     сообщениях, осталось семь мест.",
    "Нас спрашивают, почему мы закрываемся в восемь. Потому что печь остывает ночью, а утром её надо выгрузить.",
    "Розыгрыш завершён! Победителя выбрали генератором случайных чисел, видео — в комментариях. Спасибо всем, кто \
     участвовал, следующий будет к Новому году.",
    "Прочитали «Письма о глине» и советуем всем: про терпение, брак и про то, зачем бить неудавшиеся чашки.",
    "Привезли новую глазурь цвета северного моря 🌊 Ещё неделю будем пробовать её на плитках.",
];

const SAID: [&str; 6] = [
    "Здравствуйте! Подскажите, пожалуйста, осталось ли место в субботу?",
    "Добрый день! Да, осталось два. Записать вас?",
    "Записывайте нас обоих. Дочке шесть, ей можно?\nИ нужно ли брать фартуки?",
    "Можно. Фартуки у нас есть, возьмите сменную обувь.",
    "Спасибо ❤",
    "Ждём вас, улица Садовая, 12, вход со двора.",
];

/// Letters of a hash or key that follow from a number, as many as wanted.
fn letters(mut seed: u64, count: usize) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz-_";
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

fn key(seed: usize) -> String {
    // Of hexadecimal digits.
    (0..18).fold(String::new(), |mut key, at| {
        let digit = (seed * 7919 + at * at * 31) % 16;
        let _ = write!(key, "{digit:x}");
        key
    })
}

fn person(n: usize) -> i64 {
    318_115_026 + (n % PEOPLE) as i64 * 10_007
}

fn group(n: usize) -> i64 {
    GROUP + (n % GROUPS) as i64 * 3_001
}

fn users() -> Vec<Value> {
    (0..PEOPLE)
        .map(|n| {
            let picture = |side: u32| avatar(n + 40, side);
            json!({
                "id": person(n),
                "first_name": FIRST_NAMES[n % FIRST_NAMES.len()],
                "last_name": LAST_NAMES[n % LAST_NAMES.len()],
                "screen_name": if n % 3 == 0 { format!("id{}", person(n)) } else { letters(n as u64, 9).to_lowercase() },
                "can_access_closed": true,
                "is_closed": n % 2 == 0,
                "photo_100": picture(100),
                "photo_200": picture(200),
            })
        })
        .collect()
}

fn groups() -> Vec<Value> {
    (0..GROUPS)
        .map(|n| {
            let picture = |side: u32| avatar(n + 90, side);
            json!({
                "id": group(n),
                "name": GROUP_NAMES[n % GROUP_NAMES.len()],
                "screen_name": format!("club{}", group(n)),
                "is_closed": 0,
                "type": "page",
                "is_admin": i32::from(n == 0),
                "is_member": i32::from(n % 2 == 0),
                "is_advertiser": 0,
                "photo_50": picture(50),
                "photo_100": picture(100),
                "photo_200": picture(200),
            })
        })
        .collect()
}

fn avatar(seed: usize, side: u32) -> String {
    format!(
        "https://sun9-{}.userapi.com/s/v1/ig2/{}.jpg?quality=95&crop=0,0,1080,1080&as=32x32,48x48,72x72,108x108,160x160,240x240&ava=1&u={}&cs={side}x{side}",
        seed % 90,
        letters(seed as u64, 60),
        letters(seed as u64 + 7, 43),
    )
}

/// The sizes that are made of every photo, and their longer sides.
const SIZES: [(&str, u32); 10] = [
    ("s", 75),
    ("m", 130),
    ("x", 604),
    ("o", 130),
    ("p", 200),
    ("q", 320),
    ("r", 510),
    ("y", 807),
    ("z", 1080),
    ("w", 2000),
];

fn sizes(seed: usize, most: usize) -> Vec<Value> {
    let base = format!(
        "https://sun9-{}.userapi.com/s/v1/ig2/{}.jpg?quality=95&as=32x24,48x36,72x54,108x81,160x120,240x180,360x270,480x360,540x405,640x480,720x540,1080x810,1280x960,1440x1080,2000x1500&from=bu",
        seed % 90,
        letters(seed as u64 + 600, 86),
    );
    SIZES[..most]
        .iter()
        .map(|(kind, width)| {
            json!({
                "type": kind,
                "width": width,
                "height": width * 3 / 4,
                "url": format!("{base}&u={}&cs={width}x{}", letters(seed as u64 + 9, 43), width * 3 / 4),
            })
        })
        .collect()
}

fn photo(seed: usize) -> Value {
    json!({
        "type": "photo",
        "photo": {
            "album_id": -7,
            "date": NEWEST - seed as i64 * 60,
            "id": 457_239_000 + seed,
            "owner_id": -GROUP,
            "access_key": key(seed),
            "sizes": sizes(seed, SIZES.len()),
            "text": "",
            "user_id": 100,
            "has_tags": false,
        },
    })
}

fn video(seed: usize) -> Value {
    let image = |width: u32, seed: u64| {
        let picture = format!(
            "https://i.mycdn.me/getVideoPreview?id={}&idx={}&type=39&tkn={}&fn=vid_{width}",
            8_100_200_300_u64 + seed,
            seed % 12,
            letters(seed, 27)
        );
        json!({ "url": picture, "width": width, "height": width * 9 / 16, "with_padding": 1 })
    };
    let images = |seed: u64| -> Vec<Value> {
        [130, 160, 320, 720, 800, 1280]
            .into_iter()
            .map(|width| image(width, seed))
            .collect()
    };
    json!({
        "type": "video",
        "video": {
            "response_type": "full",
            "access_key": key(seed),
            "can_comment": 1,
            "can_like": 1,
            "can_repost": 1,
            "can_subscribe": 1,
            "can_add_to_faves": 1,
            "can_add": 1,
            "comments": seed % 9,
            "date": NEWEST - seed as i64 * 90,
            "description": "Как мы выгружаем печь: двадцать минут за две.",
            "duration": 120 + seed,
            "image": images(seed as u64),
            "first_frame": images(seed as u64 + 50),
            "width": 1920,
            "height": 1080,
            "id": 456_239_100 + seed,
            "owner_id": -GROUP,
            "title": "Печь, утро, пар",
            "track_code": letters(seed as u64, 60),
            "type": "video",
            "views": seed * 37,
        },
    })
}

fn document(seed: usize) -> Value {
    json!({
        "type": "doc",
        "doc": {
            "id": 671_500_000 + seed,
            "owner_id": person(1),
            "title": "Прейскурант на ноябрь.pdf",
            "size": 812_345 + seed,
            "ext": "pdf",
            "date": NEWEST - seed as i64 * 30,
            "type": 1,
            "url": format!(
                "https://vk.com/doc{}_{}?hash={}&dl={}&api=1&no_preview=1",
                person(1),
                671_500_000 + seed,
                letters(seed as u64, 43),
                letters(seed as u64 + 3, 43)
            ),
            "access_key": key(seed),
        },
    })
}

fn link(seed: usize) -> Value {
    json!({
        "type": "link",
        "link": {
            "url": format!("https://example.com/journal/2025/11/{seed}?utm_source=vk"),
            "title": "О чём спорили гончары в 1911 году",
            "caption": "example.com",
            "description": "Четыре печи, сорок жалоб: протоколы маленького цеха, прочитанные сто лет спустя.",
            "is_favorite": false,
            "photo": {
                "album_id": -25,
                "date": NEWEST - seed as i64 * 45,
                "id": 457_240_000 + seed,
                "owner_id": 2_000_037_067,
                "sizes": sizes(seed + 300, 3),
                "text": "",
                "user_id": 100,
                "has_tags": false,
            },
        },
    })
}

fn poll(seed: usize) -> Value {
    let answers: Vec<Value> = ["В субботу утром", "В воскресенье", "В будни вечером", "Не приду"]
        .into_iter()
        .enumerate()
        .map(|(n, text)| {
            json!({ "id": 1_700_000 + seed * 10 + n, "text": text, "votes": seed + n, "rate": 12.5 * n as f64 + 0.25 })
        })
        .collect();
    json!({
        "type": "poll",
        "poll": {
            "id": 1_034_000_000 + seed,
            "owner_id": -GROUP,
            "created": NEWEST - seed as i64 * 3600,
            "question": "Когда вам удобнее приходить?",
            "votes": seed * 4 + 6,
            "answers": answers,
            "anonymous": true,
            "multiple": false,
            "answer_ids": [1_700_000 + seed * 10 + 1],
            "end_date": NEWEST + 86_400,
            "closed": false,
            "is_board": false,
            "can_edit": false,
            "can_vote": false,
            "can_report": false,
            "can_share": true,
            "embed_hash": letters(seed as u64, 21),
            "disable_unvote": false,
        },
    })
}

/// A text with what its kind of post names.
fn words(i: usize) -> String {
    let mut text = TEXTS[i % TEXTS.len()].to_owned();
    match i % 4 {
        0 => {
            let name = FIRST_NAMES[i % FIRST_NAMES.len()];
            let _ = write!(text, "\n\nФото: [id{}|{name}]\n\n#керамика", person(i));
        }
        1 => {
            let _ = write!(
                text,
                " Подробнее: https://example.com/journal/2025/11/{i}?from=vk"
            );
        }
        2 => text.push_str("\n\n#мастерская #глина_и_огонь"),
        _ => {}
    }
    text
}

/// What a post of a kind carries.
fn carried(i: usize) -> Vec<Value> {
    match i % ROUND {
        0 => vec![photo(i)],
        1 => vec![link(i)],
        2 => vec![photo(i), photo(i + 200), photo(i + 400)],
        4 => vec![video(i)],
        6 => vec![photo(i), poll(i)],
        8 => vec![document(i), photo(i)],
        _ => Vec::new(),
    }
}

fn is_repost(i: usize) -> bool {
    i % ROUND == 5
}

fn is_quote(i: usize) -> bool {
    i % ROUND == 7
}

fn post(i: usize) -> Value {
    let author = if i.is_multiple_of(8) {
        person(i / 8)
    } else {
        -GROUP
    };
    let mut view = json!({
        "inner_type": "wall_wallpost",
        "type": "post",
        "id": 9_000 - i,
        "owner_id": -GROUP,
        "from_id": author,
        "date": NEWEST - i as i64 * 7_200,
        "hash": letters(i as u64, 18),
        "can_edit": 1,
        "can_delete": 1,
        "can_pin": 1,
        "created_by": person(0),
        "marked_as_ads": 0,
        "short_text_rate": 0.8,
        "is_favorite": i.is_multiple_of(5),
        "post_type": "post",
        "text": if is_repost(i) { String::new() } else { words(i) },
        "post_source": { "type": "api", "platform": "android" },
        "attachments": carried(i),
        "comments": { "can_post": 1, "can_close": 1, "can_view": 1, "count": i % 7, "groups_can_post": true },
        "likes": {
            "can_like": 1,
            "can_publish": 1,
            "count": i * 31 % 977,
            "user_likes": i32::from(i.is_multiple_of(3)),
            "repost_disabled": false,
        },
        "reposts": { "count": i * 2, "wall_count": i, "mail_count": i, "user_reposted": 0 },
        "views": { "count": 1_000 + i * 97 },
    });
    if i.is_multiple_of(9) {
        view["edited"] = json!(NEWEST - i as i64 * 7_200 + 300);
    }
    if is_repost(i) || is_quote(i) {
        let first = json!({
            "inner_type": "wall_wallpost",
            "type": "post",
            "id": 400 + i,
            "owner_id": -group(i),
            "from_id": -group(i),
            "date": NEWEST - i as i64 * 9_000,
            "post_type": "post",
            "text": words(i),
            "post_source": { "type": "vk" },
            "attachments": [photo(i + 700)],
        });
        view["copy_history"] = json!([first]);
    }
    view
}

/// The answer to `wall.get`, asked with `extended`.
pub(crate) fn wall() -> Value {
    let items: Vec<Value> = (0..POSTS).map(post).collect();
    json!({ "response": { "count": 4_210, "items": items, "profiles": users(), "groups": groups() } })
}

/// What a message carries, by its kind.
fn sent(i: usize) -> Vec<Value> {
    match i % ROUND {
        3 => vec![photo(i)],
        5 => vec![document(i)],
        7 => vec![photo(i), photo(i + 400)],
        _ => Vec::new(),
    }
}

fn answers(i: usize) -> bool {
    i % 6 == 4
}

fn message(i: usize) -> Value {
    let number = 5_000 - i;
    let out = i % 2;
    let mut view = json!({
        "id": 88_000 - i,
        "conversation_message_id": number,
        "date": NEWEST - i as i64 * 140,
        "from_id": if out == 1 { -GROUP } else { PEER },
        "peer_id": PEER,
        "out": out,
        "text": SAID[i % SAID.len()],
        "attachments": sent(i),
        "fwd_messages": [],
        "important": false,
        "is_hidden": false,
        "random_id": i * 31,
        "version": 10_009_000 + i,
    });
    if out == 1 {
        view["admin_author_id"] = json!(person(2));
    }
    if i.is_multiple_of(12) {
        view["update_time"] = json!(NEWEST - i as i64 * 140 + 50);
    }
    if answers(i) {
        view["reply_message"] = json!({
            "id": 87_999 - i,
            "conversation_message_id": number - 1,
            "date": NEWEST - i as i64 * 140 - 140,
            "from_id": -GROUP,
            "peer_id": PEER,
            "text": SAID[(i + 1) % SAID.len()],
            "attachments": [],
        });
    }
    if i % 10 == 1 {
        let button = |label: &str, color: &str| {
            json!({
                "action": { "type": "text", "label": label, "payload": "{\"button\":\"1\"}" },
                "color": color,
            })
        };
        view["keyboard"] = json!({
            "one_time": false,
            "inline": true,
            "author_id": -GROUP,
            "buttons": [[button("Записаться", "positive"), button("Адрес", "default")]],
        });
    }
    view
}

/// The answer to `messages.getHistory`, asked with `extended`.
pub(crate) fn history() -> Value {
    let items: Vec<Value> = (0..MESSAGES).map(message).collect();
    let talk = json!({
        "peer": { "id": PEER, "type": "user", "local_id": PEER },
        "last_message_id": 88_000,
        "last_conversation_message_id": 5_000,
        "in_read": 88_000,
        "out_read": 88_000,
        "version": 10_009_000,
        "can_write": { "allowed": true },
    });
    let (users, groups) = (&users()[..3], &groups()[..1]);
    json!({
        "response": { "count": 900, "items": items, "profiles": users, "groups": groups, "conversations": [talk] },
    })
}

/// An answer as VK writes it: its PHP puts a backslash before each slash.
pub(crate) fn written(answer: &Value) -> Vec<u8> {
    // Outside of texts there is no slash.
    answer.to_string().replace('/', "\\/").into_bytes()
}

/// What nobody would want to see lost: each field that the wall tells is in the posts.
pub(crate) fn assert_posts(page: &Page<Post>) {
    assert_eq!(page.items.len(), POSTS);
    assert_eq!(page.total, Some(4_210));
    assert!(page.next.is_some() && page.omitted.is_empty());
    for (i, post) in page.items.iter().enumerate() {
        let number = 9_000 - i;
        assert_eq!(post.id.as_str(), format!("wall-{GROUP}_{number}"));
        let url = format!("https://vk.com/wall-{GROUP}_{number}");
        assert_eq!(post.url.as_deref(), Some(url.as_str()));
        let place = post.place.as_ref().unwrap();
        assert_eq!(place.id.as_str(), format!("club{GROUP}"));
        let written = post.created_at.unwrap().as_second();
        assert_eq!(written, NEWEST - i as i64 * 7_200);
        assert_eq!(post.edited_at.is_some(), i.is_multiple_of(9));
        let author = post.author.as_ref().unwrap();
        let wrote = match i {
            _ if is_repost(i) => -group(i),
            _ if i.is_multiple_of(8) => person(i / 8),
            _ => -GROUP,
        };
        assert_account(author, wrote);
        assert_eq!(author.followed.is_some(), wrote < 0);
        assert_eq!(post.reposted_by.is_some(), is_repost(i));
        if let Some(by) = &post.reposted_by {
            assert_account(
                by,
                if i.is_multiple_of(8) {
                    person(i / 8)
                } else {
                    -GROUP
                },
            );
        }
        let quote = (is_repost(i) || is_quote(i)).then(|| format!("wall-{}_{}", group(i), 400 + i));
        assert_eq!(post.quote.as_ref().map(|id| id.as_str()), quote.as_deref());
        assert!(
            post.text.as_str().starts_with(TEXTS[i % TEXTS.len()]),
            "{i}"
        );
        assert_eq!(post.text.spans().len(), [2, 1, 2, 0][i % 4], "{i}");
        assert_eq!(post.metrics.len(), 4);
        for (metric, count) in [
            (Metric::Likes, i * 31 % 977),
            (Metric::Reposts, i * 2),
            (Metric::Replies, i % 7),
            (Metric::Impressions, 1_000 + i * 97),
        ] {
            assert_eq!(post.metrics.count(metric), Some(count as u64));
        }
        assert_eq!(post.mine.liked, Some(i.is_multiple_of(3)));
        assert_eq!(post.mine.bookmarked, Some(i.is_multiple_of(5)));
        let kinds: Vec<&MediaKind> = post.media.iter().map(|file| &file.kind).collect();
        use MediaKind::{Document, Image, Video};
        let wanted: &[&MediaKind] = match i % ROUND {
            0 | 5 | 6 => &[&Image],
            2 => &[&Image, &Image, &Image],
            4 => &[&Video],
            8 => &[&Document, &Image],
            _ => &[],
        };
        assert_eq!(kinds, wanted);
        post.media.iter().for_each(assert_file);
        assert_eq!(post.link.is_some(), i % ROUND == 1);
        if let Some(link) = &post.link {
            assert_eq!(
                link.url,
                format!("https://example.com/journal/2025/11/{i}?utm_source=vk")
            );
            assert!(link.title.is_some() && link.description.is_some() && link.preview.is_some());
        }
        assert_eq!(post.poll.is_some(), i % ROUND == 6);
        if let Some(poll) = &post.poll {
            assert_eq!(
                (poll.options.len(), poll.voters),
                (4, Some(i as u64 * 4 + 6))
            );
            assert_eq!(poll.mine.as_deref(), Some(&[1][..]));
            assert!(poll.question.is_some() && poll.closes_at.is_some());
            assert_eq!(poll.options[3].votes, Some(i as u64 + 3));
        }
    }
}

fn assert_account(account: &sociable::Account, owner: i64) {
    let name = match owner {
        ..0 => format!("club{}", owner.unsigned_abs()),
        _ => format!("id{owner}"),
    };
    assert_eq!(account.id.as_str(), name);
    let url = format!("https://vk.com/{name}");
    assert_eq!(account.url.as_deref(), Some(url.as_str()));
    assert!(account.handle.is_some() && account.name.is_some());
    let avatar = account.avatar.as_deref().unwrap();
    assert!(avatar.starts_with("https://sun9-") && avatar.ends_with("cs=200x200"));
}

fn assert_file(file: &sociable::Attachment) {
    let (id, url) = (file.id.as_ref().unwrap().as_str(), file.url.as_deref());
    assert_eq!(id.split('_').count(), 3, "{id}");
    match file.kind {
        MediaKind::Image => {
            assert_eq!(file.dimensions, Some((2000, 1500)));
            assert!(url.unwrap().ends_with("cs=2000x1500"));
            assert!(file.preview.as_deref().unwrap().ends_with("cs=320x240"));
        }
        MediaKind::Video => {
            assert_eq!(file.dimensions, Some((1920, 1080)));
            assert!(file.preview.as_deref().unwrap().ends_with("fn=vid_1280"));
            assert!(file.duration.is_some());
        }
        _ => assert!(url.unwrap().starts_with("https://vk.com/doc")),
    }
}

/// The same of the messages.
pub(crate) fn assert_messages(page: &Page<Message>) {
    assert_eq!(page.items.len(), MESSAGES);
    assert_eq!(page.total, Some(900));
    assert!(page.next.is_some() && page.omitted.is_empty());
    for (i, message) in page.items.iter().enumerate() {
        let number = 5_000 - i;
        assert_eq!(message.id.as_str(), format!("{PEER}_{number}"));
        assert_eq!(message.conversation.as_str(), PEER.to_string());
        let out = i % 2 == 1;
        assert_account(
            message.author.as_ref().unwrap(),
            if out { -GROUP } else { PEER },
        );
        assert_eq!(message.outgoing, Some(out));
        assert_eq!(message.text.as_str(), SAID[i % SAID.len()]);
        let sent = message.created_at.unwrap().as_second();
        assert_eq!(sent, NEWEST - i as i64 * 140);
        assert_eq!(message.edited_at.is_some(), i.is_multiple_of(12));
        let answered = answers(i).then(|| format!("{PEER}_{}", number - 1));
        assert_eq!(
            message.reply_to.as_ref().map(|id| id.as_str()),
            answered.as_deref()
        );
        assert_eq!(
            message.media.len(),
            [0, 0, 0, 1, 0, 1, 0, 2, 0, 0][i % ROUND]
        );
        message.media.iter().for_each(assert_file);
    }
}
