import type { Value } from '../protocol/values.ts';
import { BasePlugin } from './plugin.ts';

/** SPEC A6: a chain behind one interface. Amounts are decimal strings or bigints, never floating point numbers. */
export abstract class BlockchainPlugin<Config = Record<string, Value>> extends BasePlugin<Config> {
  abstract connect(config: Record<string, Value>): Promise<boolean>;
  abstract getBalance(address: string): Promise<Record<string, Value>>;
  /** Resolves to the hash of the transaction. */
  abstract sendTransaction(transaction: Record<string, Value>): Promise<string>;
  /** Oldest first. `fromBlock` is inclusive; default: as far back as the chain's node answers. */
  abstract getContractEvents(
    address: string,
    eventName: string,
    fromBlock?: number,
  ): Promise<readonly Record<string, Value>[]>;
}
