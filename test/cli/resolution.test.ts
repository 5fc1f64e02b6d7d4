import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { below, registryFiles, type TestRelease } from '../support/registry.ts';
import { workshop, type Workshop } from './support.ts';

const json = (text: string): Record<string, never> => JSON.parse(text) as never;

function release(name: string, version: string, dependencies: readonly string[], more: object = {}): TestRelease {
  return { name, version, manifest: { dependencies, ...more }, entry: { dependencies, ...more } };
}

const RELEASES = [
  release('alpha', '1.0.0', ['core@^1']),
  release('core', '1.0.0', [], { permissions: { net: ['api.example.com'] } }),
];

async function shop(releases: readonly TestRelease[]): Promise<Workshop> {
  const here = await workshop({ 'plugins.yaml': 'registries: [./registry]\nplugins: {}\n' });
  await publish(here, releases);
  return here;
}

async function publish(here: Workshop, releases: readonly TestRelease[]): Promise<void> {
  const files = below('registry/', await registryFiles(releases));
  await here.write(files);
}

const config = (here: Workshop): Promise<string> => readFile(join(here.path, 'plugins.yaml'), 'utf8');

describe('aitbc plugin add, lock, update and remove with dependencies', () => {
  test('add shows all that comes along with version, source and what it asks for, and grants none of it', async () => {
    await using here = await shop(RELEASES);
    const asked = await here.aitbc(['plugin', 'add', 'alpha']);
    expect(asked.status).toBe(2);
    expect(asked.stderr).toMatch(/\+ alpha 1\.0\.0[\s\S]+\+ core 1\.0\.0[\s\S]+asks for +net: api\.example\.com/);
    expect(asked.stderr).toContain('with: core 1.0.0');
    expect(await config(here)).not.toContain('alpha');

    const { status, stdout } = await here.aitbc(['plugin', 'add', 'alpha', '--yes']);
    expect(status).toBe(0);
    expect(stdout).toContain('Added alpha 1.0.0, core 1.0.0 to');
    expect(stdout).toContain('Not granted to core, and refused when it tries: net: api.example.com');
    expect(await config(here)).not.toContain('api.example.com');
    expect((await here.aitbc(['plugin', 'tree'])).stdout).toBe(
      'alpha 1.0.0 (registry registry)\n└── core 1.0.0 (registry registry) ^1\n',
    );
  });

  test('add --grant takes the consent for a plugin that comes along, as --dry-run printed it', async () => {
    await using here = await shop(RELEASES);
    const dry = await here.aitbc(['plugin', 'add', 'alpha', '--dry-run']);
    const digest = /Grant core all it asks for with --grant=(sha256:[0-9a-f]{64})/.exec(dry.stdout)?.[1];
    const { status, stdout } = await here.aitbc(['plugin', 'add', 'alpha', `--grant=${digest}`]);
    expect(status).toBe(0);
    expect(stdout).not.toContain('Not granted');
    expect(await config(here)).toContain('- api.example.com');
  });

  test('a conflict is told as numbered reasons with what would help, and as data', async () => {
    await using here = await shop([
      ...RELEASES,
      release('beta', '1.0.0', []),
      release('beta', '2.0.0', ['core@^2']),
      release('core', '2.0.0', []),
    ]);
    await here.aitbc(['plugin', 'add', 'alpha@1', '--yes']);
    const { status, stderr } = await here.aitbc(['plugin', 'add', 'beta@^2', '--yes']);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'error[ERR_INCOMPATIBLE]: Cannot resolve "beta": no choice of versions satisfies all of them',
    );
    expect(stderr).toMatch(/^ {2}1: Because /m);
    expect(stderr).toContain('hint: beta@^1.0.0 would do, in place of beta@^2');
    const data = json((await here.aitbc(['plugin', 'add', 'beta@^2', '--yes', '--json'])).stdout);
    expect(data).toMatchObject({
      ok: false,
      error: { code: 'ERR_INCOMPATIBLE', details: { 1: expect.any(String) as string } },
    });
  });

  test('update asks before it adds what a new version depends on', async () => {
    await using here = await shop(RELEASES);
    await here.aitbc(['plugin', 'add', 'alpha', '--yes']);
    await publish(here, [...RELEASES, release('alpha', '1.1.0', ['core@^1', 'deep']), release('deep', '0.1.0', [])]);
    const refused = await here.aitbc(['plugin', 'update']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('deep would be added, and nobody has agreed');
    expect(await config(here)).not.toContain('deep');
    expect((await here.aitbc(['plugin', 'update', '--yes'])).status).toBe(0);
    expect(await config(here)).toContain('source: deep');
  });

  test('remove refuses what an enabled plugin depends on, unless --force', async () => {
    await using here = await shop(RELEASES);
    await here.aitbc(['plugin', 'add', 'alpha', '--yes']);
    const { status, stderr } = await here.aitbc(['plugin', 'remove', 'core']);
    expect(status).toBe(2);
    expect(stderr).toContain('Cannot remove "core": alpha would lack it');
    expect((await here.aitbc(['plugin', 'remove', 'core', '--force'])).status).toBe(0);
    expect(await config(here)).not.toContain('core');
  });
});
