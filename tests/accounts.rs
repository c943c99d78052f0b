//! The accounts file: what is read from it, and that what is wrong with it names the line and shows no secret.
#![cfg(feature = "accounts")]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;
use std::time::Duration;

use sociable::network::AccountConfig;
use sociable::{Accounts, Client, Error, ErrorKind, Profile, Registry, SocialNetwork};

#[derive(Debug)]
struct Demo(Arc<Profile>);

impl SocialNetwork for Demo {
    fn profile(&self) -> Arc<Profile> {
        Arc::clone(&self.0)
    }
}

/// A network that takes `identifier` and the secret `password`.
fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.register("demo", |config: &AccountConfig, _: &Client| {
        config.only(&["identifier", "password"])?;
        let identifier = config.required("identifier")?;
        config.required_secret("password")?;
        Ok(Arc::new(Demo(Arc::new(
            Profile::new("demo").account(identifier.as_str()),
        ))) as _)
    });
    registry
}

type Connected = Vec<(String, Arc<dyn SocialNetwork>)>;

fn connect(text: &str) -> Result<Connected, Error> {
    let accounts = Accounts::parse(text)?;
    accounts.connect(&registry(), &Client::new()?)
}

#[track_caller]
fn refused(text: &str, parts: &[&str]) {
    let error = connect(text).expect_err("this file is wrong");
    assert_eq!(*error.kind(), ErrorKind::Config);
    let all = format!("{error} {error:?}");
    for part in parts {
        assert!(all.contains(part), "`{part}` is missing from: {all}");
    }
    assert!(!all.contains("hunter2"), "a secret is shown: {all}");
}

const GOOD: &str = r#"
[client]
max_wait = "30s"
max_response = 1_000_000
proxy = "http://user:hunter2@127.0.0.1:3128"

[[account]]
name = "shop"
network = "demo"
base_url = "http://127.0.0.1:2583"
token_store = "shop.tokens"
identifier = "shop.test"
password = "hunter2"

[[account]]
name = "club"
network = "demo"
place = "wall"
identifier = "club.test"
password = "hunter2"
"#;

#[test]
fn accounts_are_connected_in_the_order_of_the_file() {
    let accounts = Accounts::parse(GOOD).unwrap();
    assert_eq!(accounts.client.max_wait, Some(Duration::from_secs(30)));
    assert_eq!(accounts.client.max_response, Some(1_000_000));
    assert_eq!(
        accounts.account[0].base_url.as_deref(),
        Some("http://127.0.0.1:2583")
    );
    assert_eq!(accounts.account[1].place.as_deref(), Some("wall"));
    assert!(!format!("{:?}", accounts.account).contains("hunter2"));
    let connected = connect(GOOD).unwrap();
    let names: Vec<&str> = connected.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["shop", "club"]);
    assert_eq!(connected[1].1.profile().account, Some("club.test".into()));
}

#[test]
fn every_key_knows_its_line() {
    let accounts = Accounts::parse(GOOD).unwrap();
    assert_eq!(accounts.account[0].lines["name"], 8);
    assert_eq!(accounts.account[0].lines["password"], 13);
    assert_eq!(accounts.account[1].lines["identifier"], 19);
}

#[test]
fn what_is_not_toml_names_its_line() {
    refused("[client]\n\n[[account]\nname = 'hunter2'\n", &["line 3"]);
    refused(
        "[[account]]\nname = \"a\"\npassword = hunter2 hunter2\n",
        &["line 3"],
    );
    refused(
        "[[account]]\nname = \"a\"\npassword = \"hunter2\n",
        &["line 3"],
    );
    refused(
        "[[account]]\nname = \"a\"\nname = \"hunter2\"\n",
        &["line 3"],
    );
    refused(
        "[[account]]\npassword = \"hunter2\"\npassword.x = 1\n",
        &["line 3"],
    );
}

#[test]
fn an_unknown_table_names_its_line_and_what_there_is() {
    refused(
        "\n[[accounts]]\nname = \"a\"\n",
        &["line 2", "accounts", "[[account]]"],
    );
    refused("[account]\nname = \"a\"\n", &["line 1", "[[account]]"]);
    refused("account = [1]\n", &["line 1", "[[account]]"]);
    refused("client = 3\n", &["line 1", "[client]"]);
}

