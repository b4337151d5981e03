/** The size of a terminal, in cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}
