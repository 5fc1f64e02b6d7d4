/* The notebook plugin in C: keeps notes in /data, and uses all that the host gives. Same methods in every language. */
#include "../../lib/c/json.h"

static aitbc_metadata metadata = {
  .name = TEXT("notebook-c"), .version = TEXT("1.0.0"), .description = TEXT("Keeps notes, in C"),
  .author = TEXT("The AITBC Plugins authors"), .license = TEXT("MIT"),
};

static char heard[1 << 15];
static size_t heard_size, heard_count;

static aitbc_result_string_string refused(aitbc_error error) { return failed_text(JOIN(error.code, TEXT(": "), error.message)); }

static aitbc_result_bool_string plugin_start(void) {
  aitbc_result_none_error done = aitbc_events_subscribe(TEXT("notes.#"));
  if (done.is_err) return (aitbc_result_bool_string){ true, { .err = done.err.message } };
  log_write(AITBC_LEVEL_INFO, TEXT("notebook is open"));
  return YES;
}

static aitbc_result_none_string plugin_event(text topic, text data) {
  (void)data;
  text quoted = json_quote(topic);
  if (heard_count == 100 || heard_size + quoted.size + 1 > sizeof heard)
    return (aitbc_result_none_string){ true, { .err = TEXT("too many events") } };
  heard_count++;
  if (heard_size > 0) heard[heard_size++] = ',';
  memcpy(heard + heard_size, quoted.at, quoted.size);
  heard_size += quoted.size;
  return (aitbc_result_none_string){ 0 };
}

static text path_of(text name) { return JOIN(TEXT("/data/"), name, TEXT(".txt")); }

/* greet(name): the config's greeting and the name. */
static aitbc_result_string_string greet(text arguments) {
  text greeting = json_string(json_member(aitbc_config_get(), "greeting"));
  if (!greeting.at) greeting = TEXT("Hello");
  return ok_text(json_quote(JOIN(greeting, TEXT(", "), json_string(json_item(arguments, 0)), TEXT("!"))));
}

/* write(name, text): keeps a note, logs it, and publishes `notes.written`; the note's size in bytes. */
static aitbc_result_string_string write(text arguments) {
  text name = json_string(json_item(arguments, 0)), note = json_string(json_item(arguments, 1));
  aitbc_result_none_error done = aitbc_files_write(path_of(name), bytes_of(note), AITBC_MODE_REPLACE);
  if (done.is_err) return refused(done.err);
  log_write(AITBC_LEVEL_INFO, JOIN(TEXT("wrote "), name));
  done = aitbc_events_publish(TEXT("notes.written"), JOIN(TEXT("{\"name\":"), json_quote(name), TEXT("}")));
  if (done.is_err) return refused(done.err);
  return ok_text(text_number((uint32_t)note.size));
}

/* read(name): the note, or null. */
static aitbc_result_string_string read(text arguments) {
  aitbc_result_list_u8_error note = aitbc_files_read(path_of(json_string(json_item(arguments, 0))));
  if (!note.is_err) return ok_text(json_quote(text_of(note.ok)));
  return text_is(note.err.code, "ENOENT") ? ok_text(TEXT("null")) : refused(note.err);
}

/* fetch(url): {status, body}. */
static aitbc_result_string_string fetch(text arguments) {
  aitbc_result_response_error got = http_get(json_string(json_item(arguments, 0)));
  if (got.is_err) return refused(got.err);
  return ok_text(JOIN(TEXT("{\"status\":"), text_number(got.ok.status), TEXT(",\"body\":"),
                      json_quote(text_of(got.ok.body)), TEXT("}")));
}

/* heard(): the topics of the events that came. */
static aitbc_result_string_string list_heard(text arguments) {
  (void)arguments;
  return ok_text(JOIN(TEXT("["), ((text){ heard, heard_size }), TEXT("]")));
}

/* echo(value): the same value. */
static aitbc_result_string_string echo(text arguments) {
  text value = json_item(arguments, 0);
  return ok_text(value.size ? value : TEXT("null"));
}

/* fail(reason): always fails. */
static aitbc_result_string_string fail(text arguments) { return failed_text(json_string(json_item(arguments, 0))); }

static const struct { text name; aitbc_result_string_string (*run)(text arguments); } methods[] = {
  { TEXT("greet"), greet }, { TEXT("write"), write }, { TEXT("read"), read }, { TEXT("fetch"), fetch },
  { TEXT("heard"), list_heard }, { TEXT("echo"), echo }, { TEXT("fail"), fail },
};
#define METHODS (sizeof methods / sizeof *methods)

static aitbc_list_string plugin_methods(void) {
  text *names = arena_take(sizeof(text) * METHODS, 8);
  for (size_t i = 0; i < METHODS; i++) names[i] = methods[i].name;
  return (aitbc_list_string){ names, METHODS };
}

static aitbc_result_string_string plugin_call(text method, text arguments) {
  for (size_t i = 0; i < METHODS; i++)
    if (methods[i].name.size == method.size && memcmp(methods[i].name.at, method.at, method.size) == 0)
      return methods[i].run(arguments);
  return failed_text(JOIN(TEXT("no method "), method));
}
