/**
 * Guarantees that each subscriber gets the events it asked for in the order they were published, one at a time, whatever the
 * other subscribers do. Trusts the broker to have checked a plugin's grants and rates before `publish` and `subscribe`.
 */
import type { PluginEvent } from '../contract/context.ts';
import { PluginError } from '../core/errors.ts';
import { isTopic, isTopicPattern, topicMatches } from '../core/topics.ts';
import type { Value } from '../protocol/values.ts';
import type { Clock } from './clock.ts';
import { EventQueue, oneByOne, type Deliver } from './event-queue.ts';
import { copyValue, weightOf } from './values.ts';

export type EventHandler = (event: PluginEvent) => unknown;

/** `subscription` is the pattern an event came by, or null for a broadcast. */
export interface Delivery {
  readonly event: PluginEvent;
  readonly subscription: string | null;
}

export interface EventCounts {
  readonly delivered: number;
  readonly dropped: number;
  readonly failed: number;
  readonly waiting: number;
}

interface Subscriber {
  readonly patterns: Set<string>;
  readonly queue: EventQueue<Delivery>;
  open: boolean;
  /** All its events come to one handler: each comes once. */
  oneHandler: boolean;
  failed: number;
}

interface HostSubscription {
  readonly pattern: string;
  readonly queue: EventQueue<PluginEvent>;
}

export interface HubOptions {
  readonly clock: Clock;
  readonly deliver: (plugin: string, ...args: Parameters<Deliver<Delivery>>) => Promise<unknown>;
  /** A handler failed: of a plugin, or the application's own. */
  readonly failed: (subscriber: string, error: unknown, event: PluginEvent) => void;
}

export class EventHub {
  readonly #options: HubOptions;
  readonly #plugins = new Map<string, Subscriber>();
  readonly #host = new Set<HostSubscription>();

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** To the handlers of `on` and to plugins that subscribed. Takes ownership of `data`, which came from a plugin. */
  publish(source: string, topic: string, data: Value): void {
    this.#send(this.#event(source, topic, data), false);
  }

  /** To `handleEvent` of every active plugin, and to all that `publish` reaches. */
  broadcast(source: string, type: string, data: unknown): void {
    this.#send(this.#event(source, type, copyValue(data, 'data')), true);
  }

  /** To `handleEvent` of one active plugin. */
  tell(plugin: string, source: string, type: string, data: unknown): void {
    const subscriber = this.#plugins.get(plugin);
    if (!subscriber?.open) return;
    const event = this.#event(source, type, copyValue(data, 'data'));
    subscriber.queue.push({ event, subscription: null }, weightOf(event.data));
  }

  subscribe(plugin: string, pattern: string): void {
    assertPattern(pattern);
    this.#subscriber(plugin).patterns.add(pattern);
  }

  unsubscribe(plugin: string, pattern: string): void {
    this.#plugins.get(plugin)?.patterns.delete(pattern);
  }

  /** The application's own subscription; what it returns ends it. */
  on(pattern: string, handler: EventHandler): () => void {
    assertPattern(pattern);
    const queue = new EventQueue<PluginEvent>(
      // A handler may change what it is given: no other sees that.
      oneByOne((event) => handler({ ...event, data: copyValue(event.data, 'data') })),
      (error, event) => this.#options.failed('host', error, event),
    );
    const subscription = { pattern, queue };
    this.#host.add(subscription);
    return () => {
      this.#host.delete(subscription);
      queue.clear();
    };
  }

  /**
   * From now on the plugin gets events. With `oneHandler`, as a component has it, an event comes once however many of its
   * patterns match, broadcast or not.
   */
  open(plugin: string, oneHandler = false): void {
    const subscriber = this.#subscriber(plugin);
    subscriber.open = true;
    subscriber.oneHandler = oneHandler;
  }

  /** No new events; resolves once those that wait are handled. */
  async drain(plugin: string): Promise<void> {
    const subscriber = this.#plugins.get(plugin);
    if (!subscriber) return;
    subscriber.open = false;
    await subscriber.queue.idle();
  }

  /** No more events, those that wait included; subscriptions stay for the next start. */
  close(plugin: string): void {
    const subscriber = this.#plugins.get(plugin);
    if (!subscriber) return;
    subscriber.open = false;
    subscriber.queue.clear();
  }

  /** The plugin is gone, and its subscriptions with it. Its counters stay. */
  forget(plugin: string): void {
    this.close(plugin);
    this.#plugins.get(plugin)?.patterns.clear();
  }

  counts(plugin: string): EventCounts {
    const { queue, failed } = this.#plugins.get(plugin) ?? {};
    return {
      delivered: queue?.delivered ?? 0,
      dropped: queue?.dropped ?? 0,
      failed: failed ?? 0,
      waiting: queue?.waiting ?? 0,
    };
  }

  /** Ends all subscriptions, the application's too. */
  end(): void {
    for (const name of this.#plugins.keys()) this.forget(name);
    for (const { queue } of this.#host) queue.clear();
    this.#host.clear();
  }

  #event(source: string, type: string, data: Value): PluginEvent {
    if (!isTopic(type)) {
      throw new PluginError('ERR_USAGE', `Cannot publish "${type}": it is not a topic`, {
        hint: 'a topic is words joined by dots, like block.mined',
      });
    }
    const time = new Date(this.#options.clock.now()).toISOString();
    return Object.freeze({ type, data, source, time });
  }

  #send(event: PluginEvent, broadcast: boolean): void {
    const bytes = weightOf(event.data);
    for (const subscriber of this.#plugins.values()) {
      if (!subscriber.open) continue;
      if (broadcast) subscriber.queue.push({ event, subscription: null }, bytes);
      let done = broadcast && subscriber.oneHandler;
      for (const pattern of subscriber.patterns) {
        if (done) break;
        if (!topicMatches(pattern, event.type)) continue;
        subscriber.queue.push({ event, subscription: pattern }, bytes);
        done = subscriber.oneHandler;
      }
    }
    for (const { pattern, queue } of this.#host) {
      if (topicMatches(pattern, event.type)) queue.push(event, bytes);
    }
  }

  #subscriber(plugin: string): Subscriber {
    const known = this.#plugins.get(plugin);
    if (known) return known;
    const made: Subscriber = {
      patterns: new Set(),
      queue: new EventQueue<Delivery>(
        (...args) => this.#options.deliver(plugin, ...args),
        (error, { event }) => {
          made.failed += 1;
          this.#options.failed(plugin, error, event);
        },
      ),
      open: false,
      oneHandler: false,
      failed: 0,
    };
    this.#plugins.set(plugin, made);
    return made;
  }
}

function assertPattern(pattern: string): void {
  if (isTopicPattern(pattern)) return;
  throw new PluginError('ERR_USAGE', `Cannot subscribe to "${pattern}": it is not a topic pattern`, {
    hint: 'words joined by dots; * stands for one word, a final # for the rest: block.*, block.#',
  });
}
