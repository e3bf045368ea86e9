//! Answers in words, in a prescribed form and by calls: whole and streamed, they say the same.

use serde_json::{Value, json};

use crate::house::*;

const FATE: &str =
    "authorization: Bearer a-key\r\nx-tierlab-fate: answer=12; draw=00000000000000ff\r\n";

fn body(rest: &Value) -> String {
    let mut body = json!({"model": MODEL, "messages": [{"role": "user", "content": "12345678"}]});
    for (name, value) in rest.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.to_string()
}

async fn chat(house: &House, rest: &Value) -> Response {
    house.ask(&post(FATE, &body(rest))).await
}

/// The chunks of a stream, without its end.
fn chunks(response: &Response) -> Vec<Value> {
    assert_eq!(response.status, 200, "{}", response.body);
    let events = response.body.strip_suffix("data: [DONE]\n\n").unwrap();
    let data = events.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap());
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// What the chunks of one choice say together, under a pointer into the choice.
fn joined(chunks: &[Value], choice: u64, pointer: &str) -> String {
    let of = chunks.iter().map(|chunk| &chunk["choices"][0]);
    let of = of.filter(|of| of["index"] == choice).filter_map(|of| of.pointer(pointer)?.as_str());
    of.collect()
}

#[tokio::test]
async fn choices_differ_and_usage_and_charge_add_up_over_them() {
    let house = House::on("build-5").await;
    let whole = chat(&house, &json!({"n": 3})).await.json();
    let stream = chat(&house, &json!({"n": 3, "stream": true})).await;
    let chunks = chunks(&stream);
    let mut texts = Vec::new();
    for choice in 0..3 {
        let said = &whole["choices"][usize::try_from(choice).unwrap()];
        assert_eq!((&said["index"], &said["finish_reason"]), (&choice.into(), &"stop".into()));
        let content = said["message"]["content"].as_str().unwrap().to_owned();
        assert_eq!(joined(&chunks, choice, "/delta/content"), content);
        assert!(!texts.contains(&content));
        texts.push(content);
    }
    assert_eq!(whole["usage"]["completion_tokens"], 36);
    let last = chunks.last().unwrap();
    assert_eq!((&last["usage"], chunks.len()), (&whole["usage"], 36 + 3));
    let ended = house.seen.ended.lock().unwrap().clone();
    assert!(ended.iter().all(|(usage, left)| usage.completion == 36 && !left), "{ended:?}");
}

#[tokio::test]
async fn a_stop_word_ends_an_answer_and_is_not_in_it() {
    let house = House::on("build-5").await;
    let whole = chat(&house, &json!({})).await.json();
    let content = whole["choices"][0]["message"]["content"].as_str().unwrap();
    let word = content.split_inclusive(' ').nth(6).unwrap();
    let stopped = json!({"stop": [word, "no such word"]});
    let response = chat(&house, &stopped).await.json();
    let choice = &response["choices"][0];
    let kept = choice["message"]["content"].as_str().unwrap();
    assert_eq!(
        (kept, &choice["finish_reason"]),
        (&content[..content.find(word).unwrap()], &"stop".into())
    );
    let paid = response["usage"]["completion_tokens"].as_u64().unwrap();
    assert!((1..12).contains(&paid), "{paid}");
    let stream = chat(&house, &json!({"stop": word, "stream": true})).await;
    assert_eq!(joined(&chunks(&stream), 0, "/delta/content"), kept);
}

#[tokio::test]
async fn seed_and_prompt_are_said_once_more_and_likelihoods_told() {
    let house = House::on("build-5").await;
    let whole = chat(&house, &json!({"seed": 42, "echo": true, "logprobs": 2})).await.json();
    assert_eq!(whole["prompt"], json!([{"text": "12345678"}]));
    let choice = &whole["choices"][0];
    assert_eq!(choice["seed"], 42);
    let lists = ["tokens", "token_ids", "token_logprobs", "content"];
    for list in lists.map(|name| choice["logprobs"][name].as_array().unwrap()) {
        assert_eq!(list.len(), 12);
    }
    for token in choice["logprobs"]["content"].as_array().unwrap() {
        let top = token["top_logprobs"].as_array().unwrap();
        assert_eq!((top.len(), &top[0]["logprob"]), (2, &token["logprob"]));
        assert!(top[1]["logprob"].as_f64() < top[0]["logprob"].as_f64());
        assert!(token["logprob"].as_f64().unwrap() <= 0.0);
    }
    let stream = chat(&house, &json!({"seed": 42, "logprobs": 2, "stream": true})).await;
    let chunks = chunks(&stream);
    let told = &chunks[0]["choices"][0]["logprobs"];
    assert_eq!(told["tokens"][0], choice["logprobs"]["tokens"][0]);
    assert_eq!(told["top_logprobs"][0].as_array().unwrap().len(), 2);
    assert_eq!(chunks.last().unwrap()["choices"][0]["seed"], 42);
}

