/** wasi:cli, clocks and random: nothing of the host's but the variables that were granted, the time and chance. */
import { readStdin, terminal, writeTo } from '../aitbc.ts';
import { Exit } from '../fault.ts';
import { host } from '../host.ts';
import { usv } from '../text.ts';
import { InputStream, OutputStream, Pollable } from './io.ts';

class TerminalInput {
  readonly stream = 'stdin';
}
class TerminalOutput {
  readonly stream = 'stdout';
}

/** What stdin gave and nobody has read yet. */
let rest: Uint8Array | undefined;

const stdin = {
  read(length: number): Uint8Array | undefined {
    rest ??= readStdin();
    if (rest === undefined) return undefined;
    const bytes = rest.subarray(0, length);
    rest = bytes.length === rest.length ? undefined : rest.subarray(length);
    return bytes.slice();
  },
  // Reading it stands still until there is something.
  ready: () => true,
};

const stream = (name: 'stdout' | 'stderr') => (): OutputStream =>
  new OutputStream({ write: (bytes) => writeTo(name, bytes) });

const nanoseconds = (): bigint => BigInt(Math.trunc(performance.now() * 1e6));

function afterNanoseconds(duration: bigint): Pollable {
  const due = performance.now() + Number(duration) / 1e6;
  return new Pollable(() => performance.now() >= due, due);
}

/** Bytes of one draw. */
const MOST_RANDOM = 1024 * 1024;

function randomBytes(length: bigint): Uint8Array {
  if (length > BigInt(MOST_RANDOM)) throw new RangeError(`it asks for ${length} random bytes at once`);
  const bytes = new Uint8Array(Number(length));
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

function random64(): bigint {
  return crypto.getRandomValues(new BigUint64Array(1))[0] as bigint;
}

export const cli: Record<string, object> = {
  'wasi:cli/environment': {
    getEnvironment: () => Object.entries(host().env).map(([name, value]) => [usv(name), usv(value)]),
    getArguments: () => [],
    initialCwd: () => '/data',
  },
  'wasi:cli/exit': {
    exit(status: { tag: 'ok' | 'err' }): never {
      throw new Exit(status.tag === 'ok' ? 0 : 1);
    },
    exitWithCode(status: number): never {
      throw new Exit(status);
    },
  },
  'wasi:cli/stdin': { getStdin: () => new InputStream(stdin) },
  'wasi:cli/stdout': { getStdout: stream('stdout') },
  'wasi:cli/stderr': { getStderr: stream('stderr') },
  'wasi:cli/terminal-input': { TerminalInput },
  'wasi:cli/terminal-output': { TerminalOutput },
  'wasi:cli/terminal-stdin': { getTerminalStdin: () => (terminal.isTTY ? new TerminalInput() : undefined) },
  'wasi:cli/terminal-stdout': { getTerminalStdout: () => (terminal.isTTY ? new TerminalOutput() : undefined) },
  'wasi:cli/terminal-stderr': { getTerminalStderr: () => (terminal.isTTY ? new TerminalOutput() : undefined) },
  'wasi:clocks/monotonic-clock': {
    now: nanoseconds,
    resolution: () => 1_000n,
    subscribeInstant: (when: bigint) => afterNanoseconds(when - nanoseconds()),
    subscribeDuration: afterNanoseconds,
  },
  'wasi:clocks/wall-clock': {
    now() {
      const now = Date.now();
      return { seconds: BigInt(Math.trunc(now / 1_000)), nanoseconds: (now % 1_000) * 1_000_000 };
    },
    resolution: () => ({ seconds: 0n, nanoseconds: 1_000_000 }),
  },
  'wasi:random/random': { getRandomBytes: randomBytes, getRandomU64: random64 },
  'wasi:random/insecure': { getInsecureRandomBytes: randomBytes, getInsecureRandomU64: random64 },
  'wasi:random/insecure-seed': { insecureSeed: () => [random64(), random64()] },
};
