/** A component has something that a plan has no form for: jco's own bindings are used. */
export class Unplanned extends Error {}
