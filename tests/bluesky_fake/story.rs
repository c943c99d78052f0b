//! Stories, told to any network: every step is a request, and what came back is kept under its name.

use serde_json::{Value, json};

use crate::net::{Ask, Seen};
use crate::servers::Server;

/// What each step was answered, in order.
pub(crate) type Told = Vec<(String, Seen)>;

/// A storyteller: names steps and keeps their answers.
pub(crate) struct Story<'a> {
    pub(crate) server: &'a Server,
    pub(crate) told: Told,
}

pub(crate) struct Person {
    pub(crate) did: String,
    pub(crate) handle: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

pub(crate) fn strong(made: &Value) -> Value {
    json!({"uri": made["uri"], "cid": made["cid"]})
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl<'a> Story<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        Self {
            server,
            told: Vec::new(),
        }
    }

    pub(crate) async fn step(&mut self, name: &str, ask: Ask) -> Value {
        let seen = self.server.ask(&ask).await;
        let json = seen.json.clone();
        self.told.push((name.to_owned(), seen));
        json
    }

    pub(crate) async fn person(&mut self, name: &str) -> Person {
        let handle = self.server.fresh_handle(name);
        let body = json!({"handle": handle, "email": format!("{handle}@mail.test"), "password": "a-password"});
        let made = self
            .step(
                &format!("account {name}"),
                Ask::post("com.atproto.server.createAccount", &body),
            )
            .await;
        Person {
            did: text(&made["did"]).to_owned(),
            access: text(&made["accessJwt"]).to_owned(),
            refresh: text(&made["refreshJwt"]).to_owned(),
            handle,
        }
    }

    pub(crate) async fn record(
        &mut self,
        name: &str,
        who: &Person,
        collection: &str,
        record: Value,
    ) -> Value {
        let mut record = record;
        record["$type"] = json!(collection);
        if record.get("createdAt").is_none() {
            record["createdAt"] = json!(self.server.timestamp());
        }
        let body = json!({"repo": who.did, "collection": collection, "record": record});
        self.step(
            name,
            Ask::post("com.atproto.repo.createRecord", &body).token(&who.access),
        )
        .await
    }

    pub(crate) async fn get(
        &mut self,
        name: &str,
        who: &Person,
        nsid: &str,
        params: &[(&str, &str)],
    ) -> Value {
        self.step(name, Ask::get(nsid, params).token(&who.access))
            .await
    }

    pub(crate) async fn post(
        &mut self,
        name: &str,
        who: &Person,
        nsid: &str,
        body: Value,
    ) -> Value {
        self.step(name, Ask::post(nsid, &body).token(&who.access))
            .await
    }
}
