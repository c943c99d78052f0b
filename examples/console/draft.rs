//! From arguments to a draft.

use std::io::Read;
use std::path::Path;

use sociable::{Draft, Edit, Error, Media, Poll, Result, Text, Visibility};

use super::args::DraftArgs;

/// Standard input for `-`, else the file.
fn whole(path: &Path) -> Result<String> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(path).map(|all| text = all)
    };
    read.map_err(|e| Error::config(format!("{} cannot be read: {e}", path.display())))?;
    Ok(text)
}

/// A text as it was typed, in which each network finds its links, mentions and hashtags by its own rules; `-` stands for standard input, without the line's end that a terminal or `echo` adds.
pub(crate) fn typed(text: &str) -> Result<Text> {
    if text == "-" {
        from_file(Path::new("-"))
    } else {
        Ok(Text::plain(text))
    }
}

fn from_file(path: &Path) -> Result<Text> {
    let text = whole(path)?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Text::plain(text.strip_suffix('\r').unwrap_or(text)))
}

impl DraftArgs {
    /// The draft.
    ///
    /// # Errors
    /// `Config` for what is wrong with the arguments or cannot be read.
    pub(crate) fn draft(&self) -> Result<Draft> {
        let mut draft = match &self.draft {
            Some(path) => serde_json::from_str(&whole(path)?).map_err(|e| {
                Error::config(format!("{}: this is not a draft: {e}", path.display()))
            })?,
            None => Draft::new(),
        };
        if let Some(text) = self.new_text()? {
            draft.text = text;
        }
        for media in self.files()? {
            draft = draft.media(media);
        }
        if let Some(id) = &self.reply_to {
            draft = draft.reply_to(id.as_str());
        }
        if let Some(id) = &self.quote {
            draft = draft.quote(id.as_str());
        }
        if let Some(url) = &self.link {
            draft = draft.link(url.as_str());
        }
        if let Some(poll) = &self.poll {
            draft = draft.poll(read_poll(poll)?);
        }
        for tag in &self.language {
            draft = draft.language(tag);
        }
        if let Some(visibility) = self.audience()? {
            draft = draft.visibility(visibility);
        }
        if let Some(time) = self.at {
            draft = draft.at(time);
        }
        if let Some(key) = &self.key {
            draft = draft.key(key.as_str());
        }
        Ok(draft)
    }

    /// The change to a post that the same arguments make.
    ///
    /// # Errors
    /// `Config` for what an edit does not take, and as [`draft`](Self::draft).
    pub(crate) fn edit(&self) -> Result<Edit> {
        let draft = self.draft()?;
        let fixed = draft.reply_to.is_some()
            || draft.quote.is_some()
            || draft.poll.is_some()
            || draft.visibility.is_some()
            || draft.schedule.is_some()
            || draft.key.is_some()
            || self.thread;
        if fixed {
            return Err(Error::config(
                "an edit changes the text, files, link and languages; the rest of a post stays as it was published",
            ));
        }
        let mut edit = if draft.text.is_empty() && self.text.is_none() && self.text_file.is_none() {
            Edit::new()
        } else {
            Edit::text(draft.text)
        };
        if !draft.media.is_empty() {
            edit = edit.media(draft.media);
        }
        if let Some(link) = draft.link {
            edit = edit.link(link);
        }
        if !draft.languages.is_empty() {
            edit = edit.languages(draft.languages);
        }
        if !draft.warnings.is_empty() {
            edit = edit.warnings(draft.warnings);
        }
        if edit.is_empty() {
            return Err(Error::config(
                "nothing is to be changed: add --text or --media",
            ));
        }
        Ok(edit)
    }

    fn new_text(&self) -> Result<Option<Text>> {
        match (&self.text, &self.text_file) {
            (Some(text), _) => typed(text).map(Some),
            (None, Some(path)) => from_file(path).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The files, each with the description that followed it.
    fn files(&self) -> Result<Vec<Media>> {
        let mut files: Vec<Media> = self.media.iter().map(Media::file).collect();
        for (alt, position) in self.alt.iter().zip(&self.order.alt) {
            let file = self.order.media.iter().filter(|m| *m < position).count();
            let file = file
                .checked_sub(1)
                .and_then(|i| files.get_mut(i))
                .filter(|file| file.alt.is_none())
                .ok_or_else(|| {
                    Error::config("each --alt describes the --media before it: put them in pairs")
                })?;
            file.alt = Some(alt.clone());
        }
        Ok(files)
    }

    fn audience(&self) -> Result<Option<Visibility>> {
        let Some(word) = &self.visibility else {
            return Ok(None);
        };
        match Visibility::from(word.as_str()) {
            Visibility::Other(word) => Err(Error::config(format!(
                "--visibility {word} is not known: it is public, unlisted, followers or direct"
            ))),
            known => Ok(Some(known)),
        }
    }
}

fn read_poll(text: &str) -> Result<Poll> {
    let mut parts = text.split('|').map(str::trim);
    let question = parts.next().filter(|q| !q.is_empty());
    let poll = Poll::new(parts);
    if poll.options.is_empty() {
        return Err(Error::config(
            "a poll is written as \"Question|Answer|Answer\"",
        ));
    }
    Ok(match question {
        Some(question) => poll.question(question),
        None => poll,
    })
}
