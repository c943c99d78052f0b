//! Many reads in one request.

use super::*;

#[tokio::test]
async fn many_reads_are_one_request_and_each_has_its_own_result() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let calls: Vec<Value> = (0..30)
        .map(|i| json!({"owner_id": -1, "comment_id": i}))
        .collect();
    let mut first: Vec<Value> = (0..25).map(|i| json!({"n": i})).collect();
    first[3] = json!(false);
    first[20] = json!(false);
    server.says(
        "execute",
        json!({"response": first, "execute_errors": [
            {"method": "wall.getComment", "error_code": 104, "error_msg": "Not found"},
            {"method": "wall.getComment", "error_code": 15, "error_msg": "Access denied"},
            {"method": "execute", "error_code": 1, "error_msg": "noise"},
        ]}),
    );
    let rest: Vec<Value> = (25..30).map(|i| json!({"n": i})).collect();
    server.says("execute", json!({"response": rest}));
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Numbered {
        n: u32,
    }
    let results = vk
        .call_many::<Numbered>("wall.getComment", &calls)
        .await
        .unwrap();
    assert_eq!(results.len(), 30);
    for (i, result) in (0..).zip(&results) {
        match (i, result) {
            (3, Err(error)) => assert_eq!(error.kind(), &ErrorKind::NotFound),
            (20, Err(error)) => assert_eq!(error.kind().name(), "Forbidden"),
            (_, result) => assert_eq!(result.as_ref().unwrap().n, i),
        }
    }
    let asked = server.take();
    assert_eq!(asked.len(), 2);
    // By the token that the method takes.
    assert_eq!(asked[0].token.as_deref(), Some(USER));
    assert_eq!(
        asked[0].fields["code"]
            .matches("API.wall.getComment(")
            .count(),
        25
    );
    // Only reads go together.
    assert!(vk.call_many::<Value>("wall.delete", &calls).await.is_err());
}

#[tokio::test]
async fn a_program_that_does_not_run_is_taken_apart_into_single_calls() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says(
        "execute",
        error(13, "Runtime error occurred during code invocation"),
    );
    server
        .says("wall.getComment", error(104, "Not found"))
        .says("wall.getComment", json!({"response": 5}));
    let calls = [json!({"comment_id": 1}), json!({"comment_id": 2})];
    let results = vk
        .call_many::<u32>("wall.getComment", &calls)
        .await
        .unwrap();
    assert_eq!(
        results[0].as_ref().unwrap_err().kind(),
        &ErrorKind::NotFound
    );
    assert_eq!(results[1].as_ref().unwrap(), &5);
    assert_eq!(
        server.methods(),
        ["execute", "wall.getComment", "wall.getComment"]
    );
    // A service token runs no programs.
    let service = builder(&server, &clock)
        .service_token(SERVICE)
        .build()
        .unwrap();
    server.says("wall.getById", json!({"response": 1}));
    service
        .call_many::<u32>("wall.getById", &calls)
        .await
        .unwrap();
    assert_eq!(server.methods(), ["wall.getById", "wall.getById"]);
}
