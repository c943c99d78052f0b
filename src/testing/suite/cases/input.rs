//! Bad input: found before anything is sent, and told with what to do next. And secrets, which are told never.

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::samples;
use super::super::scene::Scene;
use crate::error::{Error, ErrorKind, Rule};
use crate::model::{
    AccountRef, Draft, LinkCard, Media, MediaKind, Poll, PostId, PostQuery, PostRef,
};
use crate::network::{Profile, SocialNetwork};
use crate::operation::Operation;
use crate::text::TextLimit;

cases! {
    "the profile is plain data, the same each time" => profile_is_data;
    "the network goes by the clock it was given" => clock_is_kept;
    "an empty draft is refused before it is sent" => empty_is_refused, PUBLISH;
    "a text that is too long is refused by the bound of its place" => too_long_is_refused, PUBLISH;
    "a file that is not there is refused before anything is sent" => missing_file_is_refused, PUBLISH;
    "a file of a type that is not taken is refused before it is sent" => wrong_type_is_refused, PUBLISH;
    "a file that is too large is refused before it is sent" => too_large_is_refused, PUBLISH;
    "more files than are allowed are refused before they are sent" => too_many_files_are_refused, PUBLISH;
    "a link that is none is refused before it is sent" => bad_link_is_refused, PUBLISH_LINK;
    "an answer or a quote of nothing is refused before it is sent" => reply_to_nothing_is_refused, PUBLISH;
    "a language that is none is refused before it is sent" => bad_language_is_refused, PUBLISH;
    "a poll that cannot be is refused before it is sent" => bad_poll_is_refused, PUBLISH_POLL;
    "what the check passes, the network takes" => what_is_checked_is_taken, PUBLISH;
    "no secret is shown" => no_secret_is_shown;
    "a login that is not good is told so" => bad_login_is_told;
    "a login that ran out is renewed" => login_is_renewed;
}

async fn profile_is_data(scene: &Scene<'_>) -> Verdict {
    let profile = scene.quiet(async { scene.me().profile() }).await?;
    ensure!(!profile.network.is_empty(), "the network has no name");
    let stored = serde_json::to_string(&*profile)
        .map_err(|e| Stop::failed(format!("it cannot be stored: {e}")))?;
    let restored: Profile = serde_json::from_str(&stored)
        .map_err(|e| Stop::failed(format!("it cannot be restored: {e}")))?;
    ensure!(restored == *profile, "it is restored as another");
    ensure!(scene.me().profile() == profile, "asked again it is another");
    let kinds = [
        (Operation::PUBLISH_IMAGE, MediaKind::Image),
        (Operation::PUBLISH_VIDEO, MediaKind::Video),
        (Operation::PUBLISH_GIF, MediaKind::Gif),
        (Operation::PUBLISH_AUDIO, MediaKind::Audio),
        (Operation::PUBLISH_DOCUMENT, MediaKind::Document),
    ];
    for (operation, kind) in kinds {
        ensure!(
            profile.can(&operation) || !profile.media.kinds.contains_key(&kind),
            "there are rules for files of kind {kind}, and {operation} is not offered"
        );
    }
    let parts = profile.operations.keys().filter(|o| {
        o.as_str().starts_with("publish.") && Operation::ALL.contains(o) && profile.can(o)
    });
    for part in parts {
        ensure!(
            profile.can(&Operation::PUBLISH),
            "{part} is offered, and publish is not"
        );
    }
    Ok(())
}

async fn clock_is_kept(scene: &Scene<'_>) -> Verdict {
    let told = scene.me().clock().now();
    let apart = told.duration_since(scene.now()).abs();
    ensure!(
        apart < jiff::SignedDuration::from_secs(5),
        "its clock is {apart:#} apart from the stage's: answer clock() with the client's"
    );
    Ok(())
}

async fn refuses(scene: &Scene<'_>, what: &str, draft: &Draft) -> Result<Error, Stop> {
    let me = scene.me();
    scene.refused(what, me.publish(draft)).await
}

fn names(error: &Error, rule: &Rule, field: &str) -> Verdict {
    ensure!(
        error
            .violations()
            .iter()
            .any(|v| v.is_error() && v.rule == *rule && v.field == field && !v.message.is_empty()),
        "no violation names {rule:?} in {field}: {error}"
    );
    Ok(())
}

