//! What each verb does. A verb answers whether all of it succeeded.

use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::{Stream, StreamExt};
use serde_json::{Map, Value, json};
use sociable::jiff::Timestamp;
use sociable::text::Numbering;
use sociable::{
    AccountRef, AudienceQuery, Availability, Conversation, Draft, Error, Event, EventQuery,
    MessageDraft, Operation, Page, PageRequest, Period, Post, PostQuery, Profile, PromotionQuery,
    Registry, Result, Since, SocialNetwork, TrendScope, Violation, pages, publish_thread,
};

use super::args::{self, Cli, DraftArgs, Verb};
use super::out::Out;
use super::reach::Reach;
use super::{draft, json, people};

type Network = Arc<dyn SocialNetwork>;

pub(crate) async fn run(cli: &Cli, reach: &Reach, out: &Out) -> Result<bool> {
    match &cli.verb {
        Verb::Networks => networks(reach.registry(), out),
        Verb::Doctor => doctor(reach, out).await,
        #[cfg(feature = "oauth")]
        Verb::Login { account, how } => match reach.keeper(account)? {
            (name, Some(keeper)) => {
                let show = |url: &_| super::login::print(&name, url, out);
                super::login::log_in(&name, &keeper, how, out, show).await?;
                Ok(true)
            }
            (name, None) => Err(no_oauth(reach, &name)),
        },
        #[cfg(not(feature = "oauth"))]
        Verb::Login { account } => Err(no_oauth(reach, account)),
        Verb::Me { from } => {
            let me = reach.one(&from.from)?.1.me().await?;
            out.line(json::account(&me), || people::account(&me));
            Ok(true)
        }
        Verb::Check { to, draft } => check(reach.some(&to.to)?, draft, out).await,
        Verb::Publish { to, draft } => {
            let networks = reach.some(&to.to)?;
            publish(networks, draft.draft()?, draft.thread, out).await
        }
        Verb::Edit { from, id, draft } => {
            let (name, network) = reach.one(&from.from)?;
            let edited = network.edit(&id.as_str().into(), &draft.edit()?).await;
            let more = edited
                .as_ref()
                .map(|post| json::with("post", json::post(post)));
            out.line(json::outcome(&name, more), || {
                told(&name, &edited, people::post)
            });
            Ok(edited.is_ok())
        }
        Verb::Delete { from, id } => {
            let (name, network) = reach.one(&from.from)?;
            let deleted = network.delete(&id.as_str().into()).await;
            let more = deleted.as_ref().map(|()| json::with("id", json!(id)));
            out.line(json::outcome(&name, more), || {
                told(&name, &deleted, |()| format!("{id} is gone"))
            });
            Ok(deleted.is_ok())
        }
        Verb::Posts {
            from,
            timeline,
            limit,
        } => {
            let network = reach.one(&from.from)?.1;
            let query = PostQuery::new(timeline.clone());
            let found = pages(first_page(&network, limit.limit), |page| {
                let (network, query) = (Arc::clone(&network), query.clone().page(page));
                async move { network.posts(&query).await.map(|page| noting(page, out)) }
            });
            list(found, limit.limit, out, json::post, people::post).await
        }
        Verb::Engage {
            from,
            id,
            action,
            off,
        } => {
            let (name, network) = reach.one(&from.from)?;
            let (target, engagement) = args::engagement(id, action.clone(), *off);
            let engaged = network.engage(&target, &engagement).await;
            let more = engaged.as_ref().map(json::engaged);
            out.line(json::outcome(&name, more), || {
                told(&name, &engaged, |e| match (e.on, e.changed) {
                    (true, Some(false)) => format!("{id}: stood already"),
                    (true, _) => format!("{id}: done"),
                    (false, Some(false)) => format!("{id}: there was nothing to take back"),
                    (false, _) => format!("{id}: taken back"),
                })
            });
            Ok(engaged.is_ok())
        }
        Verb::Audience { from, of, limit } => {
            let network = reach.one(&from.from)?.1;
            let query = AudienceQuery::new(of.clone());
            let found = pages(first_page(&network, limit.limit), |page| {
                let (network, mut query) = (Arc::clone(&network), query.clone());
                query.page = page;
                async move { network.audience(&query).await.map(|page| noting(page, out)) }
            });
            list(found, limit.limit, out, json::account, people::account).await
        }
        Verb::Moderate {
            from,
            id,
            action,
            off,
        } => {
            let (name, network) = reach.one(&from.from)?;
            let done = network
                .moderate(&args::moderation(id, action.clone(), *off))
                .await;
            let more = done.as_ref().map(|()| json::with("id", json!(id)));
            out.line(json::outcome(&name, more), || {
                told(&name, &done, |()| format!("{id}: done"))
            });
            Ok(done.is_ok())
        }
        Verb::Conversations { from, limit } => {
            let network = reach.one(&from.from)?.1;
            let found = pages(first_page(&network, limit.limit), |page| {
                let network = Arc::clone(&network);
                async move { network.conversations(&page).await }
            });
            list::<Conversation>(
                found,
                limit.limit,
                out,
                json::conversation,
                people::conversation,
            )
            .await
        }
        Verb::Messages { from, id, limit } => {
            let network = reach.one(&from.from)?.1;
            let found = pages(first_page(&network, limit.limit), |page| {
                let network = Arc::clone(&network);
                async move { network.messages(&id.as_str().into(), &page).await }
            });
            list(found, limit.limit, out, json::message, people::message).await
        }
        Verb::Send {
            from,
            id,
            text,
            key,
        } => {
            let network = reach.one(&from.from)?.1;
            let mut message = MessageDraft::text(draft::typed(text)?);
            if let Some(key) = key {
                message = message.key(key.as_str());
            }
            let sent = network.send(&args::recipient(id), &message).await?;
            out.line(json::message(&sent), || people::message(&sent));
            Ok(true)
        }
        Verb::Metrics { from, ids, period } => {
            metrics(reach.one(&from.from)?.1, ids, *period, out).await
        }
        Verb::Promotions {
            from,
            period,
            limit,
        } => {
            let network = reach.one(&from.from)?.1;
            let found = pages(first_page(&network, limit.limit), |page| {
                let network = Arc::clone(&network);
                async move {
                    network
                        .promotions(&PromotionQuery::new(*period).page(page))
                        .await
                }
            });
            list(found, limit.limit, out, json::promotion, people::promotion).await
        }
        Verb::Trending { from } => {
            for trend in reach
                .one(&from.from)?
                .1
                .trending(&TrendScope::anywhere())
                .await?
            {
                out.line(json::trend(&trend), || people::trend(&trend));
            }
            Ok(true)
        }
        Verb::Events {
            from,
            since,
            follow,
        } => {
            if *follow {
                reach
                    .follow(&from.from, since.clone(), |event| show_event(event, out))
                    .await?;
            } else {
                events(&reach.one(&from.from)?.1, since.clone(), out).await?;
            }
            Ok(true)
        }
        Verb::Budgets => {
            let mut all = true;
            for (name, network) in reach.every() {
                let asked = match network {
                    Ok(network) => network.me().await.map(drop),
                    Err(e) => Err(e),
                };
                if let Err(e) = asked {
                    out.remark(format!("{name}: {}", people::error(&e)));
                    all = false;
                }
            }
            Ok(all)
        }
        #[cfg(all(feature = "outbox", feature = "embedded"))]
        Verb::Outbox(args) => super::outbox::run(args, &cli.common, reach, out).await,
        #[cfg(all(feature = "desk", feature = "embedded"))]
        Verb::Desk(args) => super::desk::run(args, &cli.common, reach, out).await,
        #[cfg(all(feature = "contest", feature = "embedded"))]
        Verb::Contest(args) => super::contest::run(args, &cli.common, reach, out).await,
        #[cfg(all(feature = "promo", feature = "embedded"))]
        Verb::Promo(args) => super::promo::run(args, &cli.common, reach, out).await,
        #[cfg(all(feature = "trends", feature = "embedded"))]
        Verb::Trends(args) => super::trends::run(args, &cli.common, reach, out).await,
    }
}

