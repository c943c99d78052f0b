//! Answers as a server could give them: made from the lexicons, by chance, from a seed.
//!
//! They use every freedom that the lexicons leave: what is optional may be missing, open lists of values and open
//! unions hold what was named after us, objects hold properties that nobody has heard of.

use serde_json::{Map, Value, json};
use unicode_segmentation::UnicodeSegmentation;

use super::check::type_of;
pub use super::dice::Freedom;
use super::dice::{Dice, SAFE};
use super::format;
use super::lexicon::Lexicons;
use super::schema::{Def, Object, Schema, Size, Text};

/// Makes answers and records. The same lexicons, seed and calls give the same values.
pub struct Generator<'a> {
    lexicons: &'a Lexicons,
    dice: Dice,
    freedom: Freedom,
    /// How many of a hundred optional properties are there.
    present: u64,
    /// Values that may still be made before everything optional is left out.
    budget: usize,
}

const BASE32: &str = "abcdefghijklmnopqrstuvwxyz234567";
const TID: &str = "234567abcdefghijklmnopqrstuvwxyz";

impl<'a> Generator<'a> {
    #[must_use]
    pub fn new(lexicons: &'a Lexicons, seed: u64, freedom: Freedom) -> Self {
        Self {
            lexicons,
            dice: Dice::new(seed),
            freedom,
            present: 0,
            budget: 0,
        }
    }

    fn begin(&mut self) {
        self.present = match self.dice.below(6) {
            0 => 0,
            1 => 100,
            _ => self.dice.roll() % 100,
        };
        self.budget = 600;
    }

    /// An answer to the method `nsid`.
    ///
    /// # Errors
    /// The method is unknown or answers no JSON.
    pub fn answer(&mut self, nsid: &str) -> Result<Value, String> {
        let lexicons = self.lexicons;
        let output = lexicons
            .method(nsid)?
            .output
            .as_ref()
            .and_then(|body| body.schema.as_ref());
        let schema = output.ok_or_else(|| format!("{nsid} answers no JSON"))?;
        self.begin();
        Ok(self.schema(schema, 0, ""))
    }

    /// A record of the type `nsid`.
    ///
    /// # Errors
    /// The type is unknown.
    pub fn record(&mut self, nsid: &str) -> Result<Value, String> {
        let lexicons = self.lexicons;
        let name = format!("{nsid}#main");
        let Some(def @ Def::Record { .. }) = lexicons.def(&name) else {
            return Err(format!("{nsid} is no record of the lexicons"));
        };
        self.begin();
        Ok(self.def(&name, def, 0, true))
    }

    fn any(&mut self, percent: u64) -> bool {
        self.freedom == Freedom::Any && self.dice.percent(percent)
    }

    /// Past a depth or a size only what must be there is made, so that recursive types end.
    fn spent(&self, depth: usize) -> bool {
        depth > 12 || self.budget == 0
    }

    fn def(&mut self, name: &str, def: &Def, depth: usize, typed: bool) -> Value {
        let (schema, typed) = match def {
            Def::Schema(Schema::Token) => return Value::from(type_of(name)),
            Def::Schema(schema) => (schema, typed),
            Def::Record { schema, .. } => (schema, true),
            Def::Query(_) | Def::Procedure(_) | Def::Other => return Value::Null,
        };
        let mut value = self.schema(schema, depth, "");
        if let Value::Object(map) = &mut value
            && (typed || self.dice.percent(10))
        {
            map.insert("$type".to_owned(), Value::from(type_of(name)));
        }
        value
    }

