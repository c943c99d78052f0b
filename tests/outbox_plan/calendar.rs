//! The calendar, read back by the rules of RFC 5545.

use proptest::prelude::*;
use sociable::jiff::Timestamp;
use sociable::outbox::{CalendarEvent, EventStatus, PlanReader, calendar};

use super::at;
use super::entries::{NOW, items, outbox};

/// The lines of a calendar, unfolded (§3.1), as names and values.
fn lines(text: &str) -> Vec<(String, String)> {
    assert!(text.ends_with("\r\n"));
    assert!(
        !text.replace("\r\n", "").contains(['\r', '\n']),
        "every line ends with CR and LF"
    );
    for line in text.split("\r\n") {
        assert!(line.len() <= 75, "{} bytes: {line}", line.len());
    }
    let unfolded = text.replace("\r\n ", "");
    let lines = unfolded.trim_end().split("\r\n");
    lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// A text as it was before it was escaped (§3.3.11).
fn plain(value: &str) -> String {
    let mut text = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next().unwrap() {
                'n' | 'N' => text.push('\n'),
                other @ ('\\' | ';' | ',') => text.push(other),
                other => panic!("\\{other} is no escape"),
            },
            ';' | ',' => panic!("{letter} is not escaped in {value}"),
            other => text.push(other),
        }
    }
    text
}

fn value<'a>(lines: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let found = lines.iter().filter(|(n, _)| n == name);
    found.map(|(_, value)| value.as_str()).collect()
}

#[test]
fn an_event_says_what_was_given_in_the_form_of_the_format() {
    let mut event = CalendarEvent::new(
        "tea@shop",
        at("2026-12-01T07:00:00.9Z"),
        "Tea; cake, and \\",
    );
    event.description = "one\r\ntwo\n\u{7}three".to_owned();
    event.status = EventStatus::Tentative;
    event.categories = vec!["a,b".to_owned(), "c".to_owned()];
    event.url = Some("https://tea.example/?a=1,2;3".to_owned());
    event.modified = Some(at(NOW));
    event.sequence = Some(3);
    let text = calendar("Plan", at(NOW), [&event]);
    let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//sociable//outbox//EN\r\nX-WR-CALNAME:Plan\r\n\
        BEGIN:VEVENT\r\nUID:tea@shop\r\nDTSTAMP:20261130T080000Z\r\nDTSTART:20261201T070000Z\r\n\
        SUMMARY:Tea\\; cake\\, and \\\\\r\nDESCRIPTION:one\\ntwo\\nthree\r\nSTATUS:TENTATIVE\r\nTRANSP:TRANSPARENT\r\n\
        CATEGORIES:a\\,b,c\r\nURL:https://tea.example/?a=1,2;3\r\nLAST-MODIFIED:20261130T080000Z\r\nSEQUENCE:3\r\n\
        END:VEVENT\r\nEND:VCALENDAR\r\n";
    assert_eq!(text, expected);
}

#[test]
fn a_line_is_folded_at_75_bytes_and_never_within_a_letter() {
    // 8 bytes of the name and its colon, then letters of two bytes: the 75th byte would be the first half of one.
    let event = CalendarEvent::new("u", at(NOW), "я".repeat(100));
    let text = calendar("Plan", at(NOW), [&event]);
    let begin = format!("SUMMARY:{}\r\n {}\r\n ", "я".repeat(33), "я".repeat(37));
    assert!(text.contains(&begin), "{text}");
    assert_eq!(value(&lines(&text), "SUMMARY"), ["я".repeat(100)]);
}

proptest! {
    #[test]
    fn every_text_comes_back_as_it_was(text in "(?s)[\\PC\n\t]{0,300}", seconds in 0..4_000_000_000_i64) {
        let moment = Timestamp::from_second(seconds).unwrap();
        let mut event = CalendarEvent::new("u", moment, text.clone());
        event.description = format!("x{text}");
        let lines = lines(&calendar(&text, at(NOW), [&event]));
        prop_assert_eq!(plain(value(&lines, "SUMMARY")[0]), text.clone());
        prop_assert_eq!(plain(value(&lines, "DESCRIPTION")[0]), format!("x{text}"));
        prop_assert_eq!(plain(value(&lines, "X-WR-CALNAME")[0]), text);
        let start = format!("{}", moment.strftime("%Y%m%dT%H%M%SZ"));
        prop_assert_eq!(value(&lines, "DTSTART"), [start.as_str()]);
    }
}

#[tokio::test]
async fn a_planned_post_is_an_event_with_one_uid_in_every_export() {
    let outbox = outbox();
    let reader = PlanReader::new(at(NOW));
    let sheet = "key,account,time,text,approval,labels\n\
                 tea,shop,2026-12-01 09:00Z,\"Tea is in!\nCome\",,x\ncake,news,2026-12-02 09:00Z,Cake,yes,\n";
    let plan = reader.csv(sheet).unwrap();
    outbox
        .add(&plan.entries(at(NOW), &[]).unwrap())
        .await
        .unwrap();
    let export = async |now: &str| {
        let mut events = Vec::new();
        for item in items(&outbox).await {
            let history = outbox.history(&item.id).await.unwrap();
            events.push(CalendarEvent::of(&item).history(&history));
        }
        lines(&calendar("Plan", at(now), &events))
    };
    let first = export(NOW).await;
    assert_eq!(value(&first, "UID"), ["cake@news", "tea@shop"]);
    assert_eq!(value(&first, "STATUS"), ["TENTATIVE", "CONFIRMED"]);
    assert_eq!(value(&first, "SUMMARY"), ["news: Cake", "shop: Tea is in!"]);
    assert_eq!(value(&first, "CATEGORIES"), ["news", "shop,x"]);
    assert_eq!(
        value(&first, "DTSTART"),
        ["20261202T090000Z", "20261201T090000Z"]
    );
    assert_eq!(value(&first, "SEQUENCE"), ["0", "0"]);
    assert!(
        plain(value(&first, "DESCRIPTION")[1]).starts_with("Tea is in!\nCome\n\nstate: waiting")
    );

    outbox.approve("cake@news", "ann").await.unwrap();
    outbox.cancel("tea@shop", "ann").await.unwrap();
    let second = export("2026-11-30T12:00:00Z").await;
    assert_eq!(value(&second, "UID"), value(&first, "UID"));
    assert_eq!(value(&second, "STATUS"), ["CONFIRMED", "CANCELLED"]);
    assert_eq!(value(&second, "SEQUENCE"), ["0", "1"]);
    assert_eq!(value(&second, "DTSTAMP"), ["20261130T120000Z"; 2]);
}
