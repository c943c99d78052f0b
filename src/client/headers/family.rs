//! The headers in which a network tells one limit.

use std::time::Duration;

use super::usage::{self, UsageReader};

/// The headers in which a network tells about one bucket, for a `const` list in an adapter's rules.
///
/// Names are case-insensitive. A header that is not named, absent or unusable says nothing.
///
/// ```
/// use sociable::client::headers::{HeaderFamily, ResetFormat};
///
/// const FAMILIES: &[HeaderFamily] = &[
///     HeaderFamily::new()
///         .limit("ratelimit-limit")
///         .remaining("ratelimit-remaining")
///         .reset("ratelimit-reset", ResetFormat::EpochSeconds)
///         .policy("ratelimit-policy"),
/// ];
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct HeaderFamily {
    /// The bucket; `None` is the narrowest that the call charges, or the name that the answer gives.
    pub bucket: Option<&'static str>,
    /// A header whose value names the bucket (printable ASCII, up to 128 bytes). It wins over `bucket`.
    pub bucket_header: Option<&'static str>,
    /// A header and its value (case-insensitive): without it the family is passed over.
    pub when: Option<(&'static str, &'static str)>,
    /// How much the window holds. May carry policies after the number: `100, 100;w=1, 1000;w=60`.
    pub limit: Option<&'static str>,
    /// How much is left; fractions are rounded down.
    pub remaining: Option<&'static str>,
    /// How much is spent; fractions are rounded up.
    pub used: Option<&'static str>,
    /// When the window ends.
    pub reset: Option<&'static str>,
    /// How `reset` is written.
    pub reset_format: ResetFormat,
    /// Windows as policies: `3000;w=300`, `"default";q=100;w=60`, several separated by commas.
    pub policy: Option<&'static str>,
    /// All in one, as in the drafts of the IETF: `limit=100, remaining=50, reset=30` or `"default";r=50;t=30`.
    pub combined: Option<&'static str>,
    /// Percentages in JSON.
    pub usage: Option<UsageJson>,
    /// The window's length, where the answer does not tell it.
    pub period: Option<Duration>,
}

impl HeaderFamily {
    /// A family that reads nothing yet.
    pub const fn new() -> Self {
        Self {
            bucket: None,
            bucket_header: None,
            when: None,
            limit: None,
            remaining: None,
            used: None,
            reset: None,
            reset_format: ResetFormat::EpochSeconds,
            policy: None,
            combined: None,
            usage: None,
            period: None,
        }
    }

    /// The fields of the IETF's drafts: `RateLimit` and `RateLimit-Policy`.
    pub const fn ietf() -> Self {
        Self::new().combined("ratelimit").policy("ratelimit-policy")
    }

    /// Sets the bucket's name.
    #[must_use]
    pub const fn bucket(mut self, bucket: &'static str) -> Self {
        self.bucket = Some(bucket);
        self
    }

    /// Sets the header that names the bucket.
    #[must_use]
    pub const fn bucket_header(mut self, header: &'static str) -> Self {
        self.bucket_header = Some(header);
        self
    }

    /// Sets the header and value without which the family is passed over.
    #[must_use]
    pub const fn when(mut self, header: &'static str, value: &'static str) -> Self {
        self.when = Some((header, value));
        self
    }

    /// Sets the header that tells how much the window holds.
    #[must_use]
    pub const fn limit(mut self, header: &'static str) -> Self {
        self.limit = Some(header);
        self
    }

    /// Sets the header that tells how much is left.
    #[must_use]
    pub const fn remaining(mut self, header: &'static str) -> Self {
        self.remaining = Some(header);
        self
    }

    /// Sets the header that tells how much is spent.
    #[must_use]
    pub const fn used(mut self, header: &'static str) -> Self {
        self.used = Some(header);
        self
    }

    /// Sets the header that tells when the window ends, and how it is written.
    #[must_use]
    pub const fn reset(mut self, header: &'static str, format: ResetFormat) -> Self {
        self.reset = Some(header);
        self.reset_format = format;
        self
    }

    /// Sets the header that tells windows as policies.
    #[must_use]
    pub const fn policy(mut self, header: &'static str) -> Self {
        self.policy = Some(header);
        self
    }

    /// Sets the header that tells all in one.
    #[must_use]
    pub const fn combined(mut self, header: &'static str) -> Self {
        self.combined = Some(header);
        self
    }

    /// Sets where percentages are told in JSON.
    #[must_use]
    pub const fn usage(mut self, usage: UsageJson) -> Self {
        self.usage = Some(usage);
        self
    }

    /// Sets the window's length.
    #[must_use]
    pub const fn period(mut self, period: Duration) -> Self {
        self.period = Some(period);
        self
    }
}

impl Default for HeaderFamily {
    fn default() -> Self {
        Self::new()
    }
}

/// How a header writes the end of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResetFormat {
    /// Seconds since 1970, with or without decimals.
    #[default]
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMillis,
    /// A date and time such as `2026-07-01T10:05:00.123456Z`; UTC where no offset is written. A bare number is read as
    /// [`EpochSeconds`](ResetFormat::EpochSeconds).
    Iso8601,
    /// A date such as `Sun, 06 Nov 1994 08:49:37 GMT`, or one of the two old forms that HTTP still accepts.
    HttpDate,
    /// Seconds from the answer on, with or without decimals.
    DeltaSeconds,
    /// Milliseconds from the answer on.
    DeltaMillis,
    /// Whatever it looks like: up to 31 days in seconds is a while, up to 10^11 seconds since 1970, above that
    /// milliseconds since 1970; else a date.
    Any,
}

/// Percentages in a header's JSON object, at any depth.
///
/// The largest of the named figures counts. Figures beyond 100 count as 100.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct UsageJson {
    /// The header.
    pub header: &'static str,
    /// The members that are percentages.
    pub percents: &'static [&'static str],
    /// The member that tells how long to stay away, and its unit.
    pub wait: Option<(&'static str, Duration)>,
    /// A member and its text value: only objects that have it count.
    pub only: Option<(&'static str, &'static str)>,
    /// What reads such a header: named here, so that it is in the programs of the networks that have one, and in no
    /// other.
    pub(super) read: UsageReader,
}

impl UsageJson {
    /// Percentages under these names in this header.
    pub const fn new(header: &'static str, percents: &'static [&'static str]) -> Self {
        Self {
            header,
            percents,
            wait: None,
            only: None,
            read: UsageReader(usage::read),
        }
    }

    /// Sets the member that tells how long to stay away, and its unit.
    #[must_use]
    pub const fn wait(mut self, member: &'static str, unit: Duration) -> Self {
        self.wait = Some((member, unit));
        self
    }

    /// Counts only objects in which `member` is the text `value`.
    #[must_use]
    pub const fn only(mut self, member: &'static str, value: &'static str) -> Self {
        self.only = Some((member, value));
        self
    }
}
