//! Values: rich text written once, the length rules of the networks, what a text names (links, mentions, hashtags), splitting
//! into a thread, and rendering. Nothing here does I/O or waits.
//!
//! Offsets are UTF-8 bytes unless a name says otherwise.
//!
//! ```
//! use sociable::text::{Count, Numbering, Text, TextLimit, split};
//!
//! let text = Text::plain("Hello, ").mention("alice.test").push("! See ").link("the notes", "https://example.com/notes");
//! assert_eq!(text.as_str(), "Hello, @alice.test! See the notes");
//!
//! let limit = TextLimit::new(Count::Graphemes, 20).bytes(3000);
//! let parts = split(&text, &limit, Numbering::None)?;
//! assert!(parts.iter().all(|part| limit.is_within(part.as_str())));
//! # Ok::<(), sociable::text::SplitError>(())
//! ```

mod bulk;
mod chars;
mod composed;
mod count;
mod cuts;
mod domain;
mod find;
mod html;
mod html_anchor;
mod html_entities;
mod html_in;
mod html_scan;
mod html_spans;
mod html_tags;
mod render;
mod rich;
mod span;
mod split;
mod weighted;
mod x_links;

pub use count::{Count, TextLimit, TooLong};
pub use find::{
    Edges, Finder, Found, HashtagShape, MentionShapes, find_hashtags, find_links, find_mentions,
};
pub use html_anchor::Anchor;
pub use render::{Markup, Piece, Placed};
pub use rich::Text;
pub use span::{Mention, Span, SpanError, SpanKind};
pub use split::{Numbering, Part, SplitError, join, split, split_parts};
pub use weighted::{WeightRange, WeightedRules};
