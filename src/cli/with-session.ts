import { createSession, type Session, type SessionOptions } from './session.ts';

/** Runs with a session that is closed whatever happens; what is written in it is redacted. */
export async function withSession(
  options: SessionOptions,
  run: (session: Session) => Promise<number>,
): Promise<number> {
  const session = createSession(options);
  try {
    return await run(session);
  } finally {
    await session.close();
  }
}
