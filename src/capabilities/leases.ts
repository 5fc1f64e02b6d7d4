/**
 * Ties what runs to the grants it runs under: nothing begins without a check, each use is audited once with its outcome,
 * and what a new set of grants no longer allows is aborted. Trusts each capability to name the use it really makes.
 */
import { PluginError } from '../core/errors.ts';
import type { Grants } from './grants.ts';
import { refusal, type Refused } from './refusal.ts';
import type { Decision } from './rules.ts';
import type { AuditRecord } from './types.ts';

export interface Use {
  /** Of the audit: `net`, `read`, `events.publish`, … */
  readonly capability: string;
  readonly value: string;
  readonly check: (grants: Grants) => Decision;
  readonly refused: Refused;
}

/** One allowed use that is under way. */
export interface Lease {
  /** Aborted with the caller's signal, or with ERR_PERMISSION_DENIED once the grant is gone. */
  readonly signal: AbortSignal;
  /** Audits the outcome and lets go; the first call counts. */
  end(outcome: 'allowed' | 'failed'): void;
}

export interface Leases {
  readonly grants: Grants;
  begin(use: Use, signal: AbortSignal): Lease;
  /** Begins, runs, ends. */
  run<T>(use: Use, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T> | T): Promise<T>;
  /** Audits a refusal and makes its error. */
  refuse(use: Use, decision: Decision): PluginError;
  replace(grants: Grants): void;
  /** Aborts all that runs. */
  abort(reason: PluginError): void;
}

export interface LeaseOwner {
  readonly name: string;
  readonly audit: (record: Pick<AuditRecord, 'capability' | 'value' | 'outcome' | 'rule'>) => void;
}

export function createLeases(owner: LeaseOwner, first: Grants): Leases {
  let grants = first;
  const open = new Map<Lease, { use: Use; controller: AbortController }>();

  const refuse = (use: Use, decision: Decision): PluginError => {
    owner.audit({ capability: use.capability, value: use.value, outcome: 'denied', rule: decision.rule });
    return refusal(owner.name, use.refused, decision, grants);
  };

  const begin = (use: Use, signal: AbortSignal): Lease => {
    const decision = use.check(grants);
    if (!decision.allowed) throw refuse(use, decision);
    signal.throwIfAborted();
    const controller = new AbortController();
    const follow = (): void => controller.abort(signal.reason);
    signal.addEventListener('abort', follow, { once: true });
    const lease: Lease = {
      signal: controller.signal,
      end(outcome) {
        if (!open.delete(lease)) return;
        signal.removeEventListener('abort', follow);
        owner.audit({ capability: use.capability, value: use.value, outcome, rule: decision.rule });
      },
    };
    open.set(lease, { use, controller });
    return lease;
  };

  return {
    get grants() {
      return grants;
    },
    begin,
    refuse,
    async run(use, signal, work) {
      const lease = begin(use, signal);
      try {
        const result = await untilAborted(lease.signal, Promise.resolve(work(lease.signal)));
        lease.end('allowed');
        return result;
      } catch (error) {
        lease.end('failed');
        throw error;
      }
    },
    replace(next) {
      grants = next;
      for (const { use, controller } of open.values()) {
        const decision = use.check(next);
        if (!decision.allowed) controller.abort(refuse(use, decision));
      }
    },
    abort(reason) {
      for (const { controller } of open.values()) controller.abort(reason);
    },
  };
}

/** The work's result, or the signal's reason at once; the work itself must end by the same signal. */
export async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    promise.catch(() => undefined);
    work.catch(() => undefined);
  }
}
