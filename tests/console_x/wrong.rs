//! What is refused, by the network and by the console.

use super::*;

#[test]
fn what_the_network_refuses_is_a_line_and_holds_back_no_other_account() {
    let desk = Desk::new("x-refused", SHOP);
    let (console, fake) = (&desk.console, &desk.fake);
    let automated = Fault::legacy(403, 226, "This request looks like it might be automated.");
    fake.fail_next("POST /2/tweets", automated);
    let done = console.run(&["publish", "--to", "shop,bob", "--text", "Hello"]);
    assert_eq!((done.code, done.lines.len()), (1, 2));
    let refused: Vec<&Value> = done
        .lines
        .iter()
        .filter(|line| line["ok"] == false)
        .collect();
    assert_eq!(refused.len(), 1, "{:?}", done.lines);
    assert_eq!(keys(&refused[0]["error"]), ["kind", "message", "retry_at"]);
    fake.revoke_token(Fake::ANNA_OAUTH1.0);
    let done = console.run(&["doctor"]);
    assert_eq!((done.code, done.lines.len()), (1, 2));
    assert_eq!(
        (&done.lines[0]["ok"], &done.lines[1]["ok"]),
        (&false.into(), &true.into())
    );
    assert!(!desk.for_people(&["doctor"]).is_empty());
}

#[test]
fn a_wrong_accounts_file_is_wrong_usage_and_names_the_line() {
    let desk = Desk::new("x-wrong", SHOP);
    let literal = Fake::BEARER;
    let with = |line: &str| {
        format!("\n[[account]]\nname = \"shop\"\nnetwork = \"x\"\nbase_url = \"BASE\"\n{line}\n")
    };
    for (line, words) in [
        (
            format!("bearer = \"{literal}\"\nbearer_token = \"{literal}\""),
            &["line 10", "`bearer_token`"][..],
        ),
        (
            "bearer = \"env:X_TEST_NOT_THERE\"".to_owned(),
            &["line 9", "`bearer`", "X_TEST_NOT_THERE"],
        ),
        ("tier = \"enterprise\"".to_owned(), &["line 7", "no token"]),
        (
            "consumer_key = \"env:X_TEST_CONSUMER_KEY\"".to_owned(),
            &["`consumer_secret`"],
        ),
        (
            "access_token = \"env:X_TEST_TOKEN\"".to_owned(),
            &["`access_token_secret`"],
        ),
        (
            format!("bearer = \"{literal}\"\ntier = \"golden\""),
            &["line 10", "`tier`", "self_serve"],
        ),
        (
            format!("bearer = \"{literal}\"\nspending_cap = \"much\""),
            &["line 10", "a month"],
        ),
        (
            format!("bearer = \"{literal}\"\nprices = {{ \"post.like\" = \"1\" }}"),
            &["line 10", "`post.like`", "post.create"],
        ),
        (
            format!("bearer = \"{literal}\"\nplace = \"7\""),
            &["line 10", "`place`"],
        ),
        (
            // A token that rotates, and nowhere to keep it.
            "client_id = \"id\"\nrefresh_token = \"r3fresh-t0ken\"".to_owned(),
            &["token_store"],
        ),
    ] {
        desk.accounts("", &with(&line));
        let done = desk.console.run(&["me"]);
        assert_eq!(
            (done.code, done.lines.len()),
            (2, 0),
            "{line}: {}",
            done.stderr
        );
        for word in ["accounts.toml", "line "].iter().chain(words) {
            assert!(done.stderr.contains(word), "{word}: {}", done.stderr);
        }
        assert!(!done.stderr.contains("r3fresh"), "{}", done.stderr);
    }
    // Plain http leads to this machine only.
    let far = with(&format!("bearer = \"{literal}\"")).replace("BASE", "http://api.x.test");
    desk.accounts("", &far);
    let done = desk.console.run(&["me"]);
    assert_eq!(done.code, 2, "{}", done.stderr);
    for word in ["line 8", "http://api.x.test", "write https"] {
        assert!(done.stderr.contains(word), "{word}: {}", done.stderr);
    }
    assert!(desk.fake.seen().is_empty());
}
