//! aitbc:plugin@1.0.0 for Rust: the canonical ABI of runtime/wit by hand. A plugin implements `Plugin` and names it in `export!`.
//!
//! Memory. What the host passes in arrives in buffers of `cabi_realloc` and becomes owned values here. What an export returns is kept
//! in `RETURNED` until the host has read it and calls `cabi_post_*`.
#![allow(dead_code)]

use std::alloc::{alloc, realloc, Layout};
use std::cell::UnsafeCell;

/// A component's instance has one thread.
pub struct Single<T>(UnsafeCell<T>);
unsafe impl<T> Sync for Single<T> {}
impl<T> Single<T> {
    pub const fn new(value: T) -> Self {
        Single(UnsafeCell::new(value))
    }
    #[allow(clippy::mut_from_ref)]
    pub fn get(&self) -> &mut T {
        unsafe { &mut *self.0.get() }
    }
}

// ---- memory ----

#[no_mangle]
pub unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    if size == 0 {
        return align as *mut u8;
    }
    let layout = |size| Layout::from_size_align_unchecked(size, align);
    let at = if old_size == 0 { alloc(layout(size)) } else { realloc(old, layout(old_size), size) };
    if at.is_null() {
        std::process::abort();
    }
    at
}

struct Returned {
    words: Vec<Box<[u32]>>,
    texts: Vec<Box<str>>,
}
static RETURNED: Single<Returned> = Single::new(Returned { words: Vec::new(), texts: Vec::new() });

pub fn free_returned() {
    RETURNED.get().words.clear();
    RETURNED.get().texts.clear();
}

/// A return area: a record of the canonical ABI, word by word.
pub struct Area(Vec<u32>);

impl Area {
    pub fn new() -> Self {
        Area(Vec::new())
    }
    pub fn word(mut self, word: u32) -> Self {
        self.0.push(word);
        self
    }
    pub fn text(self, text: &str) -> Self {
        let owned: Box<str> = text.into();
        let area = self.word(owned.as_ptr() as u32).word(owned.len() as u32);
        RETURNED.get().texts.push(owned);
        area
    }
    pub fn none(self) -> Self {
        self.word(0).word(0).word(0)
    }
    pub fn list(self, items: &[&str]) -> Self {
        let at = items.iter().fold(Area::new(), |area, item| area.text(item)).done();
        self.word(at as u32).word(items.len() as u32)
    }
    pub fn done(self) -> *const u32 {
        let words = self.0.into_boxed_slice();
        let at = words.as_ptr();
        RETURNED.get().words.push(words);
        at
    }
}

/// Owns a buffer the host made through `cabi_realloc`.
pub unsafe fn take_bytes(at: *mut u8, size: usize) -> Vec<u8> {
    if size == 0 {
        return Vec::new();
    }
    Vec::from_raw_parts(at, size, size)
}
pub unsafe fn take(at: *mut u8, size: usize) -> String {
    // The canonical ABI promises UTF-8.
    String::from_utf8_unchecked(take_bytes(at, size))
}

// ---- what the host gives ----

mod raw {
    #[link(wasm_import_module = "aitbc:plugin/log@1.0.0")]
    extern "C" {
        #[link_name = "write"]
        pub fn log_write(level: i32, message: *const u8, size: usize, fields: *const u8, fields_size: usize);
    }
    #[link(wasm_import_module = "aitbc:plugin/config@1.0.0")]
    extern "C" {
        #[link_name = "get"]
        pub fn config_get(out: *mut [u32; 2]);
    }
    #[link(wasm_import_module = "aitbc:plugin/events@1.0.0")]
    extern "C" {
        #[link_name = "publish"]
        pub fn publish(topic: *const u8, topic_size: usize, data: *const u8, data_size: usize, out: *mut [u32; 5]);
        #[link_name = "subscribe"]
        pub fn subscribe(pattern: *const u8, size: usize, out: *mut [u32; 5]);
    }
    #[link(wasm_import_module = "aitbc:plugin/files@1.0.0")]
    extern "C" {
        #[link_name = "read"]
        pub fn files_read(path: *const u8, size: usize, out: *mut [u32; 5]);
        #[link_name = "write"]
        pub fn files_write(path: *const u8, size: usize, data: *const u8, data_size: usize, mode: i32, out: *mut [u32; 5]);
        #[link_name = "list-folder"]
        pub fn list_folder(path: *const u8, size: usize, out: *mut [u32; 5]);
    }
    #[link(wasm_import_module = "aitbc:plugin/terminal@1.0.0")]
    extern "C" {
        #[link_name = "write"]
        pub fn terminal_write(to: i32, data: *const u8, size: usize, out: *mut [u32; 5]);
        #[link_name = "read"]
        pub fn terminal_read(out: *mut [u32; 5]);
    }
    #[link(wasm_import_module = "aitbc:plugin/http@1.0.0")]
    extern "C" {
        #[link_name = "fetch"]
        #[allow(clippy::too_many_arguments)]
        pub fn fetch(
            method: *const u8, method_size: usize, url: *const u8, url_size: usize, headers: *const u8, header_count: usize,
            has_body: i32, body: *const u8, body_size: usize, out: *mut [u32; 8],
        );
    }
}

