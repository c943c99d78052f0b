//! From a row's cells to a planned post, and back.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::columns::{Cell, Column, Row, Value};
use super::days::Weekdays;
use super::faults::Faults;
use super::post::{PlannedPost, PlannedTime, Repeat};
use super::time;
use crate::error::Rule;
use crate::model::{Draft, Media, MediaSource, Place, Poll, Visibility};

/// How often one row may come: a repetition beyond that has a slip in its year.
const MOST_TIMES: usize = 1_000;

/// Accounts and words are listed in more ways than one.
const COMMAS: [char; 3] = [',', ';', '\n'];

/// Reads a row, and tells everything that is wrong with it. The zone is that of rows which name none; `missing` columns
/// are told for the whole file already.
pub(super) fn read(
    row: &Row,
    zone: Option<&TimeZone>,
    missing: &[Column],
    faults: &mut Faults,
) -> Option<PlannedPost> {
    let mut reader = Reader {
        row,
        faults,
        good: true,
    };
    let post = reader.post(zone, missing);
    reader.good.then_some(post)
}

struct Reader<'a> {
    row: &'a Row,
    faults: &'a mut Faults,
    good: bool,
}

impl Reader<'_> {
    fn wrong(&mut self, column: &Column, rule: Rule, message: impl Into<String>) {
        let line = self.row.line_of(column);
        self.faults.add(line, column.to_string(), rule, message);
        self.good = false;
    }

    fn items(&self, column: &Column, also: &[char]) -> Vec<String> {
        let cell = self.row.get(column);
        cell.map(|cell| cell.value.items(also)).unwrap_or_default()
    }

    fn text(&mut self, column: &Column) -> Option<String> {
        let text = self.row.get(column)?.value.text().map(str::to_owned);
        if text.is_none() {
            self.wrong(
                column,
                Rule::Malformed,
                "a list stands where one text belongs: write it in quotes, without brackets",
            );
        }
        text
    }

    /// One word or name, without the spaces around it.
    fn word(&mut self, column: &Column) -> Option<String> {
        self.text(column).map(|text| text.trim().to_owned())
    }

    /// What a cell says in the form of its column.
    fn read<T>(
        &mut self,
        column: &Column,
        rule: Rule,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let word = self.word(column)?;
        match read(&word) {
            Ok(value) => Some(value),
            Err(trouble) => {
                self.wrong(column, rule, trouble);
                None
            }
        }
    }

    fn post(&mut self, around: Option<&TimeZone>, missing: &[Column]) -> PlannedPost {
        let mut accounts = Vec::new();
        for account in self.items(&Column::Accounts, &COMMAS) {
            if accounts.contains(&account) {
                let message = format!("`{account}` is named twice: name it once");
                self.wrong(&Column::Accounts, Rule::TooMany, message);
            } else {
                accounts.push(account);
            }
        }
        if accounts.is_empty() && !missing.contains(&Column::Accounts) {
            self.wrong(
                &Column::Accounts,
                Rule::Missing,
                "no account is named: write the account that publishes this, or several with commas between them",
            );
        }
        let zone = self.read(&Column::Zone, Rule::Malformed, time::zone);
        let zone = zone.or_else(|| around.cloned());
        let time = self.time(zone.as_ref(), missing);
        let draft = self.draft();
        let mut post = PlannedPost::new("", time.unwrap_or(PlannedTime::Now), draft);
        post.line = self.row.line;
        post.accounts = accounts;
        post.zone = zone;
        post.key = self.word(&Column::Key);
        post.labels = self.items(&Column::Labels, &COMMAS);
        post.first_comment = self.text(&Column::FirstComment);
        post.thread = self.thread();
        for cell in &self.row.cells {
            if let (Column::Variant(name), Some(text)) = (&cell.column, cell.value.text()) {
                post.variants.insert(name.clone(), text.to_owned());
            }
        }
        let approval = self.read(&Column::Approval, Rule::Malformed, yes_or_no);
        post.approval = approval.unwrap_or_default();
        post.too_late = self.read(&Column::TooLate, Rule::Malformed, time::length);
        if post.draft.is_empty() && !missing.contains(&Column::Text) {
            self.wrong(
                &Column::Text,
                Rule::Empty,
                "there is nothing to publish: write a text, or name media, a link or a poll",
            );
        }
        if time.is_some() {
            post.repeat = self.repeat(&post);
        }
        post
    }

    fn time(&mut self, zone: Option<&TimeZone>, missing: &[Column]) -> Option<PlannedTime> {
        let slot = self.read(&Column::Slot, Rule::Malformed, |word| {
            match word.to_lowercase().as_str() {
                "next" => Ok(true),
                _ => yes_or_no(word).map_err(|_| {
                    format!("`{word}` is not known: write `next` for the next free slot, or leave it empty")
                }),
            }
        });
        let slot = slot == Some(true);
        if self.row.get(&Column::Time).is_none() {
            if !slot && !missing.contains(&Column::Time) {
                self.wrong(
                    &Column::Time,
                    Rule::Missing,
                    "there is no time: write 2026-11-30 18:00, or `now`, or `next` in the column `slot`",
                );
            }
            return slot.then_some(PlannedTime::NextSlot);
        }
        if slot {
            self.wrong(
                &Column::Slot,
                Rule::Together,
                "a post takes a slot or has its own time: leave one of both empty",
            );
        }
        self.read(&Column::Time, Rule::Time, |text| {
            if text.eq_ignore_ascii_case("now") {
                return Ok(PlannedTime::Now);
            }
            time::moment(text, zone).map(PlannedTime::At)
        })
    }

    fn repeat(&mut self, post: &PlannedPost) -> Option<Repeat> {
        let (repeat, until) = (&Column::Repeat, &Column::Until);
        if self.row.get(repeat).is_none() {
            if self.row.get(until).is_some() {
                self.wrong(
                    repeat,
                    Rule::Missing,
                    "`until` ends a repetition, but there is none: write days (mon,thu) or `daily`",
                );
            }
            return None;
        }
        let PlannedTime::At(first) = post.time else {
            self.wrong(
                repeat,
                Rule::Together,
                "only a post with a time is repeated: write its first time in `time`",
            );
            return None;
        };
        let Some(zone) = &post.zone else {
            self.wrong(
                &Column::Zone,
                Rule::Missing,
                "a repeated post keeps its local time: name the zone, such as Europe/Athens",
            );
            return None;
        };
        let begin = first.to_zoned(zone.clone());
        let days = self.read(repeat, Rule::Malformed, |word| {
            if word.eq_ignore_ascii_case("weekly") {
                return Ok(Weekdays::from(begin.weekday()));
            }
            let days = word.parse();
            days.map_err(|e: crate::Error| e.message().to_owned())
        });
        if self.row.get(until).is_none() {
            self.wrong(
                until,
                Rule::Missing,
                "a repetition needs its last day: write it as 2026-12-31",
            );
        }
        let last = self.read(until, Rule::Malformed, time::day);
        let (days, last) = (days?, last?);
        if !days.contains(begin.weekday()) {
            let message = format!(
                "the first time is a {}, which is not among `{days}`: name that day too, or begin on another",
                day_name(begin.weekday())
            );
            self.wrong(repeat, Rule::Together, message);
            return None;
        }
        if last < begin.date() {
            let message = format!("{last} is before the first time: write a later day");
            self.wrong(until, Rule::Time, message);
            return None;
        }
        let repeat = Repeat::new(days, last);
        let mut probe = post.clone();
        probe.repeat = Some(repeat);
        if probe.each_time().nth(MOST_TIMES).is_some() {
            let message =
                format!("it would come more than {MOST_TIMES} times: write an earlier last day");
            self.wrong(until, Rule::TooMany, message);
        }
        Some(repeat)
    }

    fn draft(&mut self) -> Draft {
        let mut draft = Draft::text(self.text(&Column::Text).unwrap_or_default());
        draft.media = self.media();
        if let Some(url) = self.read(&Column::Link, Rule::Malformed, address) {
            draft = draft.link(url);
        }
        for tag in self.items(&Column::Languages, &COMMAS) {
            let good = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if !tag.chars().all(good) || !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let message =
                    format!("`{tag}` is no language: write its BCP 47 tag, such as el or pt-BR");
                self.wrong(&Column::Languages, Rule::Malformed, message);
            }
            draft = draft.language(tag);
        }
        let visibility =
            self.read(
                &Column::Visibility,
                Rule::Malformed,
                |word| match Visibility::from(word.to_lowercase().as_str()) {
                    Visibility::Other(_) => Err(format!(
                        "`{word}` is not known: write public, unlisted, followers or direct"
                    )),
                    known => Ok(known),
                },
            );
        draft.visibility = visibility;
        draft.place = self.word(&Column::Place).map(Place::new);
        draft.poll = self.poll();
        draft
    }

    fn media(&mut self) -> Vec<Media> {
        let mut files = Vec::new();
        for path in self.items(&Column::Media, &['\n']) {
            if path.contains("://") {
                match path.parse() {
                    Ok(url) => files.push(Media::url(url)),
                    Err(_) => {
                        let message =
                            format!("`{path}` is no address: write https://… or a file's path");
                        self.wrong(&Column::Media, Rule::Malformed, message);
                    }
                }
            } else {
                files.push(Media::file(path));
            }
        }
        let alt = self.row.get(&Column::Alt);
        let alt = alt.map(|cell| cell.value.list(&[])).unwrap_or_default();
        if alt.len() > files.len() && self.good {
            let message = format!(
                "there are {} descriptions for {} files: write one for each file, with | between them",
                alt.len(),
                files.len()
            );
            self.wrong(&Column::Alt, Rule::TooMany, message);
        }
        for (file, alt) in files.iter_mut().zip(alt) {
            file.alt = Some(alt).filter(|alt| !alt.is_empty());
        }
        files
    }

    fn poll(&mut self) -> Option<Poll> {
        let open_for = self.read(&Column::PollFor, Rule::Malformed, time::length);
        let Some(cell) = self.row.get(&Column::Poll) else {
            if self.row.get(&Column::PollFor).is_some() {
                self.wrong(
                    &Column::Poll,
                    Rule::Missing,
                    "`poll_for` says how long a poll is open, but there is none: write \"Question | Answer | Answer\"",
                );
            }
            return None;
        };
        let mut parts = cell.value.list(&[]).into_iter();
        let question = parts.next().filter(|question| !question.is_empty());
        let answers: Vec<String> = parts.collect();
        if answers.len() < 2 || answers.iter().any(String::is_empty) {
            self.wrong(
                &Column::Poll,
                Rule::Malformed,
                "a poll has a question and at least two answers: write \"Question | Answer | Answer\"",
            );
        }
        let mut poll = Poll::new(answers);
        poll.question = question;
        poll.open_for = open_for;
        Some(poll)
    }

    /// The parts of a thread behind the first, without a gap.
    fn thread(&mut self) -> Vec<String> {
        let mut parts: Vec<(usize, &Cell)> = Vec::new();
        for cell in &self.row.cells {
            if let Column::Thread(part) = cell.column {
                parts.push((part, cell));
            }
        }
        parts.sort_by_key(|(part, _)| *part);
        let gap = (2..)
            .zip(&parts)
            .find(|(expected, (part, _))| expected != part);
        if let Some((expected, (part, _))) = gap {
            let message = format!("it is empty, but thread.{part} is not: move the parts up");
            self.wrong(&Column::Thread(expected), Rule::Missing, message);
        }
        let texts = parts.iter().filter_map(|(_, cell)| cell.value.text());
        texts.map(str::to_owned).collect()
    }
}

fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn yes_or_no(word: &str) -> Result<bool, String> {
    match word.to_lowercase().as_str() {
        "yes" | "true" | "x" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err(format!("`{word}` is neither yes nor no: write one of them")),
    }
}

fn address(word: &str) -> Result<String, String> {
    match url::Url::parse(word) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(word.to_owned()),
        _ => Err(format!(
            "`{word}` is no address: write it in full, https://…"
        )),
    }
}

/// The cells of a post, in the order in which they are written.
pub(super) fn cells(post: &PlannedPost) -> Vec<(Column, Value)> {
    let mut cells = Vec::new();
    let mut add = |column: Column, value: Value| {
        let there = match &value {
            Value::Text(text) => !text.is_empty(),
            Value::List(list) => !list.is_empty(),
        };
        if there {
            cells.push((column, value));
        }
    };
    let text = |text: &str| Value::Text(text.to_owned());
    let maybe = |value: &Option<String>| text(value.as_deref().unwrap_or_default());
    let draft = &post.draft;
    add(Column::Key, maybe(&post.key));
    add(Column::Accounts, Value::List(post.accounts.clone()));
    match post.time {
        PlannedTime::Now => add(Column::Time, text("now")),
        PlannedTime::At(at) => {
            add(
                Column::Time,
                Value::Text(time::written(at, post.zone.as_ref())),
            );
        }
        PlannedTime::NextSlot => add(Column::Slot, text("next")),
    }
    let zone = post.zone.as_ref().and_then(TimeZone::iana_name);
    add(Column::Zone, text(zone.unwrap_or_default()));
    if let Some(repeat) = post.repeat {
        add(Column::Repeat, Value::Text(repeat.days.to_string()));
        add(Column::Until, Value::Text(repeat.until.to_string()));
    }
    add(Column::Text, text(draft.text.as_str()));
    for (name, variant) in &post.variants {
        add(Column::Variant(name.clone()), text(variant));
    }
    let files = draft.media.iter().map(|file| match &file.source {
        MediaSource::File(path) => path.display().to_string(),
        MediaSource::Url(url) => url.to_string(),
        // Caught when the row is read again.
        _ => String::new(),
    });
    add(Column::Media, Value::List(files.collect()));
    let alt: Vec<String> = draft
        .media
        .iter()
        .map(|file| file.alt.clone().unwrap_or_default())
        .collect();
    if alt.iter().any(|alt| !alt.is_empty()) {
        add(Column::Alt, Value::List(alt));
    }
    let link = draft.link.as_ref().map(|link| link.url.clone());
    add(Column::Link, maybe(&link));
    add(Column::Languages, Value::List(draft.languages.clone()));
    if let Some(visibility) = &draft.visibility {
        add(Column::Visibility, text(visibility.as_str()));
    }
    if let Some(place) = &draft.place {
        add(Column::Place, text(place.id.as_str()));
    }
    if let Some(poll) = &draft.poll {
        let answers = poll.options.iter().map(|option| option.text.clone());
        let parts = std::iter::once(poll.question.clone().unwrap_or_default()).chain(answers);
        add(Column::Poll, Value::List(parts.collect()));
        if let Some(length) = poll.open_for {
            add(Column::PollFor, Value::Text(time::length_written(length)));
        }
    }
    add(Column::FirstComment, maybe(&post.first_comment));
    for (part, words) in (2..).zip(&post.thread) {
        add(Column::Thread(part), text(words));
    }
    if post.approval {
        add(Column::Approval, text("yes"));
    }
    add(Column::Labels, Value::List(post.labels.clone()));
    if let Some(length) = post.too_late {
        add(Column::TooLate, Value::Text(time::length_written(length)));
    }
    cells
}
