//! Users: looked up, searched, followed, muted and blocked.

use serde_json::{Value, json};

use super::faults::Rule;
use super::state::{Id, User, World};
use super::views::{Fields, Includes};
use super::wire::{Answer, Call, Read, Refusal, Reply, number, only};

impl World {
    fn seen_user(&self, id: Id) -> Option<&User> {
        self.users.get(&id).filter(|user| !user.suspended)
    }

    /// An answer with these users.
    fn users_body(&self, call: &Call<'_>, users: &[&User]) -> (Vec<Value>, Option<Value>) {
        let fields = Fields::of(call);
        let viewer = call.me();
        let told = users
            .iter()
            .map(|user| self.user_view(user, &fields, viewer))
            .collect();
        let mut includes = Includes::default();
        if fields.expansions.contains("most_recent_post_id") {
            for user in users {
                let last = self
                    .listed(viewer)
                    .into_iter()
                    .find(|post| post.author == user.id);
                includes.posts.extend(last.map(|post| post.id));
            }
        }
        (
            told,
            self.includes_view(&includes, &fields, viewer, call.now),
        )
    }

    fn one_user(&self, call: &Call<'_>, user: &User) -> Reply {
        let (mut told, includes) = self.users_body(call, &[user]);
        let mut body = json!({ "data": told.pop() });
        if let Some(includes) = includes {
            body["includes"] = includes;
        }
        Reply::ok(body).reads(Read::User, [user.id])
    }

    /// A page of users, by the keys that they are listed by.
    pub(super) fn users_told(
        &self,
        call: &Call<'_>,
        usual: u64,
        items: Vec<(u64, Id)>,
        kind: Read,
    ) -> Answer {
        let items = items
            .into_iter()
            .filter_map(|(key, id)| Some((key, self.seen_user(id)?)))
            .collect();
        let (page, next) = self.page(call, usual, items)?;
        let (told, includes) = self.users_body(call, &page);
        let mut body = json!({});
        if !told.is_empty() || !self.keeps(Rule::EmptyDataIsOmitted) {
            body["data"] = json!(told);
        }
        if let Some(includes) = includes {
            body["includes"] = includes;
        }
        let mut meta = json!({ "result_count": page.len() });
        if call.op.path.ends_with("/search") {
            meta = json!({});
        }
        if let Some(next) = next {
            meta["next_token"] = json!(next);
        }
        body["meta"] = meta;
        Ok(Reply::ok(body).reads(kind, page.iter().map(|user| user.id)))
    }

    fn several(
        &self,
        call: &Call<'_>,
        found: Vec<(&str, Option<&User>)>,
        parameter: &str,
    ) -> Reply {
        let mut users: Vec<&User> = Vec::new();
        let mut errors = Vec::new();
        for (name, user) in found {
            match user {
                Some(user) if !users.iter().any(|known| known.id == user.id) => users.push(user),
                Some(_) => {}
                None if self.keeps(Rule::MissingIsAPartialError) => {
                    errors.push(self.absent_user(parameter, name));
                }
                None => {}
            }
        }
        let (told, includes) = self.users_body(call, &users);
        let mut body = json!({});
        if !told.is_empty() || !self.keeps(Rule::EmptyDataIsOmitted) {
            body["data"] = json!(told);
        }
        if let Some(includes) = includes {
            body["includes"] = includes;
        }
        if !errors.is_empty() {
            body["errors"] = json!(errors);
        }
        Reply::ok(body).reads(Read::User, users.iter().map(|user| user.id))
    }

    pub(super) fn users_by_ids(&mut self, call: &Call<'_>) -> Answer {
        let found = call
            .list("ids")
            .into_iter()
            .map(|id| (id, number(id).and_then(|id| self.seen_user(id))))
            .collect();
        Ok(self.several(call, found, "ids"))
    }

    pub(super) fn users_by_names(&mut self, call: &Call<'_>) -> Answer {
        let found = call
            .list("usernames")
            .into_iter()
            .map(|name| (name, self.user_named(name).filter(|user| !user.suspended)))
            .collect();
        Ok(self.several(call, found, "usernames"))
    }

    pub(super) fn user_by_id(&mut self, call: &Call<'_>) -> Answer {
        let id = call.id("id")?;
        match self.seen_user(id) {
            Some(user) => Ok(self.one_user(call, user)),
            None => self.lacks(self.absent_user("id", &id.to_string())),
        }
    }

    pub(super) fn user_by_name(&mut self, call: &Call<'_>) -> Answer {
        let name = call.part("username");
        if !super::params::is_username(name) {
            return Err(Refusal::invalid(
                "username",
                name,
                format!(
                    "The `username` query parameter value [{name}] does not match ^[A-Za-z0-9_]{{1,15}}$"
                ),
            ));
        }
        match self.user_named(name).filter(|user| !user.suspended) {
            Some(user) => Ok(self.one_user(call, user)),
            None => self.lacks(self.absent_user("username", name)),
        }
    }