async fn empty_is_refused(scene: &Scene<'_>) -> Verdict {
    for draft in [Draft::new(), Draft::text(""), Draft::text(" \n\t\u{a0} ")] {
        let error = refuses(scene, "an empty draft", &draft).await?;
        names(&error, &Rule::Empty, "text")?;
    }
    Ok(())
}

async fn one_too_long(
    scene: &Scene<'_>,
    what: &str,
    limit: &TextLimit,
    field: &str,
    put: impl Fn(String) -> Draft,
) -> Verdict {
    let mut text = samples::as_long_as(limit, "");
    text.push('a');
    let error = refuses(scene, what, &put(text)).await?;
    names(&error, &Rule::TooLong, field)?;
    let measured = error.violations().iter().find(|v| v.rule == Rule::TooLong);
    ensure!(
        measured.is_some_and(|v| v.limit.is_some()
            && v.actual > v.limit
            && v.unit.as_ref().is_some_and(|u| !u.is_empty())),
        "{what} is refused without saying by how much"
    );
    if limit.max_bytes.is_some() {
        let mut heavy = samples::as_heavy_as(limit, "");
        heavy.push_str("👩‍🚀");
        refuses(scene, what, &put(heavy)).await?;
    }
    Ok(())
}

async fn too_long_is_refused(scene: &Scene<'_>) -> Verdict {
    let profile = scene.profile();
    let nothing = PostRef::from(&PostId::new("the-suite-sends-nothing"));
    let picture = samples::wide_picture();
    let mut played = false;
    let places: [(&str, bool, bool, bool); 3] = [
        ("a post", true, false, false),
        (
            "an answer",
            profile.can(&Operation::PUBLISH_REPLY),
            false,
            true,
        ),
        (
            "a caption",
            profile.can(&Operation::PUBLISH_IMAGE),
            true,
            false,
        ),
    ];
    for (what, there, has_media, is_reply) in places {
        let Some(limit) = profile.text.for_draft(has_media, is_reply) else {
            continue;
        };
        if !there {
            continue;
        }
        played = true;
        let put = |text: String| {
            let mut draft = Draft::text(text);
            if has_media {
                draft = draft.media(picture.clone());
            }
            if is_reply {
                draft = draft.reply_to(nothing.clone());
            }
            draft
        };
        let what = format!("{what} that is too long");
        one_too_long(scene, &what, limit, "text", put).await?;
    }
    if let Some(limit) = &profile.text.alt
        && profile.can(&Operation::PUBLISH_ALT_TEXT)
        && profile.can(&Operation::PUBLISH_IMAGE)
    {
        played = true;
        let put = |alt: String| Draft::text("Too much said.").media(picture.clone().alt(alt));
        let what = "a description that is too long";
        one_too_long(scene, what, limit, "media[0].alt", put).await?;
    }
    if let Some(limit) = &profile.text.poll_option
        && profile.can(&Operation::PUBLISH_POLL)
    {
        played = true;
        let put = |text: String| Draft::text("Which?").poll(Poll::new([text, "no".to_owned()]));
        let what = "an answer of a poll that is too long";
        one_too_long(scene, what, limit, "poll.options[0]", put).await?;
    }
    if played {
        Ok(())
    } else {
        Err(Stop::passed_over("the profile names no bound"))
    }
}

async fn missing_file_is_refused(scene: &Scene<'_>) -> Verdict {
    let _still = scene.stage().hold();
    let path = std::env::temp_dir().join(scene.word()).join("nothing.png");
    let draft = Draft::text("With a picture.").media(Media::file(&path));
    let error = refuses(scene, "a file that is not there", &draft).await?;
    names(&error, &Rule::Missing, "media[0]")
}

/// The kinds of files that are taken, with their bounds.
fn kinds(profile: &Profile) -> Vec<(MediaKind, crate::network::MediaLimit)> {
    let kinds = profile.media.kinds.iter();
    kinds.map(|(k, l)| (k.clone(), l.clone())).collect()
}

