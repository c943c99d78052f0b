//! Look-ups and listings of posts, and how pages go on.

use serde_json::{Value, json};

use super::change::missing;
use super::faults::Rule;
use super::state::{Id, Post, World, first_id};
use super::views::{Fields, Includes};
use super::wire::{Answer, Call, PROBLEMS, Read, Refusal, Reply, number};

const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// A token for what comes below a key: sixteen signs of base32hex.
pub(super) fn token(key: u64) -> String {
    let check = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    let whole = (u128::from(key) << 16) | u128::from(check);
    (0..16)
        .rev()
        .filter_map(|at| DIGITS.get(usize::try_from((whole >> (at * 5)) & 31).unwrap_or(0)))
        .map(|digit| char::from(*digit))
        .collect()
}

/// The key of a token; nothing where it was not given out.
pub(super) fn key(token_text: &str) -> Option<u64> {
    let mut whole: u128 = 0;
    for byte in token_text.bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        whole = whole
            .checked_mul(32)?
            .checked_add(u128::try_from(digit).ok()?)?;
    }
    let found = u64::try_from(whole >> 16).ok()?;
    (token(found) == token_text).then_some(found)
}

/// What may not be seen, as a part of an answer that is good for the rest.
fn absent(kind: &str, parameter: &str, id: &str, hidden: bool) -> Value {
    let what = if kind == "tweet" { "Tweet" } else { "User" };
    if hidden {
        return json!({
            "value": id,
            "resource_id": id,
            "resource_type": kind,
            "parameter": parameter,
            "section": "data",
            "title": "Authorization Error",
            "detail": format!("Sorry, you are not authorized to see the {what} with {parameter}: [{id}]."),
            "type": format!("{PROBLEMS}not-authorized-for-resource"),
        });
    }
    json!({
        "value": id,
        "resource_id": id,
        "resource_type": kind,
        "parameter": parameter,
        "title": "Not Found Error",
        "detail": format!("Could not find {kind} with {parameter}: [{id}]."),
        "type": format!("{PROBLEMS}resource-not-found"),
    })
}

impl World {
    /// Why a post is not told.
    fn absent_post(&self, parameter: &str, id: Id) -> Value {
        let hidden = self.posts.get(&id).is_some_and(|post| {
            let author = self.users.get(&post.author);
            !post.deleted && author.is_some_and(|author| author.protected || author.suspended)
        });
        absent("tweet", parameter, &id.to_string(), hidden)
    }

    pub(super) fn absent_user(&self, parameter: &str, value: &str) -> Value {
        if self
            .users
            .values()
            .any(|user| user.suspended && (user.username == value || user.id.to_string() == value))
        {
            return json!({
                "value": value,
                "resource_id": value,
                "resource_type": "user",
                "parameter": parameter,
                "title": "Forbidden",
                "detail": format!("User has been suspended: [{value}]."),
                "type": format!("{PROBLEMS}resource-not-found"),
            });
        }
        absent("user", parameter, value, false)
    }

    /// Whether a single resource that is missing is told inside of 200, or by the status.
    pub(super) fn lacks(&self, error: Value) -> Answer {
        if self.keeps(Rule::MissingIsAPartialError) {
            return Ok(Reply::ok(json!({ "errors": [error] })));
        }
        let mut body = error;
        body["status"] = json!(404);
        Err(Refusal { status: 404, body })
    }

    pub(super) fn posts_by_ids(&mut self, call: &Call<'_>) -> Answer {
        let ids: Vec<Id> = call.list("ids").into_iter().filter_map(number).collect();
        let viewer = call.me();
        let mut found: Vec<&Post> = Vec::new();
        let mut errors = Vec::new();
        for id in &ids {
            match self.visible(*id, viewer) {
                Some(post) if !found.iter().any(|known| known.id == *id) => found.push(post),
                Some(_) => {}
                None if self.keeps(Rule::MissingIsAPartialError) => {
                    errors.push(self.absent_post("ids", *id));
                }
                None => {}
            }
        }
        let reply = self.posts_told(call, &found, errors, json!({}));
        Ok(reply)
    }

    pub(super) fn post_by_id(&mut self, call: &Call<'_>) -> Answer {
        let id = call.id("id")?;
        let fields = Fields::of(call);
        let viewer = call.me();
        let Some(post) = self.visible(id, viewer) else {
            let error = self.absent_post("id", id);
            return self.lacks(error);
        };
        let mut errors = Vec::new();
        let told = self.post_view(post, &fields, viewer, call.now, &mut errors);
        let mut body = json!({ "data": told });
        let mut includes = Includes::default();
        self.expand_post(post, &fields, viewer, &mut includes);
        if let Some(includes) = self.includes_view(&includes, &fields, viewer, call.now) {
            body["includes"] = includes;
        }
        if !errors.is_empty() {
            body["errors"] = json!(errors);
        }
        Ok(Reply::ok(body).reads(Read::Post, [id]))
    }

