//! The console's report of paid promotion, as a person or a script runs it: every verb in a process of its own, over the
//! embedded network and over servers on this machine that speak for VK and X.
#![cfg(all(
    feature = "memory",
    feature = "accounts",
    feature = "promo",
    feature = "embedded"
))]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use serde_json::Value;
use sociable::jiff::tz::TimeZone;
use sociable::jiff::{SignedDuration, Timestamp};

use run::{Console, Done, Folder, keys, text};

// Some of its helpers are for other tests.
#[allow(dead_code)]
#[path = "console/run.rs"]
mod run;

/// A console of its own, without a state: each run begins with the same small world.
fn bare(name: &str) -> Console {
    Console {
        folder: Folder::new(name),
        common: Vec::new(),
        environment: BTreeMap::new(),
    }
}

/// A console with these accounts; these secrets are in its environment.
fn with(name: &str, accounts: &str, secrets: &[(&str, &str)]) -> Console {
    let folder = Folder::new(name);
    let file = folder.0.join("accounts.toml");
    let client = "[client]\nmax_wait = \"30s\"\nno_proxy = true\n";
    std::fs::write(&file, format!("{client}{accounts}")).unwrap();
    let owned = |(name, secret): &(&str, &str)| ((*name).to_owned(), (*secret).to_owned());
    Console {
        common: vec!["--accounts".to_owned(), file.display().to_string()],
        folder,
        environment: secrets.iter().map(owned).collect(),
    }
}

fn report(console: &Console, arguments: &[&str]) -> Done {
    console.run(&[&["promo", "report"], arguments].concat())
}

#[track_caller]
fn good(console: &Console, arguments: &[&str]) -> Vec<Value> {
    let done = report(console, arguments);
    assert_eq!(
        done.code, 0,
        "{arguments:?}: {:?} {}",
        done.lines, done.stderr
    );
    done.lines
}

/// Those of the lines that are of this kind.
fn of<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["line"] == kind).collect()
}

fn written(console: &Console, name: &str) -> String {
    std::fs::read_to_string(console.folder.0.join(name)).unwrap()
}

/// The last days, with today.
fn days(back: i64) -> String {
    let day = |ago: i64| {
        let at = Timestamp::now() - SignedDuration::from_hours(24 * ago);
        at.to_zoned(TimeZone::UTC).date()
    };
    format!("{}..{}", day(back), day(0))
}

const LINE: [&str; 8] = [
    "by", "figures", "line", "name", "rows", "since", "until", "why",
];

