import { join } from 'node:path';
import { readAudit } from '../../capabilities/audit-read.ts';
import type { AuditRecord } from '../../capabilities/types.ts';
import { leastPermissions, permissionUse, type ValueUse } from '../../capabilities/usage.ts';
import { setPermissions } from '../../config/edit.ts';
import type { Permissions } from '../../contract/metadata.ts';
import { PluginError } from '../../core/errors.ts';
import { didYouMean } from '../../core/suggest.ts';
import { plural } from '../../core/text.ts';
import { editConfig } from '../../loader/config-file.ts';
import { oneLine } from '../output.ts';
import { permissionLines } from '../permissions.ts';
import { savedPermissions } from '../saved-permissions.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

export interface PermissionsOptions {
  readonly learn: boolean;
  readonly denied: boolean;
  readonly save: boolean;
}

/**
 * `aitbc plugin permissions <name>`: granted, used, denied and never used, from the config and the audit of what is locked now.
 * With `--learn` the least permissions that let through what was used; with `--save` the config has them afterwards.
 */
export async function permissions(session: Session, name: string, options: PermissionsOptions): Promise<number> {
  const { output } = session;
  if (!options.learn && (options.denied || options.save)) {
    throw new PluginError('ERR_USAGE', 'Cannot use --denied and --save without --learn');
  }
  const config = await session.config();
  const plugin = config.plugins.get(name);
  if (!plugin) {
    throw new PluginError(
      'ERR_USAGE',
      `Cannot find plugin "${name}": the config has no such plugin${didYouMean(name, config.plugins.keys())}`,
    );
  }
  const { integrity, version } = await (await session.loader(config)).info(name);
  const file = join(config.dataDir, 'audit.jsonl');
  const use = await permissionUse(plugin.permissions, ofBytes(readAudit(file, name), integrity));
  const isRecorded = use.used.length + use.denied.length > 0;
  const learned = options.learn ? leastPermissions(plugin.permissions, use, options.denied) : undefined;
  if (options.save && !isRecorded) {
    throw new PluginError('ERR_STATE', `Cannot learn what "${name}" needs: the audit has nothing of this version`, {
      plugin: name,
      hint: 'let it do its work first: aitbc start',
    });
  }
  if (learned && options.save) {
    await editConfig(config, (text) => setPermissions(text, name, savedPermissions(text, name, config, learned)));
  }
  output.data({ name, version, integrity, ...use, ...(learned ? { learned, saved: options.save } : {}) });
  if (learned) return printLearned(session, learned, use.denied, options);

  output.line(output.style('bold', `${name} ${version ?? ''}`.trim()));
  const rows = [
    ...use.granted.map(({ kind, rule, uses, last }) => [
      oneLine(`${kind}: ${rule}`),
      uses === 0 ? 'never used' : `used ${times(uses)}`,
      last ?? '',
    ]),
    ...use.denied.map(({ kind, value, count, last }) => [
      oneLine(`${kind}: ${value}`),
      output.style('yellow', `denied ${times(count)}`),
      last,
    ]),
  ];
  if (rows.length === 0) output.line('Nothing is granted, and nothing was tried.');
  else for (const line of table(['PERMISSION', 'USE', 'LAST'], rows, output.columns)) output.line(line);
  const others = use.used.filter(
    ({ kind, rule }) => !use.granted.some((each) => each.kind === kind && each.rule === rule),
  );
  if (others.length > 0) {
    output.line();
    output.line('Used by default, or by rules that are no longer granted:');
    for (const { kind, value, count } of others.slice(0, 50)) {
      output.line(`  ${oneLine(`${kind}: ${value}`)}  ${times(count)}`);
    }
  }
  if (!isRecorded) output.note('The audit has nothing of this version yet.');
  return 0;
}

function printLearned(
  { output }: Session,
  learned: Permissions,
  denied: readonly ValueUse[],
  { save, denied: withDenied }: PermissionsOptions,
): number {
  const lines = permissionLines(learned);
  output.line(lines.length === 0 ? 'It has used nothing that needs a permission.' : 'What it has used needs:');
  for (const line of lines) output.line(`  ${line}`);
  if (denied.length > 0 && !withDenied) {
    output.line('It was refused, and it is for you to say whether it should have been (--denied adds them):');
    for (const { kind, value, count } of denied) output.line(`  ${oneLine(`${kind}: ${value}`)}  ${times(count)}`);
  }
  output.line(
    save
      ? 'The config has them now; a running host takes them with: aitbc reload'
      : 'Nothing was written; --save does it.',
  );
  return 0;
}

/** Of the bytes that are locked now: another version may need something else. */
async function* ofBytes(
  records: AsyncIterable<AuditRecord>,
  integrity: string | undefined,
): AsyncGenerator<AuditRecord> {
  for await (const record of records) if (integrity === undefined || record.digest === integrity) yield record;
}

function times(count: number): string {
  return plural(count, 'time');
}
