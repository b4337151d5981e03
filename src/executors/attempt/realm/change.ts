/** What an attempt changed of that which all code of its process shares. */
export interface Change {
  /** As a sentence names it: `Array.prototype.sum`, `process.env.TZ`. */
  readonly name: string;
  /** Puts it back. @returns whether that was possible */
  readonly restore: () => boolean;
}
