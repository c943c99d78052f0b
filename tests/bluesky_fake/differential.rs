//! The fake against the lexicons and against real servers.

use std::collections::BTreeSet;

use serde_json::Value;
use sociable::adapters::bluesky::fake::Fake;

use crate::net::Seen;
use crate::servers::Server;
use crate::story::{Story, Told};
use crate::watch::lexicons;

/// Where the fake is meant to differ from the servers that the story is told to, and why.
const MEANT: &[(&str, &str)] = &[
    // The network's own AppView tells when an account was made; that of the test network does not.
    ("", ".createdAt: string"),
    // The search of the test network does not count, that of the network does.
    ("search", ".hitsTotal: integer"),
    // Some servers have such pages, some have none.
    ("server", ".links.privacyPolicy: string"),
    ("server", ".links.termsOfService: string"),
];

/// Lines like `$.posts[].author.did: string`: which keys there are and what they hold.
fn outline(value: &Value, path: &str, lines: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let kind = fields.get("$type").and_then(Value::as_str);
            let path = kind.map_or_else(|| path.to_owned(), |kind| format!("{path}<{kind}>"));
            lines.insert(format!("{path}: object"));
            for (name, field) in fields {
                outline(field, &format!("{path}.{name}"), lines);
            }
        }
        Value::Array(items) => {
            lines.insert(format!("{path}: array"));
            for item in items {
                outline(item, &format!("{path}[]"), lines);
            }
        }
        Value::String(_) => drop(lines.insert(format!("{path}: string"))),
        Value::Number(_) => drop(lines.insert(format!("{path}: integer"))),
        Value::Bool(_) => drop(lines.insert(format!("{path}: boolean"))),
        Value::Null => drop(lines.insert(format!("{path}: null"))),
    }
}

fn lines(seen: &Seen) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    outline(&seen.json, "$", &mut lines);
    lines
}

fn is_meant(step: &str, line: &str) -> bool {
    MEANT
        .iter()
        .any(|(name, end)| step.contains(name) && line.ends_with(end))
}

/// What differs between what two servers told.
fn differences(fake: &Told, real: &Told) -> Vec<String> {
    let mut found = Vec::new();
    assert_eq!(fake.len(), real.len(), "both are told the same story");
    for ((step, fake), (other, real)) in fake.iter().zip(real) {
        assert_eq!(step, other);
        if (fake.status, fake.error()) != (real.status, real.error()) {
            found.push(format!(
                "{step}: fake {} {:?}, real {} {:?}",
                fake.status, fake.json, real.status, real.json
            ));
            continue;
        }
        let (fake, real) = (lines(fake), lines(real));
        found.extend(
            real.difference(&fake)
                .filter(|line| !is_meant(step, line))
                .map(|line| format!("{step}: only real {line}")),
        );
        found.extend(
            fake.difference(&real)
                .filter(|line| !is_meant(step, line))
                .map(|line| format!("{step}: only fake {line}")),
        );
    }
    found
}

fn no_limits() -> Fake {
    Fake::builder().no_limits().build()
}

#[tokio::test]
async fn a_real_pds_answers_as_the_fake_does() {
    for variable in ["SOCIABLE_BLUESKY_PDS", "SOCIABLE_BLUESKY_NETWORK"] {
        let Some(real) = Server::real(variable) else {
            continue;
        };
        let fake = Server::fake(no_limits());
        let (mut here, mut there) = (Story::new(&fake), Story::new(&real));
        here.pds().await;
        there.pds().await;
        let found = differences(&here.told, &there.told);
        assert!(found.is_empty(), "{variable}: {found:#?}");
    }
}

#[tokio::test]
async fn a_real_pds_without_appview_answers_as_the_bare_fake_does() {
    let Some(real) = Server::real("SOCIABLE_BLUESKY_PDS") else {
        return;
    };
    let fake = Server::fake(Fake::builder().no_limits().no_appview().no_chat().build());
    let (mut here, mut there) = (Story::new(&fake), Story::new(&real));
    here.bare().await;
    there.bare().await;
    let found = differences(&here.told, &there.told);
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn a_real_appview_answers_as_the_fake_does() {
    let Some(real) = Server::real("SOCIABLE_BLUESKY_NETWORK") else {
        return;
    };
    // What an AppView has not yet taken in is no difference of rules: one shows each time that the story is told.
    let mut always: Option<Vec<String>> = None;
    for _ in 0..3 {
        let fake = Server::fake(no_limits());
        let (mut here, mut there) = (Story::new(&fake), Story::new(&real));
        here.network().await;
        there.network().await;
        let mut found = differences(&here.told, &there.told);
        if let Some(always) = always {
            found.retain(|difference| always.contains(difference));
        }
        if found.is_empty() {
            return;
        }
        always = Some(found);
    }
    panic!("{always:#?}");
}

#[tokio::test]
async fn the_exchanges_of_the_stories_follow_the_lexicons() {
    let told = async |fake: Fake, bare: bool| {
        let server = Server::fake(fake);
        let mut story = Story::new(&server);
        if bare {
            story.pds().await;
        } else {
            story.network().await;
        }
        server.checked()
    };
    let network = told(no_limits(), false).await;
    let pds = told(no_limits(), true).await;
    if lexicons().is_some() {
        assert!(network > 100 && pds > 30, "{network}, {pds}");
    }
}
