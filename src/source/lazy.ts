import type { Origin } from './types.ts';

/** An origin that is opened when it is first read, and closed if it was. A failed opening is tried again. */
export function openLazily(
  known: Pick<Origin, 'source' | 'resolved' | 'git' | 'entry'>,
  open: () => Promise<Origin>,
): Origin {
  let opened: Promise<Origin> | undefined;
  const origin = (): Promise<Origin> => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    ...known,
    base: undefined,
    read: async (id, options) => (await origin()).read(id, options),
    list: async () => (await (await origin()).list?.()) ?? [],
    close: async () => {
      const closing = opened;
      opened = undefined;
      if (closing !== undefined)
        await closing.then(
          (inner) => inner.close(),
          () => {},
        );
    },
  };
}
