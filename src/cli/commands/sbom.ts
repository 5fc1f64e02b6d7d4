import { resolve } from 'node:path';
import { writeAtomic } from '../../core/atomic-file.ts';
import { PluginError } from '../../core/errors.ts';
import { storeError } from '../../core/system-error.ts';
import { plural } from '../../core/text.ts';
import type { Session } from '../session.ts';
import { version } from '../version.ts';

/** `aitbc plugin sbom [name]`: what is in the program of one plugin, or of every enabled one. Refuses what does not verify. */
export async function sbom(session: Session, name: string | undefined, file: string | undefined): Promise<number> {
  const { output, progress } = session;
  const config = await session.config();
  const loader = await session.loader(config);
  const wanted = name === undefined ? {} : { names: [name] };
  const { inventories, refused } = await loader.inventories({ ...wanted, signal: session.signal });
  const [first] = refused.values();
  if (first !== undefined) throw first;
  const plugins = await Promise.all(
    [...inventories].map(async ([plugin, inventory]) => {
      const { lock } = await loader.info(plugin);
      const { description = '', author = '', license = '' } = lock?.metadata ?? {};
      return { inventory, description, author, license, integrity: lock?.integrity ?? '' };
    }),
  );
  const { sbomOf } = await import('../../trust/contents/sbom.ts');
  const timestamp = sourceDate(process.env['SOURCE_DATE_EPOCH']);
  const text = sbomOf(plugins, {
    subject: 'plugins',
    tool: { name: '@aitbc/plugins', version: version() },
    ...(timestamp === undefined ? {} : { timestamp }),
  });
  progress.clear();
  if (file === undefined) {
    output.data({ sbom: JSON.parse(text) as object });
    output.line(text.trimEnd());
    return 0;
  }
  const path = resolve(file);
  try {
    await writeAtomic(path, text);
  } catch (error) {
    throw storeError('write', path, error);
  }
  output.data({ file: path, plugins: [...inventories.keys()] });
  output.line(`Wrote what is in ${plural(inventories.size, 'plugin')} to ${file}.`);
  return 0;
}

/** Seconds since 1970, as reproducible builds have them. */
function sourceDate(text: string | undefined): Date | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,12}$/.test(text)) return new Date(Number(text) * 1_000);
  throw new PluginError('ERR_USAGE', `Cannot use SOURCE_DATE_EPOCH: "${text}" is no number of seconds`, {
    hint: 'SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)',
  });
}
