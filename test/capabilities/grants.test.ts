import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkEnv, grantedEnv } from '../../src/capabilities/env.ts';
import { compileGrants } from '../../src/capabilities/grants.ts';
import { checkPlugin } from '../../src/capabilities/plugins.ts';
import { checkService } from '../../src/capabilities/services.ts';
import { checkPublish, checkSubscribe, topicsMeet } from '../../src/capabilities/topics.ts';
import type { Permissions } from '../../src/contract/metadata.ts';
import { PluginError } from '../../src/core/errors.ts';
import { tempFolder } from './harness.ts';

const grants = (permissions: unknown, more: object = {}) =>
  compileGrants(permissions as Permissions, { name: 'x', ...more });

function errorOf(permissions: unknown, more: object = {}): PluginError {
  try {
    grants(permissions, more);
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('compileGrants() refuses, and names the key,', () => {
  it.each([
    [{ net: ['a.example', 'b.example', 'ftp://c.example'] }, 'net[2]', '"ftp://c.example" must be http or https'],
    [{ net: ['!a.example/x'] }, 'net[0]', '"!a.example/x" must be a host'],
    [{ net: 'a.example' }, 'net', 'must be a list'],
    [{ net: [7] }, 'net[0]', 'must be a string'],
    [{ net: [''] }, 'net[0]', 'one line'],
    [{ net: ['!'] }, 'net[0]', 'one line'],
    [{ net: [' a.example'] }, 'net[0]', 'one line'],
    [{ net: ['a.example\nb.example'] }, 'net[0]', 'one line'],
    [{ net: Array.from({ length: 2_000 }, () => 'a') }, 'net', '1000 are the most'],
    [{ read: ['relative'] }, 'read[0]', 'absolute'],
    [{ read: ['/'] }, 'read[0]', 'whole file system'],
    [{ read: ['/x/../'] }, 'read[0]', 'whole file system'],
    [{ read: ['/proc'] }, 'read[0]', 'kernel'],
    [{ read: ['/proc/self/environ'] }, 'read[0]', 'kernel'],
    [{ write: ['/sys/kernel'] }, 'write[0]', 'kernel'],
    [{ write: ['/dev/shm/..'] }, 'write[0]', 'kernel'],
    [{ write: ['/data'] }, 'write[0]', "plugin's own /data"],
    [{ read: ['/tmp/'] }, 'read[0]', "plugin's own /tmp"],
    [{ env: ['A B'] }, 'env[0]', 'name of a variable'],
    [{ env: ['*'] }, 'env[0]', 'name of a variable'],
    [{ env: ['A=1'] }, 'env[0]', 'name of a variable'],
    [{ events: { publish: ['a', 'a..b'] } }, 'events.publish[1]', 'words joined by dots'],
    [{ events: { subscribe: ['#.a'] } }, 'events.subscribe[0]', 'words joined by dots'],
    [{ events: { emit: ['a'] } }, 'events.emit', 'publish, subscribe'],
    [{ services: ['a.b.c'] }, 'services[0]', 'no method name'],
    [{ services: ['1a'] }, 'services[0]', 'name.method'],
    [{ services: ['a.then'] }, 'services[0]', 'no method name'],
    [{ plugins: ['a/b'] }, 'plugins[0]', 'name.method'],
    [{ nett: ['a.example'] }, 'nett', 'there are net, read'],
  ])('%j', (permissions, key, state) => {
    const error = errorOf(permissions);
    expect(error.code).toBe('ERR_CONFIG_INVALID');
    expect(error.message).toContain(`Cannot use "plugins.x.permissions.${key}": `);
    expect(error.message).toContain(state);
  });

  it("what is part of the host's data, by any name", async () => {
    const folder = await tempFolder();
    await symlink(folder, join(folder, 'alias'));
    for (const path of [folder, join(folder, 'audit.jsonl'), join(folder, 'alias')]) {
      expect(errorOf({ read: [path] }, { hidden: [folder] }).message).toContain("host's own data");
    }
    expect(() => grants({ read: [`!${folder}`] }, { hidden: [folder] })).not.toThrow();
  });
});

describe('env', () => {
  const rules = grants({ env: ['NETWORK', 'APP_*', '!APP_SECRET', '!AWS_*'] }).env;

  it('grants names and beginnings of names, and denials win', () => {
    const allowed = (name: string): boolean => checkEnv(rules, name).allowed;
    expect(['NETWORK', 'APP_', 'APP_X'].map(allowed)).toEqual([true, true, true]);
    expect(['NETWORK2', 'network', 'APP', 'APP_SECRET', 'AWS_KEY', 'PATH', ''].map(allowed)).toEqual(
      Array(7).fill(false),
    );
  });

  it('hands the sandbox granted variables alone', () => {
    const env = { NETWORK: 'a', APP_X: 'b', APP_SECRET: 'c', PATH: 'd', APP_NONE: undefined, 'APP_ODD NAME': 'e' };
    expect(grantedEnv(rules, env)).toEqual({ NETWORK: 'a', APP_X: 'b' });
    expect(grantedEnv(grants({}).env, env)).toEqual({});
  });

  it('hands it null for a name that is granted and not set', () => {
    expect(grantedEnv(rules, {})).toEqual({ NETWORK: null });
  });
});

describe('events', () => {
  it.each([
    [['a.*'], 'a.b', true],
    [['a.*'], 'a.b.c', false],
    [['a.*'], 'a', false],
    [['a.#'], 'a.b.c', true],
    [['#'], 'anything.at.all', true],
    [['a.b'], 'a.b', true],
    [['a.b'], 'a.bc', false],
    [['#', '!a.#'], 'a.b', false],
    [['#', '!a.#'], 'b', true],
    [[], 'a', false],
  ])('publish: %j lets %s: %s', (rules, topic, allowed) => {
    expect(checkPublish(grants({ events: { publish: rules } }).publish, topic).allowed).toBe(allowed);
  });

  it.each([
    [['a.*'], 'a.b', true],
    [['a.*'], 'a.*', true],
    [['a.*'], 'a.#', false],
    [['a.*'], '*.b', false],
    [['a.#'], 'a.*', true],
    [['a.#'], 'a.#', true],
    [['a.#'], '#', false],
    [['a.b', 'a.c'], 'a.*', false],
    [['a.#', '!a.secret'], 'a.open', true],
    [['a.#', '!a.secret'], 'a.secret', false],
    [['a.#', '!a.secret'], 'a.*', false],
    [['a.#', '!a.secret'], 'a.#', false],
    [['a.#', '!a.secret.#'], 'a.*.x', false],
    [['a.#', '!*.x'], 'a.y', true],
  ])('subscribe: %j lets %s: %s', (rules, pattern, allowed) => {
    expect(checkSubscribe(grants({ events: { subscribe: rules } }).subscribe, pattern).allowed).toBe(allowed);
  });

  it.each([
    ['a', 'a', true],
    ['a', 'b', false],
    ['a.*', '*.b', true],
    ['a.*', '*.b.c', false],
    ['a.#', 'a', true],
    ['#', 'x.y', true],
    ['a.b.#', 'a.*.c', true],
    ['a.b', 'a.b.c', false],
  ])('topicsMeet(%s, %s) is %s, either way round', (a, b, meet) => {
    expect([topicsMeet(a, b), topicsMeet(b, a)]).toEqual([meet, meet]);
  });
});

describe('services and plugins', () => {
  it.each([
    [['api'], 'api', 'getAgent', true],
    [['api.*'], 'api', 'getAgent', true],
    [['api.getAgent'], 'api', 'getAgent', true],
    [['api.getAgent'], 'api', 'setAgent', false],
    [['api.getAgent'], 'other', 'getAgent', false],
    [['api', '!api.drop'], 'api', 'drop', false],
    [['api', '!api'], 'api', 'getAgent', false],
    [[], 'api', 'getAgent', false],
  ])('services: %j lets %s.%s: %s', (rules, service, method, allowed) => {
    expect(checkService(grants({ services: rules }).services, service, method).allowed).toBe(allowed);
  });

  it('plugins are the declared dependencies, unless the list grants others', () => {
    const dependencies = ['wallet@^1.0.0'];
    const allowed = (plugins: readonly string[] | undefined, name: string): boolean =>
      checkPlugin(grants(plugins === undefined ? {} : { plugins }, { dependencies }).plugins, name, 'balance').allowed;
    expect([allowed(undefined, 'wallet'), allowed(undefined, 'other')]).toEqual([true, false]);
    expect([allowed(['other'], 'wallet'), allowed(['other'], 'other')]).toEqual([false, true]);
    expect([allowed(['!wallet.balance'], 'wallet'), allowed(['!wallet.send'], 'wallet')]).toEqual([false, true]);
  });
});
