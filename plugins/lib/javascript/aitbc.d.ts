// Generated from runtime/wit by scripts/wit-bindings.ts: do not edit.

declare module 'aitbc:plugin/chain@1.0.0' {
  export function connect(config: Json): boolean;
  /**
   * A JSON object; amounts in it are decimal numbers as text, since balances pass what a float holds.
   */
  export function getBalance(address: string): Json;
  /**
   * The transaction's hash.
   */
  export function sendTransaction(transaction: Json): string;
  /**
   * A JSON array.
   */
  export function getContractEvents(address: string, eventName: string, fromBlock: bigint | undefined): Json;
  export type Json = import('aitbc:plugin/types@1.0.0').Json;
}

declare module 'aitbc:plugin/commands@1.0.0' {
  /**
   * The handler of a command that the manifest names. `options` is a JSON object by camelCase name; `arguments` are the
   * positional ones. The result is the exit status, 0 to 125; `err` is 1 with its text on stderr.
   */
  export function run(group: string, command: string, options: Json, args: Array<string>): number;
  export type Json = import('aitbc:plugin/types@1.0.0').Json;
}

declare module 'aitbc:plugin/config@1.0.0' {
  /**
   * The plugin's config: a JSON object, validated against its schema, defaults filled in. The same through the life
   * of an instance.
   */
  export function get(): Json;
  /**
   * A granted environment variable (`permissions.env`); none where it is granted and not set.
   */
  export function env(name: string): string | undefined;
  export type Json = import('aitbc:plugin/types@1.0.0').Json;
  export type Error = import('aitbc:plugin/types@1.0.0').Error;
}

declare module 'aitbc:plugin/events@1.0.0' {
  /**
   * Needs `permissions.events.publish`. Returns when the host has accepted it, not when subscribers have handled it.
   */
  export function publish(topic: string, data: Json): void;
  /**
   * Needs `permissions.events.subscribe`. `*` stands for one word, `#` for the rest. Events arrive at
   * `lifecycle.handle-event`.
   */
  export function subscribe(pattern: string): void;
  export function unsubscribe(pattern: string): void;
  export type Json = import('aitbc:plugin/types@1.0.0').Json;
  export type Error = import('aitbc:plugin/types@1.0.0').Error;
}

declare module 'aitbc:plugin/files@1.0.0' {
  export function read(path: string): Uint8Array;
  export function write(path: string, data: Uint8Array, mode: Mode): void;
  export function stat(path: string): FileStat;
  export function listFolder(path: string): Array<Entry>;
  /**
   * With its parents; fine where it exists.
   */
  export function makeFolder(path: string): void;
  /**
   * A file, or a folder with all that is in it; fine where there is none.
   */
  export function remove(path: string): void;
  export function rename(from: string, to: string): void;
  export type Error = import('aitbc:plugin/types@1.0.0').Error;
  /**
   * # Variants
   *
   * ## `"file"`
   *
   * ## `"folder"`
   *
   * ## `"link"`
   *
   * ## `"other"`
   */
  export type Kind = 'file' | 'folder' | 'link' | 'other';
  /**
   * # Variants
   *
   * ## `"replace"`
   *
   * Replaces the file, atomically: a reader sees the old or the new bytes.
   * ## `"create"`
   *
   * Fails with `EEXIST` where there is one.
   * ## `"append"`
   */
  export type Mode = 'replace' | 'create' | 'append';
  export interface FileStat {
    kind: Kind,
    /**
     * Bytes.
     */
    size: bigint,
    /**
     * Milliseconds since the epoch.
     */
    modified: bigint,
  }
  export interface Entry {
    name: string,
    kind: Kind,
  }
}

declare module 'aitbc:plugin/http@1.0.0' {
  /**
   * Blocks this plugin alone. A status of 400 or more is a response, not an error.
   */
  export function fetch(request: Request): Response;
  export type Error = import('aitbc:plugin/types@1.0.0').Error;
  export type Headers = Array<[string, string]>;
  export interface Request {
    method: string,
    url: string,
    headers: Headers,
    body?: Uint8Array,
  }
  export interface Response {
    status: number,
    /**
     * After redirects.
     */
    url: string,
    headers: Headers,
    body: Uint8Array,
  }
}

