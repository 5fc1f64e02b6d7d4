import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { describe, expect, it } from 'vitest';
import { manifestSection, recognise } from '../../src/source/component/recognise.ts';
import { caught } from '../support/errors.ts';
import { componentOf, ownWit } from './support.ts';
import { moduleOf } from './wat.ts';

const PLUGIN = { name: 'plain', methods: {}, manifest: { name: 'plain' } } as const;
const bytesOf = (text: string): Uint8Array => Buffer.from(text);
const EXPORTS = '(func (export "aitbc:plugin/lifecycle@1.0.0#start"))';

describe('recognise()', () => {
  it('knows a component, and a module that can become one', async () => {
    const module = await moduleOf(PLUGIN);
    expect(recognise(module, 'x')).toEqual({ kind: 'module', preview1: false, embedded: false, world: 'plugin' });
    expect(recognise(await componentOf(module, await ownWit(), 'plugin'), 'x')).toEqual({ kind: 'component' });
    const wasi = `(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) ${EXPORTS}
      (func (export "aitbc:plugin/model@1.0.0#predict")))`;
    expect(recognise(await parse(wasi), 'x')).toMatchObject({ kind: 'module', preview1: true, world: 'ai' });
  });

  it.each<[string, string, string]>([
    ['a core module', '(module (func (export "run")))', 'it is a core module, no component; it exports run'],
    ['an Extism plugin', '(module (import "extism:host/env" "input_length" (func (result i64))))', 'Extism plugin'],
    [
      'an Extism plugin of old',
      '(module (import "env" "extism_alloc" (func (param i64) (result i64))))',
      'Extism plugin',
    ],
    [
      'a program for preview 1',
      '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) (func (export "_start")))',
      'a program for WASI preview 1 without the exports of aitbc:plugin',
    ],
    [
      'a library for preview 1',
      '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) (table 1 funcref))',
      'a library for WASI preview 1',
    ],
    ['a module for preview 0', '(module (import "wasi_unstable" "proc_exit" (func (param i32))))', 'WASI preview 0'],
    ['a module of wasm-bindgen', '(module (import "wbg" "__wbindgen_throw" (func (param i32 i32))))', 'wasm-bindgen'],
  ])('says that it is %s', async (_, wat, state) => {
    const bytes = await parse(wat);
    const error = caught(() => recognise(bytes, 'x.wasm'));
    expect(error).toMatchObject({ code: 'ERR_COMPONENT' });
    expect(error.message).toContain(state);
  });

  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(), 'the file is empty'],
    ['an HTML page', bytesOf('\n<!DOCTYPE html><html>'), 'an HTML page'],
    ['a pointer of Git LFS', bytesOf('version https://git-lfs.github.com/spec/v1\n'), 'Git LFS'],
    ['the text format', bytesOf('(component)'), 'the text format'],
    ['JSON', bytesOf('{"message":"Not Found"}'), 'JSON'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8), 'gzip'],
    ['anything else', bytesOf('MZ'), 'does not begin with'],
    ['half a header', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1), 'truncated or corrupt'],
    ['an old draft', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0a, 0, 1, 0), 'a draft (10)'],
    ['an unknown format', Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 0, 7, 0), 'version 9.7, is unknown'],
    ['an unknown section', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 99, 0), 'section 99 is unknown'],
    [
      'a number without end',
      Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 0, ...Buffer.alloc(12, 0x80)),
      'a number is too long',
    ],
  ])('says that it is %s', (_, bytes, state) => {
    const error = caught(() => recognise(bytes, 'x.wasm'));
    expect(error).toMatchObject({ code: 'ERR_COMPONENT' });
    expect(error.message).toContain(state);
    expect(error.message).toMatch(/^Cannot use "x\.wasm" as a plugin: /);
  });

  it('notices at every length that a component was cut', async () => {
    const path = fileURLToPath(new URL('../../plugins/notebook/c/plugin.wasm', import.meta.url));
    const whole = await readFile(path);
    const lengths = Array.from({ length: 25 }, (_, at) => 8 + at * 997).filter((length) => length < whole.length);
    const outcomes = lengths.map((length) => {
      try {
        return recognise(whole.subarray(0, length), 'x.wasm').kind;
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    // A cut between two sections is noticed by the translation.
    expect(new Set(outcomes)).toEqual(new Set(['component', 'ERR_COMPONENT']));
    expect(outcomes.filter((outcome) => outcome === 'ERR_COMPONENT').length).toBeGreaterThan(outcomes.length / 2);
  });
});

describe('manifestSection()', () => {
  it('gives the JSON that a module carries', async () => {
    expect(JSON.parse(Buffer.from(manifestSection(await moduleOf(PLUGIN), 'x') ?? []).toString())).toEqual({
      name: 'plain',
    });
    expect(manifestSection(await parse('(module)'), 'x')).toBeUndefined();
    expect(manifestSection(bytesOf('no wasm'), 'x')).toBeUndefined();
  });

  it('refuses two of them', async () => {
    const twice = await parse('(module (@custom "aitbc:manifest" "{}") (@custom "aitbc:manifest" "{}"))');
    expect(caught(() => manifestSection(twice, 'x'))).toMatchObject({ code: 'ERR_COMPONENT' });
  });
});
