// Generated from runtime/wit by scripts/wit-bindings.ts: do not edit.
#![allow(dead_code, unused_imports, clippy::too_many_arguments)]

use super::canonical::{raw_text, receive, Kept, RawList, RawOption, RawPair, Wit};
use std::mem::{align_of, size_of};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}
impl Wit for Level {
    type Raw = u8;
    unsafe fn lift(raw: u8) -> Self {
        match raw {
            0 => Level::Debug,
            1 => Level::Info,
            2 => Level::Warn,
            3 => Level::Error,
            _ => unreachable!(),
        }
    }
    fn lower(&self, _: &mut Kept) -> u8 {
        *self as u8
    }
}
const _: () = assert!(size_of::<<Level as Wit>::Raw>() == 1 && align_of::<<Level as Wit>::Raw>() == 1);

const _: () = assert!(size_of::<<Option<String> as Wit>::Raw>() == 12 && align_of::<<Option<String> as Wit>::Raw>() == 4);
#[derive(Clone, Debug)]
pub struct Error {
    pub code: String,
    pub message: String,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawError {
    pub code: <String as Wit>::Raw,
    pub message: <String as Wit>::Raw,
}
impl Wit for Error {
    type Raw = RawError;
    unsafe fn lift(raw: RawError) -> Self {
        Error {
            code: Wit::lift(raw.code),
            message: Wit::lift(raw.message),
        }
    }
    fn lower(&self, kept: &mut Kept) -> RawError {
        RawError {
            code: self.code.lower(kept),
            message: self.message.lower(kept),
        }
    }
}
const _: () = assert!(size_of::<<Error as Wit>::Raw>() == 16 && align_of::<<Error as Wit>::Raw>() == 4);

const _: () = assert!(size_of::<<Result<Option<String>, Error> as Wit>::Raw>() == 20 && align_of::<<Result<Option<String>, Error> as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<Result<(), Error> as Wit>::Raw>() == 20 && align_of::<<Result<(), Error> as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<Vec<u8> as Wit>::Raw>() == 8 && align_of::<<Vec<u8> as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<Result<Vec<u8>, Error> as Wit>::Raw>() == 20 && align_of::<<Result<Vec<u8>, Error> as Wit>::Raw>() == 4);
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Replace,
    Create,
    Append,
}
impl Wit for Mode {
    type Raw = u8;
    unsafe fn lift(raw: u8) -> Self {
        match raw {
            0 => Mode::Replace,
            1 => Mode::Create,
            2 => Mode::Append,
            _ => unreachable!(),
        }
    }
    fn lower(&self, _: &mut Kept) -> u8 {
        *self as u8
    }
}
const _: () = assert!(size_of::<<Mode as Wit>::Raw>() == 1 && align_of::<<Mode as Wit>::Raw>() == 1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Link,
    Other,
}
impl Wit for Kind {
    type Raw = u8;
    unsafe fn lift(raw: u8) -> Self {
        match raw {
            0 => Kind::File,
            1 => Kind::Folder,
            2 => Kind::Link,
            3 => Kind::Other,
            _ => unreachable!(),
        }
    }
    fn lower(&self, _: &mut Kept) -> u8 {
        *self as u8
    }
}
const _: () = assert!(size_of::<<Kind as Wit>::Raw>() == 1 && align_of::<<Kind as Wit>::Raw>() == 1);

