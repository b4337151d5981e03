/** How far a push or a pull is with one run or state. */

export interface Transferred {
  /** What travels, as it is called in sentences. */
  readonly name: string;
  /** What has to travel: what is there already is not counted. */
  readonly objects: number;
  readonly bytes: number;
  readonly done: { readonly objects: number; readonly bytes: number };
}
