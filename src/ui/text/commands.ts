/** Commands that a reader can paste: words quoted for the shell, with the options that name the cache in use. */
export interface Commands {
  /** The command that started this run. */
  readonly again: string;
  log(what: string): string;
  show(what: string): string;
  get(output: string, ...options: readonly string[]): string;
  /** Shows what a changed parameter would run. */
  readonly plan: string;
}
