import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  /** PEM of a certificate authority of its own, which nothing trusts. */
  readonly ca: string;
  /** PEM, signed by it. */
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate authority and a certificate for `names` (default: localhost and 127.0.0.1) with openssl. */
export function createCertificates(names: readonly string[] = ['DNS:localhost', 'IP:127.0.0.1']): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'aitbc-cert-'));
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-days',
      '2',
      '-subj',
      '/CN=AITBC test CA',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
    );
    openssl('req', ...newKey, '-subj', '/CN=aitbc-test', '-keyout', 'leaf.key', '-out', 'leaf.csr');
    writeFileSync(join(folder, 'leaf.ext'), `subjectAltName=${names.join(',')}\n`);
    openssl(
      ...'x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile leaf.ext -out leaf.pem'.split(
        ' ',
      ),
    );
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    return { ca: read('ca.pem'), cert: read('leaf.pem'), key: read('leaf.key') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
