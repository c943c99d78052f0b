//! Streams and deliveries.

use futures_util::StreamExt;
use sociable::adapters::x::fake::Streaming;
use sociable::webhook::Receiver;

use super::*;

#[tokio::test]
async fn half_a_line_of_a_stream_is_a_break_and_what_is_lost_is_a_typed_gap() {
    let desk = Desk::new("half_a_line_of_a_stream");
    let shared: Arc<dyn Clock> = Arc::new(desk.clock.clone());
    let wire = Streaming::new(desk.fake.clone(), shared, desk.wire.clone());
    let client = Client::builder()
        .transport(Arc::new(wire))
        .clock(Arc::new(desk.clock.clone()))
        .random(Arc::new(SeededRandom::new(3)))
        .build()
        .unwrap();
    let x = X::builder().bearer(Fake::BEARER).client(&client);
    let x = x.build().unwrap();
    let told = desk
        .run(async {
            let rule = json!({"add": [{"value": "cats"}]});
            let _: Value = x
                .call("POST", "/2/tweets/search/stream/rules", &rule)
                .await
                .unwrap();
            let mut stream = x.stream(Since::Now);
            let fake = desk.fake.clone();
            let later = desk.clock.clone();
            let writes = async {
                for n in 0..4 {
                    later
                        .sleep_until(later.now() + Duration::from_secs(50))
                        .await;
                    if n == 1 {
                        fake.cut_next_line();
                    }
                    fake.post_as(Fake::BOB, &format!("cats {n}"), later.now());
                }
            };
            let reads = async {
                let mut told = Vec::new();
                while told.len() < 4 {
                    told.push(stream.next().await.unwrap().unwrap());
                }
                told
            };
            futures_util::future::join(writes, reads).await.1
        })
        .await;
    let words: Vec<String> = told
        .iter()
        .map(|event| match (&event.kind, &event.post) {
            (EventKind::Gap, _) => {
                let (since, until) = (event.lost_since.unwrap(), event.at.unwrap());
                assert!(since <= until, "{event:?}");
                "a gap".to_owned()
            }
            (_, Some(post)) => post.text.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(words, ["cats 0", "a gap", "cats 2", "cats 3"]);
    hides(&format!("{told:?} {x:?}"));
}

#[tokio::test]
async fn a_delivery_with_a_wrong_signature_is_refused_and_nothing_of_it_is_taken() {
    let desk = Desk::new("a_delivery_with_a_wrong_signature");
    desk.fake.set_plan(Plan::Enterprise);
    let consumer = ConsumerKey::new(Fake::CONSUMER_KEY, Fake::CONSUMER_SECRET);
    let x = desk
        .builder()
        .consumer(consumer)
        .user_token(Fake::ANNA_TOKEN);
    let x = x.tier(Tier::Enterprise).build().unwrap();
    assert!(x.profile().can(&Operation::EVENTS));
    let webhook = desk.run(x.webhook()).await.unwrap();
    let taken = Arc::new(Mutex::new(0));
    let into = Arc::clone(&taken);
    let receiver = Receiver::builder(webhook)
        .clock(Arc::new(desk.clock.clone()))
        .sink(move |_| {
            *into.lock().unwrap() += 1;
            async { Ok(()) }
        });
    const URL: &str = "https://desk.example/x";
    let now = desk.clock.now();
    desk.fake.subscribe_all(Fake::ANNA, URL, now);
    let hello = format!("@{} hello", Fake::ANNA_NAME);
    desk.fake.post_as(Fake::BOB, &hello, now);
    let good = desk.fake.deliveries().remove(0);
    const SIGNATURE: &str = "x-twitter-webhooks-signature";
    let with = |signature: Option<&str>, body: Bytes| {
        let mut request = http::Request::post(URL);
        if let Some(signature) = signature {
            request = request.header(SIGNATURE, signature);
        }
        request.body(body).unwrap()
    };
    let signed = good.headers[SIGNATURE].to_str().unwrap().to_owned();
    let other = Bytes::from(String::from_utf8_lossy(&good.body).replace("hello", "hallo"));
    for (what, request) in [
        ("none", with(None, good.body.clone())),
        ("empty", with(Some(""), good.body.clone())),
        (
            "of another secret",
            with(Some("sha256=AAAA"), good.body.clone()),
        ),
        (
            "without its scheme",
            with(
                Some(signed.trim_start_matches("sha256=")),
                good.body.clone(),
            ),
        ),
        ("of another body", with(Some(&signed), other)),
    ] {
        let received = desk.run(receiver.receive(&request)).await;
        assert_eq!(received.response.status(), 403, "{what}");
        assert!(received.response.body().is_empty(), "{what}");
        let error = received.error.as_ref().unwrap();
        assert_eq!(*error.kind(), ErrorKind::Unauthorized, "{what}: {error}");
        desk.says(error, "secret");
        hides(&format!("{received:?} {receiver:?}"));
    }
    assert_eq!(*taken.lock().unwrap(), 0);
    let request = with(Some(&signed), good.body.clone());
    let received = desk.run(receiver.receive(&request)).await;
    assert_eq!(received.response.status(), 200);
    assert_eq!(*taken.lock().unwrap(), 1);
}
