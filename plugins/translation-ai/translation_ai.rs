//! The specification's third example: a translation provider. `provider: local` is a model that trains here and lives in /data;
//! `provider: openai` asks any server with OpenAI's chat completions interface.
#[path = "../lib/rust/aitbc.rs"]
mod aitbc;
#[path = "../lib/rust/json.rs"]
mod json;
mod model;

use aitbc::{log, Level, Metadata, Model as _, Plugin};
use json::Json;
use model::{words, Model};

const MODEL_FILE: &str = "/data/model.json";

struct TranslationAi {
    model: Option<Model>,
}

impl Plugin for TranslationAi {
    const METADATA: Metadata = Metadata {
        name: "translation-ai",
        version: "1.0.0",
        description: "Translates sentences, with a model of its own or through a provider",
        author: "The AITBC Plugins authors",
        license: "MIT",
    };
    const METHODS: &'static [&'static str] = &["translate"];

    fn start(&mut self) -> Result<bool, String> {
        self.model = stored()?;
        if let Some(model) = &self.model {
            log(Level::Info, &format!("found a model of {} pairs", model.pairs));
        }
        Ok(true)
    }

    fn call(&mut self, method: &str, arguments: &str) -> Result<String, String> {
        if method != "translate" {
            return Err(format!("no method {}", method));
        }
        let arguments = Json::parse(arguments)?;
        let text = arguments.items().get(0).and_then(Json::text).ok_or("translate(text): text is missing")?;
        let input = Json::Object(vec![("text".into(), Json::Text(text.into()))]);
        let output = Json::parse(&self.predict(&input.to_string())?)?;
        Ok(output.get("text").unwrap_or(&Json::Null).to_string())
    }
}

impl aitbc::Model for TranslationAi {
    /// `{"text": …}` to `{"text": …, "provider": …, "known": share of the words that were known}`.
    fn predict(&mut self, input: &str) -> Result<String, String> {
        let input = Json::parse(input)?;
        let text = input.get("text").and_then(Json::text).ok_or("predict({text}): text is missing")?;
        if setting("provider").as_deref() == Some("openai") {
            return ask_provider(text);
        }
        let model = self.model.as_ref().ok_or("there is no model yet: train it first")?;
        let source = words(text);
        let (target, known) = model.translate(&source);
        let share = if source.is_empty() { 1.0 } else { known as f64 / source.len() as f64 };
        Ok(object(&[
            ("text", Json::Text(target.join(" "))),
            ("provider", Json::Text("local".into())),
            ("known", Json::Number(share.to_string())),
        ]))
    }

    /// `[{"source": …, "target": …}, …]`: trains from nothing, and replaces the model that was.
    fn train(&mut self, data: &str) -> Result<bool, String> {
        let data = Json::parse(data)?;
        if !matches!(data, Json::Array(_)) {
            return Err("train(data): data must be a list of {source, target}".into());
        }
        let mut pairs = Vec::new();
        for (index, example) in data.items().iter().enumerate() {
            let side = |name| example.get(name).and_then(Json::text).map(words);
            match (side("source"), side("target")) {
                (Some(source), Some(target)) if !source.is_empty() && !target.is_empty() => pairs.push((source, target)),
                _ => return Err(format!("train(data): data[{}] must have words in source and target", index)),
            }
        }
        if pairs.is_empty() {
            return Err("train(data): there are no examples".into());
        }
        let model = Model::train(&pairs);
        aitbc::write_file(MODEL_FILE, model.to_json().to_string().as_bytes()).map_err(|error| error.to_string())?;
        log(Level::Info, &format!("trained on {} pairs", model.pairs));
        self.model = Some(model);
        Ok(true)
    }

    fn info(&mut self) -> Result<String, String> {
        let count = |value: usize| Json::Number(value.to_string());
        let (pairs, source, target) = match &self.model {
            Some(model) => (model.pairs, model.source_words(), model.target_words()),
            None => (0, 0, 0),
        };
        Ok(object(&[
            ("name", Json::Text("ibm-model-1+bigram".into())),
            ("provider", Json::Text(setting("provider").unwrap_or_else(|| "local".into()))),
            ("trained", Json::Bool(self.model.is_some())),
            ("pairs", count(pairs)),
            ("source_words", count(source)),
            ("target_words", count(target)),
        ]))
    }
}

fn object(members: &[(&str, Json)]) -> String {
    Json::Object(members.iter().map(|(key, value)| (key.to_string(), value.clone())).collect()).to_string()
}

fn setting(name: &str) -> Option<String> {
    Json::parse(&aitbc::config()).ok()?.get(name)?.text().map(String::from)
}

fn stored() -> Result<Option<Model>, String> {
    let bytes = match aitbc::read_file(MODEL_FILE) {
        Ok(bytes) => bytes,
        Err(error) if error.code == "ENOENT" => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let text = String::from_utf8(bytes).map_err(|_| "the stored model is no text")?;
    Model::from_json(&Json::parse(&text)?).map(Some).ok_or_else(|| "the stored model has another format".into())
}

fn ask_provider(text: &str) -> Result<String, String> {
    let base = setting("base_url").unwrap_or_else(|| "https://api.openai.com/v1".into());
    let prompt = format!("Translate to {}. Answer with the translation alone.", setting("target").unwrap_or_else(|| "English".into()));
    let message = |role: &str, content: &str| Json::Object(vec![
        ("role".into(), Json::Text(role.into())),
        ("content".into(), Json::Text(content.into())),
    ]);
    let body = object(&[
        ("model", Json::Text(setting("model").unwrap_or_else(|| "gpt-4o-mini".into()))),
        ("messages", Json::Array(vec![message("system", &prompt), message("user", text)])),
    ]);
    let key = setting("api_key").map(|key| format!("Bearer {}", key));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(key.as_deref().map(|key| ("authorization", key)));
    let url = format!("{}/chat/completions", base.trim_end_matches('/'));
    let response = aitbc::fetch("POST", &url, &headers, Some(body.as_bytes())).map_err(|error| error.to_string())?;
    let answer = Json::parse(&String::from_utf8_lossy(&response.body));
    if response.status != 200 {
        let reason = answer.ok().and_then(|answer| Some(answer.get("error")?.get("message")?.text()?.to_string()));
        return Err(match reason {
            Some(reason) => format!("the provider answered {}: {}", response.status, reason),
            None => format!("the provider answered {}", response.status),
        });
    }
    let answer = answer.map_err(|reason| format!("the provider's answer is no JSON: {}", reason))?;
    let content = answer
        .get("choices")
        .and_then(|choices| choices.items().get(0))
        .and_then(|choice| choice.get("message")?.get("content")?.text())
        .ok_or("the provider's answer has no text")?;
    Ok(object(&[("text", Json::Text(content.into())), ("provider", Json::Text("openai".into()))]))
}

export!(TranslationAi, TranslationAi { model: None });
export_model!();
