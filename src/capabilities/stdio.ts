/**
 * `stdio.*`: the streams of the commands that run now, by the number of their call. A plugin reaches none but the streams
 * that were attached for a call of its own, and only until they are detached.
 */
import { PluginError } from '../core/errors.ts';
import type { Value } from '../protocol/values.ts';
import { bytes, count, oneOf } from './shape.ts';

export interface CommandStreams {
  /** Undefined: empty. */
  readonly stdin: AsyncIterable<Uint8Array> | undefined;
  /** Resolves when the stream has taken the chunk. */
  write(stream: 'stdout' | 'stderr', chunk: Uint8Array): Promise<void>;
}

const MAX_CHUNK = 1_048_576;

export interface Stdio {
  /** The function that detaches. */
  attach(call: number, streams: CommandStreams): () => void;
  write(args: readonly Value[], call: number | undefined): Promise<void>;
  read(args: readonly Value[], call: number | undefined): Promise<Uint8Array | null>;
  close(): void;
}

interface Attached {
  readonly streams: CommandStreams;
  chunks: AsyncIterator<Uint8Array> | undefined;
  /** Reads and writes each run one after the other. */
  reading: Promise<unknown>;
  writing: Promise<unknown>;
}

export function createStdio(): Stdio {
  const open = new Map<number, Attached>();

  const detach = (call: number): void => {
    const attached = open.get(call);
    open.delete(call);
    // An iterator may be waiting for input: nobody waits for it.
    attached?.chunks?.return?.().catch(() => undefined);
  };

  const find = (op: string, value: Value, call: number | undefined): Attached => {
    const number = count(op, 'call', value);
    const attached = open.get(number);
    if (attached === undefined || (call !== undefined && call !== number)) {
      throw new PluginError('ERR_STATE', `Cannot serve "${op}": no command runs as call ${number}`);
    }
    return attached;
  };

  return {
    attach(call, streams) {
      const settled = Promise.resolve();
      open.set(call, { streams, chunks: undefined, reading: settled, writing: settled });
      return () => detach(call);
    },
    async write([callValue, streamValue, chunkValue], call) {
      const attached = find('stdio.write', callValue, call);
      const stream = oneOf('stdio.write', 'stream', streamValue, ['stdout', 'stderr'] as const);
      const chunk = bytes('stdio.write', 'chunk', chunkValue, MAX_CHUNK);
      const turn = attached.writing.then(() => attached.streams.write(stream, chunk));
      attached.writing = turn.catch(() => undefined);
      await turn;
    },
    async read([callValue], call) {
      const attached = find('stdio.read', callValue, call);
      if (attached.streams.stdin === undefined) return null;
      attached.chunks ??= attached.streams.stdin[Symbol.asyncIterator]();
      const { chunks } = attached;
      const turn = attached.reading.then(() => chunks.next());
      attached.reading = turn.catch(() => undefined);
      const { done, value } = await turn;
      return done === true ? null : value;
    },
    close() {
      for (const call of open.keys()) detach(call);
    },
  };
}
