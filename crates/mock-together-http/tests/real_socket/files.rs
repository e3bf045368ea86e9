//! Files, by every way in which they come.

use axum::http::Method;
use mock_together_http::Profile;
use serde_json::{Value, json};

use crate::house::*;

const OTHER: &str = "authorization: Bearer another-key\r\n";
const LINES: &str = "{\"text\":\"one\"}\n{\"text\":\"two\"}\n";

/// A request with a body of some media type.
pub(crate) fn call(method: &Method, path: &str, headers: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: mock:80\r\nconnection: close\r\n{headers}\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A file as multipart, after some words about it.
pub(crate) fn multipart(path: &str, words: &[(&str, &str)], file: Option<&str>) -> String {
    let word = |(name, value): &(&str, &str)| {
        format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let part = |file| {
        let named = "content-disposition: form-data; name=\"file\"; filename=\"a.jsonl\"";
        format!("--edge\r\n{named}\r\ncontent-type: application/octet-stream\r\n\r\n{file}\r\n")
    };
    let words: String = words.iter().map(word).collect();
    let body = format!("{words}{}--edge--\r\n", file.map(part).unwrap_or_default());
    let media = "content-type: multipart/form-data; boundary=edge\r\n";
    call(&Method::POST, path, &format!("{KEY}{media}"), &body)
}

pub(crate) async fn uploaded(house: &House, purpose: &str, content: &str) -> Value {
    let words = [("purpose", purpose), ("file_name", "a.jsonl")];
    let response = house.ask(&multipart("/v1/files/upload", &words, Some(content))).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

async fn got(house: &House, path: &str, headers: &str) -> Response {
    house.ask(&call(&Method::GET, path, headers, "")).await
}

#[tokio::test]
async fn a_file_is_uploaded_listed_fetched_and_deleted() {
    let house = House::on("build-1").await;
    let file = uploaded(&house, "fine-tune", LINES).await;
    let id = file["id"].as_str().unwrap();
    assert_eq!((&file["object"], &file["bytes"]), (&json!("file"), &json!(LINES.len())));
    assert_eq!((&file["purpose"], &file["FileType"]), (&json!("fine-tune"), &json!("jsonl")));
    assert_eq!(
        (&file["Processed"], &file["processing_status"]),
        (&json!(true), &json!("COMPLETED"))
    );
    let report = json!({"valid": true, "file_id": id, "nlines": 2});
    assert_eq!(file["validation_report"], report);
    let later = uploaded(&house, "eval", "x").await;
    assert_eq!(later.get("validation_report"), None, "other purposes skip that");

    let listed = got(&house, "/v1/files", KEY).await.json();
    assert_eq!(listed["data"], json!([later, file]), "the latest first");
    assert_eq!(got(&house, &format!("/v1/v1/files/{id}"), KEY).await.json(), file);
    let content = got(&house, &format!("/v1/files/{id}/content"), KEY).await;
    assert_eq!((content.status, content.body.as_str()), (200, LINES));

    for path in [format!("/v1/files/{id}"), format!("/v1/files/{id}/content")] {
        assert_eq!(got(&house, &path, OTHER).await.status, 404, "another's is not there");
    }
    assert_eq!(got(&house, "/v1/files", OTHER).await.json()["data"], json!([]));
    let delete = |headers| call(&Method::DELETE, &format!("/v1/files/{id}"), headers, "");
    assert_eq!(house.ask(&delete(OTHER)).await.status, 404);
    assert_eq!(house.ask(&delete(KEY)).await.json(), json!({"id": id, "deleted": true}));
    let gone = house.ask(&delete(KEY)).await;
    assert_eq!((gone.status, gone.error("message")), (404, json!("File not found")));
    assert_eq!(got(&house, "/v1/files", "").await.status, 401);
}

#[tokio::test]
async fn an_announced_file_is_put_where_the_announcement_says() {
    let house = House::on("build-1").await;
    let words = [("purpose", "batch-api"), ("file_name", "a.jsonl"), ("checksum", "0")];
    let form = "purpose=batch-api&file_name=a.jsonl&file_type=jsonl";
    let media = "content-type: application/x-www-form-urlencoded\r\n";
    // As together-py does it, and as together-ai for Node does.
    let announcements = [
        multipart("/v1/files", &words, None),
        call(&Method::POST, "/v1/files", &format!("{KEY}{media}"), form),
        call(&Method::POST, &format!("/v1/files?{form}"), KEY, ""),
    ];
    for announcement in announcements {
        let told = house.ask(&announcement).await;
        assert_eq!(told.status, 302, "{}", told.body);
        let id = told.header("x-together-file-id").unwrap().to_owned();
        let place = told.header("location").unwrap().strip_prefix("http://mock:80").unwrap();
        let before = got(&house, &format!("/v1/files/{id}"), KEY).await.json();
        assert_eq!((&before["Processed"], &before["bytes"]), (&json!(false), &json!(0)));
        assert_eq!(before["processing_status"], "PENDING");
        assert_eq!(got(&house, &format!("/v1/files/{id}/content"), KEY).await.status, 404);

        let elsewhere = format!("{place}0");
        let put = |place: &str| call(&Method::PUT, place, "", LINES);
        assert_eq!(house.ask(&put(&elsewhere)).await.status, 404, "only there");
        // Whoever is not sure puts it again.
        for _ in 0..2 {
            assert_eq!(house.ask(&put(place)).await.status, 200);
        }
        let path = format!("/v1/files/{id}/preprocess");
        let after = house.ask(&call(&Method::POST, &path, KEY, "")).await.json();
        assert_eq!((&after["Processed"], &after["bytes"]), (&json!(true), &json!(LINES.len())));
        let content = got(&house, &format!("/v1/files/{id}/content"), KEY).await;
        assert_eq!(content.body, LINES);
    }
}

#[tokio::test]
async fn clients_of_openai_send_the_file_to_the_list() {
    let house = House::on("build-1").await;
    let told = house.ask(&multipart("/v1/files", &[("purpose", "batch")], Some(LINES))).await;
    let file = told.json();
    assert_eq!((told.status, &file["purpose"]), (200, &json!("batch-api")));
    assert_eq!(file["filename"], "a.jsonl");
}

#[tokio::test]
async fn what_is_wrong_with_a_line_is_told_with_its_number() {
    let house = House::on("build-1").await;
    let file = uploaded(&house, "fine-tune", "{\"text\":\"one\"}\n\n{\"text\"}\n").await;
    assert_eq!(file["processing_status"], "INVALID_FORMAT");
    let report = &file["validation_report"];
    assert_eq!(
        (&report["valid"], &report["error_type"]),
        (&json!(false), &json!("INVALID_FORMAT"))
    );
    assert!(report["error"].as_str().unwrap().starts_with("line 3 is no JSON object"), "{report}");
}

#[tokio::test]
async fn an_upload_that_makes_no_sense_is_refused() {
    let house = House::on("build-1").await;
    let meets = async |request: String| {
        let told = house.ask(&request).await;
        (told.status, told.error("param"))
    };
    let path = "/v1/files/upload";
    let named = ("file_name", "a.jsonl");
    let whole = |words: &[(&str, &str)]| multipart(path, words, Some(LINES));
    assert_eq!(meets(whole(&[named])).await, (400, json!("purpose")));
    assert_eq!(meets(whole(&[named, ("purpose", "fun")])).await, (400, json!("purpose")));
    let typed = [named, ("purpose", "eval"), ("file_type", "exe")];
    assert_eq!(meets(whole(&typed)).await, (400, json!("file_type")));
    let fileless = multipart(path, &[named, ("purpose", "eval")], None);
    assert_eq!(meets(fileless).await, (400, json!("file")));
    let nameless = multipart("/v1/files", &[("purpose", "eval")], None);
    assert_eq!(meets(nameless).await, (400, json!("file_name")));
    let media = "content-type: multipart/form-data; boundary=edge\r\n";
    let torn = call(&Method::POST, path, &format!("{KEY}{media}"), "--edge\r\nno end");
    assert_eq!(meets(torn).await.0, 400);
    let long = "x".repeat(5_000);
    assert_eq!(meets(whole(&[named, ("purpose", &long)])).await.0, 413);
    assert_eq!(got(&house, "/v1/files", KEY).await.json()["data"], json!([]));
}

#[tokio::test]
async fn where_any_id_is_let_in_there_is_a_file_behind_each() {
    let house = House::with("build-1", |plan| plan.profile = Profile::Conformance).await;
    let file = got(&house, "/v1/files/id", KEY).await;
    assert_eq!((file.status, &file.json()["id"]), (200, &json!("id")));
    let deleted = house.ask(&call(&Method::DELETE, "/v1/files/id", KEY, "")).await;
    assert_eq!(deleted.json(), json!({"id": "id", "deleted": true}));
    let odd = house.ask(&multipart("/v1/files/upload", &[("purpose", "fun")], Some(""))).await;
    assert_eq!((odd.status, &odd.json()["object"]), (200, &json!("file")));
}
