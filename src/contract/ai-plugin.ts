import type { Value } from '../protocol/values.ts';
import { BasePlugin } from './plugin.ts';

/** SPEC A7: a model behind one interface. */
export abstract class AIPlugin<Config = Record<string, Value>> extends BasePlugin<Config> {
  abstract predict(input: Record<string, Value>): Promise<Record<string, Value>>;
  /** `false` when the model cannot be trained, or did not learn from these data. */
  abstract train(data: readonly Record<string, Value>[]): Promise<boolean>;
  abstract getModelInfo(): Promise<Record<string, Value>>;
}
