import { expose, needArguments, text } from './idl.ts';
import { host } from './host.ts';
import { PrimordialTypeError, apply, defineProperty, isCallable } from './primordials.ts';

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };

interface Entry {
  readonly type: string;
  readonly callback: Listener;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  removed: boolean;
}

export interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

interface ListenerOptions {
  capture?: boolean;
  once?: boolean;
  passive?: boolean;
  signal?: EventTarget & { readonly aborted: boolean };
}

/** What the dispatcher may do to an event and nobody else: set once, when the class is defined. */
let begin: (event: Event, target: EventTarget) => void;
let enter: (event: Event, passive: boolean) => void;
let stopped: (event: Event) => boolean;
let finish: (event: Event) => boolean;

export class Event {
  static readonly NONE = 0;
  static readonly CAPTURING_PHASE = 1;
  static readonly AT_TARGET = 2;
  static readonly BUBBLING_PHASE = 3;

  readonly #type: string;
  readonly #bubbles: boolean;
  readonly #cancelable: boolean;
  readonly #composed: boolean;
  readonly #timeStamp = host().now();
  #target: EventTarget | null = null;
  #phase = 0;
  #dispatching = false;
  #propagation = true;
  #immediate = true;
  #canceled = false;
  #passive = false;
  #trusted = false;

