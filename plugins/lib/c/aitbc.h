/*
 * aitbc:plugin@1.0.0 for C: the canonical ABI of runtime/wit, by hand, for one plugin in one translation unit.
 *
 * Memory. What the host passes in and what an export returns live in an arena that is emptied when the host has read the
 * result (cabi_post_*); keep nothing of it. What must outlive a call belongs into static storage or malloc().
 */
#ifndef AITBC_H
#define AITBC_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct { const char *at; size_t size; } text;
#define TEXT(literal) ((text){ (literal), sizeof(literal) - 1 })

/* ---- the arena: blocks of malloc, of which one stays ---- */

typedef struct block { struct block *before; size_t size, used; } block;
#define BLOCK_SIZE ((size_t)1 << 16)
static block *arena;

static void *arena_take(size_t size, size_t align) {
  if (arena) {
    size_t start = (arena->used + align - 1) & ~(align - 1);
    if (start <= arena->size && size <= arena->size - start) {
      arena->used = start + size;
      return (char *)(arena + 1) + start;
    }
  }
  size_t needed = size < BLOCK_SIZE ? BLOCK_SIZE : size;
  block *fresh = needed < SIZE_MAX - sizeof(block) ? malloc(sizeof(block) + needed) : NULL;
  if (!fresh) __builtin_trap();
  *fresh = (block){ arena, needed, size };
  arena = fresh;
  return fresh + 1;
}

static void arena_reset(void) {
  while (arena && (arena->before || arena->size > BLOCK_SIZE)) {
    block *before = arena->before;
    free(arena);
    arena = before;
  }
  if (arena) arena->used = 0;
}

__attribute__((export_name("cabi_realloc")))
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  void *fresh = arena_take(size, align);
  if (old) memcpy(fresh, old, old_size < size ? old_size : size);
  return fresh;
}

/* ---- text ---- */

static bool text_is(text a, const char *b) { return a.size == strlen(b) && memcmp(a.at, b, a.size) == 0; }

static text text_join(const text *parts, size_t count) {
  size_t size = 0;
  for (size_t i = 0; i < count; i++) size += parts[i].size;
  char *at = arena_take(size, 1);
  size_t used = 0;
  for (size_t i = 0; i < count; i++) { memcpy(at + used, parts[i].at, parts[i].size); used += parts[i].size; }
  return (text){ at, size };
}
#define JOIN(...) text_join((const text[]){ __VA_ARGS__ }, sizeof((const text[]){ __VA_ARGS__ }) / sizeof(text))

static text text_number(uint32_t value) {
  char digits[10];
  size_t count = 0;
  do digits[count++] = (char)('0' + value % 10); while (value /= 10);
  char *at = arena_take(count, 1);
  for (size_t i = 0; i < count; i++) at[i] = digits[count - 1 - i];
  return (text){ at, count };
}

/* ---- what the host gives (imports) ---- */

#define HOST(interface, name) __attribute__((import_module("aitbc:plugin/" interface "@1.0.0"), import_name(name)))

typedef struct { text code, message; } host_error;
typedef struct { uint8_t failed; host_error error; } host_done;
typedef struct { uint8_t failed; union { text value; host_error error; }; } host_text;
typedef struct { uint16_t status; text url, headers, body; } http_response;
typedef struct { uint8_t failed; union { http_response response; host_error error; }; } host_response;

