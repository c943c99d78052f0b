//! What it costs: told before, counted afterwards, and bounded.

use super::*;

const CAPPED: &str = r#"
[[account]]
name = "shop"
network = "x"
base_url = "BASE"
bearer = "env:X_TEST_BEARER"
consumer_key = "env:X_TEST_CONSUMER_KEY"
consumer_secret = "env:X_TEST_CONSUMER_SECRET"
access_token = "env:X_TEST_TOKEN"
access_token_secret = "env:X_TEST_TOKEN_SECRET"
spending_cap = "0.08 USD a month"
prices = { "post.create" = "0.02" }
"#;

#[test]
fn a_draft_tells_its_price_and_with_a_link_it_costs_more() {
    let desk = Desk::new("x-price", SHOP);
    let console = &desk.console;
    let plain = console.one(&["check", "--to", "shop", "--text", "Hello"]);
    assert!(price(&plain).contains("0.015"), "{plain}");
    let words = "Hello https://example.com/";
    let linked = console.one(&["check", "--to", "shop", "--text", words]);
    assert!(price(&linked).contains("0.2"), "{linked}");
    // A price of one's own.
    desk.accounts("", CAPPED);
    let plain = console.one(&["check", "--to", "shop", "--text", "Hello"]);
    assert!(price(&plain).contains("0.02"), "{plain}");
    assert!(desk.fake.seen().is_empty());
}

#[test]
fn what_was_spent_is_a_row_by_account_and_operation() {
    let desk = Desk::new("x-spent", SHOP);
    let console = &desk.console;
    let lines = console.good(&["--budgets", "publish", "--to", "shop", "--text", "Counted"]);
    assert_eq!(lines[0]["ok"], true);
    let rows: Vec<&Value> = lines
        .iter()
        .filter(|line| line.get("certain").is_some())
        .collect();
    let of_post = rows.iter().find(|row| row["operation"] == "publish");
    let of_post = of_post.unwrap_or_else(|| panic!("{lines:?}"));
    assert_eq!(
        (text(of_post, "network"), text(of_post, "account")),
        ("x", "shop")
    );
    // The post, and that it was asked who this is.
    assert!(of_post["certain"]["amount"] == 25_000, "{of_post}");
    let budgets: Vec<&Value> = lines[1..]
        .iter()
        .filter(|line| line.get("unit").is_some())
        .collect();
    assert!(!budgets.is_empty(), "{lines:?}");
    assert!(
        desk.for_people(&["publish", "--to", "shop", "--text", "Told", "--budgets"])
            .contains("0.025")
    );
}

#[test]
fn a_cap_refuses_a_call_before_it_is_made_also_after_a_restart() {
    let desk = Desk::new("x-cap", CAPPED);
    let (console, fake) = (&desk.console, &desk.fake);
    desk.accounts("limits_file = \"limits\"\n", CAPPED);
    // A link is over the cap by itself.
    let words = "Look: https://example.com/";
    let done = console.run(&["publish", "--to", "shop", "--text", words]);
    assert_eq!(done.code, 1);
    assert_eq!(
        done.lines[0]["error"]["kind"], "QuotaExhausted",
        "{:?}",
        done.lines
    );
    assert_eq!(fake.posts(), 0);
    // Two posts of 0.02 fit into 0.08 dollars, and each run is a process of its own, which asks who it is for 0.01.
    for text in ["One", "Two"] {
        assert_eq!(
            console.one(&["publish", "--to", "shop", "--text", text])["ok"],
            true
        );
    }
    let asked = fake
        .seen()
        .iter()
        .filter(|seen| seen.name() == "POST /2/tweets")
        .count();
    let done = console.run(&["publish", "--to", "shop", "--text", "Three"]);
    assert_eq!(done.code, 1);
    let error = &done.lines[0]["error"];
    assert_eq!(error["kind"], "QuotaExhausted", "{error}");
    assert!(text(error, "message").contains("cap"), "{error}");
    let asked_now = fake
        .seen()
        .iter()
        .filter(|seen| seen.name() == "POST /2/tweets")
        .count();
    assert_eq!((fake.posts(), asked_now), (2, asked));
    let shown = desk.for_people(&["publish", "--to", "shop", "--text", "Three"]);
    assert!(shown.contains("cap"), "{shown}");
}
