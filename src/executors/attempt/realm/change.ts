/** What an attempt changed of that which all code of its process shares. */
export interface Change {
  /** As a sentence names it: `Array.prototype.sum`, `process.env.TZ`. */
  readonly name: string;
  /** Whether it is again as it was. */
  readonly isUndone: boolean;
}