#[test]
fn a_wrong_setting_of_the_client_names_its_line_and_never_its_value() {
    refused(
        "[client]\nmaxwait = \"30s\"\n",
        &["line 2", "maxwait", "max_wait"],
    );
    refused(
        "[client]\n\nmax_wait = \"soon\"\n",
        &["line 3", "max_wait", "30s"],
    );
    refused(
        "[client]\nmax_response = \"big\"\n",
        &["line 2", "max_response"],
    );
    refused(
        "[client]\nno_proxy = \"http://u:hunter2@host\"\n",
        &["line 2", "no_proxy", "boolean"],
    );
    refused(
        "[client]\nuser_agent = \"x\"\n[client.retry]\nattempt = 3\n",
        &["line 4", "attempt"],
    );
}

#[test]
fn an_account_without_a_name_or_a_network_names_the_line_where_it_begins() {
    refused(
        "\n[[account]]\nnetwork = \"demo\"\n",
        &["line 2", "name = "],
    );
    refused("[[account]]\nname = \"a\"\n", &["line 1", "network = "]);
    refused(
        "[[account]]\nname = \"\"\nnetwork = \"demo\"\n",
        &["line 2", "name = "],
    );
    refused(
        "[[account]]\nnetwork = \"demo\"\nname = 5\n",
        &["line 3", "in quotes"],
    );
}

#[test]
fn two_accounts_of_one_name_name_both_lines() {
    let text = "[[account]]\nname = \"a\"\nnetwork = \"demo\"\n[[account]]\nname = \"a\"\nnetwork = \"demo\"\n";
    refused(text, &["line 5", "line 2", "`a`"]);
}

#[test]
fn a_typo_in_a_network_s_own_key_names_its_line_and_the_keys_that_there_are() {
    let text = "[[account]]\nname = \"a\"\nnetwork = \"demo\"\nidentifier = \"a\"\npasword = \"hunter2\"\n";
    refused(text, &["line 5", "pasword", "identifier, password"]);
}

#[test]
fn a_missing_secret_says_which_variable_to_set() {
    let text = "[[account]]\nname = \"a\"\nnetwork = \"demo\"\nidentifier = \"a\"\npassword = \"env:SOCIABLE_TEST_NO_SUCH\"\n";
    refused(text, &["line 5", "SOCIABLE_TEST_NO_SUCH"]);
    let text = "[[account]]\nname = \"a\"\nnetwork = \"demo\"\nidentifier = \"a\"\n";
    refused(text, &["line 2", "`password` is missing"]);
}

#[test]
fn an_unknown_network_names_those_that_there_are() {
    let text = "[[account]]\nname = \"a\"\nnetwork = \"demmo\"\n";
    refused(text, &["line 3", "demmo", "demo"]);
}

#[test]
fn paths_start_from_the_folder_of_the_file() {
    let folder = std::env::temp_dir().join(format!("sociable-accounts-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("secret.txt"), "hunter2\n").unwrap();
    let file = folder.join("accounts.toml");
    std::fs::write(
        &file,
        "[client]\nlimits_file = \"a.limits\"\n[[account]]\nname = \"a\"\nnetwork = \"demo\"\nidentifier = \"a\"\npassword = \"file:secret.txt\"\ntoken_store = \"a.tokens\"\n",
    )
    .unwrap();
    let accounts = Accounts::read(&file).unwrap();
    assert_eq!(
        accounts.account[0].token_store.as_deref(),
        Some(folder.join("a.tokens").as_path())
    );
    assert_eq!(
        accounts.client.limits_file.as_deref(),
        Some(folder.join("a.limits").as_path())
    );
    assert_eq!(
        accounts.account[0]
            .secret("password")
            .unwrap()
            .unwrap()
            .expose(),
        "hunter2"
    );
    std::fs::write(&file, "[[account]]\nname = \"a\"\n").unwrap();
    let error = Accounts::read(&file).unwrap_err();
    assert!(error.message().contains("accounts.toml: line 1"), "{error}");
    let error = Accounts::read(folder.join("none.toml")).unwrap_err();
    assert!(error.message().contains("none.toml"), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}
