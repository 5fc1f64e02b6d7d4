import { mapStack } from '../build/sourcemap.ts';
import type { Program } from '../build/types.ts';
import { exceeded } from '../config/exceeded.ts';
import type { Limits } from '../config/types.ts';
import { PluginError } from '../core/errors.ts';
import type { WireFailure, WireGone, WireThrown } from '../protocol/messages.ts';
import type { HostOp, HostRequests } from '../protocol/requests.ts';

/** `Cannot <this>: <state>`. */
export function labelOf<Op extends HostOp>(plugin: string, op: Op, args: HostRequests[Op]['args']): string {
  const [first, second] = args as readonly unknown[];
  switch (op) {
    case 'lifecycle':
      return `${first === 'cleanup' ? 'clean up' : String(first)} "${plugin}"`;
    case 'health':
      return `check the health of "${plugin}"`;
    case 'call':
      return `call "${plugin}.${String(first)}"`;
    case 'service':
      return `call service "${String(first)}.${String(second)}" of "${plugin}"`;
    case 'events':
      return `deliver an event to "${plugin}"`;
    case 'command':
      return `run command "${(first as readonly string[]).join(' ')}" of "${plugin}"`;
    default:
      return `load "${plugin}"`;
  }
}

/** What the guest said about its failure, as data; wrong shapes are its own loss. */
export function readThrown(text: string): WireThrown {
  let parsed: Partial<Record<keyof WireThrown, unknown>>;
  try {
    parsed = Object(JSON.parse(text)) as typeof parsed;
  } catch {
    parsed = {};
  }
  const string = (value: unknown): string => (typeof value === 'string' ? value : '');
  const kinds: readonly string[] = [
    'threw',
    'value',
    'method',
    'metadata',
    'state',
    'limit',
  ] satisfies WireThrown['kind'][];
  const kind = string(parsed.kind);
  return {
    kind: kinds.includes(kind) ? (kind as WireThrown['kind']) : 'threw',
    name: string(parsed.name).slice(0, 256),
    message: string(parsed.message),
    stack: string(parsed.stack),
    code: string(parsed.code).slice(0, 256),
  };
}

const CODE_OF = {
  threw: 'ERR_PLUGIN_THREW',
  value: 'ERR_VALUE',
  method: 'ERR_USAGE',
  metadata: 'ERR_METADATA',
  state: 'ERR_STATE',
  limit: 'ERR_LIMIT_RATE',
} as const;

/**
 * The error of a failed call. `refusals`: what the host itself answered to this plugin's requests lately; an error that
 * repeats one word for word is that refusal, with its code and hint. A plugin can claim nothing else.
 */
export function thrownError(
  plugin: string,
  label: string,
  thrown: WireThrown,
  program: Pick<Program, 'sourceMap'>,
  refusals: ReadonlyMap<string, PluginError>,
): PluginError {
  const refusal = refusals.get(thrown.message);
  const pluginStack = thrown.stack === '' ? {} : { pluginStack: mapStack(program, thrown.stack) };
  if (thrown.kind === 'threw' && refusal !== undefined && refusal.code === thrown.code) {
    return new PluginError(refusal.code, refusal.message, {
      plugin,
      details: refusal.details,
      ...(refusal.hint === undefined ? {} : { hint: refusal.hint }),
      ...pluginStack,
    });
  }
  const name = thrown.name === '' || thrown.name === 'Error' ? '' : `${thrown.name}: `;
  const said = thrown.kind === 'threw' ? `it threw ${name}${thrown.message}` : thrown.message;
  return new PluginError(CODE_OF[thrown.kind], `Cannot ${label}: ${said}`, {
    plugin,
    details: thrown.code === '' ? {} : { code: thrown.code },
    ...(thrown.kind === 'limit' ? { hint: 'answer with less, or raise limits.message' } : {}),
    ...pluginStack,
  });
}

/** What crosses to the guest of a failure of the host: never a host stack, and nothing of what is not meant for it. */
export function failureOf(error: unknown): WireFailure {
  if (!(error instanceof PluginError)) {
    return { code: 'ERR_INTERNAL', message: 'Cannot answer: the host failed', hint: '', data: {} };
  }
  return { code: error.code, message: error.message, hint: error.hint ?? '', data: error.details };
}

/** Why an isolate ended, in the host's words. */
export function goneError(plugin: string, gone: WireGone, limits: Limits): PluginError {
  const going = `Cannot go on with "${plugin}"`;
  switch (gone.why) {
    case 'memory':
      return exceeded('ERR_LIMIT_MEMORY', `${going}: it passed its memory limit`, plugin, limits, 'memory');
    case 'cpu':
      return exceeded('ERR_LIMIT_CPU', `${going}: one call passed ${limits.cpu} ms of CPU time`, plugin, limits, 'cpu');
    case 'compile':
      return new PluginError('ERR_BUILD', `Cannot compile "${plugin}": ${gone.detail}`, { plugin });
    case 'protocol':
      return new PluginError('ERR_PROTOCOL', `Cannot go on with "${plugin}": ${gone.detail}`, { plugin });
    default:
      return new PluginError('ERR_PLUGIN_CRASHED', `Cannot go on with "${plugin}": its isolate ended`, {
        plugin,
        details: gone.detail === '' ? {} : { detail: gone.detail },
      });
  }
}
