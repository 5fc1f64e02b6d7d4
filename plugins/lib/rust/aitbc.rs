//! aitbc:plugin@1.0.0 for Rust. A plugin implements `Plugin` and names it in `export!`. All that the host gives is in `wit`, which is generated
//! from runtime/wit; here is what makes it pleasant to use.
#![allow(dead_code)]

#[path = "canonical.rs"]
pub mod canonical;
#[path = "wit.rs"]
pub mod wit;

pub use canonical::Single;
pub use wit::{Error as HostError, Level, Response};

// ---- what the host gives ----

impl std::fmt::Display for HostError {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{}: {}", self.code, self.message)
    }
}

pub fn log(level: Level, message: &str) {
    wit::log::write(level, message, "{}")
}
/// The config as JSON.
pub fn config() -> String {
    wit::config::get()
}
pub fn publish(topic: &str, data: &str) -> Result<(), HostError> {
    wit::events::publish(topic, data)
}
pub fn subscribe(pattern: &str) -> Result<(), HostError> {
    wit::events::subscribe(pattern)
}
pub fn read_file(path: &str) -> Result<Vec<u8>, HostError> {
    wit::files::read(path)
}
/// Replaces the file, atomically.
pub fn write_file(path: &str, data: &[u8]) -> Result<(), HostError> {
    wit::files::write(path, data, wit::Mode::Replace)
}
/// The names in a folder.
pub fn list_folder(path: &str) -> Result<Vec<String>, HostError> {
    Ok(wit::files::list_folder(path)?.into_iter().map(|entry| entry.name).collect())
}
/// For commands: to the command's stdout or stderr.
pub fn print(text: &str) -> Result<(), HostError> {
    wit::terminal::write(wit::Stream::Stdout, text.as_bytes())
}
pub fn print_error(text: &str) -> Result<(), HostError> {
    wit::terminal::write(wit::Stream::Stderr, text.as_bytes())
}
/// For commands: the next bytes of stdin; none at its end.
pub fn read_stdin() -> Result<Option<Vec<u8>>, HostError> {
    wit::terminal::read()
}
pub fn get(url: &str) -> Result<Response, HostError> {
    fetch("GET", url, &[], None)
}
pub fn fetch(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Result<Response, HostError> {
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    wit::http::fetch(&wit::Request { method: method.into(), url: url.into(), headers, body: body.map(Vec::from) })
}

// ---- what a plugin gives ----

pub struct Metadata {
    pub name: &'static str,
    pub version: &'static str,
    pub description: &'static str,
    pub author: &'static str,
    pub license: &'static str,
}

pub trait Plugin {
    const METADATA: Metadata;
    /// JSON Schema, draft-07.
    const CONFIG_SCHEMA: &'static str = "{}";
    const METHODS: &'static [&'static str];
    fn start(&mut self) -> Result<bool, String> {
        Ok(true)
    }
    fn handle_event(&mut self, _topic: &str, _data: &str) -> Result<(), String> {
        Ok(())
    }
    /// `arguments` is a JSON array; so is the result JSON.
    fn call(&mut self, method: &str, arguments: &str) -> Result<String, String>;
}

impl<P: Plugin> wit::Lifecycle for P {
    fn get_metadata(&mut self) -> wit::Metadata {
        let Metadata { name, version, description, author, license } = P::METADATA;
        wit::Metadata {
            name: name.into(),
            version: version.into(),
            description: description.into(),
            author: author.into(),
            license: license.into(),
            homepage: None,
            repository: None,
            keywords: Vec::new(),
            dependencies: Vec::new(),
            min_aitbc_version: None,
            max_aitbc_version: None,
            supported_platforms: Vec::new(),
        }
    }
    fn get_config_schema(&mut self) -> String {
        P::CONFIG_SCHEMA.into()
    }
    fn initialize(&mut self) -> Result<bool, String> {
        Ok(true)
    }
    fn start(&mut self) -> Result<bool, String> {
        Plugin::start(self)
    }
    fn stop(&mut self) -> Result<bool, String> {
        Ok(true)
    }
    fn cleanup(&mut self) -> Result<bool, String> {
        Ok(true)
    }
    fn health_check(&mut self) -> wit::Health {
        wit::Health { healthy: true, details: "{}".into() }
    }
    fn handle_event(&mut self, event: wit::Event) -> Result<(), String> {
        Plugin::handle_event(self, &event.topic, &event.data)
    }
}

