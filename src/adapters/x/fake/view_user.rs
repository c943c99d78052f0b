//! Users as answers tell them.

use serde_json::{Map, Value, json};

use super::faults::Rule;
use super::state::{Id, User, World};
use super::views::Fields;
use super::wire::moment;

impl World {
    pub(super) fn user_view(&self, user: &User, fields: &Fields, viewer: Option<Id>) -> Value {
        let spelling = self.settings.spelling;
        let mut told = Map::new();
        told.insert("id".to_owned(), json!(user.id.to_string()));
        told.insert("name".to_owned(), json!(user.name));
        told.insert("username".to_owned(), json!(user.username));
        let all = !self.keeps(Rule::FieldsAsAsked);
        let mut put = |name: &str, value: Value| {
            if all || fields.user.contains(name) {
                told.insert(spelling.of(name).to_owned(), value);
            }
        };
        put("created_at", json!(moment(user.created)));
        put("description", json!(super::text::escape(&user.description)));
        put("protected", json!(user.protected));
        put("verified", json!(user.verified));
        put(
            "verified_type",
            json!(if user.verified { "blue" } else { "none" }),
        );
        put("receives_your_dm", json!(user.takes_messages));
        let image = format!(
            "https://pbs.twimg.com/profile_images/{}/face_normal.jpg",
            user.id
        );
        put("profile_image_url", json!(image));
        let posts = self.count(|post| post.author == user.id);
        let tied = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        put(
            "public_metrics",
            json!({
                "followers_count": tied(self.follows.count_to(user.id)),
                "following_count": tied(self.follows.count_from(user.id)),
                spelling.of("post_count"): posts,
                "listed_count": 0,
                "like_count": tied(self.likes.count_from(user.id)),
                "media_count": self.count(|post| post.author == user.id && !post.media.is_empty()),
            }),
        );
        if let Some(viewer) = viewer.filter(|_| self.keeps(Rule::ConnectionsAreTold)) {
            let kinds = [
                ("following", self.follows.has(viewer, user.id)),
                ("followed_by", self.follows.has(user.id, viewer)),
                ("muting", self.mutes.has(viewer, user.id)),
                ("blocking", self.blocks.has(viewer, user.id)),
            ];
            let kinds: Vec<&str> = kinds
                .iter()
                .filter(|(_, is)| *is)
                .map(|(kind, _)| *kind)
                .collect();
            if !kinds.is_empty() {
                put("connection_status", json!(kinds));
            }
        }
        Value::Object(told)
    }
}
