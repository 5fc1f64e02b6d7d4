import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

/** Secrets that no attacker may ever hold, each in another place of the house. */
export interface Canaries {
  /** `AITBC_CANARY_ENV` of the host. */
  readonly env: string;
  /** `AITBC_CANARY_CONFIG`: the victim's config has it by interpolation. */
  readonly interpolated: string;
  /** Stands in the victim's config as it is; its service and its events say it too. */
  readonly plain: string;
  /** `/data/secret` of the victim. */
  readonly data: string;
  /** `world.secretFile`, a file of the host. */
  readonly file: string;
  /** `globalThis.canary` of the host. */
  readonly global: string;
}

export function createCanaries(): Canaries {
  const canary = (place: string): string => `canary-${place}-${randomBytes(8).toString('hex')}`;
  return {
    env: canary('env'),
    interpolated: canary('interpolated'),
    plain: canary('plain'),
    data: canary('data'),
    file: canary('file'),
    global: canary('global'),
  };
}

/** Which canaries stand in what came out, however deep. */
export function leaksIn(canaries: Canaries, where: string, said: unknown): string[] {
  const text = typeof said === 'string' ? said : textOf(said);
  return Object.entries(canaries)
    .filter(([, canary]) => text.includes(canary as string))
    .map(([place]) => `the canary "${place}" leaks through ${where}`);
}

function textOf(said: unknown): string {
  return inspect(said, { depth: 100, maxArrayLength: 100_000, maxStringLength: Infinity, breakLength: Infinity });
}
