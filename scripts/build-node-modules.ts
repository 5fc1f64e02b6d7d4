import { readdirSync } from 'node:fs';
import { type Plugin, build } from 'esbuild';
import { NODE_MODULES } from '../src/source/graph/node-modules.ts';
import { packagesIn } from './packages-in.ts';

/** What CommonJS packages below ask for by name, and what of ours they get. */
const NAMES: Readonly<Record<string, string>> = {
  buffer: 'node:buffer',
  'safe-buffer': 'node:buffer',
  events: 'node:events',
  'process/': 'node:process',
  'punycode/': 'node:punycode',
  qs: 'node:querystring',
  'string_decoder/': 'node:string_decoder',
};

/**
 * The `node:` modules of plugins: one ES module a name in `<outdir>/guest/node/`, which import each other by their
 * `node:` names alone, so that a program has one Buffer. `path-posix.ts` is `node:path/posix` is `path_posix.js`.
 * Gives the npm packages in each.
 */
export async function buildNodeModules(
  root: string,
  outdir: string,
): Promise<(readonly [name: string, packages: readonly string[]])[]> {
  const folder = `${root}/runtime/guest/node`;
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  const names = new Map([...NODE_MODULES].map(([name, file]) => [file, `node:${name}`]));
  return Promise.all(
    files.map(async (file) => {
      const name = file.slice(0, -'.ts'.length).replaceAll('-', '_');
      const { metafile } = await build({
        metafile: true,
        absWorkingDir: root,
        entryPoints: [`${folder}/${file}`],
        outfile: `${outdir}/guest/node/${name}.js`,
        bundle: true,
        format: 'esm',
        platform: 'neutral',
        mainFields: ['module', 'main'],
        target: 'es2024',
        keepNames: true,
        minifySyntax: true,
        minifyWhitespace: true,
        external: ['node:*'],
        legalComments: 'none',
        logLevel: 'warning',
        plugins: [ours(name)],
        define: { 'process.env.READABLE_STREAM': '""', 'process.cwd': '__cwd' },
        banner: { js: name === 'path' ? 'const __cwd = () => "/";' : '' },
      });
      return [names.get(name) ?? `node:${name}`, packagesIn(root, metafile)] as const;
    }),
  );
}

/** Packages get our modules: an import as it is, a `require` as the module's default export. */
function ours(name: string): Plugin {
  return {
    name: 'ours',
    setup(context) {
      context.onResolve({ filter: /.*/ }, ({ path, kind, importer }) => {
        if (path.startsWith('module ')) return { path: path.slice('module '.length), namespace: 'module' };
        if (path.startsWith('node:')) return { path, external: true };
        if (!importer.includes('node_modules')) return undefined;
        if (path === 'abort-controller') return { path, namespace: 'abort' };
        if (path === 'stream') return { path, namespace: 'none' };
        const target = NAMES[path];
        if (target === undefined || target === `node:${name}`) return undefined;
        return kind === 'require-call' ? { path: target, namespace: 'required' } : { path: target, external: true };
      });
      // Node's own require gives what the module's default export is here.
      context.onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(`module ${path}`)}).default;`,
        loader: 'js',
      }));
      context.onLoad({ filter: /.*/, namespace: 'module' }, ({ path }) => ({
        contents: `export { default } from ${JSON.stringify(path)};`,
        loader: 'js',
      }));
      context.onLoad({ filter: /.*/, namespace: 'abort' }, () => ({
        contents: 'module.exports = { AbortController, AbortSignal };',
        loader: 'js',
      }));
      context.onLoad({ filter: /.*/, namespace: 'none' }, () => ({
        contents: 'module.exports = undefined;',
        loader: 'js',
      }));
    },
  };
}
