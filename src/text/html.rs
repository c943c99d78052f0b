//! Rich text as HTML.

use url::Url;

use super::render::Piece;
use super::rich::Text;
use super::span::SpanKind;

impl Text {
    /// The text as an HTML fragment: paragraphs in `<p>` (parted by blank lines), single newlines as `<br>`, all text escaped.
    ///
    /// Links lead to their URLs when these are `http`, `https`, `mailto` or `tel`; mentions and hashtags stay plain.
    pub fn to_html(&self) -> String {
        self.to_html_with(|_| None)
    }

    /// The same, where `href` tells the URL of a mention or a hashtag (or another one for a link). `None`: a link keeps its own,
    /// the others stay plain. A URL of another scheme than `http`, `https`, `mailto` or `tel` is not used. Mentions and hashtags
    /// have the classes that Mastodon gives them, so that [`from_html`](Self::from_html) knows them again.
    pub fn to_html_with(&self, href: impl Fn(&SpanKind) -> Option<String>) -> String {
        let mut html = Html {
            out: String::with_capacity(self.len() * 2),
            ..Html::default()
        };
        self.render(|piece| match piece {
            Piece::Open(span) => html.open(&span.kind, &href),
            Piece::Text(text) => html.text(text),
            Piece::Close(span) => html.close(&span.kind),
        });
        html.end_paragraph();
        html.out
    }
}

#[derive(Default)]
struct Html {
    out: String,
    /// Inline elements that are open, the innermost last: the start tag and the end tag.
    inline: Vec<(String, &'static str)>,
    /// How many of them are written; the others wait for their text.
    written: usize,
    in_paragraph: bool,
    in_pre: bool,
    /// Whether the preformatted text so far ends with a newline; `None` before any.
    pre_ends_line: Option<bool>,
    /// Newlines read since the last text.
    newlines: usize,
}

impl Html {
    fn open(&mut self, kind: &SpanKind, href: &impl Fn(&SpanKind) -> Option<String>) {
        match kind {
            SpanKind::Quote => {
                self.end_paragraph();
                self.out.push_str("<blockquote>");
            }
            SpanKind::Pre => {
                self.end_paragraph();
                self.out.push_str("<pre>");
                self.in_pre = true;
                self.pre_ends_line = None;
            }
            _ => self.inline.push(inline(kind, href)),
        }
    }

    fn close(&mut self, kind: &SpanKind) {
        match kind {
            SpanKind::Quote => {
                self.end_paragraph();
                self.out.push_str("</blockquote>");
            }
            SpanKind::Pre => {
                // HTML drops the newline at the end, so that one more keeps it.
                if self.pre_ends_line == Some(true) {
                    self.out.push('\n');
                }
                self.in_pre = false;
                self.out.push_str("</pre>");
            }
            _ => {
                if let Some((_, end)) = self.inline.pop()
                    && self.written > self.inline.len()
                {
                    self.written = self.inline.len();
                    self.out.push_str(end);
                }
            }
        }
    }

    /// Writes the start tags that wait.
    fn start_inline(&mut self) {
        for (start, _) in self.inline.iter().skip(self.written) {
            self.out.push_str(start);
        }
        self.written = self.inline.len();
    }

    fn text(&mut self, text: &str) {
        if self.in_pre {
            // HTML drops the newline behind `<pre>`, so that one more keeps it.
            if self.pre_ends_line.is_none() && text.starts_with('\n') && self.out.ends_with("<pre>")
            {
                self.out.push('\n');
            }
            self.pre_ends_line = Some(text.ends_with('\n'));
            self.start_inline();
            return escape(text, &mut self.out);
        }
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.newlines += 1;
            }
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            self.lines();
            if !self.in_paragraph {
                self.newlines = 0;
                self.in_paragraph = true;
                self.out.push_str("<p>");
            }
            self.start_inline();
            escape(line, &mut self.out);
        }
    }

    /// Writes the newlines that were read: one is a line break, more end the paragraph.
    fn lines(&mut self) {
        match self.newlines {
            0 => {}
            1 if self.in_paragraph => self.out.push_str("<br>"),
            _ => self.end_paragraph(),
        }
        self.newlines = 0;
    }

    fn end_paragraph(&mut self) {
        if self.in_paragraph {
            for (_, end) in self.inline.iter().take(self.written).rev() {
                self.out.push_str(end);
            }
            self.written = 0;
            self.out.push_str("</p>");
        }
        self.in_paragraph = false;
        self.newlines = 0;
    }
}

