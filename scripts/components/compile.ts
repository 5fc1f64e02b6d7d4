import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ASC, CLANG, FIXED, QJS, RUSTC } from './tools.ts';

/** Folders that compilers read and write, absolute. */
export interface CompileJob {
  /** Path of the source file. */
  readonly source: string;
  /** Root of the repository: what compilers would write of it into the output is cut off. */
  readonly root: string;
  /** Folder of the WIT package. */
  readonly wit: string;
  readonly world: string;
  /** Path to write. */
  readonly output: string;
}

/** C and a freestanding standard library: a core module. */
export function compileC({ source, root, output }: CompileJob): void {
  run(CLANG, [
    ...'--target=wasm32-wasi -std=c23 -O2 -mexec-model=reactor -Wl,--strip-all'.split(' '),
    ...'-Wall -Wextra -Werror -Wno-deprecated -Wno-unused-function'.split(' '),
    `-ffile-prefix-map=${root}=.`,
    '-o',
    output,
    source,
  ]);
}

/** Rust without cargo: a core module. */
export function compileRust({ source, root, output }: CompileJob): void {
  run(RUSTC, [
    ...'--edition 2021 --target wasm32-unknown-unknown --crate-type cdylib -O --deny warnings'.split(' '),
    ...'-C codegen-units=1 -C linker=wasm-ld-14 -C strip=symbols -C panic=abort'.split(' '),
    `--remap-path-prefix=${root}=.`,
    '-o',
    output,
    source,
  ]);
}

/** AssemblyScript: a core module, its exports still named as the source can name them (`nameExports`). */
export function compileAssemblyScript({ source, root, output }: CompileJob): void {
  const options = '-O3 --runtime minimal --use abort='.split(' ');
  run(process.execPath, [ASC, source, ...options, '--baseDir', root, '--outFile', output]);
}

/** JavaScript with QuickJS inside: a whole component. */
export function compileJavaScript({ source, root, wit, world, output }: CompileJob): void {
  const fixed = `${output}.so`;
  run(CLANG, [...'-shared -fPIC -nostdlib -ffreestanding -fuse-ld=lld -O1 -o'.split(' '), fixed, FIXED]);
  const options = ['--sync', '--module-root', join(root, 'plugins')];
  run(process.execPath, [QJS, '--wit', wit, '--js', source, '--world', world, ...options, '--output', output], {
    LD_PRELOAD: fixed,
  });
}

function run(command: string, arguments_: readonly string[], environment: Record<string, string> = {}): void {
  const { status, error, stdout, stderr } = spawnSync(command, arguments_, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', ...environment },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${[command, ...arguments_].join(' ')}\nended with ${status}\n${stdout}${stderr}`);
}

/** Name of what a compiler wrote, in a folder of its own. */
export const outputIn = (folder: string): string => join(folder, 'out.wasm');
