//! A plain HTTP server on a thread of the measuring process: it keeps connections open, counts them, and allocates
//! nothing while it answers, so that what is counted beside it is the client's.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sociable::jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};

/// A server that answers each path with one body.
pub(crate) struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

/// A body, and the word that the paths to it hold.
pub(crate) type Bodies = Arc<Vec<(&'static str, Vec<u8>)>>;

impl Server {
    /// Serves until the process ends.
    pub(crate) fn start(bodies: Bodies) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let bodies = Arc::clone(&bodies);
                std::thread::spawn(move || answer(connection, &bodies));
            }
        });
        Self {
            address,
            connections,
        }
    }

    /// Where it listens, as a base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections it has taken so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Answers one request after the other until the client goes. The header fields are those of Bluesky's servers.
fn answer(mut connection: TcpStream, bodies: &[(&str, Vec<u8>)]) {
    connection.set_nodelay(true).unwrap();
    let began = Timestamp::now();
    let date = DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&began)
        .unwrap();
    let reset = began.as_second() + 300;
    let mut left = 3000_u32;
    let mut request = [0_u8; 16 * 1024];
    let mut filled = 0;
    let longest = bodies.iter().map(|(_, body)| body.len()).max();
    let mut out = Vec::with_capacity(longest.unwrap_or_default() + 4096);
    loop {
        let end = loop {
            let head = request.get(..filled).unwrap();
            if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            match connection.read(request.get_mut(filled..).unwrap()) {
                Ok(0) | Err(_) => return,
                Ok(more) => filled += more,
            }
        };
        let head = std::str::from_utf8(request.get(..end).unwrap()).unwrap();
        let path = head.split(' ').nth(1).unwrap();
        let (_, body) = bodies.iter().find(|(word, _)| path.contains(word)).unwrap();
        left = left.saturating_sub(1).max(1);
        out.clear();
        write!(
            out,
            "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: application/json; charset=utf-8\r\n\
             Content-Length: {}\r\nConnection: keep-alive\r\nX-Powered-By: Express\r\n\
             Access-Control-Allow-Origin: *\r\nCache-Control: private\r\nVary: Authorization, Accept-Encoding\r\n\
             RateLimit-Limit: 3000\r\nRateLimit-Remaining: {left}\r\nRateLimit-Reset: {reset}\r\n\
             RateLimit-Policy: 3000;w=300\r\nAtproto-Repo-Rev: 3mfq2tzkfpk2x\r\n\
             Strict-Transport-Security: max-age=63072000\r\nETag: W/\"15f90-tmZ0Hk1xEwpYFVDl5kZ5FNLaBdM\"\r\n\r\n",
            body.len()
        )
        .unwrap();
        out.extend_from_slice(body);
        if connection.write_all(&out).is_err() {
            return;
        }
        request.copy_within(end..filled, 0);
        filled -= end;
    }
}
