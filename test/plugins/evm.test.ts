import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BlockchainPlugin } from '../../src/contract/blockchain-plugin.ts';
import type { Remote } from '../../src/contract/remote.ts';
import { workshop } from '../cli/support.ts';
import { createHost, type Host } from '../conformance/host.ts';
import { startAnvil, type Anvil } from '../support/anvil.ts';
import { serve } from '../support/http-server.ts';
import { hasAnvil } from '../support/tools.ts';

const SOURCE = fileURLToPath(new URL('../../plugins/evm', import.meta.url));
const EVENT = 'Ping(uint256)';

const here = hasAnvil();

let anvil: Anvil;
let host: Host;
let accounts: string[];
const chain = (): Remote<BlockchainPlugin> => host.manager.plugin<BlockchainPlugin>('evm');

beforeAll(async () => {
  if (!here) return;
  anvil = await startAnvil();
  accounts = (await anvil.rpc('eth_accounts')) as string[];
  host = await createHost({
    evm: { source: SOURCE, config: { rpc_url: anvil.url }, permissions: { net: [anvil.host] } },
  });
  expect(await host.manager.startAll()).toMatchObject({ started: ['evm'] });
});
afterAll(async () => {
  if (!here) return;
  await host[Symbol.asyncDispose]();
  await anvil[Symbol.asyncDispose]();
});

/** A contract that logs EVENT with 42 whenever it is called. */
async function deploy(): Promise<string> {
  const topic = (await anvil.rpc('web3_sha3', `0x${Buffer.from(EVENT).toString('hex')}`)) as string;
  const runtime = `602a6000527f${topic.slice(2)}60206000a100`;
  const data = `0x602c600c600039602c6000f3${runtime}`;
  const hash = await anvil.rpc('eth_sendTransaction', { from: accounts[0], data });
  const receipt = (await anvil.rpc('eth_getTransactionReceipt', hash)) as { contractAddress: string };
  return receipt.contractAddress;
}

describe.runIf(here)('evm', () => {
  test('is known as a blockchain plugin, and connects to its node', async () => {
    expect(host.manager.implementing('blockchain')).toMatchObject([{ name: 'evm' }]);
    expect(await chain().connect({})).toBe(true);
    expect(await chain().connect({ rpc_url: anvil.url, chain_id: 31_337 })).toBe(true);
  });

  test('tells balances that pass what a float holds, and sends money', async () => {
    const [from = '', to = ''] = accounts;
    const wei = 10n ** 22n;
    expect(await chain().getBalance(to)).toEqual({ address: to, balance: `${wei}`, unit: 'wei' });
    const hash = await chain().sendTransaction({ from, to, value: '1000000000000000001' });
    expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(await chain().getBalance(to)).toMatchObject({ balance: `${wei + 1_000_000_000_000_000_001n}` });
    expect(await anvil.rpc('eth_getTransactionByHash', hash)).toMatchObject({ value: '0xde0b6b3a7640001' });
  });

  test('gives events of a contract, from a block on', async () => {
    const address = await deploy();
    const send = (): Promise<string> => chain().sendTransaction({ from: accounts[0] ?? '', to: address });
    const first = await send();
    const block = Number(await host.manager.call('evm', 'blockNumber', []));
    const second = await send();
    const events = await chain().getContractEvents(address, EVENT);
    expect(events).toMatchObject([
      { event: EVENT, address, block, transaction: first, data: `0x${'0'.repeat(62)}2a` },
      { event: EVENT, address, block: block + 1, transaction: second },
    ]);
    expect(await chain().getContractEvents(address, EVENT, block + 1)).toMatchObject([{ transaction: second }]);
    expect(await chain().getContractEvents(address, 'Other(uint256)')).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['an address that is none', () => chain().getBalance('0x12'), '0x12 is no address'],
    [
      'an event without types',
      () => chain().getContractEvents(`0x${'0'.repeat(40)}`, 'Ping'),
      'types of its parameters',
    ],
    ['an amount that is no whole number', () => chain().sendTransaction({ value: '1.5' }), 'value must be wei'],
    [
      'what the node refuses',
      () => chain().sendTransaction({ raw: '0x00' }),
      'the node refused eth_sendRawTransaction',
    ],
    ['a node of another chain', () => chain().connect({ chain_id: 1 }), 'the node is of chain 31337, not 1'],
  ])('says why it fails: %s', async (_, work, reason) => {
    await expect(work()).rejects.toMatchObject({
      code: 'ERR_PLUGIN_THREW',
      message: expect.stringContaining(reason) as string,
    });
  });

  test('is refused a node it was not granted, and tells what stands there instead of one', async () => {
    await using server = await serve({ '/': '<html>' });
    await expect(chain().connect({ rpc_url: server.url })).rejects.toMatchObject({ code: 'ERR_PERMISSION_DENIED' });
    // It stays with the node it had.
    expect(await host.manager.call('evm', 'blockNumber', [])).toBeGreaterThan(0);
    await using other = await createHost({
      evm: { source: SOURCE, config: { rpc_url: `${server.url}/` }, permissions: { net: [server.host] } },
    });
    await other.manager.startAll();
    await expect(other.manager.call('evm', 'blockNumber', [])).rejects.toThrow(
      'the node answered eth_blockNumber with',
    );
  });
});

describe.runIf(here)('aitbc plugin', () => {
  test('adds evm and calls it like any plugin', async () => {
    await using shop = await workshop();
    const added = await shop.aitbc(['plugin', 'add', SOURCE, '--yes', `--allow-net=${anvil.host}`]);
    expect(added).toMatchObject({ status: 0 });
    const connect = JSON.stringify([{ rpc_url: anvil.url }]);
    expect(await shop.aitbc(['plugin', 'call', 'evm', 'connect', connect])).toMatchObject({
      status: 0,
      stdout: 'true\n',
    });
  });
});
