//! Expands the crate's own `macro_rules!` macros where they stand for items, as far as the crate uses them.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};

/// The macros that a crate defines, by name.
#[derive(Default)]
pub(crate) struct Macros(BTreeMap<String, Vec<Rule>>);

struct Rule {
    matcher: Vec<Pattern>,
    shown: TokenStream,
    body: Vec<TokenTree>,
}

enum Pattern {
    Token(String),
    Group(Delimiter, Vec<Pattern>),
    Fragment {
        name: String,
        kind: String,
    },
    Repeat {
        of: Vec<Pattern>,
        separator: Option<String>,
        once: bool,
    },
}

#[derive(Clone)]
enum Bound {
    One(TokenStream),
    Many(Vec<Bindings>),
}

type Bindings = BTreeMap<String, Bound>;

impl Macros {
    pub(crate) fn define(&mut self, name: &str, body: TokenStream) -> Result<(), String> {
        let tokens: Vec<_> = body.into_iter().collect();
        let mut rules = Vec::new();
        for rule in tokens
            .split(|t| is_punct(t, ';'))
            .filter(|rule| !rule.is_empty())
        {
            let [
                TokenTree::Group(matcher),
                arrow,
                end,
                TokenTree::Group(body),
            ] = rule
            else {
                return Err(format!("{name}!: a rule that cannot be read"));
            };
            if !is_punct(arrow, '=') || !is_punct(end, '>') {
                return Err(format!("{name}!: a rule that cannot be read"));
            }
            rules.push(Rule {
                matcher: patterns(&trees(matcher.stream())).map_err(|e| format!("{name}!: {e}"))?,
                shown: matcher.stream(),
                body: trees(body.stream()),
            });
        }
        match self.0.insert(name.to_owned(), rules) {
            Some(_) => Err(format!(
                "{name}! is defined twice: which one is meant cannot be told here"
            )),
            None => Ok(()),
        }
    }

    /// What stands on the left of each rule.
    pub(crate) fn matchers(&self, name: &str) -> impl Iterator<Item = &TokenStream> {
        self.0
            .get(name)
            .into_iter()
            .flatten()
            .map(|rule| &rule.shown)
    }

    pub(crate) fn expand(&self, name: &str, input: TokenStream) -> Result<TokenStream, String> {
        let rules = self
            .0
            .get(name)
            .ok_or_else(|| format!("{name}! is not defined in this crate"))?;
        let input = trees(input);
        for rule in rules {
            let mut bindings = Bindings::new();
            if matches(&rule.matcher, &input, &mut bindings) == Some(input.len()) {
                return transcribe(&rule.body, &bindings).map_err(|e| format!("{name}!: {e}"));
            }
        }
        Err(format!(
            "no rule of {name}! fits {}",
            input.into_iter().collect::<TokenStream>()
        ))
    }
}

fn trees(stream: TokenStream) -> Vec<TokenTree> {
    stream.into_iter().collect()
}

fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == c)
}

/// Splits `$(…) separator operator` off; gives what is inside, the separator, the operator and what follows.
fn repetition(
    after_dollar: &[TokenTree],
) -> Option<(&Group, Option<&TokenTree>, char, &[TokenTree])> {
    let [TokenTree::Group(group), rest @ ..] = after_dollar else {
        return None;
    };
    let operator = |token: &TokenTree| match token {
        TokenTree::Punct(p) if "*+?".contains(p.as_char()) => Some(p.as_char()),
        _ => None,
    };
    match rest {
        [first, rest @ ..] if operator(first).is_some() => {
            Some((group, None, operator(first)?, rest))
        }
        [separator, second, rest @ ..] => Some((group, Some(separator), operator(second)?, rest)),
        _ => None,
    }
}

fn patterns(mut tokens: &[TokenTree]) -> Result<Vec<Pattern>, String> {
    let mut found = Vec::new();
    while let [first, rest @ ..] = tokens {
        tokens = rest;
        if is_punct(first, '$') {
            if let [
                TokenTree::Ident(name),
                colon,
                TokenTree::Ident(kind),
                rest @ ..,
            ] = tokens
                && is_punct(colon, ':')
            {
                found.push(Pattern::Fragment {
                    name: name.to_string(),
                    kind: kind.to_string(),
                });
                tokens = rest;
            } else if let Some((group, separator, operator, rest)) = repetition(tokens) {
                found.push(Pattern::Repeat {
                    of: patterns(&trees(group.stream()))?,
                    separator: separator.map(ToString::to_string),
                    once: operator == '?',
                });
                tokens = rest;
            } else {
                return Err("a matcher that cannot be read".to_owned());
            }
        } else if let TokenTree::Group(group) = first {
            found.push(Pattern::Group(
                group.delimiter(),
                patterns(&trees(group.stream()))?,
            ));
        } else {
            found.push(Pattern::Token(first.to_string()));
        }
    }
    Ok(found)
}

