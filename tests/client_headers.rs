//! What the reading of limit headers promises, with the platform pages' own examples.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy takes the helpers of tests for the program"
)]

use std::{borrow::Cow, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use proptest::prelude::*;
use sociable::client::{
    headers::{
        FURTHEST, HeaderFamily, MOST, ResetFormat, UsageJson, date, observe, request_id,
        retry_after, server_now, wait_in_words,
    },
    limits::{Observation, Reset},
};

const SECOND: Duration = Duration::from_secs(1);
const MICROSECOND: Duration = Duration::from_micros(1);

/// 1 795 348 800 seconds after 1970.
fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn later(seconds: u64) -> Timestamp {
    now() + Duration::from_secs(seconds)
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        let name: HeaderName = name.to_ascii_lowercase().parse().unwrap();
        map.append(name, HeaderValue::from_str(value).unwrap());
    }
    map
}

fn see(families: &[HeaderFamily], lines: &[(&str, &str)]) -> Vec<Observation> {
    observe(families, &headers(lines), now())
}

fn one(families: &[HeaderFamily], lines: &[(&str, &str)]) -> Observation {
    let mut seen = see(families, lines);
    assert_eq!(seen.len(), 1, "{seen:?}");
    seen.remove(0)
}

fn at(seconds: u64) -> Option<Reset> {
    Some(Reset::At {
        time: later(seconds),
        resolution: SECOND,
    })
}

fn wait(seconds: u64) -> Option<Reset> {
    Some(Reset::After {
        wait: Duration::from_secs(seconds),
        resolution: SECOND,
    })
}

