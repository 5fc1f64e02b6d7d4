/**
 * The guest's bootstrap: everything of the outside that a plugin can reach stands behind this file. It runs before any
 * plugin code, captures the language, removes what is dangerous, and trusts nothing that runs after it.
 */
import './primordials.ts';
import { reviveValue } from '../../src/protocol/decode.ts';
import { FRAME, type WireFailure } from '../../src/protocol/messages.ts';
import { LOCAL } from '../wire.ts';
import { beginTurn, boot, onAgain, onEnter } from './bridge.ts';
import { abortRunning } from './component.ts';
import { abortCommand } from './command.ts';
import { define, onCall } from './dispatch.ts';
import { stopBatch } from './event-batch.ts';
import { hostError } from './failure.ts';
import { installGlobals } from './globals.ts';
import { lockdown } from './lockdown.ts';
import { append, jsonParse } from './primordials.ts';
import { onFailure, onResponse } from './requests.ts';
import { bodies } from './streams.ts';
import { runTimers } from './timers.ts';

type Inbound = [kind: number, id: number, tagged: 0 | 1, bytes: number, payload: unknown];

lockdown(boot.kind);
installGlobals();

onEnter((messages, ...extras) => {
  beginTurn();
  const batch = jsonParse(messages) as Inbound[];
  let at = 0;
  for (let index = 0; index < batch.length; index += 1) {
    // By index: destructuring looks up an iterator that a plugin may have replaced.
    const message = batch[index] as Inbound;
    const count = message[3];
    const payload = message[4];
    const bytes: Uint8Array[] = [];
    for (let item = 0; item < count; item += 1) append(bytes, extras[at + item] as Uint8Array);
    at += count;
    receive(message[0], message[1], message[2] === 1 ? reviveValue(payload, bytes) : payload, bytes, extras);
  }
});

function receive(
  kind: number,
  id: number,
  payload: unknown,
  bytes: readonly Uint8Array[],
  extras: readonly unknown[],
): void {
  switch (kind) {
    case FRAME.call: {
      const call = payload as [op: string, args: readonly unknown[]];
      return onCall(id, call[0], call[1]);
    }
    case FRAME.abortCall:
      if (stopBatch(id)) return;
      abortRunning(id);
      return abortCommand(id);
    case FRAME.response:
      return onResponse(id, payload as never, false);
    case FRAME.responseWithBody:
      return onResponse(id, payload as never, true);
    case FRAME.failure:
      return onFailure(id, payload as WireFailure);
    case FRAME.chunk:
      return bodies.incoming(id)?.push(bytes[0] as Uint8Array);
    case FRAME.end:
      return bodies.incoming(id)?.end();
    case FRAME.fail:
      return bodies.incoming(id)?.fail(hostError(payload as WireFailure));
    case FRAME.credit:
      return bodies.outgoing(id)?.credit(payload as number);
    case FRAME.cancel:
      return bodies.outgoing(id)?.cancel();
    case LOCAL.timers:
      return runTimers();
    case LOCAL.again:
      return onAgain();
    case LOCAL.define:
      return define(extras[0] as Parameters<typeof define>[0]);
  }
}
