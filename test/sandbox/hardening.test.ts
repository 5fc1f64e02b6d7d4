import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { PluginError } from '../../src/core/errors.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import { hardeningTools, wrapping } from '../../src/sandbox/hardening.ts';
import type { Instance, Sandbox } from '../../src/sandbox/types.ts';
import { openOptions, plugin } from './support.ts';

const sandboxes: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.close()));
});

async function openPlugin(sandbox: Sandbox, name: string): Promise<Instance> {
  const instance = await sandbox.open(openOptions(plugin(`ping() { return 'pong'; }`), { name, group: name }));
  await instance.request('describe', []);
  return instance;
}

const { bwrap, bwrapFailure, prlimit } = hardeningTools();
const works = bwrap !== undefined && bwrapFailure === undefined;

describe('wrapping()', () => {
  test('is nothing when it is off', () => {
    expect(wrapping('off', [])).toEqual({ words: [], bubblewrap: false });
  });

  test('takes what there is when it is auto, and says why it cannot when it is on', () => {
    expect(wrapping('auto', []).bubblewrap).toBe(works);
    const on = ((): unknown => {
      try {
        return wrapping('on', []).bubblewrap;
      } catch (error) {
        return error instanceof PluginError ? error.code : error;
      }
    })();
    expect(on).toBe(works ? true : 'ERR_STATE');
  });
});

describe('a runtime process with hardening', () => {
  test('sees no file of the host but its own, no other process, and dies with its host', async () => {
    const sandbox = createSandbox({ hardening: 'auto' });
    sandboxes.push(sandbox);
    const instance = await openPlugin(sandbox, 'a');
    expect(await instance.request('call', ['ping', []])).toBe('pong');
    const { pid } = instance;
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    expect(/Max core file size +0 /.test(limits)).toBe(prlimit !== undefined);
    expect(/Max file size +0 /.test(limits)).toBe(prlimit !== undefined);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(process.execPath)).toBe(true);
    const network = (of: number | 'self'): string => readlinkSync(`/proc/${of}/ns/net`);
    expect(network(pid) !== network('self')).toBe(works);
    const root = readdirSync(`/proc/${pid}/root/`);
    expect(root.includes('home') || root.includes('root')).toBe(!works);
    expect(existsSync(`/proc/${pid}/root/etc/passwd`)).toBe(!works);
    await sandbox.close();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test('is found and ended when it is killed from outside, and the next one works', async () => {
    const sandbox = createSandbox({ hardening: 'auto' });
    sandboxes.push(sandbox);
    const instance = await openPlugin(sandbox, 'a');
    process.kill(instance.pid, 'SIGKILL');
    expect(await instance.exited).toMatchObject({ kind: 'crashed', blame: 'self' });
    expect(await (await openPlugin(sandbox, 'a')).request('call', ['ping', []])).toBe('pong');
  });
});

test('a machine without bubblewrap is told so', async () => {
  const script = `
    import { hardeningTools, wrapping } from ${JSON.stringify(new URL('../../src/sandbox/hardening.ts', import.meta.url).href)};
    try { wrapping('on', []); } catch (error) { console.log(error.code, error.message, error.hint, JSON.stringify(hardeningTools())); }
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { PATH: '/nonexistent' } });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  expect(text).toContain('ERR_STATE Cannot start a runtime process: hardening is on, and bubblewrap is not installed');
  expect(text).toContain('apt install bubblewrap');
  expect(text).toContain('{}');
});
