//! What a chat completion can be asked for beside words: a prescribed form, calls of tools,
//! reasoning, its prompt once more. Read from the body a second time, where there is any of it.

use chance::{Purpose, Seed, uniform_below};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wire::Fate;

use crate::call::Fault;
use crate::inference::composed::Said;
use crate::inference::schema;

/// Ours: names of models that reason unless they are told not to; no page lists them all.
const REASONERS: &[&str] = &["gpt-oss", "DeepSeek-R1", "-Thinking", "QwQ"];

/// Ours: how much of an answer is reasoning, in thousandths, by the effort that is asked for.
const EFFORTS: &[(&str, u32)] =
    &[("minimal", 100), ("low", 250), ("medium", 500), ("high", 750), ("xhigh", 850), ("max", 850)];

/// Ours: how much of it is, where nobody says.
const USUAL_EFFORT: u32 = 500;

/// Ours: the most tools of one request.
const TOOLS: usize = 128;

/// The fields in question.
#[derive(Deserialize)]
pub(super) struct Written {
    response_format: Option<Format>,
    tools: Option<Vec<Tool>>,
    tool_choice: Option<Value>,
    functions: Option<Vec<Function>>,
    function_call: Option<Value>,
    reasoning: Option<Reasoning>,
    reasoning_effort: Option<String>,
    chat_template_kwargs: Option<Map<String, Value>>,
    echo: Option<bool>,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<Spoken>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Spoken {
    Text(String),
    Parts(Vec<Value>),
}

#[derive(Deserialize)]
struct Format {
    r#type: String,
    json_schema: Option<Prescribed>,
    schema: Option<Value>,
}

#[derive(Deserialize)]
struct Prescribed {
    schema: Option<Value>,
}

#[derive(Deserialize)]
struct Tool {
    function: Option<Function>,
}

/// A function that may be called.
#[derive(Clone, Debug, Deserialize)]
struct Function {
    name: Option<String>,
    parameters: Option<Value>,
}

#[derive(Deserialize)]
struct Reasoning {
    enabled: Option<bool>,
    effort: Option<String>,
}

/// What is asked for beside words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Special {
    /// The schema that the answer must meet.
    form: Option<Value>,
    tools: Vec<(String, Value)>,
    choice: ToolChoice,
    /// Whether calls are told as `function_call`, as they were before there were tools.
    pub(super) legacy: bool,
    /// How much of the answer is reasoning, in thousandths; `None` where the model decides.
    reasoning: Option<u32>,
    /// The prompt, where it is to be said once more.
    pub(super) echo: Option<String>,
}

/// Which tool is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum ToolChoice {
    /// Any or none, as chance has it.
    #[default]
    Auto,
    None,
    Required,
    Named(String),
}

impl Special {
    /// From what is written; the same schemas are good for every draw.
    pub(super) fn of(written: &Written, lenient: bool) -> Result<Self, Fault> {
        let Written { tools, functions, tool_choice, function_call, response_format, .. } = written;
        let legacy = tools.is_none() && functions.is_some();
        let named = tools
            .iter()
            .flatten()
            .filter_map(|tool| tool.function.clone())
            .chain(functions.iter().flatten().cloned());
        let mut tools = Vec::new();
        for (place, function) in named.enumerate() {
            let list = if legacy { "functions" } else { "tools" };
            let Function { name, parameters } = function;
            let Some(name) = name else {
                if lenient {
                    continue;
                }
                return Err(Fault::new(format!("{list}[{place}].function.name"), "is missing"));
            };
            let parameters = arguments(parameters);
            let at = format!("{list}[{place}].function.parameters");
            tools.push((name, possible(parameters, &at, lenient)?));
        }
        if tools.len() > TOOLS {
            return Err(Fault::new("tools", "are more than 128"));
        }
        let said = tool_choice.as_ref().or(function_call.as_ref());
        let choice = ToolChoice::of(said, &tools, lenient)?;
        let form = match response_format {
            Some(format) => format.schema()?,
            None => None,
        };
        let form = match form {
            Some((schema, at)) => Some(possible(schema, at, lenient)?),
            None => None,
        };
        let reasoning = written.reasoning();
        let echo = (written.echo == Some(true)).then(|| written.prompt());
        Ok(Self { form, tools, choice, legacy, reasoning, echo })
    }