#[test]
fn the_sample_world_shows_something_at_once() {
    let console = bare("promo-bare");
    let lines = good(&console, &[]);
    let (own, total) = (of(&lines, "line"), of(&lines, "total"));
    assert_eq!((own.len(), total.len()), (1, 1));
    assert_eq!(keys(own[0]), LINE);
    assert_eq!(own[0]["name"], "Opening week");
    let figures = &own[0]["figures"];
    assert_eq!(figures["spend"]["amount"], "50.00");
    assert_eq!(figures["spend"]["currency"], "EUR");
    assert_eq!(figures["impressions"], 25_000);
    assert_eq!(figures["ctr_all_clicks"], 0.02);
    assert!(text(own[0], "since").ends_with('Z'));
    let shown = console.command(&["promo", "report"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("Opening week") && shown.contains("50.00 EUR"),
        "{shown}"
    );
}

#[test]
fn csv_and_a_page_are_written_and_hold_the_same_figures() {
    let console = bare("promo-files");
    let files = [
        "--csv", "r.csv", "--html", "r.html", "--budget", "120EUR", "--period",
    ];
    let lines = good(&console, &[&files[..], &[&days(6)]].concat());
    assert_eq!(of(&lines, "pacing").len(), 1);
    assert!(text(of(&lines, "pacing")[0], "words").contains("of 120.00 EUR spent"));
    let csv = written(&console, "r.csv");
    assert!(
        csv.lines().count() >= 3 && csv.contains("Opening week") && csv.contains("50.00"),
        "{csv}"
    );
    let page = written(&console, "r.html");
    assert!(page.contains("€50.00") && page.contains("Opening week"));
    for chart in [
        "spend-by-time-eur",
        "pacing-1",
        "spend-shares-eur",
        "funnel",
    ] {
        assert!(page.contains(&format!("data-chart=\"{chart}\"")), "{chart}");
    }
    good(
        &console,
        &[
            "--html",
            "ru.html",
            "--language",
            "ru",
            "--title",
            "Ноябрь <1>",
        ],
    );
    let page = written(&console, "ru.html");
    assert!(page.contains("lang=\"ru\"") && page.contains("Ноябрь &lt;1&gt;"));
}

#[test]
fn days_networks_and_accounts_have_lines_of_their_own() {
    let console = bare("promo-by");
    let period = days(6);
    let lines = good(&console, &["--by", "day", "--period", &period]);
    let by_day = of(&lines, "line");
    assert!(
        by_day.len() > 2,
        "the campaign ran for two days: {by_day:?}"
    );
    assert!(text(&by_day[0]["by"], "day") < text(&by_day[1]["by"], "day"));
    let spent: f64 = by_day
        .iter()
        .filter_map(|line| line["figures"]["spend"]["amount"].as_str())
        .map(|amount| amount.parse::<f64>().unwrap())
        .sum();
    assert!((spent - 50.0).abs() < 1e-9, "days add up: {spent}");
    let lines = good(&console, &["--by", "network,account"]);
    let by = &of(&lines, "line")[0]["by"];
    assert_eq!(
        (text(by, "network"), text(by, "account")),
        ("memory", "shop")
    );
}

#[test]
fn what_the_shop_sold_and_rates_come_from_files() {
    let console = bare("promo-shop");
    let name = text(&of(&good(&console, &[]), "line")[0]["by"], "campaign").to_owned();
    let file =
        |name: &str, text: String| std::fs::write(console.folder.0.join(name), text).unwrap();
    file(
        "shop.csv",
        format!("campaign,orders,revenue,currency\n{name},5,200.00,EUR\n"),
    );
    file("rates.toml", "to = \"USD\"\n[[rate]]\nfrom = \"EUR\"\nworth = \"1.10\"\ndate = \"2026-11-30\"\nsource = \"ECB\"\n".to_owned());
    let lines = good(&console, &["--revenue", "shop.csv"]);
    let figures = &of(&lines, "line")[0]["figures"];
    assert_eq!(figures["orders"], 5);
    assert_eq!(figures["cost_per_order"]["amount"], "10.00");
    assert_eq!(figures["revenue_by_spend"], 4);
    let lines = good(&console, &["--rates", "rates.toml"]);
    let spend = &of(&lines, "line")[0]["figures"]["spend"];
    assert_eq!(
        (text(spend, "amount"), text(spend, "currency")),
        ("55.00", "USD")
    );

    // What cannot be used is told by file and line, before anything is asked.
    file("shop.csv", "campaign,ordres\nx,5\n".to_owned());
    file("rates.toml", "to = \"USD\"\n[[rate]]\nfrom = \"EUR\"\nworth = \"-1\"\ndate = \"2026-11-30\"\nsource = \"x\"\n".to_owned());
    for (arguments, said) in [
        (["--revenue", "shop.csv"], "ordres"),
        (["--rates", "rates.toml"], "rates.toml"),
        (["--revenue", "none.csv"], "none.csv"),
        (["--budget", "12"], "1100EUR"),
        (["--by", "colour"], "campaign"),
        (["--period", "2026-11-30..2026-11-01"], "ends before"),
    ] {
        let done = report(&console, &arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {}", done.stderr);
        assert!(done.stderr.contains(said), "{arguments:?}: {}", done.stderr);
        assert!(done.lines.is_empty());
    }
}

#[cfg(feature = "bluesky")]
#[test]
fn a_network_without_advertising_says_so_and_holds_back_no_other() {
    let accounts = "\n[[account]]\nname = \"shop\"\nnetwork = \"memory\"\naccount = \"shop\"\n\
        \n[[account]]\nname = \"sky\"\nnetwork = \"bluesky\"\nbase_url = \"http://127.0.0.1:9\"\nidentifier = \"shop.test\"\npassword = \"env:SKY\"\n";
    let console = with("promo-sky", accounts, &[("SKY", "hunter2-hunter2")]);
    let done = report(&console, &["--from", "shop,sky"]);
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert_eq!(of(&done.lines, "line").len(), 1, "the shop is reported");
    let failed: Vec<&Value> = done
        .lines
        .iter()
        .filter(|line| line["ok"] == false)
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["account"], "sky");
    assert_eq!(failed[0]["error"]["kind"], "Unsupported");
    assert!(
        text(&failed[0]["error"], "message").contains("bluesky"),
        "{:?}",
        failed[0]
    );
}

#[cfg(all(feature = "vk", feature = "testing"))]
#[test]
fn vk_reports_each_campaign_once_and_its_ads_when_asked() {
    use sociable::adapters::vk::fake::{AdFigures, Fake};

    let fake = Fake::new();
    fake.limits(false);
    let (url, _serving) = serving(fake.clone());
    let accounts = format!(
        "\n[[account]]\nname = \"shop\"\nnetwork = \"vk\"\nbase_url = \"{url}\"\ncommunity = 7001\n\
         community_token = \"env:VK_C\"\nuser_token = \"env:VK_U\"\nservice_token = \"env:VK_S\"\n"
    );
    let secrets = [
        ("VK_C", Fake::GROUP_TOKEN),
        ("VK_U", Fake::USER_TOKEN),
        ("VK_S", Fake::SERVICE_TOKEN),
    ];
    let console = with("promo-vk", &accounts, &secrets);
    let autumn = fake.add_campaign("Autumn");
    let (leaves, rain) = (fake.add_ad(autumn, "Leaves"), fake.add_ad(autumn, "Rain"));
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let yesterday = today.yesterday().unwrap();
    let brought = |spent: i64, clicks: i64| AdFigures {
        spent,
        clicks,
        impressions: 1000,
        reach: 800,
        joins: 2,
    };
    fake.set_ad_day(leaves, yesterday, brought(1005, 20));
    fake.set_ad_day(rain, yesterday, brought(2010, 11));

    let period = days(2);
    let lines = good(&console, &["--period", &period, "--html", "vk.html"]);
    let total = of(&lines, "total")[0];
    assert_eq!(
        total["figures"]["spend"]["amount"], "30.15",
        "nothing counts twice: {total}"
    );
    assert_eq!(total["figures"]["spend"]["currency"], "RUB");
    assert_eq!(total["figures"]["impressions"], 2000);
    assert_eq!(of(&lines, "line").len(), 1);
    assert_eq!(of(&lines, "line")[0]["name"], "Autumn");
    assert!(written(&console, "vk.html").contains("RUB\u{a0}30.15"));
    let lines = good(&console, &["--period", &period, "--by", "creative"]);
    let mut names: Vec<&str> = of(&lines, "line")
        .iter()
        .map(|line| text(line, "name"))
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Leaves", "Rain"]);
    assert_eq!(
        of(&lines, "total")[0]["figures"]["spend"]["amount"],
        "30.15"
    );
    assert_eq!(fake.complaints(), Vec::<String>::new());
}

#[cfg(all(feature = "x", feature = "testing"))]
#[test]
fn x_reports_in_the_currency_of_its_account() {
    use sociable::adapters::x::fake::{AdDay, Fake, Plan};

    let fake = Fake::new();
    fake.set_plan(Plan::Enterprise);
    fake.limits(false);
    let (url, _serving) = serving(fake.clone());
    let ads = fake.add_ads_account(Fake::ANNA, "Shop", "EUR");
    let account = |name: &str, more: &str| {
        format!(
            "\n[[account]]\nname = \"{name}\"\nnetwork = \"x\"\nbase_url = \"{url}\"\ntier = \"enterprise\"\n\
             consumer_key = \"env:X_K\"\nconsumer_secret = \"env:X_KS\"\naccess_token = \"env:X_T\"\naccess_token_secret = \"env:X_TS\"\n{more}"
        )
    };
    let accounts = account(
        "shop",
        &format!("ads_account = \"{ads}\"\nads_url = \"{url}\"\n"),
    ) + &account("plain", "");
    let secrets = [
        ("X_K", Fake::CONSUMER_KEY),
        ("X_KS", Fake::CONSUMER_SECRET),
        ("X_T", Fake::ANNA_OAUTH1.0),
        ("X_TS", Fake::ANNA_OAUTH1.1),
    ];
    let console = with("promo-x", &accounts, &secrets);
    let autumn = fake.add_promotion(&ads, "Autumn", None);
    let spring = fake.add_promotion(&ads, "Spring", None);
    let ago = Timestamp::now() - SignedDuration::from_hours(48);
    for (campaign, micros, clicks) in [(&autumn, 10_050_000, 31), (&spring, 4_000_001, 12)] {
        let mut brought = AdDay::default();
        (brought.micros, brought.impressions, brought.url_clicks) = (micros, 1000, clicks);
        fake.set_ad_day(&ads, campaign, ago, brought);
    }
    let period = days(3);
    let lines = good(
        &console,
        &["--from", "shop", "--period", &period, "--html", "x.html"],
    );
    let names: Vec<&str> = of(&lines, "line")
        .iter()
        .map(|line| text(line, "name"))
        .collect();
    assert_eq!(names, ["Autumn", "Spring"], "the larger spend first");
    let total = of(&lines, "total")[0];
    assert_eq!(
        total["figures"]["spend"]["amount"], "14.050001",
        "exact to the millionth"
    );
    assert_eq!(total["figures"]["link_clicks"], 43);
    assert!(!of(&lines, "verdict").is_empty());
    assert!(written(&console, "x.html").contains("€14.050001"));
    // Without an account of X Ads it says what is missing.
    let done = report(&console, &["--from", "shop,plain", "--period", &period]);
    assert_eq!(done.code, 1);
    assert_eq!(of(&done.lines, "line").len(), 2);
    let failed = done.lines.iter().find(|line| line["ok"] == false).unwrap();
    assert!(
        text(&failed["error"], "message").contains("ads_account"),
        "{failed}"
    );
    assert_eq!(fake.complaints(), Vec::<String>::new());
}

/// A server on this machine; it ends with what comes beside its address.
#[cfg(all(any(feature = "vk", feature = "x"), feature = "testing"))]
fn serving(
    fake: impl sociable::testing::Service + 'static,
) -> (
    String,
    (
        sociable::testing::loopback::Loopback,
        tokio::runtime::Runtime,
    ),
) {
    use std::sync::Arc;

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let clock = Arc::new(sociable::client::SystemClock::new());
    let loopback = sociable::testing::loopback::Loopback::serve(Arc::new(fake), clock);
    let loopback = runtime.block_on(loopback).unwrap();
    (loopback.url().to_owned(), (loopback, runtime))
}
