//! Looking at complaints again: what became of their public posts.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Desk;
use super::case::{Case, CaseId, FoundBy, Mention};
use super::clock::CaseEventKind;
use super::fate::{Evidence, FateKind, Look};
use super::incoming::Incoming;
use super::step::Report;
use crate::client::after;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Moderation, Post, PostId, PostQuery, PostRef};
use crate::network::SocialNetwork;
use crate::operation::Operation;

/// How many cases are looked at in one step.
const CASES: u32 = 100;
/// How many posts are asked for at once.
const POSTS: usize = 50;

/// What a network's refusal says of a post.
fn gone(kind: &ErrorKind) -> Look {
    match kind {
        ErrorKind::NotFound => Look::Gone(FateKind::Removed),
        // The author's account, or the post itself, was taken down.
        ErrorKind::Suspended | ErrorKind::Rejected => Look::Gone(FateKind::RemovedByNetwork),
        // No right to see it, or no answer: neither says that it is gone.
        _ => Look::Unclear,
    }
}

/// What one look brought.
struct Seen {
    look: Look,
    evidence: Evidence,
    post: Option<Post>,
}

impl Desk {
    /// Looks at the cases whose time has come.
    pub(super) async fn look_at_due(&self, report: &mut Report) -> Result<()> {
        let now = self.0.clock.now();
        let mut by_account: BTreeMap<String, Vec<(CaseId, Vec<PostId>)>> = BTreeMap::new();
        let mut entries = Vec::new();
        for (entry, id) in self.0.keeper.due(now, CASES).await? {
            let kept = self.0.keeper.find(&id).await?;
            // An entry that another one replaced, or whose case is not written yet, has nothing to say.
            let wanted = kept.filter(|kept| kept.case.look_at.is_some_and(|at| at <= now));
            if let Some(kept) = wanted {
                let posts = kept.case.followed().map(|post| post.id.clone()).collect();
                let account = by_account.entry(kept.case.account).or_default();
                account.push((id.clone(), posts));
            }
            entries.push(entry);
        }
        for (account, cases) in by_account {
            let ids: Vec<PostId> = cases.iter().flat_map(|(_, posts)| posts).cloned().collect();
            let seen = self.look(&account, &ids, report).await;
            for (id, posts) in cases {
                self.judge_again(&id, report).await?;
                for post in &posts {
                    if let Some(seen) = seen.get(post) {
                        self.seen(&id, post, seen, report).await?;
                    }
                }
                self.0
                    .keeper
                    .change(&id, now, |case| {
                        case.look_at = None;
                        self.plan_look(case, now);
                        Ok(())
                    })
                    .await?;
                report.looked += 1;
            }
        }
        for entry in entries {
            self.0.keeper.remove(&entry).await?;
        }
        Ok(())
    }

    /// Sets when a case is looked at next: soon for what is missed or was not judged, else after the times that are set.
    pub(super) fn plan_look(&self, case: &mut Case, now: Timestamp) {
        if case.erased_at.is_some() {
            case.look_at = None;
            return;
        }
        let settings = &self.0.settings;
        let mut next: Option<Timestamp> = None;
        let mut sooner = |at: Timestamp| next = Some(next.map_or(at, |next| next.min(at)));
        for mention in &case.mentions {
            if let Some(missing) = &mention.fate.missing {
                let at = match missing.evidence {
                    // The network said so: one look confirms it.
                    Evidence::Event => now,
                    _ => after(missing.since, settings.absence),
                };
                sooner(at.max(after(now, std::time::Duration::from_secs(1))));
            }
            if mention.assessment().is_none() {
                sooner(after(now, settings.every));
            }
        }
        if case.is_complaint() && case.followed().next().is_some() {
            let times = settings
                .looks
                .iter()
                .map(|wait| after(case.opened_at, *wait));
            times.filter(|at| *at > now).take(1).for_each(&mut sooner);
        }
        case.look_at = next;
    }

