/**
 * What of WASI 0.2 a component finds: by interface the functions, and the methods of its resources, as JavaScript names them.
 * The guest's adapter has exactly these (a test compares them); a component that needs another is refused before it runs.
 */
export const WASI: Readonly<Record<string, readonly string[]>> = {
  'wasi:cli/environment': ['getArguments', 'getEnvironment', 'initialCwd'],
  'wasi:cli/exit': ['exit', 'exitWithCode'],
  'wasi:cli/stderr': ['getStderr'],
  'wasi:cli/stdin': ['getStdin'],
  'wasi:cli/stdout': ['getStdout'],
  'wasi:cli/terminal-input': ['TerminalInput'],
  'wasi:cli/terminal-output': ['TerminalOutput'],
  'wasi:cli/terminal-stderr': ['getTerminalStderr'],
  'wasi:cli/terminal-stdin': ['getTerminalStdin'],
  'wasi:cli/terminal-stdout': ['getTerminalStdout'],
  'wasi:clocks/monotonic-clock': ['now', 'resolution', 'subscribeDuration', 'subscribeInstant'],
  'wasi:clocks/wall-clock': ['now', 'resolution'],
  'wasi:filesystem/preopens': ['getDirectories'],
  'wasi:filesystem/types': ['Descriptor', 'DirectoryEntryStream', 'filesystemErrorCode'],
  'wasi:http/outgoing-handler': ['handle'],
  'wasi:http/types': [
    'Fields',
    'FutureIncomingResponse',
    'FutureTrailers',
    'IncomingBody',
    'IncomingResponse',
    'OutgoingBody',
    'OutgoingRequest',
    'RequestOptions',
    'httpErrorCode',
  ],
  'wasi:io/error': ['Error'],
  'wasi:io/poll': ['Pollable', 'poll'],
  'wasi:io/streams': ['InputStream', 'OutputStream'],
  'wasi:random/insecure': ['getInsecureRandomBytes', 'getInsecureRandomU64'],
  'wasi:random/insecure-seed': ['insecureSeed'],
  'wasi:random/random': ['getRandomBytes', 'getRandomU64'],
};
