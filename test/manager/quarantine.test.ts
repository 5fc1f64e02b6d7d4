import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import { openQuarantine, quarantineFile } from '../../src/manager/quarantine.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { temporaryFolder } from '../support/temp.ts';

const RECORD = { integrity: 'sha256:aa', since: '2026-01-01T00:00:00.000Z', message: 'it fell' };

test('openQuarantine() writes what was added, for another host to find', async () => {
  await using folder = await temporaryFolder();
  const file = quarantineFile(join(folder.path, 'data'));
  const one = openQuarantine(file, silentLogger);
  one.add('p', RECORD);
  one.add('q', RECORD);
  await one.settled();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const two = openQuarantine(file, silentLogger);
  expect(await two.find('p', 'sha256:aa')).toEqual(RECORD);
  expect(await two.remove('q')).toBe(true);
  expect(await two.remove('q')).toBe(false);
  await two.settled();
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ version: 1, plugins: { p: RECORD } });
});

test('openQuarantine() keeps what two hosts add at once', async () => {
  await using folder = await temporaryFolder();
  const file = quarantineFile(folder.path);
  const hosts = Array.from({ length: 4 }, () => openQuarantine(file, silentLogger));
  for (const [at, host] of hosts.entries()) host.add(`p${at}`, RECORD);
  await Promise.all(hosts.map((host) => host.settled()));
  const all = openQuarantine(file, silentLogger);
  for (const at of hosts.keys()) expect(await all.find(`p${at}`, 'sha256:aa')).toEqual(RECORD);
});

test('find() forgets a plugin whose bytes are others', async () => {
  await using folder = await temporaryFolder();
  const file = quarantineFile(folder.path);
  const quarantine = openQuarantine(file, silentLogger);
  quarantine.add('p', RECORD);
  expect(await quarantine.find('p', 'sha256:bb')).toBeUndefined();
  expect(await quarantine.find('p', 'sha256:aa')).toBeUndefined();
  await quarantine.settled();
  expect(await readFile(file, 'utf8')).not.toContain('sha256');
});

test.each(['', 'null', '{"plugins":[1]}', '{"plugins":{"p":{"integrity":1}}}', '{"plugins":{"__proto__":{}}}'])(
  'a file that says %j holds nobody back',
  async (text) => {
    await using folder = await temporaryFolder();
    const file = quarantineFile(folder.path);
    await writeFile(file, text);
    const logger = recordingLogger();
    const quarantine = openQuarantine(file, logger);
    expect(await quarantine.find('p', 'sha256:aa')).toBeUndefined();
  },
);
