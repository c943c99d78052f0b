//! A way to the server that can be cut where it hurts most.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Where the next request is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It does not reach the server.
    BeforeTheServer,
    /// The server has done it and answered.
    AfterTheServer,
    /// The server has done it and answered, and does not see that nobody is there any more.
    HalfOpen,
}

#[derive(Default)]
struct State {
    cut: Option<Cut>,
    is_closed: bool,
    /// Sessions in which the server still believes.
    kept: Vec<(OwnedReadHalf, OwnedWriteHalf)>,
}

pub(crate) struct Proxy {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    held: watch::Sender<bool>,
}

impl Proxy {
    pub(crate) async fn new(url: &str) -> Self {
        let mut url = url::Url::parse(url).unwrap();
        let server = url.socket_addrs(|| Some(5432)).unwrap()[0];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(here.port())).unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let (held, holding) = watch::channel(false);
        tokio::spawn(accept(listener, server, Arc::clone(&state), holding));
        Self {
            url: url.to_string(),
            state,
            held,
        }
    }

    /// Cuts the connection at the next request.
    pub(crate) fn cut(&self, cut: Cut) {
        self.state.lock().unwrap().cut = Some(cut);
    }

    /// Takes no connections any more.
    pub(crate) fn refuse(&self) {
        self.state.lock().unwrap().is_closed = true;
    }

    /// Takes connections again.
    pub(crate) fn accept(&self) {
        self.state.lock().unwrap().is_closed = false;
    }

    /// Tells the client of the next cut only when it may go on.
    pub(crate) fn hold(&self) {
        self.held.send_replace(true);
    }

    pub(crate) fn go_on(&self) {
        self.held.send_replace(false);
    }
}

async fn accept(
    listener: TcpListener,
    server: SocketAddr,
    state: Arc<Mutex<State>>,
    held: watch::Receiver<bool>,
) {
    while let Ok((client, _)) = listener.accept().await {
        if !state.lock().unwrap().is_closed {
            let server = TcpStream::connect(server).await.unwrap();
            tokio::spawn(pass(client, server, Arc::clone(&state), held.clone()));
        }
    }
}

/// Passes on what both say. Both ends are closed when one is.
async fn pass(
    client: TcpStream,
    server: TcpStream,
    state: Arc<Mutex<State>>,
    mut held: watch::Receiver<bool>,
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            read = from_client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let cut = state.lock().unwrap().cut.take();
                if cut == Some(Cut::BeforeTheServer) {
                    return;
                }
                to_server.write_all(&asked[..length]).await.unwrap();
                if cut.is_some() {
                    answer(&mut from_server).await;
                    held.wait_for(|held| !held).await.unwrap();
                    if cut == Some(Cut::HalfOpen) {
                        state.lock().unwrap().kept.push((from_server, to_server));
                    }
                    return;
                }
            }
            read = from_server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if to_client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Reads until the server is ready for the next request: its answer ends so.
async fn answer(from_server: &mut OwnedReadHalf) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"Z\0\0\0\x05I") {
        if !matches!(from_server.read_buf(&mut answer).await, Ok(1..)) {
            return;
        }
    }
}
