//! What is not declared answers so, before anything is sent.

use super::case::{Case, Stop, Verdict, ensure};
use super::samples;
use super::scene::Scene;
use crate::error::{Error, ErrorKind, Need, Result, Rule};
use crate::model::{
    AccountRef, Action, Audience, AudienceQuery, ContentWarning, ConversationId, Draft, Edit,
    Engagement, EventQuery, LinkCard, MediaKind, MessageDraft, Moderation, ModerationAction,
    PageRequest, Place, Poll, PostId, PostQuery, PostRef, Prepared, PromotionQuery, Recipient,
    Target, Timeline, TrendScope, Visibility,
};
use crate::network::SocialNetwork;
use crate::operation::Operation;

/// An id of no network: whoever looks at it has looked too late.
const NOBODY: &str = "the-suite-asks-for-nothing";

/// The case of an operation that is not there, or for which something is lacking.
pub(super) fn case(operation: &Operation, need: Option<Need>) -> Case {
    let promise = match need {
        None => "answers Unsupported without I/O",
        Some(_) => "answers Forbidden without I/O",
    };
    let of = operation.clone();
    Case::new(format!("{operation}: {promise}"), move |scene| {
        let operation = operation_of(&of);
        let need = need.clone();
        Box::pin(async move { proves(scene, operation, need).await })
    })
    .of(operation.clone())
}

fn operation_of(operation: &Operation) -> Operation {
    operation.clone()
}

async fn proves(scene: &Scene<'_>, operation: Operation, need: Option<Need>) -> Verdict {
    let profile = scene.profile();
    let draft = draft_of(scene, &operation);
    if let Some(draft) = &draft {
        let found = draft.check(&profile);
        if is_cosmetic(&operation) {
            ensure!(
                found.iter().any(|v| v.rule == Rule::Dropped),
                "check does not remark that {operation} is lost"
            );
            return Ok(());
        }
        ensure!(
            found.iter().any(|v| v.is_error()
                && v.operation.as_ref() == Some(&operation)
                && v.rule
                    == if need.is_some() {
                        Rule::Needs
                    } else {
                        Rule::Unsupported
                    }),
            "check does not find that {operation} is missing"
        );
    }
    let me = scene.me();
    let answer = scene
        .quiet(async {
            match &draft {
                Some(draft) => me.publish(draft).await.map(drop),
                None => ask(&*me, &operation).await,
            }
        })
        .await?;
    let Err(error) = answer else {
        return Err(Stop::failed(
            "the call succeeds, although it is not declared",
        ));
    };
    // A draft, or a message with a file, may lack several things at once; the error names one of them.
    let lacks = |named: &Operation| {
        *named == operation || (draft.is_some() || is_part(&operation)) && !profile.can(named)
    };
    match (error.kind(), &need) {
        (ErrorKind::Unsupported, None) => {}
        (ErrorKind::Forbidden(told), Some(need)) if told == need => {}
        (ErrorKind::Invalid(_) | ErrorKind::Unsupported | ErrorKind::Forbidden(_), _)
            if draft.is_some() || is_part(&operation) => {}
        (kind, _) => return Err(Stop::failed(format!("it answers {}: {error}", kind.name()))),
    }
    ensure!(
        error.network() == Some(profile.network.as_str()),
        "the error names the network {:?}, not {:?}",
        error.network(),
        profile.network
    );
    ensure!(
        error.operation().is_some_and(lacks),
        "the error names the operation {:?}, not {operation}",
        error.operation().map(Operation::as_str)
    );
    Ok(())
}

/// Whether the operation is asked for together with another that may be missing too.
fn is_part(operation: &Operation) -> bool {
    *operation == Operation::SEND_MEDIA
}

/// Whether its loss changes no meaning, so that a draft is published all the same.
fn is_cosmetic(operation: &Operation) -> bool {
    [Operation::PUBLISH_LANGUAGE, Operation::PUBLISH_KEY].contains(operation)
}

