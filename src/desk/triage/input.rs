//! What is asked about.

use crate::{Message, Post};

/// A text and what is known about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Input<'a> {
    /// The text.
    pub text: &'a str,
    /// Whom the judgement is about, where a text may name several: the name of a [`Brand`](super::Brand) that the
    /// classifier knows, or a word as it stands in the text. Without it the whole text is judged.
    pub target: Option<&'a str>,
    /// Whether it is said to us: a message, a comment below our post, a mention. Then even a remark waits for an answer.
    pub addressed: bool,
    /// Whether it passes on what another has written.
    pub repost: bool,
}

impl<'a> Input<'a> {
    /// Asks about a text that nobody addressed to us.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    /// Says whom the judgement is about.
    pub fn target(mut self, target: &'a str) -> Self {
        self.target = Some(target);
        self
    }

    /// Says whether the text is said to us.
    pub fn addressed(mut self, addressed: bool) -> Self {
        self.addressed = addressed;
        self
    }

    /// Says whether it passes on what another has written.
    pub fn repost(mut self, repost: bool) -> Self {
        self.repost = repost;
        self
    }
}

/// A post as it was found.
impl<'a> From<&'a Post> for Input<'a> {
    fn from(post: &'a Post) -> Self {
        Self::new(post.text.as_str()).repost(post.reposted_by.is_some())
    }
}

/// A message to us.
impl<'a> From<&'a Message> for Input<'a> {
    fn from(message: &'a Message) -> Self {
        Self::new(message.text.as_str()).addressed(true)
    }
}
