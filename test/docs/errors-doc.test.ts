import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ERRORS_DOC, errorsDoc } from '../../scripts/errors-doc.ts';

test('docs/errors.md is what scripts/errors-doc.ts writes: run it after a change of src/core/codes.ts', async () => {
  expect(await readFile(ERRORS_DOC, 'utf8')).toBe(errorsDoc());
});