#[derive(Clone, Debug)]
pub struct FileStat {
    pub kind: Kind,
    pub size: u64,
    pub modified: u64,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawFileStat {
    pub kind: <Kind as Wit>::Raw,
    pub size: <u64 as Wit>::Raw,
    pub modified: <u64 as Wit>::Raw,
}
impl Wit for FileStat {
    type Raw = RawFileStat;
    unsafe fn lift(raw: RawFileStat) -> Self {
        FileStat {
            kind: Wit::lift(raw.kind),
            size: Wit::lift(raw.size),
            modified: Wit::lift(raw.modified),
        }
    }
    fn lower(&self, kept: &mut Kept) -> RawFileStat {
        RawFileStat {
            kind: self.kind.lower(kept),
            size: self.size.lower(kept),
            modified: self.modified.lower(kept),
        }
    }
}
const _: () = assert!(size_of::<<FileStat as Wit>::Raw>() == 24 && align_of::<<FileStat as Wit>::Raw>() == 8);

const _: () = assert!(size_of::<<Result<FileStat, Error> as Wit>::Raw>() == 32 && align_of::<<Result<FileStat, Error> as Wit>::Raw>() == 8);
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: String,
    pub kind: Kind,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawEntry {
    pub name: <String as Wit>::Raw,
    pub kind: <Kind as Wit>::Raw,
}
impl Wit for Entry {
    type Raw = RawEntry;
    unsafe fn lift(raw: RawEntry) -> Self {
        Entry {
            name: Wit::lift(raw.name),
            kind: Wit::lift(raw.kind),
        }
    }
    fn lower(&self, kept: &mut Kept) -> RawEntry {
        RawEntry {
            name: self.name.lower(kept),
            kind: self.kind.lower(kept),
        }
    }
}
const _: () = assert!(size_of::<<Entry as Wit>::Raw>() == 12 && align_of::<<Entry as Wit>::Raw>() == 4);

const _: () = assert!(size_of::<<Vec<Entry> as Wit>::Raw>() == 8 && align_of::<<Vec<Entry> as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<Result<Vec<Entry>, Error> as Wit>::Raw>() == 20 && align_of::<<Result<Vec<Entry>, Error> as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<(String, String) as Wit>::Raw>() == 16 && align_of::<<(String, String) as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<Vec<(String, String)> as Wit>::Raw>() == 8 && align_of::<<Vec<(String, String)> as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<Option<Vec<u8>> as Wit>::Raw>() == 12 && align_of::<<Option<Vec<u8>> as Wit>::Raw>() == 4);
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawRequest {
    pub method: <String as Wit>::Raw,
    pub url: <String as Wit>::Raw,
    pub headers: <Vec<(String, String)> as Wit>::Raw,
    pub body: <Option<Vec<u8>> as Wit>::Raw,
}
impl Wit for Request {
    type Raw = RawRequest;
    unsafe fn lift(raw: RawRequest) -> Self {
        Request {
            method: Wit::lift(raw.method),
            url: Wit::lift(raw.url),
            headers: Wit::lift(raw.headers),
            body: Wit::lift(raw.body),
        }
    }
    fn lower(&self, kept: &mut Kept) -> RawRequest {
        RawRequest {
            method: self.method.lower(kept),
            url: self.url.lower(kept),
            headers: self.headers.lower(kept),
            body: self.body.lower(kept),
        }
    }
}
const _: () = assert!(size_of::<<Request as Wit>::Raw>() == 36 && align_of::<<Request as Wit>::Raw>() == 4);

#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawResponse {
    pub status: <u16 as Wit>::Raw,
    pub url: <String as Wit>::Raw,
    pub headers: <Vec<(String, String)> as Wit>::Raw,
    pub body: <Vec<u8> as Wit>::Raw,
}
impl Wit for Response {
    type Raw = RawResponse;
    unsafe fn lift(raw: RawResponse) -> Self {
        Response {
            status: Wit::lift(raw.status),
            url: Wit::lift(raw.url),
            headers: Wit::lift(raw.headers),
            body: Wit::lift(raw.body),
        }
    }
    fn lower(&self, kept: &mut Kept) -> RawResponse {
        RawResponse {
            status: self.status.lower(kept),
            url: self.url.lower(kept),
            headers: self.headers.lower(kept),
            body: self.body.lower(kept),
        }
    }
}
const _: () = assert!(size_of::<<Response as Wit>::Raw>() == 28 && align_of::<<Response as Wit>::Raw>() == 4);

const _: () = assert!(size_of::<<Result<Response, Error> as Wit>::Raw>() == 32 && align_of::<<Result<Response, Error> as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<Result<String, Error> as Wit>::Raw>() == 20 && align_of::<<Result<String, Error> as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<Vec<String> as Wit>::Raw>() == 8 && align_of::<<Vec<String> as Wit>::Raw>() == 4);
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}
impl Wit for Stream {
    type Raw = u8;
    unsafe fn lift(raw: u8) -> Self {
        match raw {
            0 => Stream::Stdout,
            1 => Stream::Stderr,
            _ => unreachable!(),
        }
    }
    fn lower(&self, _: &mut Kept) -> u8 {
        *self as u8
    }
}
const _: () = assert!(size_of::<<Stream as Wit>::Raw>() == 1 && align_of::<<Stream as Wit>::Raw>() == 1);

