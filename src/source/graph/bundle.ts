/**
 * Bundles a graph with esbuild: once to learn which modules it has, again to build it. Guarantees: esbuild reads nothing
 * itself, neither files nor environment; every byte comes from `open`, and every import goes through `resolveImport`.
 * Trusts what `open` gives to be allowed, not to be well-formed.
 */
import { parse } from 'node:path';
import { PACKAGE_ROOT } from '../../core/assets.ts';
import { PluginError } from '../../core/errors.ts';
import { contentsOf, type BundledModule } from './contents.ts';
import { withEsbuild } from './esbuild.ts';
import type { GraphSource } from './graph-source.ts';
import { Walk } from './walk.ts';

export interface Bundle {
  /** An ES module without imports; its first line is free of code. */
  readonly code: string;
  /** Source map v3 whose sources are ids as esbuild names them: see names.ts. */
  readonly map: string;
  /** Every module that was read for it. */
  readonly contents: readonly BundledModule[];
}

/** Errors: ERR_BUILD, ERR_IMPORT_DENIED, and what `open` threw, all with the chain of imports that led there. */
export async function bundle(source: GraphSource): Promise<Bundle> {
  const walk = new Walk(source);
  return await withEsbuild(
    async (esbuild, watch) => {
      try {
        const result = await esbuild.build({
          // Never the entry's own name: esbuild would expand a `*` in it from disk.
          entryPoints: ['entry'],
          bundle: true,
          write: false,
          metafile: true,
          outfile: 'program.js',
          absWorkingDir: parse(PACKAGE_ROOT).root,
          nodePaths: [],
          tsconfigRaw: {},
          platform: 'neutral',
          mainFields: [],
          conditions: [],
          format: 'esm',
          // Node 24 is the oldest V8 a program runs on; esbuild's `esnext` would leave decorators as they are.
          target: 'node24',
          charset: 'utf8',
          keepNames: true,
          legalComments: 'none',
          sourcemap: 'external',
          banner: { js: '"use strict";' },
          // What npm packages ask for everywhere; nothing of this process.
          define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
          logLevel: 'silent',
          logLimit: 100,
          ...(source.importMap.jsxImportSource === undefined
            ? { jsx: 'transform' as const }
            : { jsx: 'automatic' as const, jsxImportSource: source.importMap.jsxImportSource }),
          plugins: [walk.plugin(esbuild, watch)],
        });
        const bytes = result.outputFiles.reduce((sum, file) => sum + file.contents.byteLength, 0);
        if (bytes > MAX_OUTPUT) throw tooLarge(source.subject, bytes);
        const text = (suffix: string): string =>
          result.outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? '';
        return { code: text('.js'), map: text('.map'), contents: contentsOf(result.metafile) };
      } catch (error) {
        throw walk.explain(error);
      }
    },
    source.limits,
    source.subject,
  );
}

/** Bytes of a script and its map together: what lexes, maps and checks them holds up the host's event loop meanwhile. */
const MAX_OUTPUT = 48 * 2 ** 20;

function tooLarge(subject: string, bytes: number): PluginError {
  return new PluginError(
    'ERR_BUILD',
    `Cannot compile "${subject}": the program has ${bytes} bytes, and ${MAX_OUTPUT} are allowed`,
  );
}
