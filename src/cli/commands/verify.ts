import { resolve } from 'node:path';
import { NO_TRUST } from '../../config/no-trust.ts';
import type { HostConfig, TrustConfig } from '../../config/types.ts';
import type { PluginError } from '../../core/errors.ts';
import { plural } from '../../core/text.ts';
import type { LockEntry } from '../../lock/types.ts';
import { errorData, errorLines } from '../report-error.ts';
import type { Session } from '../session.ts';
import { signerText } from '../signer.ts';
import { fromHere } from '../specifier.ts';

/**
 * `aitbc plugin verify`: names of the config are checked as they are locked, bytes, signature and policy; what else is named
 * must be signed by somebody the config trusts, or by `--key`. Builds and writes nothing.
 */
export async function verify(
  session: Session,
  targets: readonly string[],
  options: { readonly key?: string },
): Promise<number> {
  const { output, progress } = session;
  const found = await session.config({ begin: targets.length > 0 });
  const config = options.key === undefined ? found : { ...found, trust: onlyKey(resolve(options.key)) };
  const locked = targets.filter((target) => config.plugins.has(target));
  const others = targets.filter((target) => !config.plugins.has(target));
  const verified = new Map<string, LockEntry>();
  const refused: PluginError[] = [];
  if (targets.length === 0 || locked.length > 0) {
    const loader = await session.loader(config);
    const report = await loader.verify({ ...(locked.length > 0 ? { names: locked } : {}), signal: session.signal });
    for (const [name, entry] of report.verified) verified.set(name, entry);
    refused.push(...report.refused.values());
  }
  const strict = others.length === 0 ? undefined : await session.loader(mustBeSigned(config));
  for (const target of others) {
    const identified = await strict?.identify(fromHere(target, config), { signal: session.signal });
    if (identified !== undefined) verified.set(target, identified.entry);
  }
  progress.clear();
  const [first] = refused;
  const plugins = [...verified].map(([name, { metadata, integrity, signer, signature }]) => ({
    name,
    version: metadata.version,
    integrity,
    ...(signer === undefined ? {} : { signer, publisher: signature?.publisher }),
  }));
  if (output.json) {
    const faults = first === undefined ? {} : { error: errorData(first), refused: refused.map(errorData) };
    output.document({ ok: first === undefined, data: { plugins }, ...faults });
  } else {
    for (const [name, entry] of verified) {
      output.line(
        `${output.style('green', 'right')} ${name} ${entry.metadata.version}  ${entry.signer === undefined ? '' : 'signed by '}${signerText(entry)}`,
      );
    }
    for (const error of refused) for (const line of errorLines(error, output)) output.error(line);
    output.line(
      `${plural(verified.size, 'plugin')} verified${refused.length > 0 ? `, ${refused.length} refused` : ''}.`,
    );
  }
  return first?.exitCode ?? 0;
}

function onlyKey(file: string): TrustConfig {
  return { ...NO_TRUST, publishers: new Map([['--key', { keys: [{ file }], identities: [] }]]), require: 'signed' };
}

/** Namespaces still say by whom. */
function mustBeSigned(config: HostConfig): HostConfig {
  return { ...config, trust: { ...NO_TRUST, ...config.trust, sources: new Map(), require: 'signed' } };
}
