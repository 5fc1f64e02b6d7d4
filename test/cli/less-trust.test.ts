import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve, type TestServer } from '../support/http-server.ts';
import { workshop, type Workshop } from './support.ts';
import { onTerminal } from './terminal.ts';

const ASKS = { net: ['api.example.com', 'other.example.com'] };

function files(folder: string, version: string, permissions: object): Record<string, string> {
  const stated = { name: 'greeter', version, description: 'Greets', author: 'Ada', license: 'MIT', permissions };
  return {
    [`/${folder}/plugin.json`]: JSON.stringify(stated),
    [`/${folder}/mod.ts`]: `export default { version: '${version}' };\n`,
  };
}

let server: TestServer;
let shop: Workshop;

/** Locked: 1.1.0, signed and modest; before it 1.0.0, and on the server 1.2.0: both unsigned, and asking for more. */
beforeAll(async () => {
  server = await serve(files('p', '1.0.0', ASKS));
  shop = await workshop();
  const key = JSON.parse((await shop.aitbc(['--json', 'plugin', 'keygen'])).stdout) as { data: { key: string } };
  await shop.write({
    'plugins.yaml': `# mine\ntrust: # whom\n  publishers: { acme: { keys: ["${key.data.key}"] } }\nplugins: {}\n`,
  });
  expect((await shop.aitbc(['plugin', 'add', `${server.url}/p/mod.ts`, '--yes'])).status).toBe(0);
  Object.assign(server.routes, files('p', '1.1.0', {}));
  await shop.aitbc(['plugin', 'sign', `${server.url}/p/mod.ts`, '--key', 'plugin.key', '--out', 'signature.json']);
  server.routes['/p/plugin.sigstore.json'] = await readFile(join(shop.path, 'signature.json'), 'utf8');
  expect((await shop.aitbc(['plugin', 'update'])).status).toBe(0);
  delete server.routes['/p/plugin.sigstore.json'];
  Object.assign(server.routes, files('p', '1.2.0', ASKS), files('q', '1.2.0', ASKS));
  for (const name of STATE) await cp(join(shop.path, name), join(shop.path, `saved/${name}`));
});

const STATE = ['plugins.yaml', 'plugins.lock.json'];

afterAll(async () => {
  await server.close();
  await shop.remove();
});

const read = async (): Promise<readonly string[]> =>
  Promise.all(STATE.map((name) => readFile(join(shop.path, name), 'utf8')));

/** As it was, and what the command needs beside. */
async function restore(command: string): Promise<readonly string[]> {
  for (const name of STATE) await cp(join(shop.path, `saved/${name}`), join(shop.path, name));
  await rm(join(shop.path, 'plugins.yaml.lock'), { force: true });
  if (command === 'lock') {
    const file = join(shop.path, 'plugins.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('/p/mod.ts', '/q/mod.ts'));
  }
  return read();
}

const words = (command: string): readonly string[] => {
  if (command === 'add') return ['plugin', 'add', `${server.url}/p/mod.ts`];
  return ['plugin', command, 'greeter', ...(command === 'rollback' ? ['--to', '1.0.0'] : [])];
};

describe.each(['add', 'lock', 'update', 'rollback'])('plugin %s of a plugin that would be trusted less', (command) => {
  test('is refused in CI, and with --yes, which is no reason', async () => {
    const before = await restore(command);
    const ci = await shop.aitbc([...words(command), '--yes', '--allow-less-trust=moved'], { env: { CI: 'true' } });
    expect({ status: ci.status, told: ci.stderr.includes('the lock is frozen') }).toEqual({ status: 2, told: true });
    const yes = await shop.aitbc([...words(command), '--yes']);
    expect(yes.status).toBe(3);
    expect(yes.stderr).toContain('error[ERR_POLICY]: Cannot trust "greeter": it is not signed any more');
    expect(yes.stderr).toContain('--allow-less-trust="<why>"');
    expect(await read()).toEqual(before);
  });

  test('passes in a script with a reason, which the config keeps; what it asks for needs consent of its own', async () => {
    const before = await restore(command);
    const reason = '--allow-less-trust=Ada read it: all of it';
    // `add --yes` adds it, and grants nothing; the others ask whether it may have more than before.
    const wide = await shop.aitbc([...words(command), reason, ...(command === 'add' ? [] : ['--yes'])]);
    expect(wide.stderr).toContain(`error[${command === 'add' ? 'ERR_USAGE' : 'ERR_PERMISSION_DENIED'}]`);
    expect(wide.stderr).toMatch(/--grant=sha256:[0-9a-f]{64}/);
    expect(await read()).toEqual(before);
    const done = await shop.aitbc([...words(command), reason, '--allow-net=api.example.com']);
    expect({ status: done.status, stderr: done.stderr }).toMatchObject({ status: 0 });
    const [config = '', lock = ''] = await read();
    expect(config).toMatch(/^# mine\ntrust: # whom\n/);
    expect(config).toMatch(/- plugin: greeter\n +reason: ["']?Ada read it: all of it["']?\n +expires: /);
    expect(config).toContain('- api.example.com');
    expect(config).not.toContain('other.example.com');
    expect(lock).not.toContain('"signer"');
  });

  test('asks on a terminal, with both signers, and takes an empty answer for a no', async () => {
    const before = await restore(command);
    const question = 'Why may greeter be trusted less?';
    const no = await onTerminal(shop, words(command), [[question, '\n']]);
    expect(no.status).toBe(3);
    expect(no.screen).toMatch(/was +acme \(key:sha256:[\s\S]+now +not signed/);
    expect(await read()).toEqual(before);
    const grant = command === 'add' ? 'Grant what it asks for?' : 'Grant greeter what it asks for anew';
    const add = command === 'add' ? ([['Add greeter?', 'y\n']] as const) : [];
    const yes = await onTerminal(shop, words(command), [[question, 'the key was lost\n'], ...add, [grant, 'y\n']]);
    expect({ status: yes.status, screen: yes.screen }).toMatchObject({ status: 0 });
    const [config = ''] = await read();
    expect(config).toContain('reason: the key was lost');
    expect(config).toContain('- other.example.com');
  });
});

test('plugin update and lock refuse single grants that name no plugin', async () => {
  for (const command of ['update', 'lock']) {
    const { status, stderr } = await shop.aitbc(['plugin', command, '--allow-net=api.example.com']);
    expect({ status, told: stderr.includes('does not say which of them it is for') }).toEqual({
      status: 2,
      told: true,
    });
  }
});

test('plugin update takes --grant of exactly what --dry-run showed, together with a reason', async () => {
  await restore('update');
  const dry = await shop.aitbc(['plugin', 'update', '--dry-run']);
  expect(dry.stdout).toContain('trust     less than before: it is not signed any more');
  const digest = /--grant=(sha256:[0-9a-f]{64})/.exec(dry.stdout)?.[1];
  const other = await shop.aitbc(['plugin', 'update', `--grant=sha256:${'0'.repeat(64)}`, '--allow-less-trust=x']);
  expect(other.status).toBe(3);
  expect((await shop.aitbc(['plugin', 'update', `--grant=${digest}`, '--allow-less-trust=x'])).status).toBe(0);
  expect((await read())[0]).toContain('- other.example.com');
});

test('plugin outdated tells of less trust, and refuses nothing', async () => {
  await restore('update');
  const { status, stdout } = await shop.aitbc(['plugin', 'outdated']);
  expect(status).toBe(0);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(/signer: acme \(key:sha256:\S+\) -> not signed/);
});
