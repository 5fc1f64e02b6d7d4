import type { AcceptLessTrust } from '../loader/types.ts';
import { askText, canAsk } from './ask.ts';
import { oneLine } from './output.ts';
import type { Session } from './session.ts';

/**
 * Why a plugin may be trusted less than before: what `--allow-less-trust` says, or what somebody answers, who is shown the old and
 * the new signer. `--yes` is no reason. Undefined where nobody can be asked: the loader refuses it then.
 */
export function askLessTrust(session: Session, given: string | undefined): AcceptLessTrust {
  const { output, progress } = session;
  return async ({ name, before, after, lessTrust }) => {
    if (given !== undefined) return given;
    if (lessTrust === undefined || output.json || !canAsk()) return undefined;
    progress.clear();
    const version = ` ${before?.metadata.version ?? ''} -> ${after?.metadata.version ?? ''}`;
    output.note(output.style('red', oneLine(`${name}${version} would be trusted less: ${lessTrust.state}`), 'stderr'));
    output.note(`    was       ${oneLine(lessTrust.before, 2_400)}`);
    output.note(`    now       ${oneLine(lessTrust.after, 2_400)}`);
    return askText(`Why may ${name} be trusted less? (empty: it may not)`, session.signal);
  };
}
