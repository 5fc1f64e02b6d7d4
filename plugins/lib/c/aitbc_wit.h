/* Generated from runtime/wit by scripts/wit-bindings.ts: do not edit. */
#ifndef AITBC_WIT_H
#define AITBC_WIT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- types, as the canonical ABI lays them out ---- */

typedef struct { const char *at; size_t size; } aitbc_string;

typedef uint8_t aitbc_level;
enum { AITBC_LEVEL_DEBUG, AITBC_LEVEL_INFO, AITBC_LEVEL_WARN, AITBC_LEVEL_ERROR };
typedef struct { bool is_some; aitbc_string some; } aitbc_option_string;
_Static_assert(sizeof(aitbc_option_string) == 12 && _Alignof(aitbc_option_string) == 4, "aitbc_option_string");
_Static_assert(offsetof(aitbc_option_string, some) == 4, "aitbc_option_string.some");
typedef struct { aitbc_string code; aitbc_string message; } aitbc_error;
_Static_assert(sizeof(aitbc_error) == 16 && _Alignof(aitbc_error) == 4, "aitbc_error");
_Static_assert(offsetof(aitbc_error, code) == 0, "aitbc_error.code");
_Static_assert(offsetof(aitbc_error, message) == 8, "aitbc_error.message");
typedef struct { bool is_err; union { aitbc_option_string ok; aitbc_error err; }; } aitbc_result_option_string_error;
_Static_assert(sizeof(aitbc_result_option_string_error) == 20 && _Alignof(aitbc_result_option_string_error) == 4, "aitbc_result_option_string_error");
_Static_assert(offsetof(aitbc_result_option_string_error, ok) == 4, "aitbc_result_option_string_error.ok");
typedef struct { bool is_err; union { aitbc_error err; }; } aitbc_result_none_error;
_Static_assert(sizeof(aitbc_result_none_error) == 20 && _Alignof(aitbc_result_none_error) == 4, "aitbc_result_none_error");
_Static_assert(offsetof(aitbc_result_none_error, err) == 4, "aitbc_result_none_error.err");
typedef struct { const uint8_t *at; size_t count; } aitbc_list_u8;
_Static_assert(sizeof(aitbc_list_u8) == 8 && _Alignof(aitbc_list_u8) == 4, "aitbc_list_u8");
_Static_assert(offsetof(aitbc_list_u8, at) == 0, "aitbc_list_u8.at");
_Static_assert(offsetof(aitbc_list_u8, count) == 4, "aitbc_list_u8.count");
typedef struct { bool is_err; union { aitbc_list_u8 ok; aitbc_error err; }; } aitbc_result_list_u8_error;
_Static_assert(sizeof(aitbc_result_list_u8_error) == 20 && _Alignof(aitbc_result_list_u8_error) == 4, "aitbc_result_list_u8_error");
_Static_assert(offsetof(aitbc_result_list_u8_error, ok) == 4, "aitbc_result_list_u8_error.ok");
typedef uint8_t aitbc_mode;
enum { AITBC_MODE_REPLACE, AITBC_MODE_CREATE, AITBC_MODE_APPEND };
typedef uint8_t aitbc_kind;
enum { AITBC_KIND_FILE, AITBC_KIND_FOLDER, AITBC_KIND_LINK, AITBC_KIND_OTHER };
typedef struct { aitbc_kind kind; uint64_t size; uint64_t modified; } aitbc_file_stat;
_Static_assert(sizeof(aitbc_file_stat) == 24 && _Alignof(aitbc_file_stat) == 8, "aitbc_file_stat");
_Static_assert(offsetof(aitbc_file_stat, kind) == 0, "aitbc_file_stat.kind");
_Static_assert(offsetof(aitbc_file_stat, size) == 8, "aitbc_file_stat.size");
_Static_assert(offsetof(aitbc_file_stat, modified) == 16, "aitbc_file_stat.modified");
typedef struct { bool is_err; union { aitbc_file_stat ok; aitbc_error err; }; } aitbc_result_file_stat_error;
_Static_assert(sizeof(aitbc_result_file_stat_error) == 32 && _Alignof(aitbc_result_file_stat_error) == 8, "aitbc_result_file_stat_error");
_Static_assert(offsetof(aitbc_result_file_stat_error, ok) == 8, "aitbc_result_file_stat_error.ok");
typedef struct { aitbc_string name; aitbc_kind kind; } aitbc_entry;
_Static_assert(sizeof(aitbc_entry) == 12 && _Alignof(aitbc_entry) == 4, "aitbc_entry");
_Static_assert(offsetof(aitbc_entry, name) == 0, "aitbc_entry.name");
_Static_assert(offsetof(aitbc_entry, kind) == 8, "aitbc_entry.kind");
typedef struct { const aitbc_entry *at; size_t count; } aitbc_list_entry;
_Static_assert(sizeof(aitbc_list_entry) == 8 && _Alignof(aitbc_list_entry) == 4, "aitbc_list_entry");
_Static_assert(offsetof(aitbc_list_entry, at) == 0, "aitbc_list_entry.at");
_Static_assert(offsetof(aitbc_list_entry, count) == 4, "aitbc_list_entry.count");
typedef struct { bool is_err; union { aitbc_list_entry ok; aitbc_error err; }; } aitbc_result_list_entry_error;
_Static_assert(sizeof(aitbc_result_list_entry_error) == 20 && _Alignof(aitbc_result_list_entry_error) == 4, "aitbc_result_list_entry_error");
_Static_assert(offsetof(aitbc_result_list_entry_error, ok) == 4, "aitbc_result_list_entry_error.ok");
typedef struct { aitbc_string f0; aitbc_string f1; } aitbc_tuple_string_string;
_Static_assert(sizeof(aitbc_tuple_string_string) == 16 && _Alignof(aitbc_tuple_string_string) == 4, "aitbc_tuple_string_string");
_Static_assert(offsetof(aitbc_tuple_string_string, f0) == 0, "aitbc_tuple_string_string.f0");
_Static_assert(offsetof(aitbc_tuple_string_string, f1) == 8, "aitbc_tuple_string_string.f1");
typedef struct { const aitbc_tuple_string_string *at; size_t count; } aitbc_list_tuple_string_string;
_Static_assert(sizeof(aitbc_list_tuple_string_string) == 8 && _Alignof(aitbc_list_tuple_string_string) == 4, "aitbc_list_tuple_string_string");
_Static_assert(offsetof(aitbc_list_tuple_string_string, at) == 0, "aitbc_list_tuple_string_string.at");
_Static_assert(offsetof(aitbc_list_tuple_string_string, count) == 4, "aitbc_list_tuple_string_string.count");
typedef struct { bool is_some; aitbc_list_u8 some; } aitbc_option_list_u8;
_Static_assert(sizeof(aitbc_option_list_u8) == 12 && _Alignof(aitbc_option_list_u8) == 4, "aitbc_option_list_u8");
_Static_assert(offsetof(aitbc_option_list_u8, some) == 4, "aitbc_option_list_u8.some");
typedef struct { aitbc_string method; aitbc_string url; aitbc_list_tuple_string_string headers; aitbc_option_list_u8 body; } aitbc_request;
_Static_assert(sizeof(aitbc_request) == 36 && _Alignof(aitbc_request) == 4, "aitbc_request");
_Static_assert(offsetof(aitbc_request, method) == 0, "aitbc_request.method");
_Static_assert(offsetof(aitbc_request, url) == 8, "aitbc_request.url");
_Static_assert(offsetof(aitbc_request, headers) == 16, "aitbc_request.headers");
_Static_assert(offsetof(aitbc_request, body) == 24, "aitbc_request.body");
typedef struct { uint16_t status; aitbc_string url; aitbc_list_tuple_string_string headers; aitbc_list_u8 body; } aitbc_response;
_Static_assert(sizeof(aitbc_response) == 28 && _Alignof(aitbc_response) == 4, "aitbc_response");
_Static_assert(offsetof(aitbc_response, status) == 0, "aitbc_response.status");
_Static_assert(offsetof(aitbc_response, url) == 4, "aitbc_response.url");
_Static_assert(offsetof(aitbc_response, headers) == 12, "aitbc_response.headers");
_Static_assert(offsetof(aitbc_response, body) == 20, "aitbc_response.body");
typedef struct { bool is_err; union { aitbc_response ok; aitbc_error err; }; } aitbc_result_response_error;
_Static_assert(sizeof(aitbc_result_response_error) == 32 && _Alignof(aitbc_result_response_error) == 4, "aitbc_result_response_error");
_Static_assert(offsetof(aitbc_result_response_error, ok) == 4, "aitbc_result_response_error.ok");
typedef struct { bool is_err; union { aitbc_string ok; aitbc_error err; }; } aitbc_result_string_error;
_Static_assert(sizeof(aitbc_result_string_error) == 20 && _Alignof(aitbc_result_string_error) == 4, "aitbc_result_string_error");
_Static_assert(offsetof(aitbc_result_string_error, ok) == 4, "aitbc_result_string_error.ok");
typedef struct { const aitbc_string *at; size_t count; } aitbc_list_string;
_Static_assert(sizeof(aitbc_list_string) == 8 && _Alignof(aitbc_list_string) == 4, "aitbc_list_string");
_Static_assert(offsetof(aitbc_list_string, at) == 0, "aitbc_list_string.at");
_Static_assert(offsetof(aitbc_list_string, count) == 4, "aitbc_list_string.count");
typedef uint8_t aitbc_stream;
enum { AITBC_STREAM_STDOUT, AITBC_STREAM_STDERR };
typedef struct { bool is_err; union { aitbc_option_list_u8 ok; aitbc_error err; }; } aitbc_result_option_list_u8_error;
_Static_assert(sizeof(aitbc_result_option_list_u8_error) == 20 && _Alignof(aitbc_result_option_list_u8_error) == 4, "aitbc_result_option_list_u8_error");
_Static_assert(offsetof(aitbc_result_option_list_u8_error, ok) == 4, "aitbc_result_option_list_u8_error.ok");
typedef struct { aitbc_string name; aitbc_string version; aitbc_string description; aitbc_string author; aitbc_string license; aitbc_option_string homepage; aitbc_option_string repository; aitbc_list_string keywords; aitbc_list_string dependencies; aitbc_option_string min_aitbc_version; aitbc_option_string max_aitbc_version; aitbc_list_string supported_platforms; } aitbc_metadata;
_Static_assert(sizeof(aitbc_metadata) == 112 && _Alignof(aitbc_metadata) == 4, "aitbc_metadata");
_Static_assert(offsetof(aitbc_metadata, name) == 0, "aitbc_metadata.name");
_Static_assert(offsetof(aitbc_metadata, version) == 8, "aitbc_metadata.version");
_Static_assert(offsetof(aitbc_metadata, description) == 16, "aitbc_metadata.description");
_Static_assert(offsetof(aitbc_metadata, author) == 24, "aitbc_metadata.author");
_Static_assert(offsetof(aitbc_metadata, license) == 32, "aitbc_metadata.license");
_Static_assert(offsetof(aitbc_metadata, homepage) == 40, "aitbc_metadata.homepage");
_Static_assert(offsetof(aitbc_metadata, repository) == 52, "aitbc_metadata.repository");
_Static_assert(offsetof(aitbc_metadata, keywords) == 64, "aitbc_metadata.keywords");
_Static_assert(offsetof(aitbc_metadata, dependencies) == 72, "aitbc_metadata.dependencies");
_Static_assert(offsetof(aitbc_metadata, min_aitbc_version) == 80, "aitbc_metadata.min_aitbc_version");
_Static_assert(offsetof(aitbc_metadata, max_aitbc_version) == 92, "aitbc_metadata.max_aitbc_version");
_Static_assert(offsetof(aitbc_metadata, supported_platforms) == 104, "aitbc_metadata.supported_platforms");
typedef struct { bool is_err; union { bool ok; aitbc_string err; }; } aitbc_result_bool_string;
_Static_assert(sizeof(aitbc_result_bool_string) == 12 && _Alignof(aitbc_result_bool_string) == 4, "aitbc_result_bool_string");
_Static_assert(offsetof(aitbc_result_bool_string, ok) == 4, "aitbc_result_bool_string.ok");
typedef struct { bool healthy; aitbc_string details; } aitbc_health;
_Static_assert(sizeof(aitbc_health) == 12 && _Alignof(aitbc_health) == 4, "aitbc_health");
_Static_assert(offsetof(aitbc_health, healthy) == 0, "aitbc_health.healthy");
_Static_assert(offsetof(aitbc_health, details) == 4, "aitbc_health.details");
typedef struct { aitbc_string topic; aitbc_string data; aitbc_string source; aitbc_string time; } aitbc_event;
_Static_assert(sizeof(aitbc_event) == 32 && _Alignof(aitbc_event) == 4, "aitbc_event");
_Static_assert(offsetof(aitbc_event, topic) == 0, "aitbc_event.topic");
_Static_assert(offsetof(aitbc_event, data) == 8, "aitbc_event.data");
_Static_assert(offsetof(aitbc_event, source) == 16, "aitbc_event.source");
_Static_assert(offsetof(aitbc_event, time) == 24, "aitbc_event.time");
typedef struct { bool is_err; union { aitbc_string err; }; } aitbc_result_none_string;
_Static_assert(sizeof(aitbc_result_none_string) == 12 && _Alignof(aitbc_result_none_string) == 4, "aitbc_result_none_string");
_Static_assert(offsetof(aitbc_result_none_string, err) == 4, "aitbc_result_none_string.err");
typedef struct { bool is_err; union { aitbc_string ok; aitbc_string err; }; } aitbc_result_string_string;
_Static_assert(sizeof(aitbc_result_string_string) == 12 && _Alignof(aitbc_result_string_string) == 4, "aitbc_result_string_string");
_Static_assert(offsetof(aitbc_result_string_string, ok) == 4, "aitbc_result_string_string.ok");
typedef struct { bool is_err; union { uint8_t ok; aitbc_string err; }; } aitbc_result_u8_string;
_Static_assert(sizeof(aitbc_result_u8_string) == 12 && _Alignof(aitbc_result_u8_string) == 4, "aitbc_result_u8_string");
_Static_assert(offsetof(aitbc_result_u8_string, ok) == 4, "aitbc_result_u8_string.ok");
typedef struct { bool is_some; uint64_t some; } aitbc_option_u64;
_Static_assert(sizeof(aitbc_option_u64) == 16 && _Alignof(aitbc_option_u64) == 8, "aitbc_option_u64");
_Static_assert(offsetof(aitbc_option_u64, some) == 8, "aitbc_option_u64.some");

