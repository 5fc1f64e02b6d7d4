import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { buildNodeModules } from './build-node-modules.ts';

/** Bundles what runs outside the host: the runtime process, the guest bootstrap, and the SDK plugins import. */
export async function buildGuest(root: string, outdir: string): Promise<void> {
  const common = {
    absWorkingDir: root,
    bundle: true,
    sourcemap: false,
    legalComments: 'none',
    logLevel: 'warning',
  } as const;
  const entries = [
    { in: 'runtime/main.ts', out: 'runtime/main.cjs', options: { platform: 'node', format: 'cjs', target: 'node24' } },
    {
      in: 'runtime/guest/main.ts',
      out: 'guest/main.js',
      options: { platform: 'neutral', format: 'iife', target: 'es2024', minify: true },
    },
    {
      in: 'runtime/guest/component/main.ts',
      out: 'guest/component.js',
      options: { platform: 'neutral', format: 'esm', target: 'es2024' },
    },
    { in: 'src/sdk.ts', out: 'guest/sdk.js', options: { platform: 'neutral', format: 'esm', target: 'es2024' } },
  ] as const;
  for (const entry of entries) {
    if (!existsSync(`${root}/${entry.in}`)) continue;
    await build({ ...common, ...entry.options, entryPoints: [entry.in], outfile: `${outdir}/${entry.out}` });
  }
  await buildNodeModules(root, outdir);
}
