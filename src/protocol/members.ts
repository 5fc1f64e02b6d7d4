/** Members that no request may name, on either side of the boundary: one list, so that host and guest refuse the same. */

/** What every object has, and what makes a promise or JSON of it. */
export const LANGUAGE_MEMBERS = [
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
  'then',
  'catch',
  'finally',
  'toJSON',
] as const;

/** What the manager alone calls on a plugin: each has an operation of its own. */
export const LIFECYCLE_MEMBERS = ['initialize', 'start', 'stop', 'cleanup', 'healthCheck', 'handleEvent'] as const;

/** The members of BasePlugin. */
export const CONTRACT_MEMBERS = [
  ...LIFECYCLE_MEMBERS,
  'context',
  'status',
  'metadata',
  'errorCount',
  'getMetadata',
  'getConfigSchema',
] as const;
