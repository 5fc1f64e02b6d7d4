import { PluginError } from '../../src/core/errors.ts';

/** The PluginError that `work` throws; anything else, or nothing, fails the test. */
export function caught(work: () => unknown): PluginError {
  try {
    work();
  } catch (error) {
    return asPluginError(error);
  }
  throw new Error('nothing was thrown');
}

/** The PluginError that `work` rejects with; anything else, or success, fails the test. */
export async function rejected(work: Promise<unknown>): Promise<PluginError> {
  return work.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: unknown) => asPluginError(error),
  );
}

function asPluginError(error: unknown): PluginError {
  if (error instanceof PluginError) return error;
  throw error;
}
