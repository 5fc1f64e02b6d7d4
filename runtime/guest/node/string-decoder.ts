import { Buffer } from 'node:buffer';
import library from 'string_decoder/';
import { invalidType } from './shared/errors.ts';

interface Decoder {
  write(bytes: Uint8Array | string): string;
  end(bytes?: Uint8Array | string): string;
}
const { StringDecoder: Base } = library as { StringDecoder: new (encoding?: string) => Decoder };

function bufferOf(input: unknown): Uint8Array | string {
  if (typeof input === 'string') return input;
  if (!ArrayBuffer.isView(input))
    throw invalidType('buf', 'string or an instance of Buffer, TypedArray, or DataView', input);
  return Buffer.from(input.buffer as ArrayBuffer, input.byteOffset, input.byteLength);
}

export class StringDecoder extends Base {
  override write(input: Uint8Array | string): string {
    return super.write(bufferOf(input));
  }
  override end(input?: Uint8Array | string): string {
    return input === undefined ? super.end() : super.end(bufferOf(input));
  }
}
export default { StringDecoder };
