//! Which parameters a query may hold, and of what kind.

use super::faults::Rule;
use super::state::World;
use super::wire::{Call, Refusal, number};

/// What a parameter holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum ParamKind {
    Id,
    /// Up to so many ids.
    Ids(usize),
    /// Up to so many names of users.
    Names(usize),
    Int(u64, u64),
    Flag,
    Time,
    /// A text of so many characters.
    Text(usize, usize),
    /// What users are searched by.
    Words,
    One(&'static [&'static str]),
    Each(&'static [&'static str]),
}

/// A parameter of a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) kind: ParamKind,
    pub(super) required: bool,
}

impl Param {
    pub(super) const fn may(name: &'static str, kind: ParamKind) -> Self {
        Self {
            name,
            kind,
            required: false,
        }
    }

    pub(super) const fn must(name: &'static str, kind: ParamKind) -> Self {
        Self {
            name,
            kind,
            required: true,
        }
    }
}

/// The newer spelling of a field's name.
pub(super) fn newer(name: &str) -> &str {
    match name {
        "edit_history_tweet_ids" => "edit_history_post_ids",
        "note_tweet" => "note_post",
        "referenced_tweets" | "referenced_tweets.id" => "referenced_posts",
        "pinned_tweet_id" => "pinned_post_id",
        "most_recent_tweet_id" => "most_recent_post_id",
        other => other,
    }
}

impl World {
    /// Refuses what the query holds and may not.
    pub(super) fn check_query(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let mut wrong = Vec::new();
        for (at, (name, value)) in call.query.iter().enumerate() {
            let tell = |what: String| (name.clone(), value.clone(), what);
            if call.query.iter().take(at).any(|(known, _)| known == name) {
                wrong.push(tell(format!("The `{name}` query parameter is given twice")));
            }
            match call.op.params().find(|param| param.name == name) {
                None if self.keeps(Rule::UnknownParametersAreRefused) => {
                    let known: Vec<&str> = call.op.params().map(|param| param.name).collect();
                    wrong.push(tell(format!(
                        "The query parameter [{name}] is not one of [{}]",
                        known.join(",")
                    )));
                }
                None => {}
                Some(param) => {
                    wrong.extend(self.checked(param, value).map(tell));
                }
            }
        }
        for param in call.op.params().filter(|param| param.required) {
            if call.text(param.name).is_none() {
                let what = format!("The `{}` query parameter can not be empty", param.name);
                wrong.push((param.name.to_owned(), String::new(), what));
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Refusal::invalid_all(wrong))
        }
    }

    /// What is wrong with a value.
    fn checked(&self, param: &Param, value: &str) -> Option<String> {
        let name = param.name;
        let not = |what: &str| {
            Some(format!(
                "The `{name}` query parameter value [{value}] {what}"
            ))
        };
        match param.kind {
            ParamKind::Id if number(value).is_none() => not("does not match ^[0-9]{1,19}$"),
            ParamKind::Ids(most) => {
                let ids: Vec<&str> = value.split(',').collect();
                if ids.len() > most && self.keeps(Rule::LookUpsHoldSoMany) {
                    return Some(format!(
                        "The number of values in the `{name}` query parameter list [{}] is not between 1 and {most}",
                        ids.len()
                    ));
                }
                let bad = ids.into_iter().find(|id| number(id).is_none())?;
                Some(format!(
                    "The `{name}` query parameter value [{bad}] does not match ^[0-9]{{1,19}}$"
                ))
            }
            ParamKind::Names(most) => {
                let names: Vec<&str> = value.split(',').collect();
                if names.len() > most {
                    return not("holds too many names");
                }
                let bad = names.into_iter().find(|name| !is_username(name))?;
                Some(format!(
                    "The `{name}` query parameter value [{bad}] does not match ^[A-Za-z0-9_]{{1,15}}$"
                ))
            }
            ParamKind::Int(least, most) => match value.parse::<u64>() {
                Ok(n) if (least..=most).contains(&n) => None,
                Ok(_) if !self.keeps(Rule::PageSizesHaveBounds) => None,
                _ => not(&format!("is not between {least} and {most}")),
            },
            ParamKind::Flag if !["true", "false"].contains(&value) => not("is not a boolean"),
            ParamKind::Time => match value.parse::<jiff::Timestamp>() {
                Ok(_) => None,
                Err(_) => not("is not a valid RFC 3339 time"),
            },
            ParamKind::Text(least, most) => {
                let length = value.chars().count();
                (!(least..=most).contains(&length))
                    .then(|| format!("The `{name}` query parameter value is of an invalid length"))
            }
            ParamKind::Words => {
                let fits = (1..=50).contains(&value.len())
                    && value
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"_' ".contains(&b));
                if fits {
                    None
                } else {
                    not("does not match ^[A-Za-z0-9_' ]{1,50}$")
                }
            }
            ParamKind::One(known) if !known.contains(&value) => {
                not(&format!("is not one of [{}]", known.join(",")))
            }
            ParamKind::Each(known) if self.keeps(Rule::UnknownFieldsAreRefused) => {
                let bad = value.split(',').find(|item| !known.contains(item))?;
                Some(format!(
                    "The `{name}` query parameter value [{bad}] is not one of [{}]",
                    known.join(",")
                ))
            }
            _ => None,
        }
    }
}

pub(super) fn is_username(name: &str) -> bool {
    (1..=15).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
