import { afterEach, describe, expect, test } from 'vitest';
import { workshop, type Workshop } from './support.ts';
import { moduleOf, type WatPlugin } from '../component/wat.ts';
import { componentOf, ownWit } from '../component/support.ts';

const IMPORTS = `
  (import "aitbc:plugin/http@1.0.0" "fetch" (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "aitbc:plugin/events@1.0.0" "unsubscribe" (func $unsubscribe (param i32 i32 i32)))
  (import "aitbc:plugin/files@1.0.0" "remove" (func $remove (param i32 i32 i32)))`;
const NO_HOST = 'imports http, and is granted no host: every request will be refused';
const NO_TOPIC = 'imports events, and is granted no topic: what it publishes and subscribes to will be refused';

let shop: Workshop;
afterEach(() => shop.remove());

/** A plugin in the folder `./quiet` that imports http, events and files, and says so or not. */
async function quiet(permissions: object, more: Partial<WatPlugin> = {}): Promise<void> {
  const stated = { name: 'quiet', version: '1.0.0', description: '', author: 'x', license: 'MIT' };
  const manifest = { ...stated, entry: 'plugin.wasm', permissions };
  const module = await moduleOf({ name: 'quiet', methods: {}, imports: IMPORTS, ...more });
  shop = await workshop();
  await shop.write({
    'quiet/plugin.json': JSON.stringify(manifest),
    'quiet/plugin.wasm': await componentOf(module, await ownWit(), 'plugin'),
  });
}

const data = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { stdout } = await shop.aitbc(['--json', 'plugin', ...args]);
  return (JSON.parse(stdout) as { data: Record<string, unknown> }).data;
};

describe('aitbc plugin add and info of a component', () => {
  test('show what it imports, and note what it may not use at all', async () => {
    await quiet({});
    const { status, stdout, stderr } = await shop.aitbc(['plugin', 'add', './quiet', '--yes']);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/imports +events, files, http\n/)]);
    expect(stdout).toContain(`Note: quiet ${NO_HOST}.`);
    expect(stdout).toContain(`Note: quiet ${NO_TOPIC}.`);
    const info = await shop.aitbc(['plugin', 'info', 'quiet']);
    expect(info.stdout).toMatch(/imports +events, files, http\n/);
    expect(info.stdout).toContain(NO_HOST);
    expect(await data('info', 'quiet')).toMatchObject({
      imports: ['events', 'files', 'http'],
      requested: [],
      granted: [],
      notes: [NO_TOPIC, NO_HOST],
    });
  });

  test('note nothing that is requested or granted: that is told by name', async () => {
    await quiet({ net: ['api.example.com'] });
    const added = await data('add', './quiet', '--yes', '--allow-publish=a.b');
    expect(added).toMatchObject({
      change: { imports: ['events', 'files', 'http'] },
      notGranted: ['net: api.example.com'],
      notes: [],
    });
  });

  test('a denial alone grants nothing', async () => {
    await quiet({ net: ['!api.example.com'] });
    expect(await data('add', './quiet', '--yes')).toMatchObject({ notes: [NO_TOPIC, NO_HOST] });
  });
});