impl<P: Plugin> wit::Methods for P {
    fn list_methods(&mut self) -> Vec<String> {
        P::METHODS.iter().map(|name| name.to_string()).collect()
    }
    fn call(&mut self, method: String, arguments: String) -> Result<String, String> {
        Plugin::call(self, &method, &arguments)
    }
    fn call_service(&mut self, _service: String, _method: String, _arguments: String) -> Result<String, String> {
        Err("no service".into())
    }
}

/// The exports of the world `plugin` for a type and its first value.
#[macro_export]
macro_rules! export {
    ($plugin:ty, $new:expr) => {
        static PLUGIN: aitbc::Single<$plugin> = aitbc::Single::new($new);
        $crate::wit_export_lifecycle!(PLUGIN.get());
        $crate::wit_export_methods!(PLUGIN.get());
    };
}

/// A plugin with a model.
pub trait Model: Plugin {
    /// `input` and the result are JSON.
    fn predict(&mut self, input: &str) -> Result<String, String>;
    /// `data` is a JSON array of training examples.
    fn train(&mut self, data: &str) -> Result<bool, String>;
    fn info(&mut self) -> Result<String, String>;
}

impl<P: Model> wit::Model for P {
    fn predict(&mut self, input: String) -> Result<String, String> {
        Model::predict(self, &input)
    }
    fn train(&mut self, data: String) -> Result<bool, String> {
        Model::train(self, &data)
    }
    fn get_model_info(&mut self) -> Result<String, String> {
        Model::info(self)
    }
}

/// What the world `ai` exports beside those of `export!`.
#[macro_export]
macro_rules! export_model {
    () => {
        $crate::wit_export_model!(PLUGIN.get());
    };
}

/// A plugin with commands.
pub trait Commands: Plugin {
    /// `options` is a JSON object by camelCase name. The exit status, or what goes to stderr with status 1.
    fn run(&mut self, group: &str, command: &str, options: &str, arguments: &[String]) -> Result<u8, String>;
}

impl<P: Commands> wit::Commands for P {
    fn run(&mut self, group: String, command: String, options: String, arguments: Vec<String>) -> Result<u8, String> {
        Commands::run(self, &group, &command, &options, &arguments)
    }
}

/// What the world `cli` exports beside those of `export!`.
#[macro_export]
macro_rules! export_commands {
    () => {
        $crate::wit_export_commands!(PLUGIN.get());
    };
}

/// A plugin that talks to a blockchain. Arguments and results are as in the WIT: JSON where it says so.
pub trait Chain: Plugin {
    fn connect(&mut self, config: &str) -> Result<bool, String>;
    fn get_balance(&mut self, address: &str) -> Result<String, String>;
    /// The transaction's hash.
    fn send_transaction(&mut self, transaction: &str) -> Result<String, String>;
    fn get_contract_events(&mut self, address: &str, event_name: &str, from_block: Option<u64>) -> Result<String, String>;
}

impl<P: Chain> wit::Chain for P {
    fn connect(&mut self, config: String) -> Result<bool, String> {
        Chain::connect(self, &config)
    }
    fn get_balance(&mut self, address: String) -> Result<String, String> {
        Chain::get_balance(self, &address)
    }
    fn send_transaction(&mut self, transaction: String) -> Result<String, String> {
        Chain::send_transaction(self, &transaction)
    }
    fn get_contract_events(&mut self, address: String, name: String, from_block: Option<u64>) -> Result<String, String> {
        Chain::get_contract_events(self, &address, &name, from_block)
    }
}

/// What the world `blockchain` exports beside those of `export!`.
#[macro_export]
macro_rules! export_chain {
    () => {
        $crate::wit_export_chain!(PLUGIN.get());
    };
}
