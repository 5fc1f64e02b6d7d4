import { describe, expect, test } from 'vitest';
import {
  encodeFrames,
  FrameReader,
  ProtocolViolation,
  textOf,
  type Frame,
  type Outgoing,
} from '../../src/protocol/frames.ts';
import { MAX_ATTACHMENTS, MAX_FRAME } from '../../src/protocol/limits.ts';

const FRAMES: readonly Outgoing[] = [
  { kind: 1, plugin: 0, id: 0, text: '', bytes: undefined },
  { kind: 5, plugin: 7, id: 0xffff_ffff, text: '["call",["ä€😀",[]]]', bytes: undefined },
  { kind: 36, plugin: 1, id: 2, text: '{"$":"b","v":1}', bytes: [new Uint8Array(), new Uint8Array([1, 2, 3])] },
  { kind: 16, plugin: 1, id: 3, text: undefined, bytes: [new Uint8Array(100_000).fill(7)] },
  { kind: 41, plugin: 2, id: 0, text: 'é'.repeat(50_000), bytes: undefined },
];

function read(chunks: readonly Buffer[], max?: number): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader((frame) => frames.push(frame), max);
  for (const chunk of chunks) reader.push(chunk);
  return frames;
}

describe('FrameReader', () => {
  test.each([1, 3, 7, 4_096, 1_000_000])('reads what encodeFrames() wrote, in pieces of %i bytes', (size) => {
    const bytes = encodeFrames(FRAMES);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(Buffer.from(bytes.subarray(at, at + size)));
    const frames = read(chunks);
    expect(frames.map(({ kind, plugin, id }) => [kind, plugin, id])).toEqual(
      FRAMES.map(({ kind, plugin, id }) => [kind, plugin, id]),
    );
    const [, call, result, chunk, log] = frames as [Frame, Frame, Frame, Frame, Frame];
    expect(textOf(call)).toEqual({ text: FRAMES[1]?.text, bytes: [] });
    expect(textOf(result)).toEqual({ text: FRAMES[2]?.text, bytes: FRAMES[2]?.bytes });
    expect(new Uint8Array(chunk.payload)).toEqual(FRAMES[3]?.bytes?.[0]);
    expect(textOf(log).text).toBe(FRAMES[4]?.text);
  });

  test.each<[string, string, string]>([
    ['a length shorter than a head', '08000000', 'shorter than its head'],
    [
      'a length beyond the limit',
      Buffer.from(new Uint32Array([MAX_FRAME + 1]).buffer).toString('hex'),
      'longer than the limit',
    ],
    ['the largest length', 'ffffffff', 'longer than the limit'],
  ])('refuses %s before it waits for the bytes', (_name, hex, message) => {
    expect(() => read([Buffer.from(hex, 'hex')])).toThrow(new ProtocolViolation(`a frame is ${message}`));
  });

  test('holds no more than what arrived for a frame that never ends', () => {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(MAX_FRAME);
    expect(read([head, Buffer.alloc(1_000)])).toEqual([]);
  });
});

describe('textOf()', () => {
  const attached = (payload: Buffer): Frame => ({ kind: 36, plugin: 1, id: 1, attached: true, payload });
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };

  test.each<[string, Buffer, string]>([
    ['no length', Buffer.alloc(3), 'has no length'],
    ['a text longer than the frame', u32(5), 'longer than its frame'],
    ['bytes longer than the frame', Buffer.concat([u32(0), u32(0xffff_ffff)]), 'longer than its frame'],
    ['half a length', Buffer.concat([u32(0), Buffer.alloc(2)]), 'has no length'],
    ['too many attachments', Buffer.concat([u32(0), Buffer.alloc(4 * (MAX_ATTACHMENTS + 1))]), 'too many attachments'],
  ])('refuses %s', (_name, payload, message) => {
    expect(() => textOf(attached(payload))).toThrow(message);
  });

  test('makes of bytes that are no UTF-8 text without them', () => {
    const frame: Frame = {
      kind: 36,
      plugin: 1,
      id: 1,
      attached: false,
      payload: Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    };
    expect(textOf(frame).text).toBe('"\ufffd\ufffd"');
  });
});
