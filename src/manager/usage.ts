import type { InstanceUsage } from '../sandbox/types.ts';
import type { Clock } from './clock.ts';
import type { ManagedPlugin } from './managed-plugin.ts';

/** A process that is busy with a plugin answers late or never: nobody waits longer for its figures. Milliseconds. */
const PATIENCE = 500;

/** What each plugin uses that has an isolate; undefined where its process did not say so in time. */
export async function usageOf(
  plugins: Iterable<ManagedPlugin>,
  clock: Clock,
): Promise<Map<string, InstanceUsage | undefined>> {
  const late = Promise.withResolvers<undefined>();
  const cancel = clock.after(PATIENCE, () => late.resolve(undefined));
  const asked = [...plugins].flatMap(({ name, live }) =>
    live ? [Promise.race([live.instance.usage(), late.promise]).then((usage) => [name, usage] as const)] : [],
  );
  try {
    return new Map(await Promise.all(asked));
  } finally {
    cancel();
  }
}
