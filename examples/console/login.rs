//! Logging a person in by OAuth: a browser that comes back to this machine, or an address that is pasted.

use std::io::IsTerminal;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use sociable::client::Held;
use sociable::oauth::{Flow, Keeper, Session};
use sociable::url::{Host, Url};
use sociable::{Error, ErrorKind, Result};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::out::Out;

/// Where browsers come back to where the network lets any address on this machine be one.
const PORT: u16 = 8765;
/// How long a browser is waited for.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How long a connection may take to say what it wants. Browsers open some in advance.
const SLOWEST: Duration = Duration::from_secs(20);
/// How long a request's first line may be, in bytes.
const LONGEST: u64 = 16 * 1024;

/// How the browser's answer is taken.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LoginArgs {
    /// Listens on this port of 127.0.0.1 for the browser; it has to be registered with the network. By default the port
    /// of the account's redirect address, else 8765; 0 is any
    #[arg(long, value_name = "PORT", conflicts_with_all = ["paste", "code"])]
    pub(crate) port: Option<u16>,
    /// Does not listen: reads from standard input the address to which the browser was sent
    #[arg(long, conflicts_with = "code")]
    pub(crate) paste: bool,
    /// Finishes the login that an earlier run began: the address to which the browser was sent, or the code in it; `-`
    /// reads standard input
    #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
    pub(crate) code: Option<String>,
}

/// Logs in as an account, into its token store. `show` brings the address at which the person consents before them.
pub(crate) async fn log_in(
    name: &str,
    keeper: &Keeper,
    args: &LoginArgs,
    out: &Out,
    show: impl FnOnce(&Url),
) -> Result<()> {
    let held = match args.code.as_deref() {
        Some("-") => keeper.finish(&typed().await?).await?,
        Some(code) => keeper.finish(code).await?,
        None => browsed(keeper, args, out, show).await?,
    };
    let session = &held.tokens;
    let line = json!({
        "account": name, "ok": true, "id": session.user_id, "scopes": session.scopes,
        "expires_at": session.expires_at, "renewable": session.refresh_token.is_some(),
    });
    out.line(line, || told(name, session));
    Ok(())
}

/// Prints the address at which a person consents.
pub(crate) fn print(name: &str, url: &Url, out: &Out) {
    out.line(json!({"account": name, "url": url}), || {
        format!("Open this address in a browser, and allow what it asks for:\n\n{url}\n")
    });
}

fn told(name: &str, session: &Session) -> String {
    let mut text = format!("{name}: logged in");
    if let Some(id) = &session.user_id {
        text.push_str(&format!(" as {id}"));
    }
    if !session.scopes.is_empty() {
        text.push_str(&format!(", for {}", session.scopes.join(" ")));
    }
    text.push_str(match (&session.refresh_token, session.expires_at) {
        (Some(_), _) => "; renewed by itself from now on",
        (None, Some(_)) => "; it ends and cannot be renewed",
        (None, None) => "",
    });
    text
}

/// Shows the address at which the person consents, and waits for what comes back.
async fn browsed(
    keeper: &Keeper,
    args: &LoginArgs,
    out: &Out,
    show: impl FnOnce(&Url),
) -> Result<Arc<Held<Session>>> {
    let door = Door::open(keeper, args).await?;
    let begun = match &door {
        Some(door) => keeper.begin_at(&door.address).await?,
        None => keeper.begin().await?,
    };
    show(&begun.url);
    let Some(door) = door else {
        out.remark("Then paste here the whole address to which the browser was sent:");
        loop {
            match keeper.finish(&typed().await?).await {
                Err(e) if stands(&e) && std::io::stdin().is_terminal() => {
                    out.remark(format!("{}; paste it again:", e.message()));
                }
                outcome => return outcome,
            }
        }
    };
    if std::io::stdin().is_terminal() {
        out.remark("Waiting for the browser; where it cannot reach this machine, paste its last address here:");
    }
    let waited = tokio::time::timeout(PATIENCE, door.answered(keeper, out)).await;
    waited.unwrap_or_else(|_| {
        Err(Error::new(
            ErrorKind::Timeout,
            "no browser came back in time: try again, or finish this login with --code ADDRESS",
        ))
    })
}

/// Whether the login that was begun can still be finished.
fn stands(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Invalid(_))
}

/// A line of standard input. Read on a thread of its own, which nobody has to wait for.
async fn typed() -> Result<String> {
    let (send, line) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line);
        // Nobody may listen any more.
        let _ = send.send(read.map(|_| line));
    });
    match line.await {
        Ok(Ok(line)) if !line.trim().is_empty() => Ok(line.trim().to_owned()),
        _ => Err(Error::config(
            "standard input holds no address: pass it with --code, or paste it",
        )),
    }
}

/// Where the browser comes back to on this machine.
struct Door {
    listener: TcpListener,
    address: String,
    path: String,
}

