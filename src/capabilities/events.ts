/**
 * `events.*`: a plugin publishes and subscribes what its two topic lists grant, at `limits.eventRate`. Trusts the
 * switchboard to deliver by the patterns that were subscribed here and by no others.
 */
import type { Limits } from '../config/types.ts';
import { PluginError } from '../core/errors.ts';
import { isTopic, isTopicPattern } from '../core/topics.ts';
import type { Value } from '../protocol/values.ts';
import { exceeded } from '../config/exceeded.ts';
import type { Leases, Use } from './leases.ts';
import { createBucket } from './rates.ts';
import { text } from './shape.ts';
import { checkPublish, checkSubscribe } from './topics.ts';
import type { Switchboard } from './types.ts';

const MAX_SUBSCRIPTIONS = 256;

export interface Events {
  publish(args: readonly Value[], signal: AbortSignal): Promise<void>;
  subscribe(args: readonly Value[], signal: AbortSignal): Promise<void>;
  unsubscribe(args: readonly Value[]): void;
  /** Ends the subscriptions that the grants no longer allow. */
  revoke(): void;
  close(): void;
}

export function createEvents(options: {
  readonly plugin: string;
  readonly limits: Limits;
  readonly leases: Leases;
  readonly switchboard: Switchboard;
}): Events {
  const { plugin, limits, leases, switchboard } = options;
  const rate = createBucket(limits.eventRate, 1_000);
  const subscriptions = new Set<string>();

  const end = (pattern: string): void => {
    if (subscriptions.delete(pattern)) switchboard.unsubscribe(plugin, pattern);
  };

  return {
    async publish([topicValue, data], signal) {
      const topic = text('events.publish', 'topic', topicValue, 256);
      if (!isTopic(topic))
        throw new PluginError('ERR_VALUE', `Cannot publish "${topic}": it is not words joined by dots`);
      if (!rate.take()) {
        const state = `more than ${limits.eventRate} events in a second`;
        throw exceeded('ERR_LIMIT_RATE', `Cannot publish "${topic}": ${state}`, plugin, limits, 'eventRate');
      }
      const use: Use = {
        capability: 'events.publish',
        value: topic,
        check: (grants) => checkPublish(grants.publish, topic),
        refused: { verb: 'publish', thing: topic, key: 'events.publish', value: topic },
      };
      await leases.run(use, signal, () => switchboard.publish(plugin, topic, data));
    },
    async subscribe([patternValue], signal) {
      const pattern = text('events.subscribe', 'pattern', patternValue, 256);
      if (!isTopicPattern(pattern)) {
        throw new PluginError(
          'ERR_VALUE',
          `Cannot subscribe to "${pattern}": it is not words joined by dots, * and a final #`,
        );
      }
      if (subscriptions.has(pattern)) return;
      if (subscriptions.size >= MAX_SUBSCRIPTIONS) {
        throw new PluginError(
          'ERR_LIMIT_RATE',
          `Cannot subscribe to "${pattern}": there are ${MAX_SUBSCRIPTIONS} subscriptions already`,
        );
      }
      await leases.run(subscribing(pattern), signal, () => {
        switchboard.subscribe(plugin, pattern);
        subscriptions.add(pattern);
      });
    },
    unsubscribe([patternValue]) {
      end(text('events.unsubscribe', 'pattern', patternValue, 256));
    },
    revoke() {
      for (const pattern of subscriptions) {
        const use = subscribing(pattern);
        const decision = use.check(leases.grants);
        if (decision.allowed) continue;
        leases.refuse(use, decision);
        end(pattern);
      }
    },
    close() {
      for (const pattern of subscriptions) end(pattern);
    },
  };
}

function subscribing(pattern: string): Use {
  return {
    capability: 'events.subscribe',
    value: pattern,
    check: (grants) => checkSubscribe(grants.subscribe, pattern),
    refused: { verb: 'subscribe to', thing: pattern, key: 'events.subscribe', value: pattern },
  };
}
