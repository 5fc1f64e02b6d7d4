import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/digest.ts';
import type { AIPlugin } from '../../src/contract/ai-plugin.ts';
import type { Remote } from '../../src/contract/remote.ts';
import { createHost, type Host } from '../conformance/host.ts';
import { serve, type TestServer } from '../support/http-server.ts';
import { corpus } from './corpus.ts';

const SOURCE = fileURLToPath(new URL('../../plugins/translation-ai', import.meta.url));
const NAME = 'translation-ai';

interface Translation {
  readonly text: string;
  readonly provider: string;
  readonly known?: number;
}
type Translator = Remote<AIPlugin & { translate(text: string): string }>;
const translator = ({ manager }: Host): Translator =>
  manager.plugin<AIPlugin & { translate(text: string): string }>(NAME);

describe('translation-ai with its own model', () => {
  const all = corpus();
  const [training, heldOut] = [all.slice(0, 400), all.slice(400, 600)];
  let host: Host;
  beforeAll(async () => {
    host = await createHost({ [NAME]: { source: SOURCE } });
    expect(await host.manager.startAll()).toMatchObject({ started: [NAME] });
  });
  afterAll(() => host[Symbol.asyncDispose]());
  const predict = async (text: string): Promise<Translation> =>
    (await host.manager.call(NAME, 'predict', [{ text }])) as unknown as Translation;

  test('says that it must be trained first', async () => {
    await expect(predict('das haus')).rejects.toMatchObject({
      code: 'ERR_PLUGIN_THREW',
      message: expect.stringContaining('there is no model yet: train it first') as string,
    });
    expect(await translator(host).getModelInfo()).toMatchObject({ trained: false, pairs: 0, provider: 'local' });
  });

  test.each([
    [{ source: 'a', target: 'b' }, 'data must be a list'],
    [[], 'there are no examples'],
    [
      [{ source: 'das haus', target: 'the house' }, { source: 'das buch' }],
      'data[1] must have words in source and target',
    ],
    [[{ source: '?!', target: 'x' }], 'data[0] must have words'],
    [['das haus'], 'data[0] must have words'],
  ])('refuses training data %j and keeps no model', async (data, reason) => {
    await expect(host.manager.call(NAME, 'train', [data])).rejects.toMatchObject({
      code: 'ERR_PLUGIN_THREW',
      message: expect.stringContaining(reason) as string,
    });
    expect(await translator(host).getModelInfo()).toMatchObject({ trained: false });
  });

  test('train() learns from 400 pairs to translate 200 sentences it has not seen', async () => {
    expect(await host.manager.call(NAME, 'train', [training as never])).toBe(true);
    const wrong: string[] = [];
    let words = 0;
    let right = 0;
    for (const { source, target } of heldOut) {
      const expected = target.toLowerCase().replace('.', '').split(' ');
      const { text, provider, known } = await predict(source);
      expect([provider, known]).toEqual(['local', 1]);
      const found = text.split(' ');
      words += expected.length;
      right += expected.filter((word, index) => word === found[index]).length;
      if (text !== expected.join(' ')) wrong.push(`${source} -> ${text}`);
    }
    expect(right / words).toBeGreaterThanOrEqual(0.99);
    expect(wrong.length / heldOut.length).toBeLessThanOrEqual(0.05);
  });

  test('predict() tells meanings of a word by the word before', async () => {
    expect((await predict('Das Kind malt das königliche Schloss')).text).toBe('the child paints the royal castle');
    expect((await predict('Das Kind malt das rostige Schloss')).text).toBe('the child paints the rusty lock');
  });

  test('predict() leaves unknown words as they are, and says how much it knew', async () => {
    expect(await predict('das zebra')).toEqual({ text: 'the zebra', provider: 'local', known: 0.5 });
    expect(await predict('')).toEqual({ text: '', provider: 'local', known: 1 });
    await expect(host.manager.call(NAME, 'predict', [{ words: 'das' }])).rejects.toThrow('text is missing');
  });

  test('translate() is predict() for one text', async () => {
    expect(await translator(host).translate('Das Haus')).toBe('the house');
  });

  test('getModelInfo() counts, and a restart finds the model again', async () => {
    const info = await translator(host).getModelInfo();
    expect(info).toEqual({
      name: 'ibm-model-1+bigram',
      provider: 'local',
      trained: true,
      pairs: 400,
      source_words: 22,
      target_words: 23,
    });
    const before = await predict('Das schwarze Pferd findet das Fenster');
    await (await host.restart()).startAll();
    expect(await translator(host).getModelInfo()).toEqual(info);
    expect(await predict('Das schwarze Pferd findet das Fenster')).toEqual(before);
    expect(host.logged.some((line) => line.includes('found a model of 400 pairs'))).toBe(true);
  });

  test('is found by its interface', () => {
    expect(host.manager.implementing('ai').map(({ name }) => name)).toEqual([NAME]);
  });
});

