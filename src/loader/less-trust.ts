/**
 * Trust that would get less. Guarantees that nothing is locked with less trust than before unless somebody said why, and that the
 * reason stands in the config, where it is reviewed, before the lock says so; trusts whoever may write the config.
 */
import { addException } from '../config/edit.ts';
import { isInterpolated } from '../config/interpolate.ts';
import { PluginError } from '../core/errors.ts';
import { exceptionEnds, lessTrust, refusedLessTrust } from '../trust/policy.ts';
import { editConfig } from './config-file.ts';
import type { LoaderContext } from './context.ts';
import type { AcceptLessTrust, LockChange } from './types.ts';

/** Of `trust.exceptions[].reason` in the config. */
const MAX_REASON = 1_000;

/** The change, and whether it takes trust away. */
export function withTrust(change: LockChange, { config }: LoaderContext): LockChange {
  const { name, before, after } = change;
  if (after === undefined) return change;
  const less = lessTrust(name, before, after, config.trust?.exceptions ?? [], new Date());
  return less === undefined ? change : { ...change, lessTrust: less };
}

/** Why each of these may be trusted less, by name. ERR_POLICY for the first that nobody gives a reason for. */
export async function acceptedLessTrust(
  changes: readonly LockChange[],
  accept: AcceptLessTrust | undefined,
): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<string, string>();
  for (const change of changes) {
    const { name, lessTrust: less } = change;
    if (less === undefined) continue;
    const reason = (await accept?.(change))?.trim() ?? '';
    if (reason === '') throw refusedLessTrust(name, less, new Date());
    assertReason(name, reason);
    reasons.set(name, reason);
  }
  return reasons;
}

/** Before the lock is written: a config that cannot be edited must leave it as it is. */
export async function writeExceptions({ config }: LoaderContext, reasons: ReadonlyMap<string, string>): Promise<void> {
  if (reasons.size === 0) return;
  const expires = exceptionEnds(new Date());
  await editConfig(config, (start) => {
    let { text } = start;
    for (const [plugin, reason] of reasons) text = addException({ ...start, text }, { plugin, reason, expires });
    return text;
  });
}

/** ERR_USAGE for what the config would refuse at its next reading. */
function assertReason(plugin: string, reason: string): void {
  const fault = isInterpolated(reason)
    ? 'has ${…} in it'
    : /\p{Cc}/u.test(reason)
      ? 'is more than one line of text'
      : reason.length > MAX_REASON
        ? `has more than ${MAX_REASON} characters`
        : undefined;
  if (fault === undefined) return;
  throw new PluginError('ERR_USAGE', `Cannot trust "${plugin}" less: the reason ${fault}`, {
    plugin,
    hint: 'say in one short sentence why it may be trusted less: who looked at it, and where',
  });
}
