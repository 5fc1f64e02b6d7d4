/** The four levels of a log, in the order of their weight. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevelName = (typeof LOG_LEVELS)[number];

/** Limits that hold inside the guest, by their keys in the config; `requests`: those under way. */
export const GUEST_LIMITS = ['message', 'log_rate', 'event_rate', 'timers', 'requests'] as const;
export type GuestLimit = (typeof GUEST_LIMITS)[number];

/**
 * Every frame between host and runtime process, both directions. A frame is its kind, the plugin's number (0: the process
 * itself), an id, and a payload: encoded text (`encodeValue`) with byte arrays, or raw bytes.
 */
export const FRAME = {
  // Host to runtime process.
  library: 1,
  open: 2,
  dispose: 3,
  ping: 4,
  /** id: the call. Text: `[op, args]`. */
  call: 5,
  /** id: the call. */
  abortCall: 6,
  /** id: the request. Text: the value; flag in the message: a body follows as a stream. */
  response: 7,
  responseWithBody: 8,
  /** id: the request. Text: WireFailure. */
  failure: 9,

  // Streams, both directions; id: the request whose body it is. The sender of a direction sends chunk, end, fail.
  chunk: 16,
  end: 17,
  fail: 18,
  /** Payload: u32, bytes the reader takes in addition. */
  credit: 19,
  cancel: 20,

  // Runtime process to host.
  ready: 32,
  opened: 33,
  /** Text: WireGone. The isolate is no more; nothing of it follows. */
  gone: 34,
  pong: 35,
  /** id: the call. Text: the value. */
  result: 36,
  /** id: the call. Text: WireThrown. */
  thrown: 37,
  /** id: the request. Text: `[op, args, call]`. */
  request: 38,
  requestWithBody: 39,
  /** id: the request. */
  abortRequest: 40,
  /** Text: `[level, message, fields]`. */
  log: 41,
  /** An isolate does not end: the host ends the process. Text: WireGone. */
  stuck: 42,
  /** id: the call with events. Text: `[count, thrown]`: so many more are handled; with a text (WireThrown), the last failed. */
  handled: 43,
  /** Text: `[limit, times]`: the plugin passed a limit of its own so many times more. */
  passed: 44,
} as const;

/** Payload of `open`, beside the script and core modules as attachments. */
export interface WireOpen {
  readonly name: string;
  readonly version: string;
  /** Of the script: what a code cache is trusted with. */
  readonly digest: string;
  readonly config: string;
  readonly configBytes: number;
  readonly env: Readonly<Record<string, string | null>>;
  readonly limits: WireLimits;
  readonly kind: 'module' | 'component';
  /** Names of the core modules. */
  readonly modules: readonly string[];
}

/** The part of a plugin's limits that the runtime process enforces. */
export interface WireLimits {
  readonly memory: number;
  readonly cpu: number;
  readonly message: number;
  readonly logRate: number;
  readonly eventRate: number;
  readonly timers: number;
}

/** Why an isolate ended. Facts alone: the host chooses code and words. */
export interface WireGone {
  readonly why: 'disposed' | 'memory' | 'cpu' | 'terminated' | 'compile' | 'boot' | 'protocol' | 'catastrophe';
  readonly detail: string;
}

export interface WireReady {
  readonly pid: number;
  readonly node: string;
}

/** What a ping brings back: `[plugin, cpu in ms, memory in bytes, timers, pending requests]` of each isolate. */
export interface WirePong {
  readonly isolates: readonly (readonly [number, number, number, number, number])[];
}

/** A failed host call, written inside the guest. `kind` is the guest's bootstrap speaking, never the plugin. */
export interface WireThrown {
  readonly kind: 'threw' | 'value' | 'method' | 'metadata' | 'state' | 'limit';
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** The `code` property of what the plugin threw; empty where it is no string. */
  readonly code: string;
}

/** What the host answers to a request it refuses or that failed. */
export interface WireFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly data: Readonly<Record<string, string | number | boolean>>;
}