    /// What a choice says.
    pub(super) fn said(&self, fate: Fate, choice: u32, answers_a_tool: bool) -> Said {
        let draws = Seed(fate.draw).stream(Purpose::Form, choice);
        let draw = draws.draw(0);
        let text = |schema: &Value| {
            let found = schema::value(schema, draw).or_else(|_| schema::value(schema, PROBE));
            found.unwrap_or(Value::Null).to_string()
        };
        let calls = match &self.choice {
            ToolChoice::None => false,
            ToolChoice::Required | ToolChoice::Named(_) => true,
            // Once a tool has answered, the model sums it up.
            ToolChoice::Auto => !answers_a_tool && uniform_below(draws.draw(1), 2) == 1,
        };
        let place = uniform_below(draws.draw(2), self.tools.len() as u64);
        let tool = match &self.choice {
            ToolChoice::Named(name) => self.tools.iter().find(|(known, _)| known == name),
            ToolChoice::Auto | ToolChoice::None | ToolChoice::Required => {
                usize::try_from(place).ok().and_then(|place| self.tools.get(place))
            }
        };
        match (tool.filter(|_| calls), &self.form) {
            (Some((name, schema)), _) => Said::Call { name: name.clone(), arguments: text(schema) },
            (None, Some(form)) => Said::Text(text(form)),
            (None, None) => Said::Words,
        }
    }
}

/// How much of a model's answer is reasoning, in thousandths.
pub(super) fn reasoning(special: Option<&Special>, model: &str) -> u32 {
    let usual = if REASONERS.iter().any(|name| model.contains(name)) { USUAL_EFFORT } else { 0 };
    special.and_then(|special| special.reasoning).unwrap_or(usual)
}

/// A draw by which a schema is tried before anything else is known.
const PROBE: u64 = 0;

/// The schema, if there is a value that meets it.
fn possible(schema: Value, at: &str, lenient: bool) -> Result<Value, Fault> {
    match schema::value(&schema, PROBE) {
        Ok(_) => Ok(schema),
        Err(_) if lenient => Ok(json!({"type": "object"})),
        Err(Fault { param, why }) => Err(Fault::new(format!("{at}{param}"), why)),
    }
}

/// Arguments are an object, whatever else is said of them.
fn arguments(parameters: Option<Value>) -> Value {
    match parameters {
        Some(Value::Object(schema)) if schema.contains_key("type") => Value::Object(schema),
        Some(Value::Object(mut schema)) => {
            schema.insert("type".to_owned(), "object".into());
            Value::Object(schema)
        }
        _ => json!({"type": "object"}),
    }
}

impl ToolChoice {
    fn of(said: Option<&Value>, tools: &[(String, Value)], lenient: bool) -> Result<Self, Fault> {
        let name = match said {
            None | Some(Value::Null) => return Ok(Self::Auto),
            Some(Value::String(word)) => match word.as_str() {
                "auto" => return Ok(Self::Auto),
                "none" => return Ok(Self::None),
                "required" | "any" => return Ok(Self::Required),
                name => Some(name),
            },
            Some(named) => {
                named.pointer("/function/name").or(named.get("name")).and_then(Value::as_str)
            }
        };
        match name {
            Some(name) if tools.iter().any(|(known, _)| known == name) => {
                Ok(Self::Named(name.to_owned()))
            }
            _ if lenient => Ok(Self::Auto),
            _ => Err(Fault::new("tool_choice", "must be auto, none, required or one of the tools")),
        }
    }
}

impl Format {
    /// The schema that it prescribes, and where it stands; `None` for words.
    fn schema(&self) -> Result<Option<(Value, &'static str)>, Fault> {
        let own = self.json_schema.as_ref().and_then(|own| own.schema.clone());
        match self.r#type.as_str() {
            "text" => Ok(None),
            "json_schema" => Ok(Some(match (own, &self.schema) {
                (Some(schema), _) => (schema, "response_format.json_schema.schema"),
                (None, Some(schema)) => (schema.clone(), "response_format.schema"),
                (None, None) => (json!({"type": "object"}), "response_format"),
            })),
            // The older way, in which a schema may stand beside it.
            "json_object" => {
                let free = json!({"type": "object", "properties": {"answer": {"type": "string"}}});
                let schema = self.schema.clone().unwrap_or(free);
                Ok(Some((schema, "response_format.schema")))
            }
            _ => {
                Err(Fault::new("response_format.type", "must be text, json_object or json_schema"))
            }
        }
    }
}

