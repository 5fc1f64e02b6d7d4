import type { LockEntry } from '../lock/types.ts';
import { OWN_PACKAGE, type PackageLookup } from '../source/npm/types.ts';

/** Which package a name means, as the lock has it: what it does not name was not there when the plugin was locked. */
export function lockedPackages({ packages = {} }: Pick<LockEntry, 'packages'>): PackageLookup {
  return {
    own: Object.hasOwn(packages, OWN_PACKAGE) && packages[OWN_PACKAGE]?.integrity !== undefined,
    dependency(from, name) {
      const dependencies = Object.hasOwn(packages, from) ? packages[from]?.dependencies : undefined;
      const key = dependencies !== undefined && Object.hasOwn(dependencies, name) ? dependencies[name] : undefined;
      return Promise.resolve(key === undefined ? { kind: 'absent', optional: false } : { kind: 'package', key });
    },
  };
}
