import { constants } from 'node:os';

/** Turns SIGINT and SIGTERM into an abort; the second one ends the process at once. */
export function interruptSignal(onFirst?: (name: 'SIGINT' | 'SIGTERM') => void): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 128 + constants.signals.SIGTERM);
      controller.abort(name);
      onFirst?.(name);
    });
  }
  return controller.signal;
}
