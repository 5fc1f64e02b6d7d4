/**
 * A process that adds plugins to a lock: `node lock-writer.ts <lock> <prefix> <count>`. Prints each name once its update has
 * returned, so that a test that kills it knows what must be there.
 */
import { lockEntryOf } from '../../src/lock/entry.ts';
import { updateLock } from '../../src/lock/update.ts';
import { artifactOf, GREETER } from './artifact.ts';

const [path = '', prefix = '', count = ''] = process.argv.slice(2);
for (let index = 0; index < Number(count); index += 1) {
  const name = `${prefix}-${index}`;
  const entry = lockEntryOf(artifactOf({ 'mod.ts': name }), { metadata: GREETER, permissions: {}, commands: [] });
  await updateLock(path, (lock) => ({ ...lock, plugins: { ...lock.plugins, [name]: entry } }));
  process.stdout.write(`${name}\n`);
}
