//! A large file is never held in memory, whichever way it goes. One test alone, since it measures the whole process.

#[path = "support/plain.rs"]
// It needs no token.
#[allow(dead_code)]
mod plain;

use bytes::Bytes;
use peak_alloc::PeakAlloc;
use plain::Plain;
use sociable::client::{Client, Request};
use sociable::{Media, MediaFactory, Operation};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The large file's length: 200 MB.
const LEN: usize = 200_000_000;
/// What may be held at most: 16 MiB.
const MOST_HEAP: usize = 16 * 1024 * 1024;

/// Counts what is uploaded, and serves a file to download.
async fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    let mut piece = vec![0_u8; 64 * 1024];
    let mut head = Vec::new();
    let end = loop {
        let n = stream.read(&mut piece).await?;
        if n == 0 {
            return Ok(());
        }
        head.extend_from_slice(&piece[..n]);
        if let Some(at) = head.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let text = String::from_utf8_lossy(&head[..end]).to_ascii_lowercase();
    if text.starts_with("get ") {
        stream
            .write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {LEN}\r\n\r\n").as_bytes())
            .await?;
        for _ in 0..LEN / 50_000 {
            stream.write_all(&piece[..50_000]).await?;
        }
        return Ok(());
    }
    let chunked = text.contains("transfer-encoding: chunked");
    let mut got = head.len() - end;
    // In chunks there is a little more on the wire than the file; its end is what the client has to bring.
    let mut tail = head[end..].to_vec();
    while if chunked {
        !tail.ends_with(b"0\r\n\r\n")
    } else {
        got < LEN
    } {
        let n = stream.read(&mut piece).await?;
        if n == 0 {
            return Ok(());
        }
        got += n;
        tail.extend_from_slice(&piece[..n]);
        tail.drain(..tail.len().saturating_sub(16));
    }
    let body = format!("{}", got >= LEN);
    stream
        .write_all(
            format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        )
        .await
}

#[tokio::test]
async fn a_file_of_200_mb_goes_up_and_down_within_16_mib() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: url::Url = format!("http://{}/file", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    let path = std::env::temp_dir().join(format!("sociable-large-{}", std::process::id()));
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(LEN as u64).unwrap();
    let factory = MediaFactory::new(LEN as u64, || async {
        let pieces = (0..LEN / 50_000).map(|_| Ok(Bytes::from(vec![0_u8; 50_000])));
        Ok(Box::pin(futures_util::stream::iter(pieces)) as sociable::MediaStream)
    });
    let unknown_length = MediaFactory::new(None, || async {
        let pieces = (0..LEN / 50_000).map(|_| Ok(Bytes::from(vec![0_u8; 50_000])));
        Ok(Box::pin(futures_util::stream::iter(pieces)) as sociable::MediaStream)
    });
    let client = Client::builder().no_proxy().build().unwrap();
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let sources = [
        ("a file", Media::file(&path)),
        ("a factory", Media::factory(factory)),
        (
            "a factory of unknown length",
            Media::factory(unknown_length),
        ),
        ("the web", Media::url(url.clone())),
    ];
    for (name, media) in sources {
        let media = media.inspect().await.unwrap();
        let request = Request::post(Operation::PUBLISH_VIDEO, url.clone()).media(media);
        let answer = client.send(&Plain, request).await.unwrap();
        assert_eq!(&answer.body[..], b"true", "{name}");
    }
    let len = client
        .download(url, &mut tokio::io::sink(), LEN as u64)
        .await
        .unwrap();
    assert_eq!(len, LEN as u64);
    let peak = HEAP.peak_usage() - before;
    println!("peak heap {peak} bytes for five transfers of {LEN}");
    std::fs::remove_file(&path).unwrap();
    assert!(peak < MOST_HEAP, "{peak} bytes were held");
}
