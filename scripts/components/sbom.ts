/**
 * What a component is made of beside its own source: the runtime that its compiler links into it. Stated as CycloneDX in a section of
 * the component, where `plugin sbom` and `plugin audit` read it. None of the example components has packages of others in it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ASC, CLANG, QJS, RUSTC } from './tools.ts';
import type { Language } from './targets.ts';

export const SBOM_SECTION = 'sbom.cdx.json';

interface Library {
  readonly name: string;
  /** Undefined: nothing says which. */
  readonly version: string | undefined;
  readonly purl: string;
}

const RUNTIMES: Readonly<Record<Language, () => readonly Library[]>> = {
  c: () => [generic('compiler-rt', versionOf(CLANG)), debian('wasi-libc')],
  rust: () => [generic('rust-std', versionOf(RUSTC))],
  assemblyscript: () => [npm('assemblyscript', ASC)],
  javascript: () => [npm('componentize-qjs', QJS), generic('quickjs-ng', undefined)],
};

export function sbomOf(language: Language): Uint8Array {
  const components = RUNTIMES[language]().map(({ name, version, purl }) => ({
    type: 'library',
    name,
    ...(version === undefined ? {} : { version }),
    purl,
  }));
  return Buffer.from(JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components }));
}

function generic(name: string, version: string | undefined): Library {
  return { name, version, purl: `pkg:generic/${name}${version === undefined ? '' : `@${version}`}` };
}

function debian(name: string): Library {
  const version = output('dpkg-query', ['-W', '-f', '${Version}', name]);
  return { name, version, purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}` };
}

/** `program`: a file in the package. */
function npm(name: string, program: string): Library {
  const folder = program.slice(0, program.lastIndexOf(`/${name}/`));
  const { version } = JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string };
  return { name, version, purl: `pkg:npm/${name}@${version}` };
}

function versionOf(compiler: string): string {
  const version = /\d+\.\d+\.\d+/.exec(output(compiler, ['--version']))?.[0];
  if (version === undefined) throw new Error(`${compiler} does not say its version`);
  return version;
}

function output(command: string, args: readonly string[]): string {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
  return stdout.trim();
}
