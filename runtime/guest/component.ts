/**
 * What the program of a component gets of the bootstrap. Guarantees that its requests pass the same counts and limits as any
 * plugin's; they differ in that the isolate stands still for them.
 */
import type { WireFailure } from '../../src/protocol/messages.ts';
import { boot, moduleBytes, wait } from './bridge.ts';
import type { ComponentHost, HostAnswer, HostRequest } from './component/host.ts';
import { onlyHandler } from './events.ts';
import { hostError, Refusal } from './failure.ts';
import type { GuestReply } from './host.ts';
import { log } from './log.ts';
import { passed } from './passed.ts';
import { objectFreeze, primordialError } from './primordials.ts';
import { abort, begin } from './requests.ts';
import { addService } from './services.ts';
import { openBody } from './streams.ts';

let running: number | undefined;
let aborted = false;

/** Calls of the host run one at a time, and as far as they stand still without a turn of the loop between. */
export function duringCall<T>(call: number, work: () => T): T {
  running = call;
  aborted = false;
  try {
    return work();
  } finally {
    running = undefined;
  }
}

export function abortRunning(call: number): void {
  if (call === running) aborted = true;
}

function stand(ms: number): void {
  wait(ms);
  if (!aborted) return;
  const failure: Partial<WireFailure> & { code: string; message: string } = {
    code: 'ERR_ABORTED',
    message: 'Cannot go on: the call was aborted',
  };
  throw hostError(failure);
}

function start(op: string, args: readonly unknown[], body?: Uint8Array | 'written'): HostRequest {
  let reply: GuestReply | undefined;
  let reason: unknown;
  let done = false;
  const settle = {
    resolve: (answer: GuestReply): void => {
      reply = answer;
      done = true;
    },
    reject: (error: unknown): void => {
      reason = error;
      done = true;
    },
  };
  const id = begin(op, args, settle, body !== undefined);
  const written = body === undefined ? undefined : openBody(id);
  if (body !== undefined && body !== 'written') {
    written?.write(body);
    written?.end();
  }
  return {
    get done() {
      return done;
    },
    answer() {
      if (reply === undefined) throw reason ?? new primordialError('the request is under way');
      return reply as HostAnswer;
    },
    cancel() {
      if (done) reply?.body?.cancel();
      else abort(id, op);
    },
    ...(written === undefined ? {} : { body: written }),
  };
}

function ask(op: string, args: readonly unknown[], body?: Uint8Array): HostAnswer {
  const request = start(op, args, body);
  try {
    while (!request.done) stand(-1);
  } catch (error) {
    request.cancel();
    throw error;
  }
  return request.answer();
}

export function componentHost(): ComponentHost {
  const modules: Record<string, Uint8Array | undefined> = { __proto__: null } as never;
  for (let index = 0; index < boot.modules.length; index += 1) {
    modules[boot.modules[index] as string] = moduleBytes[index] as Uint8Array;
  }
  // The engine keeps a copy of what it compiles: these go as they are taken.
  moduleBytes.length = 0;
  const host = {
    name: boot.name,
    env: boot.env,
    messageLimit: boot.limits.message,
    tooLarge(message: string): Error {
      passed('message');
      return new Refusal('limit', message);
    },
    takeModule(name: string): Uint8Array {
      const bytes = modules[name];
      modules[name] = undefined;
      if (bytes === undefined) throw new primordialError(`there is no core module ${name}`);
      return bytes;
    },
    begin: start,
    ask,
    wait: stand,
    log,
    running: () => running,
    aborted: () => aborted,
    onEvent: onlyHandler,
    onService: addService,
  };
  return objectFreeze(host) as never as ComponentHost;
}
