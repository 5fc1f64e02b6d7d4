/**
 * What passes between an isolate and the runtime process around it. Out: `kind,id,flag` SEPARATOR payload, several joined
 * by MESSAGE_SEPARATOR; JSON text contains neither, and a guest that forges them forges messages of its own alone. In: a JSON
 * array of `[kind, id, flag, number of byte arrays, payload]`, the byte arrays beside it. Kinds are FRAME's, and these.
 */
export const SEPARATOR = '\u0001';
export const MESSAGE_SEPARATOR = '\u0002';

export const LOCAL = {
  /** Out. id: milliseconds until the guest wants to be entered for its timers. Payload: how many there are; 0: don't enter. */
  arm: 100,
  /** In: timers are due. */
  timers: 101,
  /** In. The plugin's function comes beside it. */
  define: 102,
  /** Out: the guest wants to be entered again after what waits. In: here it is. */
  again: 103,
} as const;

/** What the bootstrap is started with. */
export interface Boot {
  readonly name: string;
  readonly version: string;
  /** Encoded value. */
  readonly config: string;
  readonly configBytes: number;
  readonly env: Readonly<Record<string, string | null>>;
  readonly limits: {
    readonly message: number;
    readonly logRate: number;
    readonly eventRate: number;
    readonly timers: number;
  };
  readonly kind: 'module' | 'component';
  /** Names of a component's core modules, whose bytes follow those of the config. */
  readonly modules: readonly string[];
}

/** What arrived while the isolate stood still: as `enter` takes it. */
export type Arrived = readonly [messages: string, ...extras: Uint8Array[]];

/** The isolate's only ways out; seen by the bootstrap alone. */
export interface Bridge {
  readonly post: (messages: string) => void;
  /** One message with its byte arrays. */
  readonly postBytes: (message: string, ...bytes: Uint8Array[]) => void;
  readonly native: (op: string, ...args: unknown[]) => unknown;
  /** For components: stands still until messages other than calls arrive, or until so many milliseconds have passed. */
  readonly wait: { applySyncPromise(self: undefined, args: readonly [ms: number]): Arrived } | undefined;
  readonly boot: Boot;
  readonly configBytes: readonly Uint8Array[];
  readonly moduleBytes: Uint8Array[];
  /** Set by the bootstrap: every entry into the isolate. */
  enter: ((messages: string, ...extras: unknown[]) => void) | undefined;
}