async fn wrong_type_is_refused(scene: &Scene<'_>) -> Verdict {
    let mut played = false;
    for (kind, limit) in kinds(&scene.profile()) {
        let wrong = format!("{kind}/x-of-no-use");
        if limit.takes(&wrong) {
            continue;
        }
        played = true;
        let file = samples::file(&kind).media_type(wrong).kind(kind.clone());
        let draft = Draft::text("Of a wrong type.").media(file);
        let error = refuses(scene, "a file of a wrong type", &draft).await?;
        names(&error, &Rule::WrongType, "media[0].media_type")?;
    }
    if played {
        Ok(())
    } else {
        Err(Stop::passed_over("every type of file is taken, or none"))
    }
}

async fn too_large_is_refused(scene: &Scene<'_>) -> Verdict {
    let mut played = false;
    for (kind, limit) in kinds(&scene.profile()) {
        let Some(max) = limit.max_bytes else { continue };
        played = true;
        // Only said to be so large: nobody opens what is refused.
        let file = samples::file(&kind).size(max + 1);
        let draft = Draft::text("Too large.").media(file);
        let error = refuses(scene, "a file that is too large", &draft).await?;
        names(&error, &Rule::TooLarge, "media[0]")?;
    }
    if played {
        Ok(())
    } else {
        Err(Stop::passed_over("no file has a bound"))
    }
}

async fn too_many_files_are_refused(scene: &Scene<'_>) -> Verdict {
    let profile = scene.profile();
    let mut played = false;
    for (kind, limit) in kinds(&profile) {
        let bounds = [limit.max_count, profile.media.max_count];
        let Some(most) = bounds.into_iter().flatten().min() else {
            continue;
        };
        played = true;
        let mut draft = Draft::text("Too many.");
        for _ in 0..=most {
            draft = draft.media(samples::file(&kind));
        }
        let error = refuses(scene, "one file too many", &draft).await?;
        names(&error, &Rule::TooMany, "media")?;
    }
    if played {
        Ok(())
    } else {
        Err(Stop::passed_over("files have no bound in number"))
    }
}

async fn bad_link_is_refused(scene: &Scene<'_>) -> Verdict {
    for url in ["not an address", "javascript:alert(1)", "https://", ""] {
        let draft = Draft::text("A card.").link(LinkCard::new(url));
        let error = refuses(scene, "a link that is none", &draft).await?;
        names(&error, &Rule::Malformed, "link.url")?;
    }
    Ok(())
}

async fn reply_to_nothing_is_refused(scene: &Scene<'_>) -> Verdict {
    if scene.can(&Operation::PUBLISH_REPLY) {
        let draft = Draft::text("To nothing.").reply_to("");
        let error = refuses(scene, "an answer to nothing", &draft).await?;
        names(&error, &Rule::Missing, "reply_to")?;
    }
    if scene.can(&Operation::PUBLISH_QUOTE) {
        let draft = Draft::text("Of nothing.").quote("");
        let error = refuses(scene, "a quote of nothing", &draft).await?;
        names(&error, &Rule::Missing, "quote")?;
    }
    Ok(())
}

async fn bad_language_is_refused(scene: &Scene<'_>) -> Verdict {
    for tag in ["", "Brazilian Portuguese", "ру", "p"] {
        let draft = Draft::text("In no language.").language(tag);
        let error = refuses(scene, "a language that is none", &draft).await?;
        names(&error, &Rule::Malformed, "languages[0]")?;
    }
    Ok(())
}

async fn bad_poll_is_refused(scene: &Scene<'_>) -> Verdict {
    let draft = Draft::text("Which?").poll(Poll::new(["this", "  "]));
    refuses(scene, "an answer without words", &draft).await?;
    let Some((least, most)) = scene.profile().poll_options else {
        return Ok(());
    };
    let of = |count: u32| {
        let options: Vec<String> = (0..count).map(|i| format!("Answer {i}")).collect();
        Draft::text("Which?").poll(Poll::new(options))
    };
    let few = refuses(scene, "too few answers", &of(least.saturating_sub(1))).await?;
    names(&few, &Rule::TooFew, "poll.options")?;
    let many = refuses(scene, "too many answers", &of(most + 1)).await?;
    names(&many, &Rule::TooMany, "poll.options")
}