fn named(bucket: &'static str) -> Option<Cow<'static, str>> {
    Some(Cow::Borrowed(bucket))
}

const BLUESKY: [HeaderFamily; 1] = [HeaderFamily::new()
    .limit("ratelimit-limit")
    .remaining("ratelimit-remaining")
    .reset("ratelimit-reset", ResetFormat::EpochSeconds)
    .policy("ratelimit-policy")];

const MASTODON: [HeaderFamily; 1] = [HeaderFamily::new()
    .limit("X-RateLimit-Limit")
    .remaining("X-RateLimit-Remaining")
    .reset("X-RateLimit-Reset", ResetFormat::Iso8601)];

const X: [HeaderFamily; 3] = [
    HeaderFamily::new()
        .limit("x-rate-limit-limit")
        .remaining("x-rate-limit-remaining")
        .reset("x-rate-limit-reset", ResetFormat::EpochSeconds)
        .period(Duration::from_secs(900)),
    HeaderFamily::new()
        .bucket("app-day")
        .limit("x-app-limit-24hour-limit")
        .remaining("x-app-limit-24hour-remaining")
        .reset("x-app-limit-24hour-reset", ResetFormat::EpochSeconds)
        .period(Duration::from_secs(86_400)),
    HeaderFamily::new()
        .bucket("user-day")
        .limit("x-user-limit-24hour-limit")
        .remaining("x-user-limit-24hour-remaining")
        .reset("x-user-limit-24hour-reset", ResetFormat::EpochSeconds)
        .period(Duration::from_secs(86_400)),
];

const DISCORD: [HeaderFamily; 2] = [
    HeaderFamily::new()
        .bucket_header("x-ratelimit-bucket")
        .limit("x-ratelimit-limit")
        .remaining("x-ratelimit-remaining")
        .reset("x-ratelimit-reset-after", ResetFormat::DeltaSeconds),
    HeaderFamily::new()
        .when("x-ratelimit-global", "true")
        .bucket("global")
        .reset("retry-after", ResetFormat::DeltaSeconds),
];

const PINTEREST: [HeaderFamily; 1] = [HeaderFamily::new()
    .bucket_header("x-ratelimit-category")
    .limit("x-ratelimit-limit")
    .remaining("x-ratelimit-remaining")
    .reset("x-ratelimit-reset", ResetFormat::Any)];

const REDDIT: [HeaderFamily; 1] = [HeaderFamily::new()
    .used("x-ratelimit-used")
    .remaining("x-ratelimit-remaining")
    .reset("x-ratelimit-reset", ResetFormat::DeltaSeconds)
    .period(Duration::from_secs(600))];

const SHARES: &[&str] = &["call_count", "total_time", "total_cputime"];

const META: [HeaderFamily; 3] = [
    HeaderFamily::new()
        .bucket("app")
        .usage(UsageJson::new("x-app-usage", SHARES)),
    HeaderFamily::new().bucket("pages").usage(
        UsageJson::new("x-business-use-case-usage", SHARES)
            .only("type", "pages")
            .wait("estimated_time_to_regain_access", Duration::from_secs(60)),
    ),
    HeaderFamily::new().bucket("ads").usage(
        UsageJson::new("x-ad-account-usage", &["acc_id_util_pct"])
            .wait("reset_time_duration", SECOND),
    ),
];

const IETF: [HeaderFamily; 1] = [HeaderFamily::ietf()];

#[test]
fn epoch_seconds_with_a_policy_are_read() {
    let seen = one(
        &BLUESKY,
        &[
            ("RateLimit-Limit", "3000"),
            ("RateLimit-Remaining", "2998"),
            ("RateLimit-Reset", "1795349100"),
            ("RateLimit-Policy", "3000;w=300"),
        ],
    );
    let expected = Observation {
        limit: Some(3000),
        remaining: Some(2998),
        reset: at(300),
        period: Some(Duration::from_secs(300)),
        ..Observation::default()
    };
    assert_eq!(seen, expected);
}

#[test]
fn a_policy_alone_tells_the_window() {
    let seen = one(&BLUESKY, &[("ratelimit-policy", "100; w=86400")]);
    assert_eq!(seen.limit, Some(100));
    assert_eq!(seen.period, Some(Duration::from_secs(86_400)));
}

#[test]
fn iso_dates_are_read_to_the_microsecond_with_epoch_as_a_fall_back() {
    let lines = |reset| {
        [
            ("X-RateLimit-Limit", "300"),
            ("X-RateLimit-Remaining", "299"),
            ("X-RateLimit-Reset", reset),
        ]
    };
    let seen = one(&MASTODON, &lines("2026-11-22T12:05:00.123456Z"));
    let reset = Reset::At {
        time: "2026-11-22T12:05:00.123456Z".parse().unwrap(),
        resolution: MICROSECOND,
    };
    assert_eq!(
        (seen.limit, seen.remaining, seen.reset),
        (Some(300), Some(299), Some(reset))
    );
    assert_eq!(
        one(&MASTODON, &lines("2026-11-22T12:05:00Z")).reset,
        at(300)
    );
    assert_eq!(
        one(&MASTODON, &lines("2026-11-22T14:05:00+02:00")).reset,
        at(300)
    );
    assert_eq!(one(&MASTODON, &lines("2026-11-22T12:05:00")).reset, at(300));
    assert_eq!(one(&MASTODON, &lines("1795349100")).reset, at(300));
}

#[test]
fn two_families_at_once_are_two_observations() {
    let seen = see(
        &X,
        &[
            ("x-rate-limit-limit", "100"),
            ("x-rate-limit-remaining", "99"),
            ("x-rate-limit-reset", "1795349700"),
            ("x-user-limit-24hour-limit", "100"),
            ("x-user-limit-24hour-remaining", "0"),
            ("x-user-limit-24hour-reset", "1795392000"),
        ],
    );
    let quarter = Observation {
        limit: Some(100),
        remaining: Some(99),
        reset: at(900),
        period: Some(Duration::from_secs(900)),
        ..Observation::default()
    };
    let day = Observation {
        bucket: named("user-day"),
        limit: Some(100),
        remaining: Some(0),
        reset: at(43_200),
        period: Some(Duration::from_secs(86_400)),
        ..Observation::default()
    };
    assert_eq!(seen, [quarter, day]);
}

#[test]
fn a_header_may_name_the_bucket_and_deltas_may_have_decimals() {
    let seen = one(
        &DISCORD,
        &[
            ("X-RateLimit-Limit", "5"),
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", "1795348801.470"),
            ("X-RateLimit-Reset-After", "1.470"),
            ("X-RateLimit-Bucket", "abcd1234"),
        ],
    );
    let expected = Observation {
        bucket: named("abcd1234"),
        limit: Some(5),
        remaining: Some(0),
        reset: Some(Reset::After {
            wait: Duration::from_millis(1_470),
            resolution: Duration::from_millis(1),
        }),
        ..Observation::default()
    };
    assert_eq!(seen, expected);
}

#[test]
fn a_family_with_a_condition_speaks_only_when_it_holds() {
    let lines = [
        ("Retry-After", "65"),
        ("X-RateLimit-Global", "True"),
        ("X-RateLimit-Scope", "global"),
    ];
    let seen = one(&DISCORD, &lines);
    assert_eq!((seen.bucket, seen.reset), (named("global"), wait(65)));
    assert_eq!(
        see(
            &DISCORD,
            &[("Retry-After", "65"), ("X-RateLimit-Global", "false")]
        ),
        []
    );
    assert_eq!(see(&DISCORD, &[("Retry-After", "65")]), []);
}

#[test]
fn epoch_seconds_may_have_decimals() {
    const EPOCH: [HeaderFamily; 1] =
        [HeaderFamily::new().reset("x-ratelimit-reset", ResetFormat::EpochSeconds)];
    let reset = Reset::At {
        time: now() + Duration::from_millis(1_470),
        resolution: Duration::from_millis(1),
    };
    assert_eq!(
        one(&EPOCH, &[("X-RateLimit-Reset", "1795348801.470")]).reset,
        Some(reset)
    );
}

#[test]
fn a_limit_may_carry_its_policies() {
    let lines = |reset| {
        [
            ("x-ratelimit-category", "org_write"),
            (
                "X-RateLimit-Limit",
                r#"100, 100;w=1;name="a;w=9, b", 1000;w=60"#,
            ),
            ("X-RateLimit-Remaining", "99"),
            ("X-RateLimit-Reset", reset),
        ]
    };
    let second = Observation {
        bucket: named("org_write"),
        limit: Some(100),
        remaining: Some(99),
        reset: wait(1),
        period: Some(SECOND),
        ..Observation::default()
    };
    let minute = Observation {
        bucket: named("org_write"),
        limit: Some(1000),
        period: Some(Duration::from_secs(60)),
        ..Observation::default()
    };
    assert_eq!(see(&PINTEREST, &lines("1")), [second, minute]);
    assert_eq!(see(&PINTEREST, &lines("1795348860"))[0].reset, at(60));
    let millis = Reset::At {
        time: later(60),
        resolution: Duration::from_millis(1),
    };
    assert_eq!(
        see(&PINTEREST, &lines("1795348860000"))[0].reset,
        Some(millis)
    );
    assert_eq!(
        see(&PINTEREST, &lines("Sun, 22 Nov 2026 12:01:00 GMT"))[0].reset,
        at(60)
    );
    assert_eq!(
        see(&PINTEREST, &lines("2026-11-22T12:01:00Z"))[0].reset,
        at(60)
    );
}

#[test]
fn fractional_counts_are_rounded_to_the_careful_side() {
    let seen = one(
        &REDDIT,
        &[
            ("x-ratelimit-used", "5.5"),
            ("x-ratelimit-remaining", "594.9"),
            ("x-ratelimit-reset", "351"),
        ],
    );
    let expected = Observation {
        remaining: Some(594),
        used: Some(6),
        reset: wait(351),
        period: Some(Duration::from_secs(600)),
        ..Observation::default()
    };
    assert_eq!(seen, expected);
}

#[test]
fn percentages_come_from_json_and_the_largest_counts() {
    let seen = one(
        &META,
        &[(
            "X-App-Usage",
            r#"{"call_count":28,"total_time":25,"total_cputime":25}"#,
        )],
    );
    let expected = Observation {
        bucket: named("app"),
        percent: Some(28.0),
        ..Observation::default()
    };
    assert_eq!(seen, expected);
}

#[test]
fn a_use_case_is_picked_out_of_nested_json_with_its_wait_in_minutes() {
    let value = r#"{"17841":[{"type":"instagram","call_count":99,"estimated_time_to_regain_access":90},
        {"call_count":100.5,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":19,"type":"pages",
        "ads_api_access_tier":"standard_access"}],"22":[{"type":"pages","call_count":"7","more":{"call_count":120}}]}"#;
    let value = value.replace('\n', "");
    let seen = one(&META, &[("X-Business-Use-Case-Usage", &value)]);
    let expected = Observation {
        bucket: named("pages"),
        percent: Some(100.0),
        reset: Some(Reset::After {
            wait: Duration::from_secs(19 * 60),
            resolution: Duration::from_secs(60),
        }),
        ..Observation::default()
    };
    assert_eq!(seen, expected);
}

