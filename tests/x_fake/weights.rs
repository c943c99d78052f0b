//! The library and the fake weigh texts each in their own way: they come to the same.

use serde_json::json;
use sociable::adapters::x::fake::Fake;
use sociable::text::{Count, WeightedRules};

use crate::contract::dice::Dice;
use crate::net::Net;

const PIECES: &[&str] = &[
    "a",
    "word",
    "é",
    "e\u{301}",
    "ж",
    "字",
    "か",
    "🙂",
    "👍🏽",
    "👩‍👩‍👧‍👦",
    "🇺🇳",
    "❤️",
    "1️⃣",
    "…",
    "“quoted”",
    "—",
    "€",
    "@bob_test",
    "#tag",
    "$5",
    "https://example.com",
    "http://example.com/a?b=c#d",
    "HTTPS://EXAMPLE.COM/",
    "https://example.com/(x)",
    "https://example.com.",
    "example.com",
    "sub.example.org/path,",
    "example.de",
    "sub.example.de",
    "example.de/x",
    "example.co",
    "name@example.com",
    "x.example.com",
    "3.14",
    "end.Next",
    "a_b.com",
    "https://a",
    "www.example.net!",
    "https://xn--e1afmkfd.com/ж",
    "\n",
    "\t",
];

#[test]
fn texts_weigh_the_same_to_the_library_and_to_the_fake() {
    let net = Net::new();
    net.fake.limits(false);
    net.fake.set_verified(Fake::ANNA, true, false);
    let count = Count::Weighted(WeightedRules::x());
    let mut dice = Dice::new(23);
    let mut wrong = Vec::new();
    let mut tried = 0;
    for n in 0..800 {
        let mut text = format!("{n:04} ");
        for _ in 0..=dice.below(8) {
            text.push_str(dice.pick(PIECES));
            text.push_str(dice.pick(&[" ", " ", ", ", "! ", " ("]));
        }
        text.push_str(" - ");
        let weight = count.measure(&text);
        let Some(room) = 280_usize.checked_sub(weight) else {
            continue;
        };
        tried += 1;
        text.push_str(&"z".repeat(room));
        let taken = |text: &str| {
            net.seconds(1);
            net.post("/2/tweets", &json!({ "text": text })).status == 201
        };
        if count.measure(&text) != 280 || !taken(&text) || taken(&format!("{text}z")) {
            wrong.push(text);
        }
    }
    assert!(tried > 600, "{tried}");
    assert!(
        wrong.is_empty(),
        "{} of {tried}: {:#?}",
        wrong.len(),
        wrong.iter().take(12).collect::<Vec<_>>()
    );
}
