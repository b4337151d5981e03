/** Commands that a reader can paste: words quoted for the shell, and for the cache that this is about. */
export interface Commands {
  /** The very command that was given. */
  readonly again: string;
  log(what: string): string;
  show(what: string): string;
  get(output: string, ...options: readonly string[]): string;
  /** What would run with a parameter changed. */
  readonly plan: string;
}
