import { isArray, isArrayBuffer, isView, toObjectString, typedArrayTag } from './primordials.ts';

export interface InspectOptions {
  depth?: unknown;
  maxArrayLength?: unknown;
  maxStringLength?: unknown;
  showHidden?: unknown;
  breakLength?: unknown;
  sorted?: unknown;
}

/** Everything printed stays below this, whatever the options say: a value cannot flood the log. */
const MAX_OUTPUT = 16_384;
const CUSTOM = Symbol.for('nodejs.util.inspect.custom');
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

interface State {
  readonly depth: number;
  readonly maxArray: number;
  readonly maxString: number;
  readonly hidden: boolean;
  readonly width: number;
  readonly sorted: boolean;
  readonly stack: object[];
  readonly options: InspectOptions;
  left: number;
}

/** A value as text for people, as Node's `util.inspect` without colours. Runs no getter. */
export function inspect(value: unknown, options: InspectOptions = {}): string {
  const state: State = {
    depth: options.depth === null ? Number.POSITIVE_INFINITY : Number(options.depth ?? 2),
    maxArray: options.maxArrayLength === null ? MAX_OUTPUT : Math.max(0, Number(options.maxArrayLength ?? 100)),
    maxString: options.maxStringLength === null ? MAX_OUTPUT : Math.max(0, Number(options.maxStringLength ?? 10_000)),
    hidden: Boolean(options.showHidden),
    width: Number(options.breakLength ?? 80),
    sorted: Boolean(options.sorted),
    stack: [],
    options,
    left: MAX_OUTPUT,
  };
  const output = show(value, state);
  return output.length > MAX_OUTPUT ? `${output.slice(0, MAX_OUTPUT)}… ${output.length - MAX_OUTPUT} more` : output;
}

function show(value: unknown, state: State): string {
  const output = typeof value === 'object' && value !== null ? showObject(value, state) : showPlain(value, state);
  state.left -= output.length;
  return output;
}