  static {
    begin = (event, target) => {
      if (event.#dispatching) throw new InvalidState('The event is already being dispatched');
      event.#dispatching = true;
      event.#target = target;
      event.#phase = 2;
    };
    enter = (event, passive) => {
      event.#passive = passive;
    };
    stopped = (event) => !event.#immediate;
    finish = (event) => {
      event.#dispatching = false;
      event.#phase = 0;
      event.#propagation = true;
      event.#immediate = true;
      event.#passive = false;
      return !event.#canceled;
    };
  }

  constructor(type: string, init: EventInit = {}) {
    needArguments(arguments.length, 1, 'Event');
    this.#type = text(type);
    const options = init ?? {};
    this.#bubbles = Boolean(options.bubbles);
    this.#cancelable = Boolean(options.cancelable);
    this.#composed = Boolean(options.composed);
  }

  get type(): string {
    return this.#type;
  }
  get target(): EventTarget | null {
    return this.#target;
  }
  get srcElement(): EventTarget | null {
    return this.#target;
  }
  get currentTarget(): EventTarget | null {
    return this.#dispatching ? this.#target : null;
  }
  get eventPhase(): number {
    return this.#phase;
  }
  get bubbles(): boolean {
    return this.#bubbles;
  }
  get cancelable(): boolean {
    return this.#cancelable;
  }
  get composed(): boolean {
    return this.#composed;
  }
  get defaultPrevented(): boolean {
    return this.#canceled;
  }
  get returnValue(): boolean {
    return !this.#canceled;
  }
  get cancelBubble(): boolean {
    return !this.#propagation;
  }
  set cancelBubble(value: boolean) {
    if (value) this.#propagation = false;
  }
  get timeStamp(): number {
    return this.#timeStamp;
  }
  get isTrusted(): boolean {
    return this.#trusted;
  }
  composedPath(): EventTarget[] {
    return this.#dispatching && this.#target !== null ? [this.#target] : [];
  }
  preventDefault(): void {
    if (this.#cancelable && !this.#passive) this.#canceled = true;
  }
  stopPropagation(): void {
    this.#propagation = false;
  }
  stopImmediatePropagation(): void {
    this.#propagation = false;
    this.#immediate = false;
  }
}
expose(Event, 'Event');
for (const [name, value] of [
  ['NONE', 0],
  ['CAPTURING_PHASE', 1],
  ['AT_TARGET', 2],
  ['BUBBLING_PHASE', 3],
] as const) {
  defineProperty(Event.prototype, name, { value, enumerable: true });
}

class InvalidState extends Error {
  override readonly name = 'InvalidStateError';
}

export class EventTarget {
  /** Replaced, never changed, so that a dispatch goes through the list as it began. */
  #entries: readonly Entry[] = [];

  addEventListener(type: string, callback: Listener | null, options?: ListenerOptions | boolean): void {
    needArguments(arguments.length, 2, 'EventTarget.addEventListener');
    const { capture, once, passive, signal } = flatten(options);
    if (callback === null || callback === undefined) return;
    if (!isCallable(callback) && typeof callback !== 'object') {
      throw new PrimordialTypeError('EventTarget.addEventListener: the listener must be a function or an object');
    }
    if (signal?.aborted === true) return;
    const name = text(type);
    for (const entry of this.#entries) {
      if (entry.type === name && entry.callback === callback && entry.capture === capture) return;
    }
    const added: Entry = { type: name, callback, capture, once, passive, removed: false };
    this.#entries = [...this.#entries, added];
    signal?.addEventListener('abort', () => this.#remove(added), { once: true });
  }

  removeEventListener(type: string, callback: Listener | null, options?: ListenerOptions | boolean): void {
    needArguments(arguments.length, 2, 'EventTarget.removeEventListener');
    const { capture } = flatten(options);
    const name = text(type);
    for (const entry of this.#entries) {
      if (entry.type === name && entry.callback === callback && entry.capture === capture) {
        this.#remove(entry);
        return;
      }
    }
  }

  dispatchEvent(event: Event): boolean {
    needArguments(arguments.length, 1, 'EventTarget.dispatchEvent');
    begin(event, this);
    for (const entry of this.#entries) {
      if (entry.removed || entry.type !== event.type) continue;
      if (entry.once) this.#remove(entry);
      enter(event, entry.passive);
      const { callback } = entry;
      try {
        if (isCallable(callback)) apply(callback, this, [event]);
        else callback.handleEvent(event);
      } catch (error) {
        host().reportError(error);
      }
      if (stopped(event)) break;
    }
    return finish(event);
  }

  #remove(entry: Entry): void {
    entry.removed = true;
    const left: Entry[] = [];
    for (const other of this.#entries) if (other !== entry) left[left.length] = other;
    this.#entries = left;
  }
}
expose(EventTarget, 'EventTarget');

function flatten(
  options: ListenerOptions | boolean | undefined,
): Omit<Required<ListenerOptions>, 'signal'> & Pick<ListenerOptions, 'signal'> {
  if (typeof options !== 'object' || options === null) {
    return { capture: Boolean(options), once: false, passive: false };
  }
  const { capture, once, passive, signal } = options;
  if (signal !== undefined && !(signal instanceof EventTarget)) {
    throw new PrimordialTypeError('EventTarget.addEventListener: signal must be an AbortSignal');
  }
  const flat = { capture: Boolean(capture), once: Boolean(once), passive: Boolean(passive) };
  return signal === undefined ? flat : { ...flat, signal };
}

export class CustomEvent extends Event {
  readonly #detail: unknown;
  constructor(type: string, init: EventInit & { detail?: unknown } = {}) {
    super(type, init);
    this.#detail = init?.detail ?? null;
  }
  get detail(): unknown {
    return this.#detail;
  }
}
expose(CustomEvent, 'CustomEvent');

export class ErrorEvent extends Event {
  readonly #init: { message?: string; filename?: string; lineno?: number; colno?: number; error?: unknown };
  constructor(
    type: string,
    init: EventInit & { message?: string; filename?: string; lineno?: number; colno?: number; error?: unknown } = {},
  ) {
    super(type, init);
    this.#init = { ...init };
  }
  get message(): string {
    return text(this.#init.message ?? '');
  }
  get filename(): string {
    return text(this.#init.filename ?? '');
  }
  get lineno(): number {
    return this.#init.lineno ?? 0;
  }
  get colno(): number {
    return this.#init.colno ?? 0;
  }
  get error(): unknown {
    return this.#init.error;
  }
}
expose(ErrorEvent, 'ErrorEvent');

/** An `onabort`-like attribute: one listener that is replaced, kept at its first place among the others. */
export function handlerAttribute(
  target: EventTarget,
  type: string,
): {
  get(): ((event: Event) => unknown) | null;
  set(value: unknown): void;
} {
  let handler: ((event: Event) => unknown) | null = null;
  let added = false;
  return {
    get: () => handler,
    set(value) {
      handler = isCallable(value) ? (value as (event: Event) => unknown) : null;
      if (handler === null || added) return;
      added = true;
      target.addEventListener(type, (event) => {
        if (handler !== null) apply(handler, target, [event]);
      });
    },
  };
}
