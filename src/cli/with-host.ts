import type { ControlClient } from '../control/client.ts';
import { dataDirOf } from './data-dir.ts';
import type { Session } from './session.ts';

/** Runs with a connection to the running host of this config. Ctrl-C ends it. @throws ERR_NO_HOST */
export async function withHost<T>(session: Session, run: (host: ControlClient) => Promise<T>): Promise<T> {
  const [dataDir, { connectControl }] = await Promise.all([dataDirOf(session), import('../control/client.ts')]);
  const host = await connectControl(dataDir);
  const { signal } = session;
  const close = (): void => host.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    return await run(host);
  } finally {
    signal.removeEventListener('abort', close);
    host.close();
  }
}
