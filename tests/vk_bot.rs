//! The example bot of VK answers each message and each comment exactly once, although it is killed again and again, at
//! every place where that can go wrong, and although the network tells again what it has told.
#![cfg(all(unix, feature = "vk", feature = "testing"))]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use sociable::adapters::vk::fake::{Fake, Rule};
use sociable::bytes::Bytes;
use sociable::client::{Service, SystemClock};
use sociable::http::{Request, Response};
use sociable::jiff::Timestamp;
use sociable::testing::loopback::Loopback;

#[path = "support/example.rs"]
mod example;

const ROUNDS: usize = 20;
const SEED: u64 = 4;
/// How long anything may take that the bot is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
const WALL: i64 = -Fake::GROUP;

/// Where the bot is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It was told what happened, and has not read it yet.
    Receiving,
    /// It sends an answer, which never arrives.
    Sending,
    /// Its answer has arrived, and it does not learn so.
    Sent,
    /// It knows that its answer has arrived, and waits for the file in which to save the cursor.
    BeforeSaving,
    /// It is about to save the cursor, is saving it or has just done so.
    Saving,
}

const PLACES: [Place; 5] = [
    Place::Receiving,
    Place::Sending,
    Place::Sent,
    Place::BeforeSaving,
    Place::Saving,
];

/// What shows from outside how the bot is doing.
#[derive(Debug)]
enum Sign {
    Killed,
    Line(String),
    /// It asked what happened, and nothing had.
    Idle,
    /// It asked what happened, and was told everything from the beginning.
    Repeated,
    /// It prints no more: it has ended.
    Ended,
}

/// What one run of the bot is to meet.
struct Run {
    bot: Child,
    kill: Option<Kill>,
    /// Whether the bot has been told what happened.
    told: bool,
    /// Whether the network tells everything again, once, after that; until then nobody is killed.
    repeats: bool,
    signs: Sender<Sign>,
}

/// When the bot is killed: at the answer to this question, or at this answer of the run, whichever comes first.
struct Kill {
    place: Place,
    question: String,
    answers: usize,
    /// The question whose answer has come, once the bot is to be killed for it.
    due: Option<String>,
    /// Keeps the bot from saving.
    held: Option<File>,
}

/// The network, with somebody in it who kills.
struct Network {
    fake: Fake,
    state: PathBuf,
    run: Mutex<Option<Run>>,
    /// The post that is commented on.
    post: i64,
    /// What people have written, each time in other words.
    asked: Mutex<Vec<String>>,
    /// What was not answered exactly once when it had to be.
    wrong: Mutex<Vec<String>>,
    /// How many answers of the bot were taken, with those that came again.
    answers: Mutex<usize>,
}

impl Run {
    fn kill(&mut self) {
        self.kill = None;
        // Said before its output can end for that.
        let _ = self.signs.send(Sign::Killed);
        self.bot.kill().unwrap();
        let status = self.bot.wait().unwrap();
        assert_eq!(status.code(), None, "it had ended before it was killed");
    }
}

impl Network {
    fn told(&self, run: &mut Run, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let repeated = run.repeats && run.told;
        if repeated {
            // Who asks what happened next has dealt with all that was told, and nothing was told again yet.
            self.check("before all is told again");
            self.fake.break_rule(Rule::TsGoesOn);
            run.repeats = false;
        }
        let response = self.fake.answer(request, now);
        self.fake.mend_rule(Rule::TsGoesOn);
        let told: Value = serde_json::from_slice(response.body()).unwrap();
        let Some(updates) = told["updates"].as_array() else {
            return response;
        };
        run.told = true;
        if repeated {
            let _ = run.signs.send(Sign::Repeated);
        } else if updates.is_empty() {
            let _ = run.signs.send(Sign::Idle);
        }
        let receiving = run.kill.as_ref().map(|kill| kill.place) == Some(Place::Receiving);
        if receiving && !run.repeats && !updates.is_empty() {
            run.kill();
        }
        response
    }

    fn answered(&self, run: &mut Run, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let Some(kill) = run.kill.as_mut().filter(|_| !run.repeats) else {
            return self.taken(request, now).0;
        };
        let body = std::str::from_utf8(request.body()).unwrap();
        let question = question_in(body).unwrap();
        kill.answers = kill.answers.saturating_sub(1);
        let is_reached = kill.answers == 0 || question == kill.question;
        if is_reached && kill.place == Place::Sending {
            run.kill();
            return Response::default();
        }
        let (response, taken) = self.taken(request, now);
        if !is_reached || !taken {
            return response;
        }
        match kill.place {
            Place::Sent => run.kill(),
            Place::BeforeSaving => {
                // The bot's store keeps this lock for the time of a write.
                let lock = File::create(self.state.with_extension("json.lock")).unwrap();
                lock.lock().unwrap();
                kill.held = Some(lock);
                kill.due = Some(question.to_owned());
            }
            Place::Saving => kill.due = Some(question.to_owned()),
            Place::Receiving | Place::Sending => {}
        }
        response
    }