#[test]
fn another_networks_wait_in_seconds_is_data_too() {
    let seen = one(
        &META,
        &[(
            "X-Ad-Account-Usage",
            r#"{"acc_id_util_pct":9.67,"reset_time_duration":100}"#,
        )],
    );
    assert_eq!((seen.percent, seen.reset), (Some(9.67), wait(100)));
    let seen = one(
        &META,
        &[(
            "X-Ad-Account-Usage",
            r#"{"acc_id_util_pct":9.67,"reset_time_duration":0}"#,
        )],
    );
    assert_eq!((seen.percent, seen.reset), (Some(9.67), None));
}

#[test]
fn broken_usage_json_says_nothing() {
    for value in [
        "",
        "{",
        "28",
        "null",
        "[]",
        "{}",
        r#"{"call_count":28"#,
        r#"{"call_count":28} x"#,
        r#"{"call_count":-28}"#,
        r#"{"call_count":"NaN"}"#,
        r#"{"call_count":"inf"}"#,
        r#"{"call_count":1e999}"#,
        r#"{"call_count":null}"#,
        r#"{"call_count":[1,{"a":2}]}"#,
        &"[".repeat(100_000),
    ] {
        assert_eq!(see(&META, &[("x-app-usage", value)]), [], "{value:.40}");
    }
}

