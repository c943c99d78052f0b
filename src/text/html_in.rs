//! HTML as rich text.

use super::bulk;
use super::html_anchor::Anchor;
use super::html_entities::{decode, reference};
use super::html_scan::{begins, stretch_end, word};
use super::html_spans::{SpanClass, SpanClasses};
use super::html_tags::{Element, Markup, Tags, is_space};
use super::rich::Text;
use super::span::{Span, SpanKind};

/// Items of deeper lists are not indented further, so that nesting cannot make a text long.
const DEEPEST: usize = 8;

impl Text {
    /// The text of an HTML fragment, as the ActivityPub servers write posts.
    ///
    /// - Paragraphs, headings, quotes, lists and preformatted text are parted by a blank line, other blocks and `<br>` by a
    ///   newline. Whitespace outside `<pre>` collapses as a browser collapses it. Items of lists begin with `• ` or their number.
    /// - `<strong>`, `<b>`, `<em>`, `<i>`, `<u>`, `<ins>`, `<del>`, `<s>`, `<code>`, `<blockquote>` and `<pre>` become spans,
    ///   and so does `<span class="spoiler">`, which [`to_html`](Self::to_html) writes.
    /// - `<a>` becomes a link to its `href`; with the class `mention` or `hashtag` it becomes a mention or a hashtag of its
    ///   label. A relative `href`, or one that would run a script, makes no span.
    /// - Within a link, `<span class="invisible">` is left out and `<span class="ellipsis">` gets its `…`: the label is the
    ///   shortened URL that readers see, the span leads to the whole one.
    /// - An image is its `alt`. Comments, scripts and styles are dropped, of other elements only the tags.
    ///
    /// Anything is read: what is never closed reaches to the end, what was never opened closes nothing, a `<` or `&` that begins
    /// no markup is text. It takes time in proportion to the HTML.
    ///
    /// ```
    /// use sociable::text::Text;
    ///
    /// let text = Text::from_html(r##"<p>Tea &amp; <a href="https://a.test/tags/cake" class="mention hashtag">#<span>cake</span></a></p>"##);
    /// assert_eq!(text, Text::plain("Tea & ").hashtag("cake"));
    /// ```
    pub fn from_html(html: &str) -> Self {
        Self::from_html_with(html, |_| None)
    }

    /// The same, where `kind` tells what a link is: a mention with the account's id, for example, that a network's answer names
    /// beside the text. `None`: it is what [`from_html`](Self::from_html) makes of it.
    pub fn from_html_with(html: &str, kind: impl Fn(&Anchor<'_>) -> Option<SpanKind>) -> Self {
        let mut reader = Reader::new(html);
        reader.read(&kind);
        reader.finish(&kind)
    }
}

fn has_class(classes: &str, name: &str) -> bool {
    classes == name
        || (classes.len() > name.len())
            && classes.split_ascii_whitespace().any(|class| class == name)
}

/// What may be open, in the order of the bits and slots that keep it.
const KINDS: [SpanKind; 8] = [
    SpanKind::Quote,
    SpanKind::Pre,
    SpanKind::Spoiler,
    SpanKind::Bold,
    SpanKind::Italic,
    SpanKind::Underline,
    SpanKind::Strike,
    SpanKind::Code,
];
const QUOTE: usize = 0;
const PRE: usize = 1;
const SPOILER: usize = 2;
const BOLD: usize = 3;
const ITALIC: usize = 4;
const UNDERLINE: usize = 5;
const STRIKE: usize = 6;
const CODE: usize = 7;
/// The slot of the open link, behind those of the kinds.
const LINK: usize = KINDS.len();

/// Elements of one kind: how many are open within one another, and where the text of the outermost begins.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    depth: usize,
    start: usize,
}

#[derive(Debug)]
struct Link<'h> {
    href: &'h str,
    class: &'h str,
    /// How many `<span>`s were open before it: those that it holds end with it.
    outer_spans: usize,
    /// Whether text was left out.
    hid: bool,
}

/// A list: the number of its next item and the step to the one after, if it counts.
#[derive(Clone, Copy, Debug)]
struct List {
    next: Option<i64>,
    step: i64,
}

