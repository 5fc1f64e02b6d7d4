export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** What the host logs to. `fields` are data, never formatted into the message. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export const silentLogger: Logger = { log() {} };