const _: () = assert!(size_of::<<Result<Option<Vec<u8>>, Error> as Wit>::Raw>() == 20 && align_of::<<Result<Option<Vec<u8>>, Error> as Wit>::Raw>() == 4);
#[derive(Clone, Debug)]
pub struct Metadata {
    pub name: String,
    pub version: String,
    pub description: String,
    pub author: String,
    pub license: String,
    pub homepage: Option<String>,
    pub repository: Option<String>,
    pub keywords: Vec<String>,
    pub dependencies: Vec<String>,
    pub min_aitbc_version: Option<String>,
    pub max_aitbc_version: Option<String>,
    pub supported_platforms: Vec<String>,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawMetadata {
    pub name: <String as Wit>::Raw,
    pub version: <String as Wit>::Raw,
    pub description: <String as Wit>::Raw,
    pub author: <String as Wit>::Raw,
    pub license: <String as Wit>::Raw,
    pub homepage: <Option<String> as Wit>::Raw,
    pub repository: <Option<String> as Wit>::Raw,
    pub keywords: <Vec<String> as Wit>::Raw,
    pub dependencies: <Vec<String> as Wit>::Raw,
    pub min_aitbc_version: <Option<String> as Wit>::Raw,
    pub max_aitbc_version: <Option<String> as Wit>::Raw,
    pub supported_platforms: <Vec<String> as Wit>::Raw,
}
impl Wit for Metadata {
    type Raw = RawMetadata;
    unsafe fn lift(raw: RawMetadata) -> Self {
        Metadata {
            name: Wit::lift(raw.name),
            version: Wit::lift(raw.version),
            description: Wit::lift(raw.description),
            author: Wit::lift(raw.author),
            license: Wit::lift(raw.license),
            homepage: Wit::lift(raw.homepage),
            repository: Wit::lift(raw.repository),
            keywords: Wit::lift(raw.keywords),
            dependencies: Wit::lift(raw.dependencies),
            min_aitbc_version: Wit::lift(raw.min_aitbc_version),
            max_aitbc_version: Wit::lift(raw.max_aitbc_version),
            supported_platforms: Wit::lift(raw.supported_platforms),
        }
    }
    fn lower(&self, kept: &mut Kept) -> RawMetadata {
        RawMetadata {
            name: self.name.lower(kept),
            version: self.version.lower(kept),
            description: self.description.lower(kept),
            author: self.author.lower(kept),
            license: self.license.lower(kept),
            homepage: self.homepage.lower(kept),
            repository: self.repository.lower(kept),
            keywords: self.keywords.lower(kept),
            dependencies: self.dependencies.lower(kept),
            min_aitbc_version: self.min_aitbc_version.lower(kept),
            max_aitbc_version: self.max_aitbc_version.lower(kept),
            supported_platforms: self.supported_platforms.lower(kept),
        }
    }
}
const _: () = assert!(size_of::<<Metadata as Wit>::Raw>() == 112 && align_of::<<Metadata as Wit>::Raw>() == 4);

const _: () = assert!(size_of::<<Result<bool, String> as Wit>::Raw>() == 12 && align_of::<<Result<bool, String> as Wit>::Raw>() == 4);
#[derive(Clone, Debug)]
pub struct Health {
    pub healthy: bool,
    pub details: String,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawHealth {
    pub healthy: <bool as Wit>::Raw,
    pub details: <String as Wit>::Raw,
}
impl Wit for Health {
    type Raw = RawHealth;
    unsafe fn lift(raw: RawHealth) -> Self {
        Health {
            healthy: Wit::lift(raw.healthy),
            details: Wit::lift(raw.details),
        }
    }
    fn lower(&self, kept: &mut Kept) -> RawHealth {
        RawHealth {
            healthy: self.healthy.lower(kept),
            details: self.details.lower(kept),
        }
    }
}
const _: () = assert!(size_of::<<Health as Wit>::Raw>() == 12 && align_of::<<Health as Wit>::Raw>() == 4);

#[derive(Clone, Debug)]
pub struct Event {
    pub topic: String,
    pub data: String,
    pub source: String,
    pub time: String,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawEvent {
    pub topic: <String as Wit>::Raw,
    pub data: <String as Wit>::Raw,
    pub source: <String as Wit>::Raw,
    pub time: <String as Wit>::Raw,
}
impl Wit for Event {
    type Raw = RawEvent;
    unsafe fn lift(raw: RawEvent) -> Self {
        Event {
            topic: Wit::lift(raw.topic),
            data: Wit::lift(raw.data),
            source: Wit::lift(raw.source),
            time: Wit::lift(raw.time),
        }
    }
    fn lower(&self, kept: &mut Kept) -> RawEvent {
        RawEvent {
            topic: self.topic.lower(kept),
            data: self.data.lower(kept),
            source: self.source.lower(kept),
            time: self.time.lower(kept),
        }
    }
}
const _: () = assert!(size_of::<<Event as Wit>::Raw>() == 32 && align_of::<<Event as Wit>::Raw>() == 4);

const _: () = assert!(size_of::<<Result<(), String> as Wit>::Raw>() == 12 && align_of::<<Result<(), String> as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<Result<String, String> as Wit>::Raw>() == 12 && align_of::<<Result<String, String> as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<Result<u8, String> as Wit>::Raw>() == 12 && align_of::<<Result<u8, String> as Wit>::Raw>() == 4);
const _: () = assert!(size_of::<<Option<u64> as Wit>::Raw>() == 16 && align_of::<<Option<u64> as Wit>::Raw>() == 8);

pub mod log {
    use super::*;
    #[link(wasm_import_module = "aitbc:plugin/log@1.0.0")]
    extern "C" {
        #[link_name = "write"]
        fn import_write(level: i32, message: *const u8, message_size: usize, fields: *const u8, fields_size: usize);
    }
    pub fn write(level: Level, message: &str, fields: &str) {
        let mut kept = Kept::new();
        let level = level.lower(&mut kept);
        let message = raw_text(message);
        let fields = raw_text(fields);
        unsafe { import_write(level as i32, message.at as *const u8, message.count, fields.at as *const u8, fields.count) }
    }
}

pub mod config {
    use super::*;
    #[link(wasm_import_module = "aitbc:plugin/config@1.0.0")]
    extern "C" {
        #[link_name = "get"]
        fn import_get(result: *mut u8);
        #[link_name = "env"]
        fn import_env(name: *const u8, name_size: usize, result: *mut u8);
    }
    pub fn get() -> String {
        unsafe { receive(|result| import_get(result)) }
    }
    pub fn env(name: &str) -> Result<Option<String>, Error> {
        let name = raw_text(name);
        unsafe { receive(|result| import_env(name.at as *const u8, name.count, result)) }
    }
}

pub mod events {
    use super::*;
    #[link(wasm_import_module = "aitbc:plugin/events@1.0.0")]
    extern "C" {
        #[link_name = "publish"]
        fn import_publish(topic: *const u8, topic_size: usize, data: *const u8, data_size: usize, result: *mut u8);
        #[link_name = "subscribe"]
        fn import_subscribe(pattern: *const u8, pattern_size: usize, result: *mut u8);
        #[link_name = "unsubscribe"]
        fn import_unsubscribe(pattern: *const u8, pattern_size: usize, result: *mut u8);
    }
    pub fn publish(topic: &str, data: &str) -> Result<(), Error> {
        let topic = raw_text(topic);
        let data = raw_text(data);
        unsafe { receive(|result| import_publish(topic.at as *const u8, topic.count, data.at as *const u8, data.count, result)) }
    }
    pub fn subscribe(pattern: &str) -> Result<(), Error> {
        let pattern = raw_text(pattern);
        unsafe { receive(|result| import_subscribe(pattern.at as *const u8, pattern.count, result)) }
    }
    pub fn unsubscribe(pattern: &str) -> Result<(), Error> {
        let pattern = raw_text(pattern);
        unsafe { receive(|result| import_unsubscribe(pattern.at as *const u8, pattern.count, result)) }
    }
}

pub mod files {
    use super::*;
    #[link(wasm_import_module = "aitbc:plugin/files@1.0.0")]
    extern "C" {
        #[link_name = "read"]
        fn import_read(path: *const u8, path_size: usize, result: *mut u8);
        #[link_name = "write"]
        fn import_write(path: *const u8, path_size: usize, data: *const u8, data_size: usize, mode: i32, result: *mut u8);
        #[link_name = "stat"]
        fn import_stat(path: *const u8, path_size: usize, result: *mut u8);
        #[link_name = "list-folder"]
        fn import_list_folder(path: *const u8, path_size: usize, result: *mut u8);
        #[link_name = "make-folder"]
        fn import_make_folder(path: *const u8, path_size: usize, result: *mut u8);
        #[link_name = "remove"]
        fn import_remove(path: *const u8, path_size: usize, result: *mut u8);
        #[link_name = "rename"]
        fn import_rename(from: *const u8, from_size: usize, to: *const u8, to_size: usize, result: *mut u8);
    }
    pub fn read(path: &str) -> Result<Vec<u8>, Error> {
        let path = raw_text(path);
        unsafe { receive(|result| import_read(path.at as *const u8, path.count, result)) }
    }
    pub fn write(path: &str, data: &[u8], mode: Mode) -> Result<(), Error> {
        let mut kept = Kept::new();
        let path = raw_text(path);
        let data = RawList { at: <u8>::lower_list(data, &mut kept), count: data.len() };
        let mode = mode.lower(&mut kept);
        unsafe { receive(|result| import_write(path.at as *const u8, path.count, data.at as *const u8, data.count, mode as i32, result)) }
    }
    pub fn stat(path: &str) -> Result<FileStat, Error> {
        let path = raw_text(path);
        unsafe { receive(|result| import_stat(path.at as *const u8, path.count, result)) }
    }
    pub fn list_folder(path: &str) -> Result<Vec<Entry>, Error> {
        let path = raw_text(path);
        unsafe { receive(|result| import_list_folder(path.at as *const u8, path.count, result)) }
    }
    pub fn make_folder(path: &str) -> Result<(), Error> {
        let path = raw_text(path);
        unsafe { receive(|result| import_make_folder(path.at as *const u8, path.count, result)) }
    }
    pub fn remove(path: &str) -> Result<(), Error> {
        let path = raw_text(path);
        unsafe { receive(|result| import_remove(path.at as *const u8, path.count, result)) }
    }
    pub fn rename(from: &str, to: &str) -> Result<(), Error> {
        let from = raw_text(from);
        let to = raw_text(to);
        unsafe { receive(|result| import_rename(from.at as *const u8, from.count, to.at as *const u8, to.count, result)) }
    }
}

pub mod http {
    use super::*;
    #[link(wasm_import_module = "aitbc:plugin/http@1.0.0")]
    extern "C" {
        #[link_name = "fetch"]
        fn import_fetch(request_method: *const u8, request_method_size: usize, request_url: *const u8, request_url_size: usize, request_headers: *const u8, request_headers_size: usize, request_body_is_some: i32, request_body: *const u8, request_body_size: usize, result: *mut u8);
    }
    pub fn fetch(request: &Request) -> Result<Response, Error> {
        let mut kept = Kept::new();
        let request = request.lower(&mut kept);
        unsafe { receive(|result| import_fetch(request.method.at as *const u8, request.method.count, request.url.at as *const u8, request.url.count, request.headers.at as *const u8, request.headers.count, request.body.is_some as i32, request.body.value.at as *const u8, request.body.value.count, result)) }
    }
}

pub mod services {
    use super::*;
    #[link(wasm_import_module = "aitbc:plugin/services@1.0.0")]
    extern "C" {
        #[link_name = "call"]
        fn import_call(service: *const u8, service_size: usize, method: *const u8, method_size: usize, arguments: *const u8, arguments_size: usize, result: *mut u8);
        #[link_name = "call-plugin"]
        fn import_call_plugin(plugin: *const u8, plugin_size: usize, method: *const u8, method_size: usize, arguments: *const u8, arguments_size: usize, result: *mut u8);
        #[link_name = "register"]
        fn import_register(service: *const u8, service_size: usize, methods: *const u8, methods_size: usize, result: *mut u8);
    }
    pub fn call(service: &str, method: &str, arguments: &str) -> Result<String, Error> {
        let service = raw_text(service);
        let method = raw_text(method);
        let arguments = raw_text(arguments);
        unsafe { receive(|result| import_call(service.at as *const u8, service.count, method.at as *const u8, method.count, arguments.at as *const u8, arguments.count, result)) }
    }
    pub fn call_plugin(plugin: &str, method: &str, arguments: &str) -> Result<String, Error> {
        let plugin = raw_text(plugin);
        let method = raw_text(method);
        let arguments = raw_text(arguments);
        unsafe { receive(|result| import_call_plugin(plugin.at as *const u8, plugin.count, method.at as *const u8, method.count, arguments.at as *const u8, arguments.count, result)) }
    }
    pub fn register(service: &str, methods: &[String]) -> Result<(), Error> {
        let mut kept = Kept::new();
        let service = raw_text(service);
        let methods = RawList { at: <String>::lower_list(methods, &mut kept), count: methods.len() };
        unsafe { receive(|result| import_register(service.at as *const u8, service.count, methods.at as *const u8, methods.count, result)) }
    }
}

pub mod terminal {
    use super::*;
    #[link(wasm_import_module = "aitbc:plugin/terminal@1.0.0")]
    extern "C" {
        #[link_name = "write"]
        fn import_write(to: i32, data: *const u8, data_size: usize, result: *mut u8);
        #[link_name = "read"]
        fn import_read(result: *mut u8);
        #[link_name = "is-terminal"]
        fn import_is_terminal() -> i32;
        #[link_name = "columns"]
        fn import_columns() -> i32;
    }
    pub fn write(to: Stream, data: &[u8]) -> Result<(), Error> {
        let mut kept = Kept::new();
        let to = to.lower(&mut kept);
        let data = RawList { at: <u8>::lower_list(data, &mut kept), count: data.len() };
        unsafe { receive(|result| import_write(to as i32, data.at as *const u8, data.count, result)) }
    }
    pub fn read() -> Result<Option<Vec<u8>>, Error> {
        unsafe { receive(|result| import_read(result)) }
    }
    pub fn is_terminal() -> bool {
        unsafe { Wit::lift(import_is_terminal() as _) }
    }
    pub fn columns() -> u32 {
        unsafe { Wit::lift(import_columns() as _) }
    }
}

/// What the interface lifecycle exports; `wit_export_lifecycle!` takes a `&mut` of what implements it.
pub trait Lifecycle {
    fn get_metadata(&mut self) -> Metadata;
    fn get_config_schema(&mut self) -> String;
    fn initialize(&mut self) -> Result<bool, String>;
    fn start(&mut self) -> Result<bool, String>;
    fn stop(&mut self) -> Result<bool, String>;
    fn cleanup(&mut self) -> Result<bool, String>;
    fn health_check(&mut self) -> Health;
    fn handle_event(&mut self, event: Event) -> Result<(), String>;
}
#[macro_export]
macro_rules! wit_export_lifecycle {
    ($plugin:expr) => {
        mod exports_lifecycle {
            use super::*;
            #[allow(unused_imports)]
            use $crate::aitbc::canonical::{free_returned, hand_over, RawList, RawOption, Wit};
            use $crate::aitbc::wit;

            #[export_name = "aitbc:plugin/lifecycle@1.0.0#get-metadata"]
            unsafe extern "C" fn get_metadata() -> *const u8 {
                hand_over(wit::Lifecycle::get_metadata($plugin))
            }
            #[export_name = "cabi_post_aitbc:plugin/lifecycle@1.0.0#get-metadata"]
            extern "C" fn post_get_metadata(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#get-config-schema"]
            unsafe extern "C" fn get_config_schema() -> *const u8 {
                hand_over(wit::Lifecycle::get_config_schema($plugin))
            }
            #[export_name = "cabi_post_aitbc:plugin/lifecycle@1.0.0#get-config-schema"]
            extern "C" fn post_get_config_schema(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#initialize"]
            unsafe extern "C" fn initialize() -> *const u8 {
                hand_over(wit::Lifecycle::initialize($plugin))
            }
            #[export_name = "cabi_post_aitbc:plugin/lifecycle@1.0.0#initialize"]
            extern "C" fn post_initialize(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#start"]
            unsafe extern "C" fn start() -> *const u8 {
                hand_over(wit::Lifecycle::start($plugin))
            }
            #[export_name = "cabi_post_aitbc:plugin/lifecycle@1.0.0#start"]
            extern "C" fn post_start(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#stop"]
            unsafe extern "C" fn stop() -> *const u8 {
                hand_over(wit::Lifecycle::stop($plugin))
            }
            #[export_name = "cabi_post_aitbc:plugin/lifecycle@1.0.0#stop"]
            extern "C" fn post_stop(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#cleanup"]
            unsafe extern "C" fn cleanup() -> *const u8 {
                hand_over(wit::Lifecycle::cleanup($plugin))
            }
            #[export_name = "cabi_post_aitbc:plugin/lifecycle@1.0.0#cleanup"]
            extern "C" fn post_cleanup(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#health-check"]
            unsafe extern "C" fn health_check() -> *const u8 {
                hand_over(wit::Lifecycle::health_check($plugin))
            }
            #[export_name = "cabi_post_aitbc:plugin/lifecycle@1.0.0#health-check"]
            extern "C" fn post_health_check(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/lifecycle@1.0.0#handle-event"]
            unsafe extern "C" fn handle_event(event_topic: *const u8, event_topic_size: usize, event_data: *const u8, event_data_size: usize, event_source: *const u8, event_source_size: usize, event_time: *const u8, event_time_size: usize) -> *const u8 {
                hand_over(wit::Lifecycle::handle_event($plugin, Wit::lift(wit::RawEvent { topic: RawList { at: event_topic as _, count: event_topic_size }, data: RawList { at: event_data as _, count: event_data_size }, source: RawList { at: event_source as _, count: event_source_size }, time: RawList { at: event_time as _, count: event_time_size } })))
            }
            #[export_name = "cabi_post_aitbc:plugin/lifecycle@1.0.0#handle-event"]
            extern "C" fn post_handle_event(_: *const u8) {
                free_returned()
            }
        }
    };
}

/// What the interface methods exports; `wit_export_methods!` takes a `&mut` of what implements it.
pub trait Methods {
    fn list_methods(&mut self) -> Vec<String>;
    fn call(&mut self, method: String, arguments: String) -> Result<String, String>;
    fn call_service(&mut self, service: String, method: String, arguments: String) -> Result<String, String>;
}
#[macro_export]
macro_rules! wit_export_methods {
    ($plugin:expr) => {
        mod exports_methods {
            use super::*;
            #[allow(unused_imports)]
            use $crate::aitbc::canonical::{free_returned, hand_over, RawList, RawOption, Wit};
            use $crate::aitbc::wit;

            #[export_name = "aitbc:plugin/methods@1.0.0#list-methods"]
            unsafe extern "C" fn list_methods() -> *const u8 {
                hand_over(wit::Methods::list_methods($plugin))
            }
            #[export_name = "cabi_post_aitbc:plugin/methods@1.0.0#list-methods"]
            extern "C" fn post_list_methods(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/methods@1.0.0#call"]
            unsafe extern "C" fn call(method: *const u8, method_size: usize, arguments: *const u8, arguments_size: usize) -> *const u8 {
                hand_over(wit::Methods::call($plugin, Wit::lift(RawList { at: method as _, count: method_size }), Wit::lift(RawList { at: arguments as _, count: arguments_size })))
            }
            #[export_name = "cabi_post_aitbc:plugin/methods@1.0.0#call"]
            extern "C" fn post_call(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/methods@1.0.0#call-service"]
            unsafe extern "C" fn call_service(service: *const u8, service_size: usize, method: *const u8, method_size: usize, arguments: *const u8, arguments_size: usize) -> *const u8 {
                hand_over(wit::Methods::call_service($plugin, Wit::lift(RawList { at: service as _, count: service_size }), Wit::lift(RawList { at: method as _, count: method_size }), Wit::lift(RawList { at: arguments as _, count: arguments_size })))
            }
            #[export_name = "cabi_post_aitbc:plugin/methods@1.0.0#call-service"]
            extern "C" fn post_call_service(_: *const u8) {
                free_returned()
            }
        }
    };
}

/// What the interface commands exports; `wit_export_commands!` takes a `&mut` of what implements it.
pub trait Commands {
    fn run(&mut self, group: String, command: String, options: String, arguments: Vec<String>) -> Result<u8, String>;
}
#[macro_export]
macro_rules! wit_export_commands {
    ($plugin:expr) => {
        mod exports_commands {
            use super::*;
            #[allow(unused_imports)]
            use $crate::aitbc::canonical::{free_returned, hand_over, RawList, RawOption, Wit};
            use $crate::aitbc::wit;

            #[export_name = "aitbc:plugin/commands@1.0.0#run"]
            unsafe extern "C" fn run(group: *const u8, group_size: usize, command: *const u8, command_size: usize, options: *const u8, options_size: usize, arguments: *const u8, arguments_size: usize) -> *const u8 {
                hand_over(wit::Commands::run($plugin, Wit::lift(RawList { at: group as _, count: group_size }), Wit::lift(RawList { at: command as _, count: command_size }), Wit::lift(RawList { at: options as _, count: options_size }), Wit::lift(RawList { at: arguments as _, count: arguments_size })))
            }
            #[export_name = "cabi_post_aitbc:plugin/commands@1.0.0#run"]
            extern "C" fn post_run(_: *const u8) {
                free_returned()
            }
        }
    };
}

/// What the interface chain exports; `wit_export_chain!` takes a `&mut` of what implements it.
pub trait Chain {
    fn connect(&mut self, config: String) -> Result<bool, String>;
    fn get_balance(&mut self, address: String) -> Result<String, String>;
    fn send_transaction(&mut self, transaction: String) -> Result<String, String>;
    fn get_contract_events(&mut self, address: String, event_name: String, from_block: Option<u64>) -> Result<String, String>;
}
#[macro_export]
macro_rules! wit_export_chain {
    ($plugin:expr) => {
        mod exports_chain {
            use super::*;
            #[allow(unused_imports)]
            use $crate::aitbc::canonical::{free_returned, hand_over, RawList, RawOption, Wit};
            use $crate::aitbc::wit;

            #[export_name = "aitbc:plugin/chain@1.0.0#connect"]
            unsafe extern "C" fn connect(config: *const u8, config_size: usize) -> *const u8 {
                hand_over(wit::Chain::connect($plugin, Wit::lift(RawList { at: config as _, count: config_size })))
            }
            #[export_name = "cabi_post_aitbc:plugin/chain@1.0.0#connect"]
            extern "C" fn post_connect(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/chain@1.0.0#get-balance"]
            unsafe extern "C" fn get_balance(address: *const u8, address_size: usize) -> *const u8 {
                hand_over(wit::Chain::get_balance($plugin, Wit::lift(RawList { at: address as _, count: address_size })))
            }
            #[export_name = "cabi_post_aitbc:plugin/chain@1.0.0#get-balance"]
            extern "C" fn post_get_balance(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/chain@1.0.0#send-transaction"]
            unsafe extern "C" fn send_transaction(transaction: *const u8, transaction_size: usize) -> *const u8 {
                hand_over(wit::Chain::send_transaction($plugin, Wit::lift(RawList { at: transaction as _, count: transaction_size })))
            }
            #[export_name = "cabi_post_aitbc:plugin/chain@1.0.0#send-transaction"]
            extern "C" fn post_send_transaction(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/chain@1.0.0#get-contract-events"]
            unsafe extern "C" fn get_contract_events(address: *const u8, address_size: usize, event_name: *const u8, event_name_size: usize, from_block_is_some: i32, from_block: i64) -> *const u8 {
                hand_over(wit::Chain::get_contract_events($plugin, Wit::lift(RawList { at: address as _, count: address_size }), Wit::lift(RawList { at: event_name as _, count: event_name_size }), Wit::lift(RawOption { is_some: from_block_is_some as u8, value: from_block as _ })))
            }
            #[export_name = "cabi_post_aitbc:plugin/chain@1.0.0#get-contract-events"]
            extern "C" fn post_get_contract_events(_: *const u8) {
                free_returned()
            }
        }
    };
}

/// What the interface model exports; `wit_export_model!` takes a `&mut` of what implements it.
pub trait Model {
    fn predict(&mut self, input: String) -> Result<String, String>;
    fn train(&mut self, data: String) -> Result<bool, String>;
    fn get_model_info(&mut self) -> Result<String, String>;
}
#[macro_export]
macro_rules! wit_export_model {
    ($plugin:expr) => {
        mod exports_model {
            use super::*;
            #[allow(unused_imports)]
            use $crate::aitbc::canonical::{free_returned, hand_over, RawList, RawOption, Wit};
            use $crate::aitbc::wit;

            #[export_name = "aitbc:plugin/model@1.0.0#predict"]
            unsafe extern "C" fn predict(input: *const u8, input_size: usize) -> *const u8 {
                hand_over(wit::Model::predict($plugin, Wit::lift(RawList { at: input as _, count: input_size })))
            }
            #[export_name = "cabi_post_aitbc:plugin/model@1.0.0#predict"]
            extern "C" fn post_predict(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/model@1.0.0#train"]
            unsafe extern "C" fn train(data: *const u8, data_size: usize) -> *const u8 {
                hand_over(wit::Model::train($plugin, Wit::lift(RawList { at: data as _, count: data_size })))
            }
            #[export_name = "cabi_post_aitbc:plugin/model@1.0.0#train"]
            extern "C" fn post_train(_: *const u8) {
                free_returned()
            }
            #[export_name = "aitbc:plugin/model@1.0.0#get-model-info"]
            unsafe extern "C" fn get_model_info() -> *const u8 {
                hand_over(wit::Model::get_model_info($plugin))
            }
            #[export_name = "cabi_post_aitbc:plugin/model@1.0.0#get-model-info"]
            extern "C" fn post_get_model_info(_: *const u8) {
                free_returned()
            }
        }
    };
}
