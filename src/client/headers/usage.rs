//! Percentages in JSON, read in one pass without keeping the document.

use std::{fmt, time::Duration};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{FURTHEST, UsageJson};

/// How much is used, 0 to 100, and how long to stay away with the unit in which that was told.
pub(super) type Usage = (Option<f64>, Option<(Duration, Duration)>);

/// What reads a header's lines: [`read`]. It says nothing of its own.
#[derive(Clone, Copy)]
pub(super) struct UsageReader(
    pub(super) fn(&UsageJson, &mut dyn Iterator<Item = &str>) -> Option<Usage>,
);

impl PartialEq for UsageReader {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for UsageReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UsageReader")
    }
}

/// The largest figures of a header's lines; `None` when no line tells any.
pub(super) fn read(usage: &UsageJson, lines: &mut dyn Iterator<Item = &str>) -> Option<Usage> {
    let mut found = Found::default();
    for line in lines {
        let mut seen = Found::default();
        let mut json = serde_json::Deserializer::from_str(line);
        let scan = Scan {
            usage,
            found: &mut seen,
        };
        // A line that breaks off tells nothing.
        if scan.deserialize(&mut json).is_ok() && json.end().is_ok() {
            found.merge(&seen);
        }
    }
    let percent = found.percent.map(|percent| percent.min(100.0));
    let wait = found.wait.filter(|wait| *wait > 0.0).zip(usage.wait);
    let wait = wait.and_then(|(wait, (_, unit))| {
        let wait = Duration::try_from_secs_f64(wait * unit.as_secs_f64()).ok()?;
        (wait <= FURTHEST).then_some((wait, unit))
    });
    (percent.is_some() || wait.is_some()).then_some((percent, wait))
}

#[derive(Default)]
struct Found {
    percent: Option<f64>,
    wait: Option<f64>,
}

impl Found {
    fn merge(&mut self, other: &Self) {
        self.percent = largest(self.percent, other.percent);
        self.wait = largest(self.wait, other.wait);
    }
}

/// The larger of what there is; what is not a number, or negative, is not there.
fn largest(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    let usable = |figure: &f64| figure.is_finite() && *figure >= 0.0;
    one.into_iter().chain(other).filter(usable).reduce(f64::max)
}

/// Looks through one value.
struct Scan<'a> {
    usage: &'a UsageJson,
    found: &'a mut Found,
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("usage figures")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut own = Found::default();
        let mut chosen = self.usage.only.is_none();
        while let Some(member) = map.next_key_seed(Name(self.usage))? {
            match member {
                Member::Percent => {
                    own.percent = largest(own.percent, map.next_value_seed(Scalar(""))?.figure)
                }
                Member::Wait => {
                    own.wait = largest(own.wait, map.next_value_seed(Scalar(""))?.figure)
                }
                Member::Only(value) => chosen = map.next_value_seed(Scalar(value))?.is_wanted,
                Member::Other => map.next_value_seed(Scan {
                    usage: self.usage,
                    found: &mut *self.found,
                })?,
            }
        }
        if chosen {
            self.found.merge(&own);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            let next = seq.next_element_seed(Scan {
                usage: self.usage,
                found: &mut *self.found,
            })?;
            if next.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

enum Member {
    Percent,
    Wait,
    Only(&'static str),
    Other,
}

/// Reads a member's name.
struct Name<'a>(&'a UsageJson);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Member, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Member, E> {
        Ok(match (self.0.only, self.0.wait) {
            _ if self.0.percents.contains(&name) => Member::Percent,
            (Some((member, value)), _) if member == name => Member::Only(value),
            (_, Some((member, _))) if member == name => Member::Wait,
            _ => Member::Other,
        })
    }
}

/// A value as a number and as a text. Objects and arrays are neither.
#[derive(Default)]
struct Plain {
    /// The number, also one that is written as text.
    figure: Option<f64>,
    /// Whether it is the text that was looked for.
    is_wanted: bool,
}

/// Reads a [`Plain`] value; holds the text that is looked for.
struct Scalar<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Scalar<'_> {
    type Value = Plain;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Plain, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalar<'_> {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a figure or a text")
    }

    fn visit_i64<E: Error>(self, figure: i64) -> Result<Plain, E> {
        self.visit_f64(figure as f64)
    }

    fn visit_u64<E: Error>(self, figure: u64) -> Result<Plain, E> {
        self.visit_f64(figure as f64)
    }

    fn visit_f64<E>(self, figure: f64) -> Result<Plain, E> {
        Ok(Plain {
            figure: Some(figure),
            is_wanted: false,
        })
    }

    fn visit_str<E>(self, text: &str) -> Result<Plain, E> {
        Ok(Plain {
            figure: text.trim().parse().ok(),
            is_wanted: text == self.0,
        })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Plain, E> {
        Ok(Plain::default())
    }

    fn visit_unit<E>(self) -> Result<Plain, E> {
        Ok(Plain::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Plain::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Plain, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Plain::default())
    }
}
