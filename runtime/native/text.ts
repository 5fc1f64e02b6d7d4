import { type Operation, OperationFailure, bytes, string } from './operation.ts';

function decoder(label: string, fatal: boolean): TextDecoder {
  try {
    return new TextDecoder(label, { fatal, ignoreBOM: true });
  } catch {
    throw new OperationFailure('RangeError', `The "${label.slice(0, 40)}" encoding is not supported`);
  }
}

export const textOperations: Readonly<Record<string, Operation>> = {
  'text.label': (label) => decoder(string(label), false).encoding,
  'text.encode': (text) => new TextEncoder().encode(string(text)),
  /** Whole input; a BOM is kept. */
  'text.decode': (encoding, fatal, input) => {
    try {
      return decoder(string(encoding), fatal === true).decode(bytes(input));
    } catch (error) {
      if (error instanceof OperationFailure) throw error;
      throw new OperationFailure('TypeError', `The encoded data was not valid for encoding ${string(encoding)}`);
    }
  },
  /** How many bytes at the end belong to a character that is not complete: what a streaming decoder keeps back. */
  'text.pending': (encoding, input) => {
    const name = string(encoding);
    const data = bytes(input);
    if (name === 'utf-16le' || name === 'utf-16be') {
      const odd = data.length % 2;
      const high = data[data.length - odd - (name === 'utf-16le' ? 1 : 2)];
      return odd + (high !== undefined && high >= 0xd8 && high <= 0xdb ? 2 : 0);
    }
    if (name === 'iso-2022-jp') {
      throw new OperationFailure('TypeError', 'The iso-2022-jp encoding cannot be decoded as a stream');
    }
    // Among what a decoder was fed, the bytes it holds back are the longest tail that adds nothing to its output.
    const whole = decoder(name, false).decode(data, { stream: true });
    for (let back = Math.min(3, data.length); back > 0; back--) {
      if (decoder(name, false).decode(data.subarray(0, data.length - back), { stream: true }) === whole) return back;
    }
    return 0;
  },
};
