import { promises } from 'node:stream';

export const { finished, pipeline } = promises as Record<
  'pipeline' | 'finished',
  (...args: unknown[]) => Promise<unknown>
>;
export default { finished, pipeline };
