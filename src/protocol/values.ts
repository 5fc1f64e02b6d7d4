/**
 * What crosses the boundary between host and plugin (DESIGN, Transport): JSON plus `undefined`, bigint, Date,
 * Uint8Array and Error. Anything else is ERR_VALUE with its path.
 */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | string
  | bigint
  | Date
  | Uint8Array
  | Error
  | readonly Value[]
  | { readonly [key: string]: Value };
