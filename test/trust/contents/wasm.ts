/** Bytes of WebAssembly binaries, as far as their sections go. */
export function component(...sections: readonly Uint8Array[]): Uint8Array {
  const wrapped = sections.map((section) => (section[0] === 0x00 && section[1] === 0x61 ? nest(section) : section));
  return Buffer.concat([Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]), ...wrapped]);
}

export function coreModule(...sections: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]), ...sections]);
}

export function custom(name: string, content: Uint8Array): Uint8Array {
  const label = Buffer.from(name);
  return sectionOf(0, Buffer.concat([unsigned(label.byteLength), label, content]));
}

/** A module is section 1 of a component, a component section 4. */
function nest(binary: Uint8Array): Uint8Array {
  return sectionOf(binary[6] === 1 ? 4 : 1, binary);
}

function sectionOf(id: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([id]), unsigned(content.byteLength), content]);
}

function unsigned(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
}
