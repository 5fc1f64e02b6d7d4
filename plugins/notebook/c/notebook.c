/* The notebook plugin in C: keeps notes in /data, and uses all that the host gives. Same methods in every language. */
#include "../../lib/c/json.h"

static plugin_metadata metadata = {
  .name = TEXT("notebook-c"), .version = TEXT("1.0.0"), .description = TEXT("Keeps notes, in C"),
  .author = TEXT("The AITBC Plugins authors"), .license = TEXT("MIT"),
};

static char heard[1 << 15];
static size_t heard_size, heard_count;

static plugin_text refused(host_error error) { return failed_text(JOIN(error.code, TEXT(": "), error.message)); }

static plugin_bool plugin_start(void) {
  host_done done = events_subscribe(TEXT("notes.#"));
  if (done.failed) return (plugin_bool){ 1, { .error = done.error.message } };
  log_write(LOG_INFO, TEXT("notebook is open"));
  return YES;
}

static plugin_done plugin_event(text topic, text data) {
  (void)data;
  text quoted = json_quote(topic);
  if (heard_count == 100 || heard_size + quoted.size + 1 > sizeof heard)
    return (plugin_done){ 1, TEXT("too many events") };
  heard_count++;
  if (heard_size > 0) heard[heard_size++] = ',';
  memcpy(heard + heard_size, quoted.at, quoted.size);
  heard_size += quoted.size;
  return (plugin_done){ 0, { 0 } };
}

static text path_of(text name) { return JOIN(TEXT("/data/"), name, TEXT(".txt")); }

/* greet(name): the config's greeting and the name. */
static plugin_text greet(text arguments) {
  text greeting = json_string(json_member(config_get(), "greeting"));
  if (!greeting.at) greeting = TEXT("Hello");
  return ok_text(json_quote(JOIN(greeting, TEXT(", "), json_string(json_item(arguments, 0)), TEXT("!"))));
}

/* write(name, text): keeps a note, logs it, and publishes `notes.written`; the note's size in bytes. */
static plugin_text write(text arguments) {
  text name = json_string(json_item(arguments, 0)), note = json_string(json_item(arguments, 1));
  host_done done = files_write(path_of(name), note, FILE_REPLACE);
  if (done.failed) return refused(done.error);
  log_write(LOG_INFO, JOIN(TEXT("wrote "), name));
  done = events_publish(TEXT("notes.written"), JOIN(TEXT("{\"name\":"), json_quote(name), TEXT("}")));
  if (done.failed) return refused(done.error);
  return ok_text(text_number((uint32_t)note.size));
}

/* read(name): the note, or null. */
static plugin_text read(text arguments) {
  host_text note = files_read(path_of(json_string(json_item(arguments, 0))));
  if (!note.failed) return ok_text(json_quote(note.value));
  return text_is(note.error.code, "ENOENT") ? ok_text(TEXT("null")) : refused(note.error);
}

/* fetch(url): {status, body}. */
static plugin_text fetch(text arguments) {
  host_response got = http_get(json_string(json_item(arguments, 0)));
  if (got.failed) return refused(got.error);
  return ok_text(JOIN(TEXT("{\"status\":"), text_number(got.response.status), TEXT(",\"body\":"),
                      json_quote(got.response.body), TEXT("}")));
}

/* heard(): the topics of the events that came. */
static plugin_text list_heard(text arguments) {
  (void)arguments;
  return ok_text(JOIN(TEXT("["), ((text){ heard, heard_size }), TEXT("]")));
}

/* echo(value): the same value. */
static plugin_text echo(text arguments) {
  text value = json_item(arguments, 0);
  return ok_text(value.size ? value : TEXT("null"));
}

/* fail(reason): always fails. */
static plugin_text fail(text arguments) { return failed_text(json_string(json_item(arguments, 0))); }

static const struct { text name; plugin_text (*run)(text arguments); } methods[] = {
  { TEXT("greet"), greet }, { TEXT("write"), write }, { TEXT("read"), read }, { TEXT("fetch"), fetch },
  { TEXT("heard"), list_heard }, { TEXT("echo"), echo }, { TEXT("fail"), fail },
};
#define METHODS (sizeof methods / sizeof *methods)

static text_list plugin_methods(void) {
  text *names = arena_take(sizeof(text) * METHODS, 8);
  for (size_t i = 0; i < METHODS; i++) names[i] = methods[i].name;
  return (text_list){ names, METHODS };
}

static plugin_text plugin_call(text method, text arguments) {
  for (size_t i = 0; i < METHODS; i++)
    if (methods[i].name.size == method.size && memcmp(methods[i].name.at, method.at, method.size) == 0)
      return methods[i].run(arguments);
  return failed_text(JOIN(TEXT("no method "), method));
}