fn networks(registry: &Registry, out: &Out) -> Result<bool> {
    for name in registry.networks() {
        let profile = registry.profile(name);
        out.line(json::network(name, profile.as_deref()), || {
            people::network(name, profile.as_deref())
        });
    }
    Ok(true)
}

/// Asks each account for itself, and says what it lacks.
async fn doctor(reach: &Reach, out: &Out) -> Result<bool> {
    let examined = join_all(reach.every().into_iter().map(|(name, network)| async move {
        let found = async {
            let network = network?;
            let me = network.me().await?;
            let profile = match network.refresh_profile().await {
                Err(e) if e.is_unsupported() => network.profile(),
                answer => answer?,
            };
            Ok::<_, Error>((me, profile))
        };
        (name, found.await)
    }))
    .await;
    let mut all = !examined.is_empty();
    for (name, found) in examined {
        match found {
            Ok((me, profile)) => {
                let ok = profile.can(&Operation::PUBLISH);
                all &= ok;
                let needs = needs(&profile);
                let line = json!({"account": name, "ok": ok, "needs": needs, "network": profile.network, "id": me.id, "login": profile.login.as_ref().map(json::login)});
                out.line(line, || {
                    let mut text = format!("{name}: {} on {}", people::who(&me), profile.network);
                    text.push_str(if ok {
                        ", can publish"
                    } else {
                        ", cannot publish"
                    });
                    if let Some(login) = &profile.login {
                        text.push_str(&format!("\n  {}", people::login(login)));
                    }
                    needs
                        .iter()
                        .for_each(|need| text.push_str(&format!("\n  needs {need}")));
                    let no = Operation::ALL
                        .iter()
                        .filter(|o| profile.supports(o).availability == Availability::No);
                    let no: Vec<&str> = no.map(Operation::as_str).collect();
                    if !no.is_empty() {
                        text.push_str(&format!("\n  the network does not offer: {}", no.join(" ")));
                    }
                    text
                });
            }
            Err(e) => {
                all = false;
                let line = json!({"account": name, "ok": false, "needs": [e.message()], "error": json::error(&e)});
                out.line(line, || format!("{name}: {}", people::error(&e)));
            }
        }
    }
    Ok(all)
}