describe('translation-ai with provider openai', () => {
  const asked: { authorization: string | undefined; body: unknown }[] = [];
  let answer: { status: number; body: string };
  let server: TestServer;
  let host: Host;
  beforeAll(async () => {
    server = await serve({
      '/v1/chat/completions': async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        asked.push({
          authorization: request.headers.authorization,
          body: JSON.parse(Buffer.concat(chunks).toString()) as unknown,
        });
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
      },
    });
    host = await createHost(
      {
        [NAME]: {
          source: SOURCE,
          config: {
            provider: 'openai',
            api_key: '${OPENAI_API_KEY}',
            base_url: `${server.url}/v1`,
            model: 'small',
            target: 'French',
          },
          permissions: { net: [server.host] },
        },
      },
      { env: { OPENAI_API_KEY: 'sk-very-secret-key' } },
    );
    expect(await host.manager.startAll()).toMatchObject({ started: [NAME] });
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await server.close();
  });
  const predict = (text: string): Promise<unknown> => host.manager.call(NAME, 'predict', [{ text }]);

  test('asks for a chat completion, with key, model and target', async () => {
    answer = {
      status: 200,
      body: JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'la « maison » \n' } }] }),
    };
    expect(await predict('the "house"')).toEqual({ text: 'la « maison » \n', provider: 'openai' });
    expect(asked.at(-1)).toEqual({
      authorization: 'Bearer sk-very-secret-key',
      body: {
        model: 'small',
        messages: [
          { role: 'system', content: 'Translate to French. Answer with the translation alone.' },
          { role: 'user', content: 'the "house"' },
        ],
      },
    });
  });

  test.each([
    [
      401,
      '{"error":{"message":"Incorrect API key provided: sk-very-secret-key"}}',
      'the provider answered 401: Incorrect API key',
    ],
    [429, '{"error":{"message":"Rate limit reached"}}', 'the provider answered 429: Rate limit reached'],
    [500, '<html>oops</html>', 'the provider answered 500'],
    [200, '<html>fine</html>', "the provider's answer is no JSON"],
    [200, '{"choices":[]}', "the provider's answer has no text"],
    [200, '{"choices":[{"message":{"content":null}}]}', "the provider's answer has no text"],
    [200, '['.repeat(100_000), "the provider's answer is no JSON: JSON is too deep"],
    [200, '', "the provider's answer is no JSON"],
  ])('fails clearly where the provider answers %i %s', async (status, body, reason) => {
    answer = { status, body };
    const error = (await predict('house').catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'ERR_PLUGIN_THREW', message: expect.stringContaining(reason) as string });
    expect(error.message).not.toContain('sk-very-secret-key');
  });

  test('is refused a provider that was not granted', async () => {
    await using other = await createHost({ [NAME]: { source: SOURCE, config: { provider: 'openai', api_key: 'x' } } });
    await other.manager.startAll();
    await expect(other.manager.call(NAME, 'predict', [{ text: 'house' }])).rejects.toMatchObject({
      code: 'ERR_PERMISSION_DENIED',
      message: expect.stringContaining('api.openai.com:443') as string,
    });
  });
});

test('translation-ai is in the lock of this repository with the bytes that are committed, though it is disabled', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const lock = JSON.parse(await readFile(join(root, 'plugins.lock.json'), 'utf8')) as {
    plugins: Record<string, { modules: Record<string, string> } | undefined>;
  };
  expect(lock.plugins[NAME]?.modules['plugin.wasm']).toBe(digestOf(await readFile(join(SOURCE, 'plugin.wasm'))));
  expect(await readFile(join(root, 'plugins.yaml'), 'utf8')).toMatch(/translation-ai:\n +enabled: false/);
});
