import { availableParallelism } from 'node:os';
import { digestOf } from '../core/digest.ts';
import { PluginError } from '../core/errors.ts';
import type { Verified } from '../lock/types.ts';
import { bundle, type Bundle } from '../source/graph/bundle.ts';
import type { BundledModule } from '../source/graph/contents.ts';
import type { OpenModule } from '../source/graph/graph-source.ts';
import type { EsbuildLimits } from '../source/graph/esbuild.ts';
import { readImportMap } from '../source/graph/import-map.ts';
import { readProvided } from '../source/graph/provided.ts';
import { Queue } from '../source/graph/queue.ts';
import { buildComponent } from './component/build-component.ts';
import { checkScript } from './check.ts';
import { buildKey } from './key.ts';
import { lockedPackages } from './locked-packages.ts';
import { ownBase } from './own-base.ts';
import { programScript } from './program-script.ts';
import { programMap } from './program-map.ts';
import type { Program } from './types.ts';

export interface BuildOptions {
  readonly limits?: Partial<EsbuildLimits>;
}

/**
 * Makes the one script of a plugin from verified bytes alone: neither disk nor network is read for it, beside what the
 * host itself provides. Errors: ERR_BUILD with every place, ERR_IMPORT_DENIED with the chain, ERR_METADATA without a
 * default export, ERR_LOCK_OUTDATED where the lock lacks a module.
 */
export function build(verified: Verified, options: BuildOptions = {}): Promise<Program> {
  return queue.run(() => buildNow(verified, options));
}

/** Each build is a process of esbuild, which uses every processor. */
const queue = new Queue(availableParallelism());

async function buildNow(verified: Verified, options: BuildOptions): Promise<Program> {
  const { lock, name } = verified;
  if (lock.kind === 'component') {
    const program = await buildComponent(verified);
    return { key: await buildKey(verified), integrity: lock.integrity, kind: 'component', ...program };
  }
  const bundled = await bundleVerified(verified, options);
  const script = programScript(bundled, name);
  const sourceMap = programMap(bundled.map, verified);
  checkScript(script, sourceMap, name);
  return {
    key: await buildKey(verified),
    integrity: lock.integrity,
    kind: 'module',
    script,
    digest: digestOf(script),
    sourceMap,
    wasm: [],
  };
}

/** What the program of a plugin is made of, from verified bytes alone; a component is one module. */
export function contentsOfVerified(verified: Verified): Promise<readonly BundledModule[]> {
  const { kind, entry } = verified.lock;
  if (kind === 'component') return Promise.resolve([{ id: entry, included: true, imports: [] }]);
  return queue.run(async () => (await bundleVerified(verified, {})).contents);
}

async function bundleVerified(verified: Verified, options: BuildOptions): Promise<Bundle> {
  const { lock, name } = verified;
  const importMap = readImportMap(lock.importMap);
  if (typeof importMap === 'string') {
    throw new PluginError('ERR_LOCK_INVALID', `Cannot build "${name}": its import map in the lock: ${importMap}`);
  }
  return bundle({
    subject: name,
    entry: lock.entry,
    base: ownBase(lock),
    importMap,
    open: (candidates) => Promise.resolve(openVerified(verified, candidates)),
    provided: readProvided,
    packages: lockedPackages(lock),
    missing: (specifier) =>
      new PluginError('ERR_LOCK_OUTDATED', `Cannot build "${name}": "${specifier}" is not in the lock`, {
        hint: `Run: aitbc plugin lock ${name}`,
      }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
}

function openVerified(verified: Verified, candidates: readonly string[]): OpenModule | undefined {
  for (const asked of candidates) {
    const file = verified.files.get(asked);
    if (file === undefined) continue;
    const { redirects } = verified.lock;
    const id = redirects !== undefined && Object.hasOwn(redirects, asked) ? (redirects[asked] ?? asked) : asked;
    return { ...file, id };
  }
  return undefined;
}
