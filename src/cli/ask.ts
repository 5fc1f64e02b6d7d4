import { createInterface } from 'node:readline/promises';
import { PluginError } from '../core/errors.ts';

/** Whether somebody is there to answer. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** A yes-or-no question on stderr. Anything but `y` and `yes` is no; an empty answer is `preset`. */
export async function ask(question: string, preset: boolean, signal: AbortSignal): Promise<boolean> {
  const answer = (await askText(`${question} [${preset ? 'Y/n' : 'y/N'}]`, signal)).toLowerCase();
  return answer === '' ? preset : answer === 'y' || answer === 'yes';
}

/** One line of text; what stands around it is dropped. */
export async function askText(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`${question} `, { signal })).trim();
  } catch (error) {
    if (signal.aborted || (error as Error).name === 'AbortError') {
      throw new PluginError('ERR_ABORTED', 'Cannot go on: interrupted');
    }
    throw error;
  } finally {
    lines.close();
  }
}
