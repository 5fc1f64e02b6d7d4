/*
 * aitbc:plugin@1.0.0 for C, for one plugin in one translation unit. Types, imports and exports are those of aitbc_wit.h, which is
 * generated from runtime/wit; here is what makes them pleasant to use.
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
#include "aitbc_wit.h"

typedef aitbc_string text;
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

/* ---- what the host gives: all of aitbc_wit.h, and for what is used most ---- */

static void log_write(aitbc_level level, text message) { aitbc_log_write(level, message, TEXT("{}")); }
static aitbc_list_u8 bytes_of(text given) { return (aitbc_list_u8){ (const uint8_t *)given.at, given.size }; }
/* Bytes that are UTF-8. */
static text text_of(aitbc_list_u8 bytes) { return (text){ (const char *)bytes.at, bytes.count }; }
static aitbc_result_response_error http_get(text url) {
  return aitbc_http_fetch((aitbc_request){ .method = TEXT("GET"), .url = url });
}

/* ---- what a plugin gives: fill in metadata and these four; the exports of `plugin` are made of them ---- */

static aitbc_metadata metadata;
static aitbc_result_bool_string plugin_start(void);
static aitbc_result_none_string plugin_event(text topic, text data);
static aitbc_result_string_string plugin_call(text method, text arguments);
static aitbc_list_string plugin_methods(void);

static const aitbc_result_bool_string YES = { false, { .ok = true } };
static aitbc_result_string_string ok_text(text value) { return (aitbc_result_string_string){ false, { .ok = value } }; }
static aitbc_result_string_string failed_text(text reason) { return (aitbc_result_string_string){ true, { .err = reason } }; }

#define AITBC_RESULT(size) arena_take((size), 8)
#define AITBC_RELEASE() arena_reset()
AITBC_EXPORT_LIFECYCLE
AITBC_EXPORT_METHODS

static aitbc_metadata plugin_lifecycle_get_metadata(void) { return metadata; }
static text plugin_lifecycle_get_config_schema(void) { return TEXT("{}"); }
static aitbc_result_bool_string plugin_lifecycle_initialize(void) { return YES; }
static aitbc_result_bool_string plugin_lifecycle_start(void) { return plugin_start(); }
static aitbc_result_bool_string plugin_lifecycle_stop(void) { return YES; }
static aitbc_result_bool_string plugin_lifecycle_cleanup(void) { return YES; }
static aitbc_health plugin_lifecycle_health_check(void) { return (aitbc_health){ true, TEXT("{}") }; }
static aitbc_result_none_string plugin_lifecycle_handle_event(aitbc_event event) { return plugin_event(event.topic, event.data); }
static aitbc_list_string plugin_methods_list_methods(void) { return plugin_methods(); }
static aitbc_result_string_string plugin_methods_call(text method, text arguments) { return plugin_call(method, arguments); }
static aitbc_result_string_string plugin_methods_call_service(text service, text method, text arguments) {
  (void)service, (void)method, (void)arguments;
  return failed_text(TEXT("no service"));
}
#endif
