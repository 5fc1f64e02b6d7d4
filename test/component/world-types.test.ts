import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSurface, type Surface } from '../../src/build/component/types/decode.ts';
import { TypeTable } from '../../src/build/component/types/type-table.ts';
import { hostWorld, worldProblems, type HostWorld } from '../../src/build/component/world.ts';
import { ownWit } from './support.ts';

const WORLDS = ['cli', 'blockchain', 'ai'] as const;
const table = new TypeTable();
let wit: string;
let host: HostWorld;

/** What a component of this world has that imports and exports all of it. */
async function surfaceOf(witSource: string, world: string): Promise<Surface> {
  const module = await componentEmbed({ dummy: true, witSource, world });
  return readSurface(await componentNew(module), table);
}

const hostOf = async (witSource: string): Promise<HostWorld> =>
  hostWorld(await Promise.all(WORLDS.map((world) => surfaceOf(witSource, world))));

/** Problems of the full component of a world whose WIT was changed: what one text became in it. */
async function problemsOf(world: string, from: string, to: string): Promise<string> {
  expect(wit).toContain(from);
  return worldProblems(await surfaceOf(wit.replace(from, to), world), host, table).join('\n');
}

beforeAll(async () => {
  wit = await ownWit();
  host = await hostOf(wit);
});

describe('worldProblems()', () => {
  test.each([...WORLDS, 'plugin'])('has nothing against the full world %s', async (world) => {
    expect(worldProblems(await surfaceOf(wit, world), host, table)).toEqual([]);
  });

  test.each<[string, string, string, string, string, string]>([
    ['a wider number', 'cli', 'columns: func() -> u32', 'columns: func() -> u64', 'func() -> u32', 'func() -> u64'],
    ['another sign', 'cli', 'columns: func() -> u32', 'columns: func() -> s32', 'func() -> u32', 'func() -> s32'],
    [
      'a field of another width',
      'ai',
      'modified: u64',
      'modified: u32',
      'file-stat.modified: u64',
      'file-stat.modified: u32',
    ],
    ['a status of another width', 'ai', 'status: u16', 'status: u32', 'response.status: u16', 'response.status: u32'],
    [
      'a result of another width',
      'cli',
      'result<u8, string>',
      'result<u32, string>',
      '-> result<u8, string>',
      '-> result<u32, string>',
    ],
    [
      'another error of a result',
      'ai',
      'initialize: func() -> result<bool, string>',
      'initialize: func() -> result<bool, u32>',
      'initialize: func() -> result<bool, string>',
      'initialize: func() -> result<bool, u32>',
    ],
    [
      'no error of a result',
      'ai',
      'predict: func(input: json) -> result<json, string>',
      'predict: func(input: json) -> result<json>',
      'predict: func(input: json) -> result<json, string>',
      'predict: func(input: json) -> result<json>',
    ],
    [
      'an error that is text',
      'ai',
      'fetch: func(request: request) -> result<response, error>',
      'fetch: func(request: request) -> result<response, string>',
      '-> result<response, error>',
      '-> result<response, string>',
    ],
    [
      'another payload of an option',
      'blockchain',
      'from-block: option<u64>',
      'from-block: option<s64>',
      'from-block: option<u64>',
      'from-block: option<s64>',
    ],
    ['a number instead of text', 'ai', 'source: string', 'source: u64', 'event.source: string', 'event.source: u64'],
    [
      'a case too many',
      'ai',
      'enum level { debug, info, warn, error }',
      'enum level { debug, info, warn, error, fatal }',
      'level: enum { debug, info, warn, error }',
      'level: enum { debug, info, warn, error, fatal }',
    ],
    [
      'fields in another order',
      'ai',
      '/// The topic: words joined by dots.\n        topic: string,\n        data: json,',
      'data: json,\n        topic: string,',
      'event: record { topic: string, data: json',
      'event: record { data: json, topic: string',
    ],
    ['a parameter of another name', 'ai', 'input: json', 'data: json', 'func(input: json)', 'func(data: json)'],
    [
      'a function the host does not have',
      'ai',
      'get: func() -> json;',
      'get: func() -> json; reread: func();',
      '(not there)',
      'reread: func()',
    ],
    [
      'a function that is not there',
      'ai',
      'get-model-info: func() -> result<json, string>;',
      '',
      'get-model-info: func()',
      '(not there)',
    ],
  ])('shows %s', async (_, world, from, to, expected, actual) => {
    const problems = await problemsOf(world, from, to);
    const [minus = '', plus = ''] = problems.split('\n').slice(1);
    expect(minus).toMatch(/^ {2}- .* {3}\/\/ host$/);
    expect(plus).toMatch(/^ {2}\+ .* {3}\/\/ component$/);
    expect(minus).toContain(expected);
    expect(plus).toContain(actual);
  });

  test('tells of every function whose type hangs on one that differs', async () => {
    const problems = await problemsOf('plugin', '        code: string,', '        code: u32,');
    expect(problems).toContain('import of aitbc:plugin/config@1.0.0 differs at "env"');
    expect(problems).toContain('import of aitbc:plugin/http@1.0.0 differs at "fetch"');
    expect(problems.split('\n').filter((line) => line === '  - error.code: string   // host').length).toBeGreaterThan(
      5,
    );
  });
});

