import type { Value } from '../protocol/values.ts';
import type { Leases } from './leases.ts';
import { isPluginMethod, isServiceName, matchesMember, type MemberRule } from './names.ts';
import { decide, type Decision, type RuleSet } from './rules.ts';
import { list, text, wrongShape } from './shape.ts';
import type { Switchboard } from './types.ts';

export function checkPlugin(rules: RuleSet<MemberRule>, plugin: string, method: string): Decision {
  return decide(rules, (rule) => matchesMember(rule, plugin, method));
}

/** `plugins.call`: a public method of a declared dependency, or of what `plugins` grants. */
export function createPluginCalls(options: {
  readonly plugin: string;
  readonly leases: Leases;
  readonly switchboard: Switchboard;
}): (args: readonly Value[], signal: AbortSignal) => Promise<Value> {
  const op = 'plugins.call';
  return async ([pluginValue, methodValue, argsValue], signal) => {
    const other = text(op, 'plugin', pluginValue, 128);
    const method = text(op, 'method', methodValue, 128);
    const args = list(op, 'args', argsValue, 64);
    if (!isServiceName(other)) throw wrongShape(op, `"${other}"`, 'is not the name of a plugin');
    if (!isPluginMethod(method)) throw wrongShape(op, `"${method}"`, 'is not a method that plugins may call');
    const value = `${other}.${method}`;
    return options.leases.run(
      {
        capability: 'plugins',
        value,
        check: (grants) => checkPlugin(grants.plugins, other, method),
        refused: { verb: 'call', thing: value, key: 'plugins', value },
      },
      signal,
      (signal) => options.switchboard.callPlugin(options.plugin, other, method, args, signal),
    );
  };
}
