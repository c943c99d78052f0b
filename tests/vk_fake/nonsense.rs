//! Whatever comes, the fake answers what the contract describes.

use serde_json::Value;
use sociable::adapters::vk::fake::Fake;

use crate::contract::dice::Dice;
use crate::net::{HOST, Net, PNG, WALL, attached};

/// A network in which something stands.
fn busy() -> Net {
    let net = Net::pestered();
    net.fake.limits(false);
    let photo = net.photo("A dot");
    let id = net.publish(&[
        ("message", "Hello @club.test"),
        ("attachments", &attached("photo", &photo)),
    ]);
    let later = (net.now().as_second() + 100_000).to_string();
    net.publish(&[("message", "Later"), ("publish_date", &later)]);
    let comment = net
        .fake
        .comment_as(Fake::BOB, (-Fake::GROUP, id), "Hi", None, net.now());
    net.fake.comment_as(
        Fake::CAROL,
        (-Fake::GROUP, id),
        "Ho",
        Some(comment),
        net.now(),
    );
    net.fake
        .message_as(Fake::BOB, Fake::GROUP, "Hello?", net.now());
    net.fake
        .repost_as(Fake::CAROL, -Fake::GROUP, id, "See", net.now());
    net.admin(
        "polls.create",
        &[
            ("owner_id", WALL),
            ("question", "?"),
            ("add_answers", r#"["a","b"]"#),
        ],
    )
    .ok();
    net
}

fn value(dice: &mut Dice, name: &str) -> String {
    let ids = [
        "1", "2", "3", "101", "102", "103", "7001", "-7001", "999", "0", "-1",
    ];
    if name.ends_with("_id") || name.ends_with("_ids") {
        return match dice.below(4) {
            0 => format!("{},{}", dice.pick(&ids), dice.pick(&ids)),
            1 if name == "group_id" => "7001".to_owned(),
            2 if name == "owner_id" => WALL.to_owned(),
            _ => dice.pick(&ids).to_owned(),
        };
    }
    let usual = match name {
        "posts" | "photos" | "videos" => "-7001_1",
        "type" => "post",
        "filter" => "postponed",
        "object" => "wall-7001_1",
        "code" => "return [API.users.get(), API.wall.get({\"owner_id\": -7001})];",
        "attachments" | "attachment" => "photo101_457239000,https://a.test/",
        "fields" => "screen_name,members_count",
        "sort" => "desc",
        "add_answers" => "[\"a\"]",
        _ => "1",
    };
    match dice.below(8) {
        0 => String::new(),
        1 => "-9223372036854775808".to_owned(),
        2 => dice.prose(0, 50),
        3 => dice
            .pick(&["0", "1", "-1", "100", "10000000000", "2.5"])
            .to_owned(),
        _ => usual.to_owned(),
    }
}

#[test]
fn nonsense_is_answered_by_the_contract_too() {
    let net = busy();
    let mut dice = Dice::new(1);
    let tokens = [
        Fake::USER_TOKEN,
        Fake::BOB_TOKEN,
        Fake::GROUP_TOKEN,
        Fake::SERVICE_TOKEN,
    ];
    let mut good = 0;
    for method in Fake::methods() {
        // Switched off, the long poll would tell nothing of all this.
        if method == "groups.setLongPollSettings" {
            continue;
        }
        for _ in 0..60 {
            let form: Vec<(String, String)> = Fake::params(method)
                .into_iter()
                .filter_map(|(name, required)| {
                    let wanted = required || dice.percent(40);
                    wanted.then(|| {
                        let value = value(&mut dice, &name);
                        (name, value)
                    })
                })
                .collect();
            let form: Vec<(&str, &str)> = form
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let seen = net.call(dice.pick(&tokens), method, &form);
            good += usize::from(seen.code() == 0);
        }
    }
    assert!(good > 700, "{good} calls were good");
    let server = net
        .admin("groups.getLongPollServer", &[("group_id", "7001")])
        .ok();
    let told = net.poll(&server, "1");
    let told = told["updates"]
        .as_array()
        .unwrap_or_else(|| panic!("{told}"));
    assert!(told.len() > 10, "{} events", told.len());
}

#[test]
fn broken_forms_are_no_more_than_that() {
    let net = Net::pestered();
    let whole = b"--m\r\ncontent-disposition: form-data; name=\"v\"\r\n\r\n5.199\r\n--m--\r\n";
    for end in 0..whole.len() {
        let request = http::Request::post(format!("{HOST}/method/users.get"))
            .header("content-type", "multipart/form-data; boundary=m")
            .header("authorization", format!("Bearer {}", Fake::USER_TOKEN))
            .body(bytes::Bytes::copy_from_slice(&whole[..end]))
            .unwrap();
        net.seconds(1);
        let code = net.send(&request).code();
        assert!([0, 8].contains(&code), "{code}");
    }
    for path in [
        "/upload/",
        "/upload/x",
        "/whp/x",
        "/whp/7001",
        "/oauth2/auth",
        "/authorize",
        "/method/",
    ] {
        let request = http::Request::post(format!("{HOST}{path}"))
            .header("content-type", "multipart/form-data")
            .body(bytes::Bytes::from_static(PNG))
            .unwrap();
        assert_ne!(net.send(&request).json, Value::from(0));
    }
}
