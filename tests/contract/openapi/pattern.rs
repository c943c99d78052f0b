//! The patterns that contracts use: classes, groups, choices and repeats, whole texts only.

#[derive(Debug, Clone)]
enum Node {
    /// One character: the ranges, and whether they are meant or all others.
    Class(Vec<(char, char)>, bool),
    Group(Vec<Vec<(Node, usize, usize)>>),
}

/// A pattern: its choices, and whether a text begins and ends with one of them.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    rows: Vec<Vec<(Node, usize, usize)>>,
    begins: bool,
    ends: bool,
}

struct Reader<'a>(std::iter::Peekable<std::str::Chars<'a>>);

impl Pattern {
    /// Reads a pattern; nothing where it is not understood.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (inner, begins) = text
            .strip_prefix('^')
            .map_or((text, false), |rest| (rest, true));
        let (inner, ends) = inner
            .strip_suffix('$')
            .map_or((inner, false), |rest| (rest, true));
        let mut reader = Reader(inner.chars().peekable());
        let rows = reader.choices(false)?;
        reader
            .0
            .next()
            .is_none()
            .then_some(Self { rows, begins, ends })
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        let letters: Vec<char> = text.chars().collect();
        let last = if self.begins { 0 } else { letters.len() };
        (0..=last).any(|from| {
            self.rows.iter().any(|row| {
                let found = ends(row, &letters, from);
                found.contains(&letters.len()) || (!self.ends && !found.is_empty())
            })
        })
    }

    /// A text that fits, made with a source of numbers below a bound.
    pub(super) fn sample(&self, below: &mut dyn FnMut(usize) -> usize) -> String {
        let mut text = String::new();
        choose(&self.rows, below, &mut text);
        text
    }
}

fn choose(
    rows: &[Vec<(Node, usize, usize)>],
    below: &mut dyn FnMut(usize) -> usize,
    text: &mut String,
) {
    let Some(row) = rows.get(below(rows.len())) else {
        return;
    };
    for (node, least, most) in row {
        let most = (*most).min(least + 20);
        let times = least + below(most - least + 1);
        for _ in 0..times {
            match node {
                Node::Class(ranges, true) => {
                    if let Some((from, to)) = ranges.get(below(ranges.len())) {
                        let span = (*to as usize).saturating_sub(*from as usize) + 1;
                        let letter = u32::try_from(*from as usize + below(span)).ok();
                        text.extend(letter.and_then(char::from_u32));
                    }
                }
                Node::Class(..) => text.push('x'),
                Node::Group(rows) => choose(rows, below, text),
            }
        }
    }
}

/// Every place where a row may end that begins at one.
fn ends(row: &[(Node, usize, usize)], letters: &[char], at: usize) -> Vec<usize> {
    let Some(((node, least, most), rest)) = row.split_first() else {
        return vec![at];
    };
    let mut found = Vec::new();
    let mut places = vec![at];
    for times in 0..=*most {
        if times >= *least {
            for place in &places {
                found.extend(ends(rest, letters, *place));
            }
        }
        let mut next: Vec<usize> = places
            .iter()
            .flat_map(|place| one(node, letters, *place))
            .collect();
        next.sort_unstable();
        next.dedup();
        if next.is_empty() {
            break;
        }
        places = next;
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn one(node: &Node, letters: &[char], at: usize) -> Vec<usize> {
    match node {
        Node::Class(ranges, meant) => {
            let Some(letter) = letters.get(at) else {
                return Vec::new();
            };
            let within = ranges
                .iter()
                .any(|(from, to)| (from..=to).contains(&letter));
            if within == *meant {
                vec![at + 1]
            } else {
                Vec::new()
            }
        }
        Node::Group(rows) => rows
            .iter()
            .flat_map(|row| ends(row, letters, at))
            .filter(|end| *end > at)
            .collect(),
    }
}

impl Reader<'_> {
    fn choices(&mut self, inner: bool) -> Option<Vec<Vec<(Node, usize, usize)>>> {
        let mut rows = vec![Vec::new()];
        while let Some(letter) = self.0.peek().copied() {
            match letter {
                ')' if inner => break,
                '|' => {
                    self.0.next();
                    rows.push(Vec::new());
                    continue;
                }
                _ => {}
            }
            let node = self.node()?;
            let (least, most) = self.times()?;
            rows.last_mut()?.push((node, least, most));
        }
        Some(rows)
    }

    fn node(&mut self) -> Option<Node> {
        let only = |letter: char| Node::Class(vec![(letter, letter)], true);
        Some(match self.0.next()? {
            '(' => {
                // What looks ahead is not understood.
                if self.0.peek() == Some(&'?') {
                    return None;
                }
                let rows = self.choices(true)?;
                (self.0.next() == Some(')')).then_some(())?;
                Node::Group(rows)
            }
            '[' => self.class()?,
            '.' => Node::Class(vec![('\n', '\n')], false),
            '\\' => match self.0.next()? {
                'd' => Node::Class(vec![('0', '9')], true),
                letter if !letter.is_alphanumeric() => only(letter),
                _ => return None,
            },
            '^' | '$' | '*' | '+' | '?' | '{' => return None,
            letter => only(letter),
        })
    }

    fn class(&mut self) -> Option<Node> {
        let mut ranges = Vec::new();
        let meant = self.0.next_if_eq(&'^').is_none();
        loop {
            let mut from = self.0.next()?;
            if from == ']' {
                return Some(Node::Class(ranges, meant));
            }
            if from == '\\' {
                from = self.0.next().filter(|letter| !letter.is_alphanumeric())?;
            }
            let mut rest = self.0.clone();
            let range = rest.next() == Some('-') && rest.peek().is_some_and(|to| *to != ']');
            if range {
                self.0.next();
                ranges.push((from, self.0.next()?));
            } else {
                ranges.push((from, from));
            }
        }
    }

    fn times(&mut self) -> Option<(usize, usize)> {
        const MANY: usize = 10_000;
        let times = match self.0.peek() {
            Some('*') => (0, MANY),
            Some('+') => (1, MANY),
            Some('?') => (0, 1),
            Some('{') => {
                self.0.next();
                let inner: String = std::iter::from_fn(|| self.0.next_if(|c| *c != '}')).collect();
                self.0.next_if_eq(&'}')?;
                let (least, most) = inner.split_once(',').unwrap_or((&inner, &inner));
                let least = least.parse().ok()?;
                let most = if most.is_empty() {
                    MANY
                } else {
                    most.parse().ok()?
                };
                return Some((least, most));
            }
            _ => return Some((1, 1)),
        };
        self.0.next();
        Some(times)
    }
}
