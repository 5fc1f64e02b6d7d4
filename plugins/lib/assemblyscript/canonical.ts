// The canonical ABI of any WIT, with strings as UTF-16. wit.ts, which is generated, says which values there are.
//
// Memory. Compile with --runtime minimal: nothing is collected but by `released`, which the host calls when it has read a
// result; what a plugin keeps stands in a global.

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const fresh = room(size);
  memory.copy(fresh, old, min(oldSize, size));
  return fresh;
}

export function released(_result: usize): void {
  __collect();
}

/** Memory for a value, aligned to 16. */
export function room(size: usize): usize {
  return __new(size, idof<ArrayBuffer>());
}

/** A string of the host's. */
export function takeString(at: usize, length: usize): string {
  const bytes = length << 1;
  const copy = __new(bytes, idof<string>());
  memory.copy(copy, at, bytes);
  return changetype<string>(copy);
}

/** Bytes of the host's. */
export function takeBytes(at: usize, size: usize): ArrayBuffer {
  const bytes = new ArrayBuffer(<i32>size);
  memory.copy(changetype<usize>(bytes), at, size);
  return bytes;
}
