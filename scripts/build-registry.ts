/**
 * Makes `fixtures/registry` with the project's own command line (build it before): `node scripts/build-registry.ts [folder]`. The same
 * sources, key and time give the same bytes; a test compares them. The key is of tests alone.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const out = resolve(process.argv[2] ?? join(ROOT, 'fixtures/registry'));
const KEY = join(ROOT, 'fixtures/registry-source/registry.key');
/** 2026-01-02T03:04:05Z, and a minute more for each change. */
let time = Date.UTC(2026, 0, 2, 3, 4, 5) / 1_000;

const work = await mkdtemp(join(tmpdir(), 'aitbc-registry-'));

async function aitbc(...args: readonly string[]): Promise<void> {
  const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: join(work, 'cache'), SOURCE_DATE_EPOCH: String(time) };
  time += 60;
  await promisify(execFile)(process.execPath, [join(ROOT, 'bin/aitbc.js'), 'plugin', ...args], { cwd: work, env });
}

async function source(name: string, version: string, code: string, more: object = {}): Promise<void> {
  const manifest = { name, version, description: `The ${name}`, author: 'Ada', license: 'MIT', ...more };
  const files = {
    'plugin.json': `${JSON.stringify(manifest, undefined, 2)}\n`,
    'mod.ts': `import manifest from './plugin.json';\nexport default { getMetadata: () => manifest, ${code} };\n`,
    'README.md': `# ${name}\n`,
  };
  for (const [file, text] of Object.entries(files)) {
    const path = join(work, name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

const publish = (target: string, ...tags: readonly string[]): Promise<void> =>
  aitbc('publish', target, '--to', out, '--key', KEY, '--publisher', 'acme', '--tag', ...tags);

try {
  await rm(out, { recursive: true, force: true });
  await writeFile(join(work, 'plugins.yaml'), 'plugins: {}\n');
  for (const version of ['1.0.0', '1.1.0', '1.2.0', '2.0.0']) {
    await source('words', version, `say: () => 'words ${version}'`);
    await publish('./words', 'text');
  }
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) {
    await source('greeter', version, `greet: () => 'Hello from ${version}'`, { dependencies: ['words@^1.0.0'] });
    await publish('./greeter', 'cli', 'polite');
    if (version === '1.0.0') {
      const criteria = ['--criteria', 'safe-to-run', '--expires', '2999-01-01'];
      await aitbc('review', './greeter', '--key', KEY, ...criteria, '--to', join(out, 'reviews'));
    }
  }
  await cp(join(ROOT, 'fixtures/registry-source/notebook.wasm'), join(work, 'notebook.wasm'));
  await publish('./notebook.wasm', 'component');
  await aitbc('yank', 'words@2.0.0', '--to', out, '--reason', 'its words are too new');
  await aitbc('yank', 'greeter@1.2.0', '--to', out, '--revoke', '--reason', 'sends names to a stranger', '--key', KEY);
} finally {
  await rm(work, { recursive: true, force: true });
}
