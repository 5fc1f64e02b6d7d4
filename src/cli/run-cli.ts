import { isPluginError } from '../core/errors.ts';
import { assertNoFlag, takeGlobals, type Globals } from './globals.ts';
import { createOutput, type Output } from './output.ts';
import { reportError } from './report-error.ts';

/**
 * The whole command line: resolves to the exit status, after everything was written. Never throws.
 */
export async function runCli(argv: readonly string[]): Promise<number> {
  ignoreClosedPipes();
  let output = createOutput({ json: argv.includes('--json'), color: !argv.includes('--no-color') });
  let globals: Globals | undefined;
  // Ours, never a plugin's: what nobody caught ends the process as an error of ours does.
  process.on('uncaughtException', (error) => {
    process.exit(reportError(error, output, globals?.debug ?? false).exitCode);
  });
  try {
    const taken = takeGlobals(argv, { everywhere: false, env: process.env });
    globals = taken.globals;
    return await dispatch(taken.rest, globals, (now) => {
      globals = now;
      output = createOutput(now);
      return output;
    });
  } catch (error) {
    const debug = globals?.debug ?? Boolean(process.env['AITBC_DEBUG']);
    return reportError(error, output, debug).exitCode;
  } finally {
    await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  }
}

async function dispatch(given: readonly string[], before: Globals, use: (globals: Globals) => Output): Promise<number> {
  const { BUILT_IN } = await import('./built-in.ts');
  const [, about, ...more] = given;
  const isHelpOfPlugin = given[0] === 'help' && !isHelp(about) && !BUILT_IN.includes(about ?? '');
  const words = isHelpOfPlugin ? [about ?? '', ...more, '--help'] : given;
  const [first, second] = words;
  const isPluginExec = first === 'plugin' && second === 'exec' && !isHelp(words[2]);
  if (isPluginExec) {
    const { execCommand } = await import('./commands/exec.ts');
    return execCommand(words.slice(2), before, use);
  }
  if (first !== undefined && !first.startsWith('-') && !BUILT_IN.includes(first)) {
    if (!words.some(isHelp)) await beginRuntime();
    const { mountedCommand } = await import('./commands/mounted.ts');
    return mountedCommand(words, before, use(before));
  }
  const { globals, rest } = takeGlobals(words, { everywhere: true, env: process.env, from: before });
  const output = use(globals);
  if (!isHelp(rest[0]) && rest[0] !== '--version' && rest[0] !== '-V') assertNoFlag(rest[0]);
  const { runBuiltIn } = await import('./program.ts');
  return runBuiltIn(rest, globals, output);
}

/** The command of a plugin needs a process for it: it starts while the rest is loaded. What keeps it from starting is said later. */
async function beginRuntime(): Promise<void> {
  const [{ runtimeFiles }, { spawnAhead }] = await Promise.all([
    import('../sandbox/binary.ts'),
    import('../sandbox/spawn-runtime.ts'),
  ]);
  try {
    spawnAhead(runtimeFiles());
  } catch (error) {
    if (!isPluginError(error)) throw error;
  }
}

function isHelp(word: string | undefined): boolean {
  return word === undefined || word === '--help' || word === '-h';
}

/** A reader such as `head` may close the pipe: then there is nobody to write to, and nothing went wrong. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? 0 : 1);
    });
  }
}

async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve());
  });
}
