// aitbc:plugin@1.0.0 for AssemblyScript. A plugin extends `Plugin` and gives one to `serve`; its entry exports `worlds/plugin`. All that the
// host gives is in wit.ts, which is generated from runtime/wit; here is what makes it pleasant to use.
import {
  Event, Exported, Health, Level, Lifecycle, Metadata, Methods, Mode, Request, ResultBoolString, ResultListU8Error,
  ResultNoneError, ResultNoneString, ResultResponseError, ResultStringString, WitError,
  configGet, eventsPublish, eventsSubscribe, filesRead, filesWrite, httpFetch, logWrite,
} from "./wit";

export { Level, WitError };

/** What a call answers: a value as JSON, or why it failed. */
export class Outcome {
  constructor(
    public failed: bool,
    public text: string,
  ) {}
  static ok(value: string): Outcome {
    return new Outcome(false, value);
  }
  static fail(reason: string): Outcome {
    return new Outcome(true, reason);
  }
  /** With what the host refused. */
  static refused(error: WitError): Outcome {
    return new Outcome(true, error.code + ": " + error.message);
  }
}

// What the host gives.

export function log(level: Level, message: string): void {
  logWrite(level, message, "{}");
}

export function config(): string {
  return configGet();
}

export function publish(topic: string, data: string): ResultNoneError {
  return eventsPublish(topic, data);
}

export function subscribe(pattern: string): ResultNoneError {
  return eventsSubscribe(pattern);
}

export function readFile(path: string): ResultListU8Error {
  return filesRead(path);
}

/** Replaces the file, atomically. */
export function writeFile(path: string, data: ArrayBuffer): ResultNoneError {
  return filesWrite(path, data, Mode.Replace);
}

export function get(url: string): ResultResponseError {
  return httpFetch(new Request("GET", url, [], null));
}

// What a plugin gives.

export abstract class Plugin {
  constructor(
    public name: string,
    public description: string,
    public methods: string[],
  ) {}
  start(): Outcome {
    return Outcome.ok("");
  }
  handleEvent(topic: string, data: string): Outcome {
    return Outcome.ok("");
  }
  /** `args` is a JSON array; so is what it answers JSON. */
  abstract call(method: string, args: string): Outcome;
}

/** From now on the exports of the world `plugin` are those of `plugin`. */
export function serve(plugin: Plugin): void {
  Exported.lifecycle = new PluginLifecycle(plugin);
  Exported.methods = new PluginMethods(plugin);
}

function accepted(outcome: Outcome): ResultBoolString {
  return outcome.failed ? ResultBoolString.fail(outcome.text) : ResultBoolString.of(true);
}

class PluginLifecycle extends Lifecycle {
  constructor(private plugin: Plugin) {
    super();
  }
  getMetadata(): Metadata {
    const plugin = this.plugin;
    return new Metadata(
      plugin.name, "1.0.0", plugin.description, "The AITBC Plugins authors", "MIT",
      null, null, [], [], null, null, [],
    );
  }
  getConfigSchema(): string {
    return "{}";
  }
  initialize(): ResultBoolString {
    return ResultBoolString.of(true);
  }
  start(): ResultBoolString {
    return accepted(this.plugin.start());
  }
  stop(): ResultBoolString {
    return ResultBoolString.of(true);
  }
  cleanup(): ResultBoolString {
    return ResultBoolString.of(true);
  }
  healthCheck(): Health {
    return new Health(true, "{}");
  }
  handleEvent(event: Event): ResultNoneString {
    const outcome = this.plugin.handleEvent(event.topic, event.data);
    return outcome.failed ? ResultNoneString.fail(outcome.text) : ResultNoneString.of();
  }
}

class PluginMethods extends Methods {
  constructor(private plugin: Plugin) {
    super();
  }
  listMethods(): string[] {
    return this.plugin.methods;
  }
  call(method: string, args: string): ResultStringString {
    const outcome = this.plugin.call(method, args);
    return outcome.failed ? ResultStringString.fail(outcome.text) : ResultStringString.of(outcome.text);
  }
  callService(service: string, method: string, args: string): ResultStringString {
    return ResultStringString.fail("no service");
  }
}
