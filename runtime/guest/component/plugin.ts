/** Shows a component as the plugin object that the bootstrap takes from any program. */
import type { Value } from '../../../src/protocol/values.ts';
import { aitbcImports, flushLines, jsonText, terminal, type Imported } from './aitbc.ts';
import { Exit } from './fault.ts';
import { host, type HostEvent } from './host.ts';
import { type Exports, type Instantiate, LiveInstance, maker, Refused } from './instance.ts';
import { usv } from './text.ts';
import type { PluginExports, WitMetadata } from './wit.ts';

type Method = (...args: Value[]) => unknown;
type PluginObject = Record<string, unknown>;

/**
 * The default export of a component's program; the bootstrap calls it with the plugin's context. `wasi`: what it imports beside
 * aitbc:plugin.
 */
export function component(
  instantiate: Instantiate,
  wasi: () => Record<string, object> = () => ({}),
): (context: { readonly config: Value }) => object {
  return (context) => createPlugin(instantiate, wasi, context.config);
}

/** How far the component has come: what a fresh instance must be brought to. */
interface Life {
  initialized: boolean;
  started: boolean;
}

function createPlugin(instantiate: Instantiate, wasi: () => Record<string, object>, config: Value): object {
  const life: Life = { initialized: false, started: false };
  const own: Imported = {
    config: usv(jsonText(config)),
    onEvent: (event) => handle(event),
    callService: (service, method, args) =>
      result(call((exports) => invoke(exports, 'methods', 'callService', [service, method, args]))),
    services: new Set(),
    refusals: new Map(),
  };
  const imports = { ...aitbcImports(own), ...wasi() };
  const live = new LiveInstance(
    maker(
      instantiate,
      (name) => host().takeModule(name),
      () => imports,
    ),
    (exports) => revive(exports, life),
  );

  /** A refusal that the component passes on becomes the error it was; any other `err` is the plugin's own words. */
  const call = <T>(work: (exports: Exports) => T): T => {
    own.refusals.clear();
    try {
      return live.enter(work);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      for (const [message, refusal] of own.refusals) {
        if (error.reason === message || error.reason === `${refusal.code}: ${message}`) throw refusal;
      }
      throw new Error(error.reason, { cause: error });
    } finally {
      flushLines();
    }
  };
  const lifecycle = (method: 'initialize' | 'start' | 'stop' | 'cleanup', done: () => void) => (): boolean => {
    const accepted = call((exports) => invoke(exports, 'lifecycle', method, []));
    if (accepted) done();
    return accepted;
  };
  const handle = (event: HostEvent): void => {
    const { type, data, source, time } = event;
    const given = { topic: usv(type), data: usv(jsonText(data)), source: usv(source), time: usv(time) };
    call((exports) => invoke(exports, 'lifecycle', 'handleEvent', [given]));
  };

  const plugin: PluginObject = {
    getMetadata: () => metadataOf(call((exports) => invoke(exports, 'lifecycle', 'getMetadata', []))),
    getConfigSchema: () =>
      parse(
        call((exports) => invoke(exports, 'lifecycle', 'getConfigSchema', [])),
        'its config schema',
      ),
    initialize: lifecycle('initialize', () => {
      life.initialized = true;
    }),
    start: lifecycle('start', () => {
      life.started = true;
    }),
    stop: lifecycle('stop', () => {
      life.started = false;
    }),
    cleanup: lifecycle('cleanup', () => {
      life.initialized = false;
    }),
    healthCheck: () => {
      const { healthy, details } = call((exports) => invoke(exports, 'lifecycle', 'healthCheck', []));
      return { healthy, details: parse(details, 'its health') };
    },
    handleEvent: (_type: string, _data: Value, event: HostEvent) => handle(event),
  };
  const first = call((exports) => {
    for (const [name, method] of Object.entries(specialMethods(exports, call))) plugin[name] = method;
    return invoke(exports, 'methods', 'listMethods', []);
  });
  for (const name of first) {
    if (name in plugin || name === '__proto__') continue;
    const method: Method = (...args) =>
      result(call((exports) => invoke(exports, 'methods', 'call', [name, usv(jsonText(args))])));
    plugin[name] = method;
  }
  return plugin;
}

