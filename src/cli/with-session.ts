import { messageOf } from '../core/errors.ts';
import { createSession, type Session, type SessionOptions } from './session.ts';

/** Runs with a session that is closed whatever happens. What is thrown is not logged beside: its reporter says it once. */
export async function withSession(
  options: SessionOptions,
  run: (session: Session) => Promise<number>,
): Promise<number> {
  const session = createSession(options);
  const said: string[] = [];
  try {
    return await run(session);
  } catch (error) {
    said.push(messageOf(error));
    throw error;
  } finally {
    session.progress.clear();
    session.logger.release(said);
    await session.close();
  }
}
