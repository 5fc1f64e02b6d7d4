import { type InspectOptions, inspect } from './inspect.ts';

/** `console.log`'s and `util.format`'s formatting: %s %d %i %f %j %o %O %c %%, the rest appended. */
export function format(args: readonly unknown[], options: InspectOptions = {}): string {
  const [first] = args;
  let at = 0;
  let output = '';
  if (typeof first === 'string') {
    at = 1;
    output =
      args.length === 1
        ? first
        : first.replaceAll(/%[sdifjoOc%]/g, (code) => {
            if (code === '%%') return '%';
            if (at >= args.length) return code;
            return substitute(code, args[at++], options);
          });
  }
  for (; at < args.length; at++) {
    const arg = args[at];
    output += `${at === 0 ? '' : ' '}${typeof arg === 'string' ? arg : inspect(arg, options)}`;
  }
  return output;
}

function substitute(code: string, arg: unknown, options: InspectOptions): string {
  switch (code) {
    case '%s':
      if (typeof arg === 'bigint') return `${arg}n`;
      if (Object.is(arg, -0)) return '-0';
      return typeof arg === 'object' && arg !== null ? inspect(arg, { ...options, depth: 0 }) : String(arg);
    case '%d':
      return numeric(arg, Number);
    case '%i':
      return numeric(arg, (value) => Number.parseInt(String(value), 10));
    case '%f':
      return typeof arg === 'symbol' ? 'NaN' : String(Number.parseFloat(String(arg)));
    case '%j':
      return json(arg);
    case '%o':
      return inspect(arg, { ...options, depth: 4, showHidden: true });
    case '%O':
      return inspect(arg, options);
    default:
      return '';
  }
}

function numeric(arg: unknown, convert: (value: unknown) => number): string {
  if (typeof arg === 'bigint') return `${arg}n`;
  if (typeof arg === 'symbol' || (typeof arg === 'object' && arg !== null)) return 'NaN';
  const number = convert(arg);
  return Object.is(number, -0) ? '-0' : String(number);
}

function json(arg: unknown): string {
  try {
    return JSON.stringify(arg) ?? 'undefined';
  } catch (error) {
    if (error instanceof TypeError && error.message.includes('circular')) return '[Circular]';
    throw error;
  }
}