    /// An answer with these posts, in this order.
    pub(super) fn posts_told(
        &self,
        call: &Call<'_>,
        posts: &[&Post],
        mut errors: Vec<Value>,
        meta: Value,
    ) -> Reply {
        let fields = Fields::of(call);
        let viewer = call.me();
        let mut includes = Includes::default();
        let data: Vec<Value> = posts
            .iter()
            .map(|post| {
                self.expand_post(post, &fields, viewer, &mut includes);
                self.post_view(post, &fields, viewer, call.now, &mut errors)
            })
            .collect();
        let mut body = json!({});
        if !data.is_empty() || !self.keeps(Rule::EmptyDataIsOmitted) {
            body["data"] = json!(data);
        }
        if let Some(includes) = self.includes_view(&includes, &fields, viewer, call.now) {
            body["includes"] = includes;
        }
        if !errors.is_empty() {
            body["errors"] = json!(errors);
        }
        if meta.as_object().is_some_and(|meta| !meta.is_empty()) {
            body["meta"] = meta;
        }
        Reply::ok(body).reads(Read::Post, posts.iter().map(|post| post.id))
    }

    /// Whether a post lies within what a call asks for.
    pub(super) fn within(&self, call: &Call<'_>, post: &Post) -> bool {
        if !self.keeps(Rule::SpansAreKept) {
            return true;
        }
        let id = |name: &str| call.text(name).and_then(number);
        id("since_id").is_none_or(|since| post.id > since)
            && id("until_id").is_none_or(|until| post.id < until)
            && call.time("start_time").is_none_or(|start| post.at >= start)
            && call.time("end_time").is_none_or(|end| post.at < end)
    }

    fn excluded(&self, call: &Call<'_>, post: &Post) -> bool {
        if !self.keeps(Rule::ExcludeIsKept) {
            return false;
        }
        let out = call.list("exclude");
        (out.contains(&"replies") && post.is_reply())
            || (out.contains(&"retweets") && post.repost_of.is_some())
    }

    /// Where a page begins: below this key.
    pub(super) fn page_from(&self, call: &Call<'_>) -> Result<u64, Refusal> {
        let name = ["pagination_token", "next_token"]
            .into_iter()
            .find(|name| call.text(name).is_some());
        let Some(name) = name else {
            return Ok(u64::MAX);
        };
        let text = call.text(name).unwrap_or_default();
        if !self.keeps(Rule::PagesGoOn) {
            return Ok(u64::MAX);
        }
        key(text).ok_or_else(|| {
            Refusal::invalid(
                name,
                text,
                format!("The `{name}` query parameter value [{text}] is not valid"),
            )
        })
    }

    /// One page of what is listed, newest first, and the token for the next.
    pub(super) fn page<T>(
        &self,
        call: &Call<'_>,
        usual: u64,
        items: Vec<(u64, T)>,
    ) -> Result<(Vec<T>, Option<String>), Refusal> {
        let from = self.page_from(call)?;
        if from == u64::MAX && self.settings.empty_pages && !items.is_empty() {
            return Ok((Vec::new(), Some(token(u64::MAX - 1))));
        }
        let most = call.number("max_results").unwrap_or(usual);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut rest = items.into_iter().filter(|(key, _)| *key < from).peekable();
        let mut page = Vec::new();
        let mut last = 0;
        while page.len() < most
            && let Some((key, item)) = rest.next()
        {
            last = key;
            page.push(item);
        }
        let next = rest.peek().map(|_| token(last));
        if !self.keeps(Rule::NewestFirst) {
            page.reverse();
        }
        Ok((page, next))
    }

    /// A page of posts, with what a timeline says of it.
    pub(super) fn timeline(
        &self,
        call: &Call<'_>,
        usual: u64,
        posts: Vec<&Post>,
        span: bool,
    ) -> Answer {
        let items = posts
            .into_iter()
            .filter(|post| self.within(call, post) && !self.excluded(call, post))
            .map(|post| (post.id, post))
            .collect();
        let (page, next) = self.page(call, usual, items)?;
        let mut meta = json!({ "result_count": page.len() });
        if span && let (Some(first), Some(last)) = (page.first(), page.last()) {
            meta["newest_id"] = json!(first.id.to_string());
            meta["oldest_id"] = json!(last.id.to_string());
        }
        if let Some(next) = next {
            meta["next_token"] = json!(next);
        }
        Ok(self.posts_told(call, &page, Vec::new(), meta))
    }

