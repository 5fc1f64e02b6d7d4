/**
 * Every error code of the product: the exit status of a command that ends with it, what causes it, and what to do.
 * docs/errors.md is written from this table.
 */
export const CODES = {
  ERR_CONFIG_INVALID: {
    exit: 2,
    cause: 'plugins.yaml does not say what the schema asks for',
    remedy: 'correct the key at the named line',
  },
  ERR_CONFIG_ENV: {
    exit: 2,
    cause: 'a ${NAME} of the config is not set in the environment',
    remedy: 'set it, or give a default: ${NAME:-default}',
  },
  ERR_USAGE: {
    exit: 2,
    cause: 'a command or an API was called with wrong arguments',
    remedy: 'see the help of the command',
  },
  ERR_NODE: { exit: 2, cause: 'this Node.js is too old or lacks a permission scope', remedy: 'run a newer Node.js' },
  ERR_NO_HOST: { exit: 1, cause: 'no `aitbc start` runs for this config', remedy: 'start one' },
  ERR_SPECIFIER: { exit: 2, cause: 'a source is none of the forms of a specifier', remedy: 'see docs/sources.md' },
  ERR_SOURCE_NOT_FOUND: {
    exit: 1,
    cause: 'the source does not exist (404, no such file, branch or folder)',
    remedy: 'correct the source',
  },
  ERR_SOURCE_FETCH: {
    exit: 1,
    cause: 'the source could not be read: network, TLS, server or content',
    remedy: 'see the message; try again',
  },
  ERR_SOURCE_TOO_LARGE: {
    exit: 1,
    cause: 'a download passed a limit of size or count',
    remedy: 'raise the limit if the source is right',
  },
  ERR_REGISTRY: {
    exit: 1,
    cause:
      'the index of a registry is none: JSON, shape, size, two contents of one version, older than the copy that is here',
    remedy: 'see the message; tell who runs the registry',
  },
  ERR_ARCHIVE_UNSAFE: {
    exit: 3,
    cause: 'an archive holds an entry that could write outside its folder, or a bomb',
    remedy: 'do not use this archive',
  },
  ERR_OFFLINE: {
    exit: 4,
    cause: 'bytes are missing in the cache and --offline forbids fetching them',
    remedy: 'run `aitbc plugin fetch` with a network',
  },
  ERR_NOT_LOCKED: {
    exit: 4,
    cause: 'a plugin of the config is not in the lockfile',
    remedy: 'run `aitbc plugin lock`',
  },
  ERR_LOCK_OUTDATED: {
    exit: 4,
    cause: 'the lockfile was made for another source, import map or SDK',
    remedy: 'run `aitbc plugin lock`',
  },
  ERR_LOCK_INVALID: {
    exit: 2,
    cause: 'plugins.lock.json is not a lockfile: syntax, merge conflict, version',
    remedy: 'resolve the conflict, or lock again',
  },
  ERR_INTEGRITY: {
    exit: 3,
    cause: 'bytes do not match plugins.lock.json',
    remedy: 'restore the bytes, or lock the change knowingly',
  },
  ERR_SIGNATURE: {
    exit: 3,
    cause: 'a signature is wrong: other bytes, another plugin or version, or nobody the config trusts',
    remedy: 'do not use it; ask its publisher',
  },
  ERR_POLICY: {
    exit: 3,
    cause: 'the trust that the config asks for is not there: no signature, another publisher, less trust than before',
    remedy: 'see docs/trust.md',
  },
  ERR_REVOKED: {
    exit: 3,
    cause: 'a registry revoked what is locked, or is to be locked',
    remedy: 'take another version: update, or roll back',
  },
  ERR_VULNERABLE: {
    exit: 3,
    cause: 'a known vulnerability at or above trust.vulnerabilities.block is in what would be locked',
    remedy: 'use a version without it; see docs/vulnerabilities.md',
  },
  ERR_UNCHECKED: {
    exit: 3,
    cause: 'whether a plugin is vulnerable could not be checked, and the config asks for it',
    remedy: 'run `aitbc plugin audit`, which says why',
  },
  ERR_STORE: {
    exit: 1,
    cause: 'a file of the cache, the lock or the data folder cannot be read or written',
    remedy: 'see the message: free space, permissions, another process',
  },
  ERR_BUILD: { exit: 1, cause: 'the source does not compile', remedy: 'correct it at the named place' },
  ERR_COMPONENT: {
    exit: 1,
    cause: 'a .wasm file is no component, or not one of the world aitbc:plugin',
    remedy: 'see the message, and docs/components.md',
  },
  ERR_IMPORT_DENIED: {
    exit: 1,
    cause: 'an import names something a plugin cannot have',
    remedy: 'see the import chain',
  },
  ERR_METADATA: {
    exit: 1,
    cause: 'metadata is missing or wrong, or manifest and code disagree',
    remedy: 'correct the manifest or the code',
  },
  ERR_INCOMPATIBLE: {
    exit: 1,
    cause: 'a version, platform or interface does not fit this host, a package its peers, or plugins each other',
    remedy: 'use a version that fits',
  },
  ERR_DEPENDENCY_MISSING: {
    exit: 1,
    cause: 'a plugin depends on one that is not there or is disabled',
    remedy: 'add or enable it',
  },
  ERR_DEPENDENCY_CYCLE: { exit: 1, cause: 'plugins depend on each other in a circle', remedy: 'break the circle' },
  ERR_RESOLUTION_LIMIT: {
    exit: 1,
    cause:
      'which versions of plugins fit together was not found out within the budget: neither a solution nor a conflict',
    remedy: 'ask for narrower ranges',
  },
  ERR_STATE: {
    exit: 1,
    cause: 'an operation is not legal in the state of the plugin',
    remedy: 'see the state machine in docs/lifecycle.md',
  },
  ERR_PERMISSION_DENIED: {
    exit: 3,
    cause: 'a plugin asked for what the config does not grant',
    remedy: 'grant it, if you mean to',
  },
  ERR_FILE: {
    exit: 1,
    cause: 'a file operation of a plugin failed; details.code is what Node calls it: ENOENT, EEXIST, …',
    remedy: 'see details.code',
  },
  ERR_NET: {
    exit: 1,
    cause: 'a request of a plugin failed: name, connection, TLS, redirect or body',
    remedy: 'see the message; try again',
  },
  ERR_SERVICE: {
    exit: 1,
    cause: 'a service of the application failed',
    remedy: "see the host's log",
  },
  ERR_VALUE: {
    exit: 1,
    cause: 'a value cannot cross the sandbox boundary',
    remedy: 'pass JSON, undefined, bigint, Date, Uint8Array or Error',
  },
  ERR_LIMIT_MEMORY: { exit: 1, cause: 'a plugin passed limits.memory', remedy: 'raise it, or mend the plugin' },
  ERR_LIMIT_CPU: { exit: 1, cause: 'a call passed limits.cpu', remedy: 'raise it, or mend the plugin' },
  ERR_LIMIT_TIME: { exit: 1, cause: 'a call passed its deadline', remedy: 'raise limits.timeout, or mend the plugin' },
  ERR_LIMIT_RATE: {
    exit: 1,
    cause: 'a plugin passed a rate, a count or a size limit',
    remedy: 'raise the limit, or mend the plugin',
  },
  ERR_LIMIT_STORAGE: { exit: 1, cause: 'a plugin passed limits.storage', remedy: 'raise it, or free space' },
  ERR_PLUGIN_THREW: {
    exit: 1,
    cause: 'the code of a plugin threw, or refused by returning false',
    remedy: 'see its message',
  },
  ERR_PLUGIN_CRASHED: {
    exit: 1,
    cause: 'the process or isolate of a plugin died',
    remedy: 'see the log; it is restarted',
  },
  ERR_PLUGIN_QUARANTINED: {
    exit: 1,
    cause: 'a plugin crashed more often than its restart budget allows',
    remedy: 'mend it, then `aitbc plugin release <name>`; a new version is free',
  },
  ERR_ABORTED: { exit: 130, cause: 'the caller aborted the work', remedy: 'start it again' },
  ERR_PROTOCOL: {
    exit: 1,
    cause: 'a runtime process broke the protocol',
    remedy: 'its plugins are restarted in a new one',
  },
  ERR_INTERNAL: { exit: 1, cause: 'a fault in AITBC Plugins itself', remedy: 'report it with the message' },
} as const satisfies Record<string, { exit: 1 | 2 | 3 | 4 | 130; cause: string; remedy: string }>;

export type ErrorCode = keyof typeof CODES;
