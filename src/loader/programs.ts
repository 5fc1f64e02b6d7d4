import type { Program } from '../build/types.ts';
import { isPluginError } from '../core/errors.ts';
import type { Verified } from '../lock/types.ts';
import type { LoaderContext } from './context.ts';
import { decodeProgram, encodeProgram } from './program-codec.ts';
import { rooms } from './rooms.ts';

/** The program of verified bytes: from the store where this host built it before, else built and kept. */
export async function programOf(verified: Verified, context: LoaderContext): Promise<Program> {
  const { store, logger, progress } = context;
  const { name, lock } = verified;
  const key = await rooms.buildKey(verified);
  const stored = await store.builds.get(key);
  const cached = stored === undefined ? undefined : decodeProgram(stored, key, lock.integrity);
  if (cached !== undefined) return cached;

  progress.update({ plugin: name, phase: 'build' });
  const program = await rooms.build(verified);
  try {
    await store.builds.put(key, encodeProgram(program));
  } catch (error) {
    // A full disk costs the next start a build, not this one its plugin.
    if (!isPluginError(error, 'ERR_STORE')) throw error;
    logger.log('warn', 'a build could not be cached', { plugin: name, cause: error.message });
  }
  progress.update({ plugin: name, phase: 'build', done: true });
  return program;
}
