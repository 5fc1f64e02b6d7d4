import { AREA, FREE, type WatPlugin } from './wat.ts';

/** As much of WASI's own WIT as the plugin below uses; a component's types of WASI are its own. */
export const WASI_WIT = `
package wasi:io@0.2.3 {
  interface error { resource error; }
  interface poll { resource pollable { block: func(); } }
  interface streams {
    use error.{error};
    variant stream-error { last-operation-failed(error), closed }
    resource input-stream { blocking-read: func(len: u64) -> result<list<u8>, stream-error>; }
    resource output-stream { blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>; }
  }
}
package wasi:http@0.2.3 {
  interface types {
    use wasi:io/streams@0.2.3.{input-stream, output-stream};
    use wasi:io/poll@0.2.3.{pollable};
    variant method { get, post, other(string) }
    variant scheme { HTTP, HTTPS, other(string) }
    variant error-code {
      HTTP-request-denied, connection-refused, HTTP-response-timeout, connection-read-timeout, connection-limit-reached,
      HTTP-request-body-size, connection-terminated, connection-timeout, internal-error(option<string>),
    }
    resource fields { constructor(); }
    resource outgoing-body {
      write: func() -> result<output-stream>;
      finish: static func(this: outgoing-body, trailers: option<fields>) -> result<_, error-code>;
    }
    resource outgoing-request {
      constructor(headers: fields);
      set-method: func(method: method) -> result;
      set-scheme: func(scheme: option<scheme>) -> result;
      set-authority: func(authority: option<string>) -> result;
      set-path-with-query: func(path: option<string>) -> result;
      body: func() -> result<outgoing-body>;
    }
    resource request-options {
      constructor();
      set-first-byte-timeout: func(duration: option<u64>) -> result;
      set-between-bytes-timeout: func(duration: option<u64>) -> result;
    }
    resource incoming-body { %stream: func() -> result<input-stream>; }
    resource incoming-response { status: func() -> u16; consume: func() -> result<incoming-body>; }
    resource future-incoming-response {
      subscribe: func() -> pollable;
      get: func() -> option<result<result<incoming-response, error-code>>>;
    }
  }
  interface outgoing-handler {
    use types.{outgoing-request, request-options, future-incoming-response, error-code};
    handle: func(request: outgoing-request, options: option<request-options>) -> result<future-incoming-response, error-code>;
  }
}
`;

const PATHS = ['/page', '/upload', '/silent', '/drip', '/moved', '/large'] as const;
const pathAt = (path: (typeof PATHS)[number]): string =>
  `(i32.const ${FREE + PATHS.indexOf(path) * 16}) (i32.const ${path.length})`;
const SECOND = 1_000_000_000;
/** Chunks of 64 KiB in the body of an upload. */
export const CHUNKS = 48;

const imported = (module: string, name: string, id: string, type: string): string =>
  `(import "wasi:${module}@0.2.3" "${name}" (func $${id} ${type}))`;
const types = (name: string, id: string, type: string): string => imported('http/types', name, id, type);

/**
 * Its methods take `host:port`. They give the bytes of the answer for status 200, else the status; 800 where the body fails, and 900
 * and more by the number of the error code.
 */
