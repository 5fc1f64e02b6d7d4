import { callHostService } from '../capabilities/services.ts';
import type { HostService, ServiceContext } from '../capabilities/types.ts';
import { PluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Value } from '../protocol/values.ts';
import { copyValue } from './values.ts';

interface PluginService {
  readonly plugin: string;
  readonly methods: ReadonlySet<string>;
}

/** Who offers what under which name: the application's services, fixed, and those that plugins register. */
export class Services {
  readonly #host: ReadonlyMap<string, HostService>;
  readonly #plugins = new Map<string, PluginService>();
  readonly #logger: Logger;

  constructor(host: Readonly<Record<string, HostService>>, logger: Logger) {
    this.#host = new Map(Object.entries(host));
    this.#logger = logger;
  }

  /** The plugin that offers a method. @throws ERR_SERVICE when nobody does. */
  offeredBy(service: string, method: string): string {
    const found = this.#plugins.get(service);
    if (!found) throw unknown(service, method, `no such service: ${this.#names()}`);
    if (!found.methods.has(method)) throw unknown(service, method, `it has ${[...found.methods].join(', ')}`);
    return found.plugin;
  }

  isHosts(service: string): boolean {
    return this.#host.has(service);
  }

  /** Calls a method of the application; a plugin learns none of its secrets from an error. */
  async callHost(service: string, method: string, args: readonly Value[], context: ServiceContext): Promise<Value> {
    const found = this.#host.get(service);
    if (!found) throw unknown(service, method, 'the application does not offer it');
    context.signal.throwIfAborted();
    const answer = await callHostService(found, service, method, args, context, this.#logger);
    return copyValue(answer, `${service}.${method}()`);
  }

  /** @throws ERR_SERVICE where the application or another plugin has the name. */
  register(plugin: string, service: string, methods: readonly string[]): void {
    const owner = this.#host.has(service) ? 'the application' : this.#plugins.get(service)?.plugin;
    if (owner !== undefined && owner !== plugin) {
      throw new PluginError('ERR_SERVICE', `Cannot register service "${service}": ${owner} offers it`, { plugin });
    }
    this.#plugins.set(service, { plugin, methods: new Set(methods) });
  }

  forget(plugin: string): void {
    for (const [name, service] of this.#plugins) if (service.plugin === plugin) this.#plugins.delete(name);
  }

  #names(): string {
    return [...this.#host.keys(), ...this.#plugins.keys()].join(', ') || 'none is offered';
  }
}

function unknown(service: string, method: string, state: string): PluginError {
  return new PluginError('ERR_SERVICE', `Cannot call "${service}.${method}": ${state}`);
}
