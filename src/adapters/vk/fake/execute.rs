//! Scripts: the part of VKScript that batches calls.
//!
//! Known are `var name = value;`, `return value;`, arrays, objects, strings, numbers, `API.section.method({...})`, and
//! parts of values by `.name` and `[number]`. Anything else is error 12.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use serde_json::{Map, Value, json};

use super::faults::{Fault, Rule};
use super::log::InnerCall;
use super::methods::Method;
use super::routes::Call;
use super::state::World;
use super::wire::{Answer, Params, Refusal};

/// The most calls of one script.
const MOST_CALLS: usize = 25;

fn cannot_compile(why: &str) -> Refusal {
    Refusal::new(12, format!("Unable to compile code: {why}"))
}

fn failed(why: &str) -> Refusal {
    Refusal::new(
        13,
        format!("Runtime error occurred during code invocation: {why}"),
    )
}

struct Script<'a> {
    text: Peekable<Chars<'a>>,
    known: BTreeMap<String, Value>,
    calls: usize,
    errors: Vec<Value>,
}

impl World {
    pub(super) fn execute(&mut self, call: &Call<'_>) -> Answer {
        if !self.keeps(Rule::ExecuteRuns) {
            return Err(failed("scripts are off"));
        }
        let code = call.p.text("code").unwrap_or_default();
        let mut script = Script {
            text: code.chars().peekable(),
            known: BTreeMap::new(),
            calls: 0,
            errors: Vec::new(),
        };
        let value = script.run(self, call)?;
        let mut answer = json!({ "response": value });
        if !script.errors.is_empty()
            && let Some(fields) = answer.as_object_mut()
        {
            fields.insert("execute_errors".to_owned(), json!(script.errors));
        }
        Ok(answer)
    }

    /// One call of a script: its answer, or why it failed.
    fn scripted(&mut self, call: &Call<'_>, name: &str, args: &Value) -> Answer {
        let params = Params::new(
            args.as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), plain(value)))
                .collect(),
        );
        let answer = self.scripted_alone(call, name, &params);
        let told = match &answer {
            Ok(value) => json!({ "response": value }),
            Err(refusal) => refusal.body(name, &params),
        };
        let mut params = params.pairs;
        params.push((
            "v".to_owned(),
            call.p.text("v").unwrap_or_default().to_owned(),
        ));
        self.inner.push(InnerCall {
            name: name.to_owned(),
            params,
            answer: told,
        });
        answer
    }

    fn scripted_alone(&mut self, call: &Call<'_>, name: &str, params: &Params) -> Answer {
        let fault = self
            .faults
            .iter()
            .position(|(wanted, _)| wanted == name)
            .map(|at| self.faults.remove(at).1);
        if let Some(Fault::Refuse { code, message, .. }) = fault {
            return Err(Refusal::new(code, message));
        }
        let method = Method::find(name)
            .filter(|method| method.name != "execute")
            .ok_or_else(|| Refusal::new(3, "Unknown method passed"))?;
        for unknown in method.unknown(params) {
            self.complain(format!("{name}: VK reads no parameter {unknown}"));
        }
        self.may_call(call.access, &method)?;
        self.challenged(name, params)?;
        let inner = Call {
            method,
            p: params,
            now: call.now,
            token: call.token,
            access: call.access,
        };
        let counts = self.keeps(Rule::ExecuteCounts);
        self.run(&inner, counts)
    }
}

/// A value as a parameter.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => i64::from(*flag).to_string(),
        Value::Null => String::new(),
        Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            items.join(",")
        }
        other => other.to_string(),
    }
}

