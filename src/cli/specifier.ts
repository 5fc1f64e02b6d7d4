import { relative, resolve, sep } from 'node:path';
import type { HostConfig } from '../config/types.ts';

/** A relative path of the command line is relative to the current folder; in the config, to the config's. */
export function fromHere(specifier: string, config: HostConfig): string {
  if (!/^\.{1,2}([/\\]|$)/.test(specifier)) return specifier;
  const path = relative(config.root, resolve(specifier)).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}
