// aitbc:plugin@1.0.0 for AssemblyScript: the canonical ABI of runtime/wit by hand, with strings as UTF-16. The exports that the world asks
// for stand in exports.ts; a plugin fills in what they call.
//
// Memory. Compile with --runtime minimal: nothing is collected but by `released`, which the host calls when it has read a
// result; what a plugin keeps stands in a global.

export function allocate(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const fresh = __new(size, idof<ArrayBuffer>());
  memory.copy(fresh, old, min(oldSize, size));
  return fresh;
}

export function released(_result: usize): void {
  __collect();
}

/** A string of the host's. */
export function take(at: usize, length: usize): string {
  const bytes = length << 1;
  const copy = __new(bytes, idof<string>());
  memory.copy(copy, at, bytes);
  return changetype<string>(copy);
}

/** A return area: a record of the canonical ABI, word by word. */
export class Area {
  private words: StaticArray<u32>;
  private used: i32 = 0;
  constructor(count: i32) {
    this.words = new StaticArray<u32>(count);
  }
  word(value: u32): Area {
    this.words[this.used++] = value;
    return this;
  }
  text(value: string): Area {
    return this.word(<u32>changetype<usize>(value)).word(value.length);
  }
  none(): Area {
    return this.word(0).word(0).word(0);
  }
  list(items: string[]): Area {
    const area = new Area(items.length * 2);
    for (let i = 0; i < items.length; i++) area.text(items[i]);
    return this.word(<u32>area.done()).word(items.length);
  }
  done(): usize {
    return changetype<usize>(this.words);
  }
}

/** What a call answers: a value as JSON, or why it failed. */
export class Outcome {
  constructor(
    public failed: bool,
    public text: string,
  ) {}
  static ok(value: string): Outcome {
    return new Outcome(false, value);
  }
  static fail(reason: string): Outcome {
    return new Outcome(true, reason);
  }
}

// What the host gives.

// prettier-ignore
@external("aitbc:plugin/log@1.0.0", "write")
declare function rawLog(level: i32, at: usize, length: usize, fields: usize, fieldsLength: usize): void;
@external("aitbc:plugin/config@1.0.0", "get")
declare function rawConfig(out: usize): void;
@external("aitbc:plugin/events@1.0.0", "publish")
declare function rawPublish(topic: usize, topicLength: usize, data: usize, dataLength: usize, out: usize): void;
@external("aitbc:plugin/events@1.0.0", "subscribe")
declare function rawSubscribe(pattern: usize, length: usize, out: usize): void;
@external("aitbc:plugin/files@1.0.0", "read")
declare function rawRead(path: usize, length: usize, out: usize): void;
@external("aitbc:plugin/files@1.0.0", "write")
declare function rawWrite(path: usize, length: usize, data: usize, size: usize, mode: i32, out: usize): void;
@external("aitbc:plugin/http@1.0.0", "fetch")
declare function rawFetch(
  method: usize, methodLength: usize, url: usize, urlLength: usize, headers: usize, headerCount: usize,
  hasBody: i32, body: usize, bodySize: usize, out: usize,
): void;

const out = new StaticArray<u32>(8);
const OUT = changetype<usize>(out);

/** What a host function answered: its error's code and message, or an empty code. */
export class Answer {
  code: string = "";
  message: string = "";
  bytes: ArrayBuffer = new ArrayBuffer(0);
  status: i32 = 0;
  get failed(): bool {
    return this.code.length > 0;
  }
  get text(): string {
    return String.UTF8.decode(this.bytes);
  }
}

function answer(): Answer {
  const result = new Answer();
  // The discriminant is one byte; what pads it is not promised to be zero.
  if (<u8>out[0] != 0) {
    result.code = take(out[1], out[2]);
    result.message = take(out[3], out[4]);
  }
  return result;
}

function bytesAt(at: usize, size: i32): ArrayBuffer {
  const bytes = new ArrayBuffer(size);
  memory.copy(changetype<usize>(bytes), at, size);
  return bytes;
}

export const enum Level { Debug, Info, Warn, Error }

export function log(level: Level, message: string): void {
  const fields = "{}";
  rawLog(level, changetype<usize>(message), message.length, changetype<usize>(fields), fields.length);
}

export function config(): string {
  rawConfig(OUT);
  return take(out[0], out[1]);
}

export function publish(topic: string, data: string): Answer {
  rawPublish(changetype<usize>(topic), topic.length, changetype<usize>(data), data.length, OUT);
  return answer();
}

export function subscribe(pattern: string): Answer {
  rawSubscribe(changetype<usize>(pattern), pattern.length, OUT);
  return answer();
}

export function readFile(path: string): Answer {
  rawRead(changetype<usize>(path), path.length, OUT);
  const result = answer();
  if (!result.failed) result.bytes = bytesAt(out[1], out[2]);
  return result;
}

/** Replaces the file, atomically. */
export function writeFile(path: string, data: ArrayBuffer): Answer {
  rawWrite(changetype<usize>(path), path.length, changetype<usize>(data), data.byteLength, 0, OUT);
  return answer();
}

export function get(url: string): Answer {
  const method = "GET";
  rawFetch(changetype<usize>(method), method.length, changetype<usize>(url), url.length, 0, 0, 0, 0, 0, OUT);
  const result = answer();
  if (!result.failed) {
    result.status = <u16>out[1];
    result.bytes = bytesAt(out[6], out[7]);
  }
  return result;
}
