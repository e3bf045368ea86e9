//! The service's own `OpenAPI` documents, as far as requests and responses hang on them.

use std::collections::BTreeMap;
use std::fs;

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use yaml_rust2::{Yaml, YamlLoader};

/// One document.
pub(crate) struct Document {
    pub(crate) name: &'static str,
    pub(crate) operations: Vec<Operation>,
    pub(crate) components: Value,
}

/// What can be asked for by one address and method.
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Words of the query, with their schemas.
    pub(crate) query: Vec<(String, Value)>,
    /// The body's media type and schema.
    pub(crate) body: Option<(String, Value)>,
    /// By status and media type, the schema of the body.
    pub(crate) responses: BTreeMap<String, BTreeMap<String, Value>>,
}

impl Document {
    /// Both of them; none where they are not there.
    pub(crate) fn all() -> Option<Vec<Document>> {
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
        let read = |name: &str| fs::read_to_string(format!("{data}/{name}")).ok();
        let later = serde_json::from_str(&read("together-openapi-2026-08.json")?).unwrap();
        let yaml = YamlLoader::load_from_str(&read("together-openapi.yaml")?).unwrap();
        let earlier = of_yaml(&yaml[0]);
        Some(vec![
            Document::of("together-openapi.yaml", earlier),
            Document::of("together-openapi-2026-08.json", later),
        ])
    }

    fn of(name: &'static str, mut root: Value) -> Document {
        strict(&mut root);
        let mut operations = Vec::new();
        for (path, methods) in root["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                if ["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                    operations.push(Operation::of(method, path, operation));
                }
            }
        }
        let components = root["components"].take();
        Document { name, operations, components }
    }

    /// Checks bodies against a schema, formats too.
    pub(crate) fn validator(&self, schema: &Value) -> Validator {
        let mut schema = schema.clone();
        schema["components"] = self.components.clone();
        jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
    }

    /// What a schema refers to, or the schema itself.
    pub(crate) fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let Some(to) = schema.get("$ref").and_then(Value::as_str) else { return schema };
        let to = to.strip_prefix("#/components").unwrap();
        self.resolved(self.components.pointer(to).unwrap())
    }
}

impl Operation {
    fn of(method: &str, path: &str, operation: &Value) -> Operation {
        let list = |key: &str| operation[key].as_array().cloned().unwrap_or_default();
        let query = list("parameters").into_iter().filter(|one| one["in"] == "query");
        let query =
            query.map(|one| (one["name"].as_str().unwrap().to_owned(), one["schema"].clone()));
        let content = |of: &Value| -> BTreeMap<String, Value> {
            let content = of["content"].as_object().cloned().unwrap_or_default();
            content.into_iter().map(|(media, of)| (media, of["schema"].clone())).collect()
        };
        let responses = operation["responses"].as_object().unwrap();
        Operation {
            method: method.to_uppercase(),
            path: path.to_owned(),
            query: query.collect(),
            body: content(&operation["requestBody"]).into_iter().next(),
            responses: responses.iter().map(|(status, of)| (status.clone(), content(of))).collect(),
        }
    }
}

/// Writes what the document means in the language of JSON Schema: that knows no `nullable`, which stands
/// beside a schema or as one of all that hold. And of variants that contain one another, a text and a
/// text with its times, more than one may hold.
fn strict(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(strict),
        Value::Object(fields) => {
            let nullable = json!({ "nullable": true });
            if let Some(all) = fields.get_mut("allOf").and_then(Value::as_array_mut) {
                let before = all.len();
                all.retain(|one| *one != nullable);
                if all.len() < before {
                    fields.insert("nullable".to_owned(), Value::Bool(true));
                }
            }
            fields.values_mut().for_each(strict);
            if let Some(variants) = fields.remove("oneOf") {
                fields.insert("anyOf".to_owned(), variants);
            }
            if fields.remove("nullable") == Some(Value::Bool(true)) {
                let schema = Value::Object(std::mem::take(fields));
                *value = json!({ "anyOf": [schema, { "type": "null" }] });
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn of_yaml(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Real(text) => text.parse::<f64>().map_or(Value::Null, Value::from),
        Yaml::Integer(number) => (*number).into(),
        Yaml::String(text) => text.as_str().into(),
        Yaml::Boolean(is) => (*is).into(),
        Yaml::Array(all) => all.iter().map(of_yaml).collect(),
        Yaml::Hash(fields) => {
            let key = |key: &Yaml| {
                let number = key.as_i64().map(|number| number.to_string());
                number.unwrap_or_else(|| key.as_str().unwrap().to_owned())
            };
            let fields = fields.iter().map(|(name, value)| (key(name), of_yaml(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}