/* ---- imports ---- */

__attribute__((import_module("aitbc:plugin/log@1.0.0"), import_name("write")))
void aitbc_import_log_write(int32_t level, const char *message, size_t message_size, const char *fields, size_t fields_size);
static inline void aitbc_log_write(aitbc_level level, aitbc_string message, aitbc_string fields) { aitbc_import_log_write(level, message.at, message.size, fields.at, fields.size); }
__attribute__((import_module("aitbc:plugin/config@1.0.0"), import_name("get")))
void aitbc_import_config_get(aitbc_string *result);
static inline aitbc_string aitbc_config_get(void) { aitbc_string result; aitbc_import_config_get(&result); return result; }
__attribute__((import_module("aitbc:plugin/config@1.0.0"), import_name("env")))
void aitbc_import_config_env(const char *name, size_t name_size, aitbc_result_option_string_error *result);
static inline aitbc_result_option_string_error aitbc_config_env(aitbc_string name) { aitbc_result_option_string_error result; aitbc_import_config_env(name.at, name.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/events@1.0.0"), import_name("publish")))
void aitbc_import_events_publish(const char *topic, size_t topic_size, const char *data, size_t data_size, aitbc_result_none_error *result);
static inline aitbc_result_none_error aitbc_events_publish(aitbc_string topic, aitbc_string data) { aitbc_result_none_error result; aitbc_import_events_publish(topic.at, topic.size, data.at, data.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/events@1.0.0"), import_name("subscribe")))
void aitbc_import_events_subscribe(const char *pattern, size_t pattern_size, aitbc_result_none_error *result);
static inline aitbc_result_none_error aitbc_events_subscribe(aitbc_string pattern) { aitbc_result_none_error result; aitbc_import_events_subscribe(pattern.at, pattern.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/events@1.0.0"), import_name("unsubscribe")))
void aitbc_import_events_unsubscribe(const char *pattern, size_t pattern_size, aitbc_result_none_error *result);
static inline aitbc_result_none_error aitbc_events_unsubscribe(aitbc_string pattern) { aitbc_result_none_error result; aitbc_import_events_unsubscribe(pattern.at, pattern.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/files@1.0.0"), import_name("read")))
void aitbc_import_files_read(const char *path, size_t path_size, aitbc_result_list_u8_error *result);
static inline aitbc_result_list_u8_error aitbc_files_read(aitbc_string path) { aitbc_result_list_u8_error result; aitbc_import_files_read(path.at, path.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/files@1.0.0"), import_name("write")))
void aitbc_import_files_write(const char *path, size_t path_size, const uint8_t *data, size_t data_count, int32_t mode, aitbc_result_none_error *result);
static inline aitbc_result_none_error aitbc_files_write(aitbc_string path, aitbc_list_u8 data, aitbc_mode mode) { aitbc_result_none_error result; aitbc_import_files_write(path.at, path.size, data.at, data.count, mode, &result); return result; }
__attribute__((import_module("aitbc:plugin/files@1.0.0"), import_name("stat")))
void aitbc_import_files_stat(const char *path, size_t path_size, aitbc_result_file_stat_error *result);
static inline aitbc_result_file_stat_error aitbc_files_stat(aitbc_string path) { aitbc_result_file_stat_error result; aitbc_import_files_stat(path.at, path.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/files@1.0.0"), import_name("list-folder")))
void aitbc_import_files_list_folder(const char *path, size_t path_size, aitbc_result_list_entry_error *result);
static inline aitbc_result_list_entry_error aitbc_files_list_folder(aitbc_string path) { aitbc_result_list_entry_error result; aitbc_import_files_list_folder(path.at, path.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/files@1.0.0"), import_name("make-folder")))
void aitbc_import_files_make_folder(const char *path, size_t path_size, aitbc_result_none_error *result);
static inline aitbc_result_none_error aitbc_files_make_folder(aitbc_string path) { aitbc_result_none_error result; aitbc_import_files_make_folder(path.at, path.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/files@1.0.0"), import_name("remove")))
void aitbc_import_files_remove(const char *path, size_t path_size, aitbc_result_none_error *result);
static inline aitbc_result_none_error aitbc_files_remove(aitbc_string path) { aitbc_result_none_error result; aitbc_import_files_remove(path.at, path.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/files@1.0.0"), import_name("rename")))
void aitbc_import_files_rename(const char *from, size_t from_size, const char *to, size_t to_size, aitbc_result_none_error *result);
static inline aitbc_result_none_error aitbc_files_rename(aitbc_string from, aitbc_string to) { aitbc_result_none_error result; aitbc_import_files_rename(from.at, from.size, to.at, to.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/http@1.0.0"), import_name("fetch")))
void aitbc_import_http_fetch(const char *request_method, size_t request_method_size, const char *request_url, size_t request_url_size, const aitbc_tuple_string_string *request_headers, size_t request_headers_count, int32_t request_body_is_some, const uint8_t *request_body_some, size_t request_body_some_count, aitbc_result_response_error *result);
static inline aitbc_result_response_error aitbc_http_fetch(aitbc_request request) { aitbc_result_response_error result; aitbc_import_http_fetch(request.method.at, request.method.size, request.url.at, request.url.size, request.headers.at, request.headers.count, request.body.is_some, request.body.some.at, request.body.some.count, &result); return result; }
__attribute__((import_module("aitbc:plugin/services@1.0.0"), import_name("call")))
void aitbc_import_services_call(const char *service, size_t service_size, const char *method, size_t method_size, const char *arguments, size_t arguments_size, aitbc_result_string_error *result);
static inline aitbc_result_string_error aitbc_services_call(aitbc_string service, aitbc_string method, aitbc_string arguments) { aitbc_result_string_error result; aitbc_import_services_call(service.at, service.size, method.at, method.size, arguments.at, arguments.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/services@1.0.0"), import_name("call-plugin")))
void aitbc_import_services_call_plugin(const char *plugin, size_t plugin_size, const char *method, size_t method_size, const char *arguments, size_t arguments_size, aitbc_result_string_error *result);
static inline aitbc_result_string_error aitbc_services_call_plugin(aitbc_string plugin, aitbc_string method, aitbc_string arguments) { aitbc_result_string_error result; aitbc_import_services_call_plugin(plugin.at, plugin.size, method.at, method.size, arguments.at, arguments.size, &result); return result; }
__attribute__((import_module("aitbc:plugin/services@1.0.0"), import_name("register")))
void aitbc_import_services_register(const char *service, size_t service_size, const aitbc_string *methods, size_t methods_count, aitbc_result_none_error *result);
static inline aitbc_result_none_error aitbc_services_register(aitbc_string service, aitbc_list_string methods) { aitbc_result_none_error result; aitbc_import_services_register(service.at, service.size, methods.at, methods.count, &result); return result; }
__attribute__((import_module("aitbc:plugin/terminal@1.0.0"), import_name("write")))
void aitbc_import_terminal_write(int32_t to, const uint8_t *data, size_t data_count, aitbc_result_none_error *result);
static inline aitbc_result_none_error aitbc_terminal_write(aitbc_stream to, aitbc_list_u8 data) { aitbc_result_none_error result; aitbc_import_terminal_write(to, data.at, data.count, &result); return result; }
__attribute__((import_module("aitbc:plugin/terminal@1.0.0"), import_name("read")))
void aitbc_import_terminal_read(aitbc_result_option_list_u8_error *result);
static inline aitbc_result_option_list_u8_error aitbc_terminal_read(void) { aitbc_result_option_list_u8_error result; aitbc_import_terminal_read(&result); return result; }
__attribute__((import_module("aitbc:plugin/terminal@1.0.0"), import_name("is-terminal")))
int32_t aitbc_import_terminal_is_terminal(void);
static inline bool aitbc_terminal_is_terminal(void) { return (bool)aitbc_import_terminal_is_terminal(); }
__attribute__((import_module("aitbc:plugin/terminal@1.0.0"), import_name("columns")))
int32_t aitbc_import_terminal_columns(void);
static inline uint32_t aitbc_terminal_columns(void) { return (uint32_t)aitbc_import_terminal_columns(); }

/*
 * Exports. The macro of an interface defines what it exports by functions of the plugin, which it declares. Before it AITBC_RESULT(size)
 * must give room for a result, aligned to 8, and AITBC_RELEASE() is called when the host has read it.
 */

#define AITBC_EXPORT_LIFECYCLE \
  static aitbc_metadata plugin_lifecycle_get_metadata(void); \
  __attribute__((export_name("aitbc:plugin/lifecycle@1.0.0#get-metadata"))) const aitbc_metadata *aitbc_export_lifecycle_get_metadata(void) { \
    aitbc_metadata *out = AITBC_RESULT(sizeof(aitbc_metadata)); *out = plugin_lifecycle_get_metadata(); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/lifecycle@1.0.0#get-metadata"))) void aitbc_post_lifecycle_get_metadata(const aitbc_metadata *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_string plugin_lifecycle_get_config_schema(void); \
  __attribute__((export_name("aitbc:plugin/lifecycle@1.0.0#get-config-schema"))) const aitbc_string *aitbc_export_lifecycle_get_config_schema(void) { \
    aitbc_string *out = AITBC_RESULT(sizeof(aitbc_string)); *out = plugin_lifecycle_get_config_schema(); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/lifecycle@1.0.0#get-config-schema"))) void aitbc_post_lifecycle_get_config_schema(const aitbc_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_bool_string plugin_lifecycle_initialize(void); \
  __attribute__((export_name("aitbc:plugin/lifecycle@1.0.0#initialize"))) const aitbc_result_bool_string *aitbc_export_lifecycle_initialize(void) { \
    aitbc_result_bool_string *out = AITBC_RESULT(sizeof(aitbc_result_bool_string)); *out = plugin_lifecycle_initialize(); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/lifecycle@1.0.0#initialize"))) void aitbc_post_lifecycle_initialize(const aitbc_result_bool_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_bool_string plugin_lifecycle_start(void); \
  __attribute__((export_name("aitbc:plugin/lifecycle@1.0.0#start"))) const aitbc_result_bool_string *aitbc_export_lifecycle_start(void) { \
    aitbc_result_bool_string *out = AITBC_RESULT(sizeof(aitbc_result_bool_string)); *out = plugin_lifecycle_start(); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/lifecycle@1.0.0#start"))) void aitbc_post_lifecycle_start(const aitbc_result_bool_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_bool_string plugin_lifecycle_stop(void); \
  __attribute__((export_name("aitbc:plugin/lifecycle@1.0.0#stop"))) const aitbc_result_bool_string *aitbc_export_lifecycle_stop(void) { \
    aitbc_result_bool_string *out = AITBC_RESULT(sizeof(aitbc_result_bool_string)); *out = plugin_lifecycle_stop(); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/lifecycle@1.0.0#stop"))) void aitbc_post_lifecycle_stop(const aitbc_result_bool_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_bool_string plugin_lifecycle_cleanup(void); \
  __attribute__((export_name("aitbc:plugin/lifecycle@1.0.0#cleanup"))) const aitbc_result_bool_string *aitbc_export_lifecycle_cleanup(void) { \
    aitbc_result_bool_string *out = AITBC_RESULT(sizeof(aitbc_result_bool_string)); *out = plugin_lifecycle_cleanup(); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/lifecycle@1.0.0#cleanup"))) void aitbc_post_lifecycle_cleanup(const aitbc_result_bool_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_health plugin_lifecycle_health_check(void); \
  __attribute__((export_name("aitbc:plugin/lifecycle@1.0.0#health-check"))) const aitbc_health *aitbc_export_lifecycle_health_check(void) { \
    aitbc_health *out = AITBC_RESULT(sizeof(aitbc_health)); *out = plugin_lifecycle_health_check(); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/lifecycle@1.0.0#health-check"))) void aitbc_post_lifecycle_health_check(const aitbc_health *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_none_string plugin_lifecycle_handle_event(aitbc_event event); \
  __attribute__((export_name("aitbc:plugin/lifecycle@1.0.0#handle-event"))) const aitbc_result_none_string *aitbc_export_lifecycle_handle_event(const char *event_topic, size_t event_topic_size, const char *event_data, size_t event_data_size, const char *event_source, size_t event_source_size, const char *event_time, size_t event_time_size) { \
    aitbc_result_none_string *out = AITBC_RESULT(sizeof(aitbc_result_none_string)); *out = plugin_lifecycle_handle_event((aitbc_event){ (aitbc_string){ event_topic, event_topic_size }, (aitbc_string){ event_data, event_data_size }, (aitbc_string){ event_source, event_source_size }, (aitbc_string){ event_time, event_time_size } }); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/lifecycle@1.0.0#handle-event"))) void aitbc_post_lifecycle_handle_event(const aitbc_result_none_string *result) { (void)result; AITBC_RELEASE(); }

#define AITBC_EXPORT_METHODS \
  static aitbc_list_string plugin_methods_list_methods(void); \
  __attribute__((export_name("aitbc:plugin/methods@1.0.0#list-methods"))) const aitbc_list_string *aitbc_export_methods_list_methods(void) { \
    aitbc_list_string *out = AITBC_RESULT(sizeof(aitbc_list_string)); *out = plugin_methods_list_methods(); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/methods@1.0.0#list-methods"))) void aitbc_post_methods_list_methods(const aitbc_list_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_string_string plugin_methods_call(aitbc_string method, aitbc_string arguments); \
  __attribute__((export_name("aitbc:plugin/methods@1.0.0#call"))) const aitbc_result_string_string *aitbc_export_methods_call(const char *method, size_t method_size, const char *arguments, size_t arguments_size) { \
    aitbc_result_string_string *out = AITBC_RESULT(sizeof(aitbc_result_string_string)); *out = plugin_methods_call((aitbc_string){ method, method_size }, (aitbc_string){ arguments, arguments_size }); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/methods@1.0.0#call"))) void aitbc_post_methods_call(const aitbc_result_string_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_string_string plugin_methods_call_service(aitbc_string service, aitbc_string method, aitbc_string arguments); \
  __attribute__((export_name("aitbc:plugin/methods@1.0.0#call-service"))) const aitbc_result_string_string *aitbc_export_methods_call_service(const char *service, size_t service_size, const char *method, size_t method_size, const char *arguments, size_t arguments_size) { \
    aitbc_result_string_string *out = AITBC_RESULT(sizeof(aitbc_result_string_string)); *out = plugin_methods_call_service((aitbc_string){ service, service_size }, (aitbc_string){ method, method_size }, (aitbc_string){ arguments, arguments_size }); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/methods@1.0.0#call-service"))) void aitbc_post_methods_call_service(const aitbc_result_string_string *result) { (void)result; AITBC_RELEASE(); }

#define AITBC_EXPORT_COMMANDS \
  static aitbc_result_u8_string plugin_commands_run(aitbc_string group, aitbc_string command, aitbc_string options, aitbc_list_string arguments); \
  __attribute__((export_name("aitbc:plugin/commands@1.0.0#run"))) const aitbc_result_u8_string *aitbc_export_commands_run(const char *group, size_t group_size, const char *command, size_t command_size, const char *options, size_t options_size, const aitbc_string *arguments, size_t arguments_count) { \
    aitbc_result_u8_string *out = AITBC_RESULT(sizeof(aitbc_result_u8_string)); *out = plugin_commands_run((aitbc_string){ group, group_size }, (aitbc_string){ command, command_size }, (aitbc_string){ options, options_size }, (aitbc_list_string){ arguments, arguments_count }); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/commands@1.0.0#run"))) void aitbc_post_commands_run(const aitbc_result_u8_string *result) { (void)result; AITBC_RELEASE(); }

#define AITBC_EXPORT_CHAIN \
  static aitbc_result_bool_string plugin_chain_connect(aitbc_string config); \
  __attribute__((export_name("aitbc:plugin/chain@1.0.0#connect"))) const aitbc_result_bool_string *aitbc_export_chain_connect(const char *config, size_t config_size) { \
    aitbc_result_bool_string *out = AITBC_RESULT(sizeof(aitbc_result_bool_string)); *out = plugin_chain_connect((aitbc_string){ config, config_size }); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/chain@1.0.0#connect"))) void aitbc_post_chain_connect(const aitbc_result_bool_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_string_string plugin_chain_get_balance(aitbc_string address); \
  __attribute__((export_name("aitbc:plugin/chain@1.0.0#get-balance"))) const aitbc_result_string_string *aitbc_export_chain_get_balance(const char *address, size_t address_size) { \
    aitbc_result_string_string *out = AITBC_RESULT(sizeof(aitbc_result_string_string)); *out = plugin_chain_get_balance((aitbc_string){ address, address_size }); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/chain@1.0.0#get-balance"))) void aitbc_post_chain_get_balance(const aitbc_result_string_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_string_string plugin_chain_send_transaction(aitbc_string transaction); \
  __attribute__((export_name("aitbc:plugin/chain@1.0.0#send-transaction"))) const aitbc_result_string_string *aitbc_export_chain_send_transaction(const char *transaction, size_t transaction_size) { \
    aitbc_result_string_string *out = AITBC_RESULT(sizeof(aitbc_result_string_string)); *out = plugin_chain_send_transaction((aitbc_string){ transaction, transaction_size }); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/chain@1.0.0#send-transaction"))) void aitbc_post_chain_send_transaction(const aitbc_result_string_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_string_string plugin_chain_get_contract_events(aitbc_string address, aitbc_string event_name, aitbc_option_u64 from_block); \
  __attribute__((export_name("aitbc:plugin/chain@1.0.0#get-contract-events"))) const aitbc_result_string_string *aitbc_export_chain_get_contract_events(const char *address, size_t address_size, const char *event_name, size_t event_name_size, int32_t from_block_is_some, int64_t from_block_some) { \
    aitbc_result_string_string *out = AITBC_RESULT(sizeof(aitbc_result_string_string)); *out = plugin_chain_get_contract_events((aitbc_string){ address, address_size }, (aitbc_string){ event_name, event_name_size }, (aitbc_option_u64){ (bool)from_block_is_some, (uint64_t)from_block_some }); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/chain@1.0.0#get-contract-events"))) void aitbc_post_chain_get_contract_events(const aitbc_result_string_string *result) { (void)result; AITBC_RELEASE(); }

#define AITBC_EXPORT_MODEL \
  static aitbc_result_string_string plugin_model_predict(aitbc_string input); \
  __attribute__((export_name("aitbc:plugin/model@1.0.0#predict"))) const aitbc_result_string_string *aitbc_export_model_predict(const char *input, size_t input_size) { \
    aitbc_result_string_string *out = AITBC_RESULT(sizeof(aitbc_result_string_string)); *out = plugin_model_predict((aitbc_string){ input, input_size }); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/model@1.0.0#predict"))) void aitbc_post_model_predict(const aitbc_result_string_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_bool_string plugin_model_train(aitbc_string data); \
  __attribute__((export_name("aitbc:plugin/model@1.0.0#train"))) const aitbc_result_bool_string *aitbc_export_model_train(const char *data, size_t data_size) { \
    aitbc_result_bool_string *out = AITBC_RESULT(sizeof(aitbc_result_bool_string)); *out = plugin_model_train((aitbc_string){ data, data_size }); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/model@1.0.0#train"))) void aitbc_post_model_train(const aitbc_result_bool_string *result) { (void)result; AITBC_RELEASE(); } \
  static aitbc_result_string_string plugin_model_get_model_info(void); \
  __attribute__((export_name("aitbc:plugin/model@1.0.0#get-model-info"))) const aitbc_result_string_string *aitbc_export_model_get_model_info(void) { \
    aitbc_result_string_string *out = AITBC_RESULT(sizeof(aitbc_result_string_string)); *out = plugin_model_get_model_info(); return out; \
  } \
  __attribute__((export_name("cabi_post_aitbc:plugin/model@1.0.0#get-model-info"))) void aitbc_post_model_get_model_info(const aitbc_result_string_string *result) { (void)result; AITBC_RELEASE(); }

#endif
