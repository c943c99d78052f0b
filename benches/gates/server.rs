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
    /// Serves until the process ends, with the header fields of Bluesky's servers.
    pub(crate) fn start(bodies: Bodies) -> Self {
        Self::with_fields(bodies, bluesky)
    }

    /// The same with the header fields of VK's.
    pub(crate) fn vk(bodies: Bodies) -> Self {
        Self::with_fields(bodies, vk)
    }

    /// The same with the header fields of X's.
    pub(crate) fn x(bodies: Bodies) -> Self {
        Self::with_fields(bodies, x)
    }

    fn with_fields(bodies: Bodies, fields: Fields) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let bodies = Arc::clone(&bodies);
                std::thread::spawn(move || answer(connection, &bodies, fields));
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

/// Writes the header fields of an answer that are the network's own, given how many answers went before.
type Fields = fn(&mut Vec<u8>, Timestamp, u32);

fn bluesky(out: &mut Vec<u8>, began: Timestamp, answered: u32) {
    let left = 3000_u32.saturating_sub(answered + 1).max(1);
    let reset = began.as_second() + 300;
    write!(
        out,
        "X-Powered-By: Express\r\n\
         Access-Control-Allow-Origin: *\r\nCache-Control: private\r\nVary: Authorization, Accept-Encoding\r\n\
         RateLimit-Limit: 3000\r\nRateLimit-Remaining: {left}\r\nRateLimit-Reset: {reset}\r\n\
         RateLimit-Policy: 3000;w=300\r\nAtproto-Repo-Rev: 3mfq2tzkfpk2x\r\n\
         Strict-Transport-Security: max-age=63072000\r\nETag: W/\"15f90-tmZ0Hk1xEwpYFVDl5kZ5FNLaBdM\"\r\n",
    )
    .unwrap();
}

fn vk(out: &mut Vec<u8>, _: Timestamp, _: u32) {
    out.extend_from_slice(
        b"Server: kittenx\r\nX-Powered-By: KPHP/7.4.119453\r\nCache-Control: no-store\r\nPragma: no-cache\r\n\
          X-Frontend: front653104\r\nAccess-Control-Expose-Headers: X-Frontend, X-Trace-Id\r\n\
          X-Trace-Id: kq0AfX2mZg6v1oWmYB5H0Jt8l3Yq0g\r\nStrict-Transport-Security: max-age=15768000\r\n\
          Vary: Origin\r\nAlt-Svc: h3=\":443\"; ma=86400\r\n",
    );
}

fn x(out: &mut Vec<u8>, began: Timestamp, answered: u32) {
    let left = 300_u32.saturating_sub(answered + 1).max(1);
    let reset = began.as_second() + 900;
    write!(
        out,
        "perf: 7402827104\r\nServer: cloudflare envoy\r\nCache-Control: no-cache, no-store, max-age=0\r\n\
         x-access-level: read-write\r\nx-frame-options: SAMEORIGIN\r\nx-transaction-id: 9c1f7d0a5b3e2468\r\n\
         x-xss-protection: 0\r\nx-rate-limit-limit: 300\r\nx-rate-limit-remaining: {left}\r\n\
         x-rate-limit-reset: {reset}\r\nx-content-type-options: nosniff\r\nx-response-time: 187\r\n\
         Strict-Transport-Security: max-age=631138519\r\ncf-cache-status: DYNAMIC\r\nVary: accept-encoding\r\n\
         CF-RAY: 9a1b2c3d4e5f6071-FRA\r\n",
    )
    .unwrap();
}

/// Answers one request after the other until the client goes.
fn answer(mut connection: TcpStream, bodies: &[(&str, Vec<u8>)], fields: Fields) {
    connection.set_nodelay(true).unwrap();
    let began = Timestamp::now();
    let date = DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&began)
        .unwrap();
    let mut answered = 0;
    let mut request = [0_u8; 16 * 1024];
    let mut filled = 0;
    let longest = bodies.iter().map(|(_, body)| body.len()).max();
    let mut out = Vec::with_capacity(longest.unwrap_or_default() + 4096);
    loop {
        let end = loop {
            let so_far = request.get(..filled).unwrap();
            if let Some(end) = whole(so_far) {
                break end;
            }
            match connection.read(request.get_mut(filled..).unwrap()) {
                Ok(0) | Err(_) => return,
                Ok(more) => filled += more,
            }
        };
        let head = std::str::from_utf8(request.get(..end).unwrap()).unwrap();
        let path = head.split(' ').nth(1).unwrap();
        let (_, body) = bodies.iter().find(|(word, _)| path.contains(word)).unwrap();
        out.clear();
        write!(
            out,
            "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: application/json; charset=utf-8\r\n\
             Content-Length: {}\r\nConnection: keep-alive\r\n",
            body.len()
        )
        .unwrap();
        fields(&mut out, began, answered);
        out.extend_from_slice(b"\r\n");
        answered += 1;
        out.extend_from_slice(body);
        if connection.write_all(&out).is_err() {
            return;
        }
        request.copy_within(end..filled, 0);
        filled -= end;
    }
}

/// Where the first request ends, its body included, once it is there as a whole.
fn whole(request: &[u8]) -> Option<usize> {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(request.get(..end)?).unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_it = name.eq_ignore_ascii_case("content-length");
        is_it.then(|| value.trim().parse::<usize>().unwrap())
    });
    let end = end + length.unwrap_or(0);
    (request.len() >= end).then_some(end)
}
