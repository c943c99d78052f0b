//! Logging in by OAuth 2.0, as a public and as a confidential application, and with a login that was made elsewhere.

use std::io::{Read, Write};

use super::*;

/// The head of what a server on this machine answers to a browser, and the page.
fn browse(address: &str) -> String {
    let url = sociable::url::Url::parse(address).unwrap();
    let host = format!("127.0.0.1:{}", url.port().unwrap());
    let mut stream = std::net::TcpStream::connect(&host).unwrap();
    let path = address.splitn(4, '/').nth(3).unwrap();
    let head = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

/// Where a page sends a browser.
fn sent_to(page: &str) -> String {
    let mut lines = page.lines();
    let line = lines.find(|line| line.to_ascii_lowercase().starts_with("location: "));
    line.unwrap_or_else(|| panic!("{page}"))["location: ".len()..]
        .trim()
        .to_owned()
}

fn account(more: &str) -> String {
    format!(
        "\n[[account]]\nname = \"anna\"\nnetwork = \"x\"\nbase_url = \"BASE\"\ntier = \"enterprise\"\nclient_id = \"{}\"\ntoken_store = \"anna.tokens\"\n{more}\n",
        Fake::CLIENT_ID
    )
}

#[test]
fn a_person_logs_in_and_the_next_run_knows_who() {
    let secret =
        "redirect_uri = \"https://app.example/back\"\nclient_secret = \"env:X_TEST_CLIENT_SECRET\"";
    for (confidential, more) in [(false, ""), (true, secret)] {
        let name = format!("x-login-{confidential}");
        let desk = Desk::new(&name, &account(more));
        let (console, fake) = (&desk.console, &desk.fake);
        fake.set_confidential(confidential);
        fake.allow_redirect("https://app.example/back");
        let done = console.run(&["me"]);
        assert_eq!(done.code, 1);
        assert!(done.stderr.contains("log in"), "{}", done.stderr);
        let login: &[&str] = if confidential {
            &["--json", "login", "--as", "anna", "--paste"]
        } else {
            &["--json", "login", "--as", "anna"]
        };
        let mut child = console
            .command(login)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let shown: Value = serde_json::from_str(&line).unwrap();
        // X takes the address that was registered: the console's own is one.
        let url = sociable::url::Url::parse(text(&shown, "url")).unwrap();
        let back = url.query_pairs().find(|(name, _)| name == "redirect_uri");
        fake.allow_redirect(&back.unwrap().1);
        let back = sent_to(&browse(text(&shown, "url")));
        let mut stdin = child.stdin.take().unwrap();
        if confidential {
            writeln!(stdin, "{back}").unwrap();
        } else {
            let page = browse(&back);
            assert!(page.contains("You are logged in"), "{page}");
        }
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        let mut told = String::new();
        let mut stderr = child.stderr.take().unwrap();
        stderr.read_to_string(&mut told).unwrap();
        assert!(child.wait().unwrap().success(), "{told}");
        let line: Value = serde_json::from_str(&rest).unwrap();
        assert_eq!(
            (text(&line, "account"), &line["ok"]),
            ("anna", &true.into())
        );
        // What the next run shows are neither of the tokens that are kept.
        let kept = std::fs::read_to_string(console.folder.0.join("anna.tokens")).unwrap();
        let tokens: Vec<&str> = kept
            .split('"')
            .filter(|part| part.len() > 24 && !part.contains(' '))
            .collect();
        assert!(!tokens.is_empty(), "{}", kept.len());
        for shown in [&rest, &told, &desk.for_people(&["doctor"])] {
            assert!(tokens.iter().all(|token| !shown.contains(token)));
        }
        // The access token ends, and is renewed; in the next process again.
        for _ in 0..2 {
            fake.expire_logins();
            assert_eq!(text(&console.one(&["me"]), "handle"), Fake::ANNA_NAME);
        }
        assert_eq!(console.one(&["doctor"])["ok"], true);
        assert_eq!(
            console.one(&["publish", "--text", "By a login"])["ok"],
            true
        );
    }
}

#[test]
fn a_refresh_token_of_a_login_made_elsewhere_is_used_once_and_the_store_wins_over_the_file() {
    let desk = Desk::new("x-refresh", "");
    let (console, fake) = (&desk.console, &desk.fake);
    let scopes = ["tweet.read", "tweet.write", "users.read", "offline.access"];
    let login = fake.login(Fake::ANNA, &scopes, Timestamp::now());
    let refresh = login.refresh.unwrap();
    desk.accounts("", &account(&format!("refresh_token = \"{refresh}\"")));
    for _ in 0..2 {
        let done = console.run(&["me"]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        assert!(!done.stderr.contains(&refresh));
        fake.expire_logins();
    }
    // Somebody else uses it a second time: the whole login ends, and a person has to log in again.
    let request = http::Request::post(format!("{}/2/oauth2/token", desk.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(bytes::Bytes::from(format!(
            "grant_type=refresh_token&refresh_token={refresh}&client_id={}",
            Fake::CLIENT_ID
        )))
        .unwrap();
    let answer = sociable::client::Service::answer(fake, &request, Timestamp::now());
    assert_eq!(answer.status(), 400);
    let done = console.run(&["me"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("log in"), "{}", done.stderr);
    assert!(!done.stderr.contains(&refresh), "{}", done.stderr);
}
