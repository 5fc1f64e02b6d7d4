import { bytesText } from '../core/text.ts';
import type { Progress } from '../loader/types.ts';
import { oneLine } from './output.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const WORDS = { fetch: 'fetching', verify: 'verifying', build: 'building', inspect: 'asking' } as const;

/** One line at the bottom of a terminal that says what is being done. Where stderr is no terminal: nothing at all. */
export interface ProgressLine extends Progress {
  /** Takes the line away, until the next update. */
  clear(): void;
}

export function createProgress(options: { readonly enabled: boolean }): ProgressLine {
  const { stderr } = process;
  if (!options.enabled || !stderr.isTTY) return { update() {}, clear() {} };
  let shown = false;
  let frame = 0;
  let last = 0;
  const clear = (): void => {
    if (shown) stderr.write('\r\u001b[2K');
    shown = false;
  };
  return {
    update({ plugin, phase, item, bytes, total, done }) {
      if (done) {
        clear();
        return;
      }
      // A terminal is no place for a line of each chunk.
      const now = Date.now();
      if (shown && now - last < 80) return;
      last = now;
      const size =
        bytes === undefined ? '' : ` ${bytesText(bytes)}${total === undefined ? '' : ` of ${bytesText(total)}`}`;
      const text = `${FRAMES[frame++ % FRAMES.length]} ${WORDS[phase]} ${oneLine(plugin, 40)} ${oneLine(item ?? '', 200)}${size}`;
      stderr.write(`\r\u001b[2K${text.slice(0, (stderr.columns ?? 80) - 1)}`);
      shown = true;
    },
    clear,
  };
}