    /// The user of the path, or what says that there is none.
    fn listed_user(&self, call: &Call<'_>) -> Result<Result<Id, Value>, Refusal> {
        let id = call.id("id")?;
        let seen = self.users.get(&id).filter(|user| !user.suspended);
        let Some(user) = seen else {
            return Ok(Err(self.absent_user("id", &id.to_string())));
        };
        let viewer = call.me();
        let open = !user.protected
            || viewer == Some(id)
            || viewer.is_some_and(|viewer| self.follows.has(viewer, id));
        if open {
            Ok(Ok(id))
        } else {
            Ok(Err(absent("user", "id", &id.to_string(), true)))
        }
    }

    pub(super) fn user_posts(&mut self, call: &Call<'_>) -> Answer {
        let id = match self.listed_user(call)? {
            Ok(id) => id,
            Err(error) => return self.lacks(error),
        };
        let most = if call.list("exclude").contains(&"replies") {
            800
        } else {
            3200
        };
        let posts = self
            .listed(call.me())
            .into_iter()
            .filter(|post| post.author == id)
            .take(most)
            .collect();
        self.timeline(call, 10, posts, true)
    }

    pub(super) fn mentions(&mut self, call: &Call<'_>) -> Answer {
        let id = match self.listed_user(call)? {
            Ok(id) => id,
            Err(error) => return self.lacks(error),
        };
        let kept = self.keeps(Rule::MentionsAreListed);
        let posts = self
            .listed(call.me())
            .into_iter()
            .filter(|post| kept && self.addresses(post, id))
            .take(800)
            .collect();
        self.timeline(call, 10, posts, true)
    }

    /// Whether a post names a user, in its text or as the one that it answers.
    pub(super) fn addresses(&self, post: &Post, user: Id) -> bool {
        let answered = post
            .reply_to
            .and_then(|id| self.posts.get(&id))
            .is_some_and(|target| target.author == user && !post.excluded.contains(&user));
        post.author != user && post.repost_of.is_none() && (post.mentions(user) || answered)
    }

    pub(super) fn home(&mut self, call: &Call<'_>) -> Answer {
        let id = call.own_id("id")?;
        let all = !self.keeps(Rule::HomeFollows);
        let posts = self
            .listed(Some(id))
            .into_iter()
            .filter(|post| {
                all || post.author == id
                    || (self.follows.has(id, post.author) && !self.mutes.has(id, post.author))
            })
            .take(3200)
            .collect();
        self.timeline(call, 100, posts, true)
    }

    pub(super) fn reposts_of_me(&mut self, call: &Call<'_>) -> Answer {
        let me = call.me();
        let reposted: Vec<Id> = self
            .posts
            .values()
            .filter_map(|post| post.repost_of)
            .collect();
        let posts = self
            .listed(me)
            .into_iter()
            .filter(|post| Some(post.author) == me && reposted.contains(&post.root()))
            .collect();
        self.timeline(call, 100, posts, false)
    }

    /// The post of the path, or what says that there is none.
    pub(super) fn listed_post(&self, call: &Call<'_>) -> Result<Result<&Post, Value>, Refusal> {
        let id = call.id("id")?;
        Ok(self
            .visible(id, call.me())
            .ok_or_else(|| self.absent_post("id", id)))
    }

    pub(super) fn quotes_of(&mut self, call: &Call<'_>) -> Answer {
        let history = match self.listed_post(call)? {
            Ok(post) => post.history.clone(),
            Err(error) => return self.lacks(error),
        };
        let posts = self
            .listed(call.me())
            .into_iter()
            .filter(|post| post.quote.is_some_and(|quote| history.contains(&quote)))
            .collect();
        self.timeline(call, 10, posts, false)
    }

    pub(super) fn reposts_of(&mut self, call: &Call<'_>) -> Answer {
        let root = match self.listed_post(call)? {
            Ok(post) => post.root(),
            Err(error) => return self.lacks(error),
        };
        let posts = self
            .listed(call.me())
            .into_iter()
            .filter(|post| post.repost_of == Some(root))
            .collect();
        self.timeline(call, 100, posts, false)
    }

    /// The post that a body names, if it can be seen.
    pub(super) fn target(&self, call: &Call<'_>, id: Id) -> Result<Id, Refusal> {
        self.visible(id, call.me())
            .map(Post::root)
            .ok_or_else(|| missing("tweet", "tweet_id", id))
    }

    /// The first id of the days that a recent search looks at.
    pub(super) fn recent(&self, call: &Call<'_>) -> Id {
        let week = jiff::SignedDuration::from_hours(7 * 24);
        call.now.checked_sub(week).map_or(0, first_id)
    }
}
