use crate::error::{Error, Result, Rule, Violation};
use crate::model::{Checked, Draft, Media, MediaKind, MessageDraft};
use crate::network::profile::{Availability, Profile};
use crate::operation::Operation;
use crate::text::{Text, TextLimit};

impl Draft {
    /// Everything that this network would refuse, or would not keep, found without any I/O.
    ///
    /// A missing operation is an error, and so is a wish whose loss would change the meaning (audience, answer,
    /// schedule, description of media). A cosmetic wish that is lost is a note. What the files themselves say is known
    /// after [`inspect`](Draft::inspect).
    pub fn check(&self, profile: &Profile) -> Vec<Violation> {
        let mut found = Vec::new();
        if self.is_empty() {
            found.push(Violation::error(
                Rule::Empty,
                "text",
                "there is nothing to publish: add a text or media",
            ));
        }
        demand(profile, Operation::PUBLISH, "text", &mut found);
        let wishes = [
            (
                self.reply_to.is_some(),
                Operation::PUBLISH_REPLY,
                "reply_to",
            ),
            (self.quote.is_some(), Operation::PUBLISH_QUOTE, "quote"),
            (self.poll.is_some(), Operation::PUBLISH_POLL, "poll"),
            (self.link.is_some(), Operation::PUBLISH_LINK, "link"),
            (
                self.schedule.is_some(),
                Operation::PUBLISH_SCHEDULE,
                "schedule",
            ),
            (self.place.is_some(), Operation::PUBLISH_PLACE, "place"),
            (
                self.visibility.is_some(),
                Operation::PUBLISH_VISIBILITY,
                "visibility",
            ),
            (
                !self.warnings.is_empty(),
                Operation::PUBLISH_WARNING,
                "warnings",
            ),
        ];
        for (wished, operation, field) in wishes {
            if wished {
                demand(profile, operation, field, &mut found);
            }
        }
        if self.key.is_some() && !profile.can(&Operation::PUBLISH_KEY) {
            let message = "this network knows no keys: publishing again with the same one makes a second post unless \
                           the outcome of the first was looked up";
            found.push(Violation::note(Rule::Dropped, "key", message));
        }
        self.check_languages(profile, &mut found);
        let limit = profile
            .text
            .for_draft(!self.media.is_empty(), self.reply_to.is_some());
        check_length(&self.text, limit, "text", &mut found);
        check_reference(
            self.reply_to.as_ref().map(|r| r.id.as_str()),
            "reply_to",
            &mut found,
        );
        check_reference(
            self.quote.as_ref().map(|r| r.id.as_str()),
            "quote",
            &mut found,
        );
        if profile.media.apart_from_quote && self.quote.is_some() && !self.media.is_empty() {
            let message = "a post shows files or quotes another here, not both: take the files out, or publish them apart";
            found.push(Violation::error(Rule::Together, "quote", message));
        }
        if let Some(link) = &self.link {
            check_url(&link.url, "link.url", &mut found);
            if profile.media.apart_from_link && !self.media.is_empty() {
                let message = "a post shows files or a link card here, not both: put the address into the text, or \
                               take the files out";
                found.push(Violation::error(Rule::Together, "link", message));
            }
        }
        self.check_poll(profile, &mut found);
        check_media(&self.media, profile, &mut found);
        self.note_price(profile, &mut found);
        found
    }

    /// Passes a draft in which [`check`](Self::check) finds no error.
    ///
    /// # Errors
    /// `Invalid` with everything that was found. Where all that is wrong is that the network cannot do it,
    /// `Unsupported`; where something is lacking, `Forbidden`.
    pub fn checked(&self, profile: &Profile) -> Result<Checked<Draft>> {
        let found = self.check(profile);
        pass(found, profile, Operation::PUBLISH).map(|notes| Checked::passed(self.clone(), notes))
    }