#[derive(Debug)]
struct Reader<'h> {
    html: &'h str,
    tags: Tags<'h>,
    out: String,
    spans: Vec<Span>,
    /// Whether the spans have to be put in order.
    unordered: bool,
    open: [Open; LINK + 1],
    /// How many elements are open, links aside.
    depth: usize,
    /// Bits of the slots that are open and have no text yet.
    waiting: u16,
    link: Option<Link<'h>>,
    /// How many open `<span>`s of the link hide their text.
    invisible: usize,
    span_classes: SpanClasses,
    lists: Vec<List>,
    /// Newlines owed before the next text: those of `<br>` and the most that a block asks for.
    breaks: usize,
    gap: usize,
    /// Whether whitespace would be the first of its line, or the second in a row.
    after_space: bool,
    /// Whether the text ends with a space that goes if its line ends.
    loose_space: bool,
    /// Whether a list's item has its marker and no text yet.
    after_marker: bool,
}

impl<'h> Reader<'h> {
    fn new(html: &'h str) -> Self {
        Self {
            html,
            tags: Tags::new(html),
            out: String::with_capacity(html.len()),
            spans: Vec::new(),
            unordered: false,
            open: [Open::default(); LINK + 1],
            depth: 0,
            waiting: 0,
            link: None,
            invisible: 0,
            span_classes: SpanClasses::default(),
            lists: Vec::new(),
            breaks: 0,
            gap: 0,
            after_space: true,
            loose_space: false,
            after_marker: false,
        }
    }

