import { PluginError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import type { LockEntry } from '../lock/types.ts';

export function ownEntry(plugins: Readonly<Record<string, LockEntry>>, name: string): LockEntry | undefined {
  return Object.hasOwn(plugins, name) ? plugins[name] : undefined;
}

/** ERR_USAGE for a name that is not there, with the one that was meant. */
export function unknownPlugin(name: string, known: Iterable<string>): PluginError {
  const names = [...known];
  return new PluginError(
    'ERR_USAGE',
    `Cannot find "${name}": the config has no such plugin${didYouMean(name, names)}`,
    {
      hint: `It has ${names.join(', ') || 'none'}.`,
    },
  );
}