/// How many tokens of `input` the patterns take, or `None` where they do not fit.
fn matches(patterns: &[Pattern], input: &[TokenTree], bindings: &mut Bindings) -> Option<usize> {
    let mut at = 0;
    for pattern in patterns {
        let rest = input.get(at..)?;
        at += match pattern {
            Pattern::Token(text) => {
                let token = rest.first()?;
                (token.to_string() == *text).then_some(1)?
            }
            Pattern::Group(delimiter, inner) => {
                let TokenTree::Group(group) = rest.first()? else {
                    return None;
                };
                let stream = trees(group.stream());
                let whole = group.delimiter() == *delimiter
                    && matches(inner, &stream, bindings)? == stream.len();
                whole.then_some(1)?
            }
            Pattern::Fragment { name, kind } => {
                let taken = fragment(kind, rest)?;
                let tokens = rest.get(..taken)?.iter().cloned().collect();
                bindings.insert(name.clone(), Bound::One(tokens));
                taken
            }
            Pattern::Repeat {
                of,
                separator,
                once,
            } => {
                let (taken, rounds) = repeat(of, separator.as_deref(), *once, rest);
                let mut names = Vec::new();
                fragment_names(of, &mut names);
                for name in names {
                    bindings.insert(name, Bound::Many(rounds.clone()));
                }
                taken
            }
        };
    }
    Some(at)
}

fn repeat(
    of: &[Pattern],
    separator: Option<&str>,
    once: bool,
    input: &[TokenTree],
) -> (usize, Vec<Bindings>) {
    let (mut at, mut rounds) = (0, Vec::new());
    loop {
        let mut start = at;
        if let (Some(separator), false) = (separator, rounds.is_empty()) {
            match input.get(at) {
                Some(token) if token.to_string() == separator => start += 1,
                _ => break,
            }
        }
        let mut bindings = Bindings::new();
        match matches(of, input.get(start..).unwrap_or_default(), &mut bindings) {
            Some(taken) if taken > 0 => at = start + taken,
            _ => break,
        }
        rounds.push(bindings);
        if once {
            break;
        }
    }
    (at, rounds)
}

fn fragment_names(patterns: &[Pattern], names: &mut Vec<String>) {
    for pattern in patterns {
        match pattern {
            Pattern::Token(_) => {}
            Pattern::Group(_, inner) | Pattern::Repeat { of: inner, .. } => {
                fragment_names(inner, names)
            }
            Pattern::Fragment { name, .. } => names.push(name.clone()),
        }
    }
}

/// How many tokens the fragment takes.
fn fragment(kind: &str, input: &[TokenTree]) -> Option<usize> {
    fn taken<T: Parse>(input: &[TokenTree]) -> Option<usize> {
        taken_by(T::parse, input)
    }
    fn taken_by<T>(
        parse: impl Fn(ParseStream<'_>) -> syn::Result<T>,
        input: &[TokenTree],
    ) -> Option<usize> {
        let whole = |stream: ParseStream<'_>| {
            parse(stream)?;
            stream.parse::<TokenStream>()
        };
        let left = whole.parse2(input.iter().cloned().collect()).ok()?;
        Some(input.len() - left.into_iter().count())
    }
    match kind {
        "tt" => input.first().map(|_| 1),
        "ident" => matches!(input.first()?, TokenTree::Ident(_)).then_some(1),
        "literal" => taken::<syn::Lit>(input),
        "lifetime" => taken::<syn::Lifetime>(input),
        "ty" => taken::<syn::Type>(input),
        "path" => taken::<syn::Path>(input),
        "expr" => taken::<syn::Expr>(input),
        "meta" => taken::<syn::Meta>(input),
        "vis" => taken::<syn::Visibility>(input),
        "block" => taken::<syn::Block>(input),
        "item" => taken::<syn::Item>(input),
        "pat" => taken_by(syn::Pat::parse_multi, input),
        _ => None,
    }
}

