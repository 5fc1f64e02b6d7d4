import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ANVIL } from './tools.ts';

export interface Anvil extends AsyncDisposable {
  readonly url: string;
  /** `localhost:port` as a rule names it. */
  readonly host: string;
  /** Of the node itself, without a plugin. */
  rpc(method: string, ...params: unknown[]): Promise<unknown>;
}

/** A real Ethereum node of its own chain (31337), on loopback; its accounts have 10,000 ether each. */
export async function startAnvil(): Promise<Anvil> {
  const child = spawn(process.execPath, [ANVIL, '--host', '127.0.0.1', '--port', '0', '--accounts', '3'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let port = '';
  for await (const line of createInterface({ input: child.stdout })) {
    port = /Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? '';
    if (port !== '') break;
  }
  child.stdout.resume();
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    host: `127.0.0.1:${port}`,
    async rpc(method, ...params) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      return ((await response.json()) as { result: unknown }).result;
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
