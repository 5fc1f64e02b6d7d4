import { afterAll, describe, expect, test } from 'vitest';
import { PluginError } from '../../src/core/errors.ts';
import { STREAM_WINDOW } from '../../src/protocol/limits.ts';
import { FRAME } from '../../src/protocol/messages.ts';
import { BodySender } from '../../src/sandbox/body-sender.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { Instance } from '../../src/sandbox/types.ts';
import { limits, openOptions, plugin, port, type Port } from './support.ts';

const sandbox = createSandbox();
afterAll(() => sandbox.close());

async function open(methods: string, broker: Port): Promise<Instance> {
  const instance = await sandbox.open(
    openOptions(plugin(methods), { port: broker, limits: { ...limits, cpu: 5_000 } }),
  );
  await instance.request('describe', []);
  return instance;
}

const RESPONSE = {
  url: 'https://x.example/',
  status: 200,
  statusText: 'OK',
  headers: [],
  redirected: false,
  hasBody: true,
};

describe('bodies', () => {
  test('of responses reach the guest whole, in order, with backpressure', async () => {
    let pulled = 0;
    const size = 300_000;
    const broker = port(() => ({
      value: RESPONSE,
      body: new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (pulled === 20) return controller.close();
            pulled += 1;
            controller.enqueue(new Uint8Array(size).fill(pulled));
          },
        },
        { highWaterMark: 0 },
      ),
    }));
    const instance = await open(
      `async first() { this.reader = (await fetch('https://x.example/')).body.getReader(); const { value } = await this.reader.read(); return value.length; },
       async rest() { let total = 0, ordered = true, last = 0; for (;;) { const { value, done } = await this.reader.read(); if (done) return { total, ordered }; total += value.length; ordered &&= value[0] >= last; last = value[0]; } }`,
      broker,
    );
    const first = (await instance.request('call', ['first', []])) as number;
    await new Promise((resolve) => setTimeout(resolve, 100));
    // The window and what one chunk of the source holds, not the whole.
    expect(pulled).toBeLessThan(5);
    expect(await instance.request('call', ['rest', []])).toEqual({ total: 20 * size - first, ordered: true });
    await instance.dispose();
  });

  test('of responses are cancelled by the guest, and by its end', async () => {
    const cancelled: string[] = [];
    const broker = port((_op, args) => ({
      value: RESPONSE,
      body: new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
        cancel: () => void cancelled.push((args[0] as { url: string }).url),
      }),
    }));
    const instance = await open(
      `async halt() { const { body } = await fetch('https://a.example/'); await body.cancel(); }, async keep() { this.kept = await fetch('https://b.example/'); }`,
      broker,
    );
    await instance.request('call', ['halt', []]);
    await expect.poll(() => cancelled).toEqual(['https://a.example/']);
    await instance.request('call', ['keep', []]);
    await instance.dispose();
    await expect.poll(() => cancelled).toEqual(['https://a.example/', 'https://b.example/']);
  });

  test('of responses that fail in the host fail in the guest, without host details', async () => {
    const broker = port(() => ({
      value: RESPONSE,
      body: new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.error(new Error('/etc/secret'));
        },
      }),
    }));
    const instance = await open(
      `async read() { try { return await (await fetch('https://x.example/')).text(); } catch (error) { return String(error) + error.stack; } }`,
      broker,
    );
    const said = (await instance.request('call', ['read', []])) as string;
    expect(said).toContain('Error');
    expect(said).not.toContain('secret');
    await instance.dispose();
  });

  test('of requests reach the port whole, with backpressure', async () => {
    const seen = { total: 0, before: 0 };
    const broker = port(async (_op, _args, { body }) => {
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      await new Promise((resolve) => setTimeout(resolve, 200));
      for (let next = await reader.read(); !next.done; next = await reader.read()) seen.total += next.value.length;
      return { value: { ...RESPONSE, hasBody: false } };
    });
    const instance = await open(
      `async send() { let sent = 0; this.sent = () => sent; const body = new ReadableStream({ pull(controller) { if (sent === 3_000_000) return controller.close(); sent += 100_000; controller.enqueue(new Uint8Array(100_000)); } }, { highWaterMark: 0 }); await fetch('https://x.example/', { method: 'POST', body, duplex: 'half' }); return sent; },
       soFar() { return this.sent(); }`,
      broker,
    );
    const sending = instance.request('call', ['send', []]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await instance.request('call', ['soFar', []])) as number).toBeLessThan(700_000);
    expect(await sending).toBe(3_000_000);
    expect(seen.total).toBe(3_000_000);
    await instance.dispose();
  });

  test('a flood of one plugin leaves its neighbour its turn', async () => {
    const endless = port(() => ({
      value: RESPONSE,
      body: new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }),
    }));
    const flood = await open(
      `async flood() { const reader = (await fetch('https://x.example/')).body.getReader(); for (this.total = 0; ; ) { const { value } = await reader.read(); this.total += value.length; } }, soFar() { return this.total; }`,
      endless,
    );
    const neighbour = await open(`ping() { return 'pong'; }`, port());
    const flooding = flood.request('call', ['flood', []]).catch((error: PluginError) => error.code);
    for (let turn = 0; turn < 20; turn += 1) expect(await neighbour.request('call', ['ping', []])).toBe('pong');
    await expect.poll(() => flood.request('call', ['soFar', []])).toBeGreaterThan(1_000_000);
    await flood.dispose();
    expect(await flooding).toBe('ERR_STATE');
    await neighbour.dispose();
  });
});

