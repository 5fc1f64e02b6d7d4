import type { LockEntry } from '../lock/types.ts';
import { MalformedBinary } from '../source/component/binary.ts';
import { interfacesOf } from '../source/component/imports.ts';

/** What a component imports, by the interface's name for ours and the package's for others: `http`, `wasi:filesystem`. Sorted. */
export function capabilitiesOf(
  { kind }: Pick<LockEntry, 'kind'>,
  bytes: Uint8Array | undefined,
): readonly string[] | undefined {
  if (kind !== 'component' || bytes === undefined) return undefined;
  try {
    return [...new Set(interfacesOf(bytes).flatMap(capabilityOf))].sort();
  } catch (error) {
    // The build says what is wrong with it.
    if (error instanceof MalformedBinary) return undefined;
    throw error;
  }
}

function capabilityOf(name: string): string[] {
  if (name === 'wasi_snapshot_preview1') return ['wasi:preview1'];
  const [, own, other] = /^(?:aitbc:plugin\/([a-z-]+)|([a-z-]+:[a-z-]+)\/[a-z-]+)(?:@|$)/.exec(name) ?? [];
  // Types alone give nothing.
  return own === 'types' ? [] : [own ?? other ?? name];
}
