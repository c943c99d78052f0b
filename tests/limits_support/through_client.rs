//! The same servers, called through a whole `Client`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use http::{Response, StatusCode};
use jiff::Timestamp;
use sociable::client::headers::{HeaderFamily, retry_after};
use sociable::client::limits::{Charge, Window};
use sociable::client::{
    Client, ClientBuilder, Clock, Dialect as Said, Fault, InProcess, Incoming, Outgoing, Reply,
    Request, RetryPolicy, Service, SetClock, Transport, TransportError,
};
use sociable::{ErrorKind, Operation};

use super::measure::{Journey, Share, shares};
use super::server::Server;
use super::world::World;
use super::{START, Us, bucket, secs, ts};

/// A server as a service: each call costs one unit of every charge.
struct Served {
    server: Mutex<Server>,
}

impl Service for Served {
    fn answer(&self, _: &http::Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let mut server = self.server.lock().unwrap();
        server.answer(now.as_microsecond(), &[(0, 1), (1, 1)])
    }
}

/// A network that is nothing but its header fields.
struct Network(Vec<HeaderFamily>);

impl Said for Network {
    fn network(&self) -> &str {
        "testnet"
    }

    fn families(&self) -> &[HeaderFamily] {
        &self.0
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        let refused = reply.status == StatusCode::TOO_MANY_REQUESTS;
        refused.then(|| Fault::refused(ErrorKind::RateLimited, "too many calls: wait"))
    }
}

#[derive(Debug, Default)]
struct Seen {
    journeys: Vec<Journey>,
    named_until: Us,
    early: usize,
    refusals: usize,
}

/// Watches what goes by.
#[derive(Debug)]
struct Watched {
    inner: InProcess,
    clock: SetClock,
    trip: Us,
    seen: Mutex<Seen>,
}

impl Watched {
    async fn carry(&self, request: Outgoing) -> Result<Incoming, TransportError> {
        let sent = self.clock.now().as_microsecond();
        {
            let mut seen = self.seen.lock().unwrap();
            seen.early += usize::from(sent < seen.named_until);
        }
        let answer = self.inner.send(request).await?;
        let now = self.clock.now();
        let answered = now.as_microsecond();
        let mut seen = self.seen.lock().unwrap();
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            seen.refusals += 1;
            if let Some(told) = retry_after(&answer.headers, now) {
                seen.named_until = seen.named_until.max(told.until.as_microsecond());
            }
        } else {
            seen.journeys.push(Journey {
                sent,
                arrived: sent + self.trip / 2,
                answered,
                cost: 1,
            });
        }
        Ok(answer)
    }
}

impl Transport for Watched {
    fn send<'a>(&'a self, request: Outgoing) -> BoxFuture<'a, Result<Incoming, TransportError>> {
        self.carry(request).boxed()
    }
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Storm {
    pub answers: usize,
    pub refusals: usize,
    pub early: usize,
    pub journeys: Vec<Journey>,
    pub shares: Vec<Share>,
}

fn patient() -> ClientBuilder {
    let retry = RetryPolicy::new().attempts(50);
    Client::builder()
        .max_wait(Duration::from_secs(7 * 86_400))
        .retry(retry)
}

/// All calls of the tasks, one after the other in each.
async fn calls(
    client: &Client,
    network: &Network,
    url: &str,
    charges: &[Charge],
    (tasks, count): (usize, usize),
) -> usize {
    let left = Mutex::new(count);
    let task = || async {
        let mut answers = 0;
        loop {
            {
                let mut left = left.lock().unwrap();
                if *left == 0 {
                    return answers;
                }
                *left -= 1;
            }
            let mut request = Request::get(Operation::POST, url.parse().unwrap());
            request.charges = charges.to_vec();
            answers += usize::from(client.send(network, request).await.is_ok());
        }
    };
    let done = join_all((0..tasks).map(|_| task())).await;
    done.iter().sum()
}

