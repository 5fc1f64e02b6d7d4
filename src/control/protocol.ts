/**
 * What is said over the control socket: JSON, one message a line. The client sends requests; each is answered once, after any
 * number of items. A client that goes ends what it asked for.
 */
import type { Permissions } from '../contract/metadata.ts';
import { PluginError } from '../core/errors.ts';
import type { LogLevel } from '../core/logger.ts';

/** Arguments by operation. */
export interface ControlRequests {
  readonly host: object;
  readonly list: object;
  readonly start: Named;
  readonly stop: Named & { readonly hold?: boolean };
  readonly restart: Named;
  readonly release: Named;
  /** Without a name: the whole config. */
  readonly reload: { readonly name?: string };
  /** Beside what it may do already. */
  readonly grant: Named & { readonly permissions: Permissions };
  /** A rule that is granted as it stands is taken away; from a wider one it is taken out by a denial. */
  readonly revoke: Named & { readonly permissions?: Permissions; readonly all?: boolean };
  readonly health: { readonly name?: string };
  readonly logs: {
    readonly name?: string;
    readonly lines?: number;
    readonly level?: LogLevel;
    readonly follow?: boolean;
  };
  /** `interval` in milliseconds: without it, one item. */
  readonly top: { readonly interval?: number };
}

export type ControlOp = keyof ControlRequests;

interface Named {
  readonly name: string;
}

export interface Request<Op extends ControlOp = ControlOp> {
  readonly id: number;
  readonly op: Op;
  readonly args: ControlRequests[Op];
}

type Check = (value: unknown) => boolean;

const name: Check = (value) => typeof value === 'string' && value.length > 0 && value.length <= 256;
const flag: Check = (value) => typeof value === 'boolean';
const count =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
const level: Check = (value) => ['error', 'warn', 'info', 'debug'].includes(value as string);
const rules: Check = (value) => Array.isArray(value) && value.every((rule) => typeof rule === 'string');
const permissions: Check = (value) =>
  isRecord(value) &&
  Object.entries(value).every(([kind, list]) =>
    kind === 'events'
      ? isRecord(list) && Object.values(list).every(rules)
      : ['net', 'read', 'write', 'env', 'services', 'plugins'].includes(kind) && rules(list),
  );

/** Members by operation; those with `required` must be there. */
const SHAPES: Readonly<Record<ControlOp, { readonly required?: readonly string[]; readonly [key: string]: unknown }>> =
  {
    host: {},
    list: {},
    start: { required: ['name'], name },
    stop: { required: ['name'], name, hold: flag },
    restart: { required: ['name'], name },
    release: { required: ['name'], name },
    reload: { name },
    grant: { required: ['name', 'permissions'], name, permissions },
    revoke: { required: ['name'], name, permissions, all: flag },
    health: { name },
    logs: { name, lines: count(0, 10_000), level, follow: flag },
    top: { interval: count(100, 3_600_000) },
  };

/** A request from a line. @throws ERR_USAGE for what is none; it carries the number as `details.id` where there is one */
export function readRequest(line: string): Request {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (cause) {
    throw new PluginError('ERR_USAGE', 'Cannot read a control request: it is not JSON', { cause });
  }
  if (!isRecord(parsed)) throw new PluginError('ERR_USAGE', 'Cannot read a control request: it is no object');
  const { id, op, args = {} } = parsed;
  if (!Number.isSafeInteger(id)) throw new PluginError('ERR_USAGE', 'Cannot read a control request: it has no id');
  const refused = (state: string): PluginError =>
    new PluginError('ERR_USAGE', `Cannot read a control request: ${state}`, { details: { id: id as number } });
  if (typeof op !== 'string' || !Object.hasOwn(SHAPES, op)) throw refused('there is no such operation');
  if (!isRecord(args)) throw refused('its args are no object');
  const { required = [], ...shape } = SHAPES[op as ControlOp];
  for (const key of required) if (!Object.hasOwn(args, key)) throw refused(`${op} needs ${key}`);
  for (const [key, value] of Object.entries(args)) {
    const check = Object.hasOwn(shape, key) ? (shape[key] as Check) : undefined;
    if (!check) throw refused(`${op} takes no ${key}`);
    if (!check(value)) throw refused(`${key} is not what ${op} takes`);
  }
  return { id: id as number, op: op as ControlOp, args };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
