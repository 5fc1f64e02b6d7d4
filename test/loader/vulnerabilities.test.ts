import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLock } from '../../src/lock/read.ts';
import { updateDatabase } from '../../src/trust/vulnerabilities/database/update.ts';
import { rejected } from '../support/errors.ts';
import { serve } from '../support/http-server.ts';
import { npmRegistry } from '../support/npm-registry.ts';
import { LODASH, ndjson, OTHER, type Osv } from '../support/osv.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { manifest, workspace, type Workspace } from './support.ts';

const BLOCK = 'trust:\n  vulnerabilities: { block: high }\n';

async function know(place: Workspace, records: readonly Osv[]): Promise<void> {
  const file = join(place.folder.path, 'osv.ndjson');
  await writeFile(file, ndjson(records));
  const http = (): Promise<never> => Promise.reject(new Error('not asked'));
  await updateDatabase({ sources: [file], cacheDir: place.cacheDir, allowInsecure: [], http });
}

describe('vulnerabilities of what would be locked', () => {
  it('are looked up for npm: plugins themselves, and at a rollback: back to what is blocked now leads no way', async () => {
    await using registry = await npmRegistry();
    const release = (version: string) =>
      registry.add(
        { name: 'lodash', version, main: 'index.js' },
        { 'plugin.json': manifest('lodash', { version }), 'index.js': 'module.exports = class {};' },
      );
    await release('4.17.20');
    await using place = await workspace(`plugins:\n  lodash: { enabled: true, source: "npm:lodash@^4" }\n${BLOCK}`, {
      '.npmrc': `registry=${registry.url}\n`,
    });
    await know(place, [OTHER]);
    const [first] = await (await place.loader()).lockAll();
    expect(first?.vulnerabilities).toMatchObject({ result: 'clean', checked: 1 });
    await know(place, [LODASH]);
    await release('4.17.21');
    const [second] = await (await place.loader()).update();
    expect(second?.vulnerabilities).toMatchObject({ result: 'clean', checked: 1 });
    const error = await rejected((await place.loader()).rollback('lodash'));
    expect(error).toMatchObject({ code: 'ERR_VULNERABLE', plugin: 'lodash', details: { block: 'high' } });
    expect((await readLock(place.lockFile)).plugins['lodash']?.resolved).toBe('npm:lodash@4.17.21');
  });

  it('are not looked up where nothing asks for it, and then nothing says that there are none', async () => {
    await using place = await workspace('plugins:\n  p: { enabled: true, source: ./p }\n', {
      'p/plugin.json': manifest('p'),
      'p/mod.js': 'export default class {}',
    });
    const [change] = await (await place.loader()).lockAll();
    expect(change).toMatchObject({ kind: 'added' });
    expect(change).not.toHaveProperty('vulnerabilities');
  });

  it('that could not be looked up are a warning with block, and refused with unchecked: refuse', async () => {
    await using server = await serve({ '/m.js': 'export const m = 1;' });
    const files = {
      'p/plugin.json': manifest('p'),
      'p/mod.js': `import { m } from '${server.url}/m.js'; export default class { m = m; }`,
    };
    await using place = await workspace(`plugins:\n  p: { enabled: true, source: ./p }\n${BLOCK}`, files);
    await know(place, [OTHER]);
    const logger = recordingLogger();
    const [change] = await (await place.loader({ logger })).lockAll();
    expect(change?.vulnerabilities?.result).toBe('unchecked');
    expect(logger.lines.join('\n')).toContain('warn: whether a plugin is vulnerable could not be checked');
    await writeFile(join(place.folder.path, 'p/mod.js'), `${files['p/mod.js']}\n`);
    await writeFile(
      join(place.folder.path, 'plugins.yaml'),
      `plugins:\n  p: { enabled: true, source: ./p }\n${BLOCK.replace('block: high', 'unchecked: refuse')}`,
    );
    const error = await rejected((await place.loader()).lockAll());
    expect(error).toMatchObject({ code: 'ERR_UNCHECKED', exitCode: 3 });
    expect(error.details['not checked']).toMatch(/^pkg:generic\/m\.js/);
  });
});
