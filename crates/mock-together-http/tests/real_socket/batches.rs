//! Batches, from their file to what they leave behind.

use std::time::Duration;

use axum::http::Method;
use mock_together_http::Profile;
use serde_json::{Value, json};

use crate::files::{call, uploaded};
use crate::house::*;

const OTHER: &str = "authorization: Bearer another-key\r\n";

fn line(id: &str, max_tokens: u32) -> String {
    let body = question(&format!(r#","max_tokens":{max_tokens}"#));
    format!("{{\"custom_id\":\"{id}\",\"body\":{body}}}\n")
}

async fn asked(house: &House, file: &str, rest: &str) -> Response {
    let body = format!(r#"{{"endpoint":"/v1/chat/completions","input_file_id":"{file}"{rest}}}"#);
    house.ask(&call(&Method::POST, "/v1/batches", KEY, &body)).await
}

async fn begun(house: &House, content: &str) -> Value {
    let file = uploaded(house, "batch-api", content).await;
    let created = asked(house, file["id"].as_str().unwrap(), "").await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(created.json().get("warning"), None);
    created.json()["job"].clone()
}

async fn got(house: &House, path: &str, headers: &str) -> Response {
    house.ask(&call(&Method::GET, path, headers, "")).await
}

async fn now(house: &House, job: &Value) -> Value {
    let path = format!("/v1/batches/{}", job["id"].as_str().unwrap());
    let told = got(house, &path, KEY).await;
    assert_eq!(told.status, 200, "{}", told.body);
    told.json()
}

/// Lets time pass until a batch has ended.
async fn ended(house: &House, job: &Value) -> Value {
    for _ in 0..10_000 {
        let job = now(house, job).await;
        if !["VALIDATING", "IN_PROGRESS"].contains(&job["status"].as_str().unwrap()) {
            return job;
        }
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    panic!("it does not end");
}

/// The lines of a file that a batch left behind.
async fn lines(house: &House, file: &Value) -> Vec<Value> {
    let path = format!("/v1/files/{}/content", file.as_str().unwrap());
    let content = got(house, &path, KEY).await.body;
    content.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_batch_runs_by_the_clock_and_leaves_its_answers_behind() {
    let house = House::with("build-1", |plan| {
        let slow = plan.assumptions.with("batch_throughput", "10/s");
        plan.assumptions = slow.unwrap();
    })
    .await;
    // A prompt has two tokens.
    let content = line("first", 28) + "\n" + &line("second", 68);
    let job = begun(&house, &content).await;
    assert_eq!((&job["status"], &job["progress"]), (&json!("VALIDATING"), &json!(0.0)));
    assert_eq!(
        (&job["model_id"], &job["endpoint"]),
        (&json!(MODEL), &json!("/v1/chat/completions"))
    );
    assert_eq!(job["file_size_bytes"], content.len());
    let dates = ["created_at", "job_deadline"].map(|name| job[name].as_str().unwrap());
    assert!(dates[0].starts_with("1970-01-01T00:00:0") && dates[0].ends_with('Z'), "{job}");
    assert!(dates[1].starts_with("1970-01-02T00:00:0"), "{job}");
    tokio::time::advance(Duration::from_secs(4)).await;
    let midway = now(&house, &job).await;
    assert_eq!((&midway["status"], &midway["progress"]), (&json!("IN_PROGRESS"), &json!(50.0)));
    assert_eq!(midway.get("output_file_id"), None);

    let job = ended(&house, &job).await;
    assert_eq!((&job["status"], &job["progress"]), (&json!("COMPLETED"), &json!(100.0)));
    assert!(job["completed_at"].as_str().unwrap() >= "1970-01-01T00:00:09Z", "{job}");
    assert_eq!((job.get("error_file_id"), job.get("error")), (None, None));
    let output = lines(&house, &job["output_file_id"]).await;
    let ids: Vec<&Value> = output.iter().map(|line| &line["custom_id"]).collect();
    assert_eq!(ids, ["first", "second"]);
    for (line, most) in output.iter().zip([28, 68]) {
        assert_eq!(line["response"]["status_code"], 200);
        let body = &line["response"]["body"];
        assert_eq!((&body["object"], &body["model"]), (&json!("chat.completion"), &json!(MODEL)));
        assert!(body["usage"]["completion_tokens"].as_u64().unwrap() <= most, "{body}");
    }
    assert_eq!(got(&house, "/v1/batches", KEY).await.json(), json!([job]), "a bare array");
    assert_eq!(got(&house, "/v1/batches", OTHER).await.json(), json!([]));
    let path = format!("/v1/batches/{}", job["id"].as_str().unwrap());
    let another = got(&house, &path, OTHER).await;
    assert_eq!((another.status, another.json()), (404, json!({"error": "Batch job not found"})));
}

#[tokio::test]
async fn a_line_that_makes_no_sense_has_an_error_of_its_own() {
    let house = House::on("build-1").await;
    let wrong =
        format!("{{\"custom_id\":\"wrong\",\"body\":{{\"model\":\"{MODEL}\",\"messages\":5}}}}\n");
    let long =
        format!("{{\"custom_id\":\"long\",\"body\":{}}}\n", question(r#","max_tokens":9000000"#));
    let job = begun(&house, &(line("good", 5) + &wrong + &long)).await;
    let job = ended(&house, &job).await;
    assert_eq!(job["status"], "COMPLETED");
    let output = lines(&house, &job["output_file_id"]).await;
    assert_eq!(output.iter().map(|line| &line["custom_id"]).collect::<Vec<_>>(), ["good"]);
    let errors = lines(&house, &job["error_file_id"]).await;
    let ids: Vec<&Value> = errors.iter().map(|line| &line["custom_id"]).collect();
    assert_eq!(ids, ["wrong", "long"]);
    for error in &errors {
        assert!(error["error"]["message"].is_string() && error["error"]["code"].is_string());
        assert_eq!(error.get("response"), None);
    }
}

#[tokio::test]
async fn a_file_whose_lines_cannot_be_told_apart_fails_with_the_line_that_shows_it() {
    let house = House::on("build-1").await;
    let good = line("a", 5);
    let other = good.replace("\"a\"", "\"b\"").replace(MODEL, "Qwen/QwQ-32B");
    let cases = [
        (good.clone() + "{\"custom_id\":", "line 2: no JSON object"),
        (good.replace("\"custom_id\":\"a\",", ""), "line 1: custom_id is missing"),
        (line("", 5), "line 1: custom_id is missing"),
        (line(&"x".repeat(65), 5), "line 1: custom_id has more than 64 characters"),
        (good.clone() + &good, "line 2: custom_id \"a\" stands there twice"),
        ("{\"custom_id\":\"a\"}\n".to_owned(), "line 1: body is missing"),
        (good.clone() + &other, "line 2: asks for Qwen/QwQ-32B"),
        (good.replace(MODEL, "no/such"), "Unable to access model no/such"),
        ("\n".to_owned(), "the file has no lines"),
    ];
    for (content, why) in cases {
        let job = begun(&house, &content).await;
        assert_eq!((&job["status"], job.get("error")), (&json!("VALIDATING"), None), "at first");
        let job = ended(&house, &job).await;
        assert_eq!(job["status"], "FAILED");
        assert!(job["error"].as_str().unwrap().starts_with(why), "{job}");
        assert_eq!(job.get("output_file_id"), None);
    }
    let job = begun(&house, &line(&"x".repeat(64), 5)).await;
    assert_eq!(ended(&house, &job).await["status"], "COMPLETED");
    let file = uploaded(&house, "batch-api", &good).await;
    let created =
        asked(&house, file["id"].as_str().unwrap(), r#","model_id":"Qwen/QwQ-32B""#).await;
    let job = ended(&house, &created.json()["job"]).await;
    assert_eq!(job["status"], "FAILED", "another model than was asked for");
}

#[tokio::test]
async fn what_is_no_batch_is_refused_in_plain_words() {
    let house = House::on("build-1").await;
    let file = uploaded(&house, "batch-api", &line("a", 5)).await;
    let id = file["id"].as_str().unwrap();
    let said = |response: Response| {
        let error = response.json()["error"].as_str().unwrap().to_owned();
        (response.status, error)
    };
    let (status, error) = said(asked(&house, "file-none", "").await);
    assert_eq!((status, error.as_str()), (400, "The input file was not found"));
    let tuned = uploaded(&house, "fine-tune", "{}\n").await;
    let (status, error) = said(asked(&house, tuned["id"].as_str().unwrap(), "").await);
    assert_eq!((status, error.as_str()), (400, "The purpose of the input file is not batch-api"));
    let body = format!(r#"{{"endpoint":"/v1/models","input_file_id":"{id}"}}"#);
    let other = house.ask(&call(&Method::POST, "/v1/batches", KEY, &body)).await;
    assert_eq!(said(other), (400, "endpoint: /v1/models has no batches".to_owned()));
    let bare = house.ask(&call(&Method::POST, "/v1/batches", KEY, "{}")).await;
    assert_eq!(said(bare), (400, "missing field `endpoint`".to_owned()));
    let stranger = house.ask(&call(&Method::GET, "/v1/batches", "", "")).await;
    assert_eq!(said(stranger).0, 401);
    let windowed = asked(&house, id, r#","completion_window":"1h""#).await;
    assert_eq!(windowed.json()["warning"], "completion_window 1h is not offered: it is 24h");
}

#[tokio::test]
async fn a_batch_that_is_taken_back_keeps_what_is_over() {
    let house = House::with("build-1", |plan| {
        let slow = plan.assumptions.with("batch_throughput", "10/s");
        plan.assumptions = slow.unwrap();
    })
    .await;
    let job = begun(&house, &(line("first", 28) + &line("second", 9_998))).await;
    let file = job["input_file_id"].as_str().unwrap();
    let delete = call(&Method::DELETE, &format!("/v1/files/{file}"), KEY, "");
    assert_eq!(house.ask(&delete).await.status, 400, "a batch reads it");
    tokio::time::advance(Duration::from_secs(4)).await;
    let path = format!("/v1/batches/{}/cancel", job["id"].as_str().unwrap());
    let cancel = |headers| call(&Method::POST, &path, headers, "");
    assert_eq!(house.ask(&cancel(OTHER)).await.status, 404);
    let told = house.ask(&cancel(KEY)).await;
    let job = told.json();
    assert_eq!((told.status, &job["status"]), (200, &json!("CANCELLED")), "{job}");
    assert_eq!(lines(&house, &job["output_file_id"]).await.len(), 1);
    let errors = lines(&house, &job["error_file_id"]).await;
    assert_eq!(errors[0]["custom_id"], "second");
    let again = house.ask(&cancel(KEY)).await;
    assert_eq!(again.status, 400);
    assert!(again.json()["error"].as_str().unwrap().ends_with("has ended: it is CANCELLED"));
    tokio::time::advance(Duration::from_secs(2_000)).await;
    assert_eq!(now(&house, &job).await, job, "for good");
    assert_eq!(house.ask(&delete).await.status, 200);
}

#[tokio::test]
async fn what_the_window_ends_before_is_told_so() {
    let house = House::with("build-1", |plan| {
        let changes = [("batch_throughput", "1/min"), ("batch_window", "72h")];
        for (name, value) in changes {
            plan.assumptions = plan.assumptions.with(name, value).unwrap();
        }
    })
    .await;
    let content: String = (0..60).map(|n| line(&n.to_string(), 1_000)).collect();
    let job = begun(&house, &content).await;
    tokio::time::advance(Duration::from_hours(72)).await;
    let job = ended(&house, &job).await;
    assert_eq!(job["status"], "EXPIRED");
    let errors = lines(&house, &job["error_file_id"]).await;
    assert!(errors.iter().all(|line| line["error"]["code"] == "batch_expired"));
    let answers = lines(&house, &job["output_file_id"]).await;
    assert_eq!(answers.len() + errors.len(), 60);
}

#[tokio::test]
async fn where_any_id_is_let_in_there_is_a_batch_behind_each() {
    let house = House::with("build-1", |plan| plan.profile = Profile::Conformance).await;
    let created = asked(&house, "file-abc", "").await;
    assert_eq!((created.status, &created.json()["job"]["status"]), (201, &json!("VALIDATING")));
    let job = got(&house, "/v1/batches/anything", KEY).await;
    assert_eq!((job.status, &job.json()["id"]), (200, &json!("anything")));
    let cancelled = house.ask(&call(&Method::POST, "/v1/batches/anything/cancel", KEY, "")).await;
    assert_eq!(cancelled.status, 200);
}
