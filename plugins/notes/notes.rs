//! Commands in a component: `aitbc notes add | list | show`.
#[path = "../lib/rust/aitbc.rs"]
mod aitbc;
#[path = "../lib/rust/json.rs"]
mod json;

use aitbc::{HostError, Metadata, Plugin};
use json::Json;

struct Notes;

impl Plugin for Notes {
    const METADATA: Metadata = Metadata {
        name: "notes",
        version: "1.0.0",
        description: "Keeps notes, from the command line",
        author: "The AITBC Plugins authors",
        license: "MIT",
    };
    const METHODS: &'static [&'static str] = &[];

    fn call(&mut self, method: &str, _arguments: &str) -> Result<String, String> {
        Err(format!("no method {}", method))
    }
}

impl aitbc::Commands for Notes {
    fn run(&mut self, _group: &str, command: &str, options: &str, arguments: &[String]) -> Result<u8, String> {
        let name = arguments.first().map(String::as_str).unwrap_or("");
        match command {
            "add" => add(name, Json::parse(options)?.get("text").and_then(Json::text)),
            "list" => list(),
            "show" => show(name),
            _ => Err(format!("no command {}", command)),
        }
    }
}

fn words(error: HostError) -> String {
    error.to_string()
}

fn path_of(name: &str) -> Result<String, String> {
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '-') {
        return Err(format!("a note's name has letters, digits and dashes, not \"{}\"", name));
    }
    Ok(format!("/data/{}.txt", name))
}

fn add(name: &str, text: Option<&str>) -> Result<u8, String> {
    let path = path_of(name)?;
    let mut note = Vec::new();
    match text {
        Some(text) => note.extend_from_slice(text.as_bytes()),
        None => {
            while let Some(bytes) = aitbc::read_stdin().map_err(words)? {
                note.extend(bytes);
            }
        }
    }
    aitbc::write_file(&path, &note).map_err(words)?;
    aitbc::print(&format!("kept {} ({} bytes)\n", name, note.len())).map_err(words)?;
    Ok(0)
}

fn list() -> Result<u8, String> {
    let files = aitbc::list_folder("/data").map_err(words)?;
    let mut names: Vec<&str> = files.iter().filter_map(|file| file.strip_suffix(".txt")).collect();
    names.sort_unstable();
    for name in names {
        aitbc::print(&format!("{}\n", name)).map_err(words)?;
    }
    Ok(0)
}

fn show(name: &str) -> Result<u8, String> {
    match aitbc::read_file(&path_of(name)?) {
        Ok(note) => aitbc::print(&String::from_utf8_lossy(&note)).map_err(words)?,
        Err(error) if error.code == "ENOENT" => {
            aitbc::print_error(&format!("no note \"{}\"\n", name)).map_err(words)?;
            return Ok(4);
        }
        Err(error) => return Err(words(error)),
    }
    Ok(0)
}

export!(Notes, Notes);
export_commands!();
