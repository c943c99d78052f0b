//! Logging in, by both ways that VK has.

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

#[test]
fn a_person_logs_in_by_both_ways_and_the_next_run_knows_who() {
    let accounts = format!(
        r#"
[[account]]
name = "vkid"
network = "vk"
base_url = "BASE"
client_id = {app}
token_store = "vkid.tokens"

[[account]]
name = "older"
network = "vk"
base_url = "BASE"
client_id = {app}
login = "legacy"
token_store = "older.tokens"
"#,
        app = Fake::APP
    );
    let desk = Desk::new("vk-login", &accounts);
    let console = &desk.console;
    let done = console.run(&["me", "--from", "vkid"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("log in first"), "{}", done.stderr);
    for (name, how) in [("vkid", &["--port", "0"][..]), ("older", &["--paste"])] {
        let login = ["--json", "login", "--as", name];
        let login: Vec<&str> = login.into_iter().chain(how.iter().copied()).collect();
        let mut child = console
            .command(&login)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let shown: Value = serde_json::from_str(&line).unwrap();
        let back = sent_to(&browse(text(&shown, "url")));
        let mut stdin = child.stdin.take().unwrap();
        if name == "vkid" {
            let page = browse(&back);
            assert!(page.contains("You are logged in"), "{page}");
        } else {
            // What stands behind the `#` no browser sends on: the address is pasted.
            assert!(back.contains("/blank.html#"), "{back}");
            writeln!(stdin, "{back}").unwrap();
        }
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        let mut told = String::new();
        let mut stderr = child.stderr.take().unwrap();
        stderr.read_to_string(&mut told).unwrap();
        assert!(child.wait().unwrap().success(), "{told}");
        let line: Value = serde_json::from_str(&rest).unwrap();
        assert_eq!((text(&line, "account"), text(&line, "id")), (name, "101"));
        for shown in [&rest, &told] {
            assert!(
                !shown.contains("vk1.") && !shown.contains("vk2."),
                "{shown}"
            );
        }
        assert_eq!(text(&console.one(&["me", "--from", name]), "id"), "id101");
    }
    // What a token of VK ID may not do is told, and the older one's does it.
    let done = console.run(&["publish", "--to", "vkid,older", "--text", "Hello"]);
    assert_eq!(done.code, 1);
    let of = |name: &str| {
        done.lines
            .iter()
            .find(|line| line["account"] == name)
            .unwrap()
    };
    assert_eq!(of("vkid")["error"]["kind"], "Forbidden");
    assert_eq!(of("older")["ok"], true);
}
