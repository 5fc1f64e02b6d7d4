import type { Command } from 'commander';
import { allowFlags, denialFlags, readDenials, readGrants } from './permission-flags.ts';
import type { Session } from './session.ts';

type Act = (run: (session: Session, ...given: never[]) => Promise<number>) => (...given: unknown[]) => Promise<void>;
type Options = Readonly<Record<string, unknown>>;

/** Commands that ask the running host. */
export function runningCommands(plugin: Command, act: Act): void {
  plugin
    .command('start <name>')
    .description('start it in the running host')
    .action(
      act(async (session, name: string) => (await import('./commands/running/start.ts')).startPlugin(session, name)),
    );
  plugin
    .command('stop <name>')
    .description('stop it in the running host, and its dependents before it')
    .option('--hold', 'nothing but a start by hand starts it again')
    .action(
      act(async (session, name: string, options: Options) =>
        (await import('./commands/running/stop.ts')).stopPlugin(session, name, options['hold'] === true),
      ),
    );
  plugin
    .command('restart <name>')
    .description('restart it in the running host, from what was verified before')
    .action(
      act(async (session, name: string) =>
        (await import('./commands/running/restart.ts')).restartPlugin(session, name),
      ),
    );
  plugin
    .command('reload <name>')
    .description('restart it in the running host by the config and the lock as they are now')
    .action(act(async (session, name: string) => (await import('./commands/running/reload.ts')).reload(session, name)));
  plugin
    .command('release <name>')
    .description('let it out of quarantine, and start it')
    .action(
      act(async (session, name: string) =>
        (await import('./commands/running/release.ts')).releasePlugin(session, name),
      ),
    );
  allowFlags(
    plugin
      .command('grant <name>')
      .description('let it do more, at once')
      .option('--save', 'write it into the config too'),
  ).action(
    act(async (session, name: string, options: Options) =>
      (await import('./commands/running/grant.ts')).grant(session, name, {
        grants: readGrants(options).grants,
        save: options['save'] === true,
      }),
    ),
  );
  denialFlags(
    plugin
      .command('revoke <name>')
      .description('let it do less, at once; what it has under way of it is cut')
      .option('--all', 'all that it may do')
      .option('--save', 'write it into the config too'),
  ).action(
    act(async (session, name: string, options: Options) =>
      (await import('./commands/running/revoke.ts')).revoke(session, name, {
        denied: readDenials(options),
        all: options['all'] === true,
        save: options['save'] === true,
      }),
    ),
  );
  plugin
    .command('logs [name]')
    .description('what the running host logged')
    .option('-f, --follow', 'and what it logs from now on')
    .option('-n, --lines <count>', 'how many', '100')
    .option('--level <level>', 'error, warn, info or debug, and what is graver', 'info')
    .action(
      act(async (session, name: string | undefined, options: Options) =>
        (await import('./commands/running/logs.ts')).logs(session, name, {
          follow: options['follow'] === true,
          lines: String(options['lines']),
          level: String(options['level']),
        }),
      ),
    );
  plugin
    .command('top')
    .description('what each plugin of the running host uses')
    .option('--once', 'print it once')
    .option('--interval <duration>', 'how often', '1s')
    .action(
      act(async (session, options: Options) =>
        (await import('./commands/running/top.ts')).top(session, {
          once: options['once'] === true,
          interval: String(options['interval']),
        }),
      ),
    );
  plugin
    .command('health [name]')
    .description('states of all; of one, what its health check answers')
    .action(
      act(async (session, name: string | undefined) =>
        (await import('./commands/running/health.ts')).health(session, name),
      ),
    );
}
