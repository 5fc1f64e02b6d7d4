import { setTimeout as sleep } from 'node:timers/promises';
import { connectControl, type ControlClient } from '../../src/control/client.ts';
import { codeOf } from '../../src/core/system-error.ts';
import type { LoadOptions } from './load.ts';

/** A worker that is restarted meanwhile, or whose process died. */
const EXPECTED = new Set(['ERR_STATE', 'ERR_PLUGIN_CRASHED', 'ERR_ABORTED', 'ERR_LIMIT_TIME']);

/** An operator: connects, asks the running host for one thing, and goes; how long the host took to say who it is counts. */
export async function operate({ manager, cast, dataDir, until, tally }: LoadOptions): Promise<void> {
  const permissions = { net: ['example.com:443'] };
  const operations: readonly ((client: ControlClient, name: string) => Promise<unknown>)[] = [
    (client) => client.request('list', {}),
    (client, name) => client.request('restart', { name }),
    (client, name) => client.request('health', { name }),
    (client, name) => client.request('reload', { name }),
    (client) => client.request('logs', { lines: 50 }),
    async (client, name) => {
      await client.request('stop', { name, hold: true });
      await client.request('start', { name });
    },
    (client) => client.request('top', {}),
    async (client, name) => {
      await client.request('grant', { name, permissions });
      await client.request('revoke', { name, permissions });
    },
    (client) => client.request('reload', {}),
  ];
  for (let turn = 0; performance.now() < until; turn += 1) {
    await sleep(1_500);
    const name = cast.workers[(turn * 11) % cast.workers.length] as string;
    const operation = operations[turn % operations.length];
    let client: ControlClient | undefined;
    try {
      const from = performance.now();
      client = await connectControl(dataDir);
      await client.request('host', {});
      tally.answered = Math.max(tally.answered, performance.now() - from);
      await operation?.(client, name);
      tally.operated += 1;
    } catch (error) {
      if (EXPECTED.has(String(codeOf(error)))) tally.interrupted += 1;
      else tally.wrong.push(`the control socket failed: ${String(error)}`);
    } finally {
      client?.close();
      // A stop that was followed by a failed start must not stay.
      if (manager.getPluginStatus(name) === 'inactive') await manager.startPlugin(name).catch(() => undefined);
    }
  }
}