    /// What the network says to an answer, and whether it takes it: a bot that was just started knows nothing of the
    /// calls that the last one made in the same second, and has to try again.
    fn taken(&self, request: &Request<Bytes>, now: Timestamp) -> (Response<Bytes>, bool) {
        let response = self.fake.answer(request, now);
        let told: Value = serde_json::from_slice(response.body()).unwrap();
        let taken = told["error"].is_null();
        *self.answers.lock().unwrap() += usize::from(taken);
        (response, taken)
    }
}

impl Network {
    /// Whether everything that was asked is answered exactly once.
    fn check(&self, when: &str) {
        let asked = self.asked.lock().unwrap();
        let counts = answers(&self.fake, self.post, &asked);
        let wrong = counts.iter().filter(|(_, count)| **count != 1);
        let wrong = wrong.map(|(question, count)| format!("{question}: {count} times {when}"));
        self.wrong.lock().unwrap().extend(wrong);
    }
}

impl Service for Network {
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let mut run = self.run.lock().unwrap();
        let path = request.uri().path();
        match &mut *run {
            Some(run) if path.starts_with("/whp/") => self.told(run, request, now),
            Some(run)
                if ["/method/messages.send", "/method/wall.createComment"].contains(&path) =>
            {
                self.answered(run, request, now)
            }
            _ => self.fake.answer(request, now),
        }
    }
}

/// A bot on the network, from its start to its end.
struct Bot<'a> {
    network: &'a Network,
    signs: Receiver<Sign>,
    until: Instant,
}

impl<'a> Bot<'a> {
    fn start(
        network: &'a Network,
        program: &Path,
        server: &str,
        kill: Option<Kill>,
        repeats: bool,
    ) -> Self {
        let (signs, told) = channel();
        // It asks nothing before all is ready for it.
        let mut run = network.run.lock().unwrap();
        let mut bot = Command::new(program)
            .args(["--server", server, "--state"])
            .arg(&network.state)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(bot.stdout.take().unwrap()).lines();
        let printed = signs.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = printed.send(Sign::Line(line));
            }
            let _ = printed.send(Sign::Ended);
        });
        *run = Some(Run {
            bot,
            kill,
            told: false,
            repeats,
            signs,
        });
        Self {
            network,
            signs: told,
            until: Instant::now() + PATIENCE,
        }
    }

    fn sign(&self) -> Sign {
        let left = self.until.saturating_duration_since(Instant::now());
        let sign = self.signs.recv_timeout(left);
        sign.unwrap_or_else(|_| panic!("the bot does nothing that was waited for"))
    }

    /// Until it is killed in the way that was meant for it.
    fn dies(self, people: &mut People<'_>) {
        loop {
            match self.sign() {
                Sign::Killed => return,
                Sign::Line(line) => {
                    let mut run = self.network.run.lock().unwrap();
                    let run = run.as_mut().unwrap();
                    let due = run.kill.as_ref().and_then(|kill| kill.due.as_deref());
                    if due.is_some() && due == question_in(&line) {
                        // What held the file goes only after the bot.
                        let held = run.kill.take();
                        run.kill();
                        drop(held);
                    }
                }
                Sign::Repeated => {
                    people.ask();
                }
                Sign::Idle => {}
                Sign::Ended => panic!("the bot ended by itself"),
            }
        }
    }

    /// Until it has asked twice in a row and nothing had happened; then it is killed.
    fn rests(self) {
        let mut idle = 0;
        while idle < 2 {
            match self.sign() {
                Sign::Idle => idle += 1,
                Sign::Line(_) | Sign::Repeated => idle = 0,
                sign => panic!("{sign:?} before it had dealt with everything"),
            }
        }
        self.network.run.lock().unwrap().as_mut().unwrap().kill();
    }
}

impl Drop for Bot<'_> {
    fn drop(&mut self) {
        // After a test that failed nothing goes on running.
        let run = self.network.run.lock();
        if let Some(mut run) = run.unwrap_or_else(PoisonError::into_inner).take() {
            let _ = run.bot.kill();
            let _ = run.bot.wait();
        }
    }
}

/// Numbers that a seed settles.
struct Dice(u64);

impl Dice {
    /// From 0 to below `sides`.
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }
}

/// The question that a text quotes.
fn question_in(text: &str) -> Option<&str> {
    text.get(text.find("question-")?..)?.get(..12)
}

/// People who write messages and comments.
struct People<'a> {
    network: &'a Network,
    dice: Dice,
}

impl People<'_> {
    fn asked(&self) -> usize {
        self.network.asked.lock().unwrap().len()
    }

    /// What will be asked after so many other questions.
    fn question(&self, others: usize) -> String {
        format!("question-{:03}", self.asked() + others)
    }

    fn ask(&mut self) {
        let question = self.question(0);
        let who = [Fake::BOB, Fake::CAROL][self.dice.throw(2)];
        let now = Timestamp::now();
        if self.dice.throw(2) == 0 {
            self.network
                .fake
                .message_as(who, Fake::GROUP, &question, now);
        } else {
            let post = (WALL, self.network.post);
            self.network
                .fake
                .comment_as(who, post, &question, None, now);
        }
        self.network.asked.lock().unwrap().push(question);
    }
}