function showPlain(value: unknown, state: State): string {
  switch (typeof value) {
    case 'string': {
      const more = value.length - state.maxString;
      return more > 0 ? `${quote(value.slice(0, state.maxString))}... ${more} more characters` : quote(value);
    }
    case 'bigint':
      return `${value}n`;
    case 'symbol':
      return String(value);
    case 'function':
      return showFunction(value, state);
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

export function quote(text: string): string {
  const mark = !text.includes("'")
    ? "'"
    : !text.includes('"')
      ? '"'
      : text.includes('`') || text.includes('${')
        ? "'"
        : '`';
  let output = mark;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (char === '\n') output += '\\n';
    else if (char === '\t') output += '\\t';
    else if (char === '\r') output += '\\r';
    else if (char === '\b') output += '\\b';
    else if (char === '\f') output += '\\f';
    else if (char === '\v') output += '\\x0B';
    else if (char === '\\') output += '\\\\';
    else if (char === mark) output += `\\${char}`;
    else if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
      output += `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
    else if (code >= 0xd800 && code <= 0xdfff) output += `\\u${code.toString(16).toUpperCase()}`;
    else output += char;
  }
  return output + mark;
}

function showFunction(value: object, state: State): string {
  const name = dataProperty(value, 'name');
  const source = Function.prototype.toString.call(value);
  const kind = source.startsWith('class') ? 'class' : (constructorName(value) ?? 'Function');
  const label = typeof name === 'string' && name !== '' ? name : undefined;
  const head =
    kind === 'class'
      ? `[class ${label ?? '(anonymous)'}${parentOf(value)}]`
      : label === undefined
        ? `[${kind} (anonymous)]`
        : `[${kind}: ${label}]`;
  const members = showMembers(value, state, Object.keys(value));
  return members.length === 0 ? head : wrap(`${head} `, '{', members, '}', state);
}

function parentOf(value: object): string {
  const parent = Reflect.getPrototypeOf(value);
  const name = parent === null || parent === Function.prototype ? undefined : dataProperty(parent, 'name');
  return typeof name === 'string' && name !== '' ? ` extends ${name}` : '';
}

function showObject(value: object, state: State): string {
  if (state.stack.includes(value)) return '[Circular *]';
  if (state.left <= 0) return '…';
  const custom = customOf(value);
  if (custom !== undefined) {
    const result: unknown = Reflect.apply(custom, value, [
      state.depth - state.stack.length,
      { ...state.options },
      inspect,
    ]);
    if (result !== value) return typeof result === 'string' ? result : show(result, state);
  }
  const name = constructorName(value);
  if (state.stack.length > state.depth && !isEmpty(value)) {
    return isArray(value) ? '[Array]' : `[${name ?? 'Object: null prototype'}]`;
  }
  state.stack.push(value);
  try {
    return showMembersOf(value, name, state);
  } finally {
    state.stack.pop();
  }
}

/** Nothing below it: shown whatever the depth. */
function isEmpty(value: object): boolean {
  if (isArray(value)) return value.length === 0;
  if (value instanceof Map || value instanceof Set) return false;
  return Object.keys(value).length === 0;
}

function showMembersOf(value: object, name: string | undefined, state: State): string {
  const keys = ownKeys(value, state);
  if (isArray(value)) return showArray(value, name, state);
  if (isArrayBuffer(value)) {
    return `ArrayBuffer { [Uint8Contents]: <${hex(new Uint8Array(value), state)}>, byteLength: ${value.byteLength} }`;
  }
  if (isView(value)) {
    const tag = typedArrayTag(value);
    if (tag !== undefined) return showTyped(value as Uint8Array, name ?? tag, state);
    return `DataView { byteLength: ${value.byteLength}, byteOffset: ${value.byteOffset} }`;
  }
  if (value instanceof Error) return showError(value, state, keys);
  if (value instanceof Date) {
    const time = Date.prototype.getTime.call(value);
    return Number.isNaN(time) ? 'Invalid Date' : Date.prototype.toISOString.call(value);
  }
  if (value instanceof RegExp) return RegExp.prototype.toString.call(value);
  const boxed = boxedOf(value);
  if (boxed !== undefined) return `[${name ?? 'Object'}: ${showPlain(boxed, state)}]`;
  const members = showMembers(value, state, keys);
  const tag = tagOf(value, name);
  if (value instanceof Map) {
    const items = limited(
      [...Map.prototype.entries.call(value)],
      state,
      ([key, item]) => `${show(key, state)} => ${show(item, state)}`,
    );
    return wrap(`${name ?? 'Map'}(${value.size}) `, '{', [...items, ...members], '}', state);
  }
  if (value instanceof Set) {
    const items = limited([...Set.prototype.values.call(value)], state, (item) => show(item, state));
    return wrap(`${name ?? 'Set'}(${value.size}) `, '{', [...items, ...members], '}', state);
  }
  if (toObjectString(value) === '[object Promise]') return wrap('Promise ', '{', ['<promise>', ...members], '}', state);
  if (name === undefined) return wrap(`[Object: null prototype]${tag} `, '{', members, '}', state);
  return wrap(name === 'Object' && tag === '' ? '' : `${name}${tag} `, '{', members, '}', state);
}

function showArray(value: readonly unknown[], name: string | undefined, state: State): string {
  const items: string[] = [];
  let shown = 0;
  for (let at = 0; at < value.length && shown < state.maxArray && state.left > 0; shown++) {
    if (Object.hasOwn(value, at)) {
      items.push(describeProperty(value, String(at), state, true));
      at++;
      continue;
    }
    let holes = 0;
    while (at < value.length && !Object.hasOwn(value, at) && holes < MAX_OUTPUT) {
      holes++;
      at++;
    }
    items.push(`<${holes} empty item${holes === 1 ? '' : 's'}>`);
  }
  if (value.length > shown && shown >= state.maxArray) items.push(more(value.length - shown));
  const extra = ownKeys(value, state).filter((key) => typeof key !== 'string' || !/^(?:0|[1-9]\d*)$/.test(key));
  items.push(...showMembers(value, state, extra));
  const prefix = name === 'Array' ? '' : `${name ?? '[Array: null prototype]'}(${value.length}) `;
  return wrap(prefix, '[', items, ']', state);
}

function showTyped(value: Uint8Array, name: string, state: State): string {
  const items = limited([...value.subarray(0, state.maxArray + 1)], state, (item) => showPlain(item, state));
  if (value.length > state.maxArray) items.splice(state.maxArray, items.length, more(value.length - state.maxArray));
  return wrap(`${name}(${value.length}) `, '[', items, ']', state);
}

function showError(error: Error, state: State, keys: readonly PropertyKey[]): string {
  const stack = dataProperty(error, 'stack');
  const own = dataProperty(error, 'message');
  const head = `${nameOf(error)}${typeof own === 'string' && own !== '' ? `: ${own}` : ''}`;
  const text = typeof stack === 'string' && stack !== '' ? stack : `[${head}]`;
  const members = showMembers(
    error,
    state,
    keys.filter((key) => key !== 'stack' && key !== 'message'),
  );
  if (Object.hasOwn(error, 'cause')) members.push(describeProperty(error, 'cause', state, false, '[cause]'));
  if (Object.hasOwn(error, 'errors')) members.push(describeProperty(error, 'errors', state, false, '[errors]'));
  return members.length === 0 ? text : `${text} {\n  ${members.join(',\n').replaceAll('\n', '\n  ')}\n}`;
}

function nameOf(error: Error): string {
  try {
    return String((error as { name: unknown }).name);
  } catch {
    return 'Error';
  }
}

function showMembers(value: object, state: State, keys: readonly PropertyKey[]): string[] {
  return limited(keys, state, (key) => describeProperty(value, key, state, false));
}

function describeProperty(value: object, key: PropertyKey, state: State, bare: boolean, label?: string): string {
  const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
  let text: string;
  if (descriptor?.get !== undefined) text = descriptor.set === undefined ? '[Getter]' : '[Getter/Setter]';
  else if (descriptor?.set !== undefined) text = '[Setter]';
  else text = show(descriptor?.value, state);
  if (bare) return text;
  const name =
    label ?? (typeof key === 'symbol' ? String(key) : IDENTIFIER.test(String(key)) ? String(key) : quote(String(key)));
  return `${descriptor?.enumerable === false && label === undefined ? `[${name}]` : name}: ${text}`;
}

function limited<T>(items: readonly T[], state: State, each: (item: T) => string): string[] {
  const output: string[] = [];
  for (const item of items) {
    if (output.length >= state.maxArray || state.left <= 0) {
      output.push(more(items.length - output.length));
      break;
    }
    output.push(each(item));
  }
  return output;
}

function wrap(prefix: string, open: string, items: readonly string[], close: string, state: State): string {
  if (items.length === 0) return `${prefix}${open}${close}`;
  const line = items.join(', ');
  const total = line.length + prefix.length + state.stack.length * 2 + items.length;
  if (total <= Math.min(state.width, 76) && !line.includes('\n')) return `${prefix}${open} ${line} ${close}`;
  return `${prefix}${open}\n  ${items.join(',\n').replaceAll('\n', '\n  ')}\n${close}`;
}

function ownKeys(value: object, state: State): PropertyKey[] {
  const keys = Reflect.ownKeys(value).filter(
    (key) => state.hidden || Reflect.getOwnPropertyDescriptor(value, key)?.enumerable === true,
  );
  return state.sorted ? keys.sort((a, b) => (String(a) < String(b) ? -1 : 1)) : keys;
}

/** The nearest constructor's name on the prototype chain; undefined without one. */
function constructorName(value: object): string | undefined {
  for (let at: object | null = value; at !== null; at = Reflect.getPrototypeOf(at)) {
    const constructor: unknown = dataProperty(at, 'constructor');
    if (typeof constructor !== 'function') continue;
    const name = dataProperty(constructor, 'name');
    if (typeof name === 'string' && name !== '') return name;
  }
  return undefined;
}

function tagOf(value: object, name: string | undefined): string {
  for (let at: object | null = value; at !== null; at = Reflect.getPrototypeOf(at)) {
    const tag = dataProperty(at, Symbol.toStringTag);
    if (typeof tag === 'string' && tag !== '') return tag === name ? '' : ` [${tag}]`;
  }
  return '';
}

function dataProperty(value: object, key: PropertyKey): unknown {
  const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
  // V8 gives `stack` an accessor of its own; reading it runs nothing of the plugin's.
  if (key === 'stack' && descriptor?.get !== undefined) return (value as { stack?: unknown }).stack;
  return descriptor?.value;
}

function boxedOf(value: object): unknown {
  for (const Kind of [String, Number, Boolean, BigInt, Symbol]) {
    if (!(value instanceof Kind)) continue;
    try {
      return Reflect.apply(Kind.prototype.valueOf as () => unknown, value, []);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function customOf(value: object): ((...args: unknown[]) => unknown) | undefined {
  for (let at: object | null = value; at !== null; at = Reflect.getPrototypeOf(at)) {
    const custom = dataProperty(at, CUSTOM);
    if (typeof custom === 'function') return custom as (...args: unknown[]) => unknown;
  }
  return undefined;
}

function hex(bytes: Uint8Array, state: State): string {
  const shown = [...bytes.subarray(0, Math.min(50, state.maxArray))].map((byte) => byte.toString(16).padStart(2, '0'));
  return `${shown.join(' ')}${bytes.length > shown.length ? ` ... ${more(bytes.length - shown.length)}` : ''}`;
}

function more(count: number): string {
  return `... ${count} more item${count === 1 ? '' : 's'}`;
}
