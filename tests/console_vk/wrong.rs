//! What is refused, by the network and by the console.

use super::*;

#[test]
fn what_the_network_refuses_is_a_line_and_holds_back_no_other_account() {
    let desk = Desk::new("vk-refused", SHOP);
    let (console, fake) = (&desk.console, &desk.fake);
    std::fs::write(console.folder.0.join("cat.png"), PNG).unwrap();
    let publish = [
        "publish", "--to", "shop,bob", "--text", "Hello", "--media", "cat.png",
    ];
    fake.demand_captcha("wall.post", true);
    let done = console.run(&publish);
    assert_eq!((done.code, done.lines.len()), (1, 2));
    let refused: Vec<&Value> = done
        .lines
        .iter()
        .filter(|line| line["ok"] == false)
        .collect();
    for line in &refused {
        assert_eq!(line["error"]["kind"], "Challenge", "{line}");
        assert_eq!(keys(&line["error"]), ["kind", "message", "retry_at"]);
    }
    assert!(!refused.is_empty());
    let said = "User authorization failed: access_token was revoked";
    fake.fail_next("photos.saveWallPhoto", Fault::refuse(5, said));
    let done = console.run(&[
        "publish", "--to", "shop", "--text", "Hello", "--media", "cat.png",
    ]);
    assert_eq!(done.code, 1);
    assert_eq!(done.lines[0]["error"]["kind"], "Unauthorized");
    assert!(console.good(&["posts", "--from", "shop"]).is_empty());
    fake.revoke_token(Fake::USER_TOKEN);
    let done = console.run(&["doctor"]);
    assert_eq!((done.code, done.lines.len()), (1, 2));
    assert_eq!(
        (&done.lines[0]["ok"], &done.lines[1]["ok"]),
        (&false.into(), &true.into())
    );
    assert!(desk.for_people(&["doctor"]).contains("new one"));
}

#[test]
fn a_wrong_accounts_file_is_wrong_usage_and_names_the_line() {
    let desk = Desk::new("vk-wrong", SHOP);
    let literal = Fake::USER_TOKEN;
    let with = |line: &str| {
        format!("\n[[account]]\nname = \"shop\"\nnetwork = \"vk\"\nbase_url = \"BASE\"\n{line}\n")
    };
    for (line, words) in [
        (
            format!("user_token = \"{literal}\"\ntokens = \"{literal}\""),
            &["line 10", "`tokens`"][..],
        ),
        (
            "user_token = \"env:VK_TEST_NOT_THERE\"".to_owned(),
            &["line 9", "`user_token`", "VK_TEST_NOT_THERE"],
        ),
        (
            "user_token = \"file:not-there.txt\"".to_owned(),
            &["line 9", "`user_token`", "not-there.txt"],
        ),
        ("community = 7001".to_owned(), &["line 7", "no token"]),
        (
            "community_token = \"env:VK_TEST_COMMUNITY\"".to_owned(),
            &["line 9", "`community`"],
        ),
        (
            "community = -7001\ncommunity_token = \"env:VK_TEST_COMMUNITY\"".to_owned(),
            &["line 9", "write 7001"],
        ),
        (
            "user_token = \"two words\"".to_owned(),
            &["line 9", "`user_token`", "copy it anew"],
        ),
        (
            format!("user_token = \"{literal}\"\nplace = \"club1\""),
            &["line 10", "`place`"],
        ),
    ] {
        desk.accounts(&with(&line));
        let done = desk.console.run(&["me"]);
        assert_eq!(
            (done.code, done.lines.len()),
            (2, 0),
            "{line}: {}",
            done.stderr
        );
        for word in ["accounts.toml"].iter().chain(words) {
            assert!(done.stderr.contains(word), "{word}: {}", done.stderr);
        }
        assert!(!done.stderr.contains("two words"), "{}", done.stderr);
    }
    // Plain http leads to this machine only.
    let far = with(&format!("user_token = \"{literal}\"")).replace("BASE", "http://api.vk.test");
    desk.accounts(&far);
    let done = desk.console.run(&["me"]);
    assert_eq!(done.code, 2, "{}", done.stderr);
    for word in ["line 8", "http://api.vk.test", "write https"] {
        assert!(done.stderr.contains(word), "{word}: {}", done.stderr);
    }
    assert!(desk.fake.seen().is_empty());
}
