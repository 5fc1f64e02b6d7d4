import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TrustConfig } from '../../src/config/types.ts';
import { readPublishers } from '../../src/trust/publishers.ts';
import { rejected } from '../support/errors.ts';
import { temporaryFolder } from '../support/temp.ts';
import { keys } from './support.ts';

const config = (
  publishers: Record<string, Partial<{ keys: object[]; identities: object[] }>>,
  trustedRoot?: string,
): TrustConfig => ({
  publishers: new Map(
    Object.entries(publishers).map(([name, one]) => [name, { keys: [], identities: [], ...one } as never]),
  ),
  namespaces: new Map(),
  require: 'none',
  sources: new Map(),
  exceptions: [],
  trustedRoot,
});
const identity = { issuer: 'https://token.example', subject: 'a@b.example' };

describe('readPublishers()', () => {
  it('reads keys from the config and from files, in PEM and in base64', async () => {
    const [one, two] = [keys(), keys('p256')];
    const pem = two.publicKey.key.export({ format: 'pem', type: 'spki' });
    await using folder = await temporaryFolder({ 'two.pub': pem });
    const read = await readPublishers(
      config({
        acme: { keys: [{ text: one.publicKey.text }] },
        labs: { keys: [{ file: join(folder.path, 'two.pub') }] },
      }),
    );
    expect([...read.keys].map(([id, { publisher }]) => [id, publisher])).toEqual([
      [one.publicKey.id, 'acme'],
      [two.publicKey.id, 'labs'],
    ]);
  });

  it('refuses what it cannot use, and names the key of the config', async () => {
    const { publicKey, pem } = keys();
    const key = { text: publicKey.text };
    await using folder = await temporaryFolder({
      'private.key': pem,
      'root.json': '{}',
      'no.json': 'x',
      'big.pub': 'x'.repeat(4_200_000),
    });
    const file = (name: string) => ({ file: join(folder.path, name) });
    const identities = [identity];
    for (const [trust, message] of [
      [config({ acme: { keys: [file('nowhere')] } }), 'trust.publishers.acme.keys[0] names'],
      [config({ acme: { keys: [file('private.key')] } }), 'is a private key'],
      [config({ acme: { keys: [file('big.pub')] } }), 'larger than 4 MiB'],
      [config({ acme: { keys: [file('.')] } }), 'cannot be read'],
      [
        config({ acme: { keys: [key] }, labs: { keys: [key] } }),
        'trust.publishers.labs.keys[0] is the same key as one of "acme"',
      ],
      [config({ acme: { identities }, labs: { identities } }, file('root.json').file), 'is also one of "acme"'],
      [config({ acme: { identities } }, file('root.json').file), 'no certificateAuthorities'],
      [config({ acme: { identities } }, file('no.json').file), 'not JSON'],
      [config({ acme: { identities } }, file('nowhere').file), 'trust.trusted_root'],
    ] as const) {
      const error = await rejected(readPublishers(trust));
      expect(error.code).toBe('ERR_CONFIG_INVALID');
      expect(error.message).toContain(message);
    }
  });
});
