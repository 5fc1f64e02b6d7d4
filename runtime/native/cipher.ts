import { type CipherGCMTypes, createCipheriv, createDecipheriv } from 'node:crypto';
import { type Operation, OperationFailure, bytes, integer, oneOf, optionalBytes, own } from './operation.ts';

function cipherName(mode: 'gcm' | 'cbc' | 'ctr', key: Uint8Array): string {
  if (![16, 24, 32].includes(key.length)) throw new OperationFailure('DataError', 'An AES key has 16, 24 or 32 bytes');
  return `aes-${key.length * 8}-${mode}`;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return own(Buffer.concat(parts));
}

export const cipherOperations: Readonly<Record<string, Operation>> = {
  'aes.gcm': (direction, key, iv, data, aad, tagLength) => {
    const name = cipherName('gcm', bytes(key)) as CipherGCMTypes;
    const authTagLength = integer(tagLength, 4, 16);
    const associated = optionalBytes(aad);
    const input = bytes(data);
    if (oneOf(direction, ['encrypt', 'decrypt']) === 'encrypt') {
      const cipher = createCipheriv(name, bytes(key), bytes(iv), { authTagLength });
      if (associated !== undefined) cipher.setAAD(associated);
      return joined(cipher.update(input), cipher.final(), cipher.getAuthTag());
    }
    if (input.length < authTagLength) throw new OperationFailure('OperationError', 'The data is too short');
    const split = input.length - authTagLength;
    const decipher = createDecipheriv(name, bytes(key), bytes(iv), { authTagLength });
    if (associated !== undefined) decipher.setAAD(associated);
    decipher.setAuthTag(input.subarray(split));
    return joined(decipher.update(input.subarray(0, split)), decipher.final());
  },
  'aes.cbc': (direction, key, iv, data) => {
    const create = oneOf(direction, ['encrypt', 'decrypt']) === 'encrypt' ? createCipheriv : createDecipheriv;
    const cipher = create(cipherName('cbc', bytes(key)), bytes(key), bytes(iv));
    return joined(cipher.update(bytes(data)), cipher.final());
  },
  /** `length`: how many of the counter block's low bits count. Only a counter that does not wrap is accepted. */
  'aes.ctr': (key, counter, length, data) => {
    const block = bytes(counter);
    const bits = integer(length, 1, 128);
    const blocks = BigInt(Math.ceil(bytes(data).length / 16));
    const limit = 1n << BigInt(bits);
    const start = BigInt(`0x${Buffer.from(block).toString('hex')}`) % limit;
    if (start + blocks > limit) throw new OperationFailure('OperationError', 'The counter would wrap around');
    const cipher = createCipheriv(cipherName('ctr', bytes(key)), bytes(key), block);
    return joined(cipher.update(bytes(data)), cipher.final());
  },
};
