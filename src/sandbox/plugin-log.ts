import type { HostPort } from '../contract/port.ts';
import { decodeValue, MalformedValue } from '../protocol/decode.ts';
import { ProtocolViolation, textOf, type Frame } from '../protocol/frames.ts';
import { LOG_LEVELS } from '../protocol/messages.ts';
import type { Value } from '../protocol/values.ts';

/** Hands a plugin's log entries to the port: their shape checked, their rate held against a compromised runtime process. */
export class PluginLog {
  readonly #port: HostPort;
  readonly #most: number;
  #second = 0;
  #count = 0;

  /** The runtime process holds `limits.logRate`; one that lets much more through is compromised. */
  constructor(port: HostPort, logRate: number) {
    this.#port = port;
    this.#most = logRate * 4 + 200;
  }

  /** Throws ProtocolViolation for a flood, MalformedValue for what is no entry. */
  receive(frame: Frame): void {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) this.#count = 0;
    this.#second = second;
    this.#count += 1;
    if (this.#count > this.#most) throw new ProtocolViolation('a plugin logs beyond its rate');
    const { text, bytes } = textOf(frame);
    const entry = decodeValue(text, bytes);
    if (!Array.isArray(entry)) throw new MalformedValue('a log entry is no array');
    const [level, message, fields] = entry as readonly Value[];
    const known = LOG_LEVELS.find((name) => name === level);
    if (known === undefined || typeof message !== 'string') throw new MalformedValue('a log entry has no message');
    this.#port.log(known, message, fields);
  }
}