/** A fresh instance is told to do again what the lost one had done; its own memory is gone. */
function revive(exports: Exports, life: Life): void {
  if (life.initialized && !invoke(exports, 'lifecycle', 'initialize', [])) {
    throw new Error('it refused to initialize again after its instance was discarded');
  }
  if (life.started && !invoke(exports, 'lifecycle', 'start', [])) {
    throw new Error('it refused to start again after its instance was discarded');
  }
}

type Call = <T>(work: (exports: Exports) => T) => T;

/** Methods of the worlds cli, blockchain and ai, by the names of the TypeScript contract. */
function specialMethods(exports: Exports, call: Call): PluginObject {
  const json = (args: readonly Value[], index: number): string => usv(jsonText(args[index]));
  const methods: PluginObject = {};
  if (exports['model'] !== undefined) {
    methods['predict'] = (...args: Value[]) =>
      result(call((live) => invoke(live, 'model', 'predict', [json(args, 0)])));
    methods['train'] = (...args: Value[]) => call((live) => invoke(live, 'model', 'train', [json(args, 0)]));
    methods['getModelInfo'] = () => result(call((live) => invoke(live, 'model', 'getModelInfo', [])));
  }
  if (exports['chain'] !== undefined) {
    methods['connect'] = (...args: Value[]) => call((live) => invoke(live, 'chain', 'connect', [json(args, 0)]));
    methods['getBalance'] = (address: Value) =>
      result(call((live) => invoke(live, 'chain', 'getBalance', [string(address, 'address')])));
    methods['sendTransaction'] = (...args: Value[]) =>
      call((live) => invoke(live, 'chain', 'sendTransaction', [json(args, 0)]));
    methods['getContractEvents'] = (address: Value, name: Value, fromBlock?: Value) =>
      result(
        call((live) => {
          const from = block(fromBlock);
          return invoke(live, 'chain', 'getContractEvents', [
            string(address, 'address'),
            string(name, 'eventName'),
            from,
          ]);
        }),
      );
  }
  if (exports['commands'] !== undefined) {
    methods['_command'] =
      (group: string, command: string) =>
      (options: Value, io: { isTTY: boolean; columns: number; args: readonly string[] }) =>
        runCommand(call, group, command, options, io);
  }
  return methods;
}

function runCommand(
  call: Call,
  group: string,
  command: string,
  options: Value,
  io: { readonly isTTY: boolean; readonly columns: number; readonly args: readonly string[] },
): number {
  terminal.call = host().running();
  terminal.isTTY = io.isTTY;
  terminal.columns = io.columns;
  terminal.args = io.args;
  try {
    const [own, named, json] = [usv(group), usv(command), usv(jsonText(options))];
    return call((exports) => invoke(exports, 'commands', 'run', [own, named, json, io.args.map(usv)]));
  } catch (error) {
    // A program that ends with `exit` in a command gives the command's status.
    if (error instanceof Exit) return error.status;
    throw error;
  } finally {
    terminal.call = undefined;
    terminal.isTTY = false;
    terminal.args = [];
  }
}

type ArgsOf<Fn> = Fn extends (...args: infer Args) => unknown ? Args : never;
type ResultOf<Fn> = Fn extends (...args: never[]) => infer Result ? Result : never;
/** The world was checked against our WIT: what is there has its types. */
function invoke<Face extends keyof PluginExports, Method extends keyof PluginExports[Face] & string>(
  exports: Exports,
  name: Face,
  method: Method,
  args: ArgsOf<PluginExports[Face][Method]>,
): ResultOf<PluginExports[Face][Method]> {
  const found = exports[name]?.[method];
  if (found === undefined) throw new Error(`the component does not export ${name}.${method}`);
  return found(...(args as readonly unknown[] as never[])) as never;
}

function result(text: string): Value {
  const limit = host().messageLimit;
  if (text.length > limit) {
    throw host().tooLarge(`its result has ${text.length} characters, limits.message is ${limit}`);
  }
  return parse(text, 'its result');
}

function parse(text: string, what: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    throw new TypeError(`${what} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

function string(value: Value, name: string): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string`);
  return usv(value);
}

function block(value: Value): bigint | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'bigint' ? value >= 0n : Number.isSafeInteger(value) && (value as number) >= 0) {
    return BigInt(value as number | bigint);
  }
  throw new TypeError('fromBlock must be a whole number');
}

/** The record `metadata` by the names of the manifest; what is empty is left out. */
function metadataOf(given: WitMetadata): object {
  const metadata: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given) as [string, string | readonly string[] | undefined][]) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    metadata[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = value;
  }
  return metadata;
}
