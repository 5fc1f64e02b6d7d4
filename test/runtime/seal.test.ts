import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runtimeFiles } from '../../src/sandbox/binary.ts';
import { run, type RunResult } from '../support/run.ts';
import { temporaryFolder } from '../support/temp.ts';

const SOURCE = readFileSync(fileURLToPath(new URL('../../runtime/seal.ts', import.meta.url)), 'utf8');
const FLAGS = ['--permission', '--allow-addons', '--no-experimental-sqlite', '--disable-sigusr1', '--no-warnings'];

/** `seal` as it stands, then `attempt`, in one file: a sealed process reads no other. */
async function sealed(attempt: string, flags: readonly string[] = FLAGS): Promise<RunResult> {
  await using folder = await temporaryFolder({
    'sealed.cts': `${SOURCE.replace('import type Ivm', 'type Ivm = typeof import').replace(" from 'isolated-vm'", "('isolated-vm')").replaceAll('export ', '')}
      const ivm = seal(process.argv[2] ?? '');
      const attempt = async (): Promise<unknown> => { ${attempt} };
      attempt().then((value) => console.log('DONE', String(value)), (error) => console.log(error.code ?? error.name));`,
  });
  return await run(process.execPath, [...flags, `${folder.path}/sealed.cts`, runtimeFiles().binary], {
    deadline: 20_000,
  });
}

describe('seal()', () => {
  test('returns isolated-vm, which works', async () => {
    const result = await sealed(
      `const isolate = new ivm.Isolate(); const context = await isolate.createContext(); return context.eval('6 * 7');`,
    );
    expect(result).toMatchObject({ stdout: 'DONE 42\n', stderr: '' });
  });

  test.each<[string, string]>([
    ['read a file', `return (await import('node:fs')).readFileSync('/etc/passwd');`],
    ['write a file', `return (await import('node:fs')).writeFileSync('/tmp/aitbc-sealed', 'x');`],
    ['start a process', `return (await import('node:child_process')).spawnSync('true').error ?? 'ran';`],
    [
      'start a worker',
      `const { Worker } = await import('node:worker_threads'); return new Worker('1', { eval: true });`,
    ],
    ['load a native module', `return process.dlopen({ exports: {} }, process.argv[2] ?? '');`],
    ['open the inspector', `return (await import('node:inspector')).open(0);`],
    ['run WASI', `const { WASI } = await import('node:wasi'); return new WASI({ version: 'preview1' });`],
  ])('leaves no way to %s', async (_name, attempt) => {
    expect((await sealed(`try { ${attempt} } catch (error) { throw error.cause ?? error; }`)).stdout).toBe(
      'ERR_ACCESS_DENIED\n',
    );
  });

  test('leaves no database that opens files', async () => {
    expect((await sealed(`return import('node:sqlite');`)).stdout).toBe('ERR_UNKNOWN_BUILTIN_MODULE\n');
  });

  test.each<[string, readonly string[]]>([
    ['without --permission', []],
    ['without --allow-addons', ['--permission']],
  ])('throws %s', async (_name, flags) => {
    const result = await sealed(`return 'sealed';`, flags);
    expect(result.status).toBe(1);
    expect(result.stdout).toBe('');
  });
});
