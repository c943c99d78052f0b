//! Serves a [`Service`] over real sockets on this machine, in real time, for what only a socket can show: connections
//! that are cut, bodies that come slowly, break off or never end.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use crate::client::{Clock, Disturbance, Service};

/// In how many pieces a slow body comes.
const SLOW_PIECES: usize = 8;

/// A server on loopback. [`shutdown`](Self::shutdown) ends it and waits until nothing of it runs; dropping it ends it
/// without waiting.
pub struct Loopback {
    url: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    accepting: JoinHandle<()>,
}

struct Shared {
    service: Arc<dyn Service>,
    clock: Arc<dyn Clock>,
    host: String,
    disturbances: Mutex<VecDeque<(Option<String>, Disturbance)>>,
    /// Cuts every connection that stands.
    cut: Notify,
}

impl fmt::Debug for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loopback")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Why a connection is cut.
#[derive(Debug)]
struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is cut on purpose")
    }
}

impl std::error::Error for Cut {}

type Body = UnsyncBoxBody<Bytes, Cut>;

impl Loopback {
    /// Serves on a free port of 127.0.0.1, at the times of a clock.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn serve(service: Arc<dyn Service>, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let host = listener.local_addr()?.to_string();
        let shared = Arc::new(Shared {
            service,
            clock,
            host: host.clone(),
            disturbances: Mutex::default(),
            cut: Notify::new(),
        });
        let (stop, stopped) = oneshot::channel();
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared), stopped));
        Ok(Self {
            url: format!("http://{host}"),
            shared,
            stop: Some(stop),
            accepting,
        })
    }

    /// Where it is reached, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Disturbs the next request that nothing else disturbs.
    ///
    /// [`Disturbance::Refuse`] cuts all connections that stand, and the next one before anything is read from it. A
    /// [`Disturbance::Delay`] sends the head of the answer at once and lets the body trickle for so long.
    pub fn disturb(&self, disturbance: Disturbance) {
        self.add(None, disturbance);
    }

    /// Disturbs the next request whose path holds this text.
    pub fn disturb_path(&self, part: impl Into<String>, disturbance: Disturbance) {
        self.add(Some(part.into()), disturbance);
    }

    fn add(&self, part: Option<String>, disturbance: Disturbance) {
        let cut = disturbance == Disturbance::Refuse;
        self.shared.disturbances().push_back((part, disturbance));
        if cut {
            self.shared.cut.notify_waiters();
        }
    }

    /// Takes back all disturbances that have not met a request yet.
    pub fn calm(&self) {
        self.shared.disturbances().clear();
    }

    /// Ends the server: connections are cut, and everything that it started has ended when this answers.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            // Who does not listen any more has ended already.
            let _ = stop.send(());
        }
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn disturbances(&self) -> MutexGuard<'_, VecDeque<(Option<String>, Disturbance)>> {
        self.disturbances
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The disturbance that a request meets.
    fn met_by(&self, path: &str) -> Option<Disturbance> {
        let mut all = self.disturbances();
        let hit = all
            .iter()
            .position(|(part, _)| part.as_ref().is_none_or(|p| path.contains(p)))?;
        all.remove(hit).map(|(_, disturbance)| disturbance)
    }

    /// Whether a new connection is cut at once.
    fn refuses(&self) -> bool {
        let mut all = self.disturbances();
        let hit = all.iter().position(|(_, d)| *d == Disturbance::Refuse);
        hit.is_some_and(|i| all.remove(i).is_some())
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    let mut stopped = stopped;
    loop {
        let accepted = match select(std::pin::pin!(listener.accept()), &mut stopped).await {
            Either::Left((accepted, _)) => accepted,
            Either::Right(_) => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) if !shared.refuses() => {
                connections.spawn(connection(stream, Arc::clone(&shared)));
            }
            Ok(_) => {}
            // Out of files or the like: passes when connections end.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    // Small answers come at once; where that cannot be had, they come a little later.
    let _ = stream.set_nodelay(true);
    let answers = {
        let shared = Arc::clone(&shared);
        service_fn(move |request| answer(Arc::clone(&shared), request))
    };
    let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), answers);
    // How a connection ends is the client's to notice.
    let _ = select(
        std::pin::pin!(serving),
        std::pin::pin!(shared.cut.notified()),
    )
    .await;
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
    let disturbance = shared.met_by(request.uri().path());
    match &disturbance {
        Some(Disturbance::LoseRequest | Disturbance::Refuse) => return Err(Cut),
        Some(Disturbance::StatusInstead(status)) => return Ok(plain(*status)),
        Some(Disturbance::Answer {
            status,
            headers,
            body,
        }) => {
            let mut response = Response::new(whole(body.clone()));
            *response.status_mut() = status_of(*status);
            *response.headers_mut() = headers.clone();
            return Ok(response);
        }
        _ => {}
    }
    let (mut head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    // A service sees the whole address, as it does in process.
    let path = head.uri.path_and_query().map_or("/", |p| p.as_str());
    head.uri = format!("http://{}{path}", shared.host)
        .parse::<Uri>()
        .map_err(|_| Cut)?;
    let response = shared
        .service
        .answer(&Request::from_parts(head, body), shared.clock.now());
    let (mut head, body) = response.into_parts();
    let body = match disturbance {
        Some(Disturbance::LoseAnswer) => return Err(Cut),
        Some(Disturbance::Hang) => std::future::pending().await,
        Some(Disturbance::StatusAfter(status)) => return Ok(plain(status)),
        Some(Disturbance::Garbage(garbage)) => {
            head.headers.remove(header::CONTENT_LENGTH);
            whole(garbage)
        }
        Some(Disturbance::Truncate) => {
            // The whole length is promised, so that the client can tell.
            let promised = HeaderValue::from(body.len());
            head.headers.insert(header::CONTENT_LENGTH, promised);
            let half = body.slice(..body.len() / 2);
            StreamBody::new(stream::iter([Ok(Frame::data(half)), Err(Cut)])).boxed_unsync()
        }
        Some(Disturbance::Endless) => {
            head.headers.remove(header::CONTENT_LENGTH);
            let piece = Bytes::from_static(&[b' '; 64 * 1024]);
            StreamBody::new(stream::repeat_with(move || Ok(Frame::data(piece.clone()))))
                .boxed_unsync()
        }
        Some(Disturbance::Delay(time)) => slowly(body, time),
        _ => whole(body),
    };
    Ok(Response::from_parts(head, body))
}

fn whole(body: Bytes) -> Body {
    Full::new(body)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// A body in pieces over a time.
fn slowly(body: Bytes, time: Duration) -> Body {
    let size = body.len().div_ceil(SLOW_PIECES).max(1);
    let pieces: Vec<Bytes> = (0..body.len())
        .step_by(size)
        .map(|at| body.slice(at..(at + size).min(body.len())))
        .collect();
    let pause = time / u32::try_from(pieces.len().max(1)).unwrap_or(1);
    let pieces = stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok(Frame::data(piece))
    });
    StreamBody::new(pieces).boxed_unsync()
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn plain(status: u16) -> Response<Body> {
    let mut response = Response::new(whole(Bytes::from_static(
        b"<html><body>disturbed</body></html>",
    )));
    *response.status_mut() = status_of(status);
    response
}