    /// Cuts a draft that is too long for a network into a thread of drafts, numbered or not.
    ///
    /// The first part keeps the files, the link card, the poll and what it answers; every part keeps the languages,
    /// audience and warnings. A key is carried on as `key#1`, `key#2` and so on.
    ///
    /// # Errors
    /// `Invalid` where a word, link or mention alone is longer than a part may be.
    pub fn split(
        &self,
        profile: &Profile,
        numbering: crate::text::Numbering,
    ) -> Result<Vec<Draft>> {
        let limits = [
            profile
                .text
                .for_draft(!self.media.is_empty(), self.reply_to.is_some()),
            profile.text.for_draft(false, true),
        ];
        // Every part has to fit where it stands: the first as a post or caption, the others as answers.
        let Some(limit) = limits.into_iter().flatten().min_by_key(|l| l.max).cloned() else {
            return Ok(vec![self.clone()]);
        };
        if limit.is_within(self.text.as_str()) {
            return Ok(vec![self.clone()]);
        }
        let parts = crate::text::split(&self.text, &limit, numbering).map_err(|e| {
            Error::invalid(vec![Violation::error(Rule::TooLong, "text", e.to_string())])
                .with_network(&profile.network)
        })?;
        Ok(parts
            .into_iter()
            .enumerate()
            .map(|(i, part)| {
                let mut draft = self.clone();
                draft.text = part;
                if i > 0 {
                    draft.media.clear();
                    draft.reply_to = None;
                    draft.quote = None;
                    draft.link = None;
                    draft.poll = None;
                    draft.key = self.key.as_ref().map(|k| format!("{k}#{i}").into());
                }
                draft
            })
            .collect())
    }

    fn check_languages(&self, profile: &Profile, found: &mut Vec<Violation>) {
        if self.languages.is_empty() {
            return;
        }
        if !profile.can(&Operation::PUBLISH_LANGUAGE) {
            let message = "the language will not be told: this network has no place for it";
            found.push(Violation::note(Rule::Dropped, "languages", message));
        }
        for (i, tag) in self.languages.iter().enumerate() {
            let well_formed = tag.split('-').enumerate().all(|(n, part)| {
                let len = part.len();
                part.bytes().all(|b| b.is_ascii_alphanumeric())
                    && if n == 0 {
                        (2..=8).contains(&len)
                    } else {
                        (1..=8).contains(&len)
                    }
            });
            if !well_formed {
                let message = format!("`{tag}` is not a language tag; write it as `ru` or `pt-BR`");
                found.push(Violation::error(
                    Rule::Malformed,
                    format!("languages[{i}]"),
                    message,
                ));
            }
        }
        if let Some(max) = profile.max_languages {
            too_many(self.languages.len(), max, "languages", "languages", found);
        }
    }

    fn check_poll(&self, profile: &Profile, found: &mut Vec<Violation>) {
        let Some(poll) = &self.poll else { return };
        if let Some((min, max)) = profile.poll_options {
            if poll.options.len() < min as usize {
                let message = format!("a poll needs at least {min} options");
                found.push(
                    Violation::error(Rule::TooFew, "poll.options", message).measured(
                        min.into(),
                        poll.options.len() as u64,
                        "options",
                    ),
                );
            }
            too_many(poll.options.len(), max, "poll.options", "options", found);
        }
        for (i, option) in poll.options.iter().enumerate() {
            let field = format!("poll.options[{i}]");
            if option.text.trim().is_empty() {
                found.push(Violation::error(
                    Rule::Empty,
                    field.as_str(),
                    "an option of a poll needs a text",
                ));
            }
            check_plain(
                &option.text,
                profile.text.poll_option.as_ref(),
                &field,
                found,
            );
        }
    }
}

