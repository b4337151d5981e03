/** What the Ink app shows, whatever it is about: lines that change, and what happens to what is typed. */
import type { Key } from 'ink';
import type { Line } from '../text/view-line.ts';

export interface Drawn {
  readonly subscribe: (listener: () => void) => () => void;
  /** The same value until a listener is called. */
  readonly frame: () => readonly Line[];
  readonly takesKeys: boolean;
  /** Keys that are typed quickly arrive together, in one text. */
  readonly typed: (text: string, key: Key) => void;
  /** The size of the terminal has changed, or its content is damaged. */
  readonly resized: () => void;
}
