//! The notebook plugin in Rust: keeps notes in /data, and uses all that the host gives. Same methods in every language.
#[path = "../../lib/rust/aitbc.rs"]
mod aitbc;
#[path = "../../lib/rust/json.rs"]
mod json;

use aitbc::{log, Level, Metadata, Plugin};
use json::Json;

struct Notebook {
    heard: Vec<String>,
}

impl Plugin for Notebook {
    const METADATA: Metadata = Metadata {
        name: "notebook-rust",
        version: "1.0.0",
        description: "Keeps notes, in Rust",
        author: "The AITBC Plugins authors",
        license: "MIT",
    };
    const METHODS: &'static [&'static str] = &["greet", "write", "read", "fetch", "heard", "echo", "fail"];

    fn start(&mut self) -> Result<bool, String> {
        aitbc::subscribe("notes.#").map_err(|error| error.to_string())?;
        log(Level::Info, "notebook is open");
        Ok(true)
    }

    fn handle_event(&mut self, topic: &str, _data: &str) -> Result<(), String> {
        if self.heard.len() == 100 {
            return Err("too many events".into());
        }
        self.heard.push(topic.into());
        Ok(())
    }

    fn call(&mut self, method: &str, arguments: &str) -> Result<String, String> {
        let arguments = Json::parse(arguments)?;
        let text = |index: usize| arguments.items().get(index).and_then(Json::text).unwrap_or("");
        let result = match method {
            "greet" => greet(text(0))?,
            "write" => write(text(0), text(1))?,
            "read" => read(text(0))?,
            "fetch" => fetch(text(0))?,
            "heard" => Json::Array(self.heard.iter().cloned().map(Json::Text).collect()),
            "echo" => arguments.items().get(0).cloned().unwrap_or(Json::Null),
            "fail" => return Err(text(0).into()),
            _ => return Err(format!("no method {}", method)),
        };
        Ok(result.to_string())
    }
}

/// The config's greeting and the name.
fn greet(name: &str) -> Result<Json, String> {
    let config = Json::parse(&aitbc::config())?;
    let greeting = config.get("greeting").and_then(Json::text).unwrap_or("Hello");
    Ok(Json::Text(format!("{}, {}!", greeting, name)))
}

fn path_of(name: &str) -> String {
    format!("/data/{}.txt", name)
}

/// Keeps a note, logs it, and publishes `notes.written`; the note's size in bytes.
fn write(name: &str, note: &str) -> Result<Json, String> {
    aitbc::write_file(&path_of(name), note.as_bytes()).map_err(|error| error.to_string())?;
    log(Level::Info, &format!("wrote {}", name));
    let data = Json::Object(vec![("name".into(), Json::Text(name.into()))]).to_string();
    aitbc::publish("notes.written", &data).map_err(|error| error.to_string())?;
    Ok(Json::Number(note.len().to_string()))
}

/// The note, or null.
fn read(name: &str) -> Result<Json, String> {
    match aitbc::read_file(&path_of(name)) {
        Ok(note) => Ok(Json::Text(String::from_utf8_lossy(&note).into_owned())),
        Err(error) if error.code == "ENOENT" => Ok(Json::Null),
        Err(error) => Err(error.to_string()),
    }
}

/// {status, body}.
fn fetch(url: &str) -> Result<Json, String> {
    let response = aitbc::get(url).map_err(|error| error.to_string())?;
    Ok(Json::Object(vec![
        ("status".into(), Json::Number(response.status.to_string())),
        ("body".into(), Json::Text(String::from_utf8_lossy(&response.body).into_owned())),
    ]))
}

export!(Notebook, Notebook { heard: Vec::new() });
