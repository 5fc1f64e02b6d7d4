/**
 * The other end of the control socket: asks a running host. Trusts the host to be this user's, as the socket's folder says,
 * and no further than sizes and shapes go.
 */
import { createConnection, type Socket } from 'node:net';
import { PluginError } from '../core/errors.ts';
import { codeOf } from '../core/system-error.ts';
import { controlAddress, controlFile } from './address.ts';
import { readError } from './errors.ts';
import { LineReader } from './lines.ts';
import { MAX_ANSWER } from './limits.ts';
import { isRecord, type ControlOp, type ControlRequests } from './protocol.ts';

export interface ControlClient {
  /** Resolves to the answer's data, after every item. Rejects with the host's error; ERR_NO_HOST when it went meanwhile. */
  request<Op extends ControlOp>(
    op: Op,
    args: ControlRequests[Op],
    onItem?: (item: Record<string, unknown>) => void,
  ): Promise<Record<string, unknown>>;
  /** Ends what was asked for. */
  close(): void;
}

interface Pending {
  readonly onItem: ((item: Record<string, unknown>) => void) | undefined;
  readonly resolve: (data: Record<string, unknown>) => void;
  readonly reject: (error: PluginError) => void;
}

/** Codes of a socket that nobody listens on, or that is not there. */
const NOBODY = ['ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'ECONNRESET', 'EPIPE'];

/** @throws ERR_NO_HOST */
export async function connectControl(dataDir: string): Promise<ControlClient> {
  const socket = await connect(dataDir);
  const lines = new LineReader(MAX_ANSWER);
  const pending = new Map<number, Pending>();
  let last = 0;
  let ended: PluginError | undefined;

  const end = (error: PluginError): void => {
    ended ??= error;
    for (const { reject } of pending.values()) reject(ended);
    pending.clear();
    socket.destroy();
  };
  const take = (line: string): void => {
    const answer = readAnswer(line);
    if (answer.id === null) return end(readError(answer.error));
    const request = pending.get(answer.id);
    if (!request) return;
    if (answer.item) return request.onItem?.(answer.item);
    pending.delete(answer.id);
    if (answer.ok) request.resolve(answer.data);
    else request.reject(readError(answer.error));
  };
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const line of lines.push(chunk)) take(line);
    } catch (cause) {
      end(new PluginError('ERR_PROTOCOL', 'Cannot go on with the host: its answer is malformed', { cause }));
    }
  });
  socket.on('error', () => undefined);
  socket.once('close', () => end(noHost(dataDir, 'it ended')));

  return {
    request(op, args, onItem) {
      if (ended) return Promise.reject(ended);
      const id = (last += 1);
      return new Promise((resolve, reject) => {
        pending.set(id, { onItem, resolve, reject });
        socket.write(`${JSON.stringify({ id, op, args })}\n`);
      });
    },
    close: () => end(new PluginError('ERR_ABORTED', 'Cannot go on: the connection to the host was closed')),
  };
}

async function connect(dataDir: string): Promise<Socket> {
  try {
    const address = controlAddress(dataDir);
    try {
      return await new Promise<Socket>((resolve, reject) => {
        const socket = createConnection(address.path);
        socket.once('error', reject);
        socket.once('connect', () => {
          socket.off('error', reject);
          resolve(socket);
        });
      });
    } finally {
      address.release();
    }
  } catch (error) {
    if (NOBODY.includes(String(codeOf(error)))) throw noHost(dataDir, 'none runs for this config', error);
    throw new PluginError('ERR_STATE', `Cannot reach the host at "${controlFile(dataDir)}": ${String(codeOf(error))}`, {
      cause: error,
      hint: 'the socket can be opened by the user that runs the host, and nobody else',
    });
  }
}

export function noHost(dataDir: string, state: string, cause?: unknown): PluginError {
  return new PluginError('ERR_NO_HOST', `Cannot reach a host: ${state}`, {
    details: { 'data folder': dataDir },
    hint: 'aitbc start   (in another terminal, with the same config)',
    ...(cause === undefined ? {} : { cause }),
  });
}

interface Answer {
  readonly id: number | null;
  readonly ok: boolean;
  readonly data: Record<string, unknown>;
  readonly item: Record<string, unknown> | undefined;
  readonly error: unknown;
}

function readAnswer(line: string): Answer {
  const value: unknown = JSON.parse(line);
  if (!isRecord(value)) throw new TypeError('an answer is no object');
  const { id, ok, data, item, error } = value;
  if (id !== null && typeof id !== 'number') throw new TypeError('an answer has no id');
  return {
    id,
    ok: ok === true,
    data: isRecord(data) ? data : {},
    item: isRecord(item) ? item : undefined,
    error,
  };
}
