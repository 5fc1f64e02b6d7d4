import { createContext, Script, type Context } from 'node:vm';

let context: Context | undefined;
let script: Script | undefined;

const TRIES = 5;

/**
 * Runs a function of ours on data of others, and ends it when it takes longer than `milliseconds`: a regular expression or a
 * schema of a plugin can be made to run for ever. Undefined when it was ended. `run` may be begun again, where a busy machine
 * kept it from running at all.
 */
export function withDeadline<T>(run: () => T, milliseconds: number): { readonly value: T } | undefined {
  for (let turn = 1; ; turn++) {
    const before = process.threadCpuUsage();
    const done = once(run, milliseconds);
    const { user, system } = process.threadCpuUsage(before);
    if (done !== undefined || turn === TRIES || (user + system) / 1_000 > milliseconds / 2) return done;
  }
}

function once<T>(run: () => T, milliseconds: number): { readonly value: T } | undefined {
  context ??= createContext(Object.assign(Object.create(null) as object, { run: undefined }));
  script ??= new Script('run()', { filename: 'deadline' });
  let value: { readonly value: T } | undefined;
  context['run'] = (): void => {
    value = { value: run() };
  };
  try {
    script.runInContext(context, { timeout: milliseconds });
    return value;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    context['run'] = undefined;
  }
}