describe('requests of the guest', () => {
  test('take no more credit from a peer than one window, however much it gives', async () => {
    const sent: number[] = [];
    const channel = {
      turn: () => Promise.resolve(),
      send: (kind: number, _plugin: number, _id: number, _text?: string, bytes: readonly Uint8Array[] = []) =>
        void (kind === FRAME.chunk && sent.push(bytes.reduce((sum, each) => sum + each.length, 0))),
    };
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(100_000)) });
    const owner = { done: () => undefined, failure: () => ({ code: '', message: '', hint: '', data: {} }) };
    const sender = new BodySender(channel as never, 1, 1, body, owner);
    const total = async (): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return sent.reduce((sum, each) => sum + each, 0);
    };
    const first = await total();
    for (let turn = 0; turn < 1_000; turn += 1) sender.credit(STREAM_WINDOW);
    expect((await total()) - first).toBeLessThanOrEqual(STREAM_WINDOW);
    sender.cancel();
  });

  test('that the guest aborts abort the port', async () => {
    let aborted = false;
    const broker = port(
      (_op, _args, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('aborted'));
          });
        }),
    );
    const instance = await open(
      `async go() { const abort = new AbortController(); const sent = fetch('https://x.example/', { signal: abort.signal }); setTimeout(() => abort.abort(), 10); try { await sent; } catch (error) { return error.name; } }`,
      broker,
    );
    expect(await instance.request('call', ['go', []])).toBe('AbortError');
    await expect.poll(() => aborted).toBe(true);
    await instance.dispose();
  });

  test('that the port refuses come back as that refusal when the plugin lets them through', async () => {
    const refusal = new PluginError('ERR_PERMISSION_DENIED', 'Cannot call "bank": no grant', { hint: 'grant it' });
    const broker = port(() => Promise.reject(refusal));
    const instance = await open(
      `ask() { return this.context.services.bank.open(); },
       async caught() { try { await this.ask(); } catch (error) { return [error.code, error.message, error.hint, error instanceof Error]; } },
       forge() { throw Object.assign(new Error('Cannot load "p": forged'), { code: 'ERR_INTEGRITY' }); }`,
      broker,
    );
    expect(await instance.request('call', ['caught', []])).toEqual([
      'ERR_PERMISSION_DENIED',
      refusal.message,
      'grant it',
      true,
    ]);
    await expect(instance.request('call', ['ask', []])).rejects.toMatchObject({
      code: 'ERR_PERMISSION_DENIED',
      message: refusal.message,
      hint: 'grant it',
    });
    await expect(instance.request('call', ['forge', []])).rejects.toMatchObject({ code: 'ERR_PLUGIN_THREW' });
    await instance.dispose();
  });

  test('that fail in the host tell the guest nothing of it', async () => {
    const broker = port(() => Promise.reject(new Error('connect ECONNREFUSED /run/secret.sock')));
    const instance = await open(
      `async ask() { try { await this.context.services.a.b(); } catch (error) { return JSON.stringify([error.code, error.message, error.stack, error.data]); } }`,
      broker,
    );
    const said = (await instance.request('call', ['ask', []])) as string;
    expect(said).toContain('ERR_INTERNAL');
    expect(said).not.toContain('secret');
    expect(said).not.toContain('src/');
    await instance.dispose();
  });
});
