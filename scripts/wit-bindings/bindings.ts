import { assemblyScriptModule, assemblyScriptWorld } from './assemblyscript.ts';
import { cHeader } from './c.ts';
import { rustModule } from './rust.ts';
import { authorDeclarations, hostTypes } from './typescript.ts';
import { readWit, WORLDS } from './wit.ts';

/** Each file that is generated, by its path in the repository. `source`: the WIT package as one document. */
export async function bindings(source: string): Promise<ReadonlyMap<string, string>> {
  const wit = await readWit(source);
  return new Map([
    ['plugins/lib/c/aitbc_wit.h', cHeader(wit)],
    ['plugins/lib/rust/wit.rs', rustModule(wit)],
    ['plugins/lib/assemblyscript/wit.ts', assemblyScriptModule(wit)],
    ['plugins/lib/javascript/aitbc.d.ts', await authorDeclarations(source)],
    ['runtime/guest/component/wit.ts', hostTypes(wit)],
    ...WORLDS.map(
      (world) => [`plugins/lib/assemblyscript/worlds/${world}.ts`, assemblyScriptWorld(wit, world)] as const,
    ),
  ]);
}