impl Written {
    fn reasoning(&self) -> Option<u32> {
        let told = |name: &str| {
            self.chat_template_kwargs
                .as_ref()
                .and_then(|all| all.get(name))
                .and_then(Value::as_bool)
        };
        let own = self.reasoning.as_ref();
        let enabled =
            own.and_then(|own| own.enabled).or(told("thinking")).or(told("enable_thinking"));
        let effort = self.reasoning_effort.as_deref().or(own.and_then(|own| own.effort.as_deref()));
        let effort = effort.map(|effort| match effort {
            "none" => 0,
            effort => EFFORTS
                .iter()
                .find(|(word, _)| *word == effort)
                .map_or(USUAL_EFFORT, |(_, share)| *share),
        });
        match enabled {
            Some(false) => Some(0),
            Some(true) => Some(effort.unwrap_or(USUAL_EFFORT)),
            None => effort,
        }
    }

    /// The texts of all messages.
    fn prompt(&self) -> String {
        let mut prompt = String::new();
        for spoken in self.messages.iter().filter_map(|message| message.content.as_ref()) {
            if !prompt.is_empty() {
                prompt.push('\n');
            }
            match spoken {
                Spoken::Text(text) => prompt.push_str(text),
                Spoken::Parts(parts) => {
                    let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
                    prompt.extend(texts);
                }
            }
        }
        prompt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn special(rest: &Value) -> Result<Special, Fault> {
        let mut body = json!({"messages": [{"role": "user", "content": "x"}]});
        for (name, value) in rest.as_object().unwrap() {
            body[name] = value.clone();
        }
        Special::of(&serde_json::from_value(body).unwrap(), false)
    }

    fn tools(choice: &Value) -> Value {
        let parameters = json!({"type": "object", "properties": {"n": {"type": "integer"}},
            "required": ["n"], "additionalProperties": false});
        json!({"tools": [{"type": "function", "function": {"name": "a", "parameters": parameters}},
            {"type": "function", "function": {"name": "b"}}], "tool_choice": choice})
    }

    #[test]
    fn tools_are_called_as_is_chosen_with_arguments_that_they_take() {
        let said = |choice: Value, draw| {
            special(&tools(&choice)).unwrap().said(Fate { answer: 9, draw }, 0, false)
        };
        for draw in 0..40 {
            assert_eq!(said(json!("none"), draw), Said::Words);
            assert!(matches!(said(json!("required"), draw), Said::Call { .. }));
            let named = json!({"type": "function", "function": {"name": "a"}});
            let Said::Call { name, arguments } = said(named, draw) else { panic!("no call") };
            let arguments: Value = serde_json::from_str(&arguments).unwrap();
            assert!(name == "a" && arguments["n"].is_i64());
        }
        let auto = (0..40).filter(|draw| said(json!("auto"), *draw) == Said::Words).count();
        assert!((5..35).contains(&auto), "{auto}");
    }

    #[test]
    fn what_cannot_be_met_is_refused_with_its_path() {
        let schema =
            json!({"type": "object", "required": ["a"], "properties": {"a": {"enum": []}}});
        let format = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}});
        let fault = special(&json!({"response_format": format})).unwrap_err();
        assert_eq!(fault.param, "response_format.json_schema.schema/properties/a/enum");
        assert_eq!(special(&tools(&json!("c"))).unwrap_err().param, "tool_choice");
        let format = json!({"response_format": {"type": "yaml"}});
        assert_eq!(special(&format).unwrap_err().param, "response_format.type");
    }

    #[test]
    fn reasoning_is_as_much_as_is_asked_for_and_else_as_the_model_does() {
        let share = |rest: Value, model: &str| reasoning(Some(&special(&rest).unwrap()), model);
        assert_eq!(share(json!({}), "openai/gpt-oss-20b"), USUAL_EFFORT);
        assert_eq!(share(json!({}), "meta-llama/Llama-3.3-70B"), 0);
        assert_eq!(share(json!({"reasoning_effort": "high"}), "x"), 750);
        assert_eq!(share(json!({"reasoning": {"enabled": false}}), "openai/gpt-oss-20b"), 0);
        assert_eq!(share(json!({"chat_template_kwargs": {"thinking": true}}), "x"), USUAL_EFFORT);
    }
}
