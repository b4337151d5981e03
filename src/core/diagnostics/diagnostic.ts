/** The result of a check: a fact in one sentence, whether it is damage, and whether it was repaired. */

export interface Diagnostic {
  readonly kind:
    'database' | 'reference' | 'key' | 'input' | 'corrupt' | 'missing' | 'unreadable' | 'orphan' | 'temporary';
  /** False for leftovers, which are harmless. */
  readonly damage: boolean;
  /** One sentence. */
  readonly text: string;
  readonly repaired: boolean;
}
