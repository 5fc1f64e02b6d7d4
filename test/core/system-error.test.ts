import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeAtomic } from '../../src/core/atomic-file.ts';
import { storeError } from '../../src/core/system-error.ts';
import { temporaryFolder } from '../support/temp.ts';

test.each<[string, string, (path: string) => Promise<unknown>, string]>([
  ['a file that is missing', 'read', async (path) => readFile(path), 'it is not there'],
  ['a folder', 'read', async (path) => mkdir(path).then(() => readFile(path)), 'it is a folder'],
  [
    'a file below a file',
    'read',
    async (path) => writeFile(path, '').then(() => readFile(join(path, 'x'))),
    'is a file',
  ],
  ['a missing folder', 'write', async (path) => writeAtomic(join(path, 'x'), ''), 'its folder is not there'],
  [
    'a file where a folder belongs',
    'write',
    async (path) => writeFile(path, '').then(() => mkdir(path, { recursive: true })),
    'a file is in the place of a folder',
  ],
])('storeError() says in words what the system says of %s', async (_, verb, act, state) => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'place');
  const cause = await act(path).then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
  const error = storeError(verb, path, cause);
  expect(error.code).toBe('ERR_STORE');
  expect(error.message).toContain(`Cannot ${verb} "${path}": `);
  expect(error.message).toContain(state);
  expect(error.message).not.toMatch(/\bE[A-Z]{4,}:|\.tmp/);
  expect(error.hint).toMatch(/\.$/);
});