    fn schema(&mut self, schema: &Schema, depth: usize, property: &str) -> Value {
        self.budget = self.budget.saturating_sub(1);
        let lexicons = self.lexicons;
        match schema {
            Schema::Boolean { only } => Value::Bool(only.unwrap_or_else(|| self.dice.percent(50))),
            Schema::Integer { min, max, one_of } => {
                Value::from(self.dice.integer(*min, *max, one_of))
            }
            Schema::String(rule) => Value::from(self.text(rule)),
            Schema::Bytes { size } => {
                let length = self.length(*size, 40);
                let last = if length.is_multiple_of(3) { "" } else { "A" };
                let whole = (length * 4).div_ceil(3) - last.len();
                let digits = self.dice.digits("ABCXYZabcxyz0189+/", whole);
                json!({"$bytes": format!("{digits}{last}")})
            }
            Schema::CidLink => json!({"$link": self.cid()}),
            Schema::Array { items, size } => {
                let length = if self.spent(depth) {
                    0
                } else {
                    self.length(*size, 4)
                };
                let length = length.max(size.min.unwrap_or(0) as usize);
                (0..length)
                    .map(|_| self.schema(items, depth + 1, property))
                    .collect()
            }
            Schema::Object(rule) => Value::Object(self.object(rule, depth)),
            Schema::Blob { accept, max } => self.blob(accept, *max),
            Schema::Unknown => self.unknown(depth, property),
            Schema::Ref(name) => match lexicons.def(name) {
                Some(def) => self.def(name, def, depth, false),
                None => Value::Null,
            },
            Schema::Union { refs, closed } => self.union(refs, *closed, depth),
            Schema::Token => Value::from("com.example.future#token"),
        }
    }

    fn object(&mut self, rule: &Object, depth: usize) -> Map<String, Value> {
        let mut map = Map::new();
        for (name, schema) in &rule.properties {
            let wanted = !self.spent(depth) && self.dice.percent(self.present);
            if !rule.required.contains(name) && !wanted {
                continue;
            }
            let value = if rule.nullable.contains(name) && self.dice.percent(30) {
                Value::Null
            } else {
                self.schema(schema, depth + 1, name)
            };
            map.insert(name.clone(), value);
        }
        if self.any(15) {
            map.insert("futureProperty".to_owned(), self.dice.anything(0));
        }
        map
    }

    fn union(&mut self, refs: &[String], closed: bool, depth: usize) -> Value {
        let lexicons = self.lexicons;
        if !closed && (self.any(15) || (self.spent(depth) && self.freedom == Freedom::Any)) {
            return self.future();
        }
        let mut at = self.dice.below(refs.len());
        if self.spent(depth) {
            // The member that holds least ends the recursion soonest.
            let needs = |name: &String| match lexicons.def(name) {
                Some(
                    Def::Schema(Schema::Object(o))
                    | Def::Record {
                        schema: Schema::Object(o),
                        ..
                    },
                ) => o.required.len(),
                _ => 0,
            };
            at = (0..refs.len())
                .min_by_key(|i| refs.get(*i).map_or(0, needs))
                .unwrap_or(0);
        }
        match refs
            .get(at)
            .and_then(|name| Some((name, lexicons.def(name)?)))
        {
            Some((name, def)) => self.def(name, def, depth, true),
            None => self.future(),
        }
    }

    /// A member of a union, or a record, that was named after us.
    fn future(&mut self) -> Value {
        let kind = self.dice.pick(&[
            "com.example.future#thing",
            "app.bsky.embed.hologram",
            "com.example.future.record",
        ]);
        json!({"$type": kind, "text": {"not": "a string"}, "uri": 7, "n": self.dice.anything(0)})
    }

    fn unknown(&mut self, depth: usize, property: &str) -> Value {
        let record = if matches!(property, "record" | "value") {
            match self.dice.below(10) {
                0..7 => Some("app.bsky.feed.post"),
                7 => self.some_record(),
                _ => None,
            }
        } else {
            None
        };
        let lexicons = self.lexicons;
        if let Some(nsid) = record
            && !self.spent(depth)
        {
            let name = format!("{nsid}#main");
            if let Some(def) = lexicons.def(&name) {
                return self.def(&name, def, depth, true);
            }
        }
        match self.dice.below(3) {
            0 => json!({}),
            1 => self.future(),
            _ => {
                json!({"id": "did:example:1", "service": [{"id": "#other", "n": 1}], "text": "no $type", "more": self.dice.anything(0)})
            }
        }
    }

