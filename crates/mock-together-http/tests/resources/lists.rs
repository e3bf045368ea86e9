//! Lists of what there is: models, hardware, voices, jobs, what training costs.

use serde_json::{Value, json};

use crate::house::House;

fn one<'a>(list: &'a Value, id: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|model| model["id"] == id).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_list_of_models_has_the_recorded_form_and_the_editions_prices() {
    let models = House::on("2025-11", "build-1").get("/v1/models").await;
    insta::assert_snapshot!(one(&models, "zai-org/GLM-4.6"), @r#"{"config":{"bos_token":null,"chat_template":null,"eos_token":null,"stop":[]},"context_length":202752,"created":0,"display_name":"GLM-4.6","id":"zai-org/GLM-4.6","link":"https://huggingface.co/zai-org/GLM-4.6","object":"model","organization":"zai-org","pricing":{"base":0,"finetune":0,"hourly":0,"input":0.6,"output":2.2},"running":false,"type":"chat"}"#);
    let priced = |id: &str| {
        let model = one(&models, id);
        let pricing = &model["pricing"];
        format!("{} {} {}", model["type"], pricing["input"], pricing["output"])
    };
    assert_eq!(priced("cartesia/sonic"), r#""audio" 65 0"#);
    assert_eq!(priced("openai/whisper-large-v3"), r#""transcribe" 0 0"#);
    assert_eq!(priced("Salesforce/Llama-Rank-V1"), r#""rerank" 0.1 0.1"#);
    assert_eq!(priced("black-forest-labs/FLUX.1-schnell"), r#""image" 0 0"#);
    assert_eq!(priced("meta-llama/Llama-3-70b-chat-hf"), r#""chat" 0.88 0.88"#);
}

#[tokio::test(start_paused = true)]
async fn a_strict_reader_gets_the_types_that_it_knows() {
    let models = House::conforming().get("/v1/models").await;
    let models = models.as_array().unwrap();
    assert!(models.iter().any(|model| model["type"] == "image"));
    assert!(models.iter().all(|model| model["type"] != "audio" && model["type"] != "video"));
}

#[tokio::test(start_paused = true)]
async fn hardware_has_the_editions_ids_and_prices() {
    let house = House::on("2025-11", "build-1");
    let all = house.get("/v1/hardware").await;
    let machine = one(&all["data"], "2x_nvidia_h100_80gb_sxm");
    // $3.99 an hour for each GPU.
    assert_eq!(machine["pricing"], json!({ "cents_per_minute": 13.3 }));
    let specs = json!({
        "gpu_type": "h100-80gb", "gpu_link": "sxm", "gpu_memory": 80, "gpu_count": 2
    });
    assert_eq!(machine["specs"], specs);
    assert_eq!(machine["availability"], Value::Null);
    let of_model = house.get("/v1/hardware?model=deepseek-ai/DeepSeek-R1").await;
    let machine = one(&of_model["data"], "8x_nvidia_h200_140gb_sxm");
    assert_eq!(machine["availability"]["status"], "available");
    assert!(!house.get("/v1/clusters/availability-zones").await["avzones"][0].is_null());
}

#[tokio::test(start_paused = true)]
async fn models_that_speak_have_voices() {
    let voices = House::on("2025-11", "build-1").get("/v1/voices").await;
    let speak = voices["data"].as_array().unwrap();
    let orpheus = speak.iter().find(|one| one["model"] == "canopylabs/orpheus-3b-0.1-ft").unwrap();
    assert_eq!(orpheus["voices"][0]["name"], "tara");
    assert!(speak.iter().all(|one| one["model"] != "openai/whisper-large-v3"), "it listens");
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_a_job_of_its_key_alone() {
    let house = House::on("2025-11", "build-1");
    let upload = json!({ "model_name": "me/mine", "model_source": "https://example.org/a" });
    let made = house.ask("POST", "/v1/models", Some(upload)).await.json();
    let id = made["data"]["job_id"].as_str().unwrap().to_owned();
    let job = house.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!(
        (&job["status"], &job["args"]["modelName"]),
        (&json!("Complete"), &json!("me/mine"))
    );
    assert_eq!(house.get("/v1/jobs").await["data"].as_array().unwrap().len(), 1);
    let others = house.ask_as("another", "GET", &format!("/v1/jobs/{id}"), None).await;
    assert_eq!(others.status, 404);
    let wrong = house.ask("POST", "/v1/models", Some(json!({ "model_name": 5 }))).await;
    assert_eq!((wrong.status, wrong.json()["error"]["param"].clone()), (400, json!("model_name")));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_trained_here_and_what_it_would_cost_is_told() {
    let house = House::on("2025-11", "build-1");
    assert_eq!(house.get("/v1/fine-tunes").await, json!({ "data": [] }));
    assert_eq!(house.ask("GET", "/v1/fine-tunes/ft-1", None).await.status, 404);
    let asked = json!({ "training_file": "file-1" });
    let told = house.ask("POST", "/v1/fine-tunes/estimate-price", Some(asked)).await.json();
    assert_eq!(told["estimation_available"], false, "nobody has that file");
    let house = House::conforming();
    let asked = json!({
        "training_file": "file-1",
        "model": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        "n_epochs": 2,
        "training_method": { "method": "dpo" },
        "training_type": { "type": "Full" },
    });
    let told = house.ask("POST", "/v1/fine-tunes/estimate-price", Some(asked)).await.json();
    // Two million trained tokens at the price of full training on preferences, up to 100B.
    assert_eq!(told["estimated_total_price"], 16);
}

#[tokio::test(start_paused = true)]
async fn what_a_file_would_cost_to_train_on_goes_by_its_bytes() {
    let house = House::on("2025-11", "build-1");
    let line = format!("{{\"text\":\"{}\"}}\n", "a".repeat(4_000_000 - 12));
    let field = |name: &str, value: &str| {
        format!("--part\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let form = [
        field("purpose", "fine-tune"),
        field("file_name", "a.jsonl"),
        field("file\"; filename=\"a.jsonl", &line),
        "--part--\r\n".to_owned(),
    ];
    let request = axum::http::Request::post("/v1/files/upload")
        .header("authorization", "Bearer a-key")
        .header("content-type", "multipart/form-data; boundary=part");
    let made = house.call(request.body(form.concat().into()).unwrap()).await;
    assert_eq!(made.status, 200, "{:?}", made.body);
    let model = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
    let asked = json!({ "training_file": made.json()["id"], "model": model });
    let told = house.ask("POST", "/v1/fine-tunes/estimate-price", Some(asked)).await.json();
    // A million tokens at four bytes each, trained in the small way: $2.90 up to 100B.
    assert_eq!(told["estimated_total_price"], 2.9);
}

#[tokio::test(start_paused = true)]
async fn without_a_key_there_is_nothing_to_see() {
    let house = House::on("2025-11", "build-1");
    for path in ["/v1/hardware", "/v1/voices", "/v1/jobs", "/v1/fine-tunes"] {
        let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
        assert_eq!(house.call(request).await.status, 401, "{path}");
    }
}
