import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { asset } from '../core/assets.ts';
import { PluginError } from '../core/errors.ts';

/**
 * Real paths, since a runtime process may not follow a link: the isolated-vm binary for this Node.js, resolved as its own
 * loader would, and the runtime's script. Throws ERR_NODE where there is no binary.
 */
export function runtimeFiles(): { binary: string; script: string; bootstrap: string } {
  const script = asset('runtime/main.cjs');
  if (!existsSync(script)) {
    throw new PluginError('ERR_INTERNAL', `Cannot start a runtime process: "${script}" was not built`, {
      hint: 'npm run build',
    });
  }
  return { binary: binary(), script: realpathSync(script), bootstrap: asset('guest/main.js') };
}

function binary(): string {
  try {
    // An optional dependency: an installation under an older Node.js leaves it out.
    const folder = realpathSync(dirname(createRequire(import.meta.url).resolve('isolated-vm/package.json')));
    const resolve = createRequire(`${folder}/package.json`)('node-gyp-build') as { path(folder: string): string };
    return realpathSync(resolve.path(folder));
  } catch (cause) {
    throw new PluginError(
      'ERR_NODE',
      `Cannot start a runtime process: isolated-vm has no binary for Node.js ${process.versions.node} on ${process.platform}-${process.arch}`,
      { hint: 'Run Node.js 24 or 26, and install @aitbc/plugins again with it.', cause },
    );
  }
}
