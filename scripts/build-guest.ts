import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { buildNodeModules } from './build-node-modules.ts';
import { packagesIn } from './packages-in.ts';

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
  const contents = new Map<string, readonly string[]>();
  for (const entry of entries) {
    if (!existsSync(`${root}/${entry.in}`)) continue;
    const { metafile } = await build({
      ...common,
      ...entry.options,
      metafile: true,
      entryPoints: [entry.in],
      outfile: `${outdir}/${entry.out}`,
    });
    if (entry.out === 'guest/sdk.js') contents.set('@aitbc/plugins/sdk', packagesIn(root, metafile));
    if (entry.out === 'guest/component.js') contents.set('component', packagesIn(root, metafile));
  }
  for (const [name, packages] of await buildNodeModules(root, outdir)) contents.set(name, packages);
  // What bills of materials say of the host's share of a program.
  const sorted = [...contents].sort(([a], [b]) => (a < b ? -1 : 1));
  await writeFile(`${outdir}/guest/contents.json`, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}
