import { Option, type Command } from 'commander';
import type { KeyType } from '../trust/sign.ts';
import type { ReviewCommandOptions } from './commands/review.ts';
import type { Session } from './session.ts';

type Act = (run: (session: Session, ...given: never[]) => Promise<number>) => (...given: unknown[]) => Promise<void>;

/** `keygen`, `sign`, `review` and `verify`. */
export function trustCommands(plugin: Command, act: Act): void {
  plugin
    .command('keygen')
    .description('make a pair of keys to sign plugins with')
    .option('--out <file>', 'where the private key goes; the public one beside it as <file>.pub', 'plugin.key')
    .addOption(new Option('--type <type>', 'kind of key').choices(['ed25519', 'p256']).default('ed25519'))
    .action(
      act(async (session, options: { out: string; type: KeyType }) =>
        (await import('./commands/keygen.ts')).keygen(session, options),
      ),
    );
  plugin
    .command('sign <plugin>')
    .description('sign name, version and bytes of a plugin; writes the signature beside it')
    .option('--key <file>', 'private key, as keygen makes it')
    .option(
      '--out <file>',
      'where the signature goes; default: plugin.sigstore.json or <plugin>.sigstore.json beside it',
    )
    .option('--statement', 'print what is to be signed, for another tool; sign nothing')
    .action(
      act(async (session, target: string, options: { key?: string; out?: string; statement?: boolean }) =>
        (await import('./commands/sign.ts')).sign(session, target, options),
      ),
    );
  plugin
    .command('review <plugin>')
    .description('sign what you found in a plugin; adds it to reviews/<plugin>.json')
    .option('--key <file>', 'private key of the reviewer, as keygen makes it')
    .option('--criteria <words...>', 'what you looked for, and found to hold: safe-to-run')
    .addOption(
      new Option('--verdict <verdict>', 'violation: they do not hold, and nobody shall use it')
        .choices(['pass', 'violation'])
        .default('pass'),
    )
    .option('--base <version>', 'you looked at what changed since this version alone')
    .option('--expires <day>', 'last day it counts; default: in a year')
    .option('--notes <text>', 'what others should know')
    .option('--to <folder>', 'where the file of reviews lies: beside the index of a registry', 'reviews')
    .action(
      act(async (session, target: string, options: ReviewCommandOptions) =>
        (await import('./commands/review.ts')).review(session, target, options),
      ),
    );
  plugin
    .command('verify [plugins...]')
    .description('check bytes and signatures of what is locked, or the signature of one that is not')
    .option('--key <file>', 'trust this public key, and nothing else')
    .action(
      act(async (session, targets: string[], options: { key?: string }) =>
        (await import('./commands/verify.ts')).verify(session, targets, options),
      ),
    );
}
