/**
 * An application of its own, as a process: starts what the config names, calls a plugin, and does what it is told. Arguments:
 * path of the config, path of the cache, and `close` or `signals`.
 */
import { PluginManager } from '../../src/index.ts';

const [config, cacheDir, mode] = process.argv.slice(2) as [string, string, 'close' | 'signals'];
const manager = await PluginManager.create({ config, cacheDir, env: {}, signals: mode === 'signals' });
const { started } = await manager.startAll();
console.log(`started ${started.join(', ')}; ${(await manager.call('greeter', 'greet', ['you'])) as string}`);
manager.onStatus(({ plugin, from, to }) => from !== to && console.log(`${plugin} ${to}`));
if (mode === 'close') await manager.close();
