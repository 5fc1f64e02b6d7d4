import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAudit } from '../../src/capabilities/audit-read.ts';
import { leastPermissions, permissionUse } from '../../src/capabilities/usage.ts';
import type { AuditRecord } from '../../src/capabilities/types.ts';
import { temporaryFolder } from '../support/temp.ts';

function record(capability: string, value: string, rule: string, more: Partial<AuditRecord> = {}): AuditRecord {
  return {
    time: '2026-01-01T00:00:00.000Z',
    plugin: 'p',
    version: '1.0.0',
    digest: 'sha256:aa',
    capability,
    value,
    rule,
    outcome: 'allowed',
    ...more,
  };
}

async function* stream(records: readonly AuditRecord[]): AsyncGenerator<AuditRecord> {
  yield* records;
}

describe('permissionUse()', () => {
  test('says what was used, denied and never used', async () => {
    const use = await permissionUse(
      { net: ['*.example', 'b.test', '!c.example'], events: { publish: ['x.*'] } },
      stream([
        record('net', 'a.example:443', '*.example', { count: 3 }),
        record('net', 'a.example:443', '*.example', { outcome: 'failed', time: '2026-01-02T00:00:00.000Z' }),
        record('net', 'c.example:443', '!c.example', { outcome: 'denied' }),
        record('write', '/data/x', 'default'),
      ]),
    );
    expect(use.granted).toEqual([
      { kind: 'net', rule: '*.example', uses: 4, last: '2026-01-02T00:00:00.000Z' },
      { kind: 'net', rule: 'b.test', uses: 0, last: undefined },
      { kind: 'events.publish', rule: 'x.*', uses: 0, last: undefined },
    ]);
    expect(use.neverUsed.map(({ rule }) => rule)).toEqual(['b.test', 'x.*']);
    expect(use.denied).toMatchObject([{ kind: 'net', value: 'c.example:443', count: 1 }]);
  });
});

describe('leastPermissions()', () => {
  const least = async (now: object, records: readonly AuditRecord[], withDenied = false): Promise<unknown> =>
    leastPermissions(now, await permissionUse(now, stream(records)), withDenied);

  test('puts what was used in the place of wider rules, and keeps denials', async () => {
    const now = { net: ['*', '!c.example'], events: { publish: ['#'] }, env: ['APP_*'] };
    const records = [
      record('net', 'b.example:443', '*'),
      record('net', 'a.example:443', '*'),
      record('events.publish', 'block.mined', '#'),
      record('env', 'APP_MODE', 'APP_*'),
    ];
    expect(await least(now, records)).toEqual({
      net: ['!c.example', 'a.example:443', 'b.example:443'],
      env: ['APP_MODE'],
      events: { publish: ['block.mined'] },
    });
  });

  test('keeps a rule whose values are many, were cut short or redacted', async () => {
    const many = Array.from({ length: 21 }, (_, at) => record('read', `/srv/${at}`, '/srv'));
    const now = { read: ['/srv'], net: ['*.a', '*.b'] };
    const cut = [record('net', '…', '*.a'), record('net', '[redacted].b:443', '*.b')];
    expect(await least(now, [...many, ...cut])).toEqual({ net: ['*.a', '*.b'], read: ['/srv'] });
  });

  test('adds what was denied when it is told to, and nothing otherwise', async () => {
    const denied = [record('net', 'evil.example:443', 'default', { outcome: 'denied' })];
    expect(await least({}, denied)).toEqual({});
    expect(await least({}, denied, true)).toEqual({ net: ['evil.example:443'] });
  });
});

describe('readAudit()', () => {
  test('reads the files in their order, one plugin alone, and passes over what is no record', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'audit.jsonl');
    const line = (value: string, more: object = {}): string =>
      `${JSON.stringify({ ...record('net', value, 'r'), ...more })}\n`;
    await writeFile(`${file}.1`, line('old'));
    await writeFile(
      file,
      [
        line('new'),
        'null\n[]\n{"plugin":"p"}\n{ torn',
        '\n',
        line('other', { plugin: 'q' }),
        line('bad', { count: -1 }),
        line('worse', { outcome: 'granted' }),
        line('last', { count: 2 }),
      ].join(''),
    );
    const values: string[] = [];
    for await (const { value } of readAudit(file, 'p')) values.push(value);
    expect(values).toEqual(['old', 'new', 'last']);
  });
});
