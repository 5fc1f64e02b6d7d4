import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { PluginError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { runtimeFiles } from '../../src/sandbox/binary.ts';
import { RuntimeProcess } from '../../src/sandbox/runtime-process.ts';
import { DEFAULT_HEAP } from '../../src/sandbox/spawn-runtime.ts';
import { openOptions, plugin } from './support.ts';

function start(patience?: number): RuntimeProcess {
  const files = runtimeFiles();
  return new RuntimeProcess(files, readFileSync(files.bootstrap, 'utf8'), silentLogger, DEFAULT_HEAP, 'off', patience);
}

test('RuntimeProcess.silence counts from the first question without an answer, however long nobody asked', async () => {
  const item = start();
  await item.ready;
  await sleep(300);
  expect(item.silence).toBe(0);
  process.kill(item.pid, 'SIGSTOP');
  const answer = item.ping();
  const first = item.silence;
  await sleep(100);
  void item.ping();
  expect(item.silence).toBeGreaterThan(first);
  process.kill(item.pid, 'SIGCONT');
  await answer;
  item.kill(new PluginError('ERR_ABORTED', 'Cannot go on: the test is over'));
  await item.exited;
});

test('RuntimeProcess.open() may be tried again where the process did not become ready', async () => {
  const item = start(1);
  await expect(item.open(openOptions(plugin('')))).rejects.toMatchObject({
    code: 'ERR_PLUGIN_CRASHED',
    retryable: true,
    plugin: 'p',
  });
  await item.exited;
});