/// What the identity lacks, and for which operation.
fn needs(profile: &Profile) -> Vec<String> {
    let lacking = |operation: &Operation| match profile.supports(operation).availability {
        Availability::Needs(need) => Some(format!("{need} for {operation}")),
        _ => None,
    };
    profile.operations.keys().filter_map(lacking).collect()
}

/// The answer where there is nothing to log in to by OAuth.
fn no_oauth(reach: &Reach, account: &str) -> Error {
    let (name, network) = match reach.one(&Some(account.to_owned())) {
        Ok((name, network)) => (name, network.profile().network.clone()),
        Err(e) => return e,
    };
    if cfg!(feature = "oauth") {
        Error::config(format!(
            "{name}: {network} does not log in by OAuth here, but with what the accounts file holds; `doctor` tells \
             whether the login works"
        ))
    } else {
        Error::config(format!(
            "{name}: this console was built without OAuth: build it with --features full"
        ))
    }
}

/// The drafts that a draft becomes: one, or the parts of a thread.
pub(crate) fn parts(draft: &Draft, thread: bool, profile: &Profile) -> Result<Vec<Draft>> {
    if thread {
        draft.split(profile, Numbering::None)
    } else {
        Ok(vec![draft.clone()])
    }
}

async fn violations(draft: &Draft, thread: bool, profile: &Profile) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for part in parts(draft, thread, profile)? {
        found.extend(part.inspect().await?.check(profile));
    }
    Ok(found)
}

async fn check(networks: Vec<(String, Network)>, args: &DraftArgs, out: &Out) -> Result<bool> {
    let draft = args.draft()?;
    let mut good = true;
    for (name, network) in networks {
        let found = match violations(&draft, args.thread, &network.profile()).await {
            Ok(found) => found,
            // What cannot be read at all is a violation as well.
            Err(e) if !e.violations().is_empty() => e.violations().to_vec(),
            Err(e) => return Err(e),
        };
        good &= !found.iter().any(Violation::is_error);
        out.line(json!({"account": name, "violations": found}), || {
            if found.is_empty() {
                return format!("{name}: nothing is wrong");
            }
            let lines: Vec<String> = found.iter().map(people::violation).collect();
            format!("{name}:\n  {}", lines.join("\n  "))
        });
    }
    Ok(good)
}

/// Publishes everywhere at once. Each result is printed when it is there, so that a slow network hides no other's.
async fn publish(
    networks: Vec<(String, Network)>,
    draft: Draft,
    thread: bool,
    out: &Out,
) -> Result<bool> {
    let _progress = out.progress("publishing", None);
    let sent = join_all(networks.into_iter().map(|(name, network)| {
        let draft = &draft;
        async move {
            let (posts, stopped) = publish_one(&network, draft, thread).await;
            let result = match stopped {
                None => Ok(()),
                Some(e) => Err(e),
            };
            show_published(&name, &posts, &result, thread, out);
            result.is_ok()
        }
    }))
    .await;
    Ok(sent.into_iter().all(|ok| ok))
}

