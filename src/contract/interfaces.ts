/** The specialised interfaces of the specification: what a plugin that implements one must have (SPEC A5-A7). */
export const INTERFACES = {
  cli: ['getCommands', 'getCommandHelp'],
  blockchain: ['connect', 'getBalance', 'sendTransaction', 'getContractEvents'],
  ai: ['predict', 'train', 'getModelInfo'],
} as const satisfies Record<string, readonly string[]>;

export type InterfaceName = keyof typeof INTERFACES;

/** Which of them an object with these methods implements, by shape. */
export function interfacesOf(methods: Iterable<string>): InterfaceName[] {
  const have = new Set(methods);
  return (Object.keys(INTERFACES) as InterfaceName[]).filter((name) =>
    INTERFACES[name].every((method) => have.has(method)),
  );
}

/** The methods of `name` that are missing; empty for an interface of the application's own, which it checks itself. */
export function missingMethods(name: string, methods: Iterable<string>): string[] {
  if (!Object.hasOwn(INTERFACES, name)) return [];
  const have = new Set(methods);
  return INTERFACES[name as InterfaceName].filter((method) => !have.has(method));
}
