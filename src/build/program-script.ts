/**
 * Turns a bundle into the body of one async function. Guarantees: no line moves, no column of a mapped token moves, and
 * what remains has neither `import` nor `export`. Trusts the lexer's places, because the bundle is esbuild's own print.
 */
import type { Export } from 'es-module-lexer';
import { PluginError } from '../core/errors.ts';
import type { Bundle } from '../source/graph/bundle.ts';
import { refuseComputedImports } from '../source/graph/computed-imports.ts';
import { lex } from '../source/graph/lex.ts';
import { ownUrl } from '../source/graph/own-path.ts';
import { createPlaces } from '../source/graph/places.ts';
import { isUrl } from '../source/graph/resolve.ts';
import { isNpmId } from '../source/npm/names.ts';

/** `script` returns the plugin's exports as an object; a program without a default export is ERR_METADATA. */
export function programScript(bundle: Bundle, name: string): string {
  const { code, map } = bundle;
  const lexed = lex(code);
  const placeAt = createPlaces(code, map);
  refuseComputedImports(lexed, placeAt);

  const first = lexed.exports[0];
  const exported = first === undefined ? undefined : exportsOf(code, lexed.exports);
  if (exported === undefined) throw noDefault(name);

  const metas = new Map<string, string>();
  let body = '';
  let at = 0;
  for (const meta of lexed.imports) {
    const id = placeAt(meta.importStart)?.file ?? '';
    const variable = metas.get(id) ?? freeName(code, metas.size);
    metas.set(id, variable);
    body += code.slice(at, meta.start) + variable;
    at = meta.end;
  }
  body += code.slice(at, first?.exportStart) + exported;

  const declarations = [...metas].map(
    ([id, variable]) => `${variable}={__proto__:null,url:${JSON.stringify(urlOf(id))}}`,
  );
  // On the line of the banner, which has no mappings.
  return declarations.length === 0 ? body : body.replace('\n', () => `const ${declarations.join(',')};\n`);
}

/** The text that replaces the one export statement, which esbuild prints last; undefined without a default export. */
function exportsOf(code: string, exports: readonly Export[]): string | undefined {
  const members: string[] = [];
  let found = false;
  for (const entry of exports) {
    if (entry.type !== 'direct')
      throw new PluginError('ERR_INTERNAL', 'Cannot read the bundle: it exports from elsewhere');
    found ||= entry.name === 'default';
    if (entry.localName === undefined) {
      // `export default require_mod();`: the entry is CommonJS, and `__esModule` says that it was compiled to it.
      const value = code
        .slice(entry.exportStart)
        .replace(/^export\s+default\s+/, '')
        .trimEnd()
        .replace(/;$/, '');
      return `return ((e) => e !== null && typeof e === "object" && e.__esModule ? e : { default: e })(${value});\n`;
    }
    // Computed: a key written as `__proto__` would be none.
    members.push(`[${JSON.stringify(entry.name)}]: ${entry.localName}`);
  }
  return found ? `return { __proto__: null, ${members.join(', ')} };\n` : undefined;
}

/** As long as `import.meta`, so that nothing moves, and nowhere in the code, so that nothing is captured. */
function freeName(code: string, index: number): string {
  for (let number = index; ; number += 1_000) {
    const name = `$meta_${number.toString(36).padStart(5, '0')}`;
    if (!code.includes(name)) return name;
  }
}

function urlOf(id: string): string {
  return isUrl(id) || isNpmId(id) ? id : ownUrl(id);
}

function noDefault(name: string): PluginError {
  return new PluginError('ERR_METADATA', `Cannot build "${name}": its entry has no default export`, {
    hint: 'Export the plugin: export default class MyPlugin extends BasePlugin { … }, or export default definePlugin({ … })',
  });
}