#[tokio::test]
async fn a_prescribed_form_is_met_whole_and_streamed_and_counted() {
    let house = House::on("build-5").await;
    let schema = json!({"type": "object", "additionalProperties": false, "required": ["name", "age"],
        "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 18}}});
    let format =
        json!({"type": "json_schema", "json_schema": {"name": "person", "schema": schema}});
    let response = chat(&house, &json!({"response_format": format})).await.json();
    let content = response["choices"][0]["message"]["content"].as_str().unwrap();
    let person: Value = serde_json::from_str(content).unwrap();
    assert!(jsonschema::is_valid(&schema, &person), "{person}");
    let expected = content.chars().count().div_ceil(4);
    assert_eq!(response["usage"]["completion_tokens"], expected);
    let stream = chat(&house, &json!({"response_format": format, "stream": true})).await;
    assert_eq!(joined(&chunks(&stream), 0, "/delta/content"), content);
    let cut = chat(&house, &json!({"response_format": format, "max_tokens": 2})).await.json();
    assert_eq!(cut["choices"][0]["finish_reason"], "length");
    assert_eq!(cut["choices"][0]["message"]["content"], content[..8]);
    let free = chat(&house, &json!({"response_format": {"type": "json_object"}})).await.json();
    let free = free["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    assert!(serde_json::from_str::<Value>(&free).unwrap().is_object());
}

#[tokio::test]
async fn a_form_that_cannot_be_met_is_refused_where_it_cannot() {
    let house = House::on("build-1").await;
    let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"minimum": 2,
        "maximum": 1, "type": "integer"}}});
    let format = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}});
    let response = chat(&house, &json!({"response_format": format})).await;
    assert_eq!((response.status, response.error("type")), (400, "invalid_request_error".into()));
    assert_eq!(response.error("param"), "response_format.json_schema.schema/properties/a");
    assert_eq!(response.number("x-ratelimit-remaining"), Some(19));
}

#[tokio::test]
async fn a_tool_is_called_with_arguments_that_it_takes() {
    let house = House::on("build-5").await;
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"},
        "days": {"type": "integer", "minimum": 1, "maximum": 7}}, "required": ["city", "days"]});
    let tools = json!([{"type": "function", "function": {"name": "forecast",
        "parameters": parameters}}]);
    let asked = json!({"tools": tools, "tool_choice": "required"});
    let whole = chat(&house, &asked).await.json();
    let choice = &whole["choices"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["message"]["content"]),
        (&"tool_calls".into(), &Value::Null)
    );
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(
        (&call["type"], &call["function"]["name"]),
        (&"function".into(), &"forecast".into())
    );
    let arguments = call["function"]["arguments"].as_str().unwrap();
    assert!(jsonschema::is_valid(&parameters, &serde_json::from_str(arguments).unwrap()));
    let mut streamed = asked.clone();
    streamed["stream"] = true.into();
    let stream = chat(&house, &streamed).await;
    let chunks = chunks(&stream);
    assert_eq!(joined(&chunks, 0, "/delta/tool_calls/0/function/name"), "forecast");
    assert_eq!(joined(&chunks, 0, "/delta/tool_calls/0/function/arguments"), arguments);
    assert_eq!(joined(&chunks, 0, "/delta/tool_calls/0/id"), call["id"].as_str().unwrap());
    let last = chunks.last().unwrap();
    assert_eq!(
        (&last["choices"][0]["finish_reason"], &last["usage"]),
        (&"tool_calls".into(), &whole["usage"])
    );
    let none = chat(&house, &json!({"tools": tools, "tool_choice": "none"})).await.json();
    assert_eq!(none["choices"][0]["finish_reason"], "stop");
    let functions = json!([{"name": "forecast", "parameters": parameters}]);
    let named = json!({"functions": functions, "function_call": {"name": "forecast"}});
    let legacy = chat(&house, &named).await.json();
    assert_eq!(legacy["choices"][0]["finish_reason"], "function_call");
    assert_eq!(legacy["choices"][0]["message"]["function_call"]["name"], "forecast");
}