/// A draft that asks for the operation, where it is one of publishing.
fn draft_of(scene: &Scene<'_>, operation: &Operation) -> Option<Draft> {
    let draft = Draft::text("The suite asks for what is not there.");
    let file = |kind: MediaKind| samples::file(&kind);
    let all: [(Operation, Draft); 17] = [
        (Operation::PUBLISH, draft.clone()),
        (Operation::PUBLISH_REPLY, draft.clone().reply_to(NOBODY)),
        (Operation::PUBLISH_QUOTE, draft.clone().quote(NOBODY)),
        (
            Operation::PUBLISH_IMAGE,
            draft.clone().media(file(MediaKind::Image)),
        ),
        (
            Operation::PUBLISH_VIDEO,
            draft.clone().media(file(MediaKind::Video)),
        ),
        (
            Operation::PUBLISH_GIF,
            draft.clone().media(file(MediaKind::Gif)),
        ),
        (
            Operation::PUBLISH_AUDIO,
            draft.clone().media(file(MediaKind::Audio)),
        ),
        (
            Operation::PUBLISH_DOCUMENT,
            draft.clone().media(file(MediaKind::Document)),
        ),
        (
            Operation::PUBLISH_ALT_TEXT,
            draft.clone().media(file(MediaKind::Image).alt("A sample.")),
        ),
        (
            Operation::PUBLISH_LINK,
            draft.clone().link(LinkCard::new("https://example.com/")),
        ),
        (
            Operation::PUBLISH_POLL,
            draft.clone().poll(Poll::new(["one", "two"])),
        ),
        (
            Operation::PUBLISH_SCHEDULE,
            draft.clone().at(scene.in_hours(2)),
        ),
        (
            Operation::PUBLISH_PLACE,
            draft.clone().to(Place::new(NOBODY)),
        ),
        (
            Operation::PUBLISH_VISIBILITY,
            draft.clone().visibility(Visibility::Followers),
        ),
        (Operation::PUBLISH_LANGUAGE, draft.clone().language("pt-BR")),
        (
            Operation::PUBLISH_WARNING,
            draft.clone().warning(ContentWarning::Graphic),
        ),
        (Operation::PUBLISH_KEY, draft.clone().key(NOBODY)),
    ];
    all.into_iter()
        .find(|(o, _)| o == operation)
        .map(|(_, draft)| draft)
}

