import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workshop, type Workshop } from '../cli/support.ts';

describe('aitbc notes, commands of a component', () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await workshop();
    const source = fileURLToPath(new URL('../../plugins/notes', import.meta.url));
    expect((await shop.aitbc(['plugin', 'add', source, '--yes'])).status).toBe(0);
  });
  afterAll(() => shop.remove());
  const notes = async (...args: string[]): Promise<[number | null, string, string]> => {
    const { status, stdout, stderr } = await shop.aitbc(['notes', ...args], { input: 'from\0stdin \u{1f600}' });
    return [status, stdout, stderr];
  };

  test('add keeps an option or stdin, list and show print', async () => {
    expect(await notes('list')).toEqual([0, '', '']);
    expect(await notes('add', 'second', '--text', 'Wé')).toEqual([0, 'kept second (3 bytes)\n', '']);
    expect(await notes('add', 'first')).toEqual([0, 'kept first (15 bytes)\n', '']);
    expect(await notes('list')).toEqual([0, 'first\nsecond\n', '']);
    expect(await notes('show', 'first')).toEqual([0, 'from\0stdin \u{1f600}', '']);
  });

  test("the exit status and stderr are the command's own, and a failure is 1", async () => {
    expect(await notes('show', 'none')).toEqual([4, '', 'no note "none"\n']);
    const [status, stdout, stderr] = await notes('show', '../escape');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('letters, digits and dashes, not "../escape"');
    expect((await notes('show'))[0]).toBe(2);
  });

  test('help comes from the manifest', async () => {
    const [status, stdout] = await notes('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('Print a note');
  });
});
