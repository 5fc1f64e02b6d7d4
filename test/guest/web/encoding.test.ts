import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Guest, createGuest, inNode } from '../harness.ts';

const SEQUENCES: number[][] = [
  [],
  [0x68, 0x69],
  [0xc3, 0xa9],
  [0xe2, 0x82, 0xac],
  [0xf0, 0x9f, 0x98, 0x80],
  [0xef, 0xbb, 0xbf, 0x61],
  [0xc3],
  [0xc3, 0x28],
  [0xe2, 0x82],
  [0xe2, 0x28, 0xa1],
  [0xe0, 0x80, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x80, 0x80, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xf0, 0x9f, 0x98],
  [0xf0, 0x9f, 0x41],
  [0xff, 0xfe, 0x41],
  [0x80, 0x80, 0x41],
  [0xc0, 0xaf],
  [0xe1, 0x80, 0xe2, 0xf0, 0x91, 0x92, 0xf1, 0xbf, 0x41],
];
const LABELS = [
  'utf8',
  'UTF-8',
  'latin1',
  'ascii',
  'utf-16',
  'utf-16be',
  'windows-1251',
  'shift_jis',
  'gbk',
  'euc-kr',
  'big5',
];

describe('TextDecoder and TextEncoder in the guest', () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await createGuest();
  });
  afterAll(() => guest.dispose());

  const same = async (code: string): Promise<void> => {
    expect(await guest.run(code)).toEqual(await inNode(code));
  };

  it('decode valid and invalid UTF-8 as Node does, whole, in pieces of one byte, and fatally', async () => {
    await same(`return ${JSON.stringify(SEQUENCES)}.map((bytes) => {
      const input = new Uint8Array(bytes);
      const decoder = new TextDecoder();
      let pieces = '';
      for (const byte of bytes) pieces += decoder.decode(new Uint8Array([byte]), { stream: true });
      pieces += decoder.decode();
      let fatal;
      try { fatal = new TextDecoder('utf-8', { fatal: true }).decode(input); } catch (error) { fatal = error instanceof TypeError; }
      return [new TextDecoder().decode(input), pieces, fatal, new TextDecoder('utf-8', { ignoreBOM: true }).decode(input)];
    });`);
  });

  it('decode large input as Node does', async () => {
    await same(`const part = [0x61, 0xe2, 0x82, 0xac, 0xff, 0xf0, 0x9f, 0x98, 0x80, 0xc3];
      const bytes = new Uint8Array(50_000).map((_, at) => part[at % part.length]);
      const decoder = new TextDecoder(); let pieces = '';
      for (let at = 0; at < bytes.length; at += 3_333) pieces += decoder.decode(bytes.subarray(at, at + 3_333), { stream: true });
      return [new TextDecoder().decode(bytes), pieces + decoder.decode()];`);
  });

  it('decode other encodings as Node does, in pieces too', async () => {
    await same(`return ${JSON.stringify(LABELS)}.map((label) => {
      const bytes = new Uint8Array(256).map((_, at) => at);
      const decoder = new TextDecoder(label); let pieces = '';
      for (const byte of bytes) pieces += decoder.decode(new Uint8Array([byte]), { stream: true });
      return [decoder.encoding, new TextDecoder(label).decode(bytes), pieces + decoder.decode()];
    });`);
  });

  it('refuse what Node refuses', async () => {
    await same(
      `return ['nope', 'utf-7', ''].map((label) => { try { return new TextDecoder(label).encoding; } catch (error) { return [error instanceof RangeError]; } });`,
    );
    await same(
      `return ['text', 1, null, {}].map((input) => { try { return new TextDecoder().decode(input); } catch (error) { return error instanceof TypeError; } });`,
    );
  });

  it('decode iso-2022-jp whole, and refuse it in pieces', async () => {
    const seen =
      await guest.run(`const bytes = new Uint8Array([0x1b, 0x24, 0x42, 0x24, 0x22]); let refused; try { new TextDecoder('iso-2022-jp').decode(bytes, { stream: true }); } catch (error) { refused = error instanceof TypeError; }
      return [new TextDecoder('iso-2022-jp').decode(bytes), refused];`);
    expect(seen).toEqual(['あ', true]);
  });

  it('encode as Node does', async () => {
    await same(
      `return ['', 'abc', 'é€😀', '\\ud800', 'a\\udc00b', '\\ud83d', undefined, 12].map((text) => [...new TextEncoder().encode(text)]);`,
    );
    await same(
      `return [0, 1, 2, 3, 4, 5, 6].map((size) => { const to = new Uint8Array(size); return [new TextEncoder().encodeInto('é€a', to), [...to]]; });`,
    );
  });

  it('atob and btoa do as Node does', async () => {
    await same(`const inputs = ['', 'aGk=', 'aGk', ' a G k = ', 'aGk==', 'a', '=', 'ab=', '####', 'YQ==YQ', '/+8='];
      return inputs.map((input) => { try { return atob(input); } catch (error) { return [error.name, error.code]; } });`);
    await same(
      `return ['', 'a', 'ab', 'abc', '\\u00ff', '\\u0100', 12].map((input) => { try { return btoa(input); } catch (error) { return [error.name, error.code]; } });`,
    );
  });
});
