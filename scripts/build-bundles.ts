import { build, type Plugin } from 'esbuild';

/** Packages that a warm start evaluates. All others stay packages, read when they are needed. */
const BUNDLED = ['commander', 'consola', 'ipaddr.js', 'jsonc-parser', 'semver', 'yaml'];

/**
 * Bundles the command line and the library, with what they share in files of its own: a start reads a dozen files in place of
 * some hundreds, and a class is the same whoever imports it.
 */
export async function buildBundles(root: string, outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { 'cli/main': 'src/cli/main.ts', 'lib/index': 'src/index.ts', 'lib/sdk': 'src/sdk.ts' },
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    plugins: [packagesOutside],
    // CommonJS packages in the bundle require built-in modules.
    banner: {
      js: "import { createRequire as requireIn } from 'node:module';\nconst require = requireIn(import.meta.url);",
    },
    legalComments: 'none',
    logLevel: 'warning',
  });
}

const packagesOutside: Plugin = {
  name: 'packages-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === 'entry-point') return undefined;
      const isBundled = BUNDLED.some((name) => path === name || path.startsWith(`${name}/`));
      return isBundled ? undefined : { path, external: true };
    });
  },
};
