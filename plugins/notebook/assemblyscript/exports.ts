// The exports of the world `plugin`. build.ts gives them their names: `lifecycle__get_metadata` becomes
// `aitbc:plugin/lifecycle@1.0.0#get-metadata`, and each gets `released` as its post-return.
import { Area, Outcome, allocate, released, take } from "../../lib/assemblyscript/aitbc";
import { DESCRIPTION, METHODS, NAME, call, handleEvent, start } from "./notebook";

export { allocate as cabi_realloc, released };

function bool(outcome: Outcome): usize {
  return outcome.failed ? new Area(3).word(1).text(outcome.text).done() : new Area(3).word(0).word(1).word(0).done();
}

function text(outcome: Outcome): usize {
  return new Area(3).word(outcome.failed ? 1 : 0).text(outcome.text).done();
}

export function lifecycle__get_metadata(): usize {
  return new Area(28)
    .text(NAME).text("1.0.0").text(DESCRIPTION).text("The AITBC Plugins authors").text("MIT")
    .none().none().list([]).list([]).none().none().list([])
    .done();
}
export function lifecycle__get_config_schema(): usize {
  return new Area(2).text("{}").done();
}
export function lifecycle__initialize(): usize {
  return bool(Outcome.ok(""));
}
export function lifecycle__start(): usize {
  return bool(start());
}
export function lifecycle__stop(): usize {
  return bool(Outcome.ok(""));
}
export function lifecycle__cleanup(): usize {
  return bool(Outcome.ok(""));
}
export function lifecycle__health_check(): usize {
  return new Area(3).word(1).text("{}").done();
}
export function lifecycle__handle_event(
  topic: usize, topicLength: usize, data: usize, dataLength: usize,
  source: usize, sourceLength: usize, time: usize, timeLength: usize,
): usize {
  return text(handleEvent(take(topic, topicLength), take(data, dataLength)));
}
export function methods__list_methods(): usize {
  return new Area(2).list(METHODS).done();
}
export function methods__call(method: usize, methodLength: usize, args: usize, argsLength: usize): usize {
  return text(call(take(method, methodLength), take(args, argsLength)));
}
export function methods__call_service(
  service: usize, serviceLength: usize, method: usize, methodLength: usize, args: usize, argsLength: usize,
): usize {
  return text(Outcome.fail("no service"));
}
