//! Addresses that answers name.

use super::*;

/// Addresses that nothing is sent to: plain http elsewhere than on this machine, and what is none.
const ELSEWHERE: [&str; 8] = [
    "http://files.vk.test/upload/1",
    "http://127.0.0.1.vk.test/upload/1",
    "http://localhost.vk.test/upload/1",
    "http://127.0.0.1@vk.test/upload/1",
    "ftp://127.0.0.1/upload/1",
    "file:///etc/passwd",
    "//files.vk.test/upload/1",
    "",
];

#[tokio::test]
async fn an_address_for_files_that_is_plain_http_elsewhere_is_refused_and_nothing_is_sent_there() {
    // Where the API is on this machine, its files may be there, too; where it is not, they may not.
    for (base, elsewhere) in [
        ("http://127.0.0.1:8080", &ELSEWHERE[..]),
        ("https://api.vk.test", &ELSEWHERE[..]),
        (
            "https://api.vk.test",
            &["http://127.0.0.1:8080/upload/1", "http://localhost/"],
        ),
    ] {
        for address in elsewhere {
            let desk = Desk::at("an_address_for_files_that_is_plain_http_elsewhere", base);
            let told = (*address).to_owned();
            desk.after(move |_, answer| {
                if answer["response"]["upload_url"].is_string() {
                    answer["response"]["upload_url"] = told.as_str().into();
                }
            });
            for media in [png(), mp4(), pdf()] {
                let draft = Draft::text("With a file").media(media);
                let error = desk.refused(desk.vk.publish(&draft)).await;
                // For a video the address comes of what changes something, in secret.
                let kinds = [ErrorKind::Decode, ErrorKind::Unconfirmed];
                assert!(kinds.contains(error.kind()), "{address}: {error}");
                desk.says(&error, "the address that it names");
                assert_eq!(desk.posts(), 0, "{address}");
            }
            let places = desk.line.places.lock().unwrap();
            assert_eq!(places.iter().collect::<Vec<_>>(), [base], "{address}");
            assert!(desk.fake.seen().iter().all(|seen| seen.files.is_empty()));
        }
    }
}

#[tokio::test]
async fn an_address_for_happenings_that_is_plain_http_elsewhere_is_refused_and_never_asked() {
    for base in ["http://127.0.0.1:8080", "https://api.vk.test"] {
        for address in ELSEWHERE {
            let desk = Desk::at(
                "an_address_for_happenings_that_is_plain_http_elsewhere",
                base,
            );
            desk.after(move |_, answer| {
                if answer["response"]["server"].is_string() {
                    answer["response"]["server"] = address.into();
                }
            });
            for query in [EventQuery::now(), EventQuery::oldest()] {
                let error = desk.refused(desk.vk.events(&query)).await;
                assert_eq!(error.kind(), &ErrorKind::Decode, "{address}: {error}");
                desk.says(&error, "the address that it names");
            }
            let places = desk.line.places.lock().unwrap();
            assert_eq!(places.iter().collect::<Vec<_>>(), [base], "{address}");
            assert!(!desk.line.keys.lock().unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn what_answers_in_place_of_the_long_poll_shows_no_key() {
    let desk = Desk::new("what_answers_in_place_of_the_long_poll_shows_no_key");
    for fault in [
        Fault::Html { status: 502 },
        Fault::Answer(r#"{"ts":"not a number!","updates":[]}"#.into()),
        Fault::Answer(r#"{"failed":4,"min_version":1,"max_version":3}"#.into()),
    ] {
        for _ in 0..8 {
            desk.fake.fail_next("/whp/*", fault.clone());
        }
        let error = desk.refused(desk.vk.events(&EventQuery::oldest())).await;
        let kinds = [ErrorKind::Unavailable, ErrorKind::Decode];
        assert!(kinds.contains(error.kind()), "{error}");
        desk.hides(&error);
    }
    let person = Vk::builder().user_token(Fake::USER_TOKEN);
    let person = person.client(&desk.bench.client).build().unwrap();
    let none = json!({});
    let call = person.call_as::<Value>(TokenKind::Community, "wall.get", &none);
    desk.hides(&desk.refused(call).await);
}
