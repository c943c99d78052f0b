//! Texts that are made while others are borrowed.

use std::sync::{Arc, OnceLock};

/// Keeps texts until it goes itself, and lends them meanwhile: what is read of a body borrows from the body, and from
/// here where the body does not hold a text as it reads, but with escapes. So what is read owns nothing, costs nothing
/// to be dropped, and needs no code for it.
#[derive(Default)]
pub(crate) struct Texts(OnceLock<Arc<Chunk>>);

/// Held by an `Arc`, though nobody shares it: what drops one is compiled once.
struct Chunk {
    texts: Box<[OnceLock<Box<str>>]>,
    more: Texts,
}

impl Default for Chunk {
    fn default() -> Self {
        Self {
            texts: (0..32).map(|_| OnceLock::new()).collect(),
            more: Texts::default(),
        }
    }
}

impl Texts {
    /// Keeps a text.
    pub(crate) fn keep(&self, text: impl Into<Box<str>>) -> &str {
        self.keep_boxed(text.into())
    }

    fn keep_boxed(&self, mut text: Box<str>) -> &str {
        let mut texts = self;
        loop {
            let chunk = texts.0.get_or_init(Arc::default);
            if chunk.texts.last().is_some_and(|last| last.get().is_some()) {
                texts = &chunk.more;
                continue;
            }
            for place in &chunk.texts {
                match place.set(text) {
                    Ok(()) => return place.get().map_or("", |text| text),
                    // One is here already.
                    Err(back) => text = back,
                }
            }
            texts = &chunk.more;
        }
    }
}

/// A copy keeps what it is given itself.
impl Clone for Texts {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_kept_as_it_is() {
        let texts = Texts::default();
        let many: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let kept: Vec<&str> = many.iter().map(|text| texts.keep(text.as_str())).collect();
        assert_eq!(kept, many);
    }
}