impl Script<'_> {
    fn run(&mut self, world: &mut World, call: &Call<'_>) -> Answer {
        loop {
            self.blank();
            if self.text.peek().is_none() {
                return Ok(Value::Null);
            }
            match self.word().as_str() {
                "return" => {
                    let value = self.value(world, call)?;
                    self.take(';')?;
                    return Ok(value);
                }
                "var" => {
                    self.blank();
                    let name = self.word();
                    self.take('=')?;
                    let value = self.value(world, call)?;
                    self.known.insert(name, value);
                    self.take(';')?;
                }
                word => return Err(cannot_compile(&format!("'{word}' is not understood"))),
            }
        }
    }

    fn blank(&mut self) {
        while self.text.peek().is_some_and(|c| c.is_whitespace()) {
            self.text.next();
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self
            .text
            .peek()
            .copied()
            .filter(|c| c.is_alphanumeric() || *c == '_')
        {
            word.push(c);
            self.text.next();
        }
        word
    }

    fn take(&mut self, wanted: char) -> Result<(), Refusal> {
        self.blank();
        match self.text.next() {
            Some(found) if found == wanted => Ok(()),
            Some(found) => Err(cannot_compile(&format!(
                "expected '{wanted}', not '{found}'"
            ))),
            None => Err(cannot_compile(&format!("expected '{wanted}'"))),
        }
    }

    /// Whether the next sign is this one, which is then taken.
    fn next_is(&mut self, wanted: char) -> bool {
        self.blank();
        self.text.next_if_eq(&wanted).is_some()
    }

    fn value(&mut self, world: &mut World, call: &Call<'_>) -> Answer {
        let mut value = self.simple(world, call)?;
        loop {
            if self.next_is('.') {
                let name = self.word();
                value = value.get(&name).cloned().unwrap_or(Value::Null);
            } else if self.next_is('[') {
                let at = self.value(world, call)?;
                self.take(']')?;
                value = match (&value, &at) {
                    (Value::Array(items), Value::Number(at)) => at
                        .as_u64()
                        .and_then(|at| items.get(usize::try_from(at).ok()?))
                        .cloned(),
                    (Value::Object(fields), Value::String(name)) => fields.get(name).cloned(),
                    _ => None,
                }
                .unwrap_or(Value::Null);
            } else {
                return Ok(value);
            }
        }
    }

    fn simple(&mut self, world: &mut World, call: &Call<'_>) -> Answer {
        self.blank();
        let Some(start) = self.text.peek().copied() else {
            return Err(cannot_compile("the code ends too soon"));
        };
        match start {
            '[' => {
                self.text.next();
                let mut items = Vec::new();
                while !self.next_is(']') {
                    items.push(self.value(world, call)?);
                    if !self.next_is(',') {
                        self.take(']')?;
                        break;
                    }
                }
                Ok(Value::Array(items))
            }
            '{' => {
                self.text.next();
                let mut fields = Map::new();
                while !self.next_is('}') {
                    self.blank();
                    let name = match self.text.peek() {
                        Some('"' | '\'') => self.string()?,
                        _ => self.word(),
                    };
                    self.take(':')?;
                    fields.insert(name, self.value(world, call)?);
                    if !self.next_is(',') {
                        self.take('}')?;
                        break;
                    }
                }
                Ok(Value::Object(fields))
            }
            '"' | '\'' => self.string().map(Value::String),
            '-' | '0'..='9' => self.number(),
            _ => {
                let word = self.word();
                match word.as_str() {
                    "API" => self.call(world, call),
                    "true" => Ok(json!(true)),
                    "false" => Ok(json!(false)),
                    "null" => Ok(Value::Null),
                    name => self
                        .known
                        .get(name)
                        .cloned()
                        .ok_or_else(|| cannot_compile(&format!("'{name}' is not known"))),
                }
            }
        }
    }

    fn string(&mut self) -> Result<String, Refusal> {
        let end = self.text.next().unwrap_or('"');
        // What JSON understands within a string, VK does.
        let mut quoted = String::from("\"");
        loop {
            match self.text.next() {
                None | Some('\n') => return Err(cannot_compile("a string does not end")),
                Some('\\') => {
                    quoted.push('\\');
                    match self.text.next() {
                        Some('\'') => {
                            quoted.pop();
                            quoted.push('\'');
                        }
                        Some(c) => quoted.push(c),
                        None => return Err(cannot_compile("a string does not end")),
                    }
                }
                Some(c) if c == end => break,
                Some('"') => quoted.push_str("\\\""),
                Some(c) => quoted.push(c),
            }
        }
        quoted.push('"');
        serde_json::from_str(&quoted).map_err(|_| cannot_compile("a string is malformed"))
    }

    fn number(&mut self) -> Answer {
        let mut text = String::new();
        while let Some(c) = self
            .text
            .peek()
            .copied()
            .filter(|c| c.is_ascii_digit() || matches!(c, '-' | '.'))
        {
            text.push(c);
            self.text.next();
        }
        serde_json::from_str(&text).map_err(|_| cannot_compile("a number is malformed"))
    }

    fn call(&mut self, world: &mut World, call: &Call<'_>) -> Answer {
        self.take('.')?;
        let section = self.word();
        self.take('.')?;
        let name = format!("{section}.{}", self.word());
        self.take('(')?;
        let args = if self.next_is(')') {
            json!({})
        } else {
            let args = self.value(world, call)?;
            self.take(')')?;
            args
        };
        self.calls += 1;
        if self.calls > MOST_CALLS {
            return Err(failed("Too many API calls"));
        }
        match world.scripted(call, &name, &args) {
            Ok(value) => Ok(value),
            Err(refusal) if !world.keeps(Rule::ExecuteKeepsTheRest) => {
                Err(failed(&refusal.message))
            }
            Err(refusal) => {
                self.errors.push(refusal.brief(&name));
                Ok(json!(false))
            }
        }
    }
}