fn transcribe(mut tokens: &[TokenTree], bindings: &Bindings) -> Result<TokenStream, String> {
    let mut out = TokenStream::new();
    while let [first, rest @ ..] = tokens {
        tokens = rest;
        if !is_punct(first, '$') {
            match first {
                TokenTree::Group(group) => {
                    let inner = transcribe(&trees(group.stream()), bindings)?;
                    out.extend([TokenTree::Group(Group::new(group.delimiter(), inner))]);
                }
                other => out.extend([other.clone()]),
            }
            continue;
        }
        match tokens {
            [TokenTree::Ident(name), rest @ ..] => {
                match bindings.get(&name.to_string()) {
                    Some(Bound::One(stream)) => out.extend(stream.clone()),
                    Some(Bound::Many(_)) => {
                        return Err(format!("${name} outside of its repetition"));
                    }
                    None if name == "crate" => out.extend(name.to_token_stream()),
                    None => return Err(format!("${name} is not bound")),
                }
                tokens = rest;
            }
            _ => {
                let (group, separator, _, rest) =
                    repetition(tokens).ok_or("a body that cannot be read")?;
                let inner = trees(group.stream());
                for (i, round) in rounds(&inner, bindings).into_iter().enumerate() {
                    if i > 0 {
                        out.extend(separator.cloned());
                    }
                    let mut bindings = bindings.clone();
                    bindings.extend(round);
                    out.extend(transcribe(&inner, &bindings)?);
                }
                tokens = rest;
            }
        }
    }
    Ok(out)
}

/// The rounds of what repeats among the variables that `tokens` name.
fn rounds(tokens: &[TokenTree], bindings: &Bindings) -> Vec<Bindings> {
    let mut names = Vec::new();
    variables(tokens, &mut names);
    let many = names.iter().filter_map(|name| match bindings.get(name) {
        Some(Bound::Many(rounds)) => Some(rounds.clone()),
        _ => None,
    });
    many.reduce(|all, more| {
        all.into_iter()
            .zip(more)
            .map(|(mut a, b)| {
                a.extend(b);
                a
            })
            .collect()
    })
    .unwrap_or_default()
}

fn variables(tokens: &[TokenTree], names: &mut Vec<String>) {
    for (i, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => variables(&trees(group.stream()), names),
            TokenTree::Ident(name)
                if i > 0 && tokens.get(i - 1).is_some_and(|t| is_punct(t, '$')) =>
            {
                names.push(name.to_string());
            }
            _ => {}
        }
    }
}

/// Tokens as a person writes them, on one line.
pub(crate) fn shown(tokens: impl ToTokens) -> String {
    let mut words = Vec::new();
    flatten(tokens.into_token_stream(), &mut words);
    let mut line = String::new();
    let mut before = "";
    for word in &words {
        if !line.is_empty() && spaced(before, word) {
            line.push(' ');
        }
        line.push_str(word);
        before = word;
    }
    line
}

fn flatten(tokens: TokenStream, words: &mut Vec<String>) {
    let mut joint = false;
    for token in tokens {
        let (mut text, mut joins) = (String::new(), false);
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                if !open.is_empty() {
                    words.push(open.to_owned());
                }
                flatten(group.stream(), words);
                // A comma before the end is layout.
                if let [.., before, last] = words.as_slice()
                    && last == ","
                    && before != open
                    && !close.is_empty()
                {
                    words.pop();
                }
                text.push_str(close);
            }
            TokenTree::Punct(punct) => {
                text.push(punct.as_char());
                // What is joined here is read as one word: `::`, `->`, `=>`, `..`, `'a`.
                joins = punct.spacing() == Spacing::Joint && ":-=.'".contains(punct.as_char());
            }
            other => text.push_str(&other.to_string()),
        }
        match words.last_mut() {
            Some(last) if joint => last.push_str(&text),
            _ if text.is_empty() => {}
            _ => words.push(text),
        }
        joint = joins;
    }
}

fn spaced(before: &str, word: &str) -> bool {
    let is_word = |s: &str| s.starts_with(|c: char| c.is_alphanumeric() || "_'\"".contains(c));
    match (before, word) {
        ("(" | "[" | "::" | "&" | "<" | "#" | "." | "!" | "?" | "*" | "$", _) => false,
        (_, ")" | "]" | "," | ";" | ":" | "." | ">") => false,
        (_, "::" | "<") => !is_word(before) && !matches!(before, ">" | "]" | ")") || before == "as",
        (_, "(") => matches!(before, "," | "->" | "=" | "+" | ":" | "where" | "=>" | "*"),
        (_, "[") => matches!(
            before,
            "," | "->" | "=" | "+" | ":" | "mut" | "dyn" | "const"
        ),
        (_, "!") => !is_word(before),
        _ => true,
    }
}
