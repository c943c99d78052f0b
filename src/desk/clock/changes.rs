//! When the clocks of a time zone change, known by heart: asking the zone each time takes several times as long.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// 1 January 2100, up to which a calendar knows its zone by heart.
const END_OF_CENTURY: i64 = 4_102_444_800;

/// When a zone's clocks change from 1970 on, up to the end of this century.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// In order: when, and by how many seconds they are ahead of UTC from then on.
    all: Vec<(i64, i64)>,
    /// How many of them lie before each stretch of 2^25 seconds, which is about a year.
    before: Vec<usize>,
}

impl Changes {
    pub(super) fn of(zone: &TimeZone) -> Self {
        let begin = Timestamp::UNIX_EPOCH;
        let mut all = vec![(0, i64::from(zone.to_offset(begin).seconds()))];
        for shift in zone.following(begin) {
            let at = shift.timestamp().as_second();
            if at >= END_OF_CENTURY {
                break;
            }
            all.push((at, i64::from(shift.offset().seconds())));
        }
        if let Some((_, offset)) = all.last().copied() {
            all.push((END_OF_CENTURY, offset));
        }
        let stretches = 0..=END_OF_CENTURY >> 25;
        let before = stretches.map(|stretch| all.partition_point(|(at, _)| *at < stretch << 25));
        let before = before.collect();
        Self { all, before }
    }

    /// How many come until a second.
    #[inline]
    fn until(&self, second: i64) -> Option<usize> {
        let stretch = usize::try_from(second >> 25).ok()?;
        let mut count = *self.before.get(stretch)?;
        while self.all.get(count).is_some_and(|(at, _)| *at <= second) {
            count += 1;
        }
        Some(count)
    }

    /// The offset at a second, and when the next change comes. `None` outside the time that is known.
    #[inline]
    pub(super) fn around(&self, second: i64) -> Option<(i64, i64)> {
        let next = self.until(second)?;
        let (until, _) = self.all.get(next)?;
        let (_, offset) = self.all.get(next.checked_sub(1)?)?;
        Some((*offset, *until))
    }

    /// The changes after a second; none where not all of them are known.
    pub(super) fn after(&self, second: i64) -> &[(i64, i64)] {
        let known = self.until(second).and_then(|next| self.all.get(next..));
        known.unwrap_or_default()
    }
}