export const HTTP_PLUGIN: WatPlugin = {
  name: 'client',
  imports: [
    types('[constructor]fields', 'fields', '(result i32)'),
    types('[constructor]outgoing-request', 'request', '(param i32) (result i32)'),
    types('[method]outgoing-request.set-method', 'setMethod', '(param i32 i32 i32 i32) (result i32)'),
    types('[method]outgoing-request.set-scheme', 'setScheme', '(param i32 i32 i32 i32 i32) (result i32)'),
    types('[method]outgoing-request.set-authority', 'setAuthority', '(param i32 i32 i32 i32) (result i32)'),
    types('[method]outgoing-request.set-path-with-query', 'setPath', '(param i32 i32 i32 i32) (result i32)'),
    types('[method]outgoing-request.body', 'body', '(param i32 i32)'),
    types('[method]outgoing-body.write', 'write', '(param i32 i32)'),
    types('[static]outgoing-body.finish', 'finish', '(param i32 i32 i32 i32)'),
    types('[constructor]request-options', 'options', '(result i32)'),
    types('[method]request-options.set-first-byte-timeout', 'setFirst', '(param i32 i32 i64) (result i32)'),
    types('[method]request-options.set-between-bytes-timeout', 'setBetween', '(param i32 i32 i64) (result i32)'),
    types('[method]future-incoming-response.subscribe', 'subscribe', '(param i32) (result i32)'),
    types('[method]future-incoming-response.get', 'get', '(param i32 i32)'),
    types('[method]incoming-response.status', 'status', '(param i32) (result i32)'),
    types('[method]incoming-response.consume', 'consume', '(param i32 i32)'),
    types('[method]incoming-body.stream', 'stream', '(param i32 i32)'),
    imported('io/poll', '[method]pollable.block', 'block', '(param i32)'),
    imported('io/streams', '[method]input-stream.blocking-read', 'read', '(param i32 i64 i32)'),
    imported('io/streams', '[method]output-stream.blocking-write-and-flush', 'put', '(param i32 i32 i32 i32)'),
    imported('io/streams', '[resource-drop]output-stream', 'drop_stream', '(param i32)'),
    imported('http/outgoing-handler', 'handle', 'handle', '(param i32 i32 i32 i32)'),
  ].join('\n'),
  methods: {
    page: call('/page', 0),
    upload: call('/upload', 1),
    silent: call('/silent', 0),
    drip: call('/drip', 0),
    moved: call('/moved', 0),
    large: call('/large', 0),
  },
  more: `
  ${PATHS.map((path, at) => `(data (i32.const ${FREE + at * 16}) "${path}")`).join('\n')}
  (func $number (param $value i32) (result i32)
    (local $at i32)
    (local.set $at (i32.const ${AREA + 40}))
    (loop $more
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
      (local.set $value (i32.div_u (local.get $value) (i32.const 10)))
      (br_if $more (local.get $value)))
    (call $text (i32.const 0) (local.get $at) (i32.sub (i32.const ${AREA + 40}) (local.get $at))))
  (func $fetch (param $a i32) (param $al i32) (param $p i32) (param $pl i32) (param $post i32) (result i32)
    (local $request i32) (local $body i32) (local $out i32) (local $left i32) (local $options i32) (local $r i32) (local $size i32)
    (local.set $r (i32.const ${AREA + 128}))
    (local.set $request (call $request (call $fields)))
    (drop (call $setMethod (local.get $request) (local.get $post) (i32.const 0) (i32.const 0)))
    (drop (call $setScheme (local.get $request) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $setAuthority (local.get $request) (i32.const 1) (local.get $a) (local.get $al)))
    (drop (call $setPath (local.get $request) (i32.const 1) (local.get $p) (local.get $pl)))
    (local.set $options (call $options))
    (drop (call $setFirst (local.get $options) (i32.const 1) (i64.const ${SECOND / 2})))
    (drop (call $setBetween (local.get $options) (i32.const 1) (i64.const ${SECOND / 2})))
    (if (local.get $post) (then
      (call $body (local.get $request) (local.get $r))
      (local.set $body (i32.load offset=4 (local.get $r)))
      (call $write (local.get $body) (local.get $r))
      (local.set $out (i32.load offset=4 (local.get $r)))))
    (call $handle (local.get $request) (i32.const 1) (local.get $options) (local.get $r))
    (if (i32.load8_u (local.get $r)) (then (return (call $number (i32.add (i32.const 900) (i32.load8_u offset=4 (local.get $r)))))))
    (local.set $request (i32.load offset=4 (local.get $r)))
    (if (local.get $post) (then
      (local.set $left (i32.const ${CHUNKS}))
      (loop $more
        (call $put (local.get $out) (i32.const 0) (i32.const 65536) (local.get $r))
        (if (i32.load8_u (local.get $r)) (then (return (call $number (i32.const 700)))))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $more (local.get $left)))
      (call $drop_stream (local.get $out))
      (call $finish (local.get $body) (i32.const 0) (i32.const 0) (local.get $r))))
    (call $block (call $subscribe (local.get $request)))
    (call $get (local.get $request) (local.get $r))
    (if (i32.load8_u offset=8 (local.get $r)) (then (return (call $number (i32.add (i32.const 900) (i32.load8_u offset=12 (local.get $r)))))))
    (local.set $request (i32.load offset=12 (local.get $r)))
    (if (i32.ne (call $status (local.get $request)) (i32.const 200)) (then (return (call $number (call $status (local.get $request))))))
    (call $consume (local.get $request) (local.get $r))
    (call $stream (i32.load offset=4 (local.get $r)) (local.get $r))
    (local.set $body (i32.load offset=4 (local.get $r)))
    (loop $more
      (call $read (local.get $body) (i64.const 65536) (local.get $r))
      (if (i32.eqz (i32.load8_u (local.get $r))) (then
        (local.set $size (i32.add (local.get $size) (i32.load offset=8 (local.get $r))))
        (br $more))))
    (if (i32.eqz (i32.load8_u offset=4 (local.get $r))) (then (return (call $number (i32.const 800)))))
    (call $number (local.get $size)))`,
};

function call(path: (typeof PATHS)[number], post: 0 | 1): string {
  return `(call $fetch (i32.add (local.get $a) (i32.const 2)) (i32.sub (local.get $al) (i32.const 4)) ${pathAt(path)} (i32.const ${post}))`;
}
