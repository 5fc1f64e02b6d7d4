import { dirname, resolve } from 'node:path';
import { parseText } from '../config/parse-text.ts';
import { expandPath } from '../config/paths.ts';
import { readConfigText } from '../config/read.ts';
import type { Json } from '../core/json.ts';
import type { Session } from './session.ts';

/**
 * The data folder of a host that runs, found without validating the config: an edit that broke it, or a variable that is set
 * where the host runs and not here, must not keep anybody from reaching the host.
 * @throws ERR_CONFIG_INVALID where there is no config at all
 */
export async function dataDirOf(session: Session): Promise<string> {
  const { env } = process;
  const given = session.globals.dataDir ?? (env['AITBC_DATA'] || undefined);
  if (given !== undefined) return resolve(given);
  const file = await session.configFile();
  if (file === undefined) return (await session.config()).dataDir;
  const root = dirname(file);
  const configured = memberOf(parseText(await readConfigText(file, file), file).value, 'data_dir');
  if (typeof configured !== 'string') return resolve(root, '.aitbc');
  return configured.includes('${') ? (await session.config()).dataDir : expandPath(configured, root, env);
}

function memberOf(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Readonly<Record<string, Json | undefined>>)[key] : undefined;
}