    fn read(&mut self, kind: &impl Fn(&Anchor<'_>) -> Option<SpanKind>) {
        let bytes = self.html.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            at = match byte {
                b'<' => self.markup(at, kind),
                b'&' => {
                    let (c, length) = self.reference(at);
                    if !self.is_open(PRE) && u8::try_from(c).is_ok_and(is_space) {
                        self.space();
                    } else {
                        self.text(c.encode_utf8(&mut [0; 4]));
                    }
                    at + length
                }
                _ if self.is_open(PRE) => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    let length = rest.iter().position(|byte| matches!(byte, b'<' | b'&'));
                    let end = at + length.unwrap_or(rest.len());
                    self.text(self.html.get(at..end).unwrap_or_default());
                    end
                }
                byte if is_space(*byte) => {
                    self.space();
                    let rest = bytes.get(at..).unwrap_or_default();
                    let length = rest.iter().position(|byte| !is_space(*byte));
                    at + length.unwrap_or(rest.len())
                }
                // A control character ends a stretch where no other byte does, and is text like any other.
                _ => self.stretch(at, stretch_end(bytes, at + 1)),
            };
        }
    }

    /// What the `&` at byte `at` begins, and how long it is.
    fn reference(&self, at: usize) -> (char, usize) {
        match word(self.html.as_bytes(), at) {
            Some(word) if begins!(word, "&#39;") => ('\'', 5),
            Some(word) if begins!(word, "&amp;") => ('&', 5),
            Some(word) if begins!(word, "&quot;") => ('"', 6),
            _ => {
                let rest = self.html.get(at..).unwrap_or_default();
                reference(rest).unwrap_or(('&', 1))
            }
        }
    }

    /// Text without markup in it, whose words are parted by single spaces. Where it was dealt with to.
    fn stretch(&mut self, start: usize, end: usize) -> usize {
        // It may be the last of its line.
        let space = self.html.as_bytes().get(end - 1) == Some(&b' ');
        let end = end - usize::from(space);
        self.text(self.html.get(start..end).unwrap_or_default());
        end
    }

    /// Any text, its whitespace collapsed outside preformatted text.
    fn piece(&mut self, piece: &str) {
        if self.is_open(PRE) {
            self.text(piece);
            return;
        }
        let is_space = |c: char| u8::try_from(c).is_ok_and(is_space);
        let mut rest = piece;
        while let Some(first) = rest.chars().next() {
            let space = is_space(first);
            let length = rest.find(|c| is_space(c) != space).unwrap_or(rest.len());
            let (now, later) = rest.split_at(length);
            if space {
                self.space();
            } else {
                self.text(now);
            }
            rest = later;
        }
    }

    /// What begins with the `<` at byte `at`. Where reading goes on.
    fn markup(&mut self, at: usize, kind: &impl Fn(&Anchor<'_>) -> Option<SpanKind>) -> usize {
        // What posts have most of, written as servers write it.
        if let Some(word) = word(self.html.as_bytes(), at) {
            match (word >> 8) as u8 {
                b'/' if begins!(word, "</span>") => {
                    self.end_span();
                    return at + 7;
                }
                b'/' if begins!(word, "</p>") => {
                    self.block(2);
                    return at + 4;
                }
                b'/' if begins!(word, "</a>") => {
                    self.close_link(kind);
                    return at + 4;
                }
                b's' if begins!(word, "<span ") => {
                    if let Some(end) = self.tags.open(at + 5) {
                        self.open_span();
                        return end;
                    }
                }
                b's' if begins!(word, "<span>") => {
                    self.span_classes.push(SpanClass::Plain);
                    return at + 6;
                }
                b'p' if begins!(word, "<p>") => {
                    self.block(2);
                    return at + 3;
                }
                b'a' if begins!(word, "<a ") => {
                    if let Some(end) = self.tags.open(at + 2) {
                        self.open_link(kind);
                        return end;
                    }
                }
                b'b' if begins!(word, "<br>") => {
                    self.line_break();
                    return at + 4;
                }
                _ => {}
            }
        }
        match self.tags.read(at) {
            Some((Markup::Open(element), end)) => self.open_element(element, end, kind),
            Some((Markup::Close(element), end)) => {
                self.close_element(element, kind);
                end
            }
            Some((Markup::Nothing, end)) => end,
            None => {
                self.text("<");
                at + 1
            }
        }
    }

    fn space(&mut self) {
        if !self.after_space {
            self.loosely(" ");
        }
    }

    /// Text whose last character, a space, goes if the line ends there.
    fn loosely(&mut self, text: &str) {
        if self.text(text) {
            self.after_space = true;
            self.loose_space = true;
        }
    }

    /// Text that stays as it is, never empty. Whether it is to be seen.
    #[inline]
    fn text(&mut self, text: &str) -> bool {
        if self.breaks | self.gap | usize::from(self.waiting) | self.invisible != 0
            && !self.begin_text()
        {
            return false;
        }
        self.out.push_str(text);
        self.after_space = false;
        self.loose_space = false;
        self.after_marker = false;
        true
    }

    /// Does what text waits for. Whether it is to be seen.
    fn begin_text(&mut self) -> bool {
        if self.invisible > 0 {
            if let Some(link) = &mut self.link {
                link.hid = true;
            }
            return false;
        }
        self.end_lines();
        self.start_waiting();
        true
    }

    /// Writes the newlines that are owed.
    fn end_lines(&mut self) {
        if self.breaks + self.gap == 0 {
            return;
        }
        if self.loose_space {
            self.drop_last();
            self.loose_space = false;
        }
        if !self.out.is_empty() {
            match self.breaks.max(self.gap) {
                1 => self.out.push('\n'),
                2 => self.out.push_str("\n\n"),
                count => self.out.extend(std::iter::repeat_n('\n', count)),
            }
        }
        self.breaks = 0;
        self.gap = 0;
    }

    /// What was opened before this text begins here.
    fn start_waiting(&mut self) {
        while self.waiting != 0 {
            if let Some(open) = self.open.get_mut(self.waiting.trailing_zeros() as usize) {
                open.start = self.out.len();
            }
            self.waiting &= self.waiting - 1;
        }
    }

    /// Takes back the last character, a space or a newline, and what spans hold of it.
    fn drop_last(&mut self) {
        self.out.pop();
        let length = self.out.len();
        for (bit, open) in self.open.iter().enumerate() {
            if open.depth > 0 && open.start >= length {
                self.waiting |= 1 << bit;
            }
        }
        // Spans come in the order of their ends.
        for span in self
            .spans
            .iter_mut()
            .rev()
            .take_while(|span| span.end > length)
        {
            span.end = length;
            self.unordered |= span.start >= length;
        }
    }

    fn block(&mut self, gap: usize) {
        if !self.after_marker {
            self.gap = self.gap.max(gap);
            self.after_space = true;
        }
    }

    fn line_break(&mut self) {
        // Behind a block it is a line by itself.
        match self.gap {
            0 => self.breaks += 1,
            _ => self.gap = 2,
        }
        self.after_space = true;
    }

    /// A block that a list may hold without being parted from its item.
    fn list_block(&mut self) {
        self.after_marker = false;
        self.block(if self.lists.is_empty() { 2 } else { 1 });
    }

    fn is_open(&self, slot: usize) -> bool {
        self.depth > 0 && self.open.get(slot).is_some_and(|open| open.depth > 0)
    }

    fn open_kind(&mut self, slot: usize) {
        if let Some(open) = self.open.get_mut(slot) {
            if open.depth == 0 {
                self.waiting |= 1 << slot;
            }
            open.depth += 1;
            self.depth += usize::from(slot != LINK);
        }
    }

    fn close_kind(&mut self, slot: usize) {
        let Some(open) = self.open.get_mut(slot).filter(|open| open.depth > 0) else {
            return;
        };
        open.depth -= 1;
        self.depth -= 1;
        if open.depth > 0 {
            return;
        }
        let start = open.start;
        let bit = 1 << slot;
        if self.waiting & bit != 0 {
            self.waiting &= !bit;
        } else if let Some(kind) = KINDS.get(slot) {
            self.push_span(start, kind.clone());
        }
    }

    /// A span from `start` to the end of what is written.
    fn push_span(&mut self, start: usize, kind: SpanKind) {
        let end = self.out.len();
        if start >= end {
            return;
        }
        if let Some(last) = self.spans.last() {
            self.unordered |= start < last.end || (start == last.end && last.kind == kind);
        }
        self.spans.push(Span::new(start..end, kind));
    }

    /// The byte where reading goes on.
    fn open_element(
        &mut self,
        element: Element,
        at: usize,
        kind: &impl Fn(&Anchor<'_>) -> Option<SpanKind>,
    ) -> usize {
        let attributes = self.tags.attributes;
        match element {
            Element::Span => self.open_span(),
            Element::Anchor => self.open_link(kind),
            Element::Paragraph | Element::Heading => self.block(2),
            Element::Block => self.block(1),
            Element::Cell => self.space(),
            Element::Break => self.line_break(),
            Element::Quote => {
                self.block(2);
                self.open_kind(QUOTE);
            }
            Element::Pre => {
                self.block(2);
                self.open_kind(PRE);
                let rest = self.html.get(at..).unwrap_or_default();
                // The first newline is there for the eye of who writes HTML.
                return match rest.as_bytes() {
                    [b'\n', ..] => at + 1,
                    [b'\r', b'\n', ..] => at + 2,
                    _ => at,
                };
            }
            Element::Unordered | Element::Ordered => {
                self.list_block();
                let step = if attributes.reversed { -1 } else { 1 };
                // Where a list counts down to 1, its first number is known at its end only.
                let first = attributes.number.or((step > 0).then_some(1));
                let next = first.filter(|_| element == Element::Ordered);
                self.lists.push(List { next, step });
            }
            Element::Item => self.item(attributes.number),
            Element::Image => {
                if !attributes.alt.is_empty() {
                    let mut alt = String::with_capacity(attributes.alt.len());
                    decode(attributes.alt, &mut alt);
                    self.piece(&alt);
                }
            }
            _ => self.open_emphasis(element),
        }
        at
    }

    fn open_emphasis(&mut self, element: Element) {
        if let Some(slot) = emphasis(element) {
            // `<pre><code>` is preformatted text and nothing besides.
            if element != Element::Code || !self.is_open(PRE) {
                self.open_kind(slot);
            }
        }
    }

    /// Opens the link whose attributes were read last.
    fn open_link(&mut self, kind: &impl Fn(&Anchor<'_>) -> Option<SpanKind>) {
        self.close_link(kind);
        if let Some(href) = self.tags.attributes.href {
            self.open_kind(LINK);
            self.link = Some(Link {
                href,
                class: self.tags.attributes.class,
                outer_spans: self.span_classes.depth,
                hid: false,
            });
        }
    }

    fn open_span(&mut self) {
        let class = self.tags.attributes.class;
        let has = |name: &str| has_class(class, name);
        let class = match self.link {
            _ if class.is_empty() || self.span_classes.depth >= 32 => SpanClass::Plain,
            Some(_) if has("invisible") => {
                self.invisible += 1;
                SpanClass::Invisible
            }
            Some(_) if has("ellipsis") => SpanClass::Ellipsis,
            _ if has("spoiler") => {
                self.open_kind(SPOILER);
                SpanClass::Spoiler
            }
            _ => SpanClass::Plain,
        };
        self.span_classes.push(class);
    }

    fn end_span(&mut self) {
        // What a link holds ends with it and not after it; what holds the link does not end within it.
        let outer = self.link.as_ref().map_or(0, |link| link.outer_spans);
        if self.span_classes.depth > outer {
            self.close_span();
        }
    }

    fn close_span(&mut self) {
        match self.span_classes.pop() {
            Some(SpanClass::Invisible) => self.invisible = self.invisible.saturating_sub(1),
            Some(SpanClass::Ellipsis) => {
                self.text("…");
            }
            Some(SpanClass::Spoiler) => self.close_kind(SPOILER),
            Some(SpanClass::Plain) | None => {}
        }
    }

    fn item(&mut self, number: Option<i64>) {
        self.after_marker = false;
        self.block(1);
        let depth = self.lists.len().clamp(1, DEEPEST);
        let mut marker = "  ".repeat(depth - 1);
        let list = self.lists.last_mut();
        match list.and_then(|list| {
            let number = number.filter(|_| list.next.is_some()).or(list.next)?;
            list.next = Some(number.saturating_add(list.step));
            Some(number)
        }) {
            Some(number) => marker.push_str(&format!("{number}. ")),
            None => marker.push_str("• "),
        }
        self.loosely(&marker);
        self.after_marker = true;
    }

    fn close_element(&mut self, element: Element, kind: &impl Fn(&Anchor<'_>) -> Option<SpanKind>) {
        match element {
            Element::Span => self.end_span(),
            Element::Anchor => self.close_link(kind),
            Element::Paragraph | Element::Heading => self.block(2),
            Element::Block => self.block(1),
            Element::Cell => self.space(),
            Element::Quote => {
                self.close_kind(QUOTE);
                self.block(2);
            }
            Element::Pre => {
                self.end_pre();
                self.block(2);
            }
            Element::Unordered | Element::Ordered => {
                self.lists.pop();
                self.list_block();
            }
            Element::Item => {
                self.after_marker = false;
                self.block(1);
            }
            _ => {
                if let Some(slot) = emphasis(element) {
                    self.close_kind(slot);
                }
            }
        }
    }

    fn end_pre(&mut self) {
        let has_text = self.is_open(PRE) && self.waiting & 1 << PRE == 0;
        // The last newline begins no line that could be seen.
        if has_text && self.out.ends_with('\n') {
            self.drop_last();
        }
        self.close_kind(PRE);
    }

    fn close_link(&mut self, kind: &impl Fn(&Anchor<'_>) -> Option<SpanKind>) {
        let Some(outer) = self.link.as_ref().map(|link| link.outer_spans) else {
            return;
        };
        while self.span_classes.depth > outer {
            self.close_span();
        }
        let Some(link) = self.link.take() else {
            return;
        };
        // A label without anything to be seen would be lost.
        if link.hid && self.waiting & 1 << LINK != 0 {
            let anchor = Anchor {
                href: link.href,
                label: "",
                class: "",
            };
            match &*anchor.href() {
                "" => {}
                href => {
                    self.text(href);
                }
            }
        }
        let slot = self.open.get_mut(LINK).map(std::mem::take);
        if self.waiting & 1 << LINK != 0 {
            self.waiting &= !(1 << LINK);
            return;
        }
        let start = slot.unwrap_or_default().start;
        let anchor = Anchor {
            href: link.href,
            label: self.out.get(start..).unwrap_or_default(),
            class: link.class,
        };
        if let Some(kind) = kind(&anchor).or_else(|| anchor.kind()) {
            self.push_span(start, kind);
        }
    }

    fn finish(mut self, kind: &impl Fn(&Anchor<'_>) -> Option<SpanKind>) -> Text {
        self.close_link(kind);
        self.end_pre();
        for slot in 0..KINDS.len() {
            if self.depth == 0 {
                break;
            }
            while self.is_open(slot) {
                self.close_kind(slot);
            }
        }
        if self.loose_space {
            self.drop_last();
        }
        if self.unordered {
            self.spans.retain(|span| span.start < span.end);
            // Links end where the next begins, so no two entities overlap.
            self.spans = bulk::arrange(self.spans).unwrap_or_default();
        }
        Text::arranged(self.out, self.spans)
    }
}

fn emphasis(element: Element) -> Option<usize> {
    Some(match element {
        Element::Bold => BOLD,
        Element::Italic => ITALIC,
        Element::Underline => UNDERLINE,
        Element::Strike => STRIKE,
        Element::Code => CODE,
        _ => return None,
    })
}
