import { Command } from 'commander';
import { version } from './version.ts';
import type { Globals } from './globals.ts';
import type { Output } from './output.ts';
import { parseCommand } from './parse.ts';
import { withSession } from './with-session.ts';
import type { SearchCommandOptions } from './commands/search.ts';
import type { Session } from './session.ts';
import type { LogLevel } from '../core/logger.ts';
import { auditCommands, sbomCommand } from './audit-commands.ts';
import { consentFlags, readGrants } from './permission-flags.ts';
import { registryCommands } from './registry-commands.ts';
import { runningCommands } from './running-commands.ts';
import { trustCommands } from './trust-commands.ts';

/** Runs one of the host's own commands; each loads its own work. */
export async function runBuiltIn(words: readonly string[], globals: Globals, output: Output): Promise<number> {
  let status = 0;
  /** A command's action: what it loads, it loads when it runs. */
  const act =
    (run: (session: Session, ...given: never[]) => Promise<number>, logLevel: LogLevel = 'warn') =>
    async (...given: unknown[]): Promise<void> => {
      status = await withSession({ globals, output, logLevel }, (session) => run(session, ...(given as never[])));
    };

  const program = new Command('aitbc')
    .description('Runs plugins, each with no more authority than the config grants.')
    .version(version(), '-V, --version', 'print the version')
    .helpCommand(true);

  program
    .command('start')
    .description('verify, build and start every enabled plugin; stays up until Ctrl-C')
    .action(act(async (session) => (await import('./commands/start.ts')).start(session), 'info'));

  program
    .command('reload')
    .description('let the running host read config and lock again, and restart what changed')
    .action(act(async (session) => (await import('./commands/running/reload.ts')).reload(session)));

  const plugin = program.command('plugin').description('add, lock, inspect and call plugins');

  consentFlags(
    plugin
      .command('add <specifier>')
      .description('pin a plugin and write it into config and lock')
      .option('--name <name>', 'its name in the config; default: the name its metadata has')
      .option('--replace', 'take the place of a plugin of the same name and another source')
      .option('--dry-run', 'show it; write nothing')
      .option('--rebind', REBIND),
  ).action(
    act(async (session, specifier: string, options: Record<string, unknown>) =>
      (await import('./commands/add.ts')).add(session, specifier, {
        name: options['name'] as string | undefined,
        replace: options['replace'] === true,
        dryRun: options['dryRun'] === true,
        rebind: options['rebind'] === true,
        ...readGrants(options),
      }),
    ),
  );
  plugin
    .command('remove <name>')
    .alias('rm')
    .description('take a plugin out of config and lock; its data stay')
    .option('--force', 'though an enabled plugin depends on it')
    .action(
      act(async (session, name: string, options: { force?: boolean }) =>
        (await import('./commands/remove.ts')).remove(session, name, { force: options.force === true }),
      ),
    );
  plugin
    .command('enable <name>')
    .description('start it with the others')
    .action(
      act(async (session, name: string) => (await import('./commands/enable.ts')).setEnabled(session, name, true)),
    );
  plugin
    .command('disable <name>')
    .description('leave it out; it stays in config and lock')
    .action(
      act(async (session, name: string) => (await import('./commands/enable.ts')).setEnabled(session, name, false)),
    );
  plugin
    .command('list')
    .alias('ls')
    .description('plugins of config and lock; runs nothing')
    .action(act(async (session) => (await import('./commands/list.ts')).list(session)));
  plugin
    .command('info <name>')
    .description('all that config and lock say of one plugin, or the registries of one that is not there; runs nothing')
    .action(act(async (session, name: string) => (await import('./commands/info.ts')).info(session, name)));
  plugin
    .command('tree [name]')
    .description('what depends on what, as locked; runs nothing')
    .option('--packages', 'the npm packages in each plugin, too')
    .action(
      act(async (session, name: string | undefined, options: { packages?: boolean }) =>
        (await import('./commands/tree.ts')).tree(session, name, { packages: options.packages === true }),
      ),
    );
  plugin
    .command('why <name>')
    .description('what brings a plugin here, or a package: npm:<name>; runs nothing')
    .action(act(async (session, name: string) => (await import('./commands/why.ts')).why(session, name)));
  plugin
    .command('search [text...]')
    .description('plugins of the registries: by name, description, tags, author and publisher')
    .option('--tag <tag>', 'those that have this tag')
    .option('--registry <name>', 'ask this registry alone')
    .option('--limit <count>', 'how many are shown', '50')
    .action(
      act(async (session, words: string[], options: SearchCommandOptions) =>
        (await import('./commands/search.ts')).search(session, words, options),
      ),
    );
  plugin
    .command('call <name> <method> [arguments]')
    .description('call a method; arguments are one JSON array')
    .option('--timeout <duration>', 'such as 2s; default: limits.timeout of the plugin')
    .action(
      act(async (session, name: string, method: string, args: string | undefined, options: { timeout?: string }) =>
        (await import('./commands/call.ts')).call(session, name, method, args, options.timeout),
      ),
    );
  plugin
    .command('exec <name> [command...]')
    .description("run a plugin's command: aitbc plugin exec <name> <group> <command> …");
  plugin
    .command('fetch')
    .description('download, verify and build all that is locked')
    .action(act(async (session) => (await import('./commands/fetch.ts')).fetchPlugins(session)));
  plugin
    .command('merge-driver [files...]')
    .description('how git merges the lock entry by entry; git runs it with three files')
    .action(
      act(async (session, files: string[]) => (await import('./commands/merge-driver.ts')).mergeDriver(session, files)),
    );
  consentFlags(
    plugin
      .command('lock [names...]')
      .description('bring the lock in line with the config')
      .option('--check', 'write nothing; exit 4 when the lock is outdated')
      .option('--rebind', REBIND),
  ).action(
    act(async (session, names: string[], options: Record<string, unknown>) =>
      (await import('./commands/lock.ts')).lock(session, names, {
        check: options['check'] === true,
        rebind: options['rebind'] === true,
        ...readGrants(options),
      }),
    ),
  );
  consentFlags(
    plugin
      .command('update [names...]')
      .description('pin again what the sources give now')
      .option('--dry-run', 'show what would change; write nothing')
      .option('--rebind', REBIND),
  ).action(
    act(async (session, names: string[], options: Record<string, unknown>) =>
      (await import('./commands/update.ts')).update(session, names, {
        dryRun: options['dryRun'] === true,
        rebind: options['rebind'] === true,
        ...readGrants(options),
      }),
    ),
  );

  plugin
    .command('outdated [names...]')
    .description('what an update would bring; writes nothing')
    .action(act(async (session, names: string[]) => (await import('./commands/outdated.ts')).outdated(session, names)));
  plugin
    .command('diff <before> [after]')
    .description(
      'compare two versions line by line: name, name@version or a specifier; without the second, what an update brings',
    )
    .option('--stat', 'which modules are different, without their lines')
    .action(
      act(async (session, before: string, after: string | undefined, options: { stat?: boolean }) =>
        (await import('./commands/diff.ts')).diff(session, before, after, { stat: options.stat === true }),
      ),
    );
  consentFlags(
    plugin
      .command('rollback <name>')
      .description('lock again what was locked before on this machine')
      .option('--to <version>', 'default: the last other one')
      .option('--dry-run', 'show what would change; write nothing'),
  ).action(
    act(async (session, name: string, options: Record<string, unknown>) =>
      (await import('./commands/rollback.ts')).rollback(session, name, {
        to: options['to'] as string | undefined,
        dryRun: options['dryRun'] === true,
        ...readGrants(options),
      }),
    ),
  );

  plugin
    .command('permissions <name>')
    .description('what it is granted, has used, was denied and has never used')
    .option('--learn', 'the least that lets through what it has used')
    .option('--denied', 'with --learn: what it was denied, too')
    .option('--save', 'with --learn: write it into the config')
    .action(
      act(async (session, name: string, options: { learn?: boolean; denied?: boolean; save?: boolean }) =>
        (await import('./commands/permissions.ts')).permissions(session, name, {
          learn: options.learn === true,
          denied: options.denied === true,
          save: options.save === true,
        }),
      ),
    );
  plugin
    .command('doctor')
    .description('what protects this machine, what is missing and what that means')
    .action(act(async (session) => (await import('./commands/doctor.ts')).doctor(session)));
  trustCommands(plugin, act);
  registryCommands(plugin, act);
  sbomCommand(plugin, act);
  auditCommands(plugin, act);
  auditCommands(program, act);
  runningCommands(plugin, act);

  const isRoot =
    words.length === 0 || words[0] === '--help' || words[0] === '-h' || (words[0] === 'help' && words.length === 1);
  if (isRoot) program.addHelpText('after', await (await import('./help-of-plugins.ts')).helpOfPlugins(globals));
  else program.addHelpText('afterAll', '\nGlobal options: aitbc --help');
  if (words.length === 0) {
    program.outputHelp();
    return 0;
  }
  await parseCommand(program, words, 'aitbc --help');
  return status;
}

const REBIND = 'take names from whichever registry has them now, and bind them to it';
