/**
 * Every limit of the protocol, with the attack it stops. Limits of one plugin (`Limits` of the config) apply inside
 * the runtime process first; these hold for the connection, whatever a runtime process has become.
 */

/** Bytes of one frame without its length: a peer that announces more never gets the memory for it. */
export const MAX_FRAME = 52 * 1024 * 1024;

/** Characters and bytes of one message; `limits.message` is clamped to it, since text takes up to three bytes each. */
export const MAX_MESSAGE = 16 * 1024 * 1024;

/** Values in one message: small ones cost their reader a hundred times what their text takes. */
export const MAX_VALUES = 250_000;
/** As how many values an object, an array and each member count: names are looked up, and many shapes are slow to make. */
export const MEMBER_VALUES = 4;

/** Digits of a bigint: reading one takes more than linear time. */
export const MAX_DIGITS = 10_000;

/** Byte arrays in one message: their number is chosen by the peer, and each costs an allocation. */
export const MAX_ATTACHMENTS = 1_024;

/** Levels of nesting in one value: consumers recurse, and a stack overflow in the host is the host's crash. */
export const MAX_DEPTH = 96;

/** Bytes of one chunk of a stream: the unit of fairness between plugins of one process. */
export const STREAM_CHUNK = 64 * 1024;

/** Bytes of a stream that may be under way without the reader having asked for more. */
export const STREAM_WINDOW = 256 * 1024;

/** Requests of one plugin under way: each holds a promise, a signal and perhaps a socket in the host. */
export const MAX_PENDING_REQUESTS = 512;

/** What they may take together, in messages of `limits.message`: the host holds the arguments of each. */
export const MAX_PENDING_MESSAGES = 8;

/** Characters of one log entry's message: the host's log is not the plugin's storage. */
export const MAX_LOG_MESSAGE = 8_192;
/** Characters of one log entry with its fields. */
export const MAX_LOG_ENTRY = 32 * 1024;

/** Characters of an error's name, message and stack: errors are shown and logged. */
export const MAX_ERROR_MESSAGE = 8_192;
export const MAX_ERROR_STACK = 16_384;

/** A runtime process that says nothing for so long has a blocked main loop. Milliseconds. */
export const HEARTBEAT_INTERVAL = 1_000;
export const HEARTBEAT_GRACE = 5_000;

/** From spawn to `ready`. Milliseconds; generous, since a loaded machine is not an attack. */
export const HANDSHAKE_TIMEOUT = 20_000;

/** After the isolate was told to end: what still runs then ends with its process. Milliseconds. */
export const DISPOSE_GRACE = 400;

/** After that the host waits no longer for the runtime process to say so. Milliseconds. */
export const DISPOSE_DEADLINE = 5_000;
