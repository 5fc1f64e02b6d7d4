import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { runtimeFiles } from '../../src/sandbox/binary.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import { DEFAULT_HEAP, spawnAhead, spawnRuntime, type SpawnedRuntime } from '../../src/sandbox/spawn-runtime.ts';
import { openOptions, plugin } from './support.ts';

const files = runtimeFiles();

async function end({ child }: SpawnedRuntime): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

describe('spawnAhead()', () => {
  test('starts the process that a sandbox then takes, once', async () => {
    spawnAhead(files);
    spawnAhead(files);
    const sandbox = createSandbox();
    const one = await sandbox.open(openOptions(plugin(`hello() { return 'hi'; }`)));
    await one.request('describe', []);
    expect(await one.request('call', ['hello', []])).toBe('hi');
    const another = spawnRuntime(files, DEFAULT_HEAP, 'auto');
    expect(another.child.pid).not.toBe(one.pid);
    await end(another);
    await sandbox.close();
  });

  test.each([
    ['other flags are asked for', DEFAULT_HEAP * 2, false],
    ['it runs another script', DEFAULT_HEAP, true],
  ])('is not taken where %s', async (_when, heap, other) => {
    spawnAhead(files);
    const first = spawnRuntime(files, DEFAULT_HEAP, 'auto');
    await end(first);
    spawnAhead({ ...files, script: other ? '/nowhere.cjs' : files.script });
    const taken = spawnRuntime(files, heap, 'auto');
    expect(taken.child.spawnargs).toContain(`--max-old-space-size=${heap}`);
    expect(taken.child.spawnargs).toContain(files.script);
    await end(taken);
  });
});