/// The tags of an inline element, both empty for what stays plain.
fn inline(kind: &SpanKind, href: &impl Fn(&SpanKind) -> Option<String>) -> (String, &'static str) {
    let tag = |start: &str, end| (start.to_owned(), end);
    match kind {
        SpanKind::Link(_) | SpanKind::Mention(_) | SpanKind::Hashtag(_) => {
            let own = match kind {
                SpanKind::Link(url) => Some(url.clone()),
                _ => None,
            };
            let Some(url) = href(kind)
                .filter(|url| is_safe(url))
                .or(own)
                .filter(|url| is_safe(url))
            else {
                return tag("", "");
            };
            let mut start = String::from("<a href=\"");
            escape(&url, &mut start);
            start.push_str(match kind {
                SpanKind::Mention(_) => "\" class=\"mention\">",
                SpanKind::Hashtag(_) => "\" class=\"mention hashtag\">",
                _ => "\">",
            });
            (start, "</a>")
        }
        SpanKind::Bold => tag("<strong>", "</strong>"),
        SpanKind::Italic => tag("<em>", "</em>"),
        SpanKind::Underline => tag("<u>", "</u>"),
        SpanKind::Strike => tag("<del>", "</del>"),
        SpanKind::Code => tag("<code>", "</code>"),
        SpanKind::Spoiler => tag("<span class=\"spoiler\">", "</span>"),
        SpanKind::Quote | SpanKind::Pre | SpanKind::Other(_) => tag("", ""),
    }
}

/// A script in a link would run where the page is shown.
fn is_safe(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "mailto" | "tel"))
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SpanKind, Text};

    #[test]
    fn text_is_escaped_and_lines_become_paragraphs_and_breaks() {
        let text = Text::plain("1 < 2 & \"3\"\nnext\n\n\nlast\n");
        assert_eq!(
            text.to_html(),
            "<p>1 &lt; 2 &amp; &quot;3&quot;<br>next</p><p>last</p>"
        );
        assert_eq!(Text::default().to_html(), "");
    }

    #[test]
    fn emphasis_goes_on_in_the_next_paragraph() {
        assert_eq!(
            Text::plain("a ").bold("b\n\nc").push(" d").to_html(),
            "<p>a <strong>b</strong></p><p><strong>c</strong> d</p>"
        );
        assert_eq!(
            Text::plain("a\n").bold("b").to_html(),
            "<p>a<br><strong>b</strong></p>"
        );
        assert_eq!(
            Text::plain("a\n\n").bold("b").to_html(),
            "<p>a</p><p><strong>b</strong></p>"
        );
    }

    #[test]
    fn a_link_that_would_run_a_script_stays_plain() {
        assert_eq!(
            Text::default().link("x", "javascript:alert(1)").to_html(),
            "<p>x</p>"
        );
        assert_eq!(
            Text::default()
                .link("x", "https://e.com/?a=1&b=\"")
                .to_html(),
            "<p><a href=\"https://e.com/?a=1&amp;b=&quot;\">x</a></p>"
        );
    }

    #[test]
    fn mentions_and_hashtags_lead_where_the_resolver_says() {
        let text = Text::default().mention("a.test").push(" ").hashtag("x");
        assert_eq!(text.to_html(), "<p>@a.test #x</p>");
        let html = text.to_html_with(|kind| match kind {
            SpanKind::Mention(mention) => {
                Some(format!("https://bsky.app/profile/{}", mention.handle))
            }
            _ => None,
        });
        assert_eq!(
            html,
            "<p><a href=\"https://bsky.app/profile/a.test\" class=\"mention\">@a.test</a> #x</p>"
        );
    }

    #[test]
    fn quotes_and_preformatted_text_are_blocks() {
        let text = Text::plain("a\n")
            .append("q\nr", SpanKind::Quote)
            .push("\nb\n")
            .append("x <\n\n y", SpanKind::Pre);
        assert_eq!(
            text.to_html(),
            "<p>a</p><blockquote><p>q<br>r</p></blockquote><p>b</p><pre>x &lt;\n\n y</pre>"
        );
    }
}