/// A world's calls through a client, under its set clock. Of the world's disturbances only skew and dates count.
pub fn storm(world: &World) -> Storm {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let clock = SetClock::at(ts(world.start));
        let mut server = world.server.clone();
        let network = Network(server.families().to_vec());
        let served = Arc::new(Served {
            server: Mutex::new(server),
        });
        let inner = InProcess::new(served.clone(), Arc::new(clock.clone()));
        inner.set_round_trip(Duration::from_micros(world.trip() as u64));
        let watched = Arc::new(Watched {
            inner,
            clock: clock.clone(),
            trip: world.trip(),
            seen: Mutex::default(),
        });
        let client = patient()
            .transport(watched.clone())
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        let pace = (world.tasks, world.calls);
        let url = "https://testnet.example/x";
        let work = calls(&client, &network, url, &world.charges, pace);
        let answers = clock.drive(work).await;
        let seen = std::mem::take(&mut *watched.seen.lock().unwrap());
        let server = served.server.lock().unwrap();
        let truth = &server.truths[0].1;
        let shares = shares(
            &truth.closed,
            truth.window.limit(),
            &seen.journeys,
            (world.tasks, world.trip()),
            server.skew,
            server.dialect.counts(),
        );
        Storm {
            answers,
            refusals: seen.refusals,
            early: seen.early,
            journeys: seen.journeys,
            shares,
        }
    })
}

/// The same over a socket on loopback, in real time.
#[cfg(feature = "testing")]
pub async fn socket_storm(world: &World) -> std::io::Result<Storm> {
    use sociable::client::SystemClock;
    use sociable::testing::loopback::Loopback;

    let mut server = world.server.clone();
    let network = Network(server.families().to_vec());
    let served = Arc::new(Served {
        server: Mutex::new(server),
    });
    let loopback = Loopback::serve(served.clone(), Arc::new(SystemClock::new())).await?;
    let client = patient().build().map_err(std::io::Error::other)?;
    let url = format!("{}/x", loopback.url());
    let began = Timestamp::now().as_microsecond();
    let pace = (world.tasks, world.calls);
    let answers = calls(&client, &network, &url, &world.charges, pace).await;
    let ended = Timestamp::now().as_microsecond();
    loopback.shutdown().await;
    let server = served.server.lock().unwrap();
    let truth = &server.truths[0].1;
    let limit = truth.window.limit();
    let whole = truth
        .closed
        .iter()
        .filter(|window| window.began >= began && window.ended <= ended);
    let shares = whole.map(|window| Share {
        used: window.used,
        bound: limit,
    });
    let refused: usize = truth.closed.iter().map(|window| window.refused).sum();
    Ok(Storm {
        answers,
        refusals: refused + truth.refused,
        early: 0,
        journeys: Vec::new(),
        shares: shares.collect(),
    })
}

/// How much longer 300 calls take when 20 others wait for 15 in 15 minutes, and only share a wider bucket with them.
pub fn narrow_delay(trip: Us) -> Us {
    let wide = bucket("wide", vec![Window::rolling(3000, secs(300))]).charge(1);
    let narrow = bucket("narrow", vec![Window::rolling(15, secs(900))]).charge(1);
    let last = |waiting: usize| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let clock = SetClock::at(ts(START));
            let served = Arc::new(Served {
                server: Mutex::new(Server::new(&[])),
            });
            let wire = InProcess::new(served, Arc::new(clock.clone()));
            wire.set_round_trip(Duration::from_micros(trip as u64));
            let client = patient()
                .transport(Arc::new(wire))
                .clock(Arc::new(clock.clone()))
                .build()
                .unwrap();
            let network = Network(Vec::new());
            let url = "https://testnet.example/x";
            let both = [narrow.clone(), wide.clone()];
            let held = calls(&client, &network, url, &both, (waiting.max(1), waiting));
            let free = async {
                let charges = [wide.clone()];
                let answers = calls(&client, &network, url, &charges, (16, 300)).await;
                assert_eq!(answers, 300);
                clock.now().as_microsecond() - START
            };
            let (held, took) = clock.drive(futures_util::future::join(held, free)).await;
            assert_eq!(held, waiting);
            took
        })
    };
    last(20) - last(0)
}
