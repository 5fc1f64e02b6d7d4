// The notebook plugin in AssemblyScript: keeps notes in /data, and uses all that the host gives. Same methods in every language.
import { Level, Outcome, Plugin, config, get, log, publish, readFile, subscribe, writeFile } from "../../lib/assemblyscript/aitbc";
import { decode, item, member, quote } from "../../lib/assemblyscript/json";

const METHODS = ["greet", "write", "read", "fetch", "heard", "echo", "fail"];

const heardTopics: string[] = [];

export class Notebook extends Plugin {
  constructor() {
    super("notebook-assemblyscript", "Keeps notes, in AssemblyScript", METHODS);
  }

  start(): Outcome {
    const subscribed = subscribe("notes.#");
    if (subscribed.isErr) return Outcome.refused(subscribed.err!);
    log(Level.Info, "notebook is open");
    return Outcome.ok("");
  }

  handleEvent(topic: string, data: string): Outcome {
    if (heardTopics.length == 100) return Outcome.fail("too many events");
    heardTopics.push(topic);
    return Outcome.ok("");
  }

  call(method: string, args: string): Outcome {
    if (method == "greet") return greet(args);
    if (method == "write") return write(args);
    if (method == "read") return read(args);
    if (method == "fetch") return fetch(args);
    if (method == "heard") return heard();
    if (method == "echo") return echo(args);
    if (method == "fail") return Outcome.fail(decode(item(args, 0)));
    return Outcome.fail("no method " + method);
  }
}

/** The config's greeting and the name. */
function greet(args: string): Outcome {
  const greeting = member(config(), "greeting");
  const first = greeting.length > 0 ? decode(greeting) : "Hello";
  return Outcome.ok(quote(first + ", " + decode(item(args, 0)) + "!"));
}

function pathOf(name: string): string {
  return "/data/" + name + ".txt";
}

/** Keeps a note, logs it, and publishes `notes.written`; the note's size in bytes. */
function write(args: string): Outcome {
  const name = decode(item(args, 0));
  const note = String.UTF8.encode(decode(item(args, 1)));
  const written = writeFile(pathOf(name), note);
  if (written.isErr) return Outcome.refused(written.err!);
  log(Level.Info, "wrote " + name);
  const published = publish("notes.written", '{"name":' + quote(name) + "}");
  if (published.isErr) return Outcome.refused(published.err!);
  return Outcome.ok(note.byteLength.toString());
}

/** The note, or null. */
function read(args: string): Outcome {
  const note = readFile(pathOf(decode(item(args, 0))));
  if (!note.isErr) return Outcome.ok(quote(String.UTF8.decode(note.ok!)));
  const error = note.err!;
  return error.code == "ENOENT" ? Outcome.ok("null") : Outcome.refused(error);
}

/** {status, body}. */
function fetch(args: string): Outcome {
  const got = get(decode(item(args, 0)));
  if (got.isErr) return Outcome.refused(got.err!);
  const response = got.ok!;
  return Outcome.ok('{"status":' + response.status.toString() + ',"body":' + quote(String.UTF8.decode(response.body)) + "}");
}

/** The topics of the events that came. */
function heard(): Outcome {
  const quoted = heardTopics.map<string>((topic) => quote(topic));
  return Outcome.ok("[" + quoted.join(",") + "]");
}

/** The same value. */
function echo(args: string): Outcome {
  const value = item(args, 0);
  return Outcome.ok(value.length > 0 ? value : "null");
}
