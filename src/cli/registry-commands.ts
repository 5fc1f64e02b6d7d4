import type { Command } from 'commander';
import type { PackCommandOptions } from './commands/pack.ts';
import type { PublishCommandOptions } from './commands/publish.ts';
import type { YankCommandOptions } from './commands/yank.ts';
import type { Session } from './session.ts';

type Act = (run: (session: Session, ...given: never[]) => Promise<number>) => (...given: unknown[]) => Promise<void>;

/** `pack`, `publish` and `yank`: what writes registries. */
export function registryCommands(plugin: Command, act: Act): void {
  plugin
    .command('pack <plugin>')
    .description('make the file that publish would publish')
    .option('--out <folder>', 'where it goes', '.')
    .option('--key <file>', 'private key to sign it with')
    .action(
      act(async (session, target: string, options: PackCommandOptions) =>
        (await import('./commands/pack.ts')).pack(session, target, options),
      ),
    );
  plugin
    .command('publish <plugin>')
    .description("pack, sign and add a plugin to a registry's folder")
    .option('--to <folder>', 'the folder of the registry, or its index: a new one is begun where there is none')
    .option('--key <file>', 'private key to sign it with')
    .option('--unsigned', 'publish it without a signature')
    .option('--tag <tags...>', 'words to find it by, beside its keywords')
    .option('--publisher <name>', 'who publishes it; default: what the config calls the key')
    .option('--download-url <url>', 'where the file will be; default: below the index')
    .option('--dry-run', 'show it; write nothing')
    .action(
      act(async (session, target: string, options: PublishCommandOptions) =>
        (await import('./commands/publish.ts')).publish(session, target, options),
      ),
    );
  plugin
    .command('yank <version>')
    .description('mark name@version in a registry as not for new locks')
    .option('--to <folder>', 'the folder of the registry, or its index')
    .option('--reason <text>', 'why')
    .option('--undo', 'offer it again')
    .option('--revoke', 'stop it where it is locked, too: adds it to the signed list of revocations')
    .option('--key <file>', 'with --revoke: private key to sign the list with')
    .action(
      act(async (session, version: string, options: YankCommandOptions) =>
        (await import('./commands/yank.ts')).yank(session, version, options),
      ),
    );
}
