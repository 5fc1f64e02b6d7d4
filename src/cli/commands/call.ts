import { parseDuration } from '../../config/units.ts';
import { PluginError } from '../../core/errors.ts';
import { printableJson } from '../../core/text.ts';
import { startOne } from '../start-one.ts';
import type { Session } from '../session.ts';

/** `aitbc plugin call <name> <method> '[…]'`: prints what the method returns, as JSON. */
export async function call(
  session: Session,
  name: string,
  method: string,
  args: string | undefined,
  timeout: string | undefined,
): Promise<number> {
  const values = readArguments(args ?? '[]');
  const milliseconds = timeout === undefined ? undefined : parseDuration(timeout);
  if (timeout !== undefined && milliseconds === undefined) {
    throw new PluginError(
      'ERR_USAGE',
      `Cannot use "${timeout}" for --timeout: it must be a duration like 500ms or 10s`,
    );
  }
  const manager = await startOne(session, name);
  const value = await manager.call(name, method, values, {
    signal: session.signal,
    ...(milliseconds === undefined ? {} : { timeout: milliseconds }),
  });
  session.output.data({ value: value ?? null });
  if (value !== undefined) {
    const { output } = session;
    output.line(printableJson(output.redact(JSON.stringify(value, readable, 2))));
  }
  return 0;
}

function readArguments(text: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PluginError('ERR_USAGE', `Cannot read the arguments: they are not JSON`, {
      cause: error,
      hint: `give them as one JSON array in quotes: '["text", 1]'`,
    });
  }
  if (Array.isArray(value)) return value as unknown[];
  throw new PluginError('ERR_USAGE', 'Cannot read the arguments: they must be one JSON array', {
    hint: `'[${text.slice(0, 200)}]'`,
  });
}

/** JSON has no bigint and no bytes. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
