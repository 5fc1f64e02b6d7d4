import type { Limits } from '../../src/config/types.ts';
import type { HostPort, PortResult, RequestIo } from '../../src/contract/port.ts';
import { digestOf } from '../../src/core/digest.ts';
import type { LogLevel } from '../../src/core/logger.ts';
import type { GuestOp } from '../../src/protocol/requests.ts';
import type { Value } from '../../src/protocol/values.ts';
import type { OpenOptions } from '../../src/sandbox/types.ts';
import type { Program } from '../../src/build/types.ts';

export const limits: Limits = {
  memory: 64 * 1024 * 1024,
  cpu: 500,
  timeout: 10_000,
  startTimeout: 10_000,
  stopTimeout: 10_000,
  storage: 1e8,
  files: 1_000,
  concurrency: 64,
  message: 1024 * 1024,
  logRate: 100,
  eventRate: 100,
  timers: 100,
  netConcurrency: 16,
  netRate: 600,
  netBytes: 1e8,
};

/** Line n of the script is line n of `p.ts`. */
function identityMap(script: string): string {
  const mappings = script.split('\n').map((_, index) => (index === 0 ? 'AAAA' : 'AACA'));
  return JSON.stringify({ version: 3, sources: ['p.ts'], names: [], mappings: mappings.join(';') });
}

export function program(script: string): Program {
  const digest = digestOf(script);
  return { key: digest, integrity: digest, kind: 'module', script, digest, sourceMap: identityMap(script), wasm: [] };
}

/** A plugin object from method source: `hello(name) { return 'hi ' + name }`. */
export function plugin(methods: string): Program {
  return program(`
const metadata = { name: 'p', version: '1.0.0', description: '', author: '', license: 'MIT' };
return { default: { getMetadata() { return metadata; }, ${methods} } };`);
}

export interface Port extends HostPort {
  readonly logs: { level: LogLevel; message: string; fields: Value }[];
  /** Limits that were passed. */
  readonly told: { limit: string; times: number }[];
  readonly requests: { op: GuestOp; args: readonly Value[]; io: RequestIo }[];
}

export function port(
  answer: (op: GuestOp, args: readonly Value[], io: RequestIo) => PortResult | Promise<PortResult> = () => ({
    value: undefined,
  }),
): Port {
  const logs: Port['logs'] = [];
  const told: Port['told'] = [];
  const requests: Port['requests'] = [];
  return {
    logs,
    requests,
    told,
    async request(op, args, io) {
      requests.push({ op, args, io });
      return answer(op, args, io);
    },
    log(level, message, fields) {
      logs.push({ level, message, fields });
    },
    passed(limit, times) {
      told.push({ limit, times });
    },
  };
}

export function openOptions(code: Program, more: Partial<OpenOptions> = {}): OpenOptions {
  return {
    name: 'p',
    version: '1.0.0',
    group: 'test',
    program: code,
    config: {},
    env: {},
    limits,
    port: port(),
    ...more,
  };
}
