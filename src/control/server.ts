/**
 * The control socket of a running host. Guarantees that one host alone listens for a data folder, that nothing is done for
 * a request before its size and shape were checked, and that a slow or hostile client costs the others nothing. Trusts whoever
 * may open the socket: its mode is 0600, in a folder that is the host's.
 */
import { chmod, mkdir, unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { PluginError, isPluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { codeOf } from '../core/system-error.ts';
import { withFileLock } from '../lock/file-lock.ts';
import { controlAddress, controlFile } from './address.ts';
import { connectControl } from './client.ts';
import { wireError } from './errors.ts';
import { LineReader } from './lines.ts';
import { MAX_BACKLOG, MAX_CLIENTS, MAX_REQUEST, MAX_REQUESTS } from './limits.ts';
import { readRequest, type Request } from './protocol.ts';

export interface RequestIo {
  /** Aborted when the client goes, or the server closes. */
  readonly signal: AbortSignal;
  /** One more item of a stream; false: the client does not keep up, and this one was dropped. */
  item(item: object): boolean;
}

export interface ControlServerOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** What a request is answered with, or what it throws. */
  readonly serve: (request: Request, io: RequestIo) => Promise<object>;
}

export interface ControlServer {
  readonly file: string;
  /** Ends every connection and removes the socket. Idempotent. */
  close(): Promise<void>;
}

/** @throws ERR_STATE when another host serves this data folder */
export async function listenControl(options: ControlServerOptions): Promise<ControlServer> {
  const { dataDir } = options;
  const file = controlFile(dataDir);
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    if (clients.size >= MAX_CLIENTS) {
      socket.on('error', () => undefined);
      const error = new PluginError('ERR_LIMIT_RATE', `Cannot answer: ${MAX_CLIENTS} clients are connected`);
      socket.end(`${JSON.stringify({ id: null, ok: false, error: wireError(error) })}\n`);
      return;
    }
    clients.add(socket);
    socket.once('close', () => clients.delete(socket));
    serveClient(socket, options);
  });
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const address = controlAddress(dataDir);
  try {
    if (process.platform === 'win32') await bind(server, address.path);
    else {
      await withFileLock(file, async () => {
        await removeStale(dataDir, address.path);
        await bind(server, address.path);
      });
    }
  } catch (error) {
    address.release();
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw otherHost(dataDir, undefined);
  }
  server.unref();
  server.on('error', (error) => options.logger.log('error', 'the control socket failed', { error }));
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const client of clients) client.destroy();
    await closed;
    address.release();
  };
  return { file, close: () => (closing ??= close()) };
}

/** Made with no rights for others from its first moment on. */
async function bind(server: Server, path: string): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
  });
  // The socket is made before `listen` returns.
  const before = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await listening;
  if (process.platform !== 'win32') await chmod(path, 0o600);
}

/** A socket nobody answers at is what a killed host left. */
async function removeStale(dataDir: string, path: string): Promise<void> {
  let client;
  try {
    client = await connectControl(dataDir);
  } catch (error) {
    if (!isPluginError(error, 'ERR_NO_HOST')) throw error;
    await unlink(path).catch((problem: unknown) => {
      if (codeOf(problem) !== 'ENOENT') throw problem;
    });
    return;
  }
  const host = await client.request('host', {}).catch(() => ({}));
  client.close();
  const { pid } = host as { pid?: unknown };
  throw otherHost(dataDir, typeof pid === 'number' ? pid : undefined);
}

function otherHost(dataDir: string, pid: number | undefined): PluginError {
  return new PluginError(
    'ERR_STATE',
    `Cannot start: a host runs with this data folder already${pid === undefined ? '' : `, process ${pid}`}`,
    {
      details: { 'data folder': dataDir, ...(pid === undefined ? {} : { pid }) },
      hint: 'aitbc reload   (lets that host take the config anew)\nor give this one a folder of its own: aitbc start --data-dir <folder>',
    },
  );
}

function serveClient(socket: Socket, { serve, logger }: ControlServerOptions): void {
  const gone = new AbortController();
  const lines = new LineReader(MAX_REQUEST);
  let running = 0;
  const send = (message: object): void => {
    if (socket.writable) socket.write(`${JSON.stringify(message, jsonValue)}\n`);
  };
  const fail = (id: number | null, error: unknown): void => send({ id, ok: false, error: wireError(error) });

  const answer = async (request: Request): Promise<void> => {
    const { id } = request;
    running += 1;
    try {
      const item = (value: object): boolean => {
        if (socket.writableLength > MAX_BACKLOG) return false;
        send({ id, item: value });
        return true;
      };
      send({ id, ok: true, data: await serve(request, { signal: gone.signal, item }) });
    } catch (error) {
      if (gone.signal.aborted) return;
      if (!isPluginError(error)) logger.log('error', `the control request "${request.op}" failed`, { error });
      fail(id, error);
    } finally {
      running -= 1;
    }
  };

  const take = (line: string): void => {
    try {
      const request = readRequest(line);
      if (running >= MAX_REQUESTS) {
        const { id } = request;
        fail(id, new PluginError('ERR_LIMIT_RATE', `Cannot answer: ${MAX_REQUESTS} requests are under way`));
      } else void answer(request);
    } catch (error) {
      const id = isPluginError(error) ? error.details['id'] : undefined;
      fail(typeof id === 'number' ? id : null, error);
    }
  };

  socket.on('data', (chunk: Buffer) => {
    // Who sends and never reads waits for its own answers.
    if (socket.writableLength > MAX_BACKLOG * 16) {
      socket.destroy();
      return;
    }
    try {
      for (const line of lines.push(chunk)) take(line);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      fail(null, new PluginError('ERR_LIMIT_RATE', `Cannot read a control request: ${error.message}`));
      socket.destroySoon();
    }
  });
  // Its end is all there is to know of a client that failed.
  socket.on('error', () => undefined);
  socket.once('close', () => gone.abort(new PluginError('ERR_ABORTED', 'Cannot go on: the client is gone')));
}

/** What JSON has no word for. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map) return Object.fromEntries(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
