/**
 * The runtime process: isolates for plugins, and frames to the host. It has no authority of its own once it says `ready`;
 * it is disposable, and it ends itself when the host is gone.
 */
import { textOf, type Frame } from '../src/protocol/frames.ts';
import { FRAME, type WireGone, type WireOpen, type WirePong, type WireReady } from '../src/protocol/messages.ts';
import { Connection } from './connection.ts';
import { GuestIsolate } from './guest-isolate.ts';
import { Library } from './library.ts';
import { OpenQueue } from './open-queue.ts';
import { seal } from './seal.ts';

/** A process that got no plugin for so long is a spare, and has time. Milliseconds. */
const PREPARE_AFTER = 100;

/** `process.exit` with isolates alive crashes (FACTS): this never runs a destructor. */
function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}

const connection = new Connection(3, onFrame, die);
const library = new Library(seal(process.argv[2] ?? ''));
const isolates = new Map<number, GuestIsolate>();
const openings = new OpenQueue((frame) => void open(frame));

const ready: WireReady = { pid: process.pid, node: process.versions.node };
connection.send(FRAME.ready, 0, 0, JSON.stringify(ready));

function onFrame(frame: Frame): void {
  switch (frame.kind) {
    case FRAME.library:
      library.bootstrap = textOf(frame).text;
      setTimeout(() => library.prepare(), PREPARE_AFTER);
      return;
    case FRAME.open:
      openings.push(frame);
      return;
    case FRAME.ping:
      connection.send(FRAME.pong, 0, frame.id, JSON.stringify(pong()));
      return;
    case FRAME.dispose:
      if (openings.drop(frame.plugin)) gone(frame.plugin, { why: 'disposed', detail: '' });
      else isolates.get(frame.plugin)?.end({ why: 'disposed', detail: '' });
      return;
    default:
      deliver(frame);
  }
}

function deliver(frame: Frame): void {
  const isolate = isolates.get(frame.plugin);
  if (isolate === undefined) return;
  const { kind, id } = frame;
  if (kind === FRAME.chunk) {
    isolate.deliver({ kind, id, text: '', tagged: false, bytes: [new Uint8Array(frame.payload)] });
    return;
  }
  const { text, bytes } = textOf(frame);
  isolate.deliver({ kind, id, text, tagged: text.includes('"$"'), bytes });
}

async function open(frame: Frame): Promise<void> {
  const { text, bytes } = textOf(frame);
  const options = JSON.parse(text) as WireOpen;
  const { plugin } = frame;
  const isolate = new GuestIsolate(library, options, {
    send: (kind, id, message, attachments) => connection.send(kind, plugin, id, message, attachments),
    gone: (why) => gone(plugin, why),
    stuck: (why) => connection.send(FRAME.stuck, plugin, 0, JSON.stringify(why)),
  });
  isolates.set(plugin, isolate);
  const script = Buffer.from(bytes[0] ?? new Uint8Array()).toString('utf8');
  if (await isolate.start(library, script, bytes.slice(1))) connection.send(FRAME.opened, plugin, 0, '');
}

function gone(plugin: number, why: WireGone): void {
  isolates.delete(plugin);
  connection.send(FRAME.gone, plugin, 0, JSON.stringify(why));
}

function pong(): WirePong {
  return { isolates: [...isolates].map(([plugin, isolate]) => [plugin, ...isolate.usage()] as const) };
}
