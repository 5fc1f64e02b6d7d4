import { onTestFinished } from 'vitest';
import type { Permissions } from '../../src/contract/metadata.ts';
import type { Value } from '../../src/protocol/values.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { Sandbox } from '../../src/sandbox/types.ts';
import { buildFiles } from '../build/support.ts';
import { type Rig, type RigOptions, rig } from '../capabilities/harness.ts';
import { openOptions } from '../sandbox/support.ts';

let sandbox: Sandbox | undefined;

export interface WholeWay extends Rig {
  /** Calls the plugin's `run` with these. */
  run(...args: Value[]): Promise<Value>;
}

/**
 * A plugin the whole way: built with esbuild, run in an isolate of a real runtime process, its requests answered by the
 * real broker. `body` is that of its async method `run(...args)`.
 */
export async function wholeWay(
  { imports = '', body }: { imports?: string; body: string },
  permissions: Permissions = {},
  options: RigOptions = {},
): Promise<WholeWay> {
  const program = await buildFiles({
    'mod.ts': `${imports}
      const metadata = { name: 'greeter', version: '1.0.0', description: '', author: '', license: 'MIT' };
      export default { getMetadata: () => metadata, async run(...args) { ${body} } };`,
  });
  sandbox ??= createSandbox();
  const parts = await rig(permissions, options);
  const instance = await sandbox.open(
    openOptions(program, { name: 'greeter', port: parts.broker, env: { GRANTED: 'yes' } }),
  );
  onTestFinished(() => instance.dispose());
  await instance.request('describe', []);
  return { ...parts, run: (...args) => instance.request('call', ['run', args]) };
}

export async function closeSandbox(): Promise<void> {
  await sandbox?.close();
  sandbox = undefined;
}
