import { Option, type Command } from 'commander';
import type { Severity } from '../config/types.ts';
import type { Session } from './session.ts';

type Act = (run: (session: Session, ...given: never[]) => Promise<number>) => (...given: unknown[]) => Promise<void>;

/** `sbom`, below `plugin`. */
export function sbomCommand(plugin: Command, act: Act): void {
  plugin
    .command('sbom [name]')
    .description('what is in the program of a plugin, or of all, as CycloneDX in JSON')
    .option('--output <file>', 'write it there in place of stdout')
    .action(
      act(async (session, name: string | undefined, options: { output?: string }) =>
        (await import('./commands/sbom.ts')).sbom(session, name, options.output),
      ),
    );
}

/** `audit`, `audit db update` and `audit db status`: below `plugin`, and as words of their own. */
export function auditCommands(parent: Command, act: Act): void {
  const audit = parent
    .command('audit [plugins...]')
    .description('look up what is in plugins for known vulnerabilities; exits 1 where there are any')
    .addOption(
      new Option('--level <severity>', 'the least that counts; default: trust.vulnerabilities.block, else low').choices(
        ['low', 'medium', 'high', 'critical'],
      ),
    )
    .action(
      act(async (session, names: string[], options: { level?: Severity }) =>
        (await import('./commands/audit.ts')).audit(session, names, options.level),
      ),
    );
  const db = audit.command('db').description('the local database of vulnerabilities');
  db.command('update [sources...]')
    .description('put OSV records of archives, folders, files or URLs in its place')
    .action(
      act(async (session, sources: string[]) =>
        (await import('./commands/audit-db.ts')).updateDatabase(session, sources),
      ),
    );
  db.command('status')
    .description('what is in it, and how old it is')
    .action(act(async (session) => (await import('./commands/audit-db.ts')).databaseStatus(session)));
}
