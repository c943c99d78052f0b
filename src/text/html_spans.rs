//! What the `<span>`s of an HTML text are for, as long as they are open.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpanClass {
    Plain,
    Invisible,
    Ellipsis,
    Spoiler,
}

/// The `<span>`s that are open. Nobody nests so many that it would matter that those below the 32nd are plain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpanClasses {
    pub(super) depth: usize,
    /// Two bits for each.
    bits: u64,
}

impl SpanClasses {
    pub(super) fn push(&mut self, class: SpanClass) {
        if self.depth < 32 {
            self.bits |= (class as u64) << (2 * self.depth);
        }
        self.depth += 1;
    }

    pub(super) fn pop(&mut self) -> Option<SpanClass> {
        self.depth = self.depth.checked_sub(1)?;
        if self.depth >= 32 {
            return Some(SpanClass::Plain);
        }
        let bits = (self.bits >> (2 * self.depth)) & 3;
        self.bits &= !(3 << (2 * self.depth));
        Some(match bits {
            1 => SpanClass::Invisible,
            2 => SpanClass::Ellipsis,
            3 => SpanClass::Spoiler,
            _ => SpanClass::Plain,
        })
    }
}
