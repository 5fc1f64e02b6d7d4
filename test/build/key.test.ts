import { expect, test } from 'vitest';
import { buildKey } from '../../src/build/key.ts';
import { build } from '../../src/build/build.ts';
import { isDigest } from '../../src/core/digest.ts';
import { run } from '../support/run.ts';
import { verify } from './support.ts';

test('buildKey() is the key of the program, and follows what was verified', async () => {
  const one = await verify({ 'mod.ts': 'export default 1;' });
  const two = await verify({ 'mod.ts': 'export default 2;' });
  const key = await buildKey(one);
  expect(isDigest(key)).toBe(true);
  expect((await build(one)).key).toBe(key);
  expect(await buildKey(two)).not.toBe(key);
  expect(await buildKey({ lock: { ...one.lock, kind: 'component' } })).not.toBe(key);
  const moved = { ...one.lock, resolved: 'https://a.example/x/mod.ts' };
  expect(await buildKey({ lock: moved })).not.toBe(
    await buildKey({ lock: { ...moved, resolved: 'https://b.example/mod.ts' } }),
  );
  expect(await buildKey({ lock: { ...one.lock, source: 'https://mirror.example/mod.ts' } })).toBe(key);
});

test('buildKey() loads no bundler', async () => {
  const module = new URL('../../src/build/key.ts', import.meta.url).href;
  const script = `
    import { createRequire } from 'node:module';
    import { buildKey } from ${JSON.stringify(module)};
    await buildKey({ lock: { integrity: 'sha256:0', kind: 'module', resolved: './x', entry: 'x' } });
    console.log(Object.keys(createRequire(import.meta.url).cache ?? {}).filter((file) => file.includes('esbuild')).length);
    console.log(process._getActiveHandles().length);
  `;
  const { stdout, stderr, status } = await run(process.execPath, ['--input-type=module', '-e', script]);
  expect([stderr, status]).toEqual(['', 0]);
  expect(stdout.split('\n')[0]).toBe('1');
});