describe('worldProblems() of other versions', () => {
  const version = (text: string, to: string): string => text.replace('aitbc:plugin@1.0.0', `aitbc:plugin@${to}`);
  const grown = (): string =>
    version(wit, '1.1.0')
      .replace('get: func() -> json;', 'get: func() -> json; reread: func();')
      .replace('/// A model.\n', 'interface hibernation { sleep: func(); }\n/// A model.\n')
      .replace('include plugin;\n    export model;', 'include plugin;\n    export model; export hibernation;');
  const problems = async (component: string, of: HostWorld): Promise<string[]> =>
    worldProblems(await surfaceOf(component, 'ai'), of, table);

  test('runs a component of 1.0 on a host of 1.1 that has more functions and interfaces', async () => {
    const later = await hostOf(grown());
    expect([later.major, later.minor]).toEqual([1, 1]);
    expect(await problems(wit, later)).toEqual([]);
    expect(await problems(grown(), later)).toEqual([]);
    expect(await problems(version(wit, '1.0.9'), later)).toEqual([]);
  });

  test.each([
    ['1.1.0', 'this host has aitbc:plugin 1.0, which is older'],
    ['2.0.0', 'this host has aitbc:plugin 1.0, and major versions differ'],
    ['0.9.0', 'and major versions differ'],
  ])('refuses one of %s on a host of 1.0, for each interface', async (to, state) => {
    const found = await problems(version(wit, to), host);
    expect(found.filter((problem) => problem.includes(state)).length).toBeGreaterThanOrEqual(8);
  });

  test('refuses a component that speaks of two major versions', async () => {
    const both = await parse(
      '(component (import "aitbc:plugin/log@2.0.0" (instance)) (import "aitbc:plugin/log@1.0.0" (instance)))',
    );
    const found = worldProblems(readSurface(both, table), host, table);
    expect(found[0]).toBe(
      'it imports aitbc:plugin/log@2.0.0: this host has aitbc:plugin 1.0, and major versions differ',
    );
    expect(found.join()).not.toContain('log@1.0.0');
  });
});

describe('readSurface()', () => {
  const surface = async (text: string): Promise<Surface> => readSurface(await parse(text), table);
  const print = (found: Surface, direction: 'imports' | 'exports', name: string): string[] =>
    [...(found[direction].get(name)?.functions ?? [])].map(([own, type]) => `${own}: ${table.printFunction(type)}`);

  test('sees the types of instances that are put together by hand, by alias and by an ascribed type', async () => {
    const module = `(core module $m (func (export "f") (param i32) (result i32) local.get 0))
      (core instance $c (instantiate $m))
      (func $f (param "x" u32) (result u32) (canon lift (core func $c "f")))`;
    const bag = await surface(
      `(component ${module} (instance $i (export "f" (func $f))) (export "a:b/c@1.0.0" (instance $i)))`,
    );
    expect(print(bag, 'exports', 'a:b/c@1.0.0')).toEqual(['f: func(x: u32) -> u32']);
    const nested = await surface(`(component ${module}
      (component $outer (import "g" (func $g (param "x" u32) (result u32)))
        (component $n (type $t (func (param "x" u32) (result u32))) (import "f" (func $f (type $t))) (export "f" (func $f)))
        (instance $i (instantiate $n (with "f" (func $g)))) (alias export $i "f" (func $a)) (export "h" (func $a)))
      (instance $i (instantiate $outer (with "g" (func $f))))
      (export "a:b/c@1.0.0" (instance $i) (instance (export "h" (func (param "x" u32) (result u32))))))`);
    expect(print(nested, 'exports', 'a:b/c@1.0.0')).toEqual(['h: func(x: u32) -> u32']);
  });

  test('knows every type of WASI 0.2 that functions take', async () => {
    const types = 'bool s8 u8 s16 u16 s32 u32 s64 u64 f32 f64 char string'.split(' ');
    const compound = `(export "v" (type $v (eq 0)))`;
    const found = await surface(`(component (import "a:b/c@1.0.0" (instance
      (type (variant (case "one" u8) (case "two"))) ${compound}
      (type (flags "x" "y")) (export "fl" (type $fl (eq 2)))
      (export "res" (type $res (sub resource)))
      (type (tuple u8 $v)) (type (list 5)) (type (own $res)) (type (borrow $res)) (type (result))
      ${types.map((type, at) => `(export "f${at}" (func (param "x" ${type}) (result ${type})))`).join('\n')}
      (export "g" (func (param "a" 6) (param "b" $fl) (param "c" 7) (param "d" 8) (result 9))))))`);
    expect([...(found.imports.get('a:b/c@1.0.0')?.resources ?? [])]).toEqual(['res']);
    const lines = print(found, 'imports', 'a:b/c@1.0.0');
    expect(lines.slice(0, -1)).toEqual(types.map((type, at) => `f${at}: func(x: ${type}) -> ${type}`));
    expect(lines.at(-1)).toMatch(
      /^g: func\(a: list<tuple<u8, v>>, b: fl, c: own<resource-\d+>, d: borrow<resource-\d+>\) -> result$/,
    );
  });

  test('takes types whose names would stand for exponentially much', async () => {
    const doubled = Array.from({ length: 60 }, (_, at) => `(type (tuple ${at} ${at}))`).join(' ');
    const found = await surface(
      `(component (import "a:b/c@1.0.0" (instance (type (tuple u8 u8)) ${doubled} (export "f" (func (param "x" 60))))))`,
    );
    expect(print(found, 'imports', 'a:b/c@1.0.0')[0]?.length).toBeLessThan(10_000);
  });

  test.each([
    ['asynchronous built-ins', '(component (core func (canon task.cancel)))'],
    ['several results', '(component (import "x" (value u32)))'],
  ])('refuses %s', async (_, text) => {
    await expect(surface(text)).rejects.toThrow(/not supported/);
  });
});