    pub(super) fn users_me(&mut self, call: &Call<'_>) -> Answer {
        match call.me().and_then(|me| self.seen_user(me)) {
            Some(user) => Ok(self.one_user(call, user)),
            None => Err(Refusal::not_found()),
        }
    }

    pub(super) fn search_users(&mut self, call: &Call<'_>) -> Answer {
        let wanted = call.text("query").unwrap_or_default().to_lowercase();
        let items = self
            .users
            .values()
            .rev()
            .filter(|user| {
                user.name.to_lowercase().contains(&wanted)
                    || user.username.to_lowercase().contains(&wanted)
            })
            .map(|user| (user.id, user.id))
            .collect();
        self.users_told(call, 100, items, Read::User)
    }

    fn ties_of(&self, call: &Call<'_>, name: &str) -> Result<Id, Refusal> {
        let id = call.id("id")?;
        self.seen_user(id)
            .map(|user| user.id)
            .ok_or_else(|| super::change::missing("user", name, id))
    }

    pub(super) fn followers(&mut self, call: &Call<'_>) -> Answer {
        let id = self.ties_of(call, "id")?;
        let kept = self.keeps(Rule::FollowersAreListed);
        let items = self.follows.0.iter().rev();
        let items = items
            .filter(|tie| tie.to == id && kept)
            .map(|tie| (tie.seq, tie.from))
            .collect();
        self.users_told(call, 100, items, Read::Follow)
    }

    pub(super) fn following(&mut self, call: &Call<'_>) -> Answer {
        let id = self.ties_of(call, "id")?;
        let kept = self.keeps(Rule::FollowersAreListed);
        let items = self.follows.0.iter().rev();
        let items = items
            .filter(|tie| tie.from == id && kept)
            .map(|tie| (tie.seq, tie.to))
            .collect();
        self.users_told(call, 100, items, Read::Follow)
    }

    /// The user whom a body names.
    fn aimed(&self, call: &Call<'_>) -> Result<Id, Refusal> {
        only("", &call.body, &["target_user_id"])?;
        let id = call.body_id("target_user_id")?;
        if Some(id) == call.me() {
            return Err(Refusal::problem(
                400,
                "invalid-request",
                "Invalid Request",
                "You cannot do this to yourself.",
            ));
        }
        self.seen_user(id)
            .map(|user| user.id)
            .ok_or_else(|| super::change::missing("user", "target_user_id", id))
    }

    pub(super) fn follow(&mut self, call: &Call<'_>) -> Answer {
        let me = call.own_id("id")?;
        self.enterprise(call, Rule::FollowsAreEnterprise)?;
        let target = self.aimed(call)?;
        let protected = self.users.get(&target).is_some_and(|user| user.protected);
        if protected && !self.follows.has(me, target) {
            return Ok(Reply::data(
                json!({ "following": false, "pending_follow": true }),
            ));
        }
        self.follow_user(me, target, call.now);
        Ok(Reply::data(
            json!({ "following": true, "pending_follow": false }),
        ))
    }

    pub(super) fn follow_user(&mut self, me: Id, target: Id, now: jiff::Timestamp) {
        if !self.follows.has(me, target) {
            let tie = self.tie(me, target);
            self.follows.0.push(tie);
            self.happened_follow(me, target, true, now);
        }
    }

    pub(super) fn unfollow(&mut self, call: &Call<'_>) -> Answer {
        let me = call.own_id("source_user_id")?;
        let target = call.id("target_user_id")?;
        if self.follows.cut(me, target) {
            self.happened_follow(me, target, false, call.now);
        }
        Ok(Reply::data(json!({ "following": false })))
    }

    pub(super) fn muting(&mut self, call: &Call<'_>) -> Answer {
        let me = call.own_id("id")?;
        let items = self.mutes.0.iter().rev();
        let items = items
            .filter(|tie| tie.from == me)
            .map(|tie| (tie.seq, tie.to))
            .collect();
        self.users_told(call, 100, items, Read::Small)
    }

    pub(super) fn mute(&mut self, call: &Call<'_>) -> Answer {
        let me = call.own_id("id")?;
        let target = self.aimed(call)?;
        if !self.mutes.has(me, target) && self.keeps(Rule::MutesAreKept) {
            let tie = self.tie(me, target);
            self.mutes.0.push(tie);
            self.happened_pair("mute.mute", me, target, call.now);
        }
        Ok(Reply::data(json!({ "muting": true })))
    }

    pub(super) fn unmute(&mut self, call: &Call<'_>) -> Answer {
        let me = call.own_id("source_user_id")?;
        let target = call.id("target_user_id")?;
        if self.mutes.cut(me, target) {
            self.happened_pair("mute.unmute", me, target, call.now);
        }
        Ok(Reply::data(json!({ "muting": false })))
    }

    pub(super) fn blocking(&mut self, call: &Call<'_>) -> Answer {
        let me = call.own_id("id")?;
        let items = self.blocks.0.iter().rev();
        let items = items
            .filter(|tie| tie.from == me)
            .map(|tie| (tie.seq, tie.to))
            .collect();
        self.users_told(call, 100, items, Read::Small)
    }
}