#[test]
fn the_drafts_of_the_ietf_are_read_in_their_forms() {
    // Named items with policies.
    let seen = one(
        &IETF,
        &[
            ("RateLimit", r#""default";r=50;t=30"#),
            ("RateLimit-Policy", r#""default";q=100;w=60;qu="requests""#),
        ],
    );
    let expected = Observation {
        bucket: named("default"),
        limit: Some(100),
        remaining: Some(50),
        reset: wait(30),
        period: Some(Duration::from_secs(60)),
        ..Observation::default()
    };
    assert_eq!(seen, expected);
    // A dictionary with a policy.
    let dictionary = one(
        &IETF,
        &[
            ("RateLimit", "limit=100, remaining=50, reset=30"),
            ("RateLimit-Policy", "100;w=60"),
        ],
    );
    let unnamed = Observation {
        bucket: None,
        ..expected.clone()
    };
    assert_eq!(dictionary, unnamed);
    // The same, with the window inside.
    assert_eq!(
        one(
            &IETF,
            &[("RateLimit", "limit=100;w=60, remaining=50, reset=30")]
        ),
        unnamed
    );
    // Two windows at once, of which one has figures.
    let seen = see(
        &IETF,
        &[
            ("RateLimit", r#""burst";r=0;t=1"#),
            (
                "RateLimit-Policy",
                r#""burst";q=10;w=1, "daily";q=1000;w=86400"#,
            ),
        ],
    );
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (seen[0].bucket.as_deref(), seen[0].remaining),
        (Some("burst"), Some(0))
    );
    assert_eq!((seen[0].limit, seen[0].period), (Some(10), Some(SECOND)));
    assert_eq!(
        (seen[1].bucket.as_deref(), seen[1].limit),
        (Some("daily"), Some(1000))
    );
    assert_eq!((seen[1].remaining, seen[1].reset), (None, None));
    // A name of our own wins over the server's.
    let family = [HeaderFamily::ietf().bucket("calls")];
    assert_eq!(
        one(&family, &[("RateLimit", r#""default";r=50;t=30"#)]).bucket,
        named("calls")
    );
}

#[test]
fn milliseconds_and_http_dates_are_formats_too() {
    let family = |format| [HeaderFamily::new().reset("reset", format)];
    let reset = |format, value| one(&family(format), &[("reset", value)]).reset;
    let millisecond = Duration::from_millis(1);
    let expected = Reset::At {
        time: later(60),
        resolution: millisecond,
    };
    assert_eq!(
        reset(ResetFormat::EpochMillis, "1795348860000"),
        Some(expected)
    );
    let expected = Reset::After {
        wait: Duration::from_millis(2_946),
        resolution: millisecond,
    };
    assert_eq!(reset(ResetFormat::DeltaMillis, "2946"), Some(expected));
    for date in [
        "Sun, 22 Nov 2026 12:01:00 GMT",
        "Sunday, 22-Nov-26 12:01:00 GMT",
        "Sun Nov 22 12:01:00 2026",
    ] {
        assert_eq!(reset(ResetFormat::HttpDate, date), at(60), "{date}");
    }
}

#[test]
fn silence_allocates_nothing_and_says_nothing() {
    for families in [
        &BLUESKY[..],
        &MASTODON,
        &X,
        &DISCORD,
        &PINTEREST,
        &REDDIT,
        &META,
        &IETF,
        &[],
    ] {
        let seen = see(families, &[("content-type", "application/json")]);
        assert_eq!(seen.capacity(), 0);
    }
}

#[test]
fn absurd_figures_change_nothing() {
    for value in [
        "",
        " ",
        "-5",
        "+5",
        "1e99",
        "NaN",
        "inf",
        "0x10",
        "5 calls",
        ".",
        "5.",
        ".5",
        "1.5.5",
        "\"5\"",
        "99999999999999999999999999",
        "1000000000001",
        "\u{7f}",
    ] {
        let Ok(value) = HeaderValue::from_str(value) else {
            continue;
        };
        for name in [
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
            "ratelimit-policy",
        ] {
            let mut map = HeaderMap::new();
            map.insert(name, value.clone());
            let seen = observe(&BLUESKY, &map, now());
            assert!(
                seen.iter()
                    .all(|seen| seen.remaining.is_none() && seen.reset.is_none()),
                "{name} {value:?}"
            );
            let limit_read = seen.iter().any(|seen| seen.limit.is_some());
            assert!(!limit_read, "{name} {value:?} {seen:?}");
        }
    }
    assert_eq!(see(&BLUESKY, &[("ratelimit-limit", "0")]), []);
    assert_eq!(
        see(&BLUESKY, &[("ratelimit-policy", "0;w=0, ;;;, w=, 5;w=-1")])[0].period,
        None
    );
}

#[test]
fn an_unusable_reset_leaves_the_other_figures() {
    for reset in ["soon", "1e99", "-1", "99999999999999", "1798027201"] {
        let seen = one(
            &BLUESKY,
            &[("ratelimit-remaining", "7"), ("ratelimit-reset", reset)],
        );
        assert_eq!((seen.remaining, seen.reset), (Some(7), None), "{reset}");
    }
}

#[test]
fn what_is_left_of_a_window_that_is_over_is_not_believed() {
    let lines = |reset| {
        [
            ("ratelimit-limit", "30"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", reset),
            ("ratelimit-policy", "30;w=300"),
        ]
    };
    for past in ["0", "300", "1795348700", "1795348799"] {
        let seen = one(&BLUESKY, &lines(past));
        assert_eq!(
            (seen.limit, seen.remaining, seen.reset),
            (Some(30), None, None),
            "{past}"
        );
        assert_eq!(seen.period, Some(Duration::from_secs(300)));
    }
    // The second in which it ends is not over.
    assert_eq!(one(&BLUESKY, &lines("1795348800")).remaining, Some(0));
}

#[test]
fn resets_count_by_the_servers_clock() {
    // The server's clock is ten minutes behind ours: what looks past is not.
    let seen = one(
        &BLUESKY,
        &[
            ("date", "Sun, 22 Nov 2026 11:50:00 GMT"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "1795348500"),
        ],
    );
    let reset = Reset::At {
        time: now() - Duration::from_secs(300),
        resolution: SECOND,
    };
    assert_eq!((seen.remaining, seen.reset), (Some(0), Some(reset)));
}

#[test]
fn contradicting_lines_are_read_the_careful_way() {
    let seen = one(
        &BLUESKY,
        &[
            ("ratelimit-limit", "100"),
            ("ratelimit-limit", "50"),
            ("ratelimit-remaining", "40"),
            ("ratelimit-remaining", "60"),
            ("ratelimit-remaining", "junk"),
            ("ratelimit-reset", "1795348810"),
            ("ratelimit-reset", "1795348900, 1795348805"),
        ],
    );
    assert_eq!(
        (seen.limit, seen.remaining, seen.reset),
        (Some(50), Some(40), at(100))
    );
    let seen = one(&IETF, &[("ratelimit", r#""a";r=9;t=5, "a";r=3;t=2"#)]);
    assert_eq!((seen.remaining, seen.reset), (Some(3), wait(5)));
    let seen = one(
        &BLUESKY,
        &[("ratelimit-limit", "50"), ("ratelimit-remaining", "60")],
    );
    assert_eq!(seen.remaining, Some(50));
}

#[test]
fn retry_after_is_read_as_seconds_and_as_a_date() {
    let told = |value| {
        retry_after(&headers(&[("retry-after", value)]), now()).map(|told| told.wait(now()))
    };
    assert_eq!(told("120"), Some(SECOND * 120));
    assert_eq!(told("0"), Some(Duration::ZERO));
    assert_eq!(told("0.65"), Some(Duration::from_millis(650)));
    // A date is written to the second, so that it is rounded up to the next.
    assert_eq!(told("Sun, 22 Nov 2026 12:01:00 GMT"), Some(SECOND * 61));
    assert_eq!(told("Sunday, 22-Nov-26 12:01:00 GMT"), Some(SECOND * 61));
    assert_eq!(told("Sun Nov 22 12:01:00 2026"), Some(SECOND * 61));
    assert_eq!(told("2026-11-22T12:01:00Z"), Some(SECOND * 61));
    // Seconds since 1970, where a while was asked for.
    assert_eq!(told("1795348860"), Some(SECOND * 61));
}

#[test]
fn an_absurd_retry_after_is_ignored_or_bounded() {
    let told = |value| {
        retry_after(&headers(&[("retry-after", value)]), now()).map(|told| told.wait(now()))
    };
    for value in [
        "",
        "-5",
        "1e99",
        "NaN",
        "inf",
        "soon",
        "12 s",
        "Sun, 22 Nov 2026 11:59:59 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 99 Foo 2026 99:99:99 GMT",
        "Sun, 22 Nov 2026 12:01:00 PST",
        "Sun, 22 Nov 99999 12:01:00 GMT",
        ",",
        "- - -",
    ] {
        assert_eq!(told(value), None, "{value:?}");
    }
    for value in [
        "2678401",
        "99999999999",
        "99999999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        assert_eq!(told(value), Some(FURTHEST), "{value:?}");
    }
    assert_eq!(retry_after(&HeaderMap::new(), now()), None);
}

#[test]
fn of_two_retry_afters_the_later_usable_one_holds() {
    let told =
        |lines: &[(&str, &str)]| retry_after(&headers(lines), now()).map(|told| told.wait(now()));
    let date = ("retry-after", "Sun, 22 Nov 2026 12:01:00 GMT");
    assert_eq!(told(&[("retry-after", "5"), date]), Some(SECOND * 61));
    assert_eq!(told(&[date, ("retry-after", "300")]), Some(SECOND * 300));
    assert_eq!(
        told(&[("retry-after", "-5"), ("retry-after", "7")]),
        Some(SECOND * 7)
    );
}

#[test]
fn a_retry_date_counts_by_the_servers_clock() {
    let told = |date| {
        let lines = [
            ("date", date),
            ("retry-after", "Sun, 22 Nov 2026 12:01:00 GMT"),
        ];
        retry_after(&headers(&lines), now()).map(|told| told.wait(now()))
    };
    assert_eq!(told("Sun, 22 Nov 2026 12:00:30 GMT"), Some(SECOND * 31));
    assert_eq!(told("Sun, 22 Nov 2026 11:00:00 GMT"), Some(SECOND * 3_661));
    assert_eq!(told("Sun, 22 Nov 2026 13:00:00 GMT"), None);
    // More than a day off is no clock at all.
    assert_eq!(told("Thu, 01 Jan 1970 00:00:00 GMT"), Some(SECOND * 61));
}

#[test]
fn the_date_and_the_servers_time_are_told() {
    let skewed = headers(&[("Date", "Sun, 22 Nov 2026 11:59:58 GMT")]);
    assert_eq!(date(&skewed), Some(now() - SECOND * 2));
    assert_eq!(server_now(&skewed, now()), now() - SECOND * 2);
    assert_eq!(date(&headers(&[("Date", "yesterday")])), None);
    assert_eq!(server_now(&HeaderMap::new(), now()), now());
    let leap = headers(&[("Date", "Sat, 31 Dec 2016 23:59:60 GMT")]);
    assert_eq!(date(&leap), Some("2016-12-31T23:59:59Z".parse().unwrap()));
}

#[test]
fn a_request_id_is_short_and_printable_or_absent() {
    let id = |name: &str, value: &str| request_id(&headers(&[(name, value)])).map(str::to_owned);
    assert_eq!(id("X-Request-Id", "b7c9-1"), Some("b7c9-1".to_owned()));
    assert_eq!(id("x-transaction-id", "0a1b"), Some("0a1b".to_owned()));
    assert_eq!(id("x-request-id", "two words"), None);
    assert_eq!(id("x-request-id", &"a".repeat(129)), None);
    assert_eq!(id("x-request-id", ""), None);
    let both = headers(&[("cf-ray", "9"), ("x-request-id", "1")]);
    assert_eq!(request_id(&both), Some("1"));
}

#[test]
fn waits_told_in_words_are_rounded_up_by_their_unit() {
    let told = |text| wait_in_words(text, now()).map(|told| told.wait(now()));
    assert_eq!(
        told("you are doing that too much. try again in 3 minutes."),
        Some(SECOND * 240)
    );
    assert_eq!(
        told("Take a break for 1 second before trying again."),
        Some(SECOND * 2)
    );
    assert_eq!(
        told("try again in 500 milliseconds"),
        Some(Duration::from_millis(501))
    );
    assert_eq!(told("Too Many Requests: retry after 35"), Some(SECOND * 35));
    assert_eq!(told("Too Many Requests: retry after -5"), None);
    assert_eq!(told("try again in 99999999999 hours"), Some(FURTHEST));
    assert_eq!(told("error 429"), None);
    assert_eq!(told(""), None);
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "date",
        "retry-after",
        "ratelimit",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "ratelimit-policy",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-used",
        "x-ratelimit-reset",
        "x-ratelimit-reset-after",
        "x-ratelimit-bucket",
        "x-ratelimit-category",
        "x-ratelimit-global",
        "x-app-usage",
        "x-business-use-case-usage",
        "x-request-id",
    ])
}

/// Anything that a header can hold, and things that are nearly right.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        "[0-9]{0,25}(\\.[0-9]{0,25})?".prop_map(String::into_bytes),
        "[-+0-9eE.,;=\"\\\\:wqrtTZ a]{0,40}".prop_map(String::into_bytes),
        "(Sun|Sunday|), ?[0-9]{0,3}[- ](Nov|Foo|)[- ][0-9]{0,5} [0-9:]{0,9} (GMT|)".prop_map(String::into_bytes),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,12})?(Z|\\+[0-9]{2}:[0-9]{2}|)"
            .prop_map(String::into_bytes),
        r#"\{?("call_count"|"type"|"estimated_time_to_regain_access"|[\[\]{}:,0-9e.-]){0,12}\}?"#
            .prop_map(String::into_bytes),
    ]
}

#[test]
fn what_is_left_is_never_more_than_a_limit_that_other_lines_tell() {
    let told = [
        ("ratelimit-remaining", "100"),
        ("ratelimit-policy", "1"),
        ("ratelimit-policy", "1"),
    ];
    let mut map = HeaderMap::new();
    for (name, value) in told {
        map.append(name, HeaderValue::from_static(value));
    }
    let seen = observe(&BLUESKY, &map, now());
    assert!(!seen.is_empty());
    for seen in seen {
        assert_eq!((seen.limit, seen.remaining), (Some(1), Some(1)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn whatever_the_headers_hold_what_is_read_keeps_its_bounds(
        lines in prop::collection::vec((name(), value()), 0..12),
        time in prop_oneof![Just(now()), Just(Timestamp::MIN), Just(Timestamp::MAX), Just(Timestamp::UNIX_EPOCH)],
    ) {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                map.append(name, value);
            }
        }
        let formats = [
            ResetFormat::EpochSeconds,
            ResetFormat::EpochMillis,
            ResetFormat::Iso8601,
            ResetFormat::HttpDate,
            ResetFormat::DeltaSeconds,
            ResetFormat::DeltaMillis,
            ResetFormat::Any,
        ];
        let mut families = [&BLUESKY[..], &MASTODON, &DISCORD, &PINTEREST, &REDDIT, &META, &IETF].concat();
        families.extend(formats.map(|format| HeaderFamily::new().reset("ratelimit-reset", format)));
        let server = server_now(&map, time);
        for seen in observe(&families, &map, time) {
            prop_assert!(seen.limit.is_none_or(|limit| (1..=MOST).contains(&limit)));
            prop_assert!(seen.remaining.is_none_or(|left| left <= seen.limit.unwrap_or(MOST)));
            prop_assert!(seen.used.is_none_or(|used| used <= MOST + 1));
            prop_assert!(seen.percent.is_none_or(|percent| (0.0..=100.0).contains(&percent)));
            prop_assert!(seen.period.is_none_or(|period| !period.is_zero() && period <= FURTHEST));
            match seen.reset {
                Some(Reset::After { wait, resolution }) => prop_assert!(wait <= FURTHEST && !resolution.is_zero()),
                Some(Reset::At { time, resolution }) => {
                    let ahead = time.duration_since(server);
                    prop_assert!(ahead.as_secs() >= -1 && ahead <= FURTHEST.try_into().unwrap());
                    prop_assert!(!resolution.is_zero());
                }
                None => {}
            }
        }
        if let Some(told) = retry_after(&map, time) {
            prop_assert!(told.until >= time && told.wait(time) <= FURTHEST);
        }
        prop_assert!(request_id(&map).is_none_or(|id| !id.is_empty() && id.len() <= 128));
        date(&map);
    }

    #[test]
    fn whatever_a_sentence_says_the_wait_is_bounded(text in "\\PC{0,60}|(retry after )?[0-9]{0,30} ?(minutes?|hours|ms)?") {
        if let Some(told) = wait_in_words(&text, now()) {
            prop_assert!(told.wait(now()) <= FURTHEST);
        }
    }

    #[test]
    fn every_whole_second_of_the_next_month_survives_each_dialect(ahead in 1_u64..2_678_400) {
        let moment = later(ahead);
        let written = moment.to_string();
        prop_assert_eq!(one(&MASTODON, &[("x-ratelimit-reset", &written)]).reset, at(ahead));
        let written = moment.as_second().to_string();
        prop_assert_eq!(one(&BLUESKY, &[("ratelimit-reset", &written)]).reset, at(ahead));
        let written = moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let family = [HeaderFamily::new().reset("reset", ResetFormat::HttpDate)];
        prop_assert_eq!(one(&family, &[("reset", &written)]).reset, at(ahead));
        prop_assert_eq!(one(&REDDIT, &[("x-ratelimit-reset", &ahead.to_string())]).reset, wait(ahead));
    }
}