declare module 'aitbc:plugin/lifecycle@1.0.0' {
  export function getMetadata(): Metadata;
  /**
   * JSON Schema, draft-07, of the plugin's config; "{}" takes any.
   */
  export function getConfigSchema(): Json;
  /**
   * `ok(false)`: the plugin refuses. `err`: it failed, with the reason.
   */
  export function initialize(): boolean;
  export function start(): boolean;
  export function stop(): boolean;
  export function cleanup(): boolean;
  export function healthCheck(): Health;
  /**
   * A broadcast, or an event of a subscription. An event comes once, however many patterns match.
   */
  export function handleEvent(event: Event): void;
  export type Json = import('aitbc:plugin/types@1.0.0').Json;
  export type Metadata = import('aitbc:plugin/types@1.0.0').Metadata;
  export type Event = import('aitbc:plugin/types@1.0.0').Event;
  export interface Health {
    healthy: boolean,
    /**
     * A JSON object of the plugin's own.
     */
    details: Json,
  }
}

declare module 'aitbc:plugin/log@1.0.0' {
  /**
   * `fields` is a JSON object of data that belongs to the message, or "{}". Lines over the plugin's log rate are dropped
   * and counted.
   */
  export function write(level: Level, message: string, fields: Json): void;
  export type Json = import('aitbc:plugin/types@1.0.0').Json;
  /**
   * # Variants
   *
   * ## `"debug"`
   *
   * ## `"info"`
   *
   * ## `"warn"`
   *
   * ## `"error"`
   */
  export type Level = 'debug' | 'info' | 'warn' | 'error';
}

declare module 'aitbc:plugin/methods@1.0.0' {
  /**
   * Names that `call` takes.
   */
  export function listMethods(): Array<string>;
  /**
   * `arguments` is a JSON array. An unknown method is `err`.
   */
  export function call(method: string, args: Json): Json;
  /**
   * A method of a service that the plugin registered.
   */
  export function callService(service: string, method: string, args: Json): Json;
  export type Json = import('aitbc:plugin/types@1.0.0').Json;
}

declare module 'aitbc:plugin/model@1.0.0' {
  export function predict(input: Json): Json;
  /**
   * A JSON array of training examples.
   */
  export function train(data: Json): boolean;
  export function getModelInfo(): Json;
  export type Json = import('aitbc:plugin/types@1.0.0').Json;
}

declare module 'aitbc:plugin/services@1.0.0' {
  /**
   * Needs `permissions.services`. `arguments` is a JSON array.
   */
  export function call(service: string, method: string, args: Json): Json;
  /**
   * A public method of a declared dependency. `arguments` is a JSON array.
   */
  export function callPlugin(plugin: string, method: string, args: Json): Json;
  /**
   * Offers methods under a name; they are called through `methods.call-service`.
   */
  export function register(service: string, methods: Array<string>): void;
  export type Json = import('aitbc:plugin/types@1.0.0').Json;
  export type Error = import('aitbc:plugin/types@1.0.0').Error;
}

declare module 'aitbc:plugin/terminal@1.0.0' {
  export function write(to: Stream, data: Uint8Array): void;
  /**
   * The next bytes of stdin; none at its end.
   */
  export function read(): Uint8Array | undefined;
  export function isTerminal(): boolean;
  export function columns(): number;
  export type Error = import('aitbc:plugin/types@1.0.0').Error;
  /**
   * # Variants
   *
   * ## `"stdout"`
   *
   * ## `"stderr"`
   */
  export type Stream = 'stdout' | 'stderr';
}

declare module 'aitbc:plugin/types@1.0.0' {
  /**
   * JSON text. An empty string is not JSON; "null" is.
   */
  export type Json = string;
  /**
   * What a host function refuses with.
   */
  export interface Error {
    /**
     * A stable code: `ERR_PERMISSION_DENIED`, `ERR_LIMIT_RATE`, …, or a file's `ENOENT`, `EEXIST`, ….
     */
    code: string,
    /**
     * For people: what was refused, and what would grant it.
     */
    message: string,
  }
  /**
   * Who the plugin is. Must agree with its manifest (the custom section `aitbc:manifest`).
   */
  export interface Metadata {
    name: string,
    /**
     * Semantic version.
     */
    version: string,
    description: string,
    author: string,
    /**
     * SPDX expression.
     */
    license: string,
    homepage?: string,
    repository?: string,
    keywords: Array<string>,
    /**
     * `name` or `name@range`.
     */
    dependencies: Array<string>,
    minAitbcVersion?: string,
    maxAitbcVersion?: string,
    /**
     * `linux`, `darwin`, `win32`, or with the processor: `linux-x64`. Empty: all.
     */
    supportedPlatforms: Array<string>,
  }
  /**
   * An event as a subscriber gets it.
   */
  export interface Event {
    /**
     * The topic: words joined by dots.
     */
    topic: string,
    data: Json,
    /**
     * The publishing plugin's name, or `host`.
     */
    source: string,
    /**
     * ISO 8601, UTC.
     */
    time: string,
  }
}