async fn what_is_checked_is_taken(scene: &Scene<'_>) -> Verdict {
    let profile = scene.profile();
    let word = scene.word();
    let mut draft = Draft::text(format!("All that is offered: {word}"));
    if profile.can(&Operation::PUBLISH_LANGUAGE) {
        draft = draft.language("en");
    }
    if scene.can(&Operation::PUBLISH_IMAGE) {
        draft = draft.media(samples::wide_picture());
    } else if scene.can(&Operation::PUBLISH_LINK) {
        draft = draft.link(LinkCard::new("https://example.com/"));
    }
    let errors: Vec<_> = draft
        .check(&profile)
        .into_iter()
        .filter(|v| v.is_error())
        .collect();
    ensure!(errors.is_empty(), "the check refuses it: {errors:?}");
    let before = draft.clone();
    scene.publish(&draft).await?;
    ensure!(draft == before, "publishing changes the draft");
    Ok(())
}

/// Errors of several sorts, as far as they can be had.
async fn some_errors(scene: &Scene<'_>) -> Vec<Error> {
    use crate::client::Disturbance;
    let me = scene.me();
    let mut errors = Vec::new();
    if scene.can(&Operation::ACCOUNT) {
        let nobody = AccountRef::handle(scene.word());
        errors.extend(me.account(&nobody).await.err());
    }
    if scene.can(&Operation::POST) {
        let nothing = PostId::new(scene.word());
        errors.extend(me.post(&nothing).await.err());
    }
    errors.extend(me.publish(&Draft::new()).await.err());
    for disturbance in [
        Disturbance::StatusInstead(400),
        Disturbance::StatusInstead(404),
        Disturbance::Garbage(bytes::Bytes::from_static(b"<html>")),
        Disturbance::Truncate,
    ] {
        if scene.can(&Operation::POSTS_OWN) && scene.stage().disturb(disturbance) {
            errors.extend(me.posts(&PostQuery::own()).await.err());
        }
    }
    scene.stage().calm();
    if let Some(impostor) = scene.stage().impostor() {
        errors.extend(impostor.me().await.err());
    }
    errors
}

async fn no_secret_is_shown(scene: &Scene<'_>) -> Verdict {
    let secrets = scene.stage().secrets();
    if secrets.is_empty() {
        return Err(Stop::passed_over("the stage names no secret"));
    }
    let mut shown = vec![
        format!("{:?}", scene.me()),
        format!("{:#?}", scene.me().profile()),
    ];
    for error in some_errors(scene).await {
        shown.push(format!("{error} {error:?} {error:#?}"));
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            shown.push(format!("{inner} {inner:?}"));
            cause = inner.source();
        }
    }
    for text in &shown {
        for secret in &secrets {
            // The secret itself must not stand in the report either.
            let at = text.find(secret.as_str());
            ensure!(
                at.is_none(),
                "a secret stands in what begins with {:?}",
                text.get(..at.unwrap_or_default().min(60))
            );
        }
    }
    Ok(())
}

async fn bad_login_is_told(scene: &Scene<'_>) -> Verdict {
    let Some(impostor) = scene.stage().impostor() else {
        return Err(Stop::passed_over("the stage has no such identity"));
    };
    let post = impostor.publish(&Draft::text(scene.word())).await.map(drop);
    let mut answers = vec![("publish", post)];
    if scene.can(&Operation::ME) {
        answers.push(("me", impostor.me().await.map(drop)));
    }
    for (what, answer) in answers {
        match answer {
            Err(error) => ensure!(
                *error.kind() == ErrorKind::Unauthorized,
                "{what} answers {}: {error}",
                error.kind().name()
            ),
            Ok(()) => return Err(Stop::failed(format!("{what} works"))),
        }
    }
    Ok(())
}

async fn login_is_renewed(scene: &Scene<'_>) -> Verdict {
    scene.my_post().await?;
    // Several times, since each renewal replaces what the one before brought.
    for _ in 0..3 {
        if !scene.stage().expire_login() {
            return Err(Stop::passed_over("the stage cannot let a login run out"));
        }
        let post = scene.my_post().await?;
        scene.read(&post.id).await?;
    }
    Ok(())
}