impl MessageDraft {
    /// Everything that this network would refuse, found without any I/O.
    pub fn check(&self, profile: &Profile) -> Vec<Violation> {
        let mut found = Vec::new();
        if self.text.as_str().trim().is_empty() && self.media.is_empty() && self.share.is_none() {
            found.push(Violation::error(
                Rule::Empty,
                "text",
                "there is nothing to send: add a text",
            ));
        }
        if !self.media.is_empty() {
            demand(profile, Operation::SEND_MEDIA, "media", &mut found);
        }
        check_length(
            &self.text,
            profile.text.message.as_ref(),
            "text",
            &mut found,
        );
        self.note_price(profile, &mut found);
        found
    }

    /// Passes a message in which [`check`](Self::check) finds no error.
    ///
    /// # Errors
    /// As [`Draft::checked`].
    pub fn checked(&self, profile: &Profile) -> Result<Checked<MessageDraft>> {
        let found = self.check(profile);
        pass(found, profile, Operation::SEND).map(|notes| Checked::passed(self.clone(), notes))
    }
}

/// The notes, or the error that fits what was found: where a missing operation is all that is wrong, the error is what
/// a call of that operation would be.
fn pass(found: Vec<Violation>, profile: &Profile, operation: Operation) -> Result<Vec<Violation>> {
    let mut errors = found.iter().filter(|v| v.is_error());
    let Some(first) = errors.next() else {
        return Ok(found);
    };
    let rule = first.rule.clone();
    if matches!(rule, Rule::Unsupported | Rule::Needs)
        && errors.all(|v| v.rule == rule)
        && let Some(missing) = &first.operation
        && let Err(error) = profile.require(missing)
    {
        return Err(error.with_message(first.message.clone()));
    }
    Err(Error::invalid(found)
        .with_network(&profile.network)
        .with_operation(operation))
}

/// Records an operation that a draft asks for and the profile does not have.
fn demand(profile: &Profile, operation: Operation, field: &str, found: &mut Vec<Violation>) {
    let network = &profile.network;
    let support = profile.supports(&operation);
    let (rule, message) = match support.availability {
        Availability::Yes => return,
        // It is tried; why it may be refused is worth knowing.
        Availability::Unknown => {
            if let Some(note) = support.note {
                found.push(Violation::note(Rule::Needs, field, note).operation(operation));
            }
            return;
        }
        Availability::No => (
            Rule::Unsupported,
            format!("{network} does not offer {operation}: take it out, or publish elsewhere"),
        ),
        Availability::Needs(need) => (
            Rule::Needs,
            format!("{operation} on {network} needs {need}, which this identity lacks"),
        ),
    };
    found.push(Violation::error(rule, field, message).operation(operation));
}

fn check_length(text: &Text, limit: Option<&TextLimit>, field: &str, found: &mut Vec<Violation>) {
    check_plain(text.as_str(), limit, field, found);
}

fn check_plain(text: &str, limit: Option<&TextLimit>, field: &str, found: &mut Vec<Violation>) {
    let Some(Err(long)) = limit.map(|l| l.check(text)) else {
        return;
    };
    let message = format!(
        "{} {} are {} too many: {} are allowed; shorten it or split it into a thread",
        long.length, long.unit, long.over_by, long.max
    );
    found.push(Violation::error(Rule::TooLong, field, message).measured(
        long.max as u64,
        long.length as u64,
        long.unit,
    ));
}

fn check_reference(id: Option<&str>, field: &str, found: &mut Vec<Violation>) {
    if id.is_some_and(|id| id.trim().is_empty()) {
        let message = "the post's id is empty: pass the id that a post was read or published with";
        found.push(Violation::error(Rule::Missing, field, message));
    }
}

fn check_url(url: &str, field: &str, found: &mut Vec<Violation>) {
    let good =
        url::Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    if !good {
        let message = format!("`{url}` is not a web address: write it as https://example.com/page");
        found.push(Violation::error(Rule::Malformed, field, message));
    }
}

