import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Language } from './targets.ts';

const below = (path: string): string => fileURLToPath(new URL(`../toolchain/${path}`, import.meta.url));

export const CLANG = 'clang-22';
/** Debian's by its path: rustup's, if there is one, has no standard library for WebAssembly. */
export const RUSTC = '/usr/bin/rustc';
export const ASC: string = below('node_modules/assemblyscript/bin/asc.js');
export const QJS: string = below('node_modules/componentize-qjs/cli.mjs');
export const FIXED: string = below('fixed.c');

const DEBIAN = 'apt-get install -y --no-install-recommends';
const NPM = 'npm ci --prefix scripts/toolchain';

const C = `${DEBIAN} clang-22 lld-22 wasi-libc libclang-rt-22-dev-wasm32`;
const hasClang = (): boolean => runs(CLANG) && runs('wasm-ld-22') && existsSync('/usr/include/wasm32-wasi');

/** What each compiler needs that may be absent, and the command that installs it. */
const NEEDED: Readonly<Record<Language, readonly { readonly present: () => boolean; readonly install: string }[]>> = {
  c: [{ present: hasClang, install: C }],
  rust: [
    {
      present: () => runs(RUSTC) && runs('wasm-ld-14') && existsSync(rustTarget()),
      install: `${DEBIAN} rustc libstd-rust-dev-wasm32 lld-14`,
    },
  ],
  assemblyscript: [{ present: () => existsSync(ASC), install: NPM }],
  javascript: [
    { present: () => existsSync(QJS), install: NPM },
    { present: hasClang, install: C },
  ],
};

/** The commands that install what is missing for these languages; empty where all is there. */
export function missingTools(languages: Iterable<Language>): string[] {
  const needed = [...new Set(languages)].flatMap((language) => NEEDED[language]);
  return [...new Set(needed.filter(({ present }) => !present()).map(({ install }) => install))];
}

function runs(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function rustTarget(): string {
  const { stdout } = spawnSync(RUSTC, ['--print', 'sysroot'], { encoding: 'utf8' });
  return `${(stdout ?? '').trim()}/lib/rustlib/wasm32-unknown-unknown`;
}
