import type { Command } from 'commander';
import type { Permissions } from '../contract/metadata.ts';

/** What the user has consented to on the command line. */
export interface Grants {
  readonly grants: Permissions;
  /** Digests of requests, as `--dry-run` printed them. */
  readonly consents: readonly string[];
  /** Why a plugin may be trusted less than before. */
  readonly lessTrust: string | undefined;
}

const FLAGS: readonly (readonly [name: string, value: string, help: string])[] = [
  ['net', 'rules', 'hosts and ports: api.example.com,*.example.org:443'],
  ['read', 'paths', 'files and folders it may read'],
  ['write', 'paths', 'files and folders it may read and write'],
  ['env', 'names', 'environment variables'],
  ['publish', 'topics', 'events it may publish'],
  ['subscribe', 'topics', 'events it may subscribe to'],
  ['services', 'names', 'services: api,api.getAgent'],
  ['plugins', 'names', 'dependencies it may call'],
];

/** Adds `--allow-…` to a command. */
export function allowFlags(command: Command): Command {
  for (const [name, value, help] of FLAGS) command.option(`--allow-${name} <${value}>`, `grant ${help}`, list);
  return command;
}

/** Adds `--allow-…` and `--grant` to a command. */
export function permissionFlags(command: Command): Command {
  return allowFlags(command).option(
    '--grant <digest>',
    'grant what the plugin asks for, if that is what --dry-run showed',
    list,
  );
}

/** Adds `--allow-…`, `--grant` and `--allow-less-trust` to a command that locks. */
export function consentFlags(command: Command): Command {
  return permissionFlags(command).option(
    '--allow-less-trust <reason>',
    'lock it though it is not signed as before; the reason goes into trust.exceptions of the config',
  );
}

/** Adds `--deny-…` to a command. */
export function denialFlags(command: Command): Command {
  for (const [name, value, help] of FLAGS) command.option(`--deny-${name} <${value}>`, `take away ${help}`, list);
  return command;
}

export function readDenials(options: Readonly<Record<string, unknown>>): Permissions {
  return readFlags(options, 'deny');
}

export function readGrants(options: Readonly<Record<string, unknown>>): Grants {
  return {
    grants: readFlags(options, 'allow'),
    consents: (options['grant'] as readonly string[] | undefined) ?? [],
    lessTrust: options['allowLessTrust'] as string | undefined,
  };
}

function readFlags(options: Readonly<Record<string, unknown>>, prefix: 'allow' | 'deny'): Permissions {
  const given = (name: string): readonly string[] | undefined =>
    options[`${prefix}${name[0]?.toUpperCase()}${name.slice(1)}`] as readonly string[] | undefined;
  const events = {
    ...(given('publish') ? { publish: given('publish') } : {}),
    ...(given('subscribe') ? { subscribe: given('subscribe') } : {}),
  };
  const grants: Record<string, unknown> = {};
  for (const [name] of FLAGS) {
    if (name !== 'publish' && name !== 'subscribe' && given(name)) grants[name] = given(name);
  }
  if (Object.keys(events).length > 0) grants['events'] = events;
  return grants;
}

/** Comma-separated, and may be given several times. */
function list(value: string, before: readonly string[] | undefined): string[] {
  const items = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return [...(before ?? []), ...items];
}
