import type { Value } from '../protocol/values.ts';
import type { Live } from './managed-plugin.ts';

/** Checks in a row that must fail before a plugin is restarted. */
export const UNHEALTHY_CHECKS = 3;

/** What `healthCheck` answers; the host knows the memory better. */
export async function checkHealth({ instance }: Live, timeout: number): Promise<Record<string, Value>> {
  const answer = await instance.request('health', [], { timeout });
  const health = isRecord(answer) ? answer : { value: answer };
  const { memory } = await instance.usage();
  return { ...health, memory_usage: memory };
}

/** `{ healthy: false }` or `{ status: 'unhealthy' }`. */
export function isUnhealthy(health: Record<string, Value>): boolean {
  return health['healthy'] === false || health['status'] === 'unhealthy';
}

function isRecord(value: Value): value is Record<string, Value> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Error)
  );
}
