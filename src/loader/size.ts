import { moduleDigests } from '../lock/conflicts.ts';
import type { LockEntry } from '../lock/types.ts';
import type { Pinned } from './pin.ts';
import type { LoaderContext } from './context.ts';

/** Bytes of all modules, of what is locked as far as the store has it. */
export async function sizesOf(
  before: LockEntry | undefined,
  pinned: Pick<Pinned, 'files'>,
  { store }: LoaderContext,
): Promise<{ readonly before: number | undefined; readonly after: number }> {
  const after = [...pinned.files.values()].reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  if (before === undefined) return { before: undefined, after };
  let sum = 0;
  for (const [, digest] of moduleDigests(before)) {
    const bytes = await store.blobs.readUnchecked(digest);
    if (bytes === undefined) return { before: undefined, after };
    sum += bytes.byteLength;
  }
  return { before: sum, after };
}