impl Door {
    /// Opens the door where the redirect address is on this machine; `None` where the answer has to be pasted.
    async fn open(keeper: &Keeper, args: &LoginArgs) -> Result<Option<Self>> {
        let provider = keeper.oauth().provider();
        // A fragment never leaves the browser.
        if args.paste || provider.flow == Flow::Implicit {
            return Ok(None);
        }
        let registered = provider.redirect_uri.as_deref();
        let default = format!("http://127.0.0.1:{PORT}/callback");
        let mut url = Url::parse(registered.unwrap_or(&default)).map_err(|_| {
            Error::config("the redirect address is none: write http://127.0.0.1:PORT/…")
        })?;
        let here = match url.host() {
            Some(Host::Ipv4(ip)) => ip == Ipv4Addr::LOCALHOST,
            Some(Host::Domain(name)) => name == "localhost",
            _ => false,
        };
        if url.scheme() != "http" || !here {
            return match args.port {
                None => Ok(None),
                Some(_) => Err(Error::config(format!(
                    "{} sends browsers to {url}, which is not on this machine: take --port away, and paste the address",
                    provider.network
                ))),
            };
        }
        let port = args.port.or(url.port_or_known_default()).unwrap_or(PORT);
        let cannot = |e: std::io::Error| {
            Error::config(format!(
                "port {port} of 127.0.0.1 cannot be listened on ({e}): name another with --port, or use --paste"
            ))
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(cannot)?;
        let bound = listener.local_addr().map_err(cannot)?.port();
        let address = match registered {
            // Networks compare it letter by letter.
            Some(registered) if args.port.is_none() => registered.to_owned(),
            _ => {
                url.set_port(Some(bound))
                    .map_err(|()| Error::config("the redirect address takes no port"))?;
                url.to_string()
            }
        };
        Ok(Some(Self {
            listener,
            address,
            path: url.path().to_owned(),
        }))
    }

    /// Waits for the browser, or for a pasted address, until one of them finishes the login.
    async fn answered(self, keeper: &Keeper, out: &Out) -> Result<Arc<Held<Session>>> {
        let (send, mut asked) = mpsc::channel::<(String, Option<TcpStream>)>(8);
        // Ends with this function.
        let mut tasks = JoinSet::new();
        let (listener, path, calls) = (self.listener, self.path, send.clone());
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        connections.spawn(heard(stream, path.clone(), calls.clone()));
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
                while connections.try_join_next().is_some() {}
            }
        });
        if std::io::stdin().is_terminal() {
            tasks.spawn(async move {
                while let Ok(line) = typed().await {
                    if send.send((line, None)).await.is_err() {
                        return;
                    }
                }
            });
        }
        while let Some((answer, browser)) = asked.recv().await {
            let outcome = keeper.finish(&answer).await;
            if let Some(browser) = browser {
                report(browser, &outcome).await;
            }
            match outcome {
                // A page of another login, or one that somebody forged: ours may still come.
                Err(e) if stands(&e) => out.remark(format!("{}; still waiting", e.message())),
                outcome => return outcome,
            }
        }
        Err(Error::new(
            ErrorKind::Transport,
            "nobody can come back any more: try again",
        ))
    }
}

/// Reads what a browser asks for, and hands on what is meant for the login.
async fn heard(
    mut stream: TcpStream,
    path: String,
    calls: mpsc::Sender<(String, Option<TcpStream>)>,
) {
    let mut line = String::new();
    let mut head = BufReader::new((&mut stream).take(LONGEST));
    let read = tokio::time::timeout(SLOWEST, head.read_line(&mut line)).await;
    let whole = matches!(read, Ok(Ok(_))) && line.ends_with('\n') && line.starts_with("GET ");
    let target = line.split(' ').nth(1).filter(|_| whole);
    let query = target.and_then(|target| target.split_once('?'));
    match query {
        Some((asked, _)) if asked == path => {
            let address = format!("http://127.0.0.1{}", target.unwrap_or_default());
            let _ = calls.send((address, Some(stream))).await;
        }
        _ => answer(stream, "404 Not Found", "There is nothing here.").await,
    }
}

/// Tells the person in the browser what came of it.
async fn report(browser: TcpStream, outcome: &Result<Arc<Held<Session>>>) {
    match outcome {
        Ok(_) => {
            answer(
                browser,
                "200 OK",
                "You are logged in. You can close this page.",
            )
            .await
        }
        Err(e) => {
            answer(
                browser,
                "400 Bad Request",
                &format!("Not logged in: {}", e.message()),
            )
            .await
        }
    }
}

async fn answer(mut stream: TcpStream, status: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let page =
        format!("<!doctype html><meta charset=\"utf-8\"><title>sociable</title><p>{text}</p>\n");
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
        page.len()
    );
    let told = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(page.as_bytes()).await?;
        stream.shutdown().await?;
        // What the browser still sends is read, so that the connection is not torn down before the page is there.
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<_, std::io::Error>(())
    };
    // A browser that has gone away misses nothing.
    let _ = tokio::time::timeout(Duration::from_secs(2), told).await;
}
