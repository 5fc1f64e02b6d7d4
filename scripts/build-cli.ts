import { build, type Plugin } from 'esbuild';

/** Packages that a warm start evaluates. All others stay packages, read when they are needed. */
const BUNDLED = ['commander', 'consola', 'ipaddr.js', 'jsonc-parser', 'semver', 'yaml'];

/** Bundles the command line: a start reads a dozen files in place of some hundreds. */
export async function buildCli(root: string, outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    outdir: `${outdir}/cli`,
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
