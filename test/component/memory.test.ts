import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hostOf } from './support.ts';

const NOTEBOOK = fileURLToPath(new URL('../../plugins/notebook/c/plugin.wasm', import.meta.url));

test('calls of a component leave nothing in its memory', async () => {
  await using host = await hostOf({
    notebook: {
      wasm: await readFile(NOTEBOOK),
      entry: { permissions: { events: { subscribe: ['notes.#'] } }, limits: { concurrency: 64 } },
    },
  });
  expect(await host.manager.startAll()).toMatchObject({ failed: [], refused: [] });
  const name = 'notebook';
  const text = 'x'.repeat(200);
  const rounds = async (count: number): Promise<void> => {
    for (let round = 0; round < count; round += 1) {
      await Promise.all(Array.from({ length: 64 }, () => host.manager.call(name, 'echo', [text])));
    }
  };
  // Each call makes objects in the bindings and strings in the module: 64,000 of both do not fit into 64 MiB.
  await rounds(1_000);
  expect(await host.manager.call(name, 'echo', [text])).toBe(text);
  expect(host.manager.getPluginStatus(name)).toBe('active');
});
