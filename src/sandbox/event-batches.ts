import { encodeValue, ValueError, type Encoded } from '../protocol/encode.ts';
import type { WireDelivery, WireEvent } from '../protocol/requests.ts';

/** Characters of one batch: more would delay a neighbour's messages on their common channel. */
const MAX_BATCH = 256 * 1024;

/** An event is encoded once, for however many subscribers it has. Nobody changes one that was published. */
const encodedEvents = new WeakMap<WireEvent, Encoded>();

export interface EventBatch {
  readonly events: number;
  readonly text: string;
  readonly bytes: readonly Uint8Array[];
}

/** Arguments of `events`, as text; an event with byte arrays stands alone. Yields an error for an event that cannot cross. */
export function* eventBatches(deliveries: readonly WireDelivery[], limit: number): Generator<EventBatch | ValueError> {
  let text = '';
  let events = 0;
  for (const [event, subscription] of deliveries) {
    const encoded = encode(event, limit);
    if (encoded instanceof ValueError || encoded.bytes.length > 0 || text.length + encoded.text.length > MAX_BATCH) {
      if (events > 0) yield batch(text, events, []);
      text = '';
      events = 0;
    }
    if (encoded instanceof ValueError) {
      yield encoded;
      continue;
    }
    text += `${events === 0 ? '' : ','}[${encoded.text},${JSON.stringify(subscription)}]`;
    events += 1;
    if (encoded.bytes.length === 0) continue;
    yield batch(text, events, encoded.bytes);
    text = '';
    events = 0;
  }
  if (events > 0) yield batch(text, events, []);
}

function batch(text: string, events: number, bytes: readonly Uint8Array[]): EventBatch {
  return { events, text: `["events",[[${text}]]]`, bytes };
}

function encode(event: WireEvent, limit: number): Encoded | ValueError {
  const known = encodedEvents.get(event);
  // What one plugin may get may be too much for the next.
  if (known !== undefined && sizeOf(known) <= limit) return known;
  try {
    const { type, data, source, time } = event;
    const encoded = encodeValue({ type, data, source, time }, limit, 'event');
    encodedEvents.set(event, encoded);
    return encoded;
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return error;
  }
}

function sizeOf({ text, bytes }: Encoded): number {
  return bytes.reduce((sum, item) => sum + item.length, text.length);
}
