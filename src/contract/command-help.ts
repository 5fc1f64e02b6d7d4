import type { CommandGroupManifest } from './commands.ts';

type Listed = CommandGroupManifest['subcommands'][number];

/** Help of a group (`agent`) or of one command (`agent create`) as text; an empty string for what is not there. */
export function commandHelp(groups: readonly CommandGroupManifest[], path: string): string {
  const [groupName, commandName] = path.trim().split(/\s+/);
  const group = groups.find((candidate) => candidate.name === groupName);
  if (!group) return '';
  if (commandName === undefined) {
    return [group.help, '', ...columns(group.subcommands.map((command) => [command.name, command.help]))].join('\n');
  }
  const command = group.subcommands.find((candidate) => candidate.name === commandName);
  if (!command) return '';
  const lines = [`${group.name} ${usage(command)}`, '', command.help];
  const options = (command.options ?? []).map((option): [string, string] => [
    `${option.short ? `-${option.short}, ` : ''}--${option.name}${option.type === 'boolean' ? '' : ` <${option.type ?? 'string'}>`}`,
    [option.help, option.required ? '(required)' : ''].filter(Boolean).join(' '),
  ]);
  return (options.length > 0 ? [...lines, '', ...columns(options)] : lines).join('\n');
}

/** `create [options] <name> [rest...]` */
export function usage(command: Listed): string {
  const parts: string[] = [command.name];
  if (command.options?.length) parts.push('[options]');
  for (const argument of command.arguments ?? []) {
    const name = argument.variadic ? `${argument.name}...` : argument.name;
    parts.push(argument.required ? `<${name}>` : `[${name}]`);
  }
  return parts.join(' ');
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}