    /// Asks for posts, as one of our accounts sees them. What cannot be told stands as unclear.
    async fn look(
        &self,
        account: &str,
        ids: &[PostId],
        report: &mut Report,
    ) -> BTreeMap<PostId, Seen> {
        let mut all = BTreeMap::new();
        let Some(network) = self.0.accounts.get(account) else {
            return all;
        };
        for ids in ids.chunks(POSTS) {
            match view(&**network, ids).await {
                Ok(seen) => all.extend(seen.into_iter().map(|(id, look, post)| {
                    let evidence = Evidence::Look;
                    (
                        id,
                        Seen {
                            look,
                            evidence,
                            post,
                        },
                    )
                })),
                Err(error) => report.trouble(account, error),
            }
        }
        all
    }

    /// Notes what a look brought; what is missed is looked for as another account of ours on the network, at once.
    async fn seen(
        &self,
        id: &CaseId,
        post: &PostId,
        seen: &Seen,
        report: &mut Report,
    ) -> Result<()> {
        let now = self.0.clock.now();
        let kept = self.0.keeper.case(id).await?;
        if let Some(found) = &seen.post {
            let incoming = Incoming::post(&kept.case.network, found, FoundBy::Search);
            self.seen_again(id, &incoming, &mut report.classifier)
                .await?;
        }
        self.note_look(id, post, &seen.look, seen.evidence.clone())
            .await?;
        if !matches!(seen.look, Look::Gone(_)) {
            return Ok(());
        }
        let others = self.0.accounts.iter().filter(|(name, network)| {
            **name != kept.case.account && network.profile().network == kept.case.network
        });
        for (name, network) in others {
            match view(&**network, std::slice::from_ref(post)).await {
                Ok(views) => {
                    for (_, look, _) in views {
                        self.note_look(id, post, &look, Evidence::OtherAccount)
                            .await?;
                    }
                    return Ok(());
                }
                Err(error) => report.trouble(
                    name,
                    error.with_message(format!(
                        "whether post {post} is gone could not be confirmed at {now}"
                    )),
                ),
            }
        }
        Ok(())
    }

