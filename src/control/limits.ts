/** Bytes of one request: the longest permissions a config may have fit, a flood doesn't. */
export const MAX_REQUEST = 1_048_576;
/** Bytes of one answer that a client takes. */
export const MAX_ANSWER = 64 * 1_048_576;
export const MAX_CLIENTS = 64;
/** Requests of one client that are under way. */
export const MAX_REQUESTS = 16;
/** Bytes that wait for a client that does not read; from here on entries of its streams are dropped and counted. */
export const MAX_BACKLOG = 1_048_576;