enum { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum { FILE_REPLACE, FILE_CREATE, FILE_APPEND };

HOST("log", "write") void host_log_write(int32_t, const char *, size_t, const char *, size_t);
HOST("config", "get") void host_config_get(text *);
HOST("events", "publish") void host_events_publish(const char *, size_t, const char *, size_t, host_done *);
HOST("events", "subscribe") void host_events_subscribe(const char *, size_t, host_done *);
HOST("files", "read") void host_files_read(const char *, size_t, host_text *);
HOST("files", "write") void host_files_write(const char *, size_t, const char *, size_t, int32_t, host_done *);
HOST("http", "fetch") void host_http_fetch(const char *, size_t, const char *, size_t, const void *, size_t,
                                           int32_t, const char *, size_t, host_response *);

static void log_write(int level, text message) { host_log_write(level, message.at, message.size, "{}", 2); }
static text config_get(void) { text result; host_config_get(&result); return result; }
static host_done events_publish(text topic, text data) {
  host_done result; host_events_publish(topic.at, topic.size, data.at, data.size, &result); return result;
}
static host_done events_subscribe(text pattern) {
  host_done result; host_events_subscribe(pattern.at, pattern.size, &result); return result;
}
static host_text files_read(text path) { host_text result; host_files_read(path.at, path.size, &result); return result; }
static host_done files_write(text path, text data, int mode) {
  host_done result; host_files_write(path.at, path.size, data.at, data.size, mode, &result); return result;
}
static host_response http_get(text url) {
  host_response result;
  host_http_fetch("GET", 3, url.at, url.size, NULL, 0, 0, NULL, 0, &result);
  return result;
}

/* ---- what a plugin gives (exports): fill in these four and metadata ---- */

typedef struct { uint8_t failed; union { uint8_t value; text error; }; } plugin_bool;
typedef struct { uint8_t failed; text value; } plugin_text; /* value, or the error's text */
typedef struct { uint8_t failed; text error; } plugin_done;
typedef struct { uint8_t some; text value; } maybe_text;
typedef struct { const text *at; size_t count; } text_list;
typedef struct {
  text name, version, description, author, license;
  maybe_text homepage, repository;
  text_list keywords, dependencies;
  maybe_text min_aitbc_version, max_aitbc_version;
  text_list supported_platforms;
} plugin_metadata;

static plugin_metadata metadata;
static plugin_bool plugin_start(void);
static plugin_done plugin_event(text topic, text data);
static plugin_text plugin_call(text method, text arguments);
static text_list plugin_methods(void);

static plugin_text ok_text(text value) { return (plugin_text){ 0, value }; }
static plugin_text failed_text(text reason) { return (plugin_text){ 1, reason }; }

#define EXPORT(interface, name) __attribute__((export_name("aitbc:plugin/" interface "@1.0.0#" name)))
#define AFTER(interface, name) __attribute__((export_name("cabi_post_aitbc:plugin/" interface "@1.0.0#" name)))
#define RETURN(type, value) do { type *out = arena_take(sizeof(type), 8); *out = (value); return out; } while (0)
#define RESET_AFTER(interface, name, id) AFTER(interface, name) void after_##id(const void *unused) { (void)unused; arena_reset(); }

static const plugin_bool YES = { 0, { .value = 1 } };

EXPORT("lifecycle", "get-metadata") const plugin_metadata *export_metadata(void) { return &metadata; }
EXPORT("lifecycle", "get-config-schema") const text *export_schema(void) { RETURN(text, TEXT("{}")); }
EXPORT("lifecycle", "initialize") const plugin_bool *export_initialize(void) { return &YES; }
EXPORT("lifecycle", "start") const plugin_bool *export_start(void) { RETURN(plugin_bool, plugin_start()); }
EXPORT("lifecycle", "stop") const plugin_bool *export_stop(void) { return &YES; }
EXPORT("lifecycle", "cleanup") const plugin_bool *export_cleanup(void) { return &YES; }
typedef struct { uint8_t healthy; text details; } plugin_health;
EXPORT("lifecycle", "health-check") const plugin_health *export_health(void) {
  RETURN(plugin_health, ((plugin_health){ 1, TEXT("{}") }));
}
EXPORT("lifecycle", "handle-event") const plugin_done *export_event(
    const char *topic, size_t topic_size, const char *data, size_t data_size,
    const char *source, size_t source_size, const char *time, size_t time_size) {
  (void)source, (void)source_size, (void)time, (void)time_size;
  RETURN(plugin_done, plugin_event((text){ topic, topic_size }, (text){ data, data_size }));
}
EXPORT("methods", "list-methods") const text_list *export_methods(void) { RETURN(text_list, plugin_methods()); }
EXPORT("methods", "call") const plugin_text *export_call(
    const char *method, size_t method_size, const char *arguments, size_t arguments_size) {
  RETURN(plugin_text, plugin_call((text){ method, method_size }, (text){ arguments, arguments_size }));
}
EXPORT("methods", "call-service") const plugin_text *export_service(
    const char *service, size_t service_size, const char *method, size_t method_size,
    const char *arguments, size_t arguments_size) {
  (void)service, (void)service_size, (void)method, (void)method_size, (void)arguments, (void)arguments_size;
  RETURN(plugin_text, failed_text(TEXT("no service")));
}
RESET_AFTER("lifecycle", "get-config-schema", schema)
RESET_AFTER("lifecycle", "start", start)
RESET_AFTER("lifecycle", "health-check", health)
RESET_AFTER("lifecycle", "handle-event", event)
RESET_AFTER("methods", "list-methods", methods)
RESET_AFTER("methods", "call", call)
RESET_AFTER("methods", "call-service", service)
#endif
