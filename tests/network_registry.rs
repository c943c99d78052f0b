//! Networks by name, from configuration.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/scripted.rs"]
mod scripted;

use std::sync::Arc;

use scripted::Scripted;
use sociable::client::Client;
use sociable::*;

fn registry() -> Registry {
    let mut registry = Registry::empty();
    registry.register("scripted", |config, _| {
        config.only(&["token", "colour"])?;
        let token = config.required_secret("token")?;
        assert!(!token.expose().is_empty());
        Ok(Arc::new(Scripted::new(&config.network)))
    });
    registry
}

fn fails(config: &AccountConfig) -> String {
    let client = Client::new().unwrap();
    let error = registry().connect(config, &client).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Config, "{error:?}");
    assert_eq!(error.retry(), Retry::Never);
    error.to_string()
}

#[test]
fn a_network_from_outside_is_connected_by_its_name() {
    let config = AccountConfig::new("shop", "scripted").set("token", "abc");
    let client = Client::new().unwrap();
    let network = registry().connect(&config, &client).unwrap();
    assert_eq!(network.profile().network, "scripted");
    assert_eq!(registry().networks().collect::<Vec<_>>(), ["scripted"]);
}

#[test]
fn an_unknown_network_is_told_with_those_that_there_are() {
    let message = fails(&AccountConfig::new("shop", "scrpted"));
    assert!(
        message.contains("scrpted") && message.contains("scripted") && message.contains("shop"),
        "{message}"
    );
}

#[test]
fn a_key_that_is_none_is_told_with_its_line_and_the_known_keys() {
    let mut config = AccountConfig::new("shop", "scripted")
        .set("token", "abc")
        .set("tokn", "abc");
    config.lines.insert("tokn".to_owned(), 12);
    let message = fails(&config);
    for part in ["line 12", "tokn", "token, colour", "shop"] {
        assert!(message.contains(part), "{part} is missing: {message}");
    }
}

#[test]
fn a_missing_secret_is_told_and_no_secret_is_shown() {
    let message = fails(&AccountConfig::new("shop", "scripted"));
    assert!(message.contains("`token` is missing"), "{message}");
    let absent = "env:SOCIABLE_TEST_A_VARIABLE_THAT_NOBODY_SETS";
    let message = fails(&AccountConfig::new("shop", "scripted").set("token", absent));
    assert!(message.contains("SOCIABLE_TEST_A_VARIABLE"), "{message}");
    let message = fails(&AccountConfig::new("shop", "scripted").set("token", "file:no/such/file"));
    assert!(message.contains("no/such/file"), "{message}");
    let message = fails(&AccountConfig::new("shop", "scripted").set("token", 7));
    assert!(message.contains("text in quotes"), "{message}");
    let config = AccountConfig::new("shop", "scripted")
        .set("token", "a-secret-value")
        .set("colou", "red");
    assert!(!fails(&config).contains("a-secret-value"));
    assert!(!format!("{config:?}").contains("a-secret-value"));
}

#[test]
fn a_network_of_the_house_that_is_not_compiled_in_names_its_feature() {
    if cfg!(feature = "bluesky") {
        return;
    }
    let client = Client::new().unwrap();
    let config = AccountConfig::new("shop", "bluesky");
    let error = Registry::default().connect(&config, &client).unwrap_err();
    assert!(error.to_string().contains("feature"), "{error}");
}
