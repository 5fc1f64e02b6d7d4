import type { PlanOptions } from '../../../protocol/component-plan.ts';
import { type Cursor, MalformedBinary } from '../../../source/component/binary.ts';
import type { Component } from '../types/component.ts';
import { there } from '../types/scope.ts';
import { indexIn } from './core-instance.ts';

const LIFT = 0;
const LOWER = 1;
const DROP = 3;
const LAST_OF_RESOURCES = 4;

/** A function that crosses between the component level and the core. */
export function readCanonical(cursor: Cursor, component: Component): void {
  const { core } = component;
  const kind = cursor.byte();
  if (kind === LIFT || kind === LOWER) {
    if (cursor.byte() !== 0) throw new MalformedBinary('a canonical function is of an unknown kind');
    if (kind === LOWER) {
      const lowered = there(component.functions[cursor.u32()]);
      core.functions.push({ kind: 'lower', function: lowered, options: readOptions(cursor, component) });
      return;
    }
    const index = indexIn(core.functions, cursor);
    const options = readOptions(cursor, component);
    const type = component.functionType(cursor.u32());
    component.functions.push({ sort: 'func', type, origin: { kind: 'lift', core: index, type, options } });
  } else if (kind <= LAST_OF_RESOURCES) {
    const type = component.type(cursor.u32());
    core.functions.push(kind === DROP ? { kind: 'drop', type } : { kind: 'resource' });
  } else throw new MalformedBinary(`built-in function ${kind}, of asynchronous components, is not supported`);
}

/** String encodings 0 to 2; a memory, a reallocation, a post-return by number. */
function readOptions(cursor: Cursor, { core }: Component): PlanOptions {
  const options: { -readonly [K in keyof PlanOptions]: PlanOptions[K] } = {
    encoding: 'utf8',
    memory: null,
    realloc: null,
    postReturn: null,
  };
  cursor.list(() => {
    const option = cursor.byte();
    if (option === 0) options.encoding = 'utf8';
    else if (option === 1) options.encoding = 'utf16';
    else if (option === 2) throw new MalformedBinary('its strings are latin1+utf16; build it with UTF-8 or UTF-16');
    else if (option === 3) options.memory = indexIn(core.memories, cursor);
    else if (option === 4) options.realloc = indexIn(core.functions, cursor);
    else if (option === 5) options.postReturn = indexIn(core.functions, cursor);
    else throw new MalformedBinary('an option of asynchronous components is not supported');
  });
  return options;
}
