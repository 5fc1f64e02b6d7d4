import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What a path answers: a body (200, a type by its extension), or a handler that does as it likes. */
export type Routes = Record<string, string | Uint8Array | Handler>;

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface TestServer extends AsyncDisposable {
  /** Without a slash at its end: `http://127.0.0.1:40123`. */
  readonly url: string;
  /** `127.0.0.1:40123`. */
  readonly host: string;
  readonly port: number;
  /** Every request that arrived, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Live: tests may change them between requests. */
  readonly routes: Routes;
  /** Ends open connections too. */
  close(): Promise<void>;
}

export interface ServeOptions {
  /** PEM: serves https. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Name in `url`; it listens on 127.0.0.1 in any case. */
  readonly hostname?: string;
  readonly port?: number;
}

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/\.(ts|tsx|mts)$/, 'application/typescript'],
  [/\.(js|mjs|jsx)$/, 'text/javascript'],
  [/\.json$/, 'application/json'],
  [/\.wasm$/, 'application/wasm'],
  [/\.(tgz|gz)$/, 'application/gzip'],
  [/\.html$/, 'text/html; charset=utf-8'],
];

/** A real HTTP server on loopback: `await using server = await serve({ '/mod.ts': 'export default 1' })`. */
export async function serve(routes: Routes | Handler, options: ServeOptions = {}): Promise<TestServer> {
  const requests: RecordedRequest[] = [];
  const table: Routes = typeof routes === 'function' ? {} : routes;
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? '/';
    requests.push({ method: request.method ?? 'GET', path, headers: request.headers });
    const route = typeof routes === 'function' ? routes : (table[path] ?? table[path.replace(/\?.*$/, '')]);
    answer(route, path, request, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  const port = await listen(server, options.port ?? 0);
  const close = (): Promise<void> => stop(server);
  const host = `${options.hostname ?? '127.0.0.1'}:${port}`;
  const url = `${options.tls ? 'https' : 'http'}://${host}`;
  return { url, host, port, requests, routes: table, close, [Symbol.asyncDispose]: close };
}

async function answer(
  route: Routes[string] | undefined,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (typeof route === 'function') return route(request, response);
  if (route === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
    return;
  }
  const type = TYPES.find(([pattern]) => pattern.test(path.replace(/\?.*$/, '')))?.[1] ?? 'text/plain';
  const body = typeof route === 'string' ? Buffer.from(route) : route;
  response.writeHead(200, { 'content-type': type, 'content-length': body.byteLength }).end(body);
}

/** Listens on 127.0.0.1 and says on which port. */
export function listen(
  server: { listen: Server['listen']; address: Server['address'] } & NodeJS.EventEmitter,
  port = 0,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A port of loopback on which nothing listens. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await stop(server);
  return port;
}
