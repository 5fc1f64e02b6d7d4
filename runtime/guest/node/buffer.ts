import { Buffer as Base, kMaxLength, kStringMaxLength } from './shared/buffer.ts';

export const Buffer: typeof Base = Base;
export const constants: { readonly MAX_LENGTH: number; readonly MAX_STRING_LENGTH: number } = {
  MAX_LENGTH: kMaxLength,
  MAX_STRING_LENGTH: kStringMaxLength,
};
export { kMaxLength, kStringMaxLength };
export const INSPECT_MAX_BYTES = 50;
const { Blob, File, atob, btoa } = globalThis;
export { Blob, File, atob, btoa };

export function isUtf8(input: ArrayBuffer | ArrayBufferView): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(input as ArrayBuffer);
    return true;
  } catch {
    return false;
  }
}

export function isAscii(input: ArrayBuffer | ArrayBufferView): boolean {
  const bytes = ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
    : new Uint8Array(input);
  return bytes.every((byte) => byte < 128);
}

export default {
  Buffer,
  constants,
  kMaxLength,
  kStringMaxLength,
  INSPECT_MAX_BYTES,
  Blob,
  File,
  atob,
  btoa,
  isUtf8,
  isAscii,
};