/// Calls the method of an operation.
async fn ask(network: &dyn SocialNetwork, operation: &Operation) -> Result<()> {
    let post = PostId::new(NOBODY);
    let about = PostRef::from(&post);
    let account = AccountRef::id(NOBODY);
    let conversation = ConversationId::new(NOBODY);
    if let Some(timeline) = timeline_of(operation) {
        return network.posts(&PostQuery::new(timeline)).await.map(drop);
    }
    if let Some(audience) = audience_of(operation) {
        return network
            .audience(&AudienceQuery::new(audience))
            .await
            .map(drop);
    }
    let of = |o: &Operation| o == operation;
    let engagements: [(Operation, Target, Action); 7] = [
        (Operation::ENGAGE_LIKE, about.clone().into(), Action::Like),
        (
            Operation::ENGAGE_REACT,
            about.clone().into(),
            Action::React("👍".to_owned()),
        ),
        (
            Operation::ENGAGE_REPOST,
            about.clone().into(),
            Action::Repost,
        ),
        (
            Operation::ENGAGE_BOOKMARK,
            about.clone().into(),
            Action::Bookmark,
        ),
        (
            Operation::ENGAGE_VOTE,
            about.clone().into(),
            Action::Vote(vec![0]),
        ),
        (
            Operation::ENGAGE_FOLLOW,
            account.clone().into(),
            Action::Follow,
        ),
        (
            Operation::ENGAGE_READ,
            Target::Notifications,
            Action::MarkRead,
        ),
    ];
    if let Some((_, target, action)) = engagements.into_iter().find(|(o, ..)| of(o)) {
        return network
            .engage(&target, &Engagement::new(action))
            .await
            .map(drop);
    }
    let measures: [(Operation, Target, ModerationAction); 6] = [
        (
            Operation::MODERATE_HIDE,
            about.clone().into(),
            ModerationAction::Hide,
        ),
        (
            Operation::MODERATE_RESTORE,
            about.clone().into(),
            ModerationAction::Restore,
        ),
        (
            Operation::MODERATE_PIN,
            about.clone().into(),
            ModerationAction::Pin,
        ),
        (
            Operation::MODERATE_CLOSE,
            about.clone().into(),
            ModerationAction::CloseComments,
        ),
        (
            Operation::MODERATE_BLOCK,
            account.clone().into(),
            ModerationAction::Block,
        ),
        (
            Operation::MODERATE_MUTE,
            account.clone().into(),
            ModerationAction::Mute,
        ),
    ];
    if let Some((_, target, action)) = measures.into_iter().find(|(o, ..)| of(o)) {
        return network.moderate(&Moderation::new(action, target)).await;
    }
    let message = MessageDraft::text("The suite asks for what is not there.");
    let first = PageRequest::first();
    let now = network.clock().now();
    match operation.as_str() {
        "me" => network.me().await.map(drop),
        "account" => network.account(&account).await.map(drop),
        "profile.refresh" => network.refresh_profile().await.map(drop),
        "reconcile" => {
            let payload = serde_json::Value::Null;
            let prepared = Prepared::new(&network.profile().network, NOBODY, payload);
            network.reconcile(&prepared).await.map(drop)
        }
        "edit" => network.edit(&post, &Edit::text("other")).await.map(drop),
        "delete" => network.delete(&post).await,
        "post" => network.post(&post).await.map(drop),
        "membership" => network.membership(&[NOBODY.into()]).await.map(drop),
        "conversations" => network.conversations(&first).await.map(drop),
        "messages" => network.messages(&conversation, &first).await.map(drop),
        "send" => {
            let to = Recipient::Conversation(conversation);
            network.send(&to, &message).await.map(drop)
        }
        "send.account" => {
            let to = Recipient::Account(account);
            network.send(&to, &message).await.map(drop)
        }
        "send.comment_author" => {
            let to = Recipient::CommentAuthor(about);
            network.send(&to, &message).await.map(drop)
        }
        "send.media" => {
            let to = Recipient::Conversation(conversation);
            let message = message.media(samples::file(&MediaKind::Image));
            network.send(&to, &message).await.map(drop)
        }
        "metrics.post" => network.post_metrics(&[post]).await.map(drop),
        "metrics.account" => network
            .account_metrics(&super::scene::day_before(now))
            .await
            .map(drop),
        "promotions" => {
            let query = PromotionQuery::new(super::scene::day_before(now));
            network.promotions(&query).await.map(drop)
        }
        "trending" => network.trending(&TrendScope::anywhere()).await.map(drop),
        "events" => network.events(&EventQuery::now()).await.map(drop),
        other => Err(Error::config(format!(
            "the suite does not know how to ask for {other}: that is a fault of the suite"
        ))),
    }
}

fn timeline_of(operation: &Operation) -> Option<Timeline> {
    let post = PostId::new(NOBODY);
    let word = NOBODY.to_owned();
    [
        Timeline::Home,
        Timeline::Own,
        Timeline::Account(AccountRef::id(NOBODY)),
        Timeline::Community(NOBODY.into()),
        Timeline::Mentions,
        Timeline::Replies(post.clone()),
        Timeline::Thread(post.clone()),
        Timeline::Quotes(post.clone()),
        Timeline::Hashtag(word.clone()),
        Timeline::Search(word),
        Timeline::Scheduled,
        Timeline::Ids(vec![post]),
    ]
    .into_iter()
    .find(|t| t.operation() == *operation)
}

fn audience_of(operation: &Operation) -> Option<Audience> {
    let post = PostId::new(NOBODY);
    [
        Audience::Followers(AccountRef::Me),
        Audience::Following(AccountRef::Me),
        Audience::Members(AccountRef::Me),
        Audience::Liked(post.clone()),
        Audience::Reposted(post.clone()),
        Audience::Commented(post.clone()),
        Audience::Voted(post, None),
    ]
    .into_iter()
    .find(|a| a.operation() == *operation)
}
