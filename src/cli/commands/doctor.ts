import type { HostConfig } from '../../config/types.ts';
import { isPluginError, PluginError } from '../../core/errors.ts';
import {
  lookAtBubblewrap,
  lookAtFolder,
  lookAtNode,
  lookAtPlatform,
  lookAtPlugins,
  lookAtPrlimit,
  lookAtRegistries,
  lookAtRuntime,
  type Finding,
} from '../doctor.ts';
import { oneLine } from '../output.ts';
import type { Session } from '../session.ts';

const MARKS = { ok: ['green', 'ok     '], warning: ['yellow', 'warning'], failure: ['red', 'failure'] } as const;

/** `aitbc plugin doctor`: what protects this machine. Exits with 1 where something keeps plugins from running. */
export async function doctor(session: Session): Promise<number> {
  const { output } = session;
  const config = await configOf(session);
  const mode = 'hardening' in config ? config.hardening : 'auto';
  const { createSandbox } = await import('../../sandbox/create-sandbox.ts');
  // With `on` and no bubblewrap it could not start, for the reason that is told below.
  const sandbox = createSandbox({ logger: session.logger, hardening: mode === 'on' ? 'auto' : mode });
  const findings: Finding[] = [lookAtNode(), lookAtPlatform()];
  try {
    findings.push(await lookAtRuntime(sandbox));
  } finally {
    await sandbox.close();
  }
  findings.push(lookAtBubblewrap(mode), lookAtPrlimit(mode));
  if (config instanceof PluginError) findings.push(configFinding(config));
  else {
    findings.push({ what: 'config', state: 'ok', found: config.file ?? 'none' });
    findings.push(
      lookAtFolder('data folder', config.dataDir, true),
      lookAtFolder('cache folder', config.cacheDir, false),
    );
    findings.push(...lookAtRegistries(config));
    findings.push(...(await lookAtPlugins(config, await session.loader(config))));
  }
  session.progress.clear();
  output.data({ findings });
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { what, state, found, means } of findings) {
    const [style, mark] = MARKS[state];
    output.line(`${output.style(style, mark)}  ${oneLine(what, 60).padEnd(width)}  ${oneLine(found, 1_000)}`);
    if (means !== undefined) output.line(`${' '.repeat(9 + width)}  ${oneLine(means, 1_000)}`);
  }
  return findings.some(({ state }) => state === 'failure') ? 1 : 0;
}

/** Without a config the machine can be looked at all the same. */
async function configOf(session: Session): Promise<HostConfig | PluginError> {
  try {
    return await session.config();
  } catch (error) {
    if (!isPluginError(error)) throw error;
    return error;
  }
}

function configFinding(error: PluginError): Finding {
  const isMissing = error.message.startsWith('Cannot find a config');
  return {
    what: 'config',
    state: isMissing ? 'warning' : 'failure',
    found: error.message,
    ...(error.hint === undefined ? {} : { means: error.hint }),
  };
}
