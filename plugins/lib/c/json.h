/* As much JSON as a plugin's arguments need: find an item, decode a string, quote one. The host sends valid JSON. */
#ifndef JSON_H
#define JSON_H
#include "aitbc.h"

static size_t json_space(text json, size_t at) {
  while (at < json.size && strchr(" \t\r\n", json.at[at])) at++;
  return at;
}

/* The end of the value that begins at `at`. */
static size_t json_end(text json, size_t at) {
  size_t depth = 0;
  for (; at < json.size; at++) {
    char c = json.at[at];
    if (c == '"') {
      for (at++; at < json.size && json.at[at] != '"'; at++) if (json.at[at] == '\\') at++;
      if (depth == 0) return at + 1;
    } else if (c == '[' || c == '{') depth++;
    else if (c == ']' || c == '}') { if (depth == 0) return at; if (--depth == 0) return at + 1; }
    else if (depth == 0 && (c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n')) return at;
  }
  return at;
}

/* Item `index` of an array, as JSON; size 0 where there is none. */
static text json_item(text array, size_t index) {
  size_t at = json_space(array, 1);
  for (; at < array.size && array.at[at] != ']'; index--) {
    size_t end = json_end(array, at);
    if (index == 0) return (text){ array.at + at, end - at };
    at = json_space(array, end);
    if (at < array.size && array.at[at] == ',') at = json_space(array, at + 1);
  }
  return (text){ "", 0 };
}

/* The member `name` of an object, as JSON; size 0 where there is none. */
static text json_member(text object, const char *name) {
  size_t at = json_space(object, 1);
  while (at < object.size && object.at[at] == '"') {
    size_t end = json_end(object, at);
    bool found = text_is((text){ object.at + at + 1, end - at - 2 }, name);
    at = json_space(object, json_space(object, end) + 1);
    end = json_end(object, at);
    if (found) return (text){ object.at + at, end - at };
    at = json_space(object, end);
    if (at < object.size && object.at[at] == ',') at = json_space(object, at + 1);
  }
  return (text){ "", 0 };
}

static uint32_t json_hex4(const char *at) {
  uint32_t value = 0;
  for (int i = 0; i < 4; i++) {
    char c = at[i];
    value = value * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
  }
  return value;
}

static size_t utf8_put(char *to, uint32_t code) {
  if (code < 0x80) return to[0] = (char)code, 1;
  if (code < 0x800) return to[0] = (char)(0xc0 | code >> 6), to[1] = (char)(0x80 | (code & 63)), 2;
  if (code < 0x10000)
    return to[0] = (char)(0xe0 | code >> 12), to[1] = (char)(0x80 | (code >> 6 & 63)), to[2] = (char)(0x80 | (code & 63)), 3;
  to[0] = (char)(0xf0 | code >> 18), to[1] = (char)(0x80 | (code >> 12 & 63));
  to[2] = (char)(0x80 | (code >> 6 & 63)), to[3] = (char)(0x80 | (code & 63));
  return 4;
}

/* A JSON string's text; size 0 and no address where the value is no string. A lone surrogate becomes U+FFFD. */
static text json_string(text json) {
  if (json.size < 2 || json.at[0] != '"') return (text){ NULL, 0 };
  char *to = arena_take(json.size, 1);
  size_t used = 0;
  for (size_t i = 1; i + 1 < json.size; i++) {
    if (json.at[i] != '\\') { to[used++] = json.at[i]; continue; }
    char c = json.at[++i];
    const char *plain = "\"\"\\\\//b\bf\fn\nr\rt\t";
    if (c != 'u') {
      for (const char *pair = plain; *pair; pair += 2) if (pair[0] == c) to[used++] = pair[1];
      continue;
    }
    uint32_t code = json_hex4(json.at + i + 1);
    i += 4;
    if (code >> 10 == 0x36 && i + 6 < json.size && json.at[i + 1] == '\\' && json.at[i + 2] == 'u') {
      uint32_t low = json_hex4(json.at + i + 3);
      if (low >> 10 == 0x37) { code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff); i += 6; }
    }
    used += utf8_put(to + used, code >> 11 == 0x1b ? 0xfffd : code);
  }
  return (text){ to, used };
}

static text json_quote(text value) {
  static const char hex[] = "0123456789abcdef";
  size_t size = 2;
  for (size_t i = 0; i < value.size; i++) {
    unsigned char c = (unsigned char)value.at[i];
    size += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
  }
  char *to = arena_take(size, 1);
  size_t used = 0;
  to[used++] = '"';
  for (size_t i = 0; i < value.size; i++) {
    unsigned char c = (unsigned char)value.at[i];
    if (c == '"' || c == '\\') { to[used++] = '\\'; to[used++] = (char)c; }
    else if (c >= 0x20) to[used++] = (char)c;
    else { memcpy(to + used, "\\u00", 4); to[used + 4] = hex[c >> 4]; to[used + 5] = hex[c & 15]; used += 6; }
  }
  to[used++] = '"';
  return (text){ to, used };
}
#endif