    fn some_record(&mut self) -> Option<&'a str> {
        let lexicons = self.lexicons;
        let at = self.dice.below(lexicons.records().count());
        lexicons.records().nth(at)
    }

    fn blob(&mut self, accept: &[String], max: Option<u64>) -> Value {
        let accepted: Vec<&str> = accept.iter().map(String::as_str).collect();
        let kind = match self.dice.pick(&accepted) {
            "" | "*/*" => "application/x-future".to_owned(),
            kind => kind.replace('*', "x-future"),
        };
        if self.any(10) {
            return json!({"cid": self.cid(), "mimeType": kind}); // the first form of blobs
        }
        let max = max.unwrap_or(SAFE as u64);
        let size = if self.dice.percent(30) {
            max
        } else {
            1 + self.dice.roll() % max
        };
        json!({"$type": "blob", "ref": {"$link": self.cid()}, "mimeType": kind, "size": size})
    }

    fn cid(&mut self) -> String {
        // 36 bytes in 58 digits. The first four bytes are fixed: six digits and two bits of the seventh. The last digit
        // ends in two bits of padding.
        let start = self.dice.pick(&["bafyrei", "bafkrei"]);
        let seventh = self.dice.digits("abcdefgh", 1);
        let middle = self.dice.digits(BASE32, 50);
        let last = self.dice.digits("aeimquy4", 1);
        format!("{start}{seventh}{middle}{last}")
    }

    /// A length within `size`: often none, often all that there may be, else about `usual`.
    fn length(&mut self, size: Size, usual: usize) -> usize {
        let least = size.min.unwrap_or(0) as usize;
        let most = size.max.map_or(usual * 2, |max| max as usize).max(least);
        match self.dice.below(8) {
            0 => least,
            // A full array within full arrays would be endless: it counts against what is left.
            1 => most.min(self.budget.max(usual)).max(least),
            _ => (least + self.dice.below(usual + 1)).min(most),
        }
    }

    fn text(&mut self, rule: &Text) -> String {
        if !rule.one_of.is_empty() {
            let values: Vec<&str> = rule.one_of.iter().map(String::as_str).collect();
            return self.dice.pick(&values).to_owned();
        }
        if let Some(format) = &rule.format {
            let most = rule.bytes.max.map_or(usize::MAX, |max| max as usize);
            for _ in 0..8 {
                let text = self.formatted(format);
                if text.len() <= most {
                    return text;
                }
            }
        }
        let known: Vec<&str> = rule.known.iter().map(String::as_str).collect();
        if !known.is_empty() && !self.any(25) {
            return self.dice.pick(&known).to_owned();
        }
        let text = if known.is_empty() {
            self.prose(rule)
        } else {
            "com.example.future#value".to_owned()
        };
        fit(text, rule)
    }

    /// Text of many scripts, of any length that the rule leaves.
    fn prose(&mut self, rule: &Text) -> String {
        let most = rule.graphemes.max.or(rule.bytes.max).unwrap_or(400) as usize;
        let least = rule.graphemes.min.or(rule.bytes.min).unwrap_or(0) as usize;
        self.dice.prose(least, most)
    }

    fn formatted(&mut self, format: &str) -> String {
        let any = self.freedom == Freedom::Any;
        let text = match format {
            "did" => match self.dice.below(10) {
                0 => "did:web:pds.example.com%3A3000".to_owned(),
                1 => format!("did:future:{}", self.dice.digits("aZ9._-", 60) + "x"),
                _ => format!("did:plc:{}", self.dice.digits(BASE32, 24)),
            },
            "handle" => match self.dice.below(10) {
                0 => "handle.invalid".to_owned(),
                1 => "xn--ls8h.TEST".to_owned(),
                2 => format!("{}.test", ["a".repeat(60).as_str(); 4].join(".")),
                _ => format!("{}.bsky.social", self.dice.digits("abcxyz0189", 8)),
            },
            "at-identifier" => {
                let kind = self.dice.pick(&["did", "handle"]);
                self.formatted(kind)
            }
            "at-uri" => {
                let authority = self.formatted("did");
                let key = self.formatted("record-key");
                let collection = self.dice.pick(&[
                    "app.bsky.feed.post",
                    "app.bsky.feed.post",
                    "app.bsky.feed.post",
                    "app.bsky.feed.like",
                    "com.example.thing",
                ]);
                match self.dice.below(20) {
                    0 if any => format!("at://{authority}"),
                    1 if any => format!("at://{authority}/{collection}"),
                    2 => format!("at://alice.test/{collection}/{key}"),
                    _ => format!("at://{authority}/{collection}/{key}"),
                }
            }
            "nsid" => self
                .dice
                .pick(&["app.bsky.feed.post", "com.example.fooBar", "a.b.c"])
                .to_owned(),
            "tid" => format!("3{}", self.dice.digits(TID, 12)),
            "record-key" => match self.dice.below(6) {
                0 => "self".to_owned(),
                1 => self.dice.digits("aZ09_~.:-", 100),
                _ => self.formatted("tid"),
            },
            "cid" => self.cid(),
            "datetime" => self.datetime(),
            "language" => self
                .dice
                .pick(&[
                    "en",
                    "pt-BR",
                    "zh-Hant",
                    "i-default",
                    "en-GB-boont-r-extended-sequence-x-private",
                ])
                .to_owned(),
            "uri" => match self.dice.below(6) {
                0 => "future-scheme:anything/at%20all".to_owned(),
                1 => format!("https://example.com/{}", "é/".repeat(900)),
                2 => self.formatted("at-uri"),
                _ => format!(
                    "https://cdn.example.com/img/{}@jpeg",
                    self.dice.digits(BASE32, 20)
                ),
            },
            _ => String::new(),
        };
        if format::is(format, &text) == Some(true) {
            text
        } else {
            self.formatted(format)
        }
    }

    fn datetime(&mut self) -> String {
        let (year, month) = (2023 + self.dice.below(4), 1 + self.dice.below(12));
        let (day, hour, minute) = (
            1 + self.dice.below(28),
            self.dice.below(24),
            self.dice.below(60),
        );
        let rest = match self.dice.below(10) {
            0 => "59Z",
            1 => "07.1Z",
            2 => "07.123456789012345Z",
            3 => "00.000-11:45",
            4 => "00+14:00",
            5 => {
                return self
                    .dice
                    .pick(&[
                        "0010-01-01T00:00:00Z",
                        "9999-12-31T23:59:59.999Z",
                        "1970-01-01T00:00:00.000Z",
                    ])
                    .to_owned();
            }
            _ => "30.250Z",
        };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{rest}")
    }
}

/// Cuts and fills `text` until it is as long as the rule wants it.
fn fit(text: String, rule: &Text) -> String {
    let bytes = rule.bytes.max.map_or(usize::MAX, |max| max as usize);
    let graphemes = rule.graphemes.max.map_or(usize::MAX, |max| max as usize);
    let mut fitted = String::new();
    for grapheme in text.graphemes(true).take(graphemes) {
        if fitted.len() + grapheme.len() > bytes {
            break;
        }
        fitted.push_str(grapheme);
    }
    let least = rule.bytes.min.max(rule.graphemes.min).unwrap_or(0) as usize;
    while fitted.len() < least
        || fitted.graphemes(true).count() < rule.graphemes.min.unwrap_or(0) as usize
    {
        fitted.push('x');
    }
    fitted
}
