import { defineService } from '../../src/capabilities/services.ts';
import { hostile, type HostileCase } from './harness.ts';
import { loadBeside } from './run-case.ts';

const denied = (capability: string, value?: string | RegExp): NonNullable<HostileCase['expect']['denied']> => [
  value === undefined ? { capability } : { capability, value },
];
const code = (work: string): string => `try { return await ${work}; } catch (error) { return error.code; }`;
const slow = defineService({ wait: () => new Promise((resolve) => setTimeout(resolve, 400, 'waited')) });

const cases: HostileCase[] = [
  {
    name: 'calls a plugin that it did not declare',
    attack: code(`context.plugin('victim').reveal()`),
    expect: { answers: 'ERR_PERMISSION_DENIED', denied: denied('plugins', 'victim.reveal') },
  },
  {
    name: 'guesses names of plugins and methods',
    attack: `const out = []; for (const name of ['victim', 'Victim', 'victim ', ' victim', 'victim\\0', 'attacker-1', '*', '', '.', 'victim.reveal']) for (const method of ['reveal', 'ping', 'getMetadata', '*', 'context', '_x', 'initialize']) try { out.push(await context.plugin(name)[method]()); } catch (error) { if (!error.code) out.push(String(error)); } return out;`,
    expect: { answers: [], denied: denied('plugins') },
  },
  {
    name: 'is granted one method and calls another',
    permissions: { plugins: ['bystander.ping'] },
    attack: `const out = [await context.plugin('bystander').ping(7)]; for (const work of [() => context.plugin('bystander').reveal(), () => context.plugin('victim').ping(1), () => context.plugin('victim').reveal()]) try { out.push(await work()); } catch (error) { out.push(error.code); } return out;`,
    expect: {
      answers: ['pong 7', 'ERR_PERMISSION_DENIED', 'ERR_PERMISSION_DENIED', 'ERR_PERMISSION_DENIED'],
      denied: denied('plugins', 'victim.reveal'),
    },
  },
  {
    name: 'is denied what a star grants',
    permissions: { plugins: ['victim', '!victim.reveal'] },
    attack: code(`context.plugin('victim').reveal()`),
    expect: { answers: 'ERR_PERMISSION_DENIED', denied: denied('plugins', 'victim.reveal') },
  },
  {
    name: 'calls the lifecycle of another',
    permissions: { plugins: ['victim', '!victim.reveal'] },
    attack: `const out = []; for (const method of ['stop', 'cleanup', 'initialize', 'start', 'handleEvent', 'healthCheck', 'getConfigSchema', 'getMetadata', 'context', 'constructor', 'metadata']) try { await context.plugin('victim')[method](); out.push(method); } catch {} return out;`,
    expect: { answers: [] },
  },
  {
    name: 'guesses the services of another',
    attack: `const out = []; for (const name of ['vault', 'Vault', 'victim', 'api', 'host', 'process', 'vault.open', '*']) for (const method of ['open', 'env', 'get', '*', 'open.call']) try { out.push(await context.services[name][method]()); } catch {} return out;`,
    expect: { answers: [], denied: denied('services', 'vault.open') },
  },
  {
    name: 'takes the name of a service of another',
    attack: code(`context.registerService('vault', { open: () => 'mine' })`),
    expect: { answers: 'ERR_SERVICE' },
  },
  {
    name: 'takes the name of a service of the host',
    attack: code(`context.registerService('slow', { wait: () => 'mine' })`),
    expect: { answers: 'ERR_SERVICE' },
  },
  {
    name: 'publishes as another',
    permissions: { events: { publish: ['own.*'] } },
    attack: `const out = []; for (const topic of ['victim.secret', 'own.x', 'bystander.x', 'host', 'own', 'own.a.b', 'own.*', 'own.#', '#', '*', 'own..x', ' own.x', 'own.x ', 'OWN.x', 'own.\\u200bx']) try { await context.eventBus.publish(topic, { source: 'victim', type: 'victim.secret' }); out.push(topic); } catch {} return out;`,
    expect: {
      also: (outcome, { noted }, name) => {
        const { value } = outcome as { value: string[] };
        const wrong = value.filter((topic) => !/^own\.[^.*#]+$/u.test(topic));
        const sources = noted.map((event) => (event as { source: string }).source).filter((source) => source !== name);
        return [
          ...wrong.map((topic) => `it published ${topic}`),
          ...sources.map((source) => `it published as ${source}`),
        ];
      },
      denied: denied('events.publish', 'victim.secret'),
    },
  },
  {
    name: 'subscribes to what others say',
    permissions: { events: { subscribe: ['own.*'] } },
    attack: `const heard = []; const out = []; for (const topic of ['victim.secret', 'victim.*', 'victim.#', '#', '*', '*.secret', 'own.#', '*.*', 'own.*', 'victim', '']) try { await context.eventBus.subscribe(topic, (event) => heard.push(event)); out.push(topic); } catch {} await new Promise((resolve) => setTimeout(resolve, 300)); return [out, heard];`,
    expect: { answers: [['own.*'], []], denied: denied('events.subscribe', '#') },
  },
  {
    name: 'reads the data of another',
    top: `import * as fs from 'node:fs/promises';`,
    attack: `const out = []; const folders = (await fs.readdir(world.victimData).catch(() => ['victim-000000000000'])); for (const base of [world.victimData + '/' + folders[0] + '/data/secret', '/data/../../victim/data/secret', '/data/../../../plugins/victim/data/secret', '/tmp/../../victim/data/secret', '/plugin/../victim/mod.ts', '/plugin/../../plugins.yaml', '/proc/self/environ', '/proc/self/root' + world.secretFile, world.secretFile, 'file://' + world.secretFile, '/data/%2e%2e/secret', '/data/secret', '..', '/']) try { out.push(String(await fs.readFile(base, 'utf8')).slice(0, 80)); } catch {} return out;`,
    expect: { answers: [] },
    control: 'leaks',
  },
  {
    name: 'links to the data of another',
    top: `import * as fs from 'node:fs/promises';`,
    attack: `const out = []; for (const [kind, target] of [['symlink', world.secretFile], ['symlink', '../../..'], ['link', world.secretFile], ['rename', world.secretFile], ['copyFile', world.secretFile], ['cp', world.root]]) try { await fs[kind](target, '/data/loot-' + kind); out.push(await fs.readFile('/data/loot-' + kind, 'utf8')); } catch {} return out;`,
    expect: { answers: [] },
  },
  {
    name: 'registers a service that answers for another once it is gone',
    members: `async start() { await this.context.registerService('mine', { open: () => 'mine' }); return true; }`,
    act: async (arena, name) => {
      await loadBeside(arena, name);
      await arena.manager.unloadPlugin(name);
      return arena.manager
        .service<{ open(): string }>('mine')
        .open()
        .then(
          () => 'answered',
          ({ code }: { code: string }) => code,
        );
    },
    expect: { answers: 'ERR_SERVICE' },
  },
  {
    name: 'holds a call of another while it goes',
    permissions: { services: ['slow'] },
    act: async (arena, name) => {
      await loadBeside(arena, name);
      const call = arena.manager.call(name, 'attack', [1]).catch(({ code }: { code: string }) => code);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await arena.manager.unloadPlugin(name);
      return typeof (await call);
    },
    attack: `return context.services.slow.wait();`,
    expect: { answers: 'string' },
  },
  {
    name: 'rejects without a handler while others are called',
    attack: `for (let i = 0; i < 2000; i += 1) Promise.reject(new Error('floating ' + i)); return 'own';`,
    expect: { answers: 'own' },
  },
  {
    name: 'throws in timers while others are called',
    attack: `for (let i = 0; i < 500; i += 1) setTimeout(() => { throw new Error('timer ' + i); }, i % 50); await new Promise((resolve) => setTimeout(resolve, 200)); return 'own';`,
    expect: { answers: 'own' },
  },
  {
    name: 'has a process of its own and ends it',
    isolation: 'process',
    attack: `return 'x'.repeat(2 ** 28).split('').length;`,
    expect: {
      fails: ['ERR_LIMIT_CPU', 'ERR_LIMIT_MEMORY', 'ERR_PLUGIN_CRASHED'],
      ends: 'itself',
    },
  },
  {
    name: 'depends on one that is not there',
    manifest: { dependencies: ['nobody'] },
    expect: { fails: ['ERR_DEPENDENCY_MISSING'], ends: 'itself' },
  },
  {
    name: 'asks in its manifest for what nobody granted',
    manifest: {
      permissions: { net: ['*'], read: ['/'], services: ['vault'], plugins: ['victim'], events: { subscribe: ['#'] } },
    },
    attack: `const out = []; for (const work of [() => context.services.vault.open(), () => context.plugin('victim').reveal(), () => context.eventBus.subscribe('#', () => 0), () => fetch('http://127.0.0.1:1/')]) try { out.push(await work()); } catch (error) { out.push(error.code ?? error.cause?.code ?? error.name); } return out;`,
    expect: {
      also: (outcome) => {
        const { value } = outcome as { value: unknown[] };
        return value.every((said) => typeof said === 'string' && /DENIED|TypeError/.test(said))
          ? []
          : [`it was granted what it asked for: ${JSON.stringify(value)}`];
      },
      denied: [{ capability: 'services', value: 'vault.open' }, { capability: 'plugins' }, { capability: 'net' }],
    },
  },
  {
    name: 'changes an event that others hear',
    permissions: { events: { subscribe: ['go.*'] } },
    members: `async start() { await this.context.eventBus.subscribe('go.*', (event) => { try { event.data.list.push('evil'); event.type = 'evil'; } catch {} }); return true; }`,
    act: async (arena, name) => {
      await loadBeside(arena, name);
      const data = { list: [1] };
      const heard = new Promise((resolve) =>
        arena.manager.on('go.*', (event) => void setTimeout(resolve, 50, event.data)),
      );
      await arena.manager.broadcastEvent('go.now', data);
      return [await heard, data];
    },
    expect: { answers: [{ list: [1] }, { list: [1] }] },
  },
];

hostile('a plugin that goes for its neighbours', cases, { services: { slow } });
