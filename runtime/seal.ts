/**
 * Loads the one native module, then gives up every permission of this process and proves it. After `seal` nothing can be
 * loaded, read, connected or started from here, whatever runs in it; the flags it was started with are trusted to exist.
 */
import type Ivm from 'isolated-vm';

export type IvmModule = typeof Ivm;

interface Permission {
  has(scope: string): boolean;
  drop?(scope: string): void;
}

/** `addon` is singular; a wrong name is accepted in silence, so each is asked about afterwards. */
const SCOPES = ['fs', 'fs.read', 'fs.write', 'child', 'worker', 'wasi', 'inspector', 'ffi', 'net', 'addon'] as const;

/** Throws where this Node.js cannot be sealed. */
export function seal(binary: string): IvmModule {
  const permission = (process as unknown as { permission?: Permission }).permission;
  if (permission === undefined) throw new Error('this process was started without --permission');
  if (typeof permission.drop !== 'function') throw new Error('this Node.js has no process.permission.drop()');
  const ivm = load(binary);
  for (const scope of SCOPES) permission.drop(scope);
  for (const scope of SCOPES) {
    if (permission.has(scope)) throw new Error(`the permission "${scope}" could not be dropped`);
  }
  let loaded = false;
  try {
    load(binary);
    loaded = true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ACCESS_DENIED') throw error;
  }
  if (loaded) throw new Error('a native module could be loaded after the permission was dropped');
  return ivm;
}

function load(binary: string): IvmModule {
  const module: { exports: { ivm?: IvmModule } } = { exports: {} };
  process.dlopen(module, binary);
  if (module.exports.ivm === undefined) throw new Error('the native module is not isolated-vm');
  return module.exports.ivm;
}
