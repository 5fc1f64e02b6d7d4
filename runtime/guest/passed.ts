import { FRAME, type GuestLimit } from '../../src/protocol/messages.ts';
import { send } from './bridge.ts';
import { objectCreate, objectKeys } from './primordials.ts';
import { Rate } from './rate.ts';

/** Messages a second: what is passed beyond that is told with the next. */
const rate = new Rate(20);
const untold = objectCreate(null) as Partial<Record<GuestLimit, number>>;

/** Tells the host that the plugin passed a limit that holds in here: it counts and audits. */
export function passed(limit: GuestLimit): void {
  untold[limit] = (untold[limit] ?? 0) + 1;
  if (!rate.take()) return;
  const limits = objectKeys(untold) as GuestLimit[];
  for (let index = 0; index < limits.length; index += 1) {
    const name = limits[index] as GuestLimit;
    if (untold[name] !== 0) send(FRAME.passed, 0, `["${name}",${untold[name]}]`);
    untold[name] = 0;
  }
}
