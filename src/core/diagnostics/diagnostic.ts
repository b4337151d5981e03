/** What a check has found: a fact in one sentence, whether it harms, and whether it was repaired. */

export interface Diagnostic {
  readonly kind:
    'database' | 'reference' | 'key' | 'input' | 'corrupt' | 'missing' | 'unreadable' | 'orphan' | 'temporary';
  /** False for leftovers, which harm nothing. */
  readonly damage: boolean;
  /** One sentence. */
  readonly text: string;
  readonly repaired: boolean;
}