async fn publish_one(network: &Network, draft: &Draft, thread: bool) -> (Vec<Post>, Option<Error>) {
    if !thread {
        return match network.publish(draft).await {
            Ok(post) => (vec![post], None),
            Err(e) => (Vec::new(), Some(e)),
        };
    }
    match parts(draft, thread, &network.profile()) {
        Ok(drafts) => {
            let sent = publish_thread(network, &drafts, None).await;
            (sent.progress.published, sent.stopped)
        }
        Err(e) => (Vec::new(), Some(e)),
    }
}

fn show_published(name: &str, posts: &[Post], result: &Result<()>, thread: bool, out: &Out) {
    let mut more = Map::new();
    if let Some(first) = posts.first() {
        more.insert("post".to_owned(), json::post(first));
    }
    if thread {
        more.insert("thread".to_owned(), posts.iter().map(json::post).collect());
    }
    let mut line = json::outcome(name, result.as_ref().map(|()| Map::new()));
    if let Value::Object(line) = &mut line {
        line.extend(more);
    }
    out.line(line, || {
        let mut text = told(name, result, |()| "published".to_owned());
        for post in posts {
            text.push_str(&format!("\n{}", people::post(post)));
        }
        if result.is_err() && !posts.is_empty() {
            text.push_str(&format!(
                "\nthe thread stopped after {} of its parts",
                posts.len()
            ));
        }
        text
    });
}

fn told<T>(account: &str, result: &Result<T>, good: impl FnOnce(&T) -> String) -> String {
    match result {
        Ok(value) => format!("{account}: {}", good(value)),
        Err(e) => format!("{account}: {}", people::error(e)),
    }
}

/// No page is asked to be longer than what is wanted, or than the network allows.
fn first_page(network: &Network, limit: u32) -> PageRequest {
    PageRequest::first().limit(limit.min(network.profile().max_page.unwrap_or(limit)))
}

/// A page, after remarks on what it could not give.
fn noting<T>(page: Page<T>, out: &Out) -> Page<T> {
    for missing in &page.omitted {
        out.remark(format!("{} is left out: {}", missing.id, missing.message));
    }
    page
}

/// Prints a listing as it comes, until so many are there.
async fn list<T>(
    found: impl Stream<Item = Result<T>>,
    limit: u32,
    out: &Out,
    json: impl Fn(&T) -> Value,
    human: impl Fn(&T) -> String,
) -> Result<bool> {
    let progress = out.progress("reading", Some(limit.into()));
    let mut found = std::pin::pin!(found.take(limit as usize));
    while let Some(item) = found.next().await {
        let item = item?;
        progress.step();
        out.line(json(&item), || human(&item));
    }
    Ok(true)
}

async fn metrics(
    network: Network,
    ids: &[String],
    period: Option<Period>,
    out: &Out,
) -> Result<bool> {
    if ids.is_empty() {
        let now = Timestamp::now();
        let month = sociable::jiff::SignedDuration::from_hours(30 * 24);
        let period = period
            .unwrap_or_else(|| Period::new(now.checked_sub(month).unwrap_or(Timestamp::MIN), now));
        let id = match network.profile().account.clone() {
            Some(id) => id,
            None => network.account(&AccountRef::Me).await.map(|a| a.id)?,
        };
        let figures = network.account_metrics(&period).await?;
        out.line(
            json!({"id": id, "metrics": json::metrics(&figures)}),
            || format!("{id}: {}", people::metrics(&figures)),
        );
        return Ok(true);
    }
    let ids: Vec<_> = ids.iter().map(|id| id.as_str().into()).collect();
    let mut all = true;
    for (id, measured) in network.post_metrics(&ids).await? {
        all &= measured.is_ok();
        let line = match &measured {
            Ok(figures) => json!({"id": id, "metrics": json::metrics(figures)}),
            Err(e) => json!({"id": id, "metrics": null, "error": json::error(e)}),
        };
        out.line(line, || match &measured {
            Ok(figures) => format!("{id}: {}", people::metrics(figures)),
            Err(e) => format!("{id}: {}", people::error(e)),
        });
    }
    Ok(all)
}

fn show_event(event: &Event, out: &Out) {
    out.line(json::event(event), || people::event(event));
}

/// Everything that happened since, and where to go on.
async fn events(network: &Network, since: Since, out: &Out) -> Result<()> {
    let mut query = EventQuery::now().since(since);
    loop {
        let found = network.events(&query).await?;
        found.items.iter().for_each(|event| show_event(event, out));
        if !found.more {
            out.remark(format!("go on with --since {}", found.cursor));
            return Ok(());
        }
        query.since = Since::Cursor(found.cursor);
    }
}