    async fn note_look(
        &self,
        id: &CaseId,
        post: &PostId,
        look: &Look,
        evidence: Evidence,
    ) -> Result<()> {
        let now = self.0.clock.now();
        let apart = self.0.settings.absence;
        self.0
            .keeper
            .change(id, now, |case| {
                case.look(post, look, evidence.clone(), now, apart);
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// Notes that the network told of a post's end or return; `None` for who did it is not told.
    pub(super) async fn told(&self, id: &CaseId, post: &PostId, look: &Look) -> Result<()> {
        let now = self.0.clock.now();
        self.note_look(id, post, look, Evidence::Event).await?;
        self.0
            .keeper
            .change(id, now, |case| {
                self.plan_look(case, now);
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// Judges the texts that the classifier could not judge when they came.
    async fn judge_again(&self, id: &CaseId, report: &mut Report) -> Result<()> {
        let kept = self.0.keeper.case(id).await?;
        for mention in &kept.case.mentions {
            if mention.assessment().is_some() || kept.case.erased_at.is_some() {
                continue;
            }
            let judged = self
                .judge_text(
                    mention.text(),
                    mention.addressed,
                    false,
                    &mut report.classifier,
                )
                .await;
            let Some(judged) = judged else { continue };
            let now = self.0.clock.now();
            self.0
                .keeper
                .change(id, now, |case| {
                    if let Some(version) = case
                        .mention_mut(&mention.print)
                        .and_then(|mention| mention.versions.last_mut())
                        && version.assessment.is_none()
                    {
                        version.assessment = Some(judged.clone());
                    }
                    self.appraise(case, None, now);
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    /// Hides a public post of a case from readers, or shows it again. The case's log keeps that we did it, so that its
    /// absence is never taken for its author's deed.
    ///
    /// # Errors
    /// `Conflict` where somebody else holds the case; `NotFound` where the case has no such post; what the network says.
    pub async fn hide(
        &self,
        id: &CaseId,
        agent: &str,
        post: &PostId,
        hidden: bool,
    ) -> Result<Case> {
        let kept = self.0.keeper.case(id).await?;
        self.may_work(&kept.case, agent)?;
        let of = |mention: &&Mention| mention.post().is_some_and(|own| own.id == *post);
        let Some(mention) = kept.case.mentions.iter().find(of) else {
            let what = format!("case {id} has no post {post}: name one of its own");
            return Err(Error::new(ErrorKind::NotFound, what));
        };
        let target = mention
            .post()
            .cloned()
            .unwrap_or_else(|| PostRef::from(post));
        let measure = Moderation::hide(target);
        let measure = if hidden { measure } else { measure.off() };
        let network = self.network(&kept.case.account)?;
        // What we are about to do is noted first: if the answer is lost, its absence is still ours.
        let print = mention.print.clone();
        let now = self.0.clock.now();
        let noted = self.note_hidden(id, &print, agent, hidden, now).await?;
        match network.moderate(&measure).await {
            Ok(()) => Ok(noted),
            Err(error) if error.is_unconfirmed() => Err(error),
            Err(error) => {
                self.undo_hidden(id, &print, now).await?;
                Err(error)
            }
        }
    }

    async fn note_hidden(
        &self,
        id: &CaseId,
        print: &str,
        agent: &str,
        hidden: bool,
        now: Timestamp,
    ) -> Result<Case> {
        let noted = |case: &mut Case| {
            if let Some(mention) = case.mention_mut(print) {
                mention.fate.ours(hidden, agent, now);
            }
            Ok(())
        };
        Ok(self.0.keeper.change(id, now, noted).await?.0)
    }

    async fn undo_hidden(&self, id: &CaseId, print: &str, at: Timestamp) -> Result<()> {
        let undone = |case: &mut Case| {
            if let Some(mention) = case.mention_mut(print) {
                mention.fate.undo_ours(at);
            }
            Ok(())
        };
        self.0.keeper.change(id, at, undone).await?;
        Ok(())
    }
}

/// How posts look to one of our accounts.
async fn view(
    network: &dyn SocialNetwork,
    ids: &[PostId],
) -> Result<Vec<(PostId, Look, Option<Post>)>> {
    let mut seen = Vec::with_capacity(ids.len());
    if network.profile().can(&Operation::POSTS_IDS) {
        let page = network.posts(&PostQuery::ids(ids.iter().cloned())).await?;
        for id in ids {
            let post = page.items.iter().find(|post| post.id == *id);
            let omitted = page
                .omitted
                .iter()
                .find(|omitted| omitted.id == id.as_str());
            let look = match (post, omitted) {
                (Some(_), _) => Look::There,
                (None, Some(omitted)) => gone(&omitted.reason),
                // A list that leaves a post out without a word is an absence too.
                (None, None) => gone(&ErrorKind::NotFound),
            };
            seen.push((id.clone(), look, post.cloned()));
        }
        return Ok(seen);
    }
    if !network.profile().can(&Operation::POST) {
        return Ok(seen);
    }
    for id in ids {
        match network.post(id).await {
            Ok(post) => seen.push((id.clone(), Look::There, Some(post))),
            Err(error) => match gone(error.kind()) {
                Look::Unclear => return Err(error),
                look => seen.push((id.clone(), look, None)),
            },
        }
    }
    Ok(seen)
}

impl Case {
    /// The public posts that are followed.
    fn followed(&self) -> impl Iterator<Item = &PostRef> {
        let seen = self.mentions.iter().filter(|mention| !mention.in_review);
        seen.filter_map(Mention::post)
    }

    /// Notes what was seen of a post, in its fate and for the clock.
    fn look(
        &mut self,
        post: &PostId,
        look: &Look,
        evidence: Evidence,
        now: Timestamp,
        apart: std::time::Duration,
    ) {
        let of = |mention: &&mut Mention| mention.post().is_some_and(|own| own.id == *post);
        let Some(mention) = self.mentions.iter_mut().find(of) else {
            return;
        };
        let print = mention.print.clone();
        let changed = mention.fate.look(look, evidence, now, apart);
        if changed && mention.fate.is_gone() {
            self.log(now, None, CaseEventKind::deleted(print.as_str()));
        }
    }
}
