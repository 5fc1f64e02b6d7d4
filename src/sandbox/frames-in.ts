/** Reads what a runtime process says of itself, as from a compromised one: a wrong shape breaks the protocol. */
import { decodeValue, MalformedValue } from '../protocol/decode.ts';
import { ProtocolViolation } from '../protocol/frames.ts';
import type { WireGone } from '../protocol/messages.ts';
import type { Value } from '../protocol/values.ts';
import type { InstanceUsage } from './types.ts';

const REASONS = ['disposed', 'memory', 'cpu', 'terminated', 'compile', 'boot', 'protocol', 'catastrophe'] as const;

export function readGone(text: string): WireGone {
  const parsed = parse(text);
  const why = REASONS.find((reason) => reason === parsed['why']);
  const detail = parsed['detail'];
  if (why === undefined || typeof detail !== 'string') throw new ProtocolViolation('an end without a reason');
  return { why, detail: detail.slice(0, 2_000) };
}

/** Written by the guest: a wrong shape ends its isolate. */
export function readHandled(text: string, most: number): { count: number; thrown: string | undefined } {
  const value = decodeValue(text);
  const [count, thrown] = Array.isArray(value) ? (value as readonly Value[]) : [];
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > most) {
    throw new MalformedValue('it handled events that it was not given');
  }
  return { count, thrown: typeof thrown === 'string' ? thrown : undefined };
}

export function readPong(text: string): ReadonlyMap<number, InstanceUsage> {
  const { isolates } = parse(text);
  if (!Array.isArray(isolates)) throw new ProtocolViolation('a pong without isolates');
  const usage = new Map<number, InstanceUsage>();
  for (const row of isolates as readonly unknown[]) {
    if (!Array.isArray(row) || row.length !== 5 || !row.every((item) => Number.isFinite(item))) {
      throw new ProtocolViolation('a pong with a malformed row');
    }
    const [plugin, cpu, memory, timers, pendingRequests] = row as [number, number, number, number, number];
    usage.set(plugin, { cpu, memory, timers, pendingRequests });
  }
  return usage;
}

function parse(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new ProtocolViolation('a message is no JSON object');
}
