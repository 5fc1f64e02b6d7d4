import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuditLog, type AuditLog, type AuditLogOptions } from '../../src/capabilities/audit.ts';
import type { AuditRecord } from '../../src/capabilities/types.ts';
import { tempFolder } from './harness.ts';

const record = (more: Partial<AuditRecord> = {}): AuditRecord => ({
  time: '2026-01-01T00:00:00.000Z',
  plugin: 'greeter',
  version: '1.0.0',
  digest: `sha256:${'0'.repeat(64)}`,
  capability: 'net',
  value: 'a.example:443',
  outcome: 'allowed',
  rule: 'a.example',
  ...more,
});

async function open(
  options: Partial<AuditLogOptions> = {},
): Promise<{ audit: AuditLog; file: string; errors: string[]; lines: () => Promise<AuditRecord[]> }> {
  const file = options.file ?? join(await tempFolder(), 'data/audit.jsonl');
  const errors: string[] = [];
  const audit = createAuditLog({
    file,
    redact: (text) => text.replaceAll('hunter2', '[redacted]'),
    logger: { log: (_level, message) => void errors.push(message) },
    ...options,
  });
  onTestFinished(() => audit.close());
  const lines = async (): Promise<AuditRecord[]> =>
    (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditRecord);
  return { audit, file, errors, lines };
}

describe('createAuditLog()', () => {
  it('appends a line for each use, for the host alone to read', async () => {
    const { audit, file, lines } = await open();
    audit.sink(record());
    audit.sink(record({ outcome: 'denied', rule: 'default' }));
    await audit.flush();
    audit.sink(record({ value: 'b.example:443' }));
    await audit.close();
    await audit.close();
    expect(await lines()).toEqual([
      record(),
      record({ outcome: 'denied', rule: 'default' }),
      record({ value: 'b.example:443' }),
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(file, '..'))).mode & 0o777).toBe(0o700);
  });

  it('keeps secrets and control characters out', async () => {
    const { audit, lines } = await open();
    audit.sink(record({ value: 'hunter2\u001b[2J\n', rule: 'hunter2' }));
    await audit.close();
    expect(await lines()).toMatchObject([{ value: '[redacted]\\u{1b}[2J\\u{a}', rule: '[redacted]' }]);
  });

  it('counts equal uses together, however many', async () => {
    const { audit, lines } = await open();
    const heard: number[] = [];
    const stop = audit.listen(() => heard.push(1));
    for (let count = 0; count < 100_000; count++) audit.sink(record({ outcome: 'denied' }));
    stop();
    audit.sink(record());
    await audit.close();
    expect((await lines()).map(({ outcome, count }) => [outcome, count])).toEqual([
      ['denied', undefined],
      ['allowed', undefined],
      ['denied', 99_999],
    ]);
    expect(heard).toHaveLength(100_000);
  });

  it('bounds the lines of a plugin that varies what it asks for', async () => {
    const { audit, file, lines } = await open();
    for (let count = 0; count < 20_000; count++)
      audit.sink(record({ value: `h${count}.example:443`, outcome: 'denied' }));
    audit.sink(record({ plugin: 'other' }));
    await audit.close();
    const all = await lines();
    expect(all.length).toBeLessThan(600);
    expect((await stat(file)).size).toBeLessThan(300_000);
    expect(all.find(({ value }) => value === '…')?.count).toBe(20_000 - 512);
    expect(all.some(({ plugin }) => plugin === 'other')).toBe(true);
  });

  it('starts a new file by size and keeps a few', async () => {
    const { audit, file } = await open({ maxBytes: 1_000, keep: 2 });
    for (let round = 0; round < 20; round++) {
      audit.sink(record({ value: `h${round}.example:443` }));
      audit.sink(record({ value: `i${round}.example:443` }));
      audit.sink(record({ value: `j${round}.example:443` }));
      await audit.flush();
    }
    const folder = join(file, '..');
    expect((await readdir(folder)).toSorted()).toEqual(['audit.jsonl', 'audit.jsonl.1', 'audit.jsonl.2']);
    for (const name of await readdir(folder)) {
      const { size } = await stat(join(folder, name));
      expect(size).toBeLessThan(2_000);
    }
  });

  it('says once that the disk fails, and goes on', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'data'), 'a file where the folder should be');
    const { audit, errors } = await open({ file: join(folder, 'data/audit.jsonl') });
    for (let round = 0; round < 3; round++) {
      audit.sink(record());
      await audit.flush();
    }
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('the audit cannot be written');
  });

  it('keeps no file where none is named', async () => {
    const { audit } = await open();
    const quiet = createAuditLog({ file: undefined, redact: (text) => text, logger: { log: () => undefined } });
    const heard: AuditRecord[] = [];
    quiet.listen((each) => heard.push(each));
    quiet.sink(record());
    await quiet.close();
    await audit.close();
    expect(heard).toEqual([record()]);
  });
});
