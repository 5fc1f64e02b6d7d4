import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCertificates } from '../../support/certificates.ts';
import { get, refusalOf, rig } from '../harness.ts';

async function secure(
  names: readonly string[],
  trusted: boolean,
): Promise<{ port: number; asked: (string | undefined)[] }> {
  const { ca, cert, key } = createCertificates(names);
  if (trusted) {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, ca]);
    onTestFinished(() => setDefaultCACertificates(before));
  }
  const asked: (string | undefined)[] = [];
  const server = createServer({ key, cert }, (request, response) => response.end(request.headers.host));
  server.on('secureConnection', (socket) => asked.push((socket as { servername?: string }).servername));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { port: (server.address() as AddressInfo).port, asked };
}

describe('net.fetch over TLS', () => {
  const net = { resolve: async () => ['127.0.0.1'] };

  it('checks the certificate for the name of the URL, not for the address it is pinned to', async () => {
    const { port, asked } = await secure(['DNS:name.example'], true);
    const it = await rig({ net: [`name.example:${port}`, `127.0.0.1:${port}`] }, { net });
    const answer = await get(it, { url: `https://NAME.example.:${port}/` });
    expect(await answer.text()).toBe(`name.example:${port}`);
    expect(asked).toEqual(['name.example']);
  });

  it.each([
    [
      'of another name',
      ['DNS:other.example'],
      true,
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'the certificate is for another name',
    ],
    [
      'of the address alone',
      ['IP:127.0.0.1'],
      true,
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'the certificate is for another name',
    ],
    [
      'that nothing trusts',
      ['DNS:name.example'],
      false,
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'the certificate is not trusted',
    ],
  ])('refuses a certificate %s', async (_what, names, trusted, code, state) => {
    const { port } = await secure(names, trusted);
    const it = await rig({ net: [`name.example:${port}`, `127.0.0.1:${port}`] }, { net });
    const error = await refusalOf(get(it, { url: `https://name.example:${port}/` }));
    expect(error).toMatchObject({ code: 'ERR_NET', details: { code } });
    expect(error.message).toBe(`Cannot fetch "https://name.example:${port}/": ${state}`);
  });

  it('says when the server speaks no TLS, and the other way round', async () => {
    const { port } = await secure(['DNS:name.example'], true);
    const it = await rig({ net: [`127.0.0.1:${port}`] });
    expect((await refusalOf(get(it, { url: `http://127.0.0.1:${port}/` }))).code).toBe('ERR_NET');
  });
});