#[tokio::test]
async fn reasoning_comes_before_the_answer_and_is_counted_with_it() {
    let house = House::on("build-5").await;
    let whole = chat(&house, &json!({"reasoning_effort": "low"})).await.json();
    let message = &whole["choices"][0]["message"];
    let words = |text: &Value| text.as_str().unwrap().split_whitespace().count();
    assert_eq!((words(&message["reasoning"]), words(&message["content"])), (3, 9));
    assert_eq!(whole["usage"]["completion_tokens"], 12);
    assert_eq!(whole["usage"]["reasoning_tokens"], 3);
    let stream = chat(&house, &json!({"reasoning_effort": "low", "stream": true})).await;
    let chunks = chunks(&stream);
    assert_eq!(joined(&chunks, 0, "/delta/reasoning"), message["reasoning"].as_str().unwrap());
    assert_eq!(joined(&chunks, 0, "/delta/content"), message["content"].as_str().unwrap());
    assert_eq!(joined(&chunks, 0, "/text"), message["content"].as_str().unwrap());
}

#[tokio::test]
async fn a_completion_says_the_same_whole_and_streamed() {
    let house = House::on("build-5").await;
    let ask = |rest: &Value| {
        let mut body = json!({"model": MODEL, "prompt": "12345678"});
        for (name, value) in rest.as_object().unwrap() {
            body[name] = value.clone();
        }
        post(FATE, &body.to_string()).replace("/v1/chat/completions", "/v1/completions")
    };
    let whole = house.ask(&ask(&json!({"n": 2, "echo": true, "logprobs": 1}))).await.json();
    assert_eq!(
        (&whole["object"], &whole["prompt"][0]["text"]),
        (&"text.completion".into(), &"12345678".into())
    );
    assert_eq!(whole["usage"]["total_tokens"], 2 + 24);
    assert_eq!(whole["choices"][1]["logprobs"]["tokens"].as_array().unwrap().len(), 12);
    let stream = house.ask(&ask(&json!({"n": 2, "stream": true, "max_tokens": 7}))).await;
    let chunks = chunks(&stream);
    for choice in 0..2 {
        let text = joined(&chunks, choice, "/text");
        assert_eq!(text, joined(&chunks, choice, "/delta/content"));
        let of = &whole["choices"][usize::try_from(choice).unwrap()]["text"];
        assert!(of.as_str().unwrap().starts_with(&text) && text.split_whitespace().count() == 7);
    }
    for chunk in &chunks {
        assert_eq!(
            (&chunk["object"], chunk["token"]["id"].is_u64()),
            (&"completion.chunk".into(), true)
        );
    }
    let last = chunks.last().unwrap();
    assert_eq!(
        (&last["finish_reason"], &last["usage"]["completion_tokens"]),
        (&"length".into(), &14.into())
    );
}

#[tokio::test]
async fn a_length_beyond_the_context_is_refused_or_cut_as_is_asked() {
    let house = House::on("build-5").await;
    let long = json!({"max_tokens": 10_000_000});
    assert_eq!(chat(&house, &long).await.status, 400);
    let mut cut = long.clone();
    cut["context_length_exceeded_behavior"] = "truncate".into();
    assert_eq!(chat(&house, &cut).await.status, 200);
}

#[tokio::test]
async fn what_nests_without_end_is_refused_and_nothing_breaks() {
    let house = House::on("build-1").await;
    let deep = |field: &str| {
        let nest = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        question(&format!(r#","{field}":{nest}"#))
    };
    for field in ["tools", "response_format", "tool_choice", "stop", "messages"] {
        let response = house.ask(&post(KEY, &deep(field))).await;
        assert_eq!(response.status, 400, "{field}");
    }
    assert_eq!(house.ask(&post(KEY, &question(""))).await.status, 200);
}

#[tokio::test]
async fn a_wrong_field_is_named() {
    let house = House::on("build-1").await;
    let response = house.ask(&post(KEY, &question(r#","stop":[1]"#))).await;
    assert_eq!((response.status, response.error("param")), (400, "stop".into()));
}

#[tokio::test]
async fn a_faithful_mock_names_no_field() {
    let house = House::with("build-1", |plan| plan.faithful = true).await;
    let response = house.ask(&post(KEY, &question(r#","stop":[1]"#))).await;
    assert_eq!((response.status, response.error("param")), (400, Value::Null));
}