/// Reads from the network, past the bot.
fn read(fake: &Fake, method: &str, token: &str, words: &str) -> Vec<Value> {
    let request = Request::post(format!("https://api.vk.ru/method/{method}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", format!("Bearer {token}"))
        .body(Bytes::from(format!("v=5.199&{words}")))
        .unwrap();
    // Whoever looks does not use up what the bot may call.
    fake.limits(false);
    let answer = fake.answer(&request, Timestamp::now());
    fake.limits(true);
    let answer: Value = serde_json::from_slice(answer.body()).unwrap();
    let items = answer["response"]["items"].as_array();
    items
        .unwrap_or_else(|| panic!("{method}: {answer}"))
        .clone()
}

/// How many answers each question has where it was asked.
fn answers(fake: &Fake, post: i64, asked: &[String]) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = asked.iter().map(|q| (q.clone(), 0)).collect();
    let mut count = |answer: &Value, among: &[&Value]| {
        let text = answer["text"].as_str().unwrap();
        let question = question_in(text).unwrap_or_else(|| panic!("{text} answers nobody"));
        let is_there = among.iter().any(|other| other["text"] == question);
        assert!(is_there, "{text} stands elsewhere");
        *counts.get_mut(question).unwrap() += 1;
    };
    for who in [Fake::BOB, Fake::CAROL] {
        let words = format!("peer_id={who}&count=200");
        let said = read(fake, "messages.getHistory", Fake::GROUP_TOKEN, &words);
        let (ours, theirs): (Vec<&Value>, Vec<&Value>) =
            said.iter().partition(|said| said["from_id"] == WALL);
        ours.iter().for_each(|answer| count(answer, &theirs));
    }
    let words = format!("owner_id={WALL}&post_id={post}&count=100&thread_items_count=10");
    for comment in read(fake, "wall.getComments", Fake::SERVICE_TOKEN, &words) {
        assert_ne!(comment["from_id"], WALL, "{comment} answers no comment");
        for answer in comment["thread"]["items"].as_array().unwrap() {
            count(answer, &[&comment]);
        }
    }
    counts
}

#[test]
fn a_bot_that_is_killed_anywhere_answers_each_message_and_comment_exactly_once() {
    let program = example::built("vk_bot", "vk,testing", &["vk_bot.rs"]);
    let folder = std::env::temp_dir().join(format!("sociable-vk-bot-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let fake = Fake::new();
    let network = Arc::new(Network {
        fake: fake.clone(),
        state: folder.join("state.json"),
        run: Mutex::default(),
        post: fake.post_as(WALL, WALL, "Ask us", Timestamp::now()),
        asked: Mutex::default(),
        wrong: Mutex::default(),
        answers: Mutex::default(),
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let served = Loopback::serve(network.clone(), Arc::new(SystemClock::new()));
    let server = runtime.block_on(served).unwrap();

    let mut dice = Dice(SEED);
    let mut people = People {
        network: &network,
        dice: Dice(SEED + 1),
    };
    // Every place four times, at two of them after the network has told everything again, in an order that the seed
    // settles.
    let mut rounds: Vec<(Place, bool)> = (0..ROUNDS)
        .map(|i| {
            (
                PLACES[i % PLACES.len()],
                (i / PLACES.len()).is_multiple_of(2),
            )
        })
        .collect();
    for at in (1..rounds.len()).rev() {
        rounds.swap(at, dice.throw(at + 1));
    }

    for (round, (place, repeats)) in rounds.into_iter().enumerate() {
        // The last of three questions is asked when the network has told everything again.
        let question = people.question(if repeats { 2 } else { dice.throw(2) });
        people.ask();
        people.ask();
        let kill = Kill {
            place,
            question,
            answers: 1 + dice.throw(people.asked()),
            due: None,
            held: None,
        };
        println!(
            "round {round}: {place:?} at {} or after {}, repeats: {repeats}",
            kill.question, kill.answers
        );
        let bot = Bot::start(&network, &program, server.url(), Some(kill), repeats);
        if !repeats {
            // Somebody writes while it runs.
            people.ask();
        }
        bot.dies(&mut people);
    }
    // Now it may work everything off, and then everything comes once more.
    for repeats in [false, true] {
        Bot::start(&network, &program, server.url(), None, repeats).rests();
        network.check("at the end");
    }

    let wrong = network.wrong.lock().unwrap();
    assert!(wrong.is_empty(), "not answered exactly once: {wrong:#?}");
    let (asked, came) = (people.asked(), *network.answers.lock().unwrap());
    println!("{asked} questions, {came} answers taken");
    assert_eq!(asked, 3 * ROUNDS);
    assert!(came >= 2 * asked, "hardly any came again: {came}");
    assert_eq!(fake.complaints(), Vec::<String>::new());

    runtime.block_on(server.shutdown());
    std::fs::remove_dir_all(&folder).unwrap();
}
