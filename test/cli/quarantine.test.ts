import { expect, test } from 'vitest';
import { workshop } from './support.ts';

const SPINS = `
import { definePlugin } from '@aitbc/plugins/sdk';
export default definePlugin({
  metadata: { name: 'bad', version: '1.0.0', description: '', author: 'a', license: 'MIT' },
  start: () => { for (;;); },
  methods: { hello: () => 'hello' },
});
`;

test('a quarantine survives the host, and ends by release or by other bytes', { timeout: 120_000 }, async () => {
  await using shop = await workshop({
    'bad.js': SPINS,
    'good.js': SPINS.replace('for (;;);', '').replace("'bad'", "'good'"),
    'plugins.yaml':
      'limits: { cpu: 100ms }\nplugins:\n  bad: { enabled: true, source: ./bad.js }\n  good: { enabled: true, source: ./good.js }\n',
  });
  const stateOf = async (): Promise<unknown> => {
    const { stdout } = await shop.aitbc(['plugin', 'health', '--json']);
    const { data } = JSON.parse(stdout) as { data: { plugins: { name: string; status: string; reason?: string }[] } };
    const bad = data.plugins.find(({ name }) => name === 'bad');
    return [bad?.status, bad?.reason];
  };
  expect((await shop.aitbc(['plugin', 'lock'])).status).toBe(0);
  const first = shop.spawn(['start']);
  await first.says('Ctrl-C stops.');
  await expect.poll(stateOf, { timeout: 50_000, interval: 1_000 }).toEqual(['error', 'quarantined']);
  // Killed as by an outage: what it knew was written when it knew it.
  first.child.kill('SIGKILL');
  await first.ended();

  const called = await shop.aitbc(['plugin', 'call', 'bad', 'hello']);
  expect(called.stderr).toContain('error[ERR_PLUGIN_QUARANTINED]');
  expect(called.stderr).toContain('aitbc plugin release bad');
  const second = shop.spawn(['start']);
  await second.says('Ctrl-C stops.');
  expect(second.stdout()).toContain('1 of 2 plugins running');
  expect(await stateOf()).toEqual(['error', 'quarantined']);
  // It spins still, so its start fails; but it was let out.
  expect((await shop.aitbc(['plugin', 'release', 'bad'])).stderr).toContain('ERR_LIMIT_CPU');
  expect(await stateOf()).toEqual(['error', 'backoff']);
  await expect.poll(stateOf, { timeout: 50_000, interval: 1_000 }).toEqual(['error', 'quarantined']);

  await shop.write({ 'bad.js': SPINS.replace('for (;;);', '') });
  expect((await shop.aitbc(['plugin', 'lock'])).status).toBe(0);
  expect((await shop.aitbc(['reload'])).status).toBe(0);
  expect(await stateOf()).toEqual(['active', null].map((each) => each ?? undefined));
  second.child.kill('SIGTERM');
  expect((await second.ended()).status).toBe(0);
  const none = await shop.aitbc(['plugin', 'release', 'bad']);
  expect(none.stderr).toContain('error[ERR_NO_HOST]');
});
