import type { HostPort } from '../contract/port.ts';
import { decodeValue, MalformedValue } from '../protocol/decode.ts';
import { ProtocolViolation, textOf, type Frame } from '../protocol/frames.ts';
import { GUEST_LIMITS } from '../protocol/messages.ts';

/** Times that one message may tell of: nobody passes more limits between two of them. */
const MOST = 1e9;
/** Messages a second: the guest sends a tenth of that for each limit. */
const RATE = 400;

/** Tells the port of limits that the guest held the plugin to. What it says counts against this plugin alone. */
export class PassedLimits {
  readonly #port: HostPort;
  #second = 0;
  #count = 0;

  constructor(port: HostPort) {
    this.#port = port;
  }

  /** Throws ProtocolViolation for a flood, MalformedValue for what is no such message. */
  receive(frame: Frame): void {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) this.#count = 0;
    this.#second = second;
    this.#count += 1;
    if (this.#count > RATE) throw new ProtocolViolation('a plugin tells of limits without an end');
    const { text, bytes } = textOf(frame);
    const message = decodeValue(text, bytes);
    if (!Array.isArray(message)) throw new MalformedValue('a passed limit is no array');
    const [limit, times] = message as readonly unknown[];
    const known = GUEST_LIMITS.find((name) => name === limit);
    if (known === undefined || !Number.isInteger(times) || (times as number) < 1 || (times as number) > MOST) {
      throw new MalformedValue('a passed limit has no name and number');
    }
    this.#port.passed(known, times as number);
  }
}