/// What a host function refuses with.
pub struct HostError {
    pub code: String,
    pub message: String,
}
impl std::fmt::Display for HostError {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{}: {}", self.code, self.message)
    }
}

unsafe fn text_at(area: &[u32], word: usize) -> String {
    take(area[word] as *mut u8, area[word + 1] as usize)
}
unsafe fn checked(area: &[u32]) -> Result<(), HostError> {
    // The discriminant is one byte; what pads it is not promised to be zero.
    if area[0] as u8 == 0 {
        return Ok(());
    }
    Err(HostError { code: text_at(area, 1), message: text_at(area, 3) })
}

pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}
pub fn log(level: Level, message: &str) {
    unsafe { raw::log_write(level as i32, message.as_ptr(), message.len(), "{}".as_ptr(), 2) }
}
/// The config as JSON.
pub fn config() -> String {
    let mut out = [0; 2];
    unsafe {
        raw::config_get(&mut out);
        text_at(&out, 0)
    }
}
pub fn publish(topic: &str, data: &str) -> Result<(), HostError> {
    let mut out = [0; 5];
    unsafe {
        raw::publish(topic.as_ptr(), topic.len(), data.as_ptr(), data.len(), &mut out);
        checked(&out)
    }
}
pub fn subscribe(pattern: &str) -> Result<(), HostError> {
    let mut out = [0; 5];
    unsafe {
        raw::subscribe(pattern.as_ptr(), pattern.len(), &mut out);
        checked(&out)
    }
}
pub fn read_file(path: &str) -> Result<Vec<u8>, HostError> {
    let mut out = [0; 5];
    unsafe {
        raw::files_read(path.as_ptr(), path.len(), &mut out);
        checked(&out)?;
        Ok(take_bytes(out[1] as *mut u8, out[2] as usize))
    }
}
/// Replaces the file, atomically.
pub fn write_file(path: &str, data: &[u8]) -> Result<(), HostError> {
    let mut out = [0; 5];
    unsafe {
        raw::files_write(path.as_ptr(), path.len(), data.as_ptr(), data.len(), 0, &mut out);
        checked(&out)
    }
}
/// The names in a folder.
pub fn list_folder(path: &str) -> Result<Vec<String>, HostError> {
    let mut out = [0; 5];
    unsafe {
        raw::list_folder(path.as_ptr(), path.len(), &mut out);
        checked(&out)?;
        // list<entry>: three words an entry, the third its kind.
        if out[2] == 0 {
            return Ok(Vec::new());
        }
        let entries = Vec::from_raw_parts(out[1] as *mut [u32; 3], out[2] as usize, out[2] as usize);
        Ok(entries.iter().map(|entry| text_at(entry, 0)).collect())
    }
}
/// For commands: to the command's stdout or stderr.
pub fn print(text: &str) -> Result<(), HostError> {
    write_terminal(0, text)
}
pub fn print_error(text: &str) -> Result<(), HostError> {
    write_terminal(1, text)
}
fn write_terminal(to: i32, text: &str) -> Result<(), HostError> {
    let mut out = [0; 5];
    unsafe {
        raw::terminal_write(to, text.as_ptr(), text.len(), &mut out);
        checked(&out)
    }
}
/// For commands: the next bytes of stdin; none at its end.
pub fn read_stdin() -> Result<Option<Vec<u8>>, HostError> {
    let mut out = [0; 5];
    unsafe {
        raw::terminal_read(&mut out);
        checked(&out)?;
        Ok((out[1] as u8 != 0).then(|| take_bytes(out[2] as *mut u8, out[3] as usize)))
    }
}
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}
pub fn get(url: &str) -> Result<Response, HostError> {
    fetch("GET", url, &[], None)
}
pub fn fetch(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Result<Response, HostError> {
    let mut out = [0; 8];
    let words: Vec<[u32; 4]> = headers
        .iter()
        .map(|(name, value)| [name.as_ptr() as u32, name.len() as u32, value.as_ptr() as u32, value.len() as u32])
        .collect();
    let sent = body.unwrap_or(&[]);
    unsafe {
        raw::fetch(
            method.as_ptr(), method.len(), url.as_ptr(), url.len(), words.as_ptr() as *const u8, words.len(),
            body.is_some() as i32, sent.as_ptr(), sent.len(), &mut out,
        );
        checked(&out)?;
        drop(text_at(&out, 2));
        // list<tuple<string, string>>: four words an entry, each text a buffer of its own.
        if out[5] > 0 {
            for header in Vec::from_raw_parts(out[4] as *mut [u32; 4], out[5] as usize, out[5] as usize) {
                drop((text_at(&header, 0), text_at(&header, 2)));
            }
        }
        Ok(Response { status: out[1] as u16, body: take_bytes(out[6] as *mut u8, out[7] as usize) })
    }
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

pub fn return_metadata(metadata: &Metadata) -> *const u32 {
    let Metadata { name, version, description, author, license } = metadata;
    let area = Area::new().text(name).text(version).text(description).text(author).text(license);
    area.none().none().list(&[]).list(&[]).none().none().list(&[]).done()
}
pub fn return_bool(result: Result<bool, String>) -> *const u32 {
    match result {
        Ok(value) => Area::new().word(0).word(value as u32).word(0).done(),
        Err(reason) => Area::new().word(1).text(&reason).done(),
    }
}
pub fn return_text(result: Result<String, String>) -> *const u32 {
    match result {
        Ok(value) => Area::new().word(0).text(&value).done(),
        Err(reason) => Area::new().word(1).text(&reason).done(),
    }
}
pub fn return_done(result: Result<(), String>) -> *const u32 {
    match result {
        Ok(()) => Area::new().none().done(),
        Err(reason) => Area::new().word(1).text(&reason).done(),
    }
}

/// Frees what an export returned once the host has read it.
#[macro_export]
macro_rules! post_return {
    ($name:literal, $id:ident) => {
        #[export_name = concat!("cabi_post_aitbc:plugin/", $name)]
        extern "C" fn $id(_: *const u32) {
            free_returned()
        }
    };
}

/// The exports of the world `plugin` for a type and its first value.
#[macro_export]
macro_rules! export {
    ($plugin:ty, $new:expr) => {
        static PLUGIN: aitbc::Single<$plugin> = aitbc::Single::new($new);
        mod exports {
            use super::*;
            use aitbc::{free_returned, return_bool, return_done, return_metadata, return_text, take, Area, Plugin};

            #[export_name = "aitbc:plugin/lifecycle@1.0.0#get-metadata"]
            extern "C" fn get_metadata() -> *const u32 {
                return_metadata(&<$plugin>::METADATA)
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#get-config-schema"]
            extern "C" fn get_config_schema() -> *const u32 {
                Area::new().text(<$plugin>::CONFIG_SCHEMA).done()
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#initialize"]
            extern "C" fn initialize() -> *const u32 {
                return_bool(Ok(true))
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#start"]
            extern "C" fn start() -> *const u32 {
                return_bool(PLUGIN.get().start())
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#stop"]
            extern "C" fn stop() -> *const u32 {
                return_bool(Ok(true))
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#cleanup"]
            extern "C" fn cleanup() -> *const u32 {
                return_bool(Ok(true))
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#health-check"]
            extern "C" fn health_check() -> *const u32 {
                Area::new().word(1).text("{}").done()
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#handle-event"]
            unsafe extern "C" fn handle_event(
                topic: *mut u8, topic_size: usize, data: *mut u8, data_size: usize,
                source: *mut u8, source_size: usize, time: *mut u8, time_size: usize,
            ) -> *const u32 {
                drop((take(source, source_size), take(time, time_size)));
                return_done(PLUGIN.get().handle_event(&take(topic, topic_size), &take(data, data_size)))
            }
            #[export_name = "aitbc:plugin/methods@1.0.0#list-methods"]
            extern "C" fn list_methods() -> *const u32 {
                Area::new().list(<$plugin>::METHODS).done()
            }
            #[export_name = "aitbc:plugin/methods@1.0.0#call"]
            unsafe extern "C" fn call(method: *mut u8, method_size: usize, arguments: *mut u8, size: usize) -> *const u32 {
                return_text(PLUGIN.get().call(&take(method, method_size), &take(arguments, size)))
            }
            #[export_name = "aitbc:plugin/methods@1.0.0#call-service"]
            unsafe extern "C" fn call_service(
                service: *mut u8, service_size: usize, method: *mut u8, method_size: usize, arguments: *mut u8, size: usize,
            ) -> *const u32 {
                drop((take(service, service_size), take(method, method_size), take(arguments, size)));
                return_text(Err("no service".into()))
            }

            use $crate::post_return as post;
            post!("lifecycle@1.0.0#get-metadata", post_get_metadata);
            post!("lifecycle@1.0.0#get-config-schema", post_get_config_schema);
            post!("lifecycle@1.0.0#initialize", post_initialize);
            post!("lifecycle@1.0.0#start", post_start);
            post!("lifecycle@1.0.0#stop", post_stop);
            post!("lifecycle@1.0.0#cleanup", post_cleanup);
            post!("lifecycle@1.0.0#health-check", post_health_check);
            post!("lifecycle@1.0.0#handle-event", post_handle_event);
            post!("methods@1.0.0#list-methods", post_list_methods);
            post!("methods@1.0.0#call", post_call);
            post!("methods@1.0.0#call-service", post_call_service);
        }
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

/// What the world `ai` exports beside those of `export!`.
#[macro_export]
macro_rules! export_model {
    () => {
        mod model_exports {
            use super::*;
            use aitbc::{free_returned, return_bool, return_text, take, Model};
            use $crate::post_return as post;

            #[export_name = "aitbc:plugin/model@1.0.0#predict"]
            unsafe extern "C" fn predict(input: *mut u8, size: usize) -> *const u32 {
                return_text(PLUGIN.get().predict(&take(input, size)))
            }
            #[export_name = "aitbc:plugin/model@1.0.0#train"]
            unsafe extern "C" fn train(data: *mut u8, size: usize) -> *const u32 {
                return_bool(PLUGIN.get().train(&take(data, size)))
            }
            #[export_name = "aitbc:plugin/model@1.0.0#get-model-info"]
            extern "C" fn info() -> *const u32 {
                return_text(PLUGIN.get().info())
            }
            post!("model@1.0.0#predict", post_predict);
            post!("model@1.0.0#train", post_train);
            post!("model@1.0.0#get-model-info", post_info);
        }
    };
}

/// A plugin with commands.
pub trait Commands: Plugin {
    /// `options` is a JSON object by camelCase name. The exit status, or what goes to stderr with status 1.
    fn run(&mut self, group: &str, command: &str, options: &str, arguments: &[String]) -> Result<u8, String>;
}

/// Owns a list of texts that the host made.
pub unsafe fn take_list(at: *mut [u32; 2], count: usize) -> Vec<String> {
    if count == 0 {
        return Vec::new();
    }
    Vec::from_raw_parts(at, count, count).iter().map(|text| text_at(text, 0)).collect()
}

pub fn return_status(result: Result<u8, String>) -> *const u32 {
    match result {
        Ok(status) => Area::new().word(0).word(status as u32).word(0).done(),
        Err(reason) => Area::new().word(1).text(&reason).done(),
    }
}

/// What the world `cli` exports beside those of `export!`.
#[macro_export]
macro_rules! export_commands {
    () => {
        mod command_exports {
            use super::*;
            use aitbc::{free_returned, return_status, take, take_list, Commands};
            use $crate::post_return as post;

            #[export_name = "aitbc:plugin/commands@1.0.0#run"]
            unsafe extern "C" fn run(
                group: *mut u8, group_size: usize, command: *mut u8, command_size: usize, options: *mut u8, options_size: usize,
                arguments: *mut [u32; 2], count: usize,
            ) -> *const u32 {
                let (group, command) = (take(group, group_size), take(command, command_size));
                let (options, arguments) = (take(options, options_size), take_list(arguments, count));
                return_status(PLUGIN.get().run(&group, &command, &options, &arguments))
            }
            post!("commands@1.0.0#run", post_run);
        }
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

/// What the world `blockchain` exports beside those of `export!`.
#[macro_export]
macro_rules! export_chain {
    () => {
        mod chain_exports {
            use super::*;
            use aitbc::{free_returned, return_bool, return_text, take, Chain};
            use $crate::post_return as post;

            #[export_name = "aitbc:plugin/chain@1.0.0#connect"]
            unsafe extern "C" fn connect(config: *mut u8, size: usize) -> *const u32 {
                return_bool(PLUGIN.get().connect(&take(config, size)))
            }
            #[export_name = "aitbc:plugin/chain@1.0.0#get-balance"]
            unsafe extern "C" fn get_balance(address: *mut u8, size: usize) -> *const u32 {
                return_text(PLUGIN.get().get_balance(&take(address, size)))
            }
            #[export_name = "aitbc:plugin/chain@1.0.0#send-transaction"]
            unsafe extern "C" fn send_transaction(transaction: *mut u8, size: usize) -> *const u32 {
                return_text(PLUGIN.get().send_transaction(&take(transaction, size)))
            }
            #[export_name = "aitbc:plugin/chain@1.0.0#get-contract-events"]
            unsafe extern "C" fn get_contract_events(
                address: *mut u8, address_size: usize, name: *mut u8, name_size: usize, has_block: u32, block: u64,
            ) -> *const u32 {
                let (address, name) = (take(address, address_size), take(name, name_size));
                return_text(PLUGIN.get().get_contract_events(&address, &name, (has_block != 0).then(|| block)))
            }
            post!("chain@1.0.0#connect", post_connect);
            post!("chain@1.0.0#get-balance", post_get_balance);
            post!("chain@1.0.0#send-transaction", post_send_transaction);
            post!("chain@1.0.0#get-contract-events", post_get_contract_events);
        }
    };
}