fn too_many(count: usize, max: u32, field: &str, what: &str, found: &mut Vec<Violation>) {
    if count > max as usize {
        let message = format!("{count} {what} are more than the {max} that are allowed");
        found.push(Violation::error(Rule::TooMany, field, message).measured(
            max.into(),
            count as u64,
            what,
        ));
    }
}

fn check_media(media: &[Media], profile: &Profile, found: &mut Vec<Violation>) {
    let rules = &profile.media;
    if let Some(max) = rules.max_count {
        too_many(media.len(), max, "media", "files", found);
    }
    let mut counts: Vec<(MediaKind, usize)> = Vec::new();
    for (i, file) in media.iter().enumerate() {
        let kind = file.effective_kind().unwrap_or(MediaKind::Document);
        let field = |part: &str| format!("media[{i}]{part}");
        // A kind that is not told is not refused on a guess: `inspect` finds it before anything is sent.
        if file.effective_kind().is_some() {
            demand(profile, media_operation(&kind), &field(""), found);
        }
        match counts.iter_mut().find(|(k, _)| *k == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind.clone(), 1)),
        }
        if let Some(alt) = &file.alt {
            if !profile.can(&Operation::PUBLISH_ALT_TEXT) {
                demand(profile, Operation::PUBLISH_ALT_TEXT, &field(".alt"), found);
            }
            check_plain(alt, profile.text.alt.as_ref(), &field(".alt"), found);
        }
        let Some(limit) = rules.kinds.get(&kind) else {
            continue;
        };
        if let (Some(max), Some(size)) = (limit.max_bytes, file.size)
            && size > max
        {
            let message = format!(
                "{size} bytes are {} too many: {max} are allowed; make the file smaller, it is never altered for you",
                size - max
            );
            found.push(
                Violation::error(Rule::TooLarge, field(""), message).measured(max, size, "bytes"),
            );
        }
        if file.size == Some(0) {
            found.push(Violation::error(
                Rule::Empty,
                field(""),
                "the file is empty",
            ));
        }
        if let Some(media_type) = &file.media_type
            && !limit.takes(media_type)
        {
            let message = format!(
                "{media_type} is not taken here; it takes {}",
                limit.types.join(", ")
            );
            found.push(Violation::error(
                Rule::WrongType,
                field(".media_type"),
                message,
            ));
        }
        if let (Some(max), Some((width, height))) = (limit.max_side, file.dimensions)
            && width.max(height) > max
        {
            let message = format!("{width}×{height} pixels are too many: a side may have {max}");
            found.push(
                Violation::error(Rule::TooLarge, field(".dimensions"), message).measured(
                    max.into(),
                    width.max(height).into(),
                    "pixels",
                ),
            );
        }
        if let (Some(max), Some(duration)) = (limit.max_seconds, file.duration)
            && duration.as_secs_f64() > max as f64
        {
            let seconds = duration.as_secs();
            let message = format!("{seconds} seconds are too long: {max} are allowed");
            found.push(
                Violation::error(Rule::TooLong, field(".duration"), message)
                    .measured(max, seconds, "seconds"),
            );
        }
    }
    for (kind, count) in &counts {
        if let Some(max) = rules.kinds.get(kind).and_then(|l| l.max_count) {
            too_many(
                *count,
                max,
                "media",
                &format!("files of kind {kind}"),
                found,
            );
        }
    }
    if counts.len() > 1 && !rules.mixed {
        let message = "files of several kinds cannot stand in one post here: publish them apart";
        found.push(Violation::error(Rule::Together, "media", message));
    }
}

/// The operation that publishing a file of this kind is.
pub(super) fn media_operation(kind: &MediaKind) -> Operation {
    match kind {
        MediaKind::Image => Operation::PUBLISH_IMAGE,
        MediaKind::Video => Operation::PUBLISH_VIDEO,
        MediaKind::Gif => Operation::PUBLISH_GIF,
        MediaKind::Audio => Operation::PUBLISH_AUDIO,
        _ => Operation::PUBLISH_DOCUMENT,
    }
}
